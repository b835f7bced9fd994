# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d837626efc4f5af8
# MLIB, fully recurrent leaky integrator with binary firing.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 6d060dccc60befb2

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)
    bias = self.bias.expand(self.num_neurons)

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(beta, threshold, bias),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
