"""PyTorch's modules in C: linear maps, convolutions and pooling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from .chain import Refused
from .kinds import Kind
from .part import Part, Value


def module_part(module: nn.Module, inputs: Value, outputs: Value) -> Part | None:
    """Return the part of a module; None if it does nothing in evaluation but change the shape.

    Raises:
        Refused: It cannot be written as C.
    """
    made = _PARTS.get(type(module))
    if made:
        return made(module, inputs, outputs)
    kind = type(module)
    if kind in _NOTHING or f"{kind.__module__}.{kind.__name__}" == _SEQUENCE_DROPOUT:
        return None
    raise Refused(f"is none of {', '.join(one.__name__ for one in _PARTS)}; {_advice(module)}")


def _advice(module: nn.Module) -> str:
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return "merge it with the module before, as with torch.nn.utils.fusion.fuse_conv_bn_eval"
    return "use one of these, a layer with a kernel, flatten or dropout"


_NOTHING = (
    *(nn.Identity, nn.Flatten, nn.Unflatten, nn.AlphaDropout, nn.FeatureAlphaDropout),
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
)
_SEQUENCE_DROPOUT = "tracetorch.core.dropout.SequenceDropout"


def _linear(module: Any, inputs: Value, outputs: Value) -> Part:
    if len(inputs.shape) != 1:
        raise Refused(f"is given a value of the shape {[*inputs.shape]}; flatten it before")
    is_sparse = inputs.kind.is_sparse
    weight = module.weight.T if is_sparse else module.weight
    return Part(
        "deploy_linear.c.j2",
        {"bias": module.bias is not None, "units": _units(inputs.kind)},
        outputs,
        _weights(module, weight),
    )


def _units(kind: Kind) -> tuple[int, int] | None:
    """Return the bounds of values that are -1, 0 or 1 alone, so that no product is needed."""
    return kind.bounds if kind.bounds in ((0, 1), (-1, 0), (-1, 1)) else None


def _convolution(module: Any, inputs: Value, outputs: Value) -> Part:
    if module.padding_mode != "zeros":
        raise Refused(f"has the padding {module.padding_mode!r}; use zeros")
    given = {
        **_window(module, module.dilation, inputs, outputs),
        "bias": module.bias is not None,
        "groups": module.groups,
    }
    weight = module.weight if module.weight.dim() == 4 else module.weight[:, :, None]
    return Part("deploy_conv.c.j2", given, outputs, _weights(module, weight))


def _weights(module: Any, weight: Tensor) -> Mapping[str, Tensor]:
    return {"weight": weight} | ({} if module.bias is None else {"bias": module.bias})


def _pool(module: Any, inputs: Value, outputs: Value) -> Part:
    if module.ceil_mode:
        raise Refused("has ceil_mode; switch it off")
    if getattr(module, "divisor_override", None) is not None:
        raise Refused("has a divisor_override; scale the weights after it instead")
    is_max = isinstance(module, (nn.MaxPool1d, nn.MaxPool2d))
    given = {
        **_window(module, getattr(module, "dilation", 1), inputs, outputs),
        "is_max": is_max,
        "includes_padding": getattr(module, "count_include_pad", True),
    }
    kept = inputs.kind if is_max else Kind(None, inputs.kind.is_sparse)
    return Part("deploy_pool.c.j2", given, replace(outputs, kind=kept))


def _window(module: Any, dilation: Any, inputs: Value, outputs: Value) -> Mapping[str, object]:
    """Return the sizes of a module that moves a window over rows and columns; a signal of one
    dimension is a single row."""
    dimensions = 1 if "1d" in type(module).__name__ else 2
    if len(inputs.shape) != dimensions + 1:
        raise Refused(f"is given a value of the shape {[*inputs.shape]}, without channels")

    def pair(value: Any, in_one_row: int) -> tuple[int, ...]:
        values = value if isinstance(value, tuple) else (value,) * dimensions
        return values if dimensions == 2 else (in_one_row, *values)

    window = {
        "kernel": pair(module.kernel_size, 1),
        "stride": pair(module.stride, 1),
        "dilation": pair(dilation, 1),
    }
    rows = (1,) * (2 - dimensions)
    return window | {
        "padding": _padding(module.padding, window, pair),
        "size_in": (inputs.shape[0], *rows, *inputs.shape[1:]),
        "size_out": (outputs.shape[0], *rows, *outputs.shape[1:]),
    }


def _padding(
    given: Any, window: Mapping[str, tuple[int, ...]], pair: Callable[[Any, int], tuple[int, ...]]
) -> tuple[int, ...]:
    """Return the padding before the first row and the first column."""
    match given:
        case "valid":
            return 0, 0
        case "same":
            sizes = zip(window["kernel"], window["dilation"])
            return tuple(step * (size - 1) // 2 for size, step in sizes)
    return pair(given, 0)


_PARTS: Mapping[type[nn.Module], Callable[[Any, Value, Value], Part]] = {
    nn.Linear: _linear,
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.MaxPool1d: _pool,
    nn.MaxPool2d: _pool,
    nn.AvgPool1d: _pool,
    nn.AvgPool2d: _pool,
}
