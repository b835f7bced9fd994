"""Weighted sums over the last inputs, for all timesteps at once: a causal convolution over time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def filtered(entries: Tensor, taps: Tensor) -> Tensor:
    """Return the weighted sum of the last inputs after each timestep.

    Args:
        entries: The inputs, time first, with those of the `len(taps) - 1` timesteps before.
        taps: The weights of the inputs, the oldest first, each with the sizes of an input without
            its batch.
    """
    result: Tensor = _Filter.apply(entries, taps)  # type: ignore[no-untyped-call]
    return result


class _Filter(torch.autograd.Function):
    """Adds up shifted inputs in place, which takes a third of the time of a grouped convolution:
    that has the time last, and copies all it reads and returns."""

    @staticmethod
    def forward(ctx: Any, entries: Tensor, taps: Tensor) -> Tensor:
        ctx.save_for_backward(entries, taps)
        timesteps = len(entries) - len(taps) + 1
        sums = entries[:timesteps] * taps[0]
        for lag in range(1, len(taps)):
            sums.addcmul_(entries[lag : lag + timesteps], taps[lag])
        return sums

    @staticmethod
    def backward(ctx: Any, d_sums: Tensor) -> tuple[Tensor, Tensor]:
        entries, taps = ctx.saved_tensors
        d_entries = d_sums.new_zeros(entries.shape)
        for lag, tap in enumerate(taps):
            d_entries[lag : lag + len(d_sums)].addcmul_(d_sums, tap)
        batch = tuple(range(entries.dim() - taps.dim() + 1))  # time is one of these
        terms = (d_sums * entries[lag : lag + len(d_sums)] for lag in range(len(taps)))
        return d_entries, torch.stack([term.sum(batch) for term in terms])
