"""Modules that NIR has nodes for and PyTorch has not."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..functional import round_ste, sigmoid4x


class Scale(nn.Module):
    """Multiply each element by its own factor.

    Args:
        scale: The factors, of the shape of an input without the batch.

    Example:
        >>> Scale(torch.tensor([2.0, 3.0]))(torch.ones(1, 2)).tolist()
        [[2.0, 3.0]]
    """

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.scale = nn.Parameter(scale)

    def forward(self, x: Tensor) -> Tensor:
        """Return the product."""
        return x * self.scale


class Threshold(nn.Module):
    """Return 1 where an element is above its own threshold, and 0 elsewhere.

    The gradient is that of `tt.functional.sigmoid4x`.

    Args:
        threshold: The thresholds, of the shape of an input without the batch.

    Example:
        >>> Threshold(torch.tensor([0.5, 2.0]))(torch.ones(1, 2)).tolist()
        [[1.0, 0.0]]
    """

    def __init__(self, threshold: Tensor) -> None:
        super().__init__()
        self.threshold = nn.Parameter(threshold)
        self._round = round_ste()

    def forward(self, x: Tensor) -> Tensor:
        """Return 0 or 1 for each element."""
        spikes: Tensor = self._round(sigmoid4x(x - self.threshold))
        return spikes
