"""What layers compute around their recurrences: the parts, and how long sequences are divided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import tracetorch as tt
from tests.support.elsewhere import OnGpu
from tests.support.equal import identical
from tracetorch.sequence.recurrence import layer as recurrent
from tracetorch.sequence.recurrence import operator, segments
from tracetorch.sequence.recurrence.filter import filtered
from tracetorch.sequence.recurrence.layer import Run

# The order of elements


@pytest.mark.parametrize(
    "shape, lane, last",
    [((), None, ()), ((2, 3, 4), None, (2, 3, 4)), ((2, 3, 4), -1, (2, 3, 4))]
    + [((2, 3, 4), -2, (2, 4, 3)), ((2, 3, 4), -3, (3, 4, 2)), ((3,), -1, (3,))],
)
def test_kernels_have_the_neurons_last(
    shape: tuple[int, ...], lane: int | None, last: tuple[int, ...]
) -> None:
    tensor = torch.rand(shape)
    moved = recurrent._lane_last(tensor, lane)
    assert moved.shape == last == recurrent._moved(shape, lane)
    assert identical(recurrent._lane_first(moved, lane), tensor)
    assert moved is tensor or lane is not None


def apart(*shape: int) -> Tensor:
    """A tensor of which no elements are side by side in memory."""
    return torch.rand(*shape, 3)[..., 0]


@pytest.mark.parametrize(
    "tensor, is_copied",
    [
        (torch.rand(5, 2, 3), False),
        (torch.rand(5, 2, 7)[..., :3], False),
        (torch.rand(2, 5, 3).transpose(0, 1), False),
        (apart(5, 2, 1), False),
        (torch.rand(5, 1, 3).expand(5, 2, 3), False),
        (apart(5, 2, 3), True),
        (apart(5, 1, 3), True),
        (torch.rand(5, 3, 2).transpose(1, 2), True),
        (torch.rand(5, 3, 1).transpose(1, 2), False),
        (torch.rand(3, 5, 2).permute(1, 2, 0), True),
        (torch.rand(5, 2, 1).expand(5, 2, 3), True),
    ],
)
def test_elements_of_a_sample_lie_side_by_side(tensor: Tensor, is_copied: bool) -> None:
    stream = recurrent._stream(tensor, *tensor.shape)
    assert identical(stream, tensor)
    assert (stream.data_ptr() != tensor.data_ptr()) == is_copied
    assert stream.shape[-1] == 1 or stream.stride(-1) == 1


def test_the_batch_and_the_elements_are_collapsed() -> None:
    tensor = torch.rand(5, 2, 3, 4, 6)
    assert recurrent._width(tensor, 3) == 24 and recurrent._width(tensor, 5) == 1
    assert identical(recurrent._stream(tensor, 5, 6, 24), tensor.view(5, 6, 24))


# Weighted sums over the last inputs


@pytest.mark.parametrize("sizes", [(), (2,), (2, 3)])
@pytest.mark.parametrize("taps", [1, 2, 4])
def test_a_filter(sizes: tuple[int, ...], taps: int) -> None:
    torch.manual_seed(0)
    entries = torch.randn(5 + taps - 1, 3, *sizes, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(taps, *sizes, dtype=torch.float64, requires_grad=True)
    expected = torch.stack(
        [(entries[time : time + taps].transpose(0, 1) * weights).sum(1) for time in range(5)]
    )
    found = filtered(entries, weights)
    torch.testing.assert_close(found, expected)
    gradients = [
        torch.autograd.grad(sums.pow(3).sum(), (entries, weights)) for sums in (found, expected)
    ]
    torch.testing.assert_close(*gradients)


def run_of(before: Tensor, record: bool = False) -> Run:
    return Run(tt.snn.LI(4), "", {"past": before}, (5, 3), record)


@pytest.mark.parametrize("kind", [Tensor, OnGpu])
def test_a_filter_of_a_buffer(kind: type[Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU, half precision would round each term that is added in place."""
    added = []
    monkeypatch.setattr(recurrent, "filtered", lambda *given: added.append(1) or filtered(*given))
    torch.manual_seed(0)
    past, new = (torch.randn(shape).as_subclass(kind) for shape in ((3, 4, 2), (5, 3, 4)))
    run = run_of(past)
    windows = run.window("past", new)
    for sizes in ((2,), (4, 2)):
        weights = torch.randn(sizes)
        found = run.filtered("past", weights)
        torch.testing.assert_close(found, (windows * weights).sum(-1))
    assert len(added) == (2 if kind is Tensor else 0)


@pytest.mark.parametrize("record", [False, True])
def test_states_that_are_earlier_inputs(record: bool) -> None:
    past, new = torch.rand(3, 4, 2), torch.rand(5, 3, 4)
    run = run_of(past, record)
    after = torch.stack([*past.unbind(-1), *new])
    expected = torch.stack([after[1:-1], after[2:]], -1)
    assert identical(run.window("past", new), expected)
    assert identical(run.after["past"], expected[-1])
    assert [*run.history] == ["past"] * record
    lagging = run_of(past[..., 0], record)
    assert identical(lagging.lagged("past", new), torch.stack([past[..., 0], *new[:-1]]))
    assert identical(lagging.after["past"], new[-1])
    for one, states in ((run, expected), (lagging, new)):
        assert not record or identical(one.history["past"], states)


# States


def test_recorded_states_have_no_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    run, found = operator.run, []

    def watched(*given: Any) -> Any:
        found.extend(run(*given))
        return found

    monkeypatch.setattr(operator, "run", watched)
    layer = tt.rnn.GRU(4, 4)
    with tt.record(layer, "H"):
        tt.unroll(layer, torch.rand(3, 2, 4))
    outputs, after, history = found
    assert all(tensor.requires_grad for tensor in (*outputs, *after))
    assert len(history) == 1 and not history[0].requires_grad


class Zeros(TorchDispatchMode):
    """Remembers the shapes of the zeros that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        if "zeros" in str(function):
            self.shapes.append(tuple(result.shape))
        return result


def test_no_gradients_of_recorded_states_are_made() -> None:
    layer = tt.rnn.LSTM(4, 4)
    with tt.record(layer, "H", "C"):
        ys = tt.unroll(layer, torch.rand(3, 2, 4))
    with Zeros() as zeros:
        ys.sum().backward()
    assert zeros.shapes == [(2, 4), (2, 4)]  # those of the last states


@pytest.mark.parametrize(
    "make, is_kept",
    [(lambda: tt.rnn.GRU(4, 4), False), (lambda: tt.ssm.Mamba(4), True)],
    ids=["GRU", "Mamba"],
)
def test_what_is_only_added_is_not_kept_for_gradients(
    make: Any, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, streams, kept = operator.forward, list[int](), set[int]()

    def watched(kernel: str, given: list[Tensor], *others: Any) -> Any:
        streams.extend(stream.data_ptr() for stream in given)
        return forward(kernel, given, *others)

    def pack(tensor: Tensor) -> Tensor:
        kept.add(tensor.data_ptr())
        return tensor

    monkeypatch.setattr(operator, "forward", watched)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        tt.unroll(make(), torch.rand(3, 2, 4))
    assert streams and [stream in kept for stream in streams] == [is_kept] * len(streams)


def test_an_error_leaves_the_states_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, xs = tt.rnn.LSTM(4, 4), torch.rand(3, 2, 4)

    def failing(*given: Any) -> Any:
        raise MemoryError("there is none")

    real = recurrent._run
    for is_first in (True, False):
        monkeypatch.setattr(recurrent, "_run", failing)
        before = (layer.H, layer.C)
        with pytest.raises(MemoryError, match="there is none"):
            tt.unroll(layer, xs)
        assert layer.H is before[0] and layer.C is before[1] and (layer.H is None) == is_first
        monkeypatch.setattr(recurrent, "_run", real)
        tt.unroll(layer, xs)


# Segments of long sequences


@pytest.mark.parametrize(
    "shape, length",
    [
        ((1024, 1000, 1000), None),
        ((1025, 1000, 1000), 1024),
        ((1025, 2, 128), 1024),
        ((1025, 2, 127), None),
        ((1032, 2, 127), None),
        ((1033, 2, 127), 1032),
        ((2**18, 1), None),
        ((2**18 + 1, 1), 2**18),
        ((2**18 + 1, 0, 3), 2**18),
    ],
)
@pytest.mark.parametrize("is_recorded", [False, True])
def test_how_long_a_segment_is(
    shape: tuple[int, ...], length: int | None, is_recorded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int | None] = []
    whole, before = torch.empty(1).expand(shape), [torch.empty(0)]

    def segment(kernel: str, names: Any, record: bool, *given: Any) -> Any:
        assert (kernel, names, record) == ("k", ["s"], is_recorded)
        assert given[0] is layer and given[1] is whole and given[2] is before
        found.append(None)
        return 1, 2, 3

    def run(compute: Any, *given: Any) -> Any:
        assert given[0] is layer and given[2] is whole and given[3] is before
        assert compute(layer, whole, before) == (1, 2)
        found[:] = [given[1]]
        return 4, 5

    monkeypatch.setattr(recurrent, "_segment", segment)
    monkeypatch.setattr(segments, "run", run)
    monkeypatch.setattr(recurrent, "records_states", lambda layer: is_recorded)
    layer = tt.snn.LI(1)
    result = recurrent._run(layer, "k", ["s"], whole, before)
    is_whole = length is None or is_recorded  # states are recorded for the whole sequence
    assert found == [None if is_whole else length]
    assert result == ((1, 2, 3) if is_whole else (4, 5, {}))


class Part(nn.Module):
    """Tensors in every place that a module may have some."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.0))
        self.register_parameter("none", None)
        self.register_buffer("scale", torch.tensor(2.0))
        self.cached, self.other = torch.tensor(3.0), "text"


class Whole(Part):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Part(), Part()
        self.register_module("nothing", None)


def values(module: nn.Module) -> list[float]:
    return [tensor.item() for tensor in segments._tensors(module)]


def test_a_copy_of_a_module_has_other_tensors() -> None:
    module = Whole()
    assert values(module) == 3 * [1, 2, 3]
    copied: Any = segments._with(module, iter(torch.arange(9.0)))
    assert type(copied) is Whole and type(copied.first) is Part and copied.nothing is None
    assert values(copied) == [*range(9)] and values(module) == 3 * [1, 2, 3]
    assert [copied.weight.item(), copied.scale.item(), copied.cached.item()] == [0, 1, 2]
    assert [copied.second.weight.item(), copied.second.cached.item()] == [6, 8]
    assert copied.other == copied.first.other == "text" and copied.none is None
    assert copied.training and [*copied._modules] == ["first", "second", "nothing"]


def compute(module: Any, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Two states, one of which has no gradient, and outputs of other sizes than the inputs."""
    state, count = states
    ys = []
    for x in inputs:
        state = module.weight * state + module.first.weight * x * module.scale
        count = count + 1
        ys.append(torch.stack([state.sum() * x, state], -1))
    whole = torch.stack(ys)
    return whole, [whole[-1, :, 1], count.detach()]


@pytest.mark.parametrize("length", [1, 3, 7, 9])
@pytest.mark.parametrize("needs", ["inputs", "states", "weights", "all"])
def test_segments_are_no_change(length: int, needs: str) -> None:
    found = []
    for is_divided in (False, True):
        torch.manual_seed(0)
        module = Whole().double().requires_grad_(needs in ("weights", "all"))
        module.second.requires_grad_(False)
        inputs = torch.randn(7, 3, dtype=torch.float64).requires_grad_(needs in ("inputs", "all"))
        state = torch.randn(3, dtype=torch.float64).requires_grad_(needs in ("states", "all"))
        states = [state, torch.zeros(1)]
        if is_divided:
            ys, after = segments.run(compute, module, length, inputs, states)
            assert after[0].untyped_storage().nbytes() == 3 * 8  # not that of the outputs
        else:
            ys, after = compute(module, inputs, states)
        weights = torch.linspace(-1, 1, ys.numel(), dtype=ys.dtype).view(ys.shape)
        given = [t for t in (inputs, state, *module.parameters()) if t.requires_grad]
        loss = (ys * weights).sum() + after[0].square().sum()
        gradients = torch.autograd.grad(loss, given, allow_unused=True, materialize_grads=True)
        found.append([ys, *after, *gradients])
    torch.testing.assert_close(found[1], found[0], rtol=1e-12, atol=1e-12)


def test_segments_are_recomputed_in_the_precision_of_the_forward_pass() -> None:
    modes, inputs = [], torch.ones(5, 3).requires_grad_()

    def watched(*given: Any) -> tuple[Tensor, list[Tensor]]:
        modes.append((len(given[1]), torch.is_autocast_enabled("cpu"), torch.is_grad_enabled()))
        return compute(*given)

    ys, _ = segments.run(watched, Whole(), 2, inputs, [torch.ones(3), torch.zeros(1)])
    with torch.autocast("cpu", torch.bfloat16):
        ys.sum().backward()
    lengths = ((2, False), (2, False), (1, False), (1, True), (2, True), (2, True))
    assert modes == [(length, False, is_again) for length, is_again in lengths]


def test_segments_have_no_second_derivatives() -> None:
    inputs = torch.ones(5, 3).requires_grad_()
    ys, _ = segments.run(compute, Whole(), 2, inputs, [torch.ones(3), torch.zeros(1)])
    (gradient,) = torch.autograd.grad(ys.square().sum(), inputs, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_a_segment_returns_its_results_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def sequence(layer: tt.Layer, inputs: Tensor, run: Run) -> Tensor:
        run.after.update(b=inputs[0], a=inputs[1])
        run.history["a"] = inputs
        return 2 * inputs

    monkeypatch.setattr(recurrent, "sequence_of", lambda kernel: sequence)
    inputs = torch.rand(2, 3)
    ys, after, history = recurrent._segment("", ["a", "b"], True, tt.snn.LI(1), inputs, [])
    assert identical(ys, 2 * inputs) and history == {"a": inputs}
    assert identical(after[0], inputs[1]) and identical(after[1], inputs[0])
