# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ceaa4c39aae90bd0
# SLSTM, spiking long short-term memory of snnTorch.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: a8511df80cfe2f28

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    threshold = self.threshold.expand(self.hidden_size)

    i_1, f_1, g_1, o_1 = self.hidden_map.bias.chunk(4, dim=-1)
    i_2, f_2, g_2, o_2 = self.input_map(x).chunk(4, dim=-1)
    (spikes,) = states.recurrence(
        streams=(i_2, f_2, g_2, o_2),
        parameters=(i_1, f_1, g_1, o_1, threshold),
        matrices=(self.hidden_map.weight,),
        sizes=(self.hidden_size,),
        outputs=((self.hidden_size,),),
    )
    return spikes
