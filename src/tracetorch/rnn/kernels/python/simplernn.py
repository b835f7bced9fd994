# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e34e99f6a9bdad24
# SimpleRNN, simple recurrent layer.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 8db9fa840f8bdec0

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    lin_1, lin_2 = self.lin.weight.split([self.out_features, self.in_features], dim=-1)
    H_1 = nn.functional.linear(x, lin_2, self.lin.bias)
    (H,) = states.recurrence(
        streams=(H_1,),
        parameters=(),
        matrices=(lin_1,),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return H
