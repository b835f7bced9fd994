"""What is read of a forward: each operation with its arguments, or where the reading ends."""

from __future__ import annotations

import copy
import importlib.util
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.support.equal import identical
from tests.support.reviewed import assert_as_reviewed
from tracetorch.sequence.plan import forward, operations
from tracetorch.sequence.plan.functions import (
    _PLACE_OF_INPLACE,
    COMPUTATIONS,
    DIVISIONS,
    FUNCTIONS,
    RANDOM,
    Computed,
    Function,
    Measure,
    Slot,
    checked,
    filled,
    leaves,
    mapped,
    measured,
    part,
)
from tracetorch.sequence.plan.graph import Apply, Arguments, Compute, Graph, Held, Unread
from tracetorch.sequence.plan.meanings import (
    Items,
    Value,
    is_held,
    is_index,
    is_plain,
    is_shape,
    name_of,
    slots,
)

GOLDEN = Path(__file__).parent / "golden" / "graphs"
NUMBER, FLOATS = 3, torch.float64
TANH = nn.Tanh()


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.by = 0.5

    def tanh(self) -> float:
        return self.by

    def forward(self, x: Tensor, scale: Any = 1.0, shift: Any = 0.0) -> Tensor:
        return x * scale + shift  # type: ignore[no-any-return]


class Applied(nn.Module):
    def forward(self, x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        return function(x)


class Named(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"y": x * 2}


class Maker(nn.Module):
    """It returns a function."""

    def forward(self, x: Tensor) -> Callable[..., Tensor]:
        return lambda y, by=1.0: y * by + x


class Arrays(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return torch.Tensor.numpy(x.detach())


class Rounding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def doubled(x: Tensor) -> Tensor:
        return x * 2


class Otherwise(torch.autograd.Function):
    @classmethod
    def apply(cls, x: Tensor) -> Tensor:
        return x - 1


class Functions:
    number = 2.0
    tripled = staticmethod(lambda x: x * 3)

    @staticmethod
    def doubled(x: Tensor) -> Tensor:
        return x * 2

    def bound(x: Any) -> Any:
        return x


class Described:
    """A function that is none, and has no name."""

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self

    def __call__(self, x: Tensor) -> Tensor:
        return x * 2


unnamed = Described()


class Tools(nn.Module):
    """What the forwards below may use."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.scaled, self.applied = nn.Linear(4, 4), Scaled(), Applied()
        self.dictionary, self.maker, self.arrays = Named(), Maker(), Arrays()
        self.layers = nn.ModuleList([nn.Tanh(), nn.Linear(4, 4), nn.Sigmoid()])
        self.chain = nn.Sequential(nn.Tanh(), nn.ReLU())
        self.named = nn.ModuleDict({"first": nn.Linear(4, 4), "second": nn.Tanh()})
        self.size = nn.Parameter(torch.tensor([0.5, 1.0, -1.5, 2.0]))
        self.register_buffer("kept", torch.tensor([1.0, 2.0, 3.0, 4.0]))
        self.scale, self.flag, self.nothing, self.word = 0.5, True, None, "text"
        self.pair, self.zero, self.list = (2, 3), 0, [1, 2]

    def doubled(self, x: Tensor, by: float = 2.0) -> Tensor:
        return x * by

    def keys(self, x: Tensor) -> Tensor:
        return x + 1

    def nested(self, x: Tensor) -> Tensor:
        return self.doubled(self.linear(x), by=self.scale)


def increased(x: Tensor, by: Any = 1.0) -> Tensor:
    return x + by  # type: ignore[no-any-return]


def decided(x: Tensor) -> Tensor:
    return x * 2 if x.sum() > 0 else x - 1


def measuring(x: Tensor) -> Tensor:
    """It is not followed after some operations, sizes and comparisons."""
    y = x * 2
    z = y + x.size(0)
    if z is not None:
        x.size(1)
    return decided(y) if z.sum() > 0 else z


def deeper(x: Tensor) -> Tensor:
    return measuring(x + 1) * 2


def through_a_module(x: Tensor) -> Tensor:
    return TANH(x)  # type: ignore[no-any-return]


FILE = """
import builtins
import math
import torch
import torch.nn.functional as F
from torch import nn
from tests.sequences.test_graphs import *

class Written(Tools):
{member}
"""

CASES = {
    "attributes": """
        return x.to(FLOATS) * math.pi
        return x * math.sqrt(4)
        return x * NUMBER
        return TANH(x)
        return x * missing
        return x * math.missing
        return Rounding.apply(x)
        return Rounding.doubled(x)
        return Rounding.apply
        return Otherwise.apply(x)
        return Functions.doubled(x)
        return Functions.tripled(x)
        return Functions.bound(x)
        return x * Functions.number
        return Functions.missing(x)
        return x * self.scale.real
        return x * self.pair.count(2)
        return x.reshape(x.shape)
        return x * x.ndim
        return self.linear(x).double().to(x.dtype)
        return (x + 1).to(x.device)
        return x.T
        return x.T.mul(2)
        return x.missing
        return x.cumprod(1)
        return x * self.kept.tanh().mul(2)
        return x * self.kept.shape[0]
        return x * self.kept.T
        return x * self.kept.argmax()
        return x * self.kept.tanh().T
        return x * self.kept.missing
        return x * self.scale if self.flag and self.nothing is None else x
        return x * self.pair[1]
        return x * self.list[0]
        return self.missing(x)
    """,
    "items": """
        return x[0] + x[-1, 1:] + x[None, 0, ..., ::2].sum()
        return x[: x.size(0) - 1, x.shape[1] // 2 :]
        return x[x > 0]
        return x[..., x[0] > 0]
        return x[[0, 1]]
        return x[True]
        return x[self.kept > 0]
        return x * self.kept[0] + self.kept.tanh()[1:].sum()
        return x * self.kept[x[0] > 0]
        return x * self.kept[x.size(0)]
        return x * self.kept.tanh()[x[0] > 0]
        return x.chunk(2, 1)[0] * torch.split(x, 2, dim=1)[-1]
        return x.chunk(2, 1)[True]
        return x.chunk(2, 1)[:1]
        return x.chunk(2, 1)[x.argmax()]
        return x * x.shape[0] + x.shape[-1] * x.size()[1]
        return x * x.shape[True]
        return x.view(x.shape[:1])
        return x.view(x.size()[x.dim() - 1])
        return x * x.size(0)[0]
        return x * x.shape[0][0]
        return x * x.dim()[0]
        return x * x.dtype[0]
        return (x, x + 1)[0]
        return [x, x + 1][1]
        return (x, x + 1)[-2]
        return (x, x + 1)[2]
        return (x, x + 1)[-3]
        return (x, x + 1)[True]
        return (x, x + 1)[x.argmax()]
        return (x, x + 1)[:1]
        return x * range(3)[1]
        return x if self.word[0] else -x
        return x * self.scale[0]
        return x * self.nothing[0]
    """,
    "containers": """
        return self.layers[0](x)
        return self.layers[2](x)
        return self.layers[3](x)
        return self.layers[-3](x)
        return self.layers[-4](x)
        return self.layers[True](x)
        return self.layers['0'](x)
        return self.layers[:1]
        return self.chain[1](x)
        return self.named['second'](x)
        return self.named['third'](x)
        return self.named[0](x)
        return self.scaled[0](x)
        for layer in self.layers: x = layer(x); return x
        for name in self.named: x = self.named[name](x); return x
        for layer in self.scaled: x = layer(x); return x
    """,
    "modules": """
        return self.linear(x)
        return self.linear()
        return self.scaled(x, x + 1)
        return self.scaled(x, 2.0)
        return self.scaled(x, shift=1.0, scale=x.size(0))
        return self.scaled(x=x)
        return self.scaled(x, scale=x.tanh())
        return self.scaled(x.size(0))
        return self.scaled(2.0)
        return self.scaled(scale=2.0)
        return self.scaled(x, self.kept)
        return self.scaled(x, shift=self.kept)
        return self.scaled(self.kept)
        return self.scaled(x, (x, 2)[1])
        return self.scaled(x, self.linear)
        return self.applied(x, torch.tanh)
        return self.applied(x, Rounding.apply)
        return self.applied(x, through_a_module)
        return self.applied(x, len)
        return x.to(float)
        return F.pad(x, (1, 0), value=unnamed)
        return self.maker(x)(x, by=2)
        return self.maker(x)(self.kept)
        return self.dictionary(x)['y']
    """,
    "methods of modules": """
        return self.doubled(x) + self.nested(x)
        return self.keys(x)
        return self.scaled.tanh() * x
        return x if self.training else -x
        return x if self.extra_repr() else -x
        return x * self.doubled
        return self.nested(x, 3)
        for name in self.named.keys(): x = self.named[name](x); return x
        for layer in self.named.values(): x = layer(x); return x
        for name, layer in self.named.items(): x = layer(x); return x
        for name, layer in self.layers.items(): x = layer(x); return x
        return self.named.pop('first')(x)
        return x * len(self.named.keys())
        pairs = self.named.items(); for a, b in pairs: x = b(x); for a, b in pairs: x = b(x); return x
        pairs = zip(self.layers, self.layers); for a, b in pairs: x = a(x); for a, b in pairs: x = b(x); return x
    """,
    "loops": """
        return x * len(self.layers) + len(self.named)
        return x * len((x, x)) + len([1]) + len(range(3))
        return x * len(x)
        return x * len(x, x)
        return x * len(x, of=1)
        return x * len(x.shape)
        return x * len(self.word)
        for i in range(2): x = x + i; return x
        for i in range(1, 4, 2): x = x + i; return x
        for i in range(x.size(0)): x = x + i; return x
        for i in range(x): x = x + i; return x
        for i in range((1, 2)): x = x + i; return x
        for i, layer in enumerate(self.layers): x = layer(x) + i; return x
        for i, layer in enumerate(self.layers, start=1): x = layer(x) + i; return x
        for i, layer in enumerate(self.layers, 1): x = layer(x) + i; return x
        for i, (n, layer) in enumerate(self.named.items()): x = layer(x) + i; return x
        for a, b in zip(self.layers, (1, 2, 3)): x = a(x) * b; return x
        for a, b in zip(self.layers, x): x = a(x) * b; return x
        for a in zip(x, x): x = x + a[0]; return x
        for layer in reversed(self.layers): x = layer(x); return x
        for a, b in reversed(zip((1, 2), [3, 4])): x = x * a + b; return x
        for layer in self.layers[::2]: x = layer(x); return x
    """,
    "calls": """
        return torch.add(x, 1, alpha=2)
        return torch.mul(self.kept, x)
        return x + torch.mul(self.kept, 2)
        return x * torch.add(2, 3)
        return x * round(2.6) + math.floor(self.scale)
        return x * round(2.6, ndigits=0)
        return x * round(x.size(0) / 4) + max(x.size(1), 3)
        return x * int('3') + float(self.flag)
        return x * int(None)
        return x * max([1, 2]) + min((self.scale, 2))
        return x * float(x.sum())
        return x * float(self.kept.sum())
        return x * math.sqrt(-1)
        return x * math.exp(1e9)
        return x * str(2)
        f = [x]; return x * f(x)
        f = [1]; return x * f()
        return self.pair(x)
        return x * self.scale()
        return x * len
        return abs(x) + abs(-2) * abs(self.kept)
    """,
    "functions that are read": """
        return increased(x)
        return increased(x, by=self.scale)
        return increased(x, *self.pair)
        return decided(x)
        return decided(x).add(1)
        return decided(x).mul(1)
        return decided(x).add_(1)
        return decided(self.kept) + x
        return increased(decided(x), 2)
        return measuring(x)
        return deeper(x)
        k = x.size(1); y = measuring(x); return y
        k = x.size(1); y = measuring(x) * k; return y
        y = x * 2; z = measuring(y) if y is not None else y; return z + y
        return unnamed(x)
        return through_a_module(x)
    """,
    "other functions": """
        return torch.cumprod(x, 1)
        return torch.cumprod(x, dim=1).add(1)
        return torch.logcumsumexp(x, 1, out=x * 2)
        return torch.logcumsumexp(x, 1, out=x * 2).add(1)
        return F.rrelu(x, 0.1, 0.1, False, True)
        return F.rrelu(x, 0.1, 0.1, False, False)
        return F.rrelu(x, 0.1, 0.1, inplace=False)
        return torch.cumprod(self.kept, 0) * x
        return torch.zeros(2, 4) + x
        return x + torch.zeros(4, dtype=x.dtype, device=x.device)
    """,
    "dropout": """
        return F.dropout(x)
        return F.dropout(x, 0.5, self.flag)
        return F.dropout(x, training=self.zero)
        return F.dropout(x, 0.0)
        return F.dropout(x, 0)
        return F.dropout(x, 1) + F.dropout(x, 1.0)
        return F.dropout(x, 1, False) + F.dropout(x, False, False)
        return F.dropout(x, 1.1)
        return F.dropout(x, 1.1, False)
        return F.dropout(x, -0.1, False)
        return F.dropout(x, None, False)
        return F.dropout(x, 0.0, None)
        return F.dropout(x, p=x.mean())
        return F.dropout(x, p=self.kept)
        return F.dropout(x, 0.5, x.size(0))
        return F.dropout(x, 0.5, x.mean())
        return F.dropout(x, 0.0, inplace=True)
        return F.dropout(x, 0.0, True, False)
        return F.dropout(self.kept, 0.0) * x
        return F.dropout(self.kept) * x
    """,
    "methods of tensors": """
        return x.add(1, alpha=2)
        return self.kept.mul(x)
        return self.kept.tanh().mul(2) + x
        return self.kept.mul_(2) + x
        return self.kept.add_(x)
        return x.view(x.size())
        return x * x.size(0) * x.size(-1)
        return x * x.size(0, 1)
        return x * x.size(dim=0)
        return x.view(x.size(dim=0), 4)
        return x * x.size(x.dim() - 1)
        return x * x.size(True)
        return x * x.size(None)
        return x * x.dim()
        return x * x.dim(0)
        return x * x.dim(of=0)
        return x.max(1)[0]
        return x.cumprod(1).add(1)
        return x.sort(1)[0]
        return x.clamp_(0)
        return x.argmax() + x.new_zeros(4, dtype=x.dtype)
        return x.put(x.argmax(), self.kept)
        return x.permute(1, 0).transpose(dim0=0, dim1=1)
        return self.arrays(x).sum(1).item(0) * x
        return self.arrays(x).sum(1, keepdims=True).item(0) * x
        return self.arrays(x).missing() * x
    """,
    "expressions": """
        return None
        return x * 2.5
        return -x + +x
        return ~x
        return x & x
        return x if not self.nothing else -x
        return x if not self.word else -x
        return x if not x else -x
        return x * (1 - 2 + 3 * 4 / 5 % 6 // 7 ** 2)
        return x[1:2, 0:4:2]
        return (x, *(x + 1, x + 2))[2]
        return (x, *[x + 1])[1]
        return (x, *range(2))[1]
        return (x, *x)[0]
        return [x, *[x]][0]
        return x if 0 < self.scale < 1 else -x
        return x if self.scale in (0.5, 1) else -x
        return f'{x}'
        return {'x': x}['x']
        return (lambda y: y)(x)
        return [y for y in x][0]
        return (y := x) + y
        return x * (self.zero or 3) + (self.scale or 4)
        return x * (self.zero and 3) + (self.scale and 4)
        return x * (self.flag and self.zero or 5)
        return x * (self.nothing or self.zero or self.word and 7)
        return x * (x or 2)
        return x * (2 or x)
        return x * (2 and x)
        return x * ((1, 2) and 3)
        return x if self.pair else -x
        return x if self.scale else missing
        return missing if self.zero else x
        return x * y; y = 2
        return abs(x); abs = 2
        return abs(x); abs = 2; y = lambda: abs
        y += 1; return x
        abs = self.linear; return abs(x)
        return x * bool
        return x * builtins.abs(-2)
    """,
    "comparisons": """
        return x if self.nothing is None else -x
        return x if self.nothing is not None else -x
        return x if x is None else -x
        return x + 1 if (x + 1) is not None else -x
        return x if self.linear is None else -x
        return x if self.linear is not None else -x
        return x if self.kept is None else -x
        return x if self.kept is not None else -x
        return x if self.kept is self.kept else -x
        return x if self.linear is self.linear else -x
        return x if None is x else -x
        return x if None is self.linear else -x
        return x if x is x else -x
        return x if x is self.linear else -x
        return x if x.shape is None else -x
        return x if self.doubled is None else -x
        return x if self.pair is None else -x
        return x if self.flag is True else -x
        return x if 'text' == self.word else -x
        return x if self.word == 'other' else -x
        return x if 'text' != self.word else -x
        return x if self.word == None else -x
        return x if 'text' < 3 else -x
        return x if None == self.nothing else -x
        return x if self.nothing != 2 else -x
        return x if 2 < self.nothing else -x
        return x * ('text' == x)
        return x * (x == 'text')
        return x * (x == None)
        return x * (self.kept == None)
        return x * ('text' == x.shape)
        return x if 'text' == self.doubled else -x
        return x * (x.shape == (2, 4)) + x * ((2, 3) == x.shape)
        return x * (x.size() == [2, 4]) + x * ([2, 4] != x.shape)
        return x * (x.shape == (x.size(0), 4))
        return x if (1, 2) == (1, 2) else -x
        return x if (1, 2) < (1, 3) else -x
        return x if [1] == (1,) else -x
        return x if (1, None) == (1, 2) else -x
        return x if (x, 1) == (x, 1) else -x
        return x * (x == [1, 2])
        return x if self.linear == 2 else -x
        return x * (x > 0) + (x <= x.mean()) * (2 >= x)
        return x * (self.scale > 0.1) + x * (x.size(0) != 3)
        return x if 2 < 3 else -x
        return self.scaled(x, **self.pair)
        return self.scaled(*(x, 2.0))
        return increased(self.linear(x), by=self.scale)
        def forward(self, x, **rest): return self.scaled(x, **rest)
        def forward(self, x, **rest): return increased(x, **rest)
    """,
    "operations": """
        return 2 * x - self.kept
        return x * (self.kept + 2)
        return x * (self.kept + self.size) * self.kept
        return torch.lerp(x, self.kept, self.size)
        return torch.cat([x, self.kept[None], self.size[None], self.kept[None]])
        return torch.where(x > 0, self.kept, x * self.size)
        return x * (1 // 0)
        return x * (2.0 ** 10000)
        return x * ('text' + 1)
        return x * ('te' + 'xt')
        return x * (self.pair + self.pair)
        return x * (self.nothing + 1)
        return x * (x.size(0) // 2 + self.scale)
        return x * (4 // x.size(0))
    """,
    "functions of the table": """
        return torch.add(x, 1, out=x * 2)
        return torch.add(x, 1, out=x * 2).add(1)
        return F.max_pool1d(x[None], 2, return_indices=True)[0].add(1)
        return torch.where(x > 0)[0]
        return torch.where(x > 0)[0].add(1)
        return torch.where(x > 0, x, other=0.0)
        return torch.where(x > 0, input=x, other=0.0)
        return torch.where(condition=x > 0, input=x, other=0.0)
        return x.where(x > 0)
        return x.where(x > 0, 0.0)
        return x.where(x > 0, other=x * 2)
        return torch.add(1, 2) * x
        return x + F.relu(self.kept)
        return x + F.relu(self.kept, inplace=True)
        return F.leaky_relu(self.kept, x.size(0), True)
        return F.leaky_relu(x, x.size(0), True)
        return F.threshold(x, self.kept, 0.0, True)
        h = x * 2; h += self.kept; return h
        h = x * 2; h *= 2; h -= x; return h
        n = 2; n **= 3; return x * n
        k = self.kept; k += 1; return x * k
        return self.kept.view(x.size(0), -1)
        return x * self.kept.view(2, 2).flatten()
        return x.view(-1) * self.kept.detach().sum()
        return x + torch.rand(4)
        return torch.rand(2, 4).add(1)
        return len(x).add(1)
        return x[x > 0].add(1)
        return x.T.add(1)
        return x.max(1)[0].add(1)
        return torch.add(x, math)
        return torch.add(x, self.linear)
        return torch.add(x, len)
        return torch.add(x, {})
        return torch.add(x, ...)
        return x * 1.5 + torch.sum(x, dim=[x.dim() - 1])[:, None]
    """,
    "what is not used": """
        k = x.size(0); return x
        k = x.size(0); y = x.size(1); return x.view(k, -1)
        k = x.size(0); return x.view([k, 4])
        k = x.size(0); return x[:k]
        k = x.size(0); j = k // 2; return x[:j]
        k = x.size(0); j = k // 2; return x * (k + j)
        k = x.size(0); return torch.sum(x, dim=k - 1)
        k = x.size(0); return decided(x[:1])
        k = x.size(0); y = decided(x); return y * k
        k = x.size(0); return self.linear(x)
        k = x.shape[0]; return self.scaled(x, k)
        k = self.kept + 1; return x
        k = self.kept + 1; return x * 2
        k = self.kept + 1; return x * k
        parts = x.chunk(2, 1); return x
        parts = x.chunk(2, dim=1); return x * 2
        parts = x.chunk(2, 1); return parts[0] + parts[1]
        a, b = torch.split(x, [1, 3], 1); return a * b
        a, b = x.chunk(2, 1); return x
        k = x.size(1) // 2; a, b = x.split(k, 1); return a + b
        assert x.size(0) == 2; return x
        assert x.size(0) == 2 and x.dim() == 2, 'text'; return x * 2
        if self.flag: x = x + 1; return x * 2; return x
        while x.sum() > 0: x = x - 1; return x
        return decided(x * 2); return x
    """,
}


def body(case: str) -> str:
    """The member of a class that a case stands for, where each `; ` ends a line."""
    if case.startswith("def "):
        return textwrap.indent(case, "    ")
    text = textwrap.indent(case.replace("; ", "\n"), "    ")
    return textwrap.indent(f"def forward(self, x):\n{text}", "    ")


def written(case: str, folder: Path) -> nn.Module:
    folder.mkdir(parents=True)
    path = folder / "written.py"
    path.write_text(FILE.format(member=body(case)))
    spec = importlib.util.spec_from_file_location("written", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    made: nn.Module = module.Written()
    return made


def described_graph(module: nn.Module) -> tuple[str, Graph | None]:
    reader = forward._Reader(module)
    try:
        graph = reader.graph(1, None)
    except Unread as why:
        text, found = str(why), None
    else:
        lines = [text_of(place, one) for place, one in enumerate(graph.operations, 1)]
        read = [f"{'.'.join((*path, name))} = {value!r}" for path, name, value in graph.read]
        lines += [f"reads {', '.join(read)}"] if read else []
        lines += [f"not None: {graph.tensors}"] if graph.tensors else []
        text, found = "\n".join([*lines, f"returns ${graph.output}"]), graph
    text += "" if reader.is_complete else "\nread again at each call"
    return re.sub(r"test_graphs\.py:\d+", "test_graphs.py:line", text), found


def text_of(place: int, one: Apply | Compute) -> str:
    inputs = ", ".join(f"${index}" for index in one.inputs)
    if isinstance(one, Apply):
        given = "" if one.arguments is None else arguments_text(*one.arguments)
        return f"${place} = module {'.'.join(one.path)}{given} of {inputs}"
    function = one.function
    text = f"${place} = {function.name}{arguments_text(function.arguments, function.keywords)}"
    text += f" of {inputs}" + "".join(f", {'.'.join((*h.path, h.name))}" for h in one.held)
    text += f" by {getattr(function.foreign, '__name__', '-')}" if function.foreign else ""
    text += ", which may write" if function.is_writing else ""
    return f"{text}: {one.why}" if one.why else text


def arguments_text(arguments: Any, keywords: Any) -> str:
    given = [*map(argument_text, arguments)]
    given += [f"{name}={argument_text(value)}" for name, value in keywords]
    return f"({', '.join(given)})"


def argument_text(one: Any) -> str:
    match one:
        case Slot(index):
            return f"<{index}>"
        case Measure(index, name, given, item):
            text = f"<{index}>.{name}" + ("" if given is None else str(given))
            return text if item is None else f"{text}[{item}]"
        case Computed(name, operands, keywords):
            return f"{name}{arguments_text(operands, keywords)}"
        case tuple():
            return f"({', '.join(map(argument_text, one))})"
        case list():
            return f"[{', '.join(map(argument_text, one))}]"
        case slice():
            return ":".join(map(argument_text, (one.start, one.stop, one.step)))
        case _:
            return getattr(one, "__name__", repr(one))


def outcome(function: Callable[[], Any]) -> Any:
    torch.manual_seed(1)
    try:
        return function()
    except Exception as error:
        return type(error)


def computed(graph: Graph, module: nn.Module, x: Tensor) -> Any:
    """What a graph says that the forward returns."""
    values = [x]
    for one in graph.operations:
        given = [values[index] for index in one.inputs]
        if isinstance(one, Compute):
            held = tuple(getattr(module.get_submodule(".".join(h.path)), h.name) for h in one.held)
            values.append(replace(one.function, held=held)(*given))
        else:
            part = module.get_submodule(".".join(one.path))
            arguments: Arguments = ((*given,), ()) if one.arguments is None else one.arguments
            positional, pairs = filled(arguments, tuple(given))
            values.append(part(*positional, **dict(pairs)))
    return values[graph.output]


@pytest.mark.parametrize("group", CASES)
def test_what_is_read_of_a_forward(group: str, tmp_path: Path) -> None:
    """As reviewed, and computed so it is what the forward returns, or fails as it does."""
    texts = []
    for place, case in enumerate(CASES[group].strip().split("\n")):
        module = written(case.strip(), tmp_path / str(place))
        text, graph = described_graph(module)
        texts.append(f"{case.strip()}\n{textwrap.indent(text, '    ')}\n")
        if graph:
            x = torch.arange(8.0).view(2, 4) / 4 - 0.8
            same, other = copy.deepcopy(module), x.clone()
            expected = outcome(lambda: module(x))
            actual = outcome(lambda: computed(graph, same, other))
            assert repr(actual) == repr(expected), case
    assert_as_reviewed("\n".join(texts), GOLDEN / f"{group.replace(' ', '_')}.txt")


@pytest.mark.parametrize("most", [2, 3])
def test_a_forward_of_very_many_operations_is_not_followed(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_MOST_OPERATIONS", most)
    text, graph = described_graph(written("return -x + 1 - 2", tmp_path / "many"))
    assert (graph is None) == (most == 2)
    assert graph or text == "written.py:11: `return -x + 1 - 2` cannot be followed"


def test_functions_that_are_known() -> None:
    """Of each function of the table: what it is known to do with its arguments."""
    lines = []
    for name, function in COMPUTATIONS.items():
        call = Function(name, (Slot(0), 1))
        known = {
            "numbers alone": name not in FUNCTIONS,
            "elementwise": call.is_elementwise,
            "may return its input": call.may_return_input,
            "in place": Function(name, (Slot(0), 0)).works_in_place,
            f"in place by argument {_PLACE_OF_INPLACE.get(name)}": name in _PLACE_OF_INPLACE,
            "checks": call.is_check,
            "divides": name in DIVISIONS,
            "draws": name in RANDOM,
        }
        assert name_of(function) == (name if name in FUNCTIONS else "")
        lines.append(f"{name}: {', '.join(what for what, holds in known.items() if holds)}".strip())
    assert_as_reviewed("\n".join(lines) + "\n", GOLDEN / "functions.txt")


A, B, OF_KEPT = Value(1), Value(2), Held((), "kept")
ROWS, SIZES = Measure(1, "size", (0,)), Measure(1, "size", ())
SHAPE = Measure(2, "shape")
DEEP = Computed("operator.add", (ROWS, [OF_KEPT]), (("alpha", 2),))


@pytest.mark.parametrize(
    ("part", "found"),
    [
        *((one, "plain index") for one in (None, 3)),
        *((one, "plain") for one in (True, 0.5, "text", torch.float64, (1, "a"), ((None,), 2.0))),
        ((), "plain index"),
        ((1, None, (2,)), "plain index"),
        *((one, "") for one in ([1], {"a": 1}, slice(0.5), (A.index, torch), (0, [1]), torch)),
        *((one, "index") for one in (..., slice(None), (0, ...), slice(1, None, 2))),
        ((0.5, [1]), ""),
        ((1, A), "slots [1]"),
        ([A, (B, A)], "slots [1, 2]"),
        (slice(A, None, B), "slots [1, 2]"),
        (ROWS, "index slots [1]"),
        ((ROWS, slice(SHAPE)), "index slots [1, 2]"),
        (SHAPE, "shape index slots [2]"),
        (SIZES, "shape index slots [1]"),
        *((replace(one, item=0), f"index slots {[one.index]}") for one in (SHAPE, SIZES)),
        *((Measure(1, name), "index slots [1]") for name in ("dtype", "device", "ndim")),
        (Measure(1, "dim", ()), "index slots [1]"),
        (OF_KEPT, "held"),
        ([1, (OF_KEPT, A)], "held slots [1]"),
        (DEEP, "held slots [1]"),
    ],
    ids=str,
)
def test_what_an_argument_is(part: Any, found: str) -> None:
    kinds = {"shape": is_shape, "plain": is_plain, "held": is_held, "index": is_index}
    words = [name for name, is_kind in kinds.items() if is_kind(part)]
    words += [f"slots {slots(part)}"] if slots(part) else []
    assert " ".join(words) == found


def test_the_name_of_what_cannot_be_looked_up() -> None:
    assert name_of([]) == name_of(len) == "" and name_of(torch.tanh) == "torch.tanh"


def test_the_parts_of_an_argument() -> None:
    whole = (1, [2, slice(3, None, A)], Computed("f", (4, (5,)), (("k", [6]),)))
    assert leaves(whole) == [1, 2, 3, None, A, 4, 5, "k", 6]
    expected = ("1", ["2", slice("3", "None", "A")], Computed("f", ("4", ("5",)), (("k", ["6"]),)))
    assert mapped(whole, lambda one: "A" if one is A else str(one)) == expected


def test_arguments_that_are_filled_in() -> None:
    x, y = torch.zeros(2, 3), torch.ones(4, dtype=torch.float64)
    given = (x, y)
    for argument, expected in [
        *((one, one) for one in (3, "text", None, ..., torch.float32)),
        (Slot(0), x),
        (Slot(1), y),
        (Measure(1, "dtype"), torch.float64),
        (Measure(0, "ndim"), 2),
        (Measure(0, "shape"), (2, 3)),
        (Measure(0, "shape", item=0), 2),
        (Measure(0, "shape", item=-1), 3),
        (Measure(0, "size", ()), (2, 3)),
        (Measure(0, "size", (1,)), 3),
        (Measure(0, "size", (), 0), 2),
        (Measure(1, "dim", ()), 1),
        ((1, Slot(1)), (1, y)),
        ([Slot(0), (2,)], [x, (2,)]),
        (slice(Measure(0, "size", (0,)), None, Measure(1, "dim", ())), slice(2, None, 1)),
        (Computed("operator.sub", (Measure(0, "size", (1,)), 1)), 2),
        (Computed("builtins.int", ("11",), (("base", Measure(0, "size", (0,))),)), 3),
    ]:
        found = filled(argument, given)
        assert found is expected or (found == expected and type(found) is not Slot)


def test_functions_that_are_none_of_pytorch() -> None:
    x, sizes = torch.arange(6).view(2, 3), (x_size := 2, 3)
    assert measured(x, *sizes) is x and checked(x, x_size == 2) is x
    with pytest.raises(AssertionError, match=r"^\('a', 2\)$"):
        checked(x, False, "a", 2)
    assert part(None, None, "torch.unbind", x) is part(None, 2, "torch.unbind", x) is x
    assert identical(part(1, None, "Tensor.chunk", x, 3, dim=1), x[:, 1:2])
    assert identical(part(-1, 2, "torch.split", x, [1, 2], 1), x[:, 1:])
    with pytest.raises(ValueError, match="^expected 3 values to unpack, got 2$"):
        part(0, 3, "torch.unbind", x)


def test_a_function_is_called_with_its_arguments() -> None:
    x, by = torch.arange(4.0) - 1, torch.tensor(3.0)
    own = Function("f", (Slot(1), 2), (("y", Slot(0)),), lambda *given, **named: (given, named))
    given, named = own(x, by)
    assert given == (by, 2) and named.keys() == {"y"} and named["y"] is x
    assert identical(Function("torch.add", (Slot(0), Slot(1)), (("alpha", 2),))(x, by), x + 6)
    assert identical(Function("Tensor.mul", (Slot(1), Slot(0)), held=(by,))(x), x * 3)
    assert identical(Function("torch.sub", (Slot(0), Slot(2)), held=(x, by))(x), x - by)
    foreign = Function("Tensor.sum", (Slot(0),), (), lambda one: "foreign")
    assert foreign(x) == "foreign"
    summed = Function("Tensor.sum", (Slot(0), 0), (("keepdims", True),))
    assert identical(summed(x), x.sum(0, keepdim=True))
    assert summed(np.ones((2, 2))).tolist() == [[2, 2]]


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (Function("torch.exp", (Slot(0),)), "elementwise"),
        (Function("torch.add", (Slot(0), 1), (("alpha", 2.0),)), "elementwise"),
        (Function("torch.add", (Slot(0), 1), (("alpha", None),)), ""),
        (Function("torch.add", (Slot(0), None)), ""),
        (Function("Tensor.to", (Slot(0), torch.float64)), "elementwise input"),
        (Function("Tensor.to", (Slot(0), "cpu")), "elementwise input"),
        (Function("torch.add", (Slot(0), ROWS)), ""),
        (Function("torch.sum", (Slot(0),)), ""),
        (Function("torch.view", (Slot(0), 1), (), torch.exp), "input"),
        (Function("torch.exp", (Slot(0),), (), torch.exp), "elementwise input"),
        (Function("f", (Slot(0),), (), torch.exp, True), "input in place"),
        (Function("assert", (Slot(0), True)), "input check"),
        (Function("measured", (Slot(0), 1)), "input check"),
        (Function("part", (0, None, "torch.chunk", Slot(0), 2)), "input"),
        (Function("operator.iadd", (Slot(0), 1)), "elementwise input in place"),
        (Function("operator.add", (Slot(0), 1)), "elementwise"),
        (Function("F.relu", (Slot(0),)), "elementwise"),
        (Function("F.relu", (Slot(0), False)), "elementwise"),
        (Function("F.relu", (Slot(0), True)), "elementwise input in place"),
        (Function("F.relu", (Slot(0),), (("inplace", True),)), "elementwise input in place"),
        (Function("F.relu", (Slot(0),), (("inplace", False),)), "elementwise"),
        (Function("F.elu", (Slot(0), True)), "elementwise"),
        (Function("F.elu", (Slot(0), 1.0, True)), "elementwise input in place"),
        (Function("F.hardtanh", (Slot(0), 1, 2, True)), "elementwise input in place"),
        (Function("F.hardtanh", (Slot(0), 1, 2)), "elementwise"),
        (Function("F.softmax", (Slot(0), 1), (("inplace", True),)), "input in place"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_a_function_does(function: Function, found: str) -> None:
    does = {
        "elementwise": function.is_elementwise,
        "input": function.may_return_input,
        "in place": function.works_in_place,
        "check": function.is_check,
    }
    assert " ".join(what for what, holds in does.items() if holds) == found


def test_what_is_left_after_a_loop() -> None:
    once, again = Items([1, 2], is_once=True), Items([1, 2])
    assert [once.taken(), once.taken()] == [[1, 2], []]
    assert [again.taken(), again.taken()] == [[1, 2], [1, 2]]


def test_a_method_that_was_replaced_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tensor, "mul", lambda x, by: x - x.mean() * by)
    text, _ = described_graph(written("return x.mul(2)", tmp_path / "replaced"))
    assert text == "written.py:11: `x.mul` cannot be followed"
