# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 65aca9df8b2b9974
# AMLIB, adaptive fully recurrent leaky integrator with binary firing.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: bc17840eca0c8300

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)
    bias = self.bias.expand(self.num_neurons)
    rho = self.rho.expand(self.num_neurons)
    adapt_weight = self.adapt_weight.expand(self.num_neurons)

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(rho, threshold, adapt_weight, beta, bias),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
