"""The implementation of recurrences on the CPU: compiles their kernels and calls them."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_double, c_float, c_ssize_t, c_void_p
from typing import Any

import torch
from torch import Tensor

from ..kernel import Kernel
from ..linear import of_weight
from ..once import NoKernel, Once, reason
from ..recurrence_call import Call
from . import structs as c
from .build import library
from .run import array, openmp, pointers, threads
from .source import of_recurrence


def forward(
    call: Call, states: list[Tensor], widths: list[int], keep: bool, record: bool
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """Run a sequence.

    Args:
        states: The states before the sequence, samples x elements.
        widths: The number of elements of each output.
        keep: Whether there will be a backward pass.
        record: Whether the states after each timestep are returned.

    Returns:
        The outputs, the states after the sequence, what the backward pass needs, and each state
        after all timesteps unless that is not asked for.
    """
    _check_widths(call, states, widths)
    outputs, after, kept, history = call.results(states, widths, keep, record)
    sequence = _sequence(call)
    sequence.outputs = _streams(outputs)
    sequence.states, sequence.states_after = pointers(states), pointers(after)
    sequence.matrices = pointers(matrices := [matrix.contiguous() for matrix in call.matrices])
    _set_kept(sequence, kept)
    if history:
        sequence.history = pointers(history)
    _check(compiled(call.kernel, call.dtype).forward(byref(sequence)))
    del matrices  # in use until here
    return outputs, after, kept, history


def backward(
    call: Call, d_outputs: list[Tensor], d_states: list[Tensor], kept: list[Tensor]
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """Return the gradients of the streams, the parameters, the matrices and the states."""
    _, results, operands = kept
    d_results = torch.empty_like(results)
    d_streams = _d_streams(call, d_results)
    d_parameters = [torch.empty_like(parameter) for parameter in call.parameters]
    d_states = [d_state.clone(memory_format=torch.contiguous_format) for d_state in d_states]
    d_outputs = [d_output.contiguous() for d_output in d_outputs]
    sequence = _sequence(call)
    sequence.outputs, sequence.d_streams = _streams(d_outputs), _streams(d_streams)
    sequence.d_states, sequence.d_parameters = pointers(d_states), pointers(d_parameters)
    sequence.matrices = pointers(matrices := [matrix.contiguous() for matrix in call.matrices])
    sequence.d_results = d_results.data_ptr()
    _set_kept(sequence, kept)
    _check(compiled(call.kernel, call.dtype).backward(byref(sequence)))
    del matrices  # in use until here
    return d_streams, d_parameters, _of_matrices(call, operands, d_results), d_states


def _of_matrices(call: Call, operands: Tensor, d_results: Tensor) -> list[Tensor]:
    """Return the gradients of the matrices: one product each, over all timesteps and samples."""
    inputs = torch.split(operands.flatten(0, 1), [m.shape[1] for m in call.matrices], dim=-1)
    outputs = _of_products(call, d_results.flatten(0, 1))
    return [of_weight(x, d_y) for x, d_y in zip(inputs, outputs)]


def _of_products(call: Call, results: Tensor) -> tuple[Tensor, ...]:
    return torch.split(results, [matrix.shape[0] for matrix in call.matrices], dim=-1)


def _d_streams(call: Call, d_results: Tensor) -> list[Tensor]:
    """Return tensors for the gradients of the streams; those of addends are the results'."""
    of_addends = dict(zip(call.addends, _of_products(call, d_results)))
    return [
        of_addends[place] if place in of_addends else torch.empty(s.shape, dtype=s.dtype)
        for place, s in enumerate(call.streams)
    ]


def why_not(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot be compiled; empty if it can."""
    return reason(compiled, kernel, dtype)


@Once
def compiled(kernel: Kernel, dtype: torch.dtype) -> ctypes.CDLL:
    """Return the compiled library of a kernel."""
    found = library(of_recurrence(kernel, dtype))
    if not all(hasattr(found, name) for name in ("forward", "backward", "widths")):
        raise NoKernel("the compiled library lacks its functions; set CC to another compiler")
    return found


def _check_widths(call: Call, states: list[Tensor], outputs: list[int]) -> None:
    """Check that all arrays have as many elements as the kernel reads of them.

    Raises:
        RuntimeError: One has more or fewer, such as the weight of a layer that was replaced.
    """
    counts = call.counts
    forward = array(c_ssize_t, [0] * counts["FORWARD"])
    inputs, results = (array(c_ssize_t, [0] * counts["PRODUCTS"]) for _ in range(2))
    sizes = array(c_ssize_t, call.sizes)
    compiled(call.kernel, call.dtype).widths(sizes, forward, inputs, results)
    given = [stream.shape[-1] for stream in call.streams]
    given += [parameter.numel() for parameter in call.parameters]
    given += 2 * [state.shape[-1] for state in states] + outputs
    shapes = [tuple(matrix.shape) for matrix in call.matrices]
    if given != forward[: len(given)] or shapes != list(zip(results, inputs)):
        raise RuntimeError(
            f"tt.unroll: the kernel {call.kernel} takes arrays of {forward[: len(given)]} elements "
            f"and matrices of {[*zip(results, inputs)]}, got {given} and {shapes}"
        )


def _check(has_run: int) -> None:
    if not has_run:
        raise MemoryError("tt.unroll: there is not enough memory for the states of a sample")


def _sequence(call: Call) -> Any:
    """Return the arguments of both directions; `call` owns the tensors and must be kept."""
    kind = c_float if call.dtype == torch.float32 else c_double
    return c.Recurrence(
        timesteps=call.timesteps,
        rows=call.rows,
        threads=min(call.rows, threads(call.work)),
        sizes=array(c_ssize_t, call.sizes),
        numbers=ctypes.cast(array(kind, call.numbers), c_void_p),
        streams=_streams(call.streams),
        parameters=pointers(call.parameters),
        **openmp(),
    )


def _set_kept(sequence: Any, kept: list[Tensor]) -> None:
    """Set the arrays of the backward pass, unless there is none."""
    if kept:
        checkpoints, results, operands = kept
        sequence.checkpoints, sequence.results = checkpoints.data_ptr(), results.data_ptr()
        sequence.operands = operands.data_ptr()


def _streams(tensors: list[Tensor]) -> Any:
    return array(c.Stream, [c.Stream(t.data_ptr(), t.stride(0), t.stride(1)) for t in tensors])
