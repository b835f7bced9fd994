"""What is found out about a module without calling it, and how its timesteps are put together."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as of_all

import tracetorch as tt
from tests.support.equal import identical
from tracetorch.sequence import choice, operator
from tracetorch.sequence.modules import constant, each, has_hooks, kind, stacked
from tracetorch.sequence.record import Hook


def test_the_class_of_a_copied_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """A subclass of the same name that does the same is as good as the class."""
    home = types.ModuleType("home")
    monkeypatch.setitem(sys.modules, "home", home)

    def made(name: str, *bases: type, **members: Any) -> Any:
        return type(name, bases, {"__module__": "home", **members})

    class Own:
        pass

    own = made("Own", nn.Module, forward=lambda self, x: x)
    vars(home).update(Own=own, number=3, plain=Own)
    assert kind(own()) is own
    assert kind(made("Own", own)()) is own
    changed = [
        made("Own", own, **{method: lambda self, x: x})
        for method in ("__call__", "forward", "step")
    ]
    twin = made("Own", nn.Module, forward=own.forward)  # no subclass
    others = [made("number", own), made("plain", own), made("unknown", own)]
    for other in (*changed, twin, *others):
        assert kind(other()) is other
    elsewhere = type("Own", (own,), {"__module__": "no such module"})
    assert kind(elsewhere()) is elsewhere


def nothing(*given: Any) -> None:
    """A hook."""


OF_ONE: dict[str, Callable[[Any], Any]] = {
    "forward": lambda module: module.register_forward_hook(nothing),
    "before forward": lambda module: module.register_forward_pre_hook(nothing),
    "backward": lambda module: module.register_full_backward_hook(nothing),
    "before backward": lambda module: module.register_full_backward_pre_hook(nothing),
    "a forward": lambda module: setattr(module, "forward", module.forward),
    "recorded, and another": lambda module: (
        module.register_forward_hook(Hook()),
        module.register_forward_hook(nothing),
    ),
}
OF_ALL = ["forward_hook", "forward_pre_hook", "full_backward_hook", "full_backward_pre_hook"]


def test_no_hooks() -> None:
    module = nn.Tanh()
    assert has_hooks(module) is False
    module.register_forward_hook(Hook())
    assert has_hooks(module) is False


@pytest.mark.parametrize("what", OF_ONE)
def test_hooks_of_a_module(what: str) -> None:
    module = nn.Tanh()
    OF_ONE[what](module)
    assert has_hooks(module) is True
    assert has_hooks(nn.Tanh()) is False


@pytest.mark.parametrize("what", OF_ALL)
def test_hooks_of_all_modules(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_all, "_global_is_full_backward_hook", None)
    handle = getattr(of_all, f"register_module_{what}")(nothing)
    try:
        assert has_hooks(nn.Tanh()) is True
    finally:
        handle.remove()
    assert has_hooks(nn.Tanh()) is False


def test_what_the_compiler_calls_while_it_compiles() -> None:
    """As `torch.compiler.assume_constant_result` marks it, which imports the compiler."""

    def three() -> int:
        return 3

    assert constant(three) is three and vars(three) == {"_dynamo_marked_constant": True}
    marked = {name for name, made in vars(choice).items() if "_dynamo_marked_constant" in dir(made)}
    of_layers = {"kernel_of", "why_not", "is_known"}
    assert marked == of_layers | {"choice", "calls", "is_recurrence", "_sizes", "_defaults"}
    assert vars(operator.why_not)["_dynamo_marked_constant"] is True


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
)
def test_timesteps_keep_the_order_of_their_dimensions_in_memory(order: tuple[int, ...]) -> None:
    xs = torch.arange(5 * 24.0).view(5, 2, 3, 4).permute(0, *(1 + dim for dim in order))
    found = stacked(xs.unbind(0))
    assert identical(found, xs) and found.stride() == xs.stride()
    learned = stacked(xs.clone().requires_grad_().unbind(0))
    way = "StackBackward0" if order == (0, 1, 2) else "PermuteBackward0"
    assert learned.grad_fn is not None and learned.grad_fn.name() == way
    twice = each(lambda x: 2 * x, xs)
    assert identical(twice, 2 * xs) and twice.stride() == xs.stride()
    assert stacked([torch.tensor(1.0), torch.tensor(2.0)]).tolist() == [1, 2]


def test_a_layer_is_called_once_for_each_timestep() -> None:
    layer, xs = tt.snn.LI(2), torch.rand(3, 2)
    ys = each(layer, xs)
    layer.zero_states()
    assert identical(ys, torch.stack([layer(x) for x in xs]))


def test_dimensions_that_share_memory_are_stacked_as_they_are() -> None:
    timesteps: list[Tensor] = [torch.tensor([[1.0], [2.0]]).expand(2, 3) for _ in range(2)]
    assert identical(stacked(timesteps), torch.stack(timesteps))
