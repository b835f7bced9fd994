# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5404d03222a3d74c
# LIFRecurrent, recurrent leaky integrate-and-fire neuron of Sinabs.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 5aca5cf2bf6283df

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    tau_mem = self.tau_mem.expand(self.num_neurons)
    spike_threshold = self.spike_threshold.expand(self.num_neurons)

    alpha_mem = torch.exp(-1 / tau_mem)
    rec_connect_bias = self.rec_connect.bias
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(alpha_mem, spike_threshold, rec_connect_bias),
        matrices=(self.rec_connect.weight,),
        sizes=(self.num_neurons,),
        outputs=((self.num_neurons,),),
    )
    return spikes
