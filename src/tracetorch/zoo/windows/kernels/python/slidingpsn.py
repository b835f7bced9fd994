# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1476d37f557d1add
# SlidingPSN, sliding parallel spiking neuron.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 60acf6a287b9e84b

from __future__ import annotations

from typing import Any

from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    threshold = self.threshold

    states.window("window", x)
    spikes = self.quant_fn(
        self.spike_fn(states.filtered("window", self.window_weights) - threshold)
    )
    return spikes
