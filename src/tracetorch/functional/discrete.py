# Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 55dfe973454f8524
"""The functions of the quantizers, with straight-through gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from .straight import straight_through


def round_ste(x: Tensor, step_size: float) -> Tensor:
    """The nearest multiple of the step size; the gradient passes through unchanged."""
    return straight_through(torch.round(x / step_size) * step_size, x)


def stochastic_round_ste(x: Tensor, noise: Tensor, step_size: float) -> Tensor:
    """Rounded up with a probability equal to the fraction; the gradient passes through unchanged."""
    steps = x / step_size
    below = torch.floor(steps)
    return straight_through((below + (noise < steps - below).to(x.dtype)) * step_size, x)


def probabilistic_ste(x: Tensor, noise: Tensor) -> Tensor:
    """The value with a probability equal to it, else 0; the gradient is that of the mean."""
    return straight_through(x * (noise < x).to(x.dtype), x * x)
