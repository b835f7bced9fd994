"""Which functions of others may run timestep by timestep beside parts that run whole."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.plans import assert_same, spiking, ways
from tracetorch.sequence.plan.foreign import may_use_modules

LAYER = spiking()
HELD = {"layers": [LAYER]}
HALF, WEIGHT = torch.tensor(0.5), nn.Parameter(torch.tensor(0.5))


class Holder:
    def __init__(self) -> None:
        self.inner = {"layer": LAYER}

    def __call__(self, x: Tensor) -> Tensor:
        return x


class Asking:
    def __call__(self, x: Tensor) -> Tensor:
        return LAYER(x)


def by_global(x: Tensor) -> Tensor:
    LAYER.zero_states()
    return x


def by_container(x: Tensor) -> Tensor:
    return x if len(HELD) else -x


def by_another(x: Tensor) -> Tensor:
    return by_global(x)


def by_default(x: Tensor, layer: nn.Module = LAYER) -> Tensor:
    return x


def by_keyword(x: Tensor, *, layer: nn.Module = LAYER) -> Tensor:
    return x


def by_name(x: Tensor) -> Tensor:
    return eval("x")


def by_class(x: Tensor) -> Tensor:
    return Using.apply(x)


class Using(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return LAYER(x)


def by_parameter(x: Tensor) -> Tensor:
    return x * WEIGHT


def by_closure() -> Callable[[Tensor], Tensor]:
    layer = LAYER
    return lambda x: layer(x)


disguised = functools.wraps(F.relu)(lambda x: LAYER(x))


def by_disguise(x: Tensor) -> Tensor:
    return disguised(x)


decorated = torch.no_grad()(by_global)


def by_decorated(x: Tensor) -> Tensor:
    return decorated(x)


def asking_for_types(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else torch.zeros(1)


def alone(x: Tensor) -> Tensor:
    if x.sum() > 0:
        return x * HALF
    return x - math.sqrt(2)


def recursive(x: Tensor) -> Tensor:
    return recursive(x / 2) if x.norm() > 1 else x


USING: dict[str, Any] = {
    **{f.__name__: f for f in (by_global, by_container, by_another, by_default, by_keyword)},
    **{f.__name__: f for f in (by_name, by_class)},
    "by a closure": by_closure(),
    "a parameter": by_parameter,
    "by an object": Holder(),
    "by the class of an object": Asking(),
    "a method": Holder().__call__,
    "a part": functools.partial(by_default, layer=LAYER),
    "a decorated one": functools.wraps(by_global)(lambda x: x),
    "one with the name of another": disguised,
    "by one with the name of another": by_disguise,
    "by one that PyTorch decorates": by_decorated,
    "a class": Using.apply,
    "a context of PyTorch": torch.autocast,
    "eval": eval,
    "nothing to call": 3,
}


@pytest.mark.parametrize("name", USING)
def test_what_may_use_a_module(name: str) -> None:
    assert may_use_modules(USING[name])


@pytest.mark.parametrize(
    "text",
    [
        *("eval('LAYER')", "exec('LAYER(x)')", "globals()['LAYER']", "__import__('math')"),
        *("gc.get_objects()", "inspect.currentframe()", "sys.modules"),
    ],
)
def test_what_may_find_any_object(text: str) -> None:
    """Such a function may reach a layer that none of its names refers to."""
    assert may_use_modules(eval(f"lambda x: {text}"))


@pytest.mark.parametrize(
    "function",
    [alone, asking_for_types, recursive, torch.randn, np.asarray, print, len, float],
)
def test_what_uses_its_arguments_alone(function: Any) -> None:
    assert not may_use_modules(function)


class Calling(nn.Module):
    """It calls a function between layers, of which the function may change one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.layer = nn.Linear(4, 4), LAYER

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(by_another(self.first(x)))


class Deciding(Calling):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.first(x)) + recursive(x)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_function_that_uses_a_layer_loops_with_all() -> None:
    assert ways(Calling()) == ["loop"]
    assert_same(Calling(), torch.randn(5, 2, 4, requires_grad=True))


def test_a_function_that_uses_none_loops_alone() -> None:
    made = Deciding()
    assert ways(made) == ["whole", "kernel", "loop", "whole"]
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))
