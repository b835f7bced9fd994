# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2c1c4495a6e8abe2
# LSNN, long short-term memory spiking neural network.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 7aeef30419215757

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta
    threshold = self.threshold
    rho = self.rho
    adapt_weight = self.adapt_weight

    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(beta, threshold, adapt_weight, rho),
        matrices=(self.rec_map.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
