# Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6639dba245185c01
# SpikingMGU, minimal gated unit with a spiking output.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: c1b34f8f0ca12e54

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    threshold = self.threshold.expand(self.out_features)

    gate_layer_1, gate_layer_2 = self.gate_layer.weight.split(
        [self.out_features, self.in_features], dim=-1
    )
    candidate_layer_1, candidate_layer_2 = self.candidate_layer.weight.split(
        [self.out_features, self.in_features], dim=-1
    )
    update_1 = nn.functional.linear(x, gate_layer_2, self.gate_layer.bias)
    candidate_1 = nn.functional.linear(x, candidate_layer_2, self.candidate_layer.bias)
    (spikes,) = states.recurrence(
        streams=(update_1, candidate_1),
        parameters=(threshold,),
        matrices=(gate_layer_1, candidate_layer_1),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return spikes
