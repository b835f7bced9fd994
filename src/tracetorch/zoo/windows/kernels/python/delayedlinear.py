# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5863c0ce6648d323
# DelayedLinear, linear map with a learned delay in each synapse.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 8cc0b7e9dff8a924

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    sigma = self.sigma

    near = torch.exp(-0.5 * torch.square((self.ages - self.delays.unsqueeze(-1)) / sigma))
    taps = (self.synapses / (near.sum(-1) + 1e-07)).unsqueeze(-1) * near
    window = states.window("window", x)
    y = (window.unsqueeze(-3) * taps).sum(-1).sum(-1)
    return y
