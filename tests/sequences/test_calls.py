"""What a kernel is given: how its tensors lie in memory, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

import tracetorch as tt
from tests.support.equal import identical
from tracetorch.functional import stochastic_round_ste
from tracetorch.sequence import operator
from tracetorch.sequence.call import CHUNK, Call, empty_like
from tracetorch.sequence.choice import kernel_of
from tracetorch.sequence.kernel import Kernel
from tracetorch.sequence.recurrence_call import Call as RecurrenceCall

NONE = Kernel("", "")


def call(xs: Tensor, dim: int = 0, axis: int = 1) -> Call:
    return Call(NONE, xs, dim, axis, [], [], None)


def strided(*pairs: tuple[int, int]) -> Tensor:
    """A tensor of these sizes and strides."""
    return torch.empty_strided(*zip(*pairs))  # type: ignore[call-overload, no-any-return]


LAYOUTS: list[tuple[Tensor, int, int, Any, Any]] = [
    (torch.empty(5, 2, 3, 4), 0, 1, (2, 3, 4), (24, 12, 4, 1)),
    (torch.empty(5, 2, 3, 4), 0, 2, (6, 4, 1), (24, 4, 1, 1)),
    (torch.empty(5, 2, 3, 4), 0, 0, (1, 2, 12), (24, 1, 12, 1)),
    (torch.empty(5, 2, 3, 4), 1, 1, (5, 3, 4), (12, 24, 4, 1)),
    (torch.empty(5, 2, 3, 4), 3, 1, (5, 2, 3), (1, 24, 12, 4)),
    (torch.empty(5, 3), 0, 0, (1, 3, 1), (3, 1, 1, 1)),
    (torch.empty(5, 2, 3, 8)[..., ::2], 0, 2, (6, 4, 1), (48, 8, 2, 1)),
    (strided((5, 99), (2, 4), (1, 77), (4, 1)), 0, 2, (2, 4, 1), (99, 4, 1, 1)),
    (strided((5, 0), (2, 0), (3, 0), (4, 1)), 0, 2, (6, 4, 1), (0, 0, 1, 1)),
    (strided((5, 99), (4, 1), (1, 7), (1, 8)), 0, 0, (1, 4, 1), (99, 1, 1, 1)),
    (torch.empty(5, 3, 2, 4).transpose(1, 2), 0, 2, (6, 4, 1), None),
    (torch.empty(5, 2, 4, 3).transpose(2, 3), 0, 0, (1, 2, 12), None),
    (torch.empty(5, 2, 3, 4, 6)[..., ::2], 0, 0, (1, 2, 36), (144, 1, 72, 2)),
    (torch.empty(5, 2, 3, 4, 6)[..., :5], 0, 0, (1, 2, 60), None),
    (torch.empty(5, 2, 4, 3, 6).transpose(2, 3), 0, 3, (24, 6, 1), None),
]
"""A tensor, where time and the features are, the collapsed sizes of a timestep, and its strides."""


@pytest.mark.parametrize("xs, dim, axis, shape, strides", LAYOUTS)
def test_dimensions_around_the_features_are_collapsed(
    xs: Tensor, dim: int, axis: int, shape: Any, strides: Any
) -> None:
    made = call(xs, dim, axis)
    assert made.timesteps == xs.shape[dim]
    assert made.shape == shape
    assert made.strides(xs) == strides
    read = made.collapsible(xs)
    assert (read is xs) == (strides is not None)
    assert read.shape == xs.shape and (read is xs or read.movedim(dim, 0).is_contiguous())


def test_a_copy_has_time_first_in_memory() -> None:
    xs = torch.arange(120.0).view(2, 5, 4, 3).transpose(2, 3)
    copied = call(xs, 1, 0).collapsible(xs)
    assert identical(copied, xs) and copied.stride() == (12, 24, 4, 1)


def test_tensors_are_made_readable() -> None:
    xs = torch.arange(120.0).view(5, 2, 4, 3).transpose(2, 3)
    apart = torch.arange(8.0)[::2]
    made = replace(call(xs, axis=0), parameters=[apart], noise=xs[:, None])
    read = made.readable()
    tensors = (read.xs, read.parameters[0], read.noise)
    assert all(tensor is not None and tensor.is_contiguous() for tensor in tensors)
    assert identical(read.xs, xs) and identical(read.parameters[0], apart)
    assert read.noise is not None and identical(read.noise, xs[:, None])
    assert replace(made, noise=None).readable().noise is None


@pytest.mark.parametrize(
    "timesteps, chunks", [(0, 0), (1, 1), (15, 1), (16, 1), (17, 2), (32, 2), (33, 3)]
)
def test_states_are_kept_every_sixteen_timesteps(timesteps: int, chunks: int) -> None:
    assert CHUNK == 16
    made = call(torch.empty(3, timesteps, 2, dtype=torch.float16), 1)
    states = [torch.empty(3, 2, dtype=torch.float64)] * 4
    kept = made.checkpoints(states, True)
    assert kept.shape == (chunks, 4, 6 if timesteps else 0) and kept.dtype == torch.float64
    assert made.checkpoints(states, False).shape == (0,)
    history = made.history(states, True)
    assert [one.shape for one in history] == 4 * [(timesteps, 3, 2)]
    assert history[0].dtype == torch.float64 and made.history(states, False) == []
    of_recurrence = RecurrenceCall(NONE, [torch.empty(timesteps, 3, 5)], [], [], [], [])
    assert of_recurrence._kept(states)[0].shape == (chunks * 4 * 6,)


def test_an_uninitialized_tensor_is_contiguous() -> None:
    made = empty_like(torch.empty(4, 3).T, torch.float64)
    assert (made.shape, made.stride(), made.dtype) == ((3, 4), (4, 1), torch.float64)
    assert empty_like(torch.empty(2, dtype=torch.int8)).dtype == torch.int8


# How many there are


def refused(function: Any, *arguments: Any) -> str:
    with torch.no_grad(), pytest.raises(RuntimeError) as error:
        function(*arguments)
    return str(error.value)


def test_operators_refuse_what_the_kernel_of_a_timestep_does_not_take() -> None:
    kernel = kernel_of(tt.snn.LIB(4, quant_fn=stochastic_round_ste()))
    xs, mem, vector = torch.zeros(5, 2, 4), torch.zeros(2, 4), torch.ones(4)
    noise = torch.zeros(5, 1, 2, 4)
    operators = torch.ops.tracetorch
    rows: list[tuple[str, int, Sequence[Any], Any, Any]] = [
        ("3 parameters, got 4", 4, [4.0, 1.0], noise, [mem]),
        ("1 states, got 0", 3, [4.0, 1.0], noise, []),
        ("2 numbers, got 3", 3, [4.0, 1.0, 0.0], noise, [mem]),
        ("1 random numbers, got 2", 3, [4.0, 1.0], torch.zeros(5, 2, 2, 4), [mem]),
    ]
    for what, count, numbers, drawn, states in rows:
        message = f"tt.unroll: the kernel {kernel} takes {what}"
        first = (kernel, xs, 0, 1, [vector] * count, numbers, drawn, states)
        assert refused(operators.unroll.default, *first, False, False) == message
        back = refused(operators.unroll_backward.default, *first, xs, torch.zeros(1, 1, 8))
        assert back == message


def test_what_the_compiler_assumes_of_the_results_of_a_timestep() -> None:
    kernel = kernel_of(tt.snn.LIB(4))
    xs, mem = torch.empty(5, 4, 2, dtype=torch.float16).mT, torch.empty(4, 2).T
    first = (kernel, xs, 0, 1, [torch.empty(4)] * 3, [4.0], None)
    for keep, record in ((True, False), (False, True)):
        ys, after, kept, history = operator._shapes(*first, [mem], keep, record)
        assert (ys.shape, ys.dtype) == (xs.shape, torch.float32) and ys.is_contiguous()
        assert [one.shape for one in after] == [mem.shape] and after[0].is_contiguous()
        assert kept.shape == ((1, 1, 8) if keep else (0,))
        assert [one.shape for one in history] == [(5, 2, 4)] * record
    back = operator._backward_shapes(*first, [mem], ys, kept)
    assert back[0].shape == xs.shape and back[0].dtype == torch.float16
    assert [[one.shape for one in group] for group in back[1:]] == [[(2, 4)], 3 * [(4,)]]
    assert all(one.is_contiguous() for one in (back[0], *back[1], *back[2]))


def test_what_is_kept_and_recorded_has_no_gradients() -> None:
    xs, mem, vector = torch.rand(5, 2, 4), torch.zeros(2, 4), torch.ones(4).requires_grad_()
    arguments = (kernel_of(tt.snn.LIB(4)), xs, 0, 1, [vector] * 3, [4.0], None, [mem], True, True)
    ys, (after,), kept, (states,) = torch.ops.tracetorch.unroll.default(*arguments)
    assert ys.requires_grad and after.requires_grad
    assert not kept.requires_grad and not states.requires_grad
    assert identical(states[-1], after) and identical(kept[0, 0].view(2, 4), mem)


TAKEN = {"STREAMS": 5, "PARAMETERS": 2, "PRODUCTS": 0, "SIZES": 2, "STATES": 1}


@pytest.mark.parametrize("what", [None, *TAKEN])
def test_operators_refuse_what_the_kernel_of_a_recurrence_does_not_take(what: str | None) -> None:
    kernel = kernel_of(tt.ssm.Mamba(3, d_state=2))
    counts = {name: count + (name == what) for name, count in TAKEN.items()}
    streams, parameters, matrices, _, states = (
        [torch.zeros(4, 2, 3)] * count for count in counts.values()
    )
    arguments = (kernel, streams, parameters, matrices, [], [3] * counts["SIZES"])
    if what is None:
        RecurrenceCall(Kernel.parse(kernel), *arguments[1:]).check(states)
        return
    message = f"tt.unroll: the kernel {kernel} takes {TAKEN[what]} {what.lower()}, got "
    operators = torch.ops.tracetorch
    found = refused(operators.recurrence.default, *arguments, states, [3], False, False)
    assert found == f"{message}{counts[what]}"
    back = refused(operators.recurrence_backward.default, *arguments, streams, states, streams)
    assert back == found


def test_the_results_of_a_recurrence() -> None:
    streams = [torch.zeros(5, 2, size, dtype=torch.float64) for size in (3, 4)]
    parameters, matrices = [torch.zeros(4), torch.zeros(2)], [torch.zeros(8, 5), torch.zeros(5, 3)]
    made = RecurrenceCall(NONE, streams, parameters, matrices, [], [])
    assert (made.timesteps, made.rows) == (5, 2)
    assert (made.dtype, made.device) == (torch.float64, torch.device("cpu"))
    assert made.work == 5 * 2 * (3 + 4) + 5 * 2 * (4 + 2 + 2)  # a product counts a sixteenth
    states = [torch.zeros(2, 6), torch.zeros(2, 1)]

    def shapes(keep: bool, record: bool) -> list[list[tuple[int, ...]]]:
        found = made.results(states, [7, 1], keep, record)
        assert {t.dtype for t in (*found[0], *found[2])} == {torch.float64}
        return [[tuple(tensor.shape) for tensor in group] for group in found]

    outputs, after = [(5, 2, 7), (5, 2, 1)], [(2, 6), (2, 1)]
    assert shapes(False, False) == [outputs, after, [], []]
    kept = [(14,), (5, 2, 13), (5, 2, 8)]
    assert shapes(True, True) == [outputs, after, kept, [(5, 2, 6), (5, 2, 1)]]
