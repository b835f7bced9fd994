# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 52f2d982be02b24e
# LSNN, long short-term memory spiking neural network.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 7aeef30419215757

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)
    rho = self.rho.expand(self.num_neurons)
    adapt_weight = self.adapt_weight.expand(self.num_neurons)

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(beta, threshold, adapt_weight, rho),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
