"""The PyTorch operators for the recurrence of a layer: forward and backward pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..c import recurrence as cpu
from ..kernel import Kernel
from ..modules import constant
from ..operator import batched_backward, second_gradients
from ..recurrence_call import Call

_OPERATORS: Any = torch.library.Library("tracetorch", "FRAGMENT")  # type: ignore[no-untyped-call]
_CALL = (
    "str kernel, Tensor[] streams, Tensor[] parameters, Tensor[] matrices, float[] numbers, "
    "int[] sizes"
)
"""The fields of a `Call`, as a schema of PyTorch."""
_FIELDS = 6

_OPERATORS.define(
    f"recurrence({_CALL}, Tensor[] states, int[] widths, bool keep, bool record)"
    " -> (Tensor[], Tensor[], Tensor[], Tensor[])"
)
_OPERATORS.define(
    f"recurrence_backward({_CALL}, Tensor[] d_outputs, Tensor[] d_states, Tensor[] kept)"
    " -> (Tensor[], Tensor[], Tensor[], Tensor[])"
)
forward = torch.ops.tracetorch.recurrence.default
backward = torch.ops.tracetorch.recurrence_backward.default


@constant
def why_not(kernel: str, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot run on a device; empty if it can."""
    try:
        return str(_backend(device).why_not(Kernel.parse(kernel), dtype, device))
    except ImportError:
        return "there is none for cuda without Triton: pip install triton"


def _backend(device: torch.device) -> Any:
    """Return the module that runs kernels on a device."""
    if device.type == "cpu":
        return cpu
    from ..triton import recurrence as cuda  # imported here, since Triton takes long to import

    return cuda


def _call(*arguments: Any) -> tuple[Call, tuple[Any, ...]]:
    kernel, *fields = arguments[:_FIELDS]
    return Call(Kernel.parse(kernel), *fields), arguments[_FIELDS:]


def _forward(*arguments: Any) -> Any:
    call, (states, widths, keep, record) = _call(*arguments)
    call.check(states)
    return _backend(call.device).forward(call, states, widths, keep, record)


def _backward(*arguments: Any) -> Any:
    call, (d_outputs, d_states, kept) = _call(*arguments)
    call.check(d_states)
    return _backend(call.device).backward(call, d_outputs, d_states, kept)


def _shapes(*arguments: Any) -> Any:
    call, given = _call(*arguments)
    return call.results(*given)


def _backward_shapes(*arguments: Any) -> Any:
    call, (_, d_states, _) = _call(*arguments)
    given = (call.streams, call.parameters, call.matrices, d_states)
    return tuple([torch.empty(t.shape, dtype=t.dtype, device=t.device) for t in g] for g in given)


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
    kernel, streams, parameters, matrices, numbers, sizes, *_ = inputs
    outputs, after, kept, history = output
    ctx.arguments = kernel, numbers, sizes
    ctx.shapes = [y.shape for y in outputs], [state.shape for state in after]
    ctx.counts = len(streams), len(parameters), len(matrices), len(kept)
    ctx.set_materialize_grads(False)  # of what is kept, which is large
    ctx.mark_non_differentiable(*kept, *history)
    ctx.save_for_backward(*streams, *parameters, *matrices, *kept)


def _gradients(ctx: Any, *gradients: list[Tensor | None]) -> Any:
    kernel, numbers, sizes = ctx.arguments
    saved, groups = iter(ctx.saved_tensors), []
    for count in ctx.counts:
        groups.append([next(saved) for _ in range(count)])
    streams, parameters, matrices, kept = groups
    call = kernel, streams, parameters, matrices, numbers, sizes
    d_outputs, d_states = (
        [streams[0].new_zeros(shape) if d is None else d for d, shape in zip(of, shapes)]
        for of, shapes in zip(gradients, ctx.shapes)
    )
    d_streams, d_parameters, d_matrices, d_states = backward(*call, d_outputs, d_states, kept)
    of_numbers: Any = None if numbers else []  # the structure that PyTorch requires
    return None, d_streams, d_parameters, d_matrices, of_numbers, None, d_states, None, None, None


for device in ("CPU", "CUDA"):
    _OPERATORS.impl("recurrence", _forward, device)
    _OPERATORS.impl("recurrence_backward", _backward, device)
for key in ("Batched", "FuncTorchBatched"):
    _OPERATORS.impl("recurrence_backward", batched_backward, key)
torch.library.register_fake("tracetorch::recurrence", _shapes, lib=_OPERATORS)
torch.library.register_fake("tracetorch::recurrence_backward", _backward_shapes, lib=_OPERATORS)
torch.library.register_autograd(
    "tracetorch::recurrence", _gradients, setup_context=_setup_context, lib=_OPERATORS
)
torch.library.register_autograd("tracetorch::recurrence_backward", second_gradients, lib=_OPERATORS)
