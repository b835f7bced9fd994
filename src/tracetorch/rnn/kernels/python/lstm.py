# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 51ea8a90a9df49ae
# LSTM, long short-term memory.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: b6526f3408833b77

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    gate_layers_1, gate_layers_2 = self.gate_layers.weight.split(
        [self.out_features, self.in_features], dim=-1
    )
    mapped = nn.functional.linear(x, gate_layers_2, self.gate_layers.bias)
    (H,) = states.recurrence(
        streams=(mapped,),
        parameters=(),
        matrices=(gate_layers_1,),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return H
