# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1571d356906de420
# LTC, liquid time-constant layer.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 76c42ce0a0034e32

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    dt = self.dt.expand(self.out_features)
    tau = self.tau.expand(self.out_features)
    target = self.target.expand(self.out_features)

    rate_layer_1, rate_layer_2 = self.rate_layer.weight.split(
        [self.out_features, self.in_features], dim=-1
    )
    H_1 = 1 / tau
    rate_1 = nn.functional.linear(x, rate_layer_2, self.rate_layer.bias)
    (H,) = states.recurrence(
        streams=(rate_1,),
        parameters=(dt, target, H_1),
        matrices=(rate_layer_1,),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return H
