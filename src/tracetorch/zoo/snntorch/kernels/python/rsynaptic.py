# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d232dbe50de570f9
# RSynaptic, recurrent synaptic leaky integrate-and-fire neuron of snnTorch.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 56a7d5f49ae37b8b

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    alpha = self.alpha.expand(self.num_neurons)
    beta = self.beta.expand(self.num_neurons)
    threshold = self.threshold.expand(self.num_neurons)

    recurrent_bias = self.recurrent.bias
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(threshold, recurrent_bias, alpha, beta),
        matrices=(self.recurrent.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
