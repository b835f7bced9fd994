"""The implementation of the operators on the CPU: compiles kernels and calls them."""

from __future__ import annotations

import ctypes
import functools
import math
from ctypes import byref, c_double, c_float, c_ssize_t, c_void_p
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..call import Call, empty_like
from ..kernel import Kernel
from ..once import NoKernel, Once, reason
from . import structs as c
from .build import library
from .source import MOST_THREADS, source

_LEAST_WORK = 100_000
"""The number of timesteps times neurons for each additional thread."""


def forward(
    call: Call, states: list[Tensor], keep: bool, record: bool
) -> tuple[Tensor, list[Tensor], Tensor, list[Tensor]]:
    """Run a sequence.

    Args:
        states: The states before the sequence.
        keep: Whether there will be a backward pass.
        record: Whether the states after each timestep are returned.

    Returns:
        The outputs, the states after the sequence, the checkpoints for the backward pass, and each
        state after all timesteps, time first, unless that is not asked for.
    """
    call, states = call.readable(), _contiguous(states)
    ys = call.collapsible(empty_like(call.xs))
    after = [empty_like(state) for state in states]
    checkpoints, history = call.checkpoints(states, keep), call.history(states, record)
    sequence = _sequence(call, checkpoints)
    sequence.y = _tensor(call, ys)
    sequence.states, sequence.states_after = pointers(states), pointers(after)
    if history:
        sequence.history = pointers(history)
    _check(compiled(call.kernel, call.xs.dtype).forward(byref(sequence)))
    return ys.contiguous(), after, checkpoints, history


def backward(
    call: Call, d_states: list[Tensor], d_ys: Tensor, checkpoints: Tensor
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return the gradients of the inputs, the states before the sequence, and the parameters."""
    call, d_ys = call.readable(), call.collapsible(d_ys)
    d_xs = call.collapsible(empty_like(call.xs))
    d_states = [d_state.clone(memory_format=torch.contiguous_format) for d_state in d_states]
    d_parameters = [torch.zeros_like(parameter) for parameter in call.parameters]
    sequence = _sequence(call, checkpoints)
    sequence.y, sequence.d_x = _tensor(call, d_ys), _tensor(call, d_xs)
    sequence.d_states, sequence.d_parameters = pointers(d_states), pointers(d_parameters)
    _check(compiled(call.kernel, call.xs.dtype).backward(byref(sequence)))
    return d_xs.contiguous(), d_states, d_parameters


class Timestep:
    """One timestep of contiguous tensors, with the parameters and numbers of a call."""

    def __init__(self, call: Call) -> None:
        self._call = call  # owns the memory that the arguments point to
        self._arguments = _sequence(call, call.xs.new_empty(0))
        self._address = ctypes.addressof(self._arguments)
        self._run = compiled(call.kernel, call.xs.dtype).timestep

    def __call__(self, x: Tensor, dim: int, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the output and the next states, which are stacked; `dim` is the feature dimension."""
        results = y, after = torch.empty_like(x), torch.empty_like(states)
        size = x.numel()
        inner = 1 if dim == -1 else math.prod(x.shape[dim % x.dim() + 1 :])
        outer = size // (inner * x.shape[dim]) if size else 0
        pointers = x.data_ptr(), states.data_ptr(), y.data_ptr(), after.data_ptr()
        _check(self._run(self._address, outer, inner, threads(size), *pointers))
        return results


def why_not(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot be compiled; empty if it can."""
    return reason(compiled, kernel, dtype)


@Once
def compiled(kernel: Kernel, dtype: torch.dtype) -> ctypes.CDLL:
    """Return the compiled library of a kernel."""
    found = library(source(kernel, dtype))
    if not hasattr(found, "timestep"):
        raise NoKernel("the compiled library lacks its functions; set CC to another compiler")
    found.timestep.argtypes = c.TIMESTEP
    return found


def _check(has_run: int) -> None:
    if not has_run:
        raise MemoryError("tt.unroll: there is not enough memory for a block of neurons")


def _sequence(call: Call, checkpoints: Tensor) -> Any:
    """Return the arguments of both directions; `call` owns the tensors and must be kept."""
    outer, neurons, inner = call.shape
    kind = c_float if call.xs.dtype == torch.float32 else c_double
    return c.Sequence(
        timesteps=call.timesteps,
        outer=outer,
        neurons=neurons,
        inner=inner,
        threads=threads(call.xs.numel()),
        x=_tensor(call, call.xs),
        parameters=pointers(call.parameters),
        parameter_strides=array(c_ssize_t, [parameter.dim() for parameter in call.parameters]),
        numbers=ctypes.cast(array(kind, call.numbers), c_void_p),
        noise=None if call.noise is None else call.noise.data_ptr(),
        checkpoints=checkpoints.data_ptr() if checkpoints.numel() else None,
        **openmp(),
    )


def threads(work: int) -> int:
    wanted = work // _LEAST_WORK + 1
    return wanted if wanted == 1 else min(torch.get_num_threads(), MOST_THREADS, wanted)


def _tensor(call: Call, tensor: Tensor) -> Any:
    return c.Tensor(tensor.data_ptr(), *(call.strides(tensor) or ()))


def _contiguous(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.contiguous() for tensor in tensors]


def pointers(tensors: list[Tensor]) -> Any:
    return array(c_void_p, [tensor.data_ptr() for tensor in tensors])


def array(kind: Any, values: list[Any]) -> Any:
    return _array_of(kind, len(values))(*values)


@functools.lru_cache(maxsize=1024)
def _array_of(kind: Any, count: int) -> Any:
    """Return a type of arrays; ctypes takes long to make one, and keeps it only while it is in use."""
    return kind * count


@functools.cache
def openmp() -> dict[str, c_void_p]:
    """Return the OpenMP functions that run work on PyTorch's threads, whose busy waiting would slow
    down other threads; empty if they are not found."""
    process = ctypes.CDLL(None)
    if not all(hasattr(process, name) for name in c.OPENMP):
        return {}
    return {name: ctypes.cast(getattr(process, name), c_void_p) for name in c.OPENMP}
