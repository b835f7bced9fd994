# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c80b1c12f167f8e3
# MLIB, fully recurrent leaky integrator with binary firing.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 5dd09d94ffcb6d7d

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta
    threshold = self.threshold
    bias = self.bias

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(beta, threshold, bias),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
