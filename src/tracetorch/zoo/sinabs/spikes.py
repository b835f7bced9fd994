# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4fc07b851a363023
"""The spike functions of sinabs."""

from __future__ import annotations

import torch
from torch import Tensor
from tracetorch.functional import straight_through

__all__ = ["single_exponential"]

_digest = "d0eb3833412aa664"


def single_exponential(x: Tensor, grad_width: float = 0.5, grad_scale: float = 1.0) -> Tensor:
    """Smooth step whose surrogate gradient is that of Sinabs: by default `2 exp(-2 |x|)`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.
        grad_width: Distance at which the gradient has fallen by a factor of e, above 0.
        grad_scale: Factor of the gradient, above 0.

    Returns:
        `straight_through(where(x < 0, tail, 1 - tail), detach(slope) * x)`, where `tail = 0.5 *
        exp(-abs(x) / grad_width)`, where `slope = grad_scale / grad_width * exp(-abs(x) /
        grad_width)`, of the same shape, in [0, 1].

    Source:
        Shrestha and Orchard 2018, "SLAYER, spike layer error reassignment in time",
        arXiv:1810.08646.

    Example:
        >>> import torch
        >>> single_exponential(torch.tensor(0.0))
        tensor(0.5000)
    """
    tail = 0.5 * torch.exp(-torch.abs(x) / grad_width)
    slope = grad_scale / grad_width * torch.exp(-torch.abs(x) / grad_width)
    return straight_through(torch.where(x < 0, tail, 1 - tail), slope.detach() * x)
