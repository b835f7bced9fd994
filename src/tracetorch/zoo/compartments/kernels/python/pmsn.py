# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 814a458ff0965341
# PMSN, parallel multi-compartment spiking neuron.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 259b5d97460d2ce3

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    threshold = self.threshold.expand(self.num_neurons)

    rates = torch.exp(self.log_rates)
    dt = torch.exp(self.log_dt).unsqueeze(-1)
    turn_real = torch.exp(-dt * rates) * torch.cos(dt * self.frequencies)
    turn_imag = torch.exp(-dt * rates) * torch.sin(dt * self.frequencies)
    over = rates * rates + self.frequencies * self.frequencies
    gain_real = ((1 - turn_real) * rates + turn_imag * self.frequencies) / over
    gain_imag = ((1 - turn_real) * self.frequencies - turn_imag * rates) / over
    into_real = gain_real * self.in_real - gain_imag * self.in_imag
    into_imag = gain_real * self.in_imag + gain_imag * self.in_real
    (spikes,) = states.recurrence(
        streams=(x,),
        parameters=(
            turn_real,
            turn_imag,
            into_real,
            into_imag,
            self.out_real,
            self.out_imag,
            self.skip,
            threshold,
        ),
        matrices=(),
        sizes=(self.num_neurons, self.compartments),
        outputs=((self.num_neurons,),),
    )
    return spikes
