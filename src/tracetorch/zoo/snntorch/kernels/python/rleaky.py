# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 78168ace09cdbe35
# RLeaky, recurrent leaky integrate-and-fire neuron of snnTorch.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 9b14f49c8d675247

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)

    recurrent_bias = self.recurrent.bias
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(threshold, recurrent_bias, beta),
        matrices=(self.recurrent.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
