# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4b087f12bfe35454
# ALIFRecurrent, recurrent adaptive leaky integrate-and-fire neuron of Sinabs.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 44c56fa498b01630

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    tau_mem = self.tau_mem.expand(self.num_neurons)
    tau_adapt = self.tau_adapt.expand(self.num_neurons)
    adapt_scale = self.adapt_scale.expand(self.num_neurons)
    spike_threshold = self.spike_threshold.expand(self.num_neurons)

    alpha_mem = torch.exp(-1 / tau_mem)
    b_1 = torch.exp(-1 / tau_adapt)
    b_2 = 1 - torch.exp(-1 / tau_adapt)
    rec_connect_bias = self.rec_connect.bias
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(alpha_mem, spike_threshold, adapt_scale, b_1, b_2, rec_connect_bias),
        matrices=(self.rec_connect.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
