# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 25cde68ef1b8ed7e
# SlidingPSN, sliding parallel spiking neuron.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: d3b02cc724b73676

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    threshold = self.threshold.expand(self.num_neurons)

    states.window("window", x)
    spikes = self.quant_fn(
        self.spike_fn(states.filtered("window", self.window_weights) - threshold)
    )
    return spikes
