"""The modules that a forward applies in order, and each way in which it departs from a chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.deploy.chain import DeployError, chain

Forward = Callable[[Any, Any], Any]


class Net(nn.Module):
    """Two maps, and a forward that uses them."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self._forward = forward

    def forward(self, x: Tensor) -> Any:
        return self._forward(self, x)


class Pair(Net):
    def forward(self, x: Tensor, y: Tensor) -> Any:
        return self.first(x)


ADVICE = "; write the forward as modules in order, as nn.Sequential does"
OTHER = f"is not given the result of the module before{ADVICE}"
RESULT = f"the result: is not that of the last module alone{ADVICE}"
TWICE = "is applied twice; use two modules, as each has states of its own in C"
HOOKS = "has hooks; remove them, as with torch.nn.utils.remove_weight_norm"


def used(times: int) -> str:
    return f"has a result that is used {times} times{ADVICE}"


def unused(net: Any, x: Any) -> Any:
    y = net.first(x)
    net.second(y)
    return y


@pytest.mark.parametrize(
    "forward, problems",
    [
        (lambda net, x: x, ["the model computes nothing"]),
        (lambda net, x: net.first(x).relu(), [f"relu: is not a module{ADVICE}"]),
        (lambda net, x: (net.first(x),), [RESULT]),
        (
            lambda net, x: net.first(x) + net.second(x),
            [f"second (Linear): {OTHER}", f"add: is not a module{ADVICE}"],
        ),
        (unused, [f"first (Linear): {used(2)}", f"second (Linear): {used(0)}", RESULT]),
        (
            lambda net, x: net.first(net.first(x)),
            [f"first (Linear): {TWICE}"],
        ),
    ],
)
def test_departures_from_a_chain(forward: Forward, problems: list[str]) -> None:
    with pytest.raises(DeployError) as refused:
        chain(Net(forward))
    assert str(refused.value).split("\n") == problems


def test_a_second_input() -> None:
    problems = f"y: is a second input{ADVICE}\nfirst (Linear): {OTHER}"
    with pytest.raises(DeployError) as refused:
        chain(Pair(lambda net, x: x))
    assert str(refused.value) == problems


def test_a_forward_that_fails() -> None:
    with pytest.raises(DeployError) as refused:
        chain(Net(lambda net, x: net.third(x)))
    error = "'Net' object has no attribute 'third'"
    assert str(refused.value) == f"the forward of Net cannot be followed: {error}{ADVICE}"
    assert isinstance(refused.value.__cause__, AttributeError)


@pytest.mark.parametrize("add", ["register_forward_hook", "register_forward_pre_hook"])
@pytest.mark.parametrize("name, part", [("1", "1"), ("2", "2.quant_fn")])
def test_hooks(add: str, name: str, part: str) -> None:
    model = nn.Sequential(nn.ReLU(), nn.Linear(3, 3), tt.snn.LIB(3))
    getattr(model.get_submodule(part), add)(lambda *given: None)
    with pytest.raises(DeployError) as refused:
        chain(model)
    assert str(refused.value) == f"{name} ({type(model[int(name)]).__name__}): {HOOKS}"


@pytest.mark.parametrize(
    "forward, bounds",
    [
        (lambda net, x: x.flatten(), (0, -1)),
        (lambda net, x: x.flatten(1), (1, -1)),
        (lambda net, x: x.flatten(1, 2), (1, 2)),
        (lambda net, x: x.flatten(end_dim=2), (0, 2)),
        (lambda net, x: torch.flatten(x), (0, -1)),
        (lambda net, x: torch.flatten(x, 2, 3), (2, 3)),
        (lambda net, x: torch.flatten(x, start_dim=1, end_dim=-2), (1, -2)),
        (lambda net, x: torch.flatten(input=x, start_dim=1), (1, -1)),
    ],
)
def test_flatten_is_a_module(forward: Forward, bounds: tuple[int, int]) -> None:
    (link,) = chain(Net(forward))
    assert isinstance(link.module, nn.Flatten) and link.name == "flatten"
    assert (link.module.start_dim, link.module.end_dim) == bounds


class Own(tt.snn.LIB):
    """A class of one's own, derived from a layer."""


class Simple(nn.Module):
    """A module of one's own without others in it."""

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


def test_what_is_followed_into() -> None:
    """Containers and modules of one's own with others in them; neither layers nor PyTorch's."""
    block = nn.TransformerEncoderLayer(3, 1)
    model = nn.Sequential(
        nn.Sequential(nn.Linear(3, 3), Own(3, quant_fn=tt.functional.round_ste())),
        Net(lambda net, x: net.second(net.first(x))),
        block,
        tt.Stateless(nn.Linear(3, 3)),
        Simple(),
    )
    names = ["0.0", "0.1", "1.first", "1.second", "2", "3", "4"]
    assert [link.name for link in chain(model)] == names
    assert [link.module for link in chain(model)] == [*map(model.get_submodule, names)]


@pytest.mark.parametrize("module", [nn.ReLU(), tt.snn.LI(3), Simple()], ids=str)
def test_a_single_module(module: nn.Module) -> None:
    (link,) = chain(module)
    assert link.module is module and str(link) == f"0 ({type(module).__name__})"
