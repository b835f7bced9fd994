"""The operators on the processor: a kernel is compiled, and called with the places of tensors."""

from __future__ import annotations

import ctypes
import functools
from ctypes import byref, c_double, c_float, c_ssize_t, c_void_p
from typing import Any

import torch
from torch import Tensor

from ..kernel import Kernel
from ..layout import checkpoint_shape, collapsible, empty_like, shape, strides
from ..modules import constant
from ..once import NoKernel, Once
from . import structs as c
from .build import library
from .source import MOST_THREADS, source

_LEAST_WORK = 100_000
"""Timesteps of neurons that are worth another thread."""


def unroll(
    kernel: str,
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    states: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
    keep: bool,
) -> tuple[Tensor, list[Tensor], Tensor]:
    """Run a sequence.

    Args:
        kernel: What `choice.kernel_of` returns for the layer.
        xs: The inputs, with the dtype of the states.
        dim: The dimension that is time.
        axis: The dimension of a timestep that holds the features.
        parameters: The usable values of the parameters.
        states: Those before the sequence.
        numbers: Those of the functions that the layer holds.
        noise: Random numbers, timesteps x calls of a quantizer x the shape of a timestep.
        keep: Whether there will be a backward pass.

    Returns:
        The outputs, the states after the sequence, and what the backward pass needs of them.
    """
    xs = collapsible(xs, dim, axis)
    ys = collapsible(empty_like(xs), dim, axis)
    parameters, states = _contiguous(parameters), _contiguous(states)
    after = [empty_like(state) for state in states]
    checkpoints = xs.new_empty(checkpoint_shape(xs, dim, len(states)) if keep else 0)
    call = _call(kernel, xs, dim, axis, parameters, states, numbers, noise, checkpoints)
    call.y = _place(ys, dim, axis)
    call.states, call.states_after = _pointers(states), _pointers(after)
    _run(function(kernel, xs.dtype).forward, call)
    return ys.contiguous(), after, checkpoints


def unroll_backward(
    kernel: str,
    d_ys: Tensor,
    d_states: list[Tensor],
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
    checkpoints: Tensor,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """The gradients of the inputs, of the states before the sequence, and of the parameters."""
    xs, d_ys = collapsible(xs, dim, axis), collapsible(d_ys, dim, axis)
    d_xs = collapsible(empty_like(xs), dim, axis)
    parameters = _contiguous(parameters)
    d_states = [d_state.clone(memory_format=torch.contiguous_format) for d_state in d_states]
    d_parameters = [torch.zeros_like(parameter) for parameter in parameters]
    call = _call(kernel, xs, dim, axis, parameters, d_states, numbers, noise, checkpoints)
    call.y, call.d_x = _place(d_ys, dim, axis), _place(d_xs, dim, axis)
    call.d_states, call.d_parameters = _pointers(d_states), _pointers(d_parameters)
    _run(function(kernel, xs.dtype).backward, call)
    return d_xs.contiguous(), d_states, d_parameters


@constant
def problem(kernel: str, dtype: torch.dtype) -> str:
    """What keeps a kernel from being compiled; nothing if all is well."""
    try:
        function(kernel, dtype)
    except NoKernel as error:
        return str(error)
    return ""


def _contiguous(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.contiguous() for tensor in tensors]


def _place(tensor: Tensor, dim: int, axis: int) -> Any:
    return c.Tensor(tensor.data_ptr(), *(strides(tensor, dim, axis) or ()))


def _pointers(tensors: list[Tensor]) -> Any:
    return _array(c_void_p, [tensor.data_ptr() for tensor in tensors])


def _array(kind: Any, values: list[Any]) -> Any:
    return (kind * len(values))(*values)


def _run(direction: Any, call: Any) -> None:
    if not direction(byref(call)):
        raise MemoryError("tt.unroll: there is not enough memory for a block of neurons")


def _call(
    kernel: str,
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    states: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
    checkpoints: Tensor,
) -> Any:
    """What the passes in either direction are told alike."""
    Kernel.parse(kernel).check(parameters, states, numbers, noise)
    outer, neurons, inner = shape(xs, dim, axis)
    kind = c_float if xs.dtype == torch.float32 else c_double
    return c.Sequence(
        timesteps=xs.shape[dim],
        outer=outer,
        neurons=neurons,
        inner=inner,
        threads=min(torch.get_num_threads(), MOST_THREADS, xs.numel() // _LEAST_WORK + 1),
        x=_place(xs, dim, axis),
        parameters=_pointers(parameters),
        parameter_strides=_array(c_ssize_t, [parameter.dim() for parameter in parameters]),
        numbers=ctypes.cast(_array(kind, numbers), c_void_p),
        noise=None if noise is None else noise.data_ptr(),
        checkpoints=checkpoints.data_ptr() if checkpoints.numel() else None,
        **_openmp(),
    )


@functools.cache
def _openmp() -> dict[str, c_void_p]:
    """The functions by which PyTorch's own threads can be put to work, which may be waiting for it
    on the very cores that threads of ours would need."""
    process = ctypes.CDLL(None)
    if not all(hasattr(process, name) for name in c.OPENMP):
        return {}
    return {name: ctypes.cast(getattr(process, name), c_void_p) for name in c.OPENMP}


@Once
def function(kernel: str, dtype: torch.dtype) -> ctypes.CDLL:
    """A kernel, compiled."""
    compiled = library(source(Kernel.parse(kernel), dtype))
    if not (hasattr(compiled, "forward") and hasattr(compiled, "backward")):
        raise NoKernel("the compiler made a library without it; set CC to another compiler")
    return compiled
