"""Forwards that are a plain chain, and those that only look like one and must go through the loop."""

from __future__ import annotations

import functools
import importlib
import linecache
import re
import subprocess
import sys
import textwrap
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.dynamo import follows_unroll
from tests.support.equal import identical
from tests.support.plans import assert_same, described, spiking, ways
from tests.support.reviewed import assert_as_reviewed
from tracetorch.functional import sigmoid4x, stochastic_round_ste
from tracetorch.sequence.plan.step import Way
from tracetorch.snn import LIB


class Net(tt.Model):
    """What the forwards below may use."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.layer = nn.Linear(4, 4), spiking(quant_fn=nn.Identity())
        self.layers = nn.ModuleList([nn.Linear(4, 4), spiking(), nn.Linear(4, 4)])
        self.register_buffer("kept", torch.zeros(2, 4))
        self.line, self.scale, self.tanh = deque(maxlen=3), 0.5, nn.Softmax(0)


# Chains


class Plain(Net):
    def forward(self, x: Tensor) -> Tensor:
        """A docstring is no matter."""
        h: Tensor = self.encode(x)
        h = F.relu(h) * 2 + 0.5
        for layer in self.layers:
            h = F.leaky_relu(layer(h), 0.1)
        return self.layer(-h.tanh() / 3 - 1)


class Indexed(Net):
    def forward(self, x):
        return self.layers[1](self.layers[0](x))


class Collecting(Net):
    def forward(self, x):
        values = (x,)
        for layer in self.layers:
            values = (*values, layer(values[-1]))
        return self.layer(values[1] + values[3])


# Everything else


class WithoutGradients(Net):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            h = self.encode(x)
        return self.layer(h)


class Decorated(Net):
    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.encode(x))


class Rounding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


class Detaching(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.detach_states()
        return self.layer(self.encode(x))


class Forgetting(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.zero_states()
        return self.layer(self.encode(x))


class ReadingStates(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x)
        return y + self.layer.mem


class Remembering(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.kept.mul_(0.9).add_(x.detach())
        return self.layer(self.kept.clone())


class Delaying(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.line.append(x)
        return self.layer(self.line[0] * 0.5)


class AskingForTensors(Net):
    def forward(self, x: Tensor) -> Tensor:
        if isinstance(x, Tensor):
            x = self.encode(x)
        return self.layer(x)


class Skipping(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.encode(x)
        return self.layer(y) + x


class ReadingAgain(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.encode(x)
        return self.layer(x) if self.scale > 1 else self.layer(y)


class Calling(Net):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) * 3

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


def increased(x: Tensor) -> Tensor:
    return x + 1


def decided(x: Tensor) -> Tensor:
    return x * 2 if x.sum() > 0 else x - 1


def asked(x: Tensor) -> Tensor:
    y = x * 2
    z = y - 1
    return decided(y) if z is not None and x.sum() > 0 else z


def paused(x: Tensor) -> Tensor | float:
    return x * 2 if x.sum() > 0 else 0.5


def arrays(x: Tensor) -> Any:
    return x.detach().numpy() if x.sum() > 0 else x.detach().numpy() * 2


def narrowed(x: Tensor) -> Tensor:
    return x * 20 if x.sum() > 0 else (x * 20).to(torch.int8)


@torch.no_grad()
def undecorated(x: Tensor) -> Tensor:
    return x * 3


def deceiving(x: Tensor, by: float = 3.0) -> Tensor:
    return x * by


deceiving.__wrapped__ = lambda x, by=5.0: x  # type: ignore[attr-defined]

TANH = nn.Tanh()


def through_a_module(x: Tensor) -> Tensor:
    return TANH(x)  # type: ignore[no-any-return]


def applied(function: Callable[[Tensor], Tensor] | None, x: Tensor) -> Tensor:
    return x if function is None else function(x)


swapped = lambda x: x.flip(0)  # noqa: E731
relu = F.relu


def outer() -> type[Net]:
    relu = torch.neg

    class Enclosed(Net):
        def forward(self, x: Tensor) -> Tensor:
            return self.layer(relu(x))

    return Enclosed


class Renaming(Net):
    def forward(self, x: Tensor) -> Tensor:
        F = self.encode(x)
        y = self.layer(F)
        return F.add(y)


@pytest.mark.parametrize("model", [Plain, Indexed, Collecting, Skipping, ReadingAgain, Renaming])
def test_a_forward_is_followed(model: type[Net]) -> None:
    torch.manual_seed(0)
    made = model()
    assert "loop" not in ways(made) and "kernel" in ways(made)
    assert_same(made, torch.randn(20, 2, 4))


@follows_unroll
def test_torch_compile_follows_a_chain() -> None:
    made, xs = Plain(), torch.randn(5, 2, 4)
    expected = tt.unroll(made, xs)
    made.zero_states()
    compiled = torch.compile(
        lambda xs: tt.unroll(made, xs), fullgraph=True, backend="eager", dynamic=True
    )
    torch.testing.assert_close(compiled(xs), expected)


class WithParameters(Net):
    def forward(self, x: Tensor) -> Tensor:
        h = self.encode(x) * self.kept + self.kept
        h += x
        return self.layer(h)


class WithZeros(nn.Linear):
    def __init__(self) -> None:
        super().__init__(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.zeros_like(x)


@pytest.mark.parametrize("model", [WithParameters, WithZeros])
@follows_unroll
def test_torch_compile_follows_parameters_and_other_functions(model: type[nn.Module]) -> None:
    made, xs = model(), torch.randn(5, 2, 4)
    expected = tt.unroll(made, xs)
    tt.zero_states(made)
    compiled = torch.compile(lambda xs: tt.unroll(made, xs), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(xs), expected)


class Changing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale, self.parts = 0.5, nn.ModuleList([nn.Tanh()])

    def forward(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x * self.scale


CHANGES: dict[str, Callable[[Any], object]] = {
    "a number": lambda made: setattr(made, "scale", 2.0),
    "a module more": lambda made: made.parts.append(nn.ReLU()),
}


@pytest.mark.parametrize("what", CHANGES)
@follows_unroll
def test_torch_compile_follows_again_what_has_changed(what: str) -> None:
    made, xs = Changing(), torch.randn(5, 2, 4)
    compiled = torch.compile(lambda xs: tt.unroll(made, xs), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(xs), tt.unroll(made, xs))
    CHANGES[what](made)
    torch.testing.assert_close(compiled(xs), tt.unroll(made, xs))


class WithViews(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(torch.stack([x, self.encode(x)]).mean(0)).view(x.size(0), -1)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
@follows_unroll
def test_torch_compile_leaves_views_as_they_are() -> None:
    made, xs = WithViews(), torch.randn(5, 2, 4)
    expected = tt.unroll(made, xs)
    made.zero_states()
    torch.testing.assert_close(torch.compile(tt.unroll, backend="eager")(made, xs), expected)


OTHERS = [
    *(WithoutGradients, Decorated, Detaching, Forgetting, ReadingStates),
    *(Remembering, Delaying, AskingForTensors, Calling, outer()),
]


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_everything_else_is_what_the_loop_makes_of_it(model: type[Net]) -> None:
    torch.manual_seed(0)
    made = model()
    generator = torch.get_rng_state()
    assert ways(made) == ["loop"] and tt.unroll.plan(made).steps[0].why
    assert identical(torch.get_rng_state(), generator) and not made.line and not made.kept.any()
    results = []
    for way in (lambda xs: torch.stack([made(x) for x in xs]), lambda xs: tt.unroll(made, xs)):
        made.zero_states()
        made.zero_grad()
        made.line.clear()
        made.kept.zero_()
        torch.manual_seed(1)
        xs = torch.randn(20, 2, 4, requires_grad=True)
        ys = way(xs)
        if ys.requires_grad:
            ys.square().sum().backward()
        results.append([ys, xs.grad, made.kept.clone(), *(p.grad for p in made.parameters())])
    for expected, actual in zip(*results):
        assert (expected is None) == (actual is None)
        assert expected is None or torch.allclose(actual, expected, atol=1e-6)


# One forward for each thing that keeps a chain from being read. Read without it, each would give
# something else than the loop, or would not run.

FIXED = """
import functools, math
import numpy, torch
import torch.nn.functional as F
from torch import nn
from tests.sequences.test_forwards import (
    Functions, Rounding, Tools, applied, arrays, asked, decided, deceiving, increased, narrowed,
    paused, swapped, through_a_module, undecorated
)

class Written(Tools):
{members}
"""


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.size = nn.Parameter(torch.tensor(0.5))

    def tanh(self) -> Tensor:
        return self.size.tanh().expand(2, 4)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return x * scale


class Reversed(nn.ModuleList):
    """It counts from behind, and runs through its modules from behind."""

    def __getitem__(self, place: Any) -> Any:
        return super().__getitem__(len(self) - 1 - place)

    def __iter__(self) -> Any:
        return iter([*super().__iter__()][::-1])


class Functions:
    relu = staticmethod(F.relu)


class Pair(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, x * 2


class Both(nn.Module):
    """It takes a value or two."""

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return x * 2 if y is None else x - y


class ByHand(tt.Layer):
    """A layer that remembers nothing, and takes more than its input."""

    def __init__(self) -> None:
        super().__init__(4)

    def forward(self, x: Tensor, y: Tensor | float = 2.0) -> Tensor:
        return x * y


class Named(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"y": x * 2}


class Counting(nn.Module):
    def forward(self, x: Tensor) -> int:
        return 3


class Tools(Net):
    """What the forwards below may use beside the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.add, self.scaled = nn.Linear(4, 4), Scaled()
        self.layers[2].tanh = nn.Tanh()
        self.scalers = nn.ModuleList([Scaled(), Scaled()])
        self.named = nn.ModuleDict({"first": nn.Linear(4, 4), "second": nn.Linear(4, 4)})
        self.swapped = nn.Sequential(OrderedDict([("1", nn.Linear(4, 4)), ("0", nn.Linear(4, 4))]))
        self.backwards = Reversed([nn.Linear(4, 4), nn.Tanh()])
        self.hidden, self.gru = nn.Linear(4, 4), nn.GRU(4, 4)
        vars(self)["hidden"] = torch.tanh
        self.pair, self.dictionary, self.number = Pair(), Named(), Counting()
        self.both, self.by_hand, self.dropout = Both(), ByHand(), nn.Dropout(0.5)
        self.flex, self.chain = tt.snn.flex.LIB(4), nn.Sequential(Both())

    def doubled(self, x: Tensor) -> Tensor:
        return 2 * x

    def rows(self, x: Tensor) -> int:
        return x.size(0)

    def deeper(self, x: Tensor, times: int) -> Tensor:
        return x if times == 0 else self.deeper(x + 1, times - 1)


READ = {
    "the value of before": "h = self.encode(x); return self.layer(x)",
    "a keyword": "return self.layer(F.elu(x, alpha=2.0))",
    "a truth value": "return x * True",
    "a truth value as an argument": "return F.gelu(F.elu(x, True))",
    "a number first: difference": "return 1 - x",
    "a number first: quotient": "return 2 / x",
    "a number first in a call": "return torch.sub(1, x)",
    "a power": "return x**2",
    "a remainder": "return self.layer(x % 0.3)",
    "a quotient rounded down": "return self.layer(x.detach() // 0.3)",
    "a unary plus": "return self.layer(+x)",
    "another method": "return self.layer(x.contiguous())",
    "a method with an argument": "return self.layer(x.softmax(0))",
    "a return within a loop": "for layer in self.layers: return layer(x)\nreturn x",
    "the last of a loop": "for layer in self.layers: y = layer(x)\nreturn y",
    "an item after its loop": "for layer in self.layers: x = layer(x)\nreturn layer(x)",
    "an item named self": "for self in self.layers: x = self(x)\nreturn self.tanh(x)",
    "a loop in a loop": (
        "for a in self.layers:\n    for b in self.scalers: x = b(x) + 1\n    x = x * 2\nreturn x"
    ),
    "a loop from behind": "for layer in reversed(self.layers): x = layer(x)\nreturn x",
    "a loop of two names": "for _, layer in enumerate(self.layers): x = layer(x)\nreturn x",
    "an index from behind": "return self.layers[-2](x)",
    "a key": "return self.named['second'](x)",
    "two names at once": "h = x = self.encode(x); return self.layer(x)",
    "a pair": "x, y = self.encode(x), x; return self.layer(x)",
    "a name for self": "self = x; return self.add(self)",
    "a method of its own": "return self.layer(self.doubled(x))",
    "a function of Python": "return self.layer(abs(x))",
    "a condition": "return self.layer(x) if self.scale else x",
    "a residual connection": "y = self.layer(self.encode(x))\nreturn x + y",
    "values used twice": "h = self.encode(x)\na, b = F.relu(h), F.relu(-h)\nreturn self.layer(a - b) * h",
    "parts of a value": "a, b = x.chunk(2, dim=-1)\nreturn self.layer(torch.cat([b, a], dim=1))",
    "a sum of parts": "a, b = torch.chunk(x, 2, 1)\nreturn (a + b) @ b.transpose(0, 1)",
    "joined to nothing": "return self.layer(torch.cat([x, x.flatten()[:0]], 1))",
    "stacked": "return torch.stack([x, self.encode(x)], dim=1).flatten(1).view(x.size(0), -1)",
    "sizes": "n = x.shape[0]\nreturn x.reshape(n, x.size(-1) // 2, 2).mean(-1) + 1 / n",
    "a rank": "return x.sum(x.dim() - 1, keepdim=True) * x.ndim",
    "dimensions": "return x.unsqueeze(1).permute(0, 2, 1).squeeze(-1).transpose(0, 1).contiguous()",
    "indices": "return self.layer(torch.cat((x[:, 2:], x[..., :2]), -1)) + x[0]",
    "a sum over no dimension, which is one over all": "return self.layer(x) + x.sum(())",
    "another rank": "return self.layer(x) + x.mean(0)",
    "a pooling function": "return F.max_pool1d(x.unsqueeze(1), 2).flatten(1)",
    "an interpolation": "return F.interpolate(x.unsqueeze(1), scale_factor=2.0)[:, 0, ::2]",
    "a softmax": "return self.layer(F.softmax(x, dim=0) - x.softmax(-1))",
    "a cast": "return self.layer(x.double().float()) + x.to(torch.float64)",
    "a choice": "return self.layer(torch.where(x > 0, x, 0.1 * x)) * (x < 0.5)",
    "an assertion": "assert x.shape[1] == 4 and x.dim() == 2\nreturn self.layer(x)",
    "an assertion with a message": "assert x.size(0) > 0, 'no samples'\nreturn self.layer(x)",
    "a constant of the module": "return self.layer(x) * self.scale if self.training else x",
    "numbers by the library of Python": "n = x.size(1) / 3\nreturn x * math.ceil(n) + math.sqrt(n)",
    "an argument of none": "y = None\nif y is None: y = self.encode(x)\nreturn self.layer(y)",
    "in place, and no more": "h = self.encode(x)\nreturn self.layer(F.relu(h, inplace=True))",
    "dropout of nothing": "return self.layer(F.dropout(x, 0.5, training=False)) + F.dropout(x, 0.0)",
    "an operand that or returns": "return self.layer(x) * (self.scale or 3)",
    "an operand that and returns": "return self.layer(x) * (self.scale and 3) + (0 and 1)",
    "counted modules": "for i in range(len(self.layers)): x = self.layers[i](x) * i\nreturn x",
    "modules by name": "for name, layer in self.named.items(): x = layer(x)\nreturn x",
    "modules in pairs": "for a, b in zip(self.layers, self.layers): x = a(x)\nreturn x",
    "a keyword of a module": "return self.scaled(x, scale=2.0)",
    "a number for a module": "return self.scaled(x, 2.0)",
    "a number for an item": "for layer in self.scalers: x = layer(x, 2.0)\nreturn x",
    "an operation in place": "h = self.encode(x); h += 1; return self.layer(h)",
    "a function of a class": "return self.layer(Functions.relu(x))",
    "a slice by sizes": "return self.layer(x) + x[:, : x.size(1) // 4]",
    "a function of one's own": "return self.layer(increased(x))",
    "a parameter": "return self.layer(x) * self.scaled.size",
    "a value that is not None": "h = self.encode(x); return self.layer(h if h is not None else x)",
    "a method that lists have": "return self.layer(x) * self.scaled.size.add(1)",
    "a keyword for a parameter": "return self.layer(x) + self.encode.weight.sum(dim=0)",
    "a method of a parameter": "return self.layer(x) * self.scaled.size.tanh()",
    "parts by their place": "h = x.chunk(2, 1); return self.layer(torch.cat([h[1], h[0]], 1))",
    "a statement that does nothing": "pass; 3; return self.layer(x)",
    "an assertion of a constant": "assert self.scale < 3, 'so'; return self.layer(x)",
    "a module with a number and without": "return self.scaled(x, 2.0) + self.scaled(x)",
    "a module of one value and of two": "return self.both(x) + self.both(x, self.encode(x))",
    "a size from a method": "return x * self.rows(x)",
    "a size that is not used, from a method": "self.rows(x); return self.layer(x)",
    "calls as deep as can be": "return self.deeper(self.deeper(x, 6), 6)",
    "a function that is said to wrap another": "return self.layer(deceiving(x))",
    **{
        f"a comparison of {call} with None, that is read": (
            f"y = {call}; return self.layer(x if y is None else y)"
        )
        for call in (
            *("x + 1", "F.relu(x)", "x[0] + x", "self.encode(x)", "self.layers[1](x)"),
            *("x.chunk(2, 0)[0]", "self.both(x)", "x"),
        )
    },
}
"""Bodies that are followed."""

BODIES = {
    "an item named x": "for x in self.scalers: x = x.tanh()\nreturn x",
    "a loop with an end": "for layer in self.layers: x = layer(x)\nelse: x = x * 2\nreturn x",
    "a loop over some": "for layer in self.layers[1:]: x = layer(x)\nreturn x",
    "an attribute": "self.line.append(1); self.last = self.encode(x); return self.layer(self.last)",
    "an assignment within": "return self.layer(h := x) + h",
    "a statement without effect": "self.layer(x); return self.layer(x)",
    "a container with an order of its own": "for layer in self.backwards: x = layer(x)\nreturn x",
    "a container with an index of its own": "return self.backwards[0](x)",
    "names that are numbers": "return self.swapped[0](x)",
    "an attribute that hides a module": "return self.layer(self.hidden(x))",
    "starred arguments": "return self.layer(torch.add(*[x, x]))",
    "in place on what is read again": "h = self.encode(x)\ny = F.relu(h, inplace=True)\nreturn y + h",
    "dropout in place": "h = self.encode(x); F.dropout(h, 1.0, True, True); return self.layer(h)",
    "in place on a view": "h = self.encode(x)\nv = h.view(-1)\nF.relu(h, True)\nreturn v.view(2, 4)",
    "a comparison of what may be None": "y = self.gru(self.layer(x)); return x + (y is None)",
    "a slice of a tuple": "y = (x, x)[:1]; return self.layer(x if y is None else -x)",
    "a function of a buffer": "return self.layer(self.encode(x)) + decided(self.kept)",
    "a rest of values": "a, *b = x, x, x; return a + b[0]",
    "a rest of items": "a, *b = self.pair(x); return a + b[0]",
    "a rest of parts": "a, *b = x.chunk(2, 1); return a + b[0]",
    "a list that grows in place": "h = [1]; g = h; h += [2]; return self.layer(x) * len(g)",
    "a buffer changed in place": "k = self.kept; k += x.detach(); return self.layer(x) + k",
    "an assertion of either": "assert x.dim() == 5 or x.dim() == 2; return self.layer(x)",
    "a message of values": "assert x.dim() == 2, x.sum(); return self.layer(x)",
    "a decision of values": "return self.layer(x) if x.mean() > 0 else x",
    "a decision of sizes": "return self.layer(x) if x.size(0) > 1 else x",
    "a sum of modules": "return sum(layer(x) for layer in self.layers)",
    "a function that uses a module": "return self.layer(applied(through_a_module, x))",
    "a number of another library": "return self.layer(x * x.sum(numpy.int64(1), keepdim=True))",
    "modules counted from one": (
        "for i, layer in enumerate(self.layers, start=1): x = layer(x) * i\nreturn x"
    ),
    "calls that are too deep": "return self.layer(self.deeper(x, 7))",
    "an assertion of a number": "assert self.scale; return self.layer(x)",
    "an assertion of a computed number": "assert 2 * self.scale, 'no'; return self.layer(x)",
    "a message of sizes": "assert x.sum() < 99, x.size(0); return self.layer(x)",
    **{
        f"a comparison of {call} with None": (
            f"h = self.pair(x); y = {call}; return x if y is None else self.layer(x)"
        )
        for call in (
            *("decided(x)", "decided(x) * 2", "x + decided(x)", "h[0]", "-h[1]", "self.gru(x)"),
            *("self.tanh(input=x)", "x.max(1)", "torch.rand_like(x)"),
        )
    },
    "counted samples": "y = 0 * x\nfor i, s in enumerate(x): y = y + i * s\nreturn self.layer(x) + y",
}
"""Bodies that are not."""

PARTLY = {
    "an index of values": "return self.layer(x) * x[x > 0].sum()",
    "an index with a value in it": "return self.layer(x) * x[..., x[0] > 0].sum()",
    "indices of a pooling": "return F.max_pool1d(x.unsqueeze(1), 2, return_indices=True)[0].flatten(1)",
    "random numbers": "return self.layer(x + torch.rand_like(x))",
    "indices by a function": "return self.layer(x) + torch.where(x > 0)[0].sum()",
    "a gradient of one's own": "return self.layer(Rounding.apply(self.encode(x)))",
    "a module with keywords": "return self.layer(self.tanh(input=self.encode(x)))",
    "a lambda": "return self.layer((swapped)(self.encode(x)))",
    "random numbers twice": (
        "h = self.encode(x) + torch.rand_like(x)\n"
        "return self.layer(self.layers[1](h) + torch.randn(4)) * 2"
    ),
    "one of several results": "y, _ = self.encode(x).max(1, keepdim=True)\nreturn self.layer(x + y)",
    "a number of a value": "return self.layer(self.encode(x) * x.sum().item())",
    "a method in place": "return self.layer(self.encode(x).clamp_(0)) * 2",
    "in place through a view": "h = self.encode(x)\nv = h.view(-1)\nh.mul_(2)\nreturn v.view(2, 4) * x",
    "in place by an argument without a keyword": (
        "h = self.encode(x)\ny = F.rrelu(h, 0.1, 0.3, False, True)\nreturn self.layer(y * h)"
    ),
    "what depends on values": "return self.layer(self.encode(x)) + decided(x)",
    "in place on what depends on values": "y = decided(x)\ny.mul_(2)\nreturn self.layer(self.encode(y))",
    "other shapes": "return self.encode(x) + x[x > 0].sum() * x[x > 9].numel()",
    "a method of an array": "return self.layer(self.encode(x)) * float(arrays(x).sum())",
    "a number in some timesteps": "return self.layer(self.encode(x) + paused(x))",
    "another dtype in some timesteps": "return self.layer(self.encode(x)) + (narrowed(x) * 9).float()",
    "a pair": "y, z = self.pair(self.encode(x))\nreturn self.layer(y - z)",
    "one of a pair": "return self.layer(self.pair(self.encode(x))[1])",
    "a pair and a key": "return self.layer(self.dictionary(self.encode(x))['y'])",
    "a number from a module": "return self.layer(self.encode(x)) * self.number(x)",
    **{
        f"a comparison of {call} with None": f"y = {call}; return self.layer(x if y is None else y)"
        for call in ("torch.relu(decided(x))", "F.relu(decided(x))", "decided(x).relu()")
    },
    "a comparison of dropout with None": (
        "y = self.dropout(x); return self.encode(y if y is not None else x)"
    ),
    "a comparison of a layer that loops with None": (
        "y = self.flex(x); return self.encode(y if y is not None else x)"
    ),
    "a comparison of a layer with a number with None": (
        "y = self.by_hand(x, 3.0); return self.encode(y if y is not None else x)"
    ),
    "a layer with a number": "return self.by_hand(x, 3.0) + self.encode(x)",
    "a layer of two values": "y = self.encode(x); return self.by_hand(x, y) + self.by_hand(y)",
    "an assertion of values": "assert x.sum() < 99; return self.layer(x)",
    "an assertion of values with a message": "assert (x < 99).all(), 'large'; return self.layer(x)",
    "memory in a function of one's own": "return self.layer(undecorated(x)) + self.encode(x)",
}
"""Bodies of which a part loops, and another does not."""

FOLLOWED = {
    "an argument with a default": "def forward(self, x, mask=None): return self.layer(x)",
    "an argument by keyword": "def forward(self, x, *, scale=2.0): return self.layer(x)",
    "arguments by place alone": "def forward(self, x, /): return self.layer(x)",
    "self by place alone": "def forward(self, /, x): return self.layer(x)",
    "more arguments": "def forward(self, x, *rest): return self.layer(x)",
    "more keywords": "def forward(self, x, **rest): return self.layer(x)",
    "any arguments": "def forward(*given): return given[0].layer(given[1])",
    "a method that hides a module": (
        "def encode(self, x): return x * 3\n"
        "def forward(self, x): return self.layer(self.encode(x))"
    ),
}
"""Forwards that are followed."""

METHODS = {
    "no self": "@staticmethod\ndef forward(x): return F.relu(x)",
    "a function of torch": "forward = torch.tanh",
    "a lambda": "forward = lambda self, x: self.layer(x)",
    "a name of an enclosing function": (
        "def made():\n"
        "    swapped = torch.tanh\n"
        "    def forward(self, x): return self.layer(swapped(x))\n"
        "    return forward\n"
        "forward = made()"
    ),
    "a tensor as a default": "def forward(self, x, by=torch.ones(4)): return self.layer(x) + by",
    "a part of a method": "forward = functools.partialmethod(Tools.doubled)",
    "a property that hides a module": (
        "encode = property(lambda self: torch.tanh)\n"
        "def forward(self, x): return self.layer(self.encode(x))"
    ),
    "attributes found in a way of its own": (
        "def __getattr__(self, name): return super().__getattr__(name.replace('encode', 'add'))\n"
        "def forward(self, x): return self.layer(self.encode(x))"
    ),
    "all attributes found in a way of its own": (
        "def __getattribute__(self, name):\n"
        "    return super().__getattribute__('doubled' if name == 'encode' else name)\n"
        "def forward(self, x): return self.layer(self.encode(x))"
    ),
}
"""Forwards that are not."""


Write = Callable[[str], type[Net]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a class with these members to a file, where its source can be read."""

    def write(members: str) -> type[Net]:
        # No name of a test, in whose file pytest would rewrite assertions.
        path = tmp_path / f"of_{tmp_path.name}.py"
        path.write_text(FIXED.format(members=textwrap.indent(members, "    ")))
        monkeypatch.syspath_prepend(tmp_path)
        made: type[Net] = importlib.import_module(path.stem).Written
        return made

    return write


def assert_follows(made: nn.Module) -> None:
    assert "loop" not in ways(made)
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


def assert_loops_in_part(made: nn.Module) -> None:
    assert {"loop", "whole"} <= {*ways(made)} or {"loop", "kernel"} <= {*ways(made)}
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


def assert_loops(made: nn.Module) -> None:
    assert set(ways(made)) == {"loop"}
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


@pytest.mark.parametrize("case", READ)
def test_a_body_that_is_read(case: str, write: Write) -> None:
    torch.manual_seed(0)
    body = textwrap.indent(READ[case].replace("; ", "\n"), "    ")
    assert_follows(write(f"def forward(self, x):\n{body}")())


OPERANDS = "y = x.detach().abs().floor() + 1\n"


@pytest.mark.parametrize(
    "symbol", ["+", "-", "*", "/", "%", "//", "**", "<", "<=", ">", ">=", "==", "!="]
)
def test_an_operator_is_read(symbol: str, write: Write) -> None:
    torch.manual_seed(0)
    found = f"y {symbol} 2.0, 2.0 {symbol} y, y {symbol} y.flip(1)"
    body = f"{OPERANDS}return torch.cat([{found}], 1) * 1 + (7 {symbol} 3) + x.sum()"
    assert_follows(write(f"def forward(self, x):\n{textwrap.indent(body, '    ')}")())


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "%", "//", "**"])
def test_an_operator_in_place_is_read(symbol: str, write: Write) -> None:
    torch.manual_seed(0)
    body = f"{OPERANDS}n = 7\nn {symbol}= 3\nh = y * 1\nh {symbol}= y\nreturn h + n + x.sum()"
    assert_follows(write(f"def forward(self, x):\n{textwrap.indent(body, '    ')}")())


@pytest.mark.parametrize("product", ["y = x @ x.transpose(0, 1)", "y = x\ny @= x.transpose(0, 1)"])
def test_a_product_of_matrices_is_read(product: str, write: Write) -> None:
    body = textwrap.indent(f"{product}\nreturn y + 1", "    ")
    assert_follows(write(f"def forward(self, x):\n{body}")())


def test_a_function_of_pytorch_writes_to_no_value(write: Write) -> None:
    body = "h = self.encode(x)\n    return self.layer(h + torch.rand_like(h)) + h"
    made = write(f"def forward(self, x):\n    {body}")()
    assert ways(made) == ["whole", "loop", "whole", "kernel", "whole"]


def test_a_function_that_writes_to_a_given_tensor_loops(write: Write) -> None:
    made = write("def forward(self, x): return torch.add(x, 1, out=self.encode(x).detach())")()
    assert "kernel" not in ways(made) and "loop" in ways(made)


def test_random_modules_draw_in_the_order_of_python(write: Write) -> None:
    """What is left of a point is computed before what is in the brackets after it."""
    made = write(
        "def forward(self, x): return F.dropout(x, 0.5).sub(F.dropout(self.encode(x), 0.3))"
    )()
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


def test_dropout_draws_as_in_the_loop(write: Write) -> None:
    made = write("def forward(self, x): return self.layer(F.dropout(self.encode(x), 0.5)) * 2")()
    assert ways(made) == ["whole", "loop", "kernel", "whole"]
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_forward_that_is_read(case: str, write: Write) -> None:
    torch.manual_seed(0)
    assert_follows(write(FOLLOWED[case])())


@pytest.mark.parametrize("case", PARTLY)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")
def test_what_cannot_be_followed_loops_alone(case: str, write: Write) -> None:
    torch.manual_seed(0)
    body = textwrap.indent(PARTLY[case].replace("; ", "\n"), "    ")
    assert_loops_in_part(write(f"def forward(self, x):\n{body}")())


def test_a_function_that_loops_alone_has_its_name_in_the_plan(write: Write) -> None:
    made = write("def forward(self, x): return self.layer(decided(x))")()
    loops = [step.name for step in tt.unroll.plan(made).steps if step.way.value == "loop"]
    assert loops == ["decided"]


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_any_other_body_loops(case: str, write: Write) -> None:
    torch.manual_seed(0)
    body = textwrap.indent(BODIES[case].replace("; ", "\n"), "    ")
    assert_loops(write(f"def forward(self, x):\n{body}")())


@pytest.mark.parametrize("case", METHODS)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_any_other_forward_loops(case: str, write: Write) -> None:
    torch.manual_seed(0)
    assert_loops(write(METHODS[case])())


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("def forward(self, x): return x, x", "its forward returns something else than one tensor"),
        ("def forward(self, x): self.layer(x)", "its forward returns nothing"),
        ("def forward(self, x, by=torch.ones(4)): return x + by", "its forward has a tensor as a default"),
        ("@torch.no_grad()\ndef forward(self, x): return x", "its forward is decorated"),
        ("@(lambda f: f)\ndef forward(self, x): return x", "its forward is decorated"),
        ("forward = staticmethod(torch.relu)", "its forward is no function with a source"),
        (
            "def forward(self, x, y): return x",
            "its forward cannot be called so: missing a required argument: 'y'",
        ),
        (
            "def forward(self): return self.scale",
            "its forward cannot be called so: too many positional arguments",
        ),
    ],
)  # fmt: skip
def test_the_plan_says_why_a_forward_loops(method: str, why: str, write: Write) -> None:
    assert tt.unroll.plan(write(method)()).steps[0].why == why


class Hiding(nn.Module):
    """It holds a layer that stands elsewhere too."""

    def __init__(self, layer: tt.Layer) -> None:
        super().__init__()
        self.held = [layer]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.held[0](x)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_layer_that_is_hidden_in_another_step_remembers_once() -> None:
    layer = spiking()
    module = nn.Sequential(layer, nn.Linear(4, 4), Hiding(layer), spiking())
    assert ways(module) == ["loop", "loop", "loop", "kernel"]
    assert_same(module, torch.randn(20, 2, 4))


@functools.wraps(sigmoid4x)
def alike(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_names_do_not_deceive() -> None:
    name = LIB.__name__

    def step(self: Any, x: Tensor, states: Any) -> Any:
        return LIB.step(self, 2 * x, states)

    local = type(name, (LIB,), {"step": step, "__module__": __name__})
    linear = type(
        "Linear",
        (nn.Linear,),
        {"forward": lambda self, x: 2 * x, "__module__": nn.Linear.__module__},
    )
    for module in (spiking(spike_fn=alike), local(4), linear(4, 4)):
        assert ways(module) == ["loop"]
        assert_same(nn.Sequential(nn.Linear(4, 4), module), torch.randn(20, 2, 4))


def test_a_copy_of_a_class_as_torch_export_makes_it() -> None:
    copied = type("Linear", (nn.Linear,), {"__module__": nn.Linear.__module__})
    assert ways(copied(4, 4)) == ["whole"]


def test_random_numbers_follow_the_memory_of_images() -> None:
    xs = torch.randn(20, 2, 4, 3, 3).contiguous(memory_format=torch.channels_last_3d)
    xs = torch.stack([x.contiguous(memory_format=torch.channels_last) for x in xs])
    assert_same(spiking(dim=-3, quant_fn=stochastic_round_ste()), xs)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_parameters_and_states_of_other_shapes_and_dtypes_are_the_loops() -> None:
    odd_shape = zoo.lively("SLIB", 4)
    odd_shape.raw_threshold = nn.Parameter(torch.tensor([0.5]))
    odd_state = zoo.lively("SLIB", 4)
    for layer in (odd_shape, odd_state):
        results = []
        for way in (
            lambda xs: torch.stack([layer(x) for x in xs]),
            lambda xs: tt.unroll(layer, xs),
        ):
            layer.zero_states()
            layer(torch.ones(2, 4))
            if layer is odd_state:
                layer.mem = layer.mem.double()
            torch.manual_seed(0)
            results.append(way(torch.randn(20, 2, 4)))
        torch.testing.assert_close(*results)


def test_inputs_of_inference_mode_can_train() -> None:
    with torch.inference_mode():
        xs = torch.randn(20, 2, 4)
    layer = spiking()
    tt.unroll(layer, xs).square().sum().backward()
    assert layer.raw_beta.grad.any()


def test_a_layer_by_hand_in_a_notebook() -> None:
    """Whose module is `__main__`, without a file."""
    code = (
        "import torch, tracetorch as tt\n"
        "class Mine(tt.snn.LI): pass\n"
        "print(tt.unroll(Mine(3), torch.ones(2, 3)).shape)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (
        "torch.Size([2, 3])" in run.stdout
        and "(Mine): it was not generated from a spec" in run.stderr
    )


SESSION = """
import torch
from torch import nn

class Made(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Tanh(), nn.ReLU()

    def forward(self, x):
        '''Edited: {edit}.'''
        y = self.first(x)
        return torch.sin(y) * 2
"""

EDITS = {
    "a number": ("* 2", "* 3"),
    "an operator": ("* 2", "+ 2"),
    "a module": ("self.first(", "self.second("),
    "a function": ("torch.sin", "torch.exp"),
    "an argument": ("sin(y)", "sin(x)"),
    "a variable": (
        SESSION[SESSION.index("y =") :],
        SESSION[SESSION.index("y =") :].replace("y", "z"),
    ),
    "a statement more": ("return", "y = y + 1\n        return"),
    "the name": ("def forward", "def backward"),
    "the lines before": ("import torch\n", "import torch\n\n"),
    "all": ("", ""),
    "what is no Python any more": ("return", "return return"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_forward_edited_in_a_running_session_loops(
    edit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"{tmp_path.name}.py"
    text = SESSION.format(edit=edit)
    path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    made, xs = importlib.import_module(path.stem).Made(), torch.randn(5, 3)
    path.write_text(text.replace(*EDITS[edit]) if edit != "all" else "")
    linecache.checkcache(str(path))
    assert path.read_text() != text
    (step,) = tt.unroll.plan(made).steps
    assert step.way.value == "loop" and "source of its forward" in step.why
    assert identical(tt.unroll(made, xs), torch.stack([made(x) for x in xs]))


def test_a_forward_as_it_was_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "as_written.py").write_text(SESSION.format(edit="nothing"))
    monkeypatch.syspath_prepend(tmp_path)
    assert ways(importlib.import_module("as_written").Made()) == ["whole"] * 3


def test_a_forward_typed_where_nothing_keeps_the_text_loops() -> None:
    typed: dict[str, Any] = {"__name__": "typed"}
    exec(SESSION, typed)
    made, xs = typed["Made"](), torch.randn(5, 3)
    (step,) = tt.unroll.plan(made).steps
    assert step.way.value == "loop" and "cannot be read" in step.why
    assert identical(tt.unroll(made, xs), torch.stack([made(x) for x in xs]))


SMALLEST = {
    "a list for an index": "return self.layer(x)[[0, 1]] + x",
    "a list of sizes": "return x * (x.shape == [2, 4]) + x * (x.shape == (2, 4))",
    "a quotient rounded down": "return self.layer(x) * (x.detach() // 0.3)",
    "a tuple from a module": "return self.layer(self.gru(x)[0])",
    "a choice between dtypes": "return torch.where(x > 0, x.double().mean(), x)",
    "a result in a given tensor": (
        "h = x.detach() * 2\ntorch.logcumsumexp(x.detach(), 1, out=h)\nreturn self.layer(h * 3) + x"
    ),
    "whether two values are one": "h = x\nreturn h * 2 if h is x else h * 3",
    "a loop that is over": (
        "pairs = enumerate(self.layers)\n"
        "for i, layer in pairs: x = layer(x)\nfor i, layer in pairs: x = x + 1\nreturn x"
    ),
    "a comparison with None in a function that is not followed": "return asked(x)",
    "a buffer that is itself": "return x * 2 if self.kept is self.kept else x",
    "a value that is no text": "return x * (x != 'text')",
    "a value that equals nothing": "return x + (x == None)",
    "a value that is no list": "return x + (x == [1, 2])",
}
"""Bodies that were once followed to another result than that of the loop."""


@pytest.mark.parametrize("case", SMALLEST)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_what_was_once_followed_wrongly(case: str, write: Write) -> None:
    torch.manual_seed(0)
    body = textwrap.indent(SMALLEST[case], "    ")
    made = write(f"def forward(self, x):\n{body}")()
    assert_same(made, torch.randn(5, 2, 4, requires_grad=True))


def test_the_plans_are_as_reviewed(tmp_path: Path) -> None:
    """Which part of each of these forwards loops, and why."""
    groups = (READ, BODIES, PARTLY, SMALLEST)
    bodies = [(case, body.replace("; ", "\n")) for group in groups for case, body in group.items()]
    methods = [
        (case, f"def forward(self, x):\n{textwrap.indent(body, '    ')}") for case, body in bodies
    ]
    found = described(FIXED, [*methods, *FOLLOWED.items(), *METHODS.items()], tmp_path)
    assert_as_reviewed(found, Path(__file__).parent / "golden" / "forwards.txt")


REFUSED = {
    "a size that is not used": "k = x.shape[3]; return x",
    "a size before another failure": "k = x.size(3); return self.encode(x[:, 1:])",
    "a quotient of sizes": "k = 4 // (x.size(0) - 2); return x",
    "parts that are not used": "parts = x.chunk(2, 5); return x",
    "too few parts": "a, b = x.chunk(2, 0)[0].chunk(2, 0); return x",
    "too many parts": "a, b = x.split([1, 2, 1], 1); return x",
    "a pair for three names": "a, b, c = self.pair(x); return a",
    "a pair for one name": "(a,) = self.pair(x); return a",
    "an assertion that fails": "assert False; return x",
    "an assertion of a constant that fails": "assert self.scale > 3; return x",
    "an assertion of truth values": "assert x > 0; return x",
    "two values for a chain": "return self.chain(x, self.encode(x))",
    "a keyword for a chain": "return self.chain(x, y=self.encode(x))",
    "two values for a module of PyTorch": "return self.encode(x, x)",
    "two sizes for an order": "return x.permute((1, 0), 0)",
    "an order and more": "return x.permute(1, 0, also=2)",
    "a sum of a size": "return x + torch.sum(x.size(0))",
    "a dimension that is called all": "return x.sum(dim='all')",
    "the second of two assertions": "assert x.dim() == 2 and x.size(0) == 3; return x",
    "an assertion on a list": "assert x.shape == [2, 4]; return x",
    "more values than names": "a, b = (x, x, 2); return a + b",
    "fewer values than names": "a, b, c = (x, x); return a + b",
    "a module beyond the last": "return x if self.layers[9] is None else -x",
    "a module of no such name": "return x if self.named['none'] is None else -x",
    "an order of no dimensions": "return x.permute()",
    "an index of a size": "return x * x.shape[0][1]",
    "the length of nothing": "return x * len()",
    "a pair from behind": "for a, b in reversed(zip((1, 2), (3, 4))): x = x * a\nreturn x",
    "dropout of more than all": "return F.dropout(x, 1.5, False)",
    "dropout that a number decides": "return F.dropout(x, 0.5, 0)",
    "an order of a text and a number": "return x if 'text' < 3 else -x",
}
"""Bodies that fail, and were once run."""


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_what_fails_in_the_loop_fails(case: str, write: Write) -> None:
    body = textwrap.indent(REFUSED[case].replace("; ", "\n"), "    ")
    made, xs = write(f"def forward(self, x):\n{body}")(), torch.randn(5, 2, 4)
    with pytest.raises(Exception) as expected:
        torch.stack([made(x) for x in xs])
    with pytest.raises(type(expected.value)):
        tt.unroll(made, xs)


@pytest.mark.parametrize("test", ["(x > 0).all()", "x.dim() == 2 and x.min() > 0"])
def test_an_assertion_of_values_is_made_at_each_timestep(test: str, write: Write) -> None:
    made = write(f"def forward(self, x):\n    assert {test}, 'negative'\n    return x * 2")()
    xs = torch.ones(5, 2, 4)
    assert identical(tt.unroll(made, xs), 2 * xs)
    xs[3, 1, 2] = -1
    with pytest.raises(AssertionError, match="^negative$"):
        tt.unroll(made, xs)


def test_a_sequence_may_be_in_any_order_in_memory(write: Write) -> None:
    made = write("def forward(self, x):\n    y = x + 1\n    return y.view(-1)")()
    assert_same(made, torch.randn(2, 5, 4).transpose(0, 1).requires_grad_())


def test_the_message_of_a_wrong_number_of_values(write: Write) -> None:
    made = write("def forward(self, x):\n    a, b, c = self.pair(x)\n    return a + b + c")()
    with pytest.raises(ValueError, match="^expected 3 values to unpack, got 2$"):
        tt.unroll(made, torch.ones(5, 2, 4))


class CallingRelu(Net):
    def forward(self, x: Tensor) -> Tensor:
        return relu(F.silu(x))


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
@pytest.mark.parametrize("owner, name", [(sys.modules[__name__], "relu"), (F, "silu")])
def test_a_function_that_was_replaced_loops(
    owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = CallingRelu()
    monkeypatch.setattr(sys.modules[__name__], "relu", F.relu)
    assert ways(made) == ["whole", "whole"]
    monkeypatch.setattr(owner, name, lambda x: x - x.max())
    xs = torch.randn(5, 2, 4)
    assert "loop" in ways(made)
    assert identical(tt.unroll(made, xs), torch.stack([made(x) for x in xs]))


class Hooked(Net):
    def __init__(self) -> None:
        super().__init__()
        self.scaled = Scaled()
        self.scaled.register_forward_hook(lambda module, inputs, output: output + 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.scaled(x, 2.0))


def test_a_module_with_hooks_is_given_all_arguments() -> None:
    assert_same(Hooked(), torch.randn(5, 2, 4, requires_grad=True))


CALLED: list[str] = []


def first_noted(x: Tensor) -> Tensor:
    CALLED.append("first")
    return x * 2


def then_noted(x: Tensor) -> Tensor:
    CALLED.append("then")
    return x + 1


class Noting(Net):
    def forward(self, x: Tensor) -> Tensor:
        return then_noted(self.encode(first_noted(x)))


def test_functions_that_cannot_be_read_run_in_the_order_of_the_loop() -> None:
    CALLED.clear()
    tt.unroll(Noting(), torch.randn(3, 2, 4))
    assert CALLED == 3 * ["first", "then"]


class WithoutResult(Net):
    def forward(self, x: Tensor) -> Tensor:
        x = self.encode(x)


class WithHole(Net):
    def __init__(self) -> None:
        super().__init__()
        self.layers.register_module("3", None)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


@pytest.mark.parametrize("model", [WithoutResult, WithHole])
def test_a_forward_that_fails_is_refused_as_in_the_loop(model: type[Net]) -> None:
    xs = torch.ones(5, 2, 4)
    with pytest.raises(TypeError) as expected:
        torch.stack([model()(x) for x in xs])
    with (
        pytest.raises(TypeError, match=re.escape(str(expected.value))),
        pytest.warns(UserWarning, match="forward returns nothing|cannot be followed"),
    ):
        tt.unroll(model(), xs)


class LeftOver(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.encode(x)
        weight = self.encode.weight
        weight + weight
        return y


def test_what_is_computed_of_parameters_and_not_used_loops() -> None:
    model, xs = LeftOver(), torch.randn(5, 2, 4)
    with pytest.warns(UserWarning, match="`return y` cannot be followed"):
        ys = tt.unroll(model, xs)
    assert identical(ys, torch.stack([model(x) for x in xs]))


def test_whole_numbers_stay_whole() -> None:
    made, xs = Whole(), torch.arange(10).view(5, 2)
    assert ways(made) == ["whole"] * 3
    ys = tt.unroll(made, xs)
    assert ys.dtype == torch.int64 and ys.tolist() == (-(3 * xs + 1)).tolist()


class Whole(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return -(x * 3 + 1)


EVERYTHING = """
def forward(self, x):
    h = x.sum().item() + len(x[x > 0])
    y, z = self.pair(self.encode(x))
    y.mul_(2)
    k = decided(x)[x > 0].sum() + torch.where(x > 0)[0].sum()
    w = F.max_pool1d(x.unsqueeze(1), 2, return_indices=True)[0].flatten(1)
    r = Rounding.apply(x) + torch.rand_like(x) + self.dictionary(x)["y"]
    return self.layer(y) * h + z + k + w.sum() + r + x.max(1)[0].sum() * self.number(x)
"""
PLAN = """
sum: it is among steps of which one may write to a value of another
item: `x.sum().item()` cannot be followed
getitem: `x[x > 0]` cannot be followed
len: `len(x[x > 0])` cannot be followed
pair: its forward returns something else than one tensor
unpacked: `(y, z)` cannot be followed
mul_: `y.mul_(2)` cannot be followed
decided: `x.sum() > 0` cannot be followed
getitem: `decided(x)[x > 0]` cannot be followed
where: `k = decided(x)[x > 0].sum() + torch.where(x > 0)[0].sum()` cannot be followed
max_pool1d: `w = F.max_pool1d(x.unsqueeze(1), 2, return_indices=True)[0].flatten(1)` cannot be followed
apply: `Rounding.apply(x)` cannot be followed
rand_like: `torch.rand_like(x)` cannot be followed
dictionary: `{'y': x * 2}` cannot be followed
getitem: `self.dictionary(x)['y']` cannot be followed
max: `x.max(1)` cannot be followed
number: its forward returns something else than one tensor
"""


def test_a_plan_says_why_each_function_loops(write: Write) -> None:
    steps = tt.unroll.plan(write(EVERYTHING)()).steps
    own = [f"{step.name}: {step.why}" for step in steps if step.way is Way.LOOP]
    lines = [re.sub(r": \w+\.py:\d+:", ":", line) for line in own if "order matters" not in line]
    assert "\n".join(lines) == PLAN.strip()
