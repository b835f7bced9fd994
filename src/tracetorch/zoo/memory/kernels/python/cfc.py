# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 04958b0f5e0a5a53
# CfC, closed-form continuous-time layer.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 5054f921c805ad85

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    dt = self.dt.expand(self.out_features)

    backbone_1, backbone_2 = self.backbone.weight.split(
        [self.out_features, self.in_features], dim=-1
    )
    speed_layer_bias = self.speed_layer.bias
    shift_layer_bias = self.shift_layer.bias
    early_layer_bias = self.early_layer.bias
    late_layer_bias = self.late_layer.bias
    shared_1 = nn.functional.linear(x, backbone_2, self.backbone.bias)
    (H,) = states.recurrence(
        streams=(shared_1,),
        parameters=(speed_layer_bias, shift_layer_bias, dt, early_layer_bias, late_layer_bias),
        matrices=(
            backbone_1,
            self.speed_layer.weight,
            self.shift_layer.weight,
            self.early_layer.weight,
            self.late_layer.weight,
        ),
        sizes=(self.out_features, self.backbone_features),
        outputs=((self.out_features,),),
    )
    return H
