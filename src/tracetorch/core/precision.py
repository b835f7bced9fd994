"""The dtype and the device that a layer computes with."""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn


def own_tensor(layer: nn.Module) -> Tensor | None:
    """The first parameter or buffer of real numbers, whose dtype and device count for the layer."""
    tensors = chain(layer.parameters(), layer.buffers())
    return next((t for t in tensors if t.is_floating_point()), None)


def state_dtype(layer: nn.Module, x: Tensor) -> torch.dtype:
    """The dtype of new states: as precise as the input and as the parameters."""
    own = own_tensor(layer)
    if own is not None:
        return torch.promote_types(x.dtype, own.dtype)
    return x.dtype if x.is_floating_point() else torch.get_default_dtype()
