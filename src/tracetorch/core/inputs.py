"""Which inputs layers accept, and error messages for the others."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

_REAL = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16),
    *(torch.bool, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
)
"""Real dtypes that PyTorch can compute with, the most common first."""

_DENSE = torch.strided


def is_plain(x: Any) -> bool:
    """Whether this is a dense tensor of real numbers."""
    return isinstance(x, Tensor) and x.dtype in _REAL and x.layout is _DENSE and not x.is_nested


def is_dense(x: Any) -> bool:
    """Whether this is a dense tensor: neither sparse nor nested."""
    return isinstance(x, Tensor) and x.layout is _DENSE and not x.is_nested


def refusal(x: Any) -> str:
    """Return the error message for an input that is not plain, with a fix."""
    if not isinstance(x, Tensor):
        return f"must be a tensor, got {type(x).__name__}; {_as_tensor(x)}"
    if x.is_nested:
        return "must be one tensor, got a nested one; pass torch.nested.to_padded_tensor(x, 0.0)"
    if not is_dense(x):
        return f"must be dense, got {x.layout}; pass x.to_dense()"
    if x.is_complex():
        return f"must be real, got {x.dtype}; pass torch.view_as_real(x), or x.abs()"
    plain = "x.dequantize()" if x.is_quantized else "x.float()"
    return f"must have a dtype that PyTorch can compute with, got {x.dtype}; pass {plain}"


def _as_tensor(x: Any) -> str:
    if x is None:
        return "check that the module before it returns its output"
    if isinstance(x, PackedSequence):
        return "pass torch.nn.utils.rnn.pad_packed_sequence(x)[0]"
    if isinstance(x, dict):
        return "pass one of its values"
    if isinstance(x, tuple):
        return "pass one of its entries, such as the output alone; layers store their own states"
    if isinstance(x, list) and any(isinstance(item, Tensor) for item in x):
        return "pass torch.stack(x), or one of its entries"
    return "pass torch.as_tensor(x)"
