# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2047940588e63bb0
# MinGRU, minimal gated recurrent unit without recurrent weights.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 65e84a2ad5387f60

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    update_1 = self.gate_layer(x)
    H_1 = self.candidate_layer(x)
    (H,) = states.recurrence(
        streams=(update_1, H_1),
        parameters=(),
        matrices=(),
        sizes=(self.out_features,),
        outputs=((self.out_features,),),
    )
    return H
