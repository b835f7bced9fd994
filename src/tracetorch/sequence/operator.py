"""The PyTorch operators for one layer and a whole sequence: forward and backward pass."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor

from .c import run as cpu
from .call import Call, empty_like
from .kernel import Kernel
from .modules import constant

# Not by custom_op, whose first call imports the compiler of PyTorch.
_OPERATORS: Any = torch.library.Library("tracetorch", "DEF")  # type: ignore[no-untyped-call]
_CALL = (
    "str kernel, Tensor xs, int dim, int axis, Tensor[] parameters, float[] numbers, Tensor? noise"
)
"""The fields of a `Call`, as a schema of PyTorch."""

_OPERATORS.define(
    f"unroll({_CALL}, Tensor[] states, bool keep, bool record)"
    " -> (Tensor, Tensor[], Tensor, Tensor[])"
)
_OPERATORS.define(
    f"unroll_backward({_CALL}, Tensor[] d_states, Tensor d_ys, Tensor checkpoints)"
    " -> (Tensor, Tensor[], Tensor[])"
)
forward = torch.ops.tracetorch.unroll.default
backward = torch.ops.tracetorch.unroll_backward.default


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
    from .triton import run as cuda  # imported here, since Triton takes long to import

    return cuda


def _call(kernel: str, *fields: Any) -> Call:
    return Call(Kernel.parse(kernel), *fields)


def _forward(*arguments: Any) -> Any:
    call, (states, keep, record) = _call(*arguments[:7]), arguments[7:]
    call.check(states)
    return _backend(call.xs.device).forward(call, states, keep, record)


def _backward(*arguments: Any) -> Any:
    call, (d_states, d_ys, checkpoints) = _call(*arguments[:7]), arguments[7:]
    call.check(d_states)
    return _backend(call.xs.device).backward(call, d_states, d_ys, checkpoints)


def _shapes(*arguments: Any) -> Any:
    call, (states, keep, record) = _call(*arguments[:7]), arguments[7:]
    ys, after = empty_like(call.xs, states[0].dtype), [empty_like(state) for state in states]
    return ys, after, call.checkpoints(states, keep), call.history(states, record)


def _backward_shapes(*arguments: Any) -> Any:
    call, (d_states, *_) = _call(*arguments[:7]), arguments[7:]
    return empty_like(call.xs), [*map(empty_like, d_states)], [*map(empty_like, call.parameters)]


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
    kernel, xs, dim, axis, parameters, numbers, noise, *_ = inputs
    ctx.arguments = kernel, dim, axis, numbers
    ctx.is_random = noise is not None
    ctx.mark_non_differentiable(output[2], *output[3])
    ctx.save_for_backward(xs, *parameters, *([noise] * ctx.is_random), output[2])


def _gradients(ctx: Any, d_ys: Tensor, d_states: list[Tensor], *_: Any) -> tuple[Any, ...]:
    kernel, dim, axis, numbers = ctx.arguments
    xs, *parameters, checkpoints = ctx.saved_tensors
    noise = parameters.pop() if ctx.is_random else None
    call = kernel, xs, dim, axis, parameters, numbers, noise
    d_xs, d_states, d_parameters = backward(*call, d_states, d_ys, checkpoints)
    of_numbers: Any = None if numbers else []  # the structure that PyTorch requires
    return None, d_xs, None, None, d_parameters, of_numbers, None, d_states, None, None


def second_gradients(ctx: Any, *gradients: Any) -> NoReturn:
    raise NotImplementedError("tt.unroll: kernels have no second derivatives; run the loop")


def batched_backward(*arguments: Any) -> NoReturn:
    raise NotImplementedError(
        "tt.unroll: kernels take one gradient at a time, not a batch of them (is_grads_batched, "
        "vectorize, vmap); call torch.autograd.grad for each, or run the loop"
    )


for device in ("CPU", "CUDA"):
    _OPERATORS.impl("unroll", _forward, device)
    _OPERATORS.impl("unroll_backward", _backward, device)
for key in ("Batched", "FuncTorchBatched"):
    _OPERATORS.impl("unroll_backward", batched_backward, key)
torch.library.register_fake("tracetorch::unroll", _shapes)
torch.library.register_fake("tracetorch::unroll_backward", _backward_shapes)
torch.library.register_autograd("tracetorch::unroll", _gradients, setup_context=_setup_context)
torch.library.register_autograd("tracetorch::unroll_backward", second_gradients)
