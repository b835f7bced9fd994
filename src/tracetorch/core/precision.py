"""The dtype of new states, and the tensor that defines dtype and device of a layer."""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn


def own_tensor(layer: nn.Module) -> Tensor | None:
    """Return the first floating-point parameter or buffer: its dtype and device are the layer's."""
    tensors = chain(layer.parameters(), layer.buffers())
    return next((t for t in tensors if t.is_floating_point()), None)


def state_dtype(layer: nn.Module, x: Tensor) -> torch.dtype:
    """Return the dtype of new states: at least as precise as the input and the parameters."""
    own = own_tensor(layer)
    if own is not None and own.dtype != x.dtype:  # else an exported program would compare them
        return torch.promote_types(x.dtype, own.dtype)
    return x.dtype if x.is_floating_point() else torch.get_default_dtype()
