"""Forwards of modules, drawn statement by statement, and the parts that they may use."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch as tt
from tracetorch.functional import round_ste


class Block(nn.Module):
    """A module with a forward of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.spike = nn.Linear(4, 4), tt.snn.SLIB(4, quant_fn=round_ste())

    def forward(self, x: Tensor, skip: Tensor | None = None, scale: float = 1.0) -> Tensor:
        y = self.spike(self.linear(x)) * scale
        return y if skip is None else y + skip


class Toolbox(tt.Model):
    """What a drawn forward may use."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.norm, self.act = nn.Linear(4, 4), nn.LayerNorm(4), nn.ReLU(inplace=True)
        self.conv, self.flat, self.pool = nn.Conv1d(3, 3, 1), nn.Flatten(), nn.MaxPool1d(2)
        self.drop, self.batch = nn.Dropout(0.5), nn.BatchNorm1d(4)
        self.li, self.lib = tt.snn.LI(4), tt.snn.LIB(4, quant_fn=round_ste())
        self.slib = tt.snn.SLIB(4, quant_fn=round_ste())
        self.blocks = nn.ModuleList([nn.Linear(4, 4), tt.snn.LI(4), nn.Tanh()])
        self.named = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Sigmoid()})
        self.net = nn.Sequential(nn.Linear(4, 4), tt.snn.LIB(4, quant_fn=round_ste()))
        self.block, self.other = Block(), Block()
        self.size = nn.Parameter(torch.tensor([0.5, 1.0, -1.5, 2.0]))
        self.register_buffer("kept", torch.tensor([1.0, 2.0, 3.0, 4.0]))
        self.scale, self.flag, self.nothing, self.last = 0.5, True, None, None

    def doubled(self, x: Tensor, by: float = 2.0) -> Tensor:
        return x * by

    def both(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        z = x + y
        return z, z.tanh()

    def linked(self, x: Tensor) -> Tensor:
        h = self.linear(x)
        return h if self.flag else x


def shifted(x: Tensor, by: float = 1.0) -> Tensor:
    """A function of the user's own."""
    return x + by


def chosen(x: Tensor) -> Tensor:
    """A function that values decide."""
    return x * 2 if x.sum() > 0 else x - 1


class Rounded(torch.autograd.Function):
    """A function with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


# In a template, V and W are values, N a number, D a dimension, R a name that is assigned.

_FOLLOWED = """
    V + W | V - W | V * W | V / N | N - V | V ** 2 | -V | +V | abs(V) | V @ W.transpose(-1, -2)
    V + N * W | (V + W) * W | V if self.flag else W | V * (self.scale or N) | V * (self.scale and N)
    V > W | (V > N).double() | V * (V < W) | V.double() | V.float() | V.to(torch.float64) | V // N
    torch.relu(V) | F.leaky_relu(V, 0.1) | F.elu(V, alpha=N) | torch.tanh(input=V) | V.sigmoid()
    F.softmax(V, dim=D) | V.softmax(D) | F.log_softmax(V, D) | F.hardtanh(V, -1.0, max_val=N)
    torch.clamp(V, min=N) | V.clamp(-1, N) | torch.where(V > W, V, W) | torch.where(V > 0, V, N)
    torch.maximum(V, W) | torch.lerp(V, W, 0.3) | torch.sub(V, W, alpha=2) | V.pow(3)
    2 ** V.tanh()
    V.sum() | V.sum(D) | V.sum(D, keepdim=True) | V.mean() | V.mean(D) | V.mean(dim=D, keepdim=True)
    V.mean((0, -1)) | V.amax(D) | V.prod(D) | torch.sum(V, dim=D) | torch.mean(V, [D]) | V.cumsum(D)
    V.logsumexp(D) | V.flip(D) | V.flip(0, 1) | V.repeat(2, 1) | F.normalize(V, dim=D)
    torch.cat([V, W], D) | torch.cat((V, W, V), dim=D) | torch.stack([V, W], D)
    torch.stack((V, V))
    V.chunk(2, D)[0] | V.chunk(2, D)[1] * W | V.unbind(D)[0] | torch.split(V, 2, D)[-1]
    V.flatten(1) | V.flatten() | torch.flatten(V, 1) | V.view(-1) | V.view(V.size(0), -1)
    V.reshape(V.shape[0], -1) | V.reshape(-1, 2) | V.view(V.shape) | V.view(V.size())
    V.reshape(V.size(0) * 2, -1) | V.reshape(-1, V.shape[-1] // 2, 2) | V.unflatten(-1, (2, 2))
    V.transpose(0, 1) | V.transpose(D, -1) | V.permute(1, 0) | V.permute(0, 2, 1) | V.movedim(0, -1)
    V.squeeze(D) | V.squeeze() | V.unsqueeze(D) | V.unsqueeze(1) | V.contiguous() | V.detach()
    V.expand(3, -1, -1) | V.narrow(D, 0, 1) | V.select(D, 0) | V[0] | V[:, 0] | V[..., 1:] | V[None]
    V[:, None] | V[..., -1] | V[0, 0] | V[:1] | V[::2] | V[[0, 0]] | V[:, [0, 1]]
    V * V.size(0) | V / V.shape[-1] | V * V.dim() | V + V.ndim | V * V.shape[D]
    V / (V.size(0) - 1)
    self.linear(V) | self.norm(V) | self.act(V) | self.conv(V) | self.flat(V) | self.pool(V)
    self.drop(V) | self.batch(V) | self.li(V) | self.lib(V) | self.slib(V) | self.net(V)
    self.linear(V) | self.li(V) | self.slib(V) | self.block(V) | self.block(V, W) | self.other(V)
    self.blocks[0](V) | self.blocks[-1](V) | self.named["b"](V) | self.named["a"](V)
    self.net[0](V)
    self.doubled(V) | self.doubled(V, N) | self.doubled(V, by=N) | self.both(V, W)[1]
    self.linked(V)
    F.dropout(V, 0.5) | F.dropout(V, training=self.flag) | F.dropout(V, 0.5, training=False)
    F.max_pool1d(V, 2) | F.avg_pool1d(V, 2) | F.adaptive_avg_pool1d(V, 1) | F.pad(V, (1, 0))
    F.interpolate(V, scale_factor=2.0) | F.relu(V, inplace=True) | F.elu(V, N, True)
    V if self.nothing is None else W | V if W is None else W
    (E) + (E) | torch.cat([E, E], D) | self.linear(E) | self.li(E) | (E).sub(E) | F.dropout(E, 0.5)
"""

_OTHERS = """
    torch.cat(V.chunk(2, D)[::-1], D) | V.view_as(W) | V.long() | V[V > 0] | V[True] | len(V) * V
    V[:, : V.size(1) // 2] | V[: V.shape[0]] | V[W.argmax()] | V.numel() * V | V.T | V.mT
    self.block(V, None) | self.block(V, scale=2.0) | self.block(V, skip=W) | self.other(V, V, N)
    shifted(V) | shifted(V, by=N) | chosen(V) | Rounded.apply(V) | V * self.size
    V + self.kept | self.size | torch.relu(self.kept) | V * self.li.mem
    F.linear(V, self.linear.weight)
    V + torch.rand_like(V) | V * torch.rand(1) | F.dropout(V, N, self.training)
    torch.bernoulli(V.sigmoid()) | torch.einsum("...i,...i->...", V, W) | V.max() | V.max(D)[0]
    V.clone() | V.add_(1) | V.mul_(W) | (lambda y: y)(V) | sum([V, W]) | torch.add(*[V, W])
    max(V.size(0), 1) * V | V if V.sum() > 0 else W | (R := V) + R | V if V.size(0) > 1 else W
    V or W | torch.arange(4) * V | torch.zeros(4) + V | torch.zeros_like(V) | V.new_zeros(4) + V
    not V
    V if isinstance(V, Tensor) else W | float(V.sum()) * W | V.sum().item() + W
    V if V.shape else W
    V if V.shape == W.shape else V.sum() | V if V.dim() > 2 else V * 2 | V * (V.shape == [2, 4])
    V * (V.shape[0] in (1, 2)) | V * (1 < V.size(0) < 3) | V * (V.size(0) > N)
    V * (V.shape == (2, 4))
"""

EXPRESSIONS = {
    kind: [part.strip() for line in text.strip().split("\n") for part in line.split(" | ")]
    for kind, text in {"followed": _FOLLOWED, "others": _OTHERS}.items()
}

_STATEMENTS_FOLLOWED = [
    *["R = E"] * 12,
    *(
        "R: Tensor = E",
        "R = W = E",
        "R = V",
        "R, W = E, V",
        "V, W = W, V",
        "R = self.block\nR = R(V)",
    ),
    *("V = E", "R = N\nR += 1\nV = V * R", "R, W = self.both(V, W)", "k = V.size(D)\nR = V * k"),
    *("R, W = V.chunk(2, D)", "R, W = torch.split(V, [1, 1], D)", "k = V.shape[D]"),
    *("k = 4 // V.size(0)", "pass", "R = N", "F.relu(V, True)", "'some text'", "R = None"),
    "for layer in self.blocks: V = layer(V)",
    "for name, layer in self.named.items(): V = layer(V) + 1",
    "for i in range(len(self.blocks)): V = self.blocks[i](V) * i",
    "for i, layer in enumerate(self.net): V = layer(V) + i",
    "for i in range(2): V = V + W * i",
    "for a, b in zip((V, W), (W, V)): V = a + 2 * b",
    "if self.flag and self.scale > 0.1: R = E\nelse: R = V",
    "if not self.flag or self.nothing is not None: return E",
    "assert V.shape[0] == W.shape[0]",
    "assert V.dim() > 1 and V.size(-1) == 4, 'not so'",
    "R = self.li(F.dropout(V, 0.5))\nR = F.dropout(self.linear(R) + W)",
]

_STATEMENTS_OTHERS = [
    *("V += W", "V *= N", "V -= E", "V /= 2", "V **= 2", "R, W = V.unbind(D)", "R, _ = V.max(D)"),
    *("R, W = torch.split(V, 2, dim=D)", "b, *k = V.shape", "k = V.size(0) // 2\nR = V[:k]"),
    *("b, k = V.shape\nR = V.reshape(b * k)", "k, b = V.shape, len(V)\nR = V.view(k)"),
    "for layer in self.blocks[1:]: V = layer(V)",
    "for name in self.named: V = self.named[name](V)",
    "for part in V.unbind(D): W = part * 2",
    "for part in V.chunk(2, D): W = part + 1",
    "parts = []\nfor layer in self.blocks:\n    parts.append(layer(V))\nR = torch.cat(parts, D)",
    "R = [layer(V) for layer in self.named.values()]\nR = torch.stack(R)",
    "R = sum(layer(V) for layer in self.named.values())",
    *("if V.sum() > 0: V = E", "if V.size(0) > 1: V = E", "if V.dim() == 3: V = V.flatten(1)"),
    *("if V.mean() > 0: return E", "while V.sum() > 100: V = V / 2", "del W", "self.lib(V)"),
    "if V.sum() > 0:\n    R = V + torch.rand(1)\nelse:\n    R = W",
    "assert V.shape == W.shape, f'{V.shape}'",
    *("with torch.no_grad(): R = E", "with torch.no_grad():\n    V.mul_(2)", "self.last = V"),
    *("self.kept = self.kept + 1", "self.kept.add_(1)", "self.li.zero_states()", "torch.rand(2)"),
    *("V[0] = 0", "V[:, 0] *= 2", "V.clamp_(max=N)", "V.relu_()"),
    *("try: R = E\nexcept RuntimeError: R = V", "def inner(y): return y * 2\nR = inner(V)"),
]

STATEMENTS = {"followed": _STATEMENTS_FOLLOWED, "others": _STATEMENTS_OTHERS}

RETURNS = ["V"] * 8 + [
    "E",
    "V + W",
    "self.linear(V)",
    "self.li(V)",
    "(V, W)",
    "[V]",
    "None",
    "V[0]",
]

SHAPES = [
    (2, 4),
    (1, 4),
    (0, 4),
    (2, 4, 4),
    (3, 3, 4),
    (1, 3, 4),
    (2, 1, 4),
    (2, 3, 2, 4),
    (0, 3, 4),
]


class Drawn(NamedTuple):
    """A class with a drawn forward.

    Attributes:
        source: The file of a class `Written`, whose forward takes one tensor.
        shape: The shape of a timestep.
        is_transposed: Whether time follows the first dimension in memory.
    """

    source: str
    shape: tuple[int, ...]
    is_transposed: bool


HEADER = """
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tests.support.forwards import Block, Rounded, Toolbox, chosen, shifted

class Written(Toolbox):
    def forward(self, x):
"""


@st.composite
def forwards(draw: Callable[..., Any]) -> Drawn:
    """Forwards whose statements mostly run, after those before them."""
    torch.manual_seed(0)  # values may decide which statements fail
    shape = draw(st.sampled_from(SHAPES))
    tools = Toolbox().double()
    scope: dict[str, Any] = {}
    exec(HEADER.rpartition("class")[0], scope)
    given = torch.randn(shape, dtype=torch.float64)
    names = {"self": tools, "x": given}
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        for _ in range(3):
            statement = _filled(draw, draw(_one_of(STATEMENTS)), names)
            found = _after(statement, scope, names, given)
            if found or (found is not None and draw(st.integers(0, 19)) == 19):
                names = found or names
                lines.append(statement)
                break
    lines.append("return " + _filled(draw, draw(st.sampled_from(RETURNS)), names))
    return Drawn(HEADER + textwrap.indent("\n".join(lines), " " * 8), shape, draw(st.booleans()))


def _one_of(kinds: dict[str, list[str]]) -> st.SearchStrategy[str]:
    """Mostly what can be followed."""
    kind = st.sampled_from([*["followed"] * 5, "others"])
    return kind.flatmap(lambda kind: st.sampled_from(kinds[kind]))


def _filled(draw: Callable[..., Any], template: str, names: dict[str, Any]) -> str:
    """A template in which values, numbers and dimensions are drawn."""
    values = [name for name, value in names.items() if isinstance(value, Tensor)]
    latest = st.sampled_from(values[::-1] or ["x"])
    parts = {
        "E": lambda: _filled(draw, draw(_one_of(EXPRESSIONS)), names),
        "V": lambda: draw(latest),
        "W": lambda: draw(latest),
        "N": lambda: draw(st.sampled_from(["2", "0.5", "1", "3"])),
        "D": lambda: draw(st.sampled_from(["-1", "0", "1"])),
        "R": lambda: draw(st.sampled_from("abcdef")),
    }
    return filled(template, {s: make() for s, make in parts.items() if s in signs(template)})


def filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with a text for each sign."""
    return "".join(parts.get(word, word) for word in _words(template))


def _words(template: str) -> list[str]:
    """The words of a template, and what is between them."""
    words, last = [""], False
    for sign in template:
        is_word = sign.isalnum() or sign in "_.\"'"
        words += [sign] if is_word != last else []
        if is_word == last:
            words[-1] += sign
        last = is_word
    return [part for word in words for part in _attribute(word)]


def _attribute(word: str) -> list[str]:
    owner, dot, rest = word.partition(".")
    return [owner, dot + rest]


def signs(template: str) -> set[str]:
    return {word for word in _words(template) if len(word) == 1 and word.isupper()}


def _after(
    statement: str, scope: dict[str, Any], names: dict[str, Any], given: Tensor
) -> dict[str, Any] | None:
    """The names after a statement, none if it fails; or None if it writes to the input, which the
    loop refuses or writes to what the user passed, and `tt.unroll` to a copy."""
    names["self"].zero_states()
    version = given._version
    body = textwrap.indent(statement, "    ").replace("return", "pass;")
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some come once in a process, as errors
            source = f"def run({', '.join(names)}):\n{body}\n    return locals()"
            exec(source, scope)
            found: dict[str, Any] = scope["run"](**names)
    except Exception:
        found = {}
    return found if given._version == version else None
