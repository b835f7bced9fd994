"""Whatever runs where a module is called, or in its place, runs in `tt.unroll` as in the loop."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as of_all

import tracetorch as tt
from tests.support.plans import ways
from tracetorch.functional import discrete, round_ste, spikes

pytestmark = pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")


class Model(tt.Model):
    """Every kind of module that `tt.unroll` takes apart."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encode = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.layer = tt.snn.LIB(4, quant_fn=round_ste())
        self.blocks = nn.ModuleList([nn.LayerNorm(4), nn.Linear(4, 4)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(self.encode(x)) * 0.5
        for block in self.blocks:
            x = block(x)
        return x


PARTS = ["", "encode", "encode.0", "encode.1", "layer", "layer.quant_fn", "blocks.0", "blocks.1"]
KINDS = ["forward", "forward_pre", "full_backward", "full_backward_pre", "backward"]


class Counter:
    """A hook that counts its calls, and changes something where it may."""

    def __init__(self, kind: str) -> None:
        self.calls = 0
        self.is_forward = kind.startswith("forward")

    def __call__(self, module: nn.Module, *given: Any) -> Any:
        self.calls += 1
        return _double(given[-1]) if self.is_forward else None


def _double(given: Any) -> Any:
    return tuple(map(_double, given)) if isinstance(given, tuple) else 2 * given


def results(model: Model, way: Callable[[Tensor], Tensor]) -> list[Tensor]:
    model.zero_states()
    model.zero_grad()
    generator = torch.Generator().manual_seed(0)
    xs = torch.randn(5, 2, 4, generator=generator, requires_grad=True)
    ys = way(xs)
    ys.square().sum().backward()
    return [ys, xs.grad, model.layer.mem, *(p.grad for p in model.parameters())]


def assert_as_in_the_loop(model: Model, counter: Counter | None = None) -> None:
    calls, found = [], []
    for way in (lambda xs: torch.stack([model(x) for x in xs]), lambda xs: tt.unroll(model, xs)):
        if counter:
            counter.calls = 0
        found.append(results(model, way))
        calls.append(counter.calls if counter else 1)
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)
    assert calls[0] == calls[1] > 0


def test_without_hooks_nothing_loops() -> None:
    assert "loop" not in ways(Model())


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Using a non-full backward hook")
def test_a_hook_of_any_kind(part: str, kind: str) -> None:
    model, counter = Model(), Counter(kind)
    getattr(model.get_submodule(part), f"register_{kind}_hook")(counter)
    assert_as_in_the_loop(model, counter)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Using a non-full backward hook")
def test_a_hook_of_all_modules(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_all, "_global_is_full_backward_hook", None)
    model, counter = Model(), Counter(kind)
    handle = getattr(of_all, f"register_module_{kind}_hook")(counter)
    try:
        assert_as_in_the_loop(model, counter)
    finally:
        handle.remove()


def doubled(method: Callable[..., Any]) -> Callable[..., Any]:
    """What looks like the method, and does something else."""

    @functools.wraps(method)
    def replaced(*arguments: Any) -> Any:
        *owner, x = arguments
        return method(*owner, x - x.max())

    return replaced


@pytest.mark.parametrize("part", PARTS)
def test_a_forward_of_one_module_alone(part: str) -> None:
    model = Model()
    module = model.get_submodule(part)
    module.forward = doubled(module.forward)
    assert_as_in_the_loop(model)


@pytest.mark.parametrize(
    "owner, name",
    [
        *((nn.Linear, "forward"), (nn.Tanh, "forward"), (nn.LayerNorm, "forward")),
        *((nn.Sequential, "forward"), (nn.Module, "__call__"), (Model, "forward")),
        *((tt.Layer, "forward"), (tt.snn.LIB, "forward"), (tt.snn.LIB, "__call__")),
        (type(round_ste()), "forward"),
    ],
)
def test_a_method_that_was_replaced(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    monkeypatch.setattr(owner, name, doubled(getattr(owner, name)), raising=False)
    assert_as_in_the_loop(model)


@pytest.mark.parametrize("wrap", [functools.wraps(tt.snn.LIB.step), lambda function: function])
def test_a_step_that_was_replaced(wrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    step = tt.snn.LIB.step
    monkeypatch.setattr(tt.snn.LIB, "step", wrap(lambda self, x, s: step(self, x - x.max(), s)))
    assert_as_in_the_loop(Model())


def test_a_step_of_one_layer_alone() -> None:
    model = Model()
    step = model.layer.step
    model.layer.step = lambda x, states: step(x - x.max(), states)
    assert_as_in_the_loop(model)


def test_a_method_of_one_quantizer_alone() -> None:
    model = Model()
    model.layer.quant_fn.forward = torch.floor
    assert_as_in_the_loop(model)


def test_the_rounding_of_a_quantizer_that_was_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    rounded = discrete.round_ste
    monkeypatch.setattr(
        discrete, "round_ste", functools.wraps(rounded)(lambda x, step: rounded(x - x.max(), step))
    )
    assert_as_in_the_loop(Model())


def test_a_spike_function_that_was_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spikes, "sigmoid4x", functools.wraps(spikes.sigmoid4x)(lambda x: x))
    model = Model()
    model.layer.spike_fn = spikes.sigmoid4x
    assert_as_in_the_loop(model)
