"""The operators of PyTorch that take a whole sequence through one layer, forwards and backwards."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor

from .c import run as cpu
from .layout import checkpoint_shape, empty_like

# Not by custom_op, whose first call waits for the compiler of PyTorch to be imported.
_OPERATORS: Any = torch.library.Library("tracetorch", "DEF")  # type: ignore[no-untyped-call]
_OPERATORS.define(
    "unroll(str kernel, Tensor xs, int dim, int axis, Tensor[] parameters, Tensor[] states, "
    "float[] numbers, Tensor? noise, bool keep) -> (Tensor, Tensor[], Tensor)",
)
_OPERATORS.define(
    "unroll_backward(str kernel, Tensor d_ys, Tensor[] d_states, Tensor xs, int dim, int axis, "
    "Tensor[] parameters, float[] numbers, Tensor? noise, Tensor checkpoints) -> (Tensor, Tensor[], Tensor[])",
)
unroll = torch.ops.tracetorch.unroll.default
unroll_backward = torch.ops.tracetorch.unroll_backward.default


def _shapes(kernel, xs, dim, axis, parameters, states, numbers, noise, keep):  # type: ignore[no-untyped-def]
    checkpoints = states[0].new_empty(checkpoint_shape(xs, dim, len(states)) if keep else 0)
    return empty_like(xs, states[0].dtype), [empty_like(state) for state in states], checkpoints


def _shapes_backward(kernel, d_ys, d_states, xs, dim, axis, parameters, numbers, noise, checkpoints):  # type: ignore[no-untyped-def]
    return (
        empty_like(xs),
        [empty_like(state) for state in d_states],
        [empty_like(p) for p in parameters],
    )


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
    kernel, xs, dim, axis, parameters, states, numbers, noise, _ = inputs
    ctx.arguments = kernel, dim, axis, numbers
    ctx.is_random = noise is not None
    ctx.save_for_backward(xs, *parameters, *([noise] * ctx.is_random), output[2])


def _backward(ctx: Any, d_ys: Tensor, d_states: list[Tensor], _: Tensor) -> tuple[Any, ...]:
    kernel, dim, axis, numbers = ctx.arguments
    xs, *parameters, checkpoints = ctx.saved_tensors
    noise = parameters.pop() if ctx.is_random else None
    d_xs, d_states, d_parameters = unroll_backward(
        kernel, d_ys, d_states, xs, dim, axis, parameters, numbers, noise, checkpoints
    )
    of_numbers: Any = None if numbers else []  # the structure that PyTorch asks for
    return None, d_xs, None, None, d_parameters, d_states, of_numbers, None, None


def _second_backward(ctx: Any, *gradients: Any) -> NoReturn:
    raise NotImplementedError("tt.unroll: kernels have no second derivatives; run the loop")


def _batched_backward(*arguments: Any) -> NoReturn:
    raise NotImplementedError(
        "tt.unroll: kernels take one gradient at a time, not a batch of them (is_grads_batched, "
        "vectorize, vmap); call torch.autograd.grad for each, or run the loop"
    )


def _on_cuda(*arguments: Any) -> Any:
    from .triton import run as cuda  # whose Triton takes long to import

    return cuda.unroll(*arguments)


def _backward_on_cuda(*arguments: Any) -> Any:
    from .triton import run as cuda

    return cuda.unroll_backward(*arguments)


_OPERATORS.impl("unroll", cpu.unroll, "CPU")
_OPERATORS.impl("unroll_backward", cpu.unroll_backward, "CPU")
_OPERATORS.impl("unroll", _on_cuda, "CUDA")
_OPERATORS.impl("unroll_backward", _backward_on_cuda, "CUDA")
for key in ("Batched", "FuncTorchBatched"):
    _OPERATORS.impl("unroll_backward", _batched_backward, key)
torch.library.register_fake("tracetorch::unroll", _shapes, lib=_OPERATORS)
torch.library.register_fake("tracetorch::unroll_backward", _shapes_backward, lib=_OPERATORS)
torch.library.register_autograd(
    "tracetorch::unroll", _backward, setup_context=_setup_context, lib=_OPERATORS
)
torch.library.register_autograd("tracetorch::unroll_backward", _second_backward, lib=_OPERATORS)
