# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 06599d73aea526ce
# DHLIF, leaky integrate-and-fire neuron with dendritic branches.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 9376c3ebd406358d

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.out_features)
    threshold = self.threshold.expand(self.out_features)

    decays = torch.sigmoid(self.raw_decays)
    drive_1 = torch.einsum(
        "...ij, ...jk -> ...ik",
        x.unsqueeze(-2).unsqueeze(-2),
        self.input_weights * self.connections,
    )
    (spikes,) = states.recurrence(
        streams=(drive_1,),
        parameters=(decays, beta, threshold),
        matrices=(),
        sizes=(self.out_features, self.branches),
        outputs=((self.out_features,),),
    )
    return spikes
