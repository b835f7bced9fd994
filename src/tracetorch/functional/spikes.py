# Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: efe93ed97e72f72b
"""Spike functions, smooth steps from 0 to 1, each the integral of a surrogate gradient."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = [
    "arctan",
    "exponential",
    "fast_sigmoid",
    "gaussian",
    "rectangular",
    "sigmoid4x",
    "triangular",
]


def sigmoid4x(x: Tensor, slope: float = 4.0) -> Tensor:
    """Smooth step by the logistic function: the slope falls exponentially.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        slope: Factor of `x`, four times the slope at the threshold, above 0.

    Returns:
        `sigmoid(slope * x)`, of the same shape, in [0, 1].

    Source:
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> sigmoid4x(torch.tensor(0.0))
        tensor(0.5000)
    """
    return torch.sigmoid(slope * x)


def arctan(x: Tensor, alpha: float = 2.0) -> Tensor:
    """Smooth step by the arctangent: the slope, by default `1 / (1 + (pi x)^2)`, has long tails.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        alpha: Twice the slope at the threshold, above 0.

    Returns:
        `0.5 + 0.3183098861837907 * atan(1.5707963267948966 * alpha * x)`, of the same shape, in [0,
        1].

    Source:
        Fang et al. 2021, "Incorporating learnable membrane time constant to enhance learning of
        spiking neural networks", arXiv:2007.05785.

    Example:
        >>> arctan(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + 0.3183098861837907 * torch.atan(1.5707963267948966 * alpha * x)


def fast_sigmoid(x: Tensor, slope: float = 2.0) -> Tensor:
    """Smooth step without an exponential: the slope is by default `1 / (1 + 2 |x|)^2`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        slope: Factor of `|x|`, twice the slope at the threshold, above 0.

    Returns:
        `0.5 + x / (2 / slope + 2 * abs(x))`, of the same shape, in [0, 1].

    Source:
        Zenke and Ganguli 2018, "SuperSpike", arXiv:1705.11146.

    Example:
        >>> fast_sigmoid(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + x / (2 / slope + 2 * torch.abs(x))


def triangular(x: Tensor, width: float = 1.0) -> Tensor:
    """Smooth step near the threshold: the slope is by default `1 - |x|` within 1, and 0 elsewhere.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        width: Distance at which the slope reaches 0, the inverse of the slope at the threshold, above
            0.

    Returns:
        `0.5 + near * (1 - 0.5 * abs(near))`, where `near = maximum(minimum(x / width, 1), -1)`, of
        the same shape, in [0, 1].

    Source:
        Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking
        neurons", arXiv:1803.09574.

    Example:
        >>> triangular(torch.tensor(0.0))
        tensor(0.5000)
    """
    near = (x / width).clamp(max=1).clamp(min=-1)
    return 0.5 + near * (1 - 0.5 * torch.abs(near))


def rectangular(x: Tensor, width: float = 1.0) -> Tensor:
    """Linear step near the threshold: the slope is by default 1 within 0.5, and 0 elsewhere.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        width: Width of the step, the inverse of its slope, above 0.

    Returns:
        `maximum(minimum(x / width + 0.5, 1), 0)`, of the same shape, in [0, 1].

    Source:
        Wu, Deng, Li, Zhu and Shi 2018, "Spatio-temporal backpropagation for training
        high-performance spiking neural networks", arXiv:1706.02609.

    Example:
        >>> rectangular(torch.tensor(0.0))
        tensor(0.5000)
    """
    return (x / width + 0.5).clamp(max=1).clamp(min=0)


def gaussian(x: Tensor, alpha: float = 1.7724538509055159) -> Tensor:
    """Smooth step by the normal distribution: the slope is by default `exp(-pi x^2)`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        alpha: `sqrt(pi)` times the slope at the threshold; the standard deviation is `1 / (sqrt(2)
            alpha)`, above 0.

    Returns:
        `0.5 + 0.5 * erf(alpha * x)`, of the same shape, in [0, 1].

    Source:
        Yin, Corradi and Bohté 2021, "Accurate and efficient time-domain classification with
        adaptive spiking recurrent neural networks", arXiv:2103.12593.

    Example:
        >>> gaussian(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + 0.5 * torch.erf(alpha * x)


def exponential(x: Tensor, slope: float = 2.0) -> Tensor:
    """Smooth step by the Laplace distribution: the slope is by default `exp(-2 |x|)`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        slope: Factor of `|x|`, twice the slope at the threshold, above 0.

    Returns:
        `where(x < 0, tail, 1 - tail)`, where `tail = 0.5 * exp(-slope * maximum(x, -x))`, of the
        same shape, in [0, 1].

    Source:
        Shrestha and Orchard 2018, "SLAYER, spike layer error reassignment in time",
        arXiv:1810.08646.

    Example:
        >>> exponential(torch.tensor(0.0))
        tensor(0.5000)
    """
    tail = 0.5 * torch.exp(-slope * x.clamp(min=-x))
    return torch.where(x < 0, tail, 1 - tail)
