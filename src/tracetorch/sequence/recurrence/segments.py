"""Compute a long sequence in segments, of which the backward pass recomputes one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

Compute = Callable[[nn.Module, Tensor, Sequence[Tensor]], tuple[Tensor, Sequence[Tensor]]]
"""Computes the outputs of a module and its states after some timesteps, from their inputs, time
first, and the states before them."""


def run(
    compute: Compute, module: nn.Module, length: int, inputs: Tensor, states: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Return the outputs for a sequence and the states after it, computed in segments.

    Of a segment, only the states before it are kept for the backward pass. That computes with the
    parameters of the forward pass, and raises an error if they have been changed in place.
    """
    ys, *after = _Segments.apply(  # type: ignore[no-untyped-call]
        compute, module, length, len(states), inputs, *states, *_tensors(module)
    )
    return ys, after


class _Segments(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        compute: Compute,
        module: nn.Module,
        length: int,
        count: int,
        inputs: Tensor,
        *tensors: Tensor,
    ) -> tuple[Tensor, ...]:
        states, own = tensors[:count], tensors[count:]
        ys, before = None, list[Tensor]()
        for time in range(0, len(inputs), length):
            before += states
            y, after = compute(module, inputs[time : time + length], states)
            states = tuple(state.clone() for state in after)  # without what they are views of
            ys = y.new_empty((len(inputs), *y.shape[1:])) if ys is None else ys
            ys[time : time + length] = y
        ctx.compute, ctx.length, ctx.count = compute, length, count
        ctx.module = _with(module, iter(own))
        ctx.save_for_backward(inputs, *own, *before)
        assert ys is not None
        return ys, *states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_ys: Tensor, *d_states: Tensor) -> tuple[Tensor | None, ...]:
        inputs, *saved = ctx.saved_tensors
        _, _, _, _, of_inputs, *needed = ctx.needs_input_grad
        of_own = needed[ctx.count :]
        own, before = saved[: len(of_own)], saved[len(of_own) :]
        d_inputs = torch.empty_like(inputs) if of_inputs else None
        d_own = [torch.zeros_like(t) if needs else None for t, needs in zip(own, of_own)]
        for time in reversed(range(0, len(inputs), ctx.length)):
            segment = slice(time, time + ctx.length)
            states = [before.pop() for _ in d_states][::-1]
            leaves = [
                _leaf(inputs[segment], of_inputs),
                *(_leaf(state, True) for state in states),
                *map(_leaf, own, of_own),
            ]
            d_part, *gradients = _gradients(ctx, leaves, (d_ys[segment], *d_states))
            if d_inputs is not None:
                d_inputs[segment] = d_part
            d_states = tuple(gradients[: ctx.count])
            for total, gradient in zip(d_own, gradients[ctx.count :]):
                if total is not None:
                    total += gradient
        return None, None, None, None, d_inputs, *d_states, *d_own


def _gradients(ctx: Any, leaves: list[Tensor], d_results: Sequence[Tensor]) -> list[Any]:
    """Return the gradient of each leaf of a segment that requires one, by computing it again."""
    part, states, own = leaves[0], leaves[1 : 1 + ctx.count], leaves[1 + ctx.count :]
    with torch.enable_grad(), torch.autocast(part.device.type, enabled=False):
        ys, after = ctx.compute(_with(ctx.module, iter(own)), part, states)
    results, d_results = zip(*(pair for pair in zip((ys, *after), d_results) if _needs(pair[0])))
    found = iter(
        torch.autograd.grad(results, [*filter(_needs, leaves)], d_results, materialize_grads=True)
    )
    return [next(found) if _needs(leaf) else None for leaf in leaves]


def _needs(tensor: Tensor) -> bool:
    return tensor.requires_grad


def _leaf(tensor: Tensor, requires_grad: bool) -> Tensor:
    return tensor.detach().requires_grad_(requires_grad)


def _tensors(module: nn.Module) -> list[Tensor]:
    """Return all tensors that a module computes with."""
    own = [value for table in _tables(module) for value in table.values()]
    below = [tensor for child in module._modules.values() if child for tensor in _tensors(child)]
    return [value for value in own if isinstance(value, Tensor)] + below


def _with(module: nn.Module, tensors: Iterator[Tensor]) -> nn.Module:
    """Return a shallow copy of a module with the next tensors in place of its `_tensors`."""
    copied = object.__new__(type(module))
    vars(copied).update(vars(module))
    for name in ("_parameters", "_buffers", "_modules"):
        vars(copied)[name] = {**vars(module)[name]}
    for table in _tables(copied):
        names = [name for name, value in table.items() if isinstance(value, Tensor)]
        table.update((name, next(tensors)) for name in names)
    below = {name: child and _with(child, tensors) for name, child in copied._modules.items()}
    copied._modules = below
    return copied


def _tables(module: nn.Module) -> tuple[dict[str, Any], ...]:
    """Return where a module may have tensors; `functional_call` or the user may replace them."""
    return module._parameters, module._buffers, vars(module)
