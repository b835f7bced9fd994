"""The implementation of recurrences on GPUs, by Triton."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
import triton
from torch import Tensor

from ..call import CHUNK
from ..kernel import Kernel
from ..once import NoKernel, Once, reason
from ..recurrence_call import Call
from . import recurrence_driver as driver
from . import run
from .run import timestep

ELEMENTS = 1024
"""About the number of elements of a block, which is the work of one program."""

T = TypeVar("T")

Array = tuple[Tensor, int, int]
"""The first element of an array, and the strides of its timesteps and of its samples."""


def forward(
    call: Call, states: list[Tensor], widths: list[int], keep: bool, record: bool
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """Run a sequence, as `forward` of `c/recurrence.py`."""
    _check_widths(call, states, widths)
    outputs, after, kept, history = call.results(states, widths, keep, record)
    results, operands = kept[1:] if keep else _of_one_timestep(call)
    _launch(
        driver.forward_kernel,
        call,
        products=_products(call, operands, results),
        before=_of_states(states),
        after=_of_states(after),
        outputs=_over_time(outputs),
        checkpoints=_checkpoints(kept[0], after) if keep else None,
        history=_over_time(history) if record else None,
    )
    return outputs, after, kept, history


def backward(
    call: Call, d_outputs: list[Tensor], d_states: list[Tensor], kept: list[Tensor]
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """Return the gradients of the streams, the parameters, the matrices and the states."""
    d_before = [torch.empty_like(d_state) for d_state in d_states]
    blocks = _grid(call)[1]
    lanes = call.lanes
    d_streams, of_streams = _shared(
        _streams(call, call.streams), _streams(call, lanes["streams"]), call, call.timesteps, blocks
    )
    d_parameters, of_parameters = _shared(call.parameters, lanes["parameters"], call, 1, blocks)
    scratch = [d.new_empty((CHUNK, *d.shape)) for d in d_states]
    _, results, operands = kept
    d_results, (_, d_operands) = torch.zeros_like(results), _of_one_timestep(call)
    _launch(
        driver.backward_kernel,
        call,
        products=_products(call, operands, results),
        d_products=_products(call, d_operands, d_results),
        checkpoints=_checkpoints(kept[0], d_states),
        scratch=_over_time(scratch),
        d_outputs=_over_time([d_output.contiguous() for d_output in d_outputs]),
        d_after=_of_states([d_state.contiguous() for d_state in d_states]),
        d_before=_of_states(d_before),
        d_streams=_over_time(d_streams),
        d_parameters=_over_time(d_parameters),
        shares=(of_streams, of_parameters),
        backward_step=timestep(call.kernel).backward_step,
    )
    sums = (
        d.sum((0, 1, 2), dtype=torch.float64).to(p.dtype)
        for d, p in zip(d_parameters, call.parameters)
    )
    d_matrices = _of_matrices(call, operands, d_results)
    return _with_addends(call, d_streams, d_results), [*sums], d_matrices, d_before


def _streams(call: Call, of_all: Sequence[T]) -> list[T]:
    """Return what belongs to the streams that timesteps read; addends are part of products."""
    return [one for place, one in enumerate(of_all) if place not in call.addends]


def _with_addends(call: Call, d_streams: Sequence[Tensor], d_results: Tensor) -> list[Tensor]:
    """Return the gradients of all streams; those of addends are those of the results."""
    of_addends = dict(zip(call.addends, _parts(call, d_results, 0)))
    others = map(_over_blocks, d_streams)
    return [
        of_addends[place] if place in of_addends else next(others)
        for place in range(len(call.streams))
    ]


def _over_blocks(gradient: Tensor) -> Tensor:
    """Return the sum of the gradients of a stream by each block."""
    return gradient.sum(2) if gradient.shape[2] > 1 else gradient.squeeze(2)


def _of_matrices(call: Call, operands: Tensor, d_results: Tensor) -> list[Tensor]:
    """Return the gradients of the matrices: one product each, over all timesteps and samples."""
    inputs = _parts(call, operands.flatten(0, 1), 1)
    outputs = _parts(call, d_results.flatten(0, 1), 0)
    return [d_result.t() @ operand for operand, d_result in zip(inputs, outputs)]


def _parts(call: Call, whole: Tensor, dim: int) -> tuple[Tensor, ...]:
    """Return the parts of a tensor that belong to each matrix, by one of its dimensions."""
    return torch.split(whole, [matrix.shape[dim] for matrix in call.matrices], dim=-1)


def _of_one_timestep(call: Call) -> tuple[Tensor, Tensor]:
    """Return memory for results of products and for what is multiplied, that timesteps share."""
    rows, columns = (sum(matrix.shape[dim] for matrix in call.matrices) for dim in (0, 1))
    one = call.streams[0].new_empty
    return (
        one((1, call.rows, rows)).expand(call.timesteps, -1, -1),
        one((1, call.rows, columns)).expand(call.timesteps, -1, -1),
    )


def _products(call: Call, operands: Tensor, results: Tensor) -> tuple[Any, ...]:
    """Return the products for a kernel, given memory for what is multiplied and for results."""
    addends = (
        (
            matrix.new_zeros((1, 1, len(matrix))).expand(call.timesteps, call.rows, -1)
            if place is None
            else call.streams[place]
        )
        for matrix, place in zip(call.matrices, call.addends)
    )
    arrays = zip(
        call.matrices,
        _over_time(_parts(call, operands, 1)),
        _over_time(_parts(call, results, 0)),
        _over_time([*addends]),
    )
    return tuple((matrix.contiguous(), *matrix.shape, *others) for matrix, *others in arrays)


def why_not(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot run on a device; empty if it can."""
    return reason(_tried, kernel, dtype, device)


@Once
def _tried(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> None:
    """Run a kernel for small sizes, since Triton raises its errors at the first launch."""
    facts = kernel.facts
    assert facts.recurrence
    counts = facts.recurrence.counts
    if counts["PIECES"]:
        what = "pushed, joined, divided, reshaped, selected from or multiplied with each other"
        raise NoKernel(f"there is none in Triton where states are {what}")
    for described in (facts, *(function.declared for _, function in kernel.functions)):
        if described:
            described.text("triton")
    sizes = [8] * counts["SIZES"]
    _, streams, parameters, states, widths, shapes = timestep(kernel).measure(*sizes)
    if min(*streams, *parameters, *states, *widths, *itertools.chain(*shapes)) < 1:
        return  # no layer has these sizes
    one = functools.partial(torch.ones, dtype=dtype, device=device)
    rest = iter(streams)
    addends = dict(zip(facts.recurrence.addends, shapes))
    widths_of = [
        addends[place][0] if place in addends else next(rest) for place in range(counts["STREAMS"])
    ]
    call = Call(
        kernel,
        [one(1, 1, width) for width in widths_of],
        [*map(one, parameters)],
        [one(*shape) for shape in shapes],
        [1.0] * sum(kernel.numbers),
        sizes,
    )
    forward(call, [one(1, width) for width in states], widths, keep=False, record=False)


def _launch(function: Any, call: Call, **arguments: Any) -> None:
    module, like, sizes = timestep(call.kernel), call.streams[0], tuple(call.sizes)
    block = _block(call)
    run.launch(
        function,
        _grid(call),
        like.device,
        streams=_over_time(_streams(call, call.streams)),
        parameters=tuple((parameter, 0, 0) for parameter in call.parameters),
        numbers=run.filled(like, call.numbers),
        sizes=sizes,
        extents=_extents(call),
        timesteps=call.timesteps,
        forward_step=module.forward_step,
        places=module.places,
        name=str(call.kernel),
        NUMBERS=len(call.numbers),
        BLOCK=block,
        num_warps=8 if call.matrices else min(4, max(1, math.prod(block) // 64)),
        **arguments,
    )


def _extents(call: Call) -> tuple[int, ...]:
    """Return the size of each dimension of a block, the neurons last."""
    found: tuple[int, ...] = timestep(call.kernel).measure(*call.sizes)[0]
    return found


def _block(call: Call) -> tuple[int, ...]:
    """Return the size of a block: powers of two, and all neurons if they depend on each other."""
    *others, neurons = map(triton.next_power_of_2, _extents(call))
    if not timestep(call.kernel).MIXES:
        neurons = min(neurons, max(1, ELEMENTS // math.prod(others)))
    return (*others, neurons)


def _grid(call: Call) -> tuple[int, int]:
    """Return the number of samples, and of blocks of each."""
    return call.rows, triton.cdiv(_extents(call)[-1], _block(call)[-1])


def _of_states(tensors: Sequence[Tensor]) -> tuple[Array, ...]:
    return tuple((tensor, 0, tensor.stride(0)) for tensor in tensors)


def _over_time(tensors: Sequence[Tensor]) -> tuple[Array, ...]:
    return tuple((tensor, tensor.stride(0), tensor.stride(1)) for tensor in tensors)


def _checkpoints(whole: Tensor, states: Sequence[Tensor]) -> tuple[Array, ...]:
    """Return, for each state, its values before each chunk."""
    elements = [state.numel() for state in states]
    chunks = whole.numel() // max(sum(elements), 1)
    parts = torch.split(whole.view(chunks, sum(elements)), elements, dim=1)
    return tuple((part, part.stride(0), state.shape[-1]) for part, state in zip(parts, states))


def _shared(
    tensors: Sequence[Tensor],
    lanes: Sequence[int | None],
    call: Call,
    timesteps: int,
    blocks: int,
) -> tuple[list[Tensor], tuple[int, ...]]:
    """Return tensors for gradients, of timesteps x samples x blocks x elements.

    There is one for all blocks if each has elements of its own. The second result is what each
    block adds to a place.
    """
    made, shares = [], []
    for tensor, lane in zip(tensors, lanes):
        width = tensor.shape[-1]
        own = blocks if lane is None else 1
        made.append(tensor.new_empty((timesteps, call.rows, own, width)))
        shares.append(width if lane is None else 0)
    return made, tuple(shares)


def _check_widths(call: Call, states: Sequence[Tensor], outputs: Sequence[int]) -> None:
    """Check that all arrays have as many elements as the kernel reads of them.

    Raises:
        RuntimeError: One has more or fewer, such as the weight of a layer that was replaced.
    """
    _, *taken = timestep(call.kernel).measure(*call.sizes)
    given = [
        tuple(stream.shape[-1] for stream in _streams(call, call.streams)),
        tuple(parameter.numel() for parameter in call.parameters),
        tuple(state.shape[-1] for state in states),
        tuple(outputs),
    ]
    shapes = tuple(tuple(matrix.shape) for matrix in call.matrices)
    added = [call.streams[place].shape[-1] for place in call.addends if place is not None]
    rows = [m[0] for m, place in zip(shapes, call.addends) if place is not None]
    if [*given, shapes] != taken or added != rows:
        raise RuntimeError(
            f"tt.unroll: the kernel {call.kernel} takes arrays of {taken[:-1]} elements and "
            f"matrices of {taken[-1]}, got {given} and {shapes}"
        )
