# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 978a5df5a942df05
# AMLIB, adaptive fully recurrent leaky integrator with binary firing.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: bc17840eca0c8300

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta
    threshold = self.threshold
    bias = self.bias
    rho = self.rho
    adapt_weight = self.adapt_weight

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(rho, threshold, adapt_weight, beta, bias),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
