"""Decays of a timestep as time constants of a differential equation, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

INTEGRATIONS = ("euler", "exponential")


@dataclass(frozen=True)
class Time:
    """How differential equations become timesteps.

    In both ways the input is held during a timestep and weighted by 1 minus the decay, so that they
    differ in time constants alone.

    Attributes:
        dt: The duration of a timestep.
        integration: `euler`, one Euler step; or `exponential`, the exact solution.
    """

    dt: float
    integration: str

    def time_constant(self, decay: Tensor) -> Tensor:
        """Return the time constant of a decay per timestep, in float64."""
        if self.integration == "euler":
            return self.dt / (1 - decay)
        return -self.dt / torch.log(decay)

    def decay(self, time_constant: Tensor) -> Tensor:
        """Return the decay per timestep of a time constant, in float64."""
        if self.integration == "euler":
            return 1 - self.dt / time_constant
        return torch.exp(-self.dt / time_constant)


def checked(dt: float, integration: str) -> Time:
    """Return how equations become timesteps.

    Raises:
        ValueError: `dt` is not above 0, or there is no such integration.
    """
    if not 0 < dt < math.inf:
        raise ValueError(f"dt must be above 0 and finite, got {dt!r}")
    if integration not in INTEGRATIONS:
        raise ValueError(f"integration must be 'euler' or 'exponential', got {integration!r}")
    return Time(float(dt), integration)
