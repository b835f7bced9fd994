"""Layers that people write: `tt.unroll` gives what the loop gives, and models manage their states."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical
from tests.support.plans import ways
from tracetorch.core import backend
from tracetorch.functional import round_ste, sigmoid4x

pytestmark = pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")


class Accumulator(tt.Layer):
    """No parameters; its state is its output."""

    class State(NamedTuple):
        total: Tensor

    def step(self, x: Tensor, states: State) -> tuple[Tensor, State]:
        total = states.total + x
        return total, self.State(total)


class Counting(tt.Layer):
    """An integer state, and one of truth values, made by hand."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("count")
        self._initialize_state("was_up")

    def forward(self, x: Tensor) -> Tensor:
        if self.count is None:
            self.count = torch.zeros(x.shape, dtype=torch.int64)
            self.was_up = torch.zeros(x.shape, dtype=torch.bool)
        self._ensure_states(x)
        self.count = self.count + (x > 0) * ~self.was_up
        self.was_up = x > 0
        return x * self.count


class OfManyShapes(tt.Layer):
    """States with sizes of their own."""

    class State(NamedTuple):
        a: Tensor
        b: Tensor
        c: Tensor

    def __init__(self, num_neurons: int, dim: int = -1) -> None:
        super().__init__(num_neurons, dim)
        self._initialize_state("b", 3)
        self._initialize_state("c", num_neurons, 2)
        self.weight = nn.Parameter(torch.linspace(-1, 1, 3))

    def step(self, x: Tensor, states: State) -> tuple[Tensor, State]:
        a, b, c = states
        b = b.roll(1, -1) + x.mean(-1, keepdim=True) * self.weight
        c = 0.5 * c + torch.stack([x, a], -1)
        a = a * b.sum(-1, keepdim=True) + c.sum(-1)
        return a - x, self.State(a, b, c)


class WithOptionalState(tt.Layer):
    """A state that only some have."""

    class State(NamedTuple):
        total: Tensor
        peak: Tensor | None = None

    def __init__(self, num_neurons: int, has_peak: bool = True) -> None:
        super().__init__(num_neurons)
        if has_peak:
            self._initialize_state("peak")

    def step(self, x: Tensor, states: State) -> tuple[Tensor, State]:
        total = states.total + x
        peak = None if states.peak is None else torch.maximum(states.peak, total)
        return total if peak is None else peak - total, self.State(total, peak)


class WithDefault(tt.Layer):
    """Its forward takes more than the input."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")

    def forward(self, x: Tensor, mask: Tensor | None = None, scale: float = 0.5) -> Tensor:
        self._ensure_states(x)
        self.total = self.total * scale + (x if mask is None else x * mask)
        return self.total.clone()


class InPlace(tt.Layer):
    """It changes its state where it lies."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        with torch.no_grad():
            self.total.mul_(0.5).add_(x)
        return x + self.total


class Buffered(tt.Layer):
    """Buffers alone, of which one counts."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        self.register_buffer("rate", torch.full((num_neurons,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.calls += 1
        self.total = self.total * self.rate + x / self.calls.clone()
        return self.total + 0


class RunningMean(nn.Module):
    """No layer, but it remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        self.mean.mul_(0.9).add_(0.1 * x.detach().mean(0))
        return x - self.mean.clone()


class OtherStep(tt.snn.LIB):
    def step(self, x: Tensor, states: Any) -> Any:
        return super().step(2 * x, states)


class OtherForward(tt.snn.LIB):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class OtherState(tt.snn.LIB):
    class State(NamedTuple):
        mem: Tensor
        peak: Tensor

    def step(self, x: Tensor, states: State) -> tuple[Tensor, State]:
        spikes, after = super().step(x, tt.snn.LIB.State(states.mem))
        peak = torch.maximum(states.peak, after.mem)
        return spikes + peak, self.State(after.mem, peak)


class OtherInit(tt.snn.LIB):
    def __init__(self, num_neurons: int, **options: Any) -> None:
        super().__init__(num_neurons, beta=0.25, **options)
        self.gain = nn.Parameter(torch.tensor(2.0))

    @property
    def beta(self) -> Tensor:
        return torch.sigmoid(self.raw_beta) / self.gain


class OtherInitialValues(tt.snn.LIB):
    def _initial_values(self) -> dict[str, Any]:
        return {"mem": 0.75}


class OtherCall(tt.snn.LIB):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) - 1


class OtherName(tt.snn.LIB):
    pass


def set_apart(layer: tt.Layer, **attributes: Any) -> tt.Layer:
    for name, value in attributes.items():
        setattr(layer, name, value)
    return layer


def stepping(function: Callable[..., Any]) -> tt.Layer:
    layer = zoo.lively("SLIB", 4)
    step = layer.step
    return set_apart(layer, step=lambda x, states: step(function(x), states))


def twice() -> nn.Module:
    layer = Accumulator(4)
    return nn.Sequential(layer, nn.Tanh(), layer)


HARD = {"quant_fn": round_ste()}

LOOPING: dict[str, Callable[[], nn.Module]] = {
    "its state is its output": lambda: Accumulator(4),
    "features first": lambda: Accumulator(3, dim=0),
    "integers": lambda: Counting(4),
    "many shapes": lambda: OfManyShapes(4),
    "many shapes, features first": lambda: OfManyShapes(3, dim=0),
    "an optional state": lambda: WithOptionalState(4),
    "without its optional state": lambda: WithOptionalState(4, has_peak=False),
    "a default": lambda: WithDefault(4),
    "in place": lambda: InPlace(4),
    "buffers alone": lambda: Buffered(4),
    "no layer": RunningMean,
    "another step": lambda: OtherStep(4, **HARD),
    "another forward": lambda: OtherForward(4, **HARD),
    "another state": lambda: OtherState(4, **HARD),
    "another parameter": lambda: OtherInit(4, **HARD),
    "other initial values": lambda: OtherInitialValues(4, **HARD),
    "another call": lambda: OtherCall(4, **HARD),
    "another name": lambda: OtherName(4, **HARD),
    "a step of its own": lambda: stepping(lambda x: x - x.max()),
    "a forward of its own": lambda: set_apart(zoo.lively("LIB", 4), forward=lambda x: x - x.max()),
    "a spike function of its own": lambda: zoo.lively(
        "LIB", 4, spike_fn=lambda x: sigmoid4x(x) / 2
    ),
}

MIXED: dict[str, tuple[Callable[[], nn.Module], list[str]]] = {
    **{name: (make, ["loop"]) for name, make in LOOPING.items()},
    "a dimension set later": (lambda: set_apart(zoo.lively("SLIB", 3), dim=-2), ["kernel"]),
    "an output that is worked on in place": (
        lambda: nn.Sequential(Accumulator(4), nn.ReLU(inplace=True), zoo.lively("LI", 4)),
        ["loop", "whole", "kernel"],
    ),
    "twice": (twice, ["loop", "loop", "loop"]),
    "between kernels": (
        lambda: nn.Sequential(zoo.lively("LIB", 4), OfManyShapes(4), zoo.lively("LIB", 4)),
        ["kernel", "loop", "kernel"],
    ),
    "in a layer": (
        lambda: nn.Sequential(nn.Linear(4, 4), Holding(4), nn.Linear(4, 4)),
        ["whole", "loop", "whole"],
    ),
}


class Holding(tt.Layer):
    """A layer that holds another."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("last")
        self.inner = tt.snn.LIB(num_neurons)

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.last = self.inner(x + self.last)
        return self.last.clone()


def loop(module: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([module(x.clone()) for x in xs])


def results(model: zoo.Chain, way: Callable[..., Tensor]) -> list[Any]:
    """Outputs, states, gradients and buffers, of two sequences of which the second goes on."""
    model = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(0)
    xs = torch.randn(8, 3, 4, generator=generator).requires_grad_()
    ys = torch.cat([way(model.net, part) for part in xs.split([5, 3])])
    states = model.save_states()
    ys.square().sum().backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return [ys, xs.grad, states, gradients, list(model.buffers())]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Accumulator(4), {"total": (2, 4)}),
        (OfManyShapes(4), {"a": (2, 4), "b": (2, 3), "c": (2, 4, 2)}),
        (OtherState(4), {"mem": (2, 4), "peak": (2, 4)}),
        (WithOptionalState(4), {"total": (2, 4), "peak": (2, 4)}),
        (WithOptionalState(4, has_peak=False), {"total": (2, 4)}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_state_declares_the_states(layer: tt.Layer, expected: dict[str, tuple[int, ...]]) -> None:
    assert backend.states(layer) == dict.fromkeys(expected)
    layer(torch.ones(2, 4))
    shapes = [(name, tuple(state.shape)) for name, state in backend.states(layer).items()]
    assert shapes == list(expected.items())


@pytest.mark.parametrize("name", MIXED)
def test_what_the_loop_gives(name: str) -> None:
    torch.manual_seed(0)
    make, expected = MIXED[name]
    model = zoo.Chain(make())
    assert ways(model.net) == expected
    by_loop, unrolled = results(model, loop), results(model, tt.unroll)
    torch.testing.assert_close(unrolled, by_loop, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "name", [n for n in LOOPING if n not in ("no layer", "a forward of its own")]
)
def test_a_sequence_goes_on_from_what_was_saved(name: str) -> None:
    model, xs = zoo.Chain(LOOPING[name]()), torch.randn(6, 3, 4)
    buffers = copy.deepcopy(dict(model.named_buffers()))
    with torch.no_grad():
        expected = tt.unroll(model, xs)
        final = model.save_states()
        model.zero_states()
        assert all(state is None for state in model.save_states().values())
        model.load_state_dict(buffers, strict=False)
        tt.unroll(model, xs[:4])
        saved = {key: state.clone() for key, state in model.save_states().items()}
        model.zero_states()
        model.load_states(saved)
        torch.testing.assert_close(tt.unroll(model, xs[4:]), expected[4:])
    torch.testing.assert_close(model.save_states(), final)


class Failing(tt.Layer):
    """It fails where an input is too large."""

    State = Accumulator.State

    def step(self, x: Tensor, states: Any) -> Any:
        if x.max() > 5:
            raise ArithmeticError("too large")
        return x, self.State(states.total + x)


@pytest.mark.parametrize("when", [0, 3])
def test_a_failure_leaves_the_states_of_before_as_in_the_loop(when: int) -> None:
    xs = torch.ones(5, 2, 4)
    xs[when] = 9.0
    states = []
    for way in (loop, tt.unroll):
        layer = Failing(4)
        with pytest.raises(ArithmeticError, match="too large"):
            way(layer, xs)
        states.append(layer.total)
        layer.zero_states()
        assert identical(way(layer, torch.ones(2, 2, 4)), torch.ones(2, 2, 4))
        assert identical(layer.total, torch.full((2, 4), 2.0))
    assert (states[0] is None) == (states[1] is None) == (when == 0)
    assert when == 0 or identical(*states)
