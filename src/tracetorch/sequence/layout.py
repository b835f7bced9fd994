"""How tensors lie in memory, as kernels see it: time x outer x neurons x inner."""

from __future__ import annotations

import math

import torch
from torch import Tensor

CHUNK = 16
"""Every how many timesteps the states are kept; a backward pass computes those between anew."""


def empty_like(tensor: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """A contiguous tensor of this shape, whose values nobody has set."""
    return torch.empty_like(tensor, dtype=dtype, memory_format=torch.contiguous_format)


def checkpoint_shape(xs: Tensor, dim: int, states: int) -> tuple[int, int, int]:
    """The shape of what is kept: the states of every chunk's first timestep."""
    timesteps = xs.shape[dim]
    return (timesteps + CHUNK - 1) // CHUNK, states, xs.numel() // max(timesteps, 1)


def shape(xs: Tensor, dim: int, axis: int) -> tuple[int, int, int]:
    """Of a timestep: outer x neurons x inner."""
    _, *sizes = xs.movedim(dim, 0).shape
    return math.prod(sizes[:axis]), sizes[axis], math.prod(sizes[axis + 1 :])


def collapsible(tensor: Tensor, dim: int, axis: int) -> Tensor:
    """The same values where one stride can lead through all dimensions before the features, and
    one through those after them."""
    if strides(tensor, dim, axis):
        return tensor
    return tensor.movedim(dim, 0).contiguous().movedim(0, dim)


def strides(tensor: Tensor, dim: int, axis: int) -> tuple[int, int, int, int] | None:
    """The strides of time x outer x neurons x inner, or None if it has no such strides."""
    tensor = tensor.movedim(dim, 0)
    dims = list(zip(tensor.shape, tensor.stride()))
    outer, inner = _stride(dims[1 : 1 + axis]), _stride(dims[2 + axis :])
    if outer is None or inner is None:
        return None
    return tensor.stride(0), outer, tensor.stride(1 + axis), inner


def _stride(dims: list[tuple[int, int]]) -> int | None:
    """The one stride of several dimensions, given their sizes and strides."""
    dims = [(size, stride) for size, stride in dims if size != 1]
    for (_, above), (size, below) in zip(dims, dims[1:]):
        if above != size * below:
            return None
    return dims[-1][1] if dims else 1
