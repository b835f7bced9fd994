"""Which functions of others may run timestep by timestep beside parts that run whole."""

from __future__ import annotations

import functools
import math
import random
import types
from abc import ABC
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.plans import assert_same, spiking, ways
from tracetorch.sequence.plan.foreign import is_of_torch, may_use_modules, writes

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


def ping(x: Tensor) -> Tensor:
    return pong(x)


def pong(x: Tensor) -> Tensor:
    return pong(x / 2) if x.norm() > 1 else x


def by_an_inner_function(x: Tensor) -> Any:
    return [(lambda y: LAYER(y))(one) for one in x]


def by_a_module(x: Tensor) -> Any:
    return TOOLS.layer(x)


def by_another_of_a_module(x: Tensor) -> Any:
    return TOOLS.half * x


def by_chance(x: Tensor) -> Tensor:
    return x * random.random()


def attributed(x: Tensor) -> Tensor:
    return x


def later() -> Callable[[Tensor], Tensor]:
    """A function with a name that nothing is assigned to yet, as in a recursion."""

    def called(x: Tensor) -> Tensor:
        return unset if unset is not None else x  # noqa: F821

    if not callable(called):
        unset = None
    return called


TOOLS = types.ModuleType("tools_of_ones_own")
vars(TOOLS).update(layer=LAYER, half=HALF)
attributed.layer = LAYER  # type: ignore[attr-defined]


def made(base: type = ABC, **members: Any) -> Any:
    """An object with these members that can be called, of a class whose base may use nothing."""
    members |= {"__call__": lambda self, x: x, "__module__": __name__}
    return type("Made", (base,), members)()


def holding(value: Any) -> Any:
    found = made()
    found.value = value
    return found


class OfAKind(Tensor):
    layer = LAYER


OF_A_KIND = torch.zeros(1).as_subclass(OfAKind)


def using(*_: Any) -> Any:
    return LAYER


def using_none(*_: Any) -> Any:
    return HALF


def parts(function: Any, value: Any) -> dict[str, Any]:
    """Whatever may refer to a function, or to an object."""
    return {
        "a function": function,
        "a method of a class": made(method=function),
        "a static method": made(method=staticmethod(function)),
        "a method of classes": made(method=classmethod(function)),
        "what a property gets": made(member=property(function)),
        "what a property sets": made(member=property(None, function)),
        "a method": types.MethodType(function, 3),
        "the owner of a method": types.MethodType(lambda self: 3, value),
        "a base of a class": made(type(made(method=function))),
        "a class": type(made(method=function)),
        "a part": functools.partial(function),
        "a part by place": functools.partial(using_none, value),
        "a part by keyword": functools.partial(using_none, end=value),
        "a default": lambda x, by=value: x,
        "a default by keyword": lambda x, *, by=value: x,
        "what is enclosed": lambda x: (function, value),
        "a list": holding([value]),
        "a tuple": holding((1, value)),
        "a set": holding({function}),
        "a frozen set": holding(frozenset([function])),
        "a dictionary": holding({"key": value}),
        "an object": holding(value),
        "an object in an object": holding(holding(value)),
        "an attribute of a function": functools.wraps(function)(lambda x: x),
    }


@pytest.mark.parametrize("name", parts(using, LAYER))
def test_whatever_refers_to_a_module_may_use_it(name: str) -> None:
    """And only that: the same with a tensor may not."""
    assert may_use_modules(parts(using, LAYER)[name])
    assert not may_use_modules(parts(using_none, HALF)[name])


@pytest.mark.parametrize(("count", "is_too_many"), [(998, False), (999, True)])
def test_what_refers_to_more_than_can_be_seen_may_use_a_module(
    count: int, is_too_many: bool
) -> None:
    """Beside the numbers there are the function and the list."""
    numbers = [float(one) for one in range(count)]
    assert may_use_modules(lambda x, numbers=numbers: x) == is_too_many


@pytest.mark.parametrize("name", ["torch", "torchvision", "numpy", "scipy", "einops", "math", "os"])
def test_functions_of_these_packages_use_no_module_that_they_are_not_given(name: str) -> None:
    for module in (name, f"{name}.part"):
        assert not may_use_modules(lambda x, of=of_module(module, module): of(x))
        assert may_use_modules(lambda x, of=of_module(module, __name__): of(x))
        assert may_use_modules(lambda x, of=of_module(__name__, module): of(x))


@pytest.mark.parametrize(
    "name", ["__main__", "builtins", "importlib", "gc", "inspect", "sys", "torches", "mine.torch"]
)
def test_functions_of_others_may(name: str) -> None:
    assert may_use_modules(lambda x, of=of_module(name, name): of(x))


def of_module(name: str, home: str) -> Any:
    """A function that uses a layer, and says that it is of one module and runs in another."""
    made = types.FunctionType(using.__code__, {"__name__": home, "LAYER": LAYER})
    made.__module__ = name
    return made


@pytest.mark.parametrize(
    "function",
    [
        *(bool, dict, float, int, isinstance, len, list, max, min, print, round, set, str),
        *(sum, tuple),
    ],
)
def test_a_function_of_python_itself(function: Any) -> None:
    assert not may_use_modules(function)


@pytest.mark.parametrize("function", [id, getattr, type, object, iter, vars])
def test_another_one_may_find_anything(function: Any) -> None:
    assert may_use_modules(function)


@pytest.mark.parametrize(
    "function",
    [
        *(torch.relu, torch.sigmoid, torch.stft, torch.rand_like, F.relu, F.rrelu, F.gelu),
        *(F.linear, torch._C._nn.im2col),
    ],
)
def test_a_function_of_pytorch(function: Any) -> None:
    assert is_of_torch(function)


@pytest.mark.parametrize(
    "function",
    [
        *(torch.relu_, torch.sigmoid_, F.relu_, F.rrelu_, Tensor.relu, torch.no_grad, nn.ReLU),
        *(math.sqrt, np.abs, disguised, functools.wraps(torch.exp)(alone), None, 3, nn.ReLU()),
    ],
)
def test_what_is_none(function: Any) -> None:
    """Such as one that works in place, or has the name of another."""
    assert not is_of_torch(function)


@pytest.mark.parametrize(
    ("method", "is_writing"),
    [
        *(("relu_", True), ("__setitem__", True), ("append", True), ("add_", True)),
        *(("add", True), ("put", True), ("resize", True), ("sort", True), ("set_", True)),
        *(("relu", False), ("numpy", False), ("sum", False), ("item", False), ("size", False)),
    ],
)
def test_a_method_that_may_change_its_object(method: str, is_writing: bool) -> None:
    """Of a tensor or, as `add` and `append`, of another object."""
    assert writes(method) == is_writing


USING: dict[str, Any] = {
    **{f.__name__: f for f in (by_global, by_container, by_another, by_default, by_keyword)},
    **{f.__name__: f for f in (by_name, by_class)},
    "by a closure": by_closure(),
    "a parameter": by_parameter,
    "by a function in it": by_an_inner_function,
    "by a module of Python": by_a_module,
    "by an attribute": attributed,
    "a tensor of a class of its own": lambda x: x * OF_A_KIND,
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
    [
        *(alone, asking_for_types, recursive, torch.randn, np.asarray, print, len, float),
        *(ping, by_another_of_a_module, by_chance, later()),
    ],
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
