"""The PyTorch operators for the recurrence of a layer: forward and backward pass."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..c import recurrence as cpu
from ..kernel import Kernel
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
T = TypeVar("T")

forward = torch.ops.tracetorch.recurrence.default
backward = torch.ops.tracetorch.recurrence_backward.default


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


def run(
    kernel: str,
    streams: list[Tensor],
    parameters: list[Tensor],
    matrices: list[Tensor],
    numbers: list[float],
    sizes: list[int],
    states: list[Tensor],
    widths: list[int],
    keep: bool,
    record: bool,
) -> list[list[Tensor]]:
    """Return the outputs of a sequence, the states after it, and those after each timestep if they
    are recorded; with gradients if what the backward pass needs is kept."""
    tensors = streams, parameters, matrices, states
    others = kernel, numbers, sizes, widths, keep, record
    found = _Recurrence.apply(  # type: ignore[no-untyped-call]
        others, [*map(len, tensors)], *chain(*tensors)
    )
    return _groups(found, [len(widths), len(states), len(states) * record])


def _groups(tensors: Iterable[T], counts: Iterable[int]) -> list[list[T]]:
    rest = iter(tensors)
    return [[*islice(rest, count)] for count in counts]


class _Recurrence(torch.autograd.Function):
    """The gradients of `recurrence`. Gradients that are registered for an operator would do, but
    PyTorch takes long to call those of lists of tensors."""

    @staticmethod
    def forward(
        ctx: Any, others: tuple[Any, ...], counts: list[int], *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        kernel, numbers, sizes, *options = others
        streams, parameters, matrices, states = _groups(tensors, counts)
        call = Call(Kernel.parse(kernel), streams, parameters, matrices, numbers, sizes)
        outputs, after, kept, history = forward(
            kernel, streams, parameters, matrices, numbers, sizes, states, *options
        )
        ctx.arguments = kernel, numbers, sizes
        ctx.shapes = [[tensor.shape for tensor in of] for of in (streams, outputs, after)]
        ctx.counts = len(streams), len(parameters), len(matrices), len(kept)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(*history)
        read = [None if place in call.addends else s for place, s in enumerate(streams)]
        ctx.save_for_backward(*read, *parameters, *matrices, *kept)
        return (*outputs, *after, *history)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        kernel, numbers, sizes = ctx.arguments
        of_streams, *of_results = ctx.shapes
        read, parameters, matrices, kept = _groups(ctx.saved_tensors, ctx.counts)
        unread = kept[0].new_empty(())  # in place of addends, of which the shape alone is read
        streams = [unread.expand(shape) if s is None else s for s, shape in zip(read, of_streams)]
        d_outputs, d_states = (
            [unread.new_zeros(shape) if d is None else d for d, shape in zip(of, shapes)]
            for of, shapes in zip(_groups(gradients, map(len, of_results)), of_results)
        )
        call = kernel, streams, parameters, matrices, numbers, sizes
        return None, None, *chain(*backward(*call, d_outputs, d_states, kept))


for device in ("CPU", "CUDA"):
    _OPERATORS.impl("recurrence", _forward, device)
    _OPERATORS.impl("recurrence_backward", _backward, device)
for key in ("Batched", "FuncTorchBatched"):
    _OPERATORS.impl("recurrence_backward", batched_backward, key)
torch.library.register_fake("tracetorch::recurrence", _shapes)
torch.library.register_fake("tracetorch::recurrence_backward", _backward_shapes)
torch.library.register_autograd("tracetorch::recurrence_backward", second_gradients)
