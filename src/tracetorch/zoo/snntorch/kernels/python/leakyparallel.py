# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a4b6c31f4e7b253b
# LeakyParallel, rectified leaky neuron of snnTorch.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 4abf24b5d0d11e3c

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    beta = self.beta.expand(self.hidden_size)
    threshold = self.threshold.expand(self.hidden_size)
    graded_spikes_factor = self.graded_spikes_factor.expand(self.hidden_size)

    mem_1 = self.input_map(x)
    (output,) = states.recurrence(
        streams=(mem_1,),
        parameters=(beta, threshold, graded_spikes_factor),
        matrices=(),
        sizes=(self.hidden_size,),
        outputs=((self.hidden_size,),),
    )
    return output
