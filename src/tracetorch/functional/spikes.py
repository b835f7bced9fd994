# Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ef49f8c75d677714
"""Spike functions, smooth steps from 0 to 1, each the integral of a surrogate gradient."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["arctan", "fast_sigmoid", "gaussian", "rectangular", "sigmoid4x", "triangular"]


def sigmoid4x(x: Tensor) -> Tensor:
    """Smooth step by the logistic function: the slope falls exponentially.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `sigmoid(4 * x)`, of the same shape, in [0, 1].

    Source:
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> sigmoid4x(torch.tensor(0.0))
        tensor(0.5000)
    """
    return torch.sigmoid(4 * x)


def arctan(x: Tensor) -> Tensor:
    """Smooth step by the arctangent: the slope `1 / (1 + (pi x)^2)` has long tails.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `0.5 + 0.3183098861837907 * atan(3.141592653589793 * x)`, of the same shape, in [0, 1].

    Source:
        Fang et al. 2021, "Incorporating learnable membrane time constant to enhance learning of
        spiking neural networks", arXiv:2007.05785.

    Example:
        >>> arctan(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + 0.3183098861837907 * torch.atan(3.141592653589793 * x)


def fast_sigmoid(x: Tensor) -> Tensor:
    """Smooth step without an exponential: the slope is `1 / (1 + 2 |x|)^2`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `0.5 + x / (1 + 2 * abs(x))`, of the same shape, in [0, 1].

    Source:
        Zenke and Ganguli 2018, "SuperSpike", arXiv:1705.11146.

    Example:
        >>> fast_sigmoid(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + x / (1 + 2 * torch.abs(x))


def triangular(x: Tensor) -> Tensor:
    """Smooth step within 1 of the threshold: the slope is `1 - |x|` there, and 0 elsewhere.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `0.5 + near * (1 - 0.5 * abs(near))`, where `near = maximum(minimum(x, 1), -1)`, of the same
        shape, in [0, 1].

    Source:
        Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking
        neurons", arXiv:1803.09574.

    Example:
        >>> triangular(torch.tensor(0.0))
        tensor(0.5000)
    """
    near = x.clamp(max=1).clamp(min=-1)
    return 0.5 + near * (1 - 0.5 * torch.abs(near))


def rectangular(x: Tensor) -> Tensor:
    """Linear step within 0.5 of the threshold: the slope is 1 there, and 0 elsewhere.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `maximum(minimum(x + 0.5, 1), 0)`, of the same shape, in [0, 1].

    Source:
        Wu, Deng, Li, Zhu and Shi 2018, "Spatio-temporal backpropagation for training
        high-performance spiking neural networks", arXiv:1706.02609.

    Example:
        >>> rectangular(torch.tensor(0.0))
        tensor(0.5000)
    """
    return (x + 0.5).clamp(max=1).clamp(min=0)


def gaussian(x: Tensor) -> Tensor:
    """Smooth step by the normal distribution: the slope is `exp(-pi x^2)`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `0.5 + 0.5 * erf(1.7724538509055159 * x)`, of the same shape, in [0, 1].

    Source:
        Yin, Corradi and Bohté 2021, "Accurate and efficient time-domain classification with
        adaptive spiking recurrent neural networks", arXiv:2103.12593.

    Example:
        >>> gaussian(torch.tensor(0.0))
        tensor(0.5000)
    """
    return 0.5 + 0.5 * torch.erf(1.7724538509055159 * x)
