"""Constraints of parameters with their inverses, and conversions of decays."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

Number = TypeVar("Number", float, Tensor)


def sigmoid_inverse(y: Tensor) -> Tensor:
    """Return the raw value whose sigmoid is `y`.

    Args:
        y: Tensor of any shape, in (0, 1).

    Returns:
        `log(y / (1 - y))`, of the same shape; infinite at 0 and 1, NaN beyond.

    Example:
        >>> torch.sigmoid(sigmoid_inverse(torch.tensor(0.25)))
        tensor(0.2500)
    """
    return torch.logit(y)


def softplus(x: Tensor) -> Tensor:
    """Map any number to a positive one, smoothly: `log(1 + exp(x))`.

    `torch.nn.functional.softplus` is the identity above 20 by default, which is inexact in
    float64; here it is the identity only where the difference is below the precision of float64.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the same shape, above 0.

    Example:
        >>> softplus(torch.tensor(0.0))
        tensor(0.6931)
    """
    return F.softplus(x, threshold=40.0)


def softplus_inverse(y: Tensor) -> Tensor:
    """Return the raw value whose softplus is `y`.

    Args:
        y: Tensor of any shape, above 0.

    Returns:
        `log(exp(y) - 1)`, of the same shape, computed without overflow or cancellation; infinite
        at 0, NaN below.

    Example:
        >>> softplus(softplus_inverse(torch.tensor([1e-6, 1e4])))
        tensor([1.0000e-06, 1.0000e+04])
    """
    return y + torch.log(-torch.expm1(-y))


def halflife_to_decay(halflife: Number) -> Number:
    """Return the decay that halves a trace in `halflife` timesteps.

    Args:
        halflife: Timesteps, above 0: a number, or a tensor of any shape.

    Returns:
        The decay per timestep, in (0, 1), with `decay ** halflife == 0.5`; of the same type.

    Raises:
        ValueError: A half-life is not above 0.

    Example:
        >>> halflife_to_decay(1.0)
        0.5
    """
    _require("halflife", halflife, (halflife > 0) & (halflife < math.inf), "above 0 and finite")
    decay: Number = 0.5 ** (1.0 / halflife)
    return decay


def decay_to_halflife(decay: Number) -> Number:
    """Return the number of timesteps in which a trace with this decay is halved.

    Args:
        decay: Decay per timestep, in (0, 1): a number, or a tensor of any shape.

    Returns:
        Timesteps, with `decay ** halflife == 0.5`; of the same type.

    Raises:
        ValueError: A decay is not in (0, 1).

    Example:
        >>> decay_to_halflife(0.5)
        1.0
    """
    _require("decay", decay, (decay > 0) & (decay < 1), "in (0, 1)")
    log = torch.log if isinstance(decay, Tensor) else math.log
    return math.log(0.5) / log(decay)


def timesteps_to_decay(timesteps: Number) -> Number:
    """Return the decay of an exponential moving average over about this many timesteps.

    Args:
        timesteps: Timesteps, at least 1: a number, or a tensor of any shape.

    Returns:
        `1 - 1 / timesteps`, the decay per timestep, in [0, 1); of the same type.

    Raises:
        ValueError: A number of timesteps is below 1 or not finite.

    Example:
        >>> timesteps_to_decay(10.0)
        0.9
    """
    _require(
        "timesteps", timesteps, (timesteps >= 1) & (timesteps < math.inf), "at least 1 and finite"
    )
    return 1.0 - 1.0 / timesteps


def decay_to_timesteps(decay: Number) -> Number:
    """Return over about how many timesteps an exponential moving average with this decay averages.

    Args:
        decay: Decay per timestep, in [0, 1): a number, or a tensor of any shape.

    Returns:
        Timesteps, with `decay == 1 - 1 / timesteps`; of the same type.

    Raises:
        ValueError: A decay is not in [0, 1).

    Example:
        >>> decay_to_timesteps(0.75)
        4.0
    """
    _require("decay", decay, (decay >= 0) & (decay < 1), "in [0, 1)")
    return 1.0 / (1.0 - decay)


def spread_decays(num_neurons: int, shortest: float, longest: float) -> Tensor:
    """Return decays whose half-lives are spread from the shortest to the longest.

    Neighbours differ by the same factor, so every time scale between is represented alike. Give the
    decays to a layer instead of one number: `beta=spread_decays(128, 0.1, 8)`.

    Args:
        num_neurons: The number of decays, at least 1.
        shortest: The half-life of the first, in timesteps, above 0.
        longest: The half-life of the last, at least the shortest and finite.

    Returns:
        Tensor of `num_neurons` decays per timestep, in (0, 1), in ascending order.

    Raises:
        ValueError: `num_neurons` is below 1, or the half-lives are outside their domain.

    Example:
        >>> spread_decays(3, 1, 4)
        tensor([0.5000, 0.7071, 0.8409])
    """
    _require("num_neurons", num_neurons, num_neurons >= 1, "at least 1")
    _require("shortest", shortest, shortest > 0, "above 0")
    _require("longest", longest, shortest <= longest < math.inf, "at least shortest and finite")
    octaves = torch.linspace(
        math.log2(shortest), math.log2(longest), num_neurons, dtype=torch.float64
    )
    return (0.5 ** (2.0**-octaves)).to(torch.get_default_dtype())


def _require(name: str, value: float | Tensor, inside: bool | Tensor, domain: str) -> None:
    if isinstance(value, Tensor):
        wrong = value[~inside].tolist()
    else:
        wrong = [] if inside else [value]
    if wrong:
        raise ValueError(f"{name} must be {domain}, got {wrong[0]}")
