# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2642a7df238b6820
# IAFRecurrent, recurrent integrate-and-fire neuron of Sinabs.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: bb2a9ed0c8f2dfa8

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    spike_threshold = self.spike_threshold.expand(self.num_neurons)

    rec_connect_bias = self.rec_connect.bias
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(spike_threshold, rec_connect_bias),
        matrices=(self.rec_connect.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
