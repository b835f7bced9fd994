"""Equality of tensors."""

from __future__ import annotations

import torch
from torch import Tensor


def identical(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same numbers and dtype; `torch.equal` ignores the latter."""
    return one.dtype == other.dtype and torch.equal(one, other)
