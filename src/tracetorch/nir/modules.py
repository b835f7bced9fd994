"""Modules without states as nodes, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import nir

from .parts import Scale, Threshold

Shape = tuple[int, ...]
"""The shape of a value without its batch."""


METADATA = "tracetorch"
"""The key of what a node cannot say."""

_NO_BIAS = "without a bias"


class Refused(Exception):
    """What a module computes is no node, or a node is no module; and what to do."""


# Modules as nodes


def node_of(module: nn.Module, shape: Shape) -> nir.NIRNode | None:
    """Return a module as a node, for an input of this shape; None if it returns its input.

    Raises:
        Refused: It is no node.
    """
    write = _WRITERS.get(type(module))
    if write is None:
        raise Refused(
            _HINTS.get(type(module), "NIR has no node for it; replace it or leave it out")
        )
    return write(module, shape)


def array(tensor: Tensor) -> np.ndarray[Any, Any]:
    """Return the values of a tensor, which NumPy may not have the type for."""
    if tensor.dtype not in (torch.float16, torch.float32, torch.float64):
        raise Refused(f"NumPy has no {tensor.dtype}; convert the model by .float() before")
    return tensor.numpy(force=True).copy()


def _linear(module: nn.Linear, shape: Shape) -> nir.NIRNode:
    if len(shape) != 1:
        raise Refused("NIR maps vectors alone; flatten the input before")
    if module.bias is None:
        return nir.Linear(weight=array(module.weight))
    return nir.Affine(weight=array(module.weight), bias=array(module.bias))


def _convolution(module: nn.Conv1d | nn.Conv2d, shape: Shape) -> nir.NIRNode:
    if module.padding_mode != "zeros":
        raise Refused(f"NIR pads with zeros, not {module.padding_mode}")
    weight = array(module.weight)
    bias = (
        np.zeros_like(weight, shape=weight.shape[:1]) if module.bias is None else array(module.bias)
    )
    common = {"weight": weight, "groups": module.groups, "bias": bias}
    if module.bias is None:
        common["metadata"] = {METADATA: _NO_BIAS}
    if isinstance(module, nn.Conv2d):
        return nir.Conv2d(
            input_shape=shape[1:],
            stride=module.stride,
            padding=module.padding,
            dilation=module.dilation,
            **common,
        )
    padding = module.padding if isinstance(module.padding, str) else module.padding[0]
    return nir.Conv1d(
        input_shape=shape[1],
        stride=module.stride[0],
        padding=padding,
        dilation=module.dilation[0],
        **common,
    )


def _pool(module: nn.AvgPool2d, shape: Shape) -> nir.NIRNode:
    if module.ceil_mode or not module.count_include_pad:
        raise Refused("NIR has no ceil_mode, and counts what is padded")
    sizes = (_pair(size) for size in (module.kernel_size, module.stride, module.padding))
    named = dict(zip(("kernel_size", "stride", "padding"), sizes))
    if module.divisor_override not in (None, 1):
        raise Refused("NIR has means and sums alone; use divisor_override=None or 1")
    return nir.AvgPool2d(**named) if module.divisor_override is None else nir.SumPool2d(**named)


def _pair(size: Any) -> np.ndarray[Any, Any]:
    return np.array(size if isinstance(size, tuple) else (size, size))


def _flatten(module: nn.Flatten, shape: Shape) -> nir.NIRNode:
    dims = len(shape) + 1
    start, end = module.start_dim % dims, module.end_dim % dims
    if start == 0:
        raise Refused("it flattens the batch too; use start_dim=1")
    return nir.Flatten(input_type=np.array(shape), start_dim=start - 1, end_dim=end - 1)


def _dropout(module: Any, shape: Shape) -> None:
    if module.training and module.p > 0:
        raise Refused("it draws random numbers; call model.eval() before")


def _scale(module: Scale, shape: Shape) -> nir.NIRNode:
    return nir.Scale(scale=array(module.scale.expand(shape)))


def _threshold(module: Threshold, shape: Shape) -> nir.NIRNode:
    return nir.Threshold(threshold=array(module.threshold.expand(shape)))


_WRITERS: dict[type[nn.Module], Callable[[Any, Shape], nir.NIRNode | None]] = {
    nn.Linear: _linear,
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.AvgPool2d: _pool,
    nn.Flatten: _flatten,
    nn.Identity: lambda module, shape: None,
    nn.Dropout: _dropout,
    nn.Dropout2d: _dropout,
    Scale: _scale,
    Threshold: _threshold,
}

_HINTS: dict[type[nn.Module], str] = {
    nn.ReLU: "NIR has no rectifier; put a spiking layer in its place",
    nn.MaxPool2d: "NIR has no maximum; use nn.AvgPool2d",
    nn.BatchNorm1d: "NIR has no normalisation; fold it into the linear map before it",
    nn.BatchNorm2d: "NIR has no normalisation; fold it into the convolution before it",
}


# Nodes as modules


def module_of(node: nir.NIRNode) -> nn.Module:
    """Return a node without states as a module.

    Raises:
        Refused: It is none that is known, or its fields do not fit each other.
    """
    read = _READERS.get(type(node))
    if read is None:
        raise Refused(f"there is no layer for a node of the type {type(node).__name__}")
    return read(node)


def tensor(values: Any, name: str) -> Tensor:
    """Return an array of finite real numbers as a tensor with its own memory."""
    found = np.asarray(values)
    if found.dtype.kind != "f" or found.dtype.itemsize not in (2, 4, 8):
        raise Refused(f"{name} must hold floating-point numbers, and has the type {found.dtype}")
    if not np.isfinite(found).all():
        raise Refused(f"{name} holds a number that is not finite")
    return torch.from_numpy(np.array(found, dtype=f"f{found.dtype.itemsize}"))


def _set(module: nn.Module, **values: Tensor) -> nn.Module:
    """Replace the parameters of a module by tensors of the same shape."""
    for name, value in values.items():
        before = getattr(module, name)
        if before.shape != value.shape:
            shapes = f"{tuple(value.shape)}, not {tuple(before.shape)}"
            raise Refused(f"its {name} has the shape {shapes}")
        setattr(module, name, nn.Parameter(value))
    return module


def _matrix(node: nir.Linear | nir.Affine) -> Tensor:
    weight = tensor(node.weight, "weight")
    if weight.dim() != 2:
        raise Refused(f"its weight must be a matrix, and has the shape {tuple(weight.shape)}")
    return weight


def _from_linear(node: nir.Linear) -> nn.Module:
    weight = _matrix(node)
    outputs, inputs = weight.shape
    return _set(nn.Linear(inputs, outputs, bias=False, device="meta"), weight=weight)


def _from_affine(node: nir.Affine) -> nn.Module:
    weight = _matrix(node)
    outputs, inputs = weight.shape
    made = nn.Linear(inputs, outputs, device="meta")
    return _set(made, weight=weight, bias=tensor(node.bias, "bias"))


def _from_convolution(node: nir.Conv1d | nir.Conv2d) -> nn.Module:
    dims = 1 if isinstance(node, nir.Conv1d) else 2
    weight, bias = tensor(node.weight, "weight"), tensor(node.bias, "bias")
    if weight.dim() != dims + 2:
        raise Refused(f"its weight has the shape {tuple(weight.shape)}")
    groups = whole(node.groups, "groups", 1)[0]
    padding = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
    kind: Any = nn.Conv1d if dims == 1 else nn.Conv2d
    made: nn.Module = kind(
        weight.shape[1] * groups,
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=whole(node.stride, "stride", dims),
        padding=padding if isinstance(padding, str) else whole(padding, "padding", dims),
        dilation=whole(node.dilation, "dilation", dims),
        groups=groups,
        device="meta",
    )
    made = _set(made, weight=weight, bias=bias)
    is_ours = isinstance(node.metadata, dict) and node.metadata.get(METADATA) == _NO_BIAS
    if is_ours and not bias.any():
        made.register_parameter("bias", None)
    return made


def whole(values: Any, name: str, count: int) -> tuple[int, ...]:
    """Return so many whole numbers, which may be written as one."""
    found = np.asarray(values)
    if found.dtype.kind not in "iu" or found.size not in (1, count) or (found < 0).any():
        raise Refused(f"{name} must be {count} whole numbers, and is {values!r}")
    numbers = tuple(int(number) for number in found.flatten())
    return numbers if len(numbers) == count else numbers * count


def _from_pool(node: nir.AvgPool2d | nir.SumPool2d) -> nn.Module:
    sizes: Any = {
        name: whole(getattr(node, name), name, 2) for name in ("kernel_size", "stride", "padding")
    }
    divisor = None if isinstance(node, nir.AvgPool2d) else 1
    return nn.AvgPool2d(**sizes, divisor_override=divisor)


def _from_flatten(node: nir.Flatten) -> nn.Module:
    start, end = int(node.start_dim), int(node.end_dim)
    return nn.Flatten(start + 1 if start >= 0 else start, end + 1 if end >= 0 else end)


_READERS: dict[type[nir.NIRNode], Callable[[Any], nn.Module]] = {
    nir.Linear: _from_linear,
    nir.Affine: _from_affine,
    nir.Conv1d: _from_convolution,
    nir.Conv2d: _from_convolution,
    nir.AvgPool2d: _from_pool,
    nir.SumPool2d: _from_pool,
    nir.Flatten: _from_flatten,
    nir.Scale: lambda node: Scale(tensor(node.scale, "scale")),
    nir.Threshold: lambda node: Threshold(tensor(node.threshold, "threshold")),
}
