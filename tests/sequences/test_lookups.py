"""A forward is read once, and again when something changed that its graph depends on."""

from __future__ import annotations

import copy
import gc
import importlib
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import tracetorch as tt
from tracetorch.sequence.plan import forward, lookups
from tracetorch.sequence.plan.graph import Held
from tracetorch.sequence.plan.lookups import MISSING, Lookup
from tracetorch.sequence.plan.meanings import Bound, Module, Value

SOURCE = """
import torch
import torch.nn.functional as F
import tracetorch as tt
from torch import nn


def halved(x, by=2.0, *, plus=0.5):
    return x / by + plus


def abs(x):
    return x * 2


FACTORS = [1.0]


def scaled(x):
    return x * FACTORS[0]


class Foreign(tt.Model):
    def __init__(self):
        super().__init__()
        self.layer = tt.snn.LI(4)

    def forward(self, x):
        return self.layer(scaled(x))


class Net(tt.Model):
    shift = 0.25

    def __init__(self):
        super().__init__()
        self.scale, self.rate, self.is_deep = 0.5, 1.0, True
        self.encode, self.layer = nn.Linear(4, 4), tt.snn.LI(4)
        self.parts = nn.ModuleList([nn.Linear(4, 4)])
        self.named = nn.ModuleDict({"a": nn.Tanh()})
        self.gain = nn.Parameter(torch.ones(4))
        self.offset = None

    def helper(self, x):
        return x * 3

    def forward(self, x, times=1.5, *, more=0.5):
        y = F.silu(self.encode(x)) * self.scale + self.shift + more
        for part in self.parts:
            y = part(y)
        for name in self.named:
            y = self.named[name](y)
        if self.is_deep:
            y = self.helper(y)
        if self.offset is not None:
            y = y + self.offset
        y = halved(abs(y)).mul(times) * self.gain
        return self.layer(y).clamp(-9, 9) + self.rate
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of Python above, in a file, where its source can be read."""
    path = tmp_path / f"of_{tmp_path.name}.py"
    path.write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(path.stem)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """The modules whose forwards are read, one for each time."""
    found: list[nn.Module] = []

    class Counted(forward._Reader):
        def __init__(self, module: nn.Module) -> None:
            found.append(module)
            super().__init__(module)

    monkeypatch.setattr(forward, "_Reader", Counted)
    return found


def outputs(net: Any, xs: Tensor) -> tuple[Tensor, Tensor]:
    """Those of the loop, and of `tt.unroll`."""
    ys = []
    with torch.no_grad():
        for way in (lambda: torch.stack([net(x) for x in xs]), lambda: tt.unroll(net, xs)):
            net.zero_states()
            ys.append(way())
    return ys[0], ys[1]


def shadow(net: Any) -> None:
    net.__dict__["encode"] = "not a module"
    net.__dict__["encode"] = nn.Identity()


def code(net: Any) -> None:
    def other(self: Any, x: Tensor, times: float = 1.5, *, more: float = 0.5) -> Tensor:
        y: Tensor = self.layer(x)
        return y * 3

    type(net).forward.__code__ = other.__code__


def keyword(function: Any, **values: float) -> None:
    function.__kwdefaults__.update(values)


def find_otherwise(net: Any) -> None:
    usual = nn.Module.__getattr__

    def found(self: Any, name: str) -> Any:
        part = usual(self, name)
        return (lambda x: part(x) * 2) if name == "encode" else part

    type(net).__getattr__ = found


OTHER = types.ModuleType("other")
vars(OTHER)["silu"] = torch.tanh

CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "a number": lambda net, here: setattr(net, "scale", 2.0),
    "a zero": lambda net, here: setattr(net, "scale", 0.0),
    "a truth value": lambda net, here: setattr(net, "is_deep", False),
    "a number of the class": lambda net, here: setattr(type(net), "shift", 1.0),
    "a number of the instance": lambda net, here: setattr(net, "shift", 2.0),
    "one module more": lambda net, here: net.parts.append(nn.Linear(4, 4)),
    "another module": lambda net, here: net.parts.__setitem__(0, nn.ReLU()),
    "another container": lambda net, here: setattr(net, "parts", nn.ModuleDict()),
    "a key more": lambda net, here: net.named.update({"b": nn.Sigmoid()}),
    "a module that becomes a parameter": lambda net, here: (
        delattr(net, "offset"),
        net.register_parameter("offset", nn.Parameter(torch.ones(4))),
    ),
    "a module hidden by an attribute": lambda net, here: shadow(net),
    "a parameter that becomes a number": lambda net, here: (
        delattr(net, "gain"),
        setattr(net, "gain", 2.0),
    ),
    "a method": lambda net, here: setattr(type(net), "helper", lambda self, x: x - 2),
    "a function": lambda net, here: setattr(here, "halved", torch.exp),
    "a function that is deleted": lambda net, here: delattr(here, "abs"),
    "another module of Python": lambda net, here: setattr(here, "F", OTHER),
    "the code of the forward": lambda net, here: code(net),
    "the forward": lambda net, here: setattr(type(net), "forward", lambda self, x: self.layer(x)),
    "a default": lambda net, here: setattr(type(net).forward, "__defaults__", (2.5,)),
    "a default of a keyword": lambda net, here: keyword(type(net).forward, more=3.0),
    "a default of a function": lambda net, here: setattr(here.halved, "__defaults__", (4.0,)),
    "a keyword of a function": lambda net, here: keyword(here.halved, plus=2.0),
    "attributes found in another way": lambda net, here: find_otherwise(net),
    "a class": lambda net, here: setattr(
        net, "__class__", type("Other", (type(net),), {"helper": lambda self, x: x + 7})
    ),
}


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
@pytest.mark.parametrize("case", CHANGES)
def test_what_a_graph_depends_on(case: str, written: Any, reads: list[nn.Module]) -> None:
    torch.manual_seed(0)
    net, xs = written.Net(), torch.randn(3, 2, 4)
    before, _ = outputs(net, xs)
    assert "loop" not in {step.way.value for step in tt.unroll.plan(net).steps}
    for _ in range(2):
        torch.testing.assert_close(*outputs(net, xs))
    assert reads == [net]
    CHANGES[case](net, written)
    loop, unrolled = outputs(net, xs)
    torch.testing.assert_close(unrolled, loop)
    assert loop.shape != before.shape or not torch.allclose(loop, before)
    fresh = copy.deepcopy(net)
    assert repr(tt.unroll.plan(net)) == repr(tt.unroll.plan(fresh))


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
@pytest.mark.parametrize("owner, name", [(F, "silu"), (Tensor, "mul"), (Tensor, "clamp")])
def test_functions_of_pytorch(
    owner: Any, name: str, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, xs = written.Net(), torch.randn(3, 2, 4)
    before, _ = outputs(net, xs)
    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda x, *rest: original(x, *rest) + 1)
    loop, unrolled = outputs(net, xs)
    torch.testing.assert_close(unrolled, loop)
    assert not torch.allclose(loop, before)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_what_fails_in_the_loop_after_a_change_fails(written: Any) -> None:
    net, xs = written.Net(), torch.randn(3, 2, 4)
    tt.unroll(net, xs)
    net.parts = nn.ModuleDict({"0": nn.Linear(4, 4)})  # a loop over it gives names
    with pytest.raises(TypeError, match="not callable"):
        tt.unroll(net, xs)


def test_the_sign_of_zero(written: Any) -> None:
    net = written.Net()
    net.scale = 0.0
    tt.unroll.plan(net)
    net.scale = -0.0
    steps = tt.unroll.plan(net).steps
    numbers = {step.module.arguments[1] for step in steps if step.name == "mul"}
    assert "-0.0" in map(repr, numbers) and "0.0" not in map(repr, numbers)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_forward_that_calls_what_is_not_read_is_read_again(
    written: Any, reads: list[nn.Module]
) -> None:
    """Nothing says whether what a function uses is still the same."""
    net, xs = written.Foreign(), torch.randn(3, 2, 4)
    for factor in (1.0, 2.0):
        written.FACTORS[0] = factor
        torch.testing.assert_close(*outputs(net, xs))
    assert reads == [net, net]


def test_a_module_is_not_kept_alive(written: Any) -> None:
    net = written.Net()
    tt.unroll.plan(net)
    assert net in forward._GRAPHS
    alive = weakref.ref(net)
    del net
    gc.collect()
    assert alive() is None


class Odd(float):
    """All of them look the same."""

    def __repr__(self) -> str:
        return "odd"


class Sly:
    """It equals whatever looks the same."""

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "sly"


SLY, NAN = Sly(), float("nan")
COMPARED: dict[str, tuple[Any, Any, bool]] = {
    "numbers": (1.5, 3.0 / 2, True),
    "other numbers": (1.5, 1.0, False),
    "the sign of zero": (0.0, -0.0, False),
    "another type": (1, True, False),
    "a type below": (1.0, Odd(1.0), False),
    "what looks the same": (Odd(1.0), Odd(2.0), False),
    "what looks the same and is": (Odd(1.0), Odd(1.0), True),
    "no number": (NAN, float("nan"), False),
    "the same object": (NAN, NAN, True),
    "texts": ("one", "".join(["o", "ne"]), True),
    "tuples": ((1, ("a", None)), (1, ("a", None)), True),
    "tuples with another item": ((1, 2), (1, 2.0), False),
    "tuples of other objects": ((Sly(),), (Sly(),), False),
    "dtypes": (torch.float32, torch.float64, False),
    "modules": (Module(("a",)), Module(("a",)), True),
    "other modules": (Module(("a",)), Module(("b",)), False),
    "methods": (Bound(Module(()), "f"), Bound(Module(()), "f"), True),
    "parameters": (Held((), "p"), Held((), "p"), True),
    "values": (Value(1), Value(1), False),
    "an object": (SLY, SLY, True),
    "another object": (SLY, Sly(), False),
    "nothing and something": (MISSING, None, False),
}


@pytest.mark.parametrize("case", COMPARED)
def test_what_is_still_the_same(case: str) -> None:
    """Numbers and names by what they are, other objects only themselves."""
    found, now, is_same = COMPARED[case]
    module = nn.Linear(1, 1)
    seen: list[Any] = []

    def function(*given: Any) -> Any:
        seen.append(given)
        return now

    assert Lookup(function, (1, "b"), found).is_same(module) is is_same
    assert seen == [(module, 1, "b")]


class Kind(nn.Linear):
    number, list_, pair = 3, [3], (3, "b")
    doubled = property(lambda self: 2)
    fixed = staticmethod(abs)

    def __init__(self) -> None:
        super().__init__(1, 1)
        self.own, self.mine = 0.5, [1]
        self.part, self.none = nn.Sequential(nn.Tanh()), None
        self.register_buffer("kept", torch.zeros(1))
        self.register_buffer("empty", None)
        self.register_parameter("missing", None)
        self.register_module("hole", None)
        vars(self)["fixed"] = 7

    def forward(self, x: Tensor, /, by: float = 2.0, *, plus: float = 1.0) -> Tensor:
        return x


class Found(Kind):
    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name)


class Got(Kind):
    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


def attributes(*path: str) -> dict[str, Any]:
    """What the attributes of the module of a path are."""
    return {
        "own": 0.5,
        "mine": MISSING,
        "none": None,
        "number": 3,
        "list_": MISSING,
        "pair": (3, "b"),
        "doubled": MISSING,
        "fixed": 7,
        "forward": Bound(Module(path), "forward"),
        "part": Module((*path, "part")),
        "hole": MISSING,
        "weight": Held(path, "weight"),
        "kept": Held(path, "kept"),
        "empty": None,
        "missing": None,
        "nothing": MISSING,
        "training": True,
    }


@pytest.mark.parametrize("name", attributes())
def test_an_attribute_of_a_module(name: str) -> None:
    outer = nn.Sequential(Kind())
    assert lookups.attribute_at(Kind(), (), name) == attributes()[name]
    assert lookups.attribute_at(outer, ("0",), name) == attributes("0")[name]
    for own in (Found, Got):
        assert lookups.attribute_at(own(), (), name) is MISSING


class Listing(nn.ModuleList):
    pass


def with_hole(container: nn.Module) -> nn.Module:
    container.register_module("1", None)
    return container


CONTAINERS: dict[str, tuple[nn.Module, Any]] = {
    "a list": (nn.ModuleList([nn.Tanh(), nn.Tanh()]), ("0", "1")),
    "an empty list": (nn.ModuleList(), ()),
    "a chain": (nn.Sequential(nn.Tanh()), ("0",)),
    "a chain with names": (nn.Sequential(OrderedDict(a=nn.Tanh())), MISSING),
    "a chain in another order": (
        nn.Sequential(OrderedDict([("1", nn.Tanh()), ("0", nn.Tanh())])),
        MISSING,
    ),
    "a dictionary": (nn.ModuleDict({"a": nn.Tanh(), "0": nn.Tanh()}), ("a", "0")),
    "a list of one's own": (Listing([nn.Tanh()]), MISSING),
    "another module": (Kind(), MISSING),
    "a list with a hole": (with_hole(nn.ModuleList([nn.Tanh()])), MISSING),
    "a chain with a hole": (with_hole(nn.Sequential(nn.Tanh())), MISSING),
    "a dictionary with a hole": (with_hole(nn.ModuleDict({"0": nn.Tanh()})), MISSING),
}


@pytest.mark.parametrize("case", CONTAINERS)
def test_the_modules_of_a_container(case: str) -> None:
    container, names = CONTAINERS[case]
    assert lookups.children_at(container, ()) == names
    outer = Kind()
    outer.below = container
    assert lookups.children_at(outer, ("below",)) == names


def defaults(function: Any) -> tuple[Any, ...]:
    return lookups.defaults_of(nn.Tanh(), function)


def test_what_else_is_looked_up() -> None:
    module = Kind()
    assert lookups.at(module, ()) is module and lookups.at(module, ("part",)) is module.part
    assert lookups.at(module, ("part", "0")) is module.part[0]
    assert lookups.kind_at(module, ("part", "0")) is nn.Tanh
    assert lookups.forward_of(module) is Kind.forward
    assert lookups.method_of(module, "fixed") is vars(Kind)["fixed"]
    assert lookups.named(module, {"a": 3}, "a") == 3
    assert lookups.named(module, {"a": 3}, "b") is MISSING
    assert lookups.attribute_of(module, Kind, "fixed") is abs
    assert lookups.attribute_of(module, Kind, "other") is MISSING
    assert lookups.static_attribute_of(module, Kind, "fixed") is vars(Kind)["fixed"]
    assert lookups.static_attribute_of(module, Kind, "other") is MISSING
    assert lookups.code_of(module, Kind.forward) is Kind.forward.__code__
    assert defaults(Kind.forward) == (2.0, ("plus", 1.0))
    assert defaults(lambda x: x) == () and defaults(lambda x=3: x) == (3,)
    assert defaults(lambda *, x=3, y, z=4: x) == (("x", 3), ("z", 4))
