"""Positive and negative parts."""

from __future__ import annotations

import torch
from torch import Tensor


def positive(x: Tensor) -> Tensor:
    """Return the positive part of `x`, elementwise.

    `positive(x) + negative(x) == x`, and the two derivatives sum to 1 everywhere: at 0, the value
    of a silent input, each is one half, so neither branch of a dual layer is preferred.

    Args:
        x: Tensor of any shape.

    Returns:
        `max(x, 0)`, of the same shape.

    Example:
        >>> positive(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])
    """
    return torch.maximum(x, x.new_zeros(()))


def negative(x: Tensor) -> Tensor:
    """Return the negative part of `x`, elementwise; the counterpart of `positive`.

    Args:
        x: Tensor of any shape.

    Returns:
        `min(x, 0)`, of the same shape.

    Example:
        >>> negative(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([-2.,  0.,  0.])
    """
    return torch.minimum(x, x.new_zeros(()))
