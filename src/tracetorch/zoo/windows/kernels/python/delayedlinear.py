# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f338d2b73c26e324
# DelayedLinear, linear map with a learned delay in each synapse.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 64806144455e1051

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    sigma = self.sigma.expand(self.out_features)

    near = torch.exp(
        -0.5 * torch.square((self.ages.unsqueeze(-1) - self.delays.unsqueeze(-2)) / sigma)
    )
    taps = (self.synapses / (near.sum(-2) + 1e-07)).unsqueeze(-2) * near
    window = states.window("window", x)
    y = torch.einsum("...ij, ...jk -> ...ik", window.unsqueeze(-2), taps).sum(-3).sum(-2)
    return y
