# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 97e93c09523c7117
# SMLIB, synaptic fully recurrent leaky integrator with binary firing.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 8cdcfb423ab542c2

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    alpha = self.alpha.expand(self.num_neurons)
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)
    bias = self.bias.expand(self.num_neurons)

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(alpha, beta, threshold, bias),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
