# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b64f9e0ab5d0f796
# LinearLeaky, linear map and leaky neuron without a reset of snnTorch.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 714d3e65da2a7b29

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.out_features)
    threshold = self.threshold.expand(self.out_features)
    graded_spikes_factor = self.graded_spikes_factor.expand(self.out_features)

    mem_1 = torch.exp(beta - 1)
    mem_2 = self.linear(x)
    (output,) = states.recurrence(
        streams=(mem_2,),
        parameters=(mem_1, threshold, graded_spikes_factor),
        matrices=(),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return output
