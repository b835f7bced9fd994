"""The layers as the contract names them, listed without asking the generator."""

from __future__ import annotations

import inspect
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

import tracetorch as tt

FAMILIES = {"LI": "DS", "LIEMA": "DS", "LIB": "DSR", "LIT": "DSR", "LITS": "DSR"}


def _names() -> list[str]:
    return [
        "".join(letters) + family
        for family, prefixes in FAMILIES.items()
        for letters in product(*(("", letter) for letter in prefixes))
    ]


NAMES = _names()
"""The spiking layers."""

ENDS = [name for family, letters in FAMILIES.items() for name in (family, letters + family)]
"""The smallest layer of each family, and the largest: together they have all that layers have."""

OTHERS = ["SimpleRNN", "LSTM", "GRU", "S4", "S5", "S6", "Mamba"]
"""The recurrent and the state-space layers."""

ALL = [*NAMES, *OTHERS]

EVERY = [*ALL, "flex.LI", "flex.SRLIB", "flex.DSRLITS"]
"""The layers, and some settings of the reference."""

STATES = {
    "SimpleRNN": {"H": ()},
    "LSTM": {"H": (), "C": ()},
    "GRU": {"H": ()},
    "S4": {"state": (64,)},
    "S6": {"state": (16,)},
    "Mamba": {"ssm_state": (16,), "conv_buffer": (4,)},
}
"""The states of these layers, and the sizes of the dimensions that only a state has."""


def prefixes(name: str) -> str:
    return name[: name.index("LI")]


def family(name: str) -> str:
    return name[name.index("LI") :]


def fires(name: str) -> bool:
    name = name.removeprefix("flex.")
    return name in NAMES and family(name) in ("LIB", "LIT", "LITS")


def parameters(name: str) -> list[str]:
    """The constrained parameters of a layer in the order of its constructor."""
    name = name.removeprefix("flex.")
    if name in OTHERS:
        return []
    letters, kind = prefixes(name), family(name)
    pair = ["pos_{}", "neg_{}"] if "D" in letters else ["{}"]
    sides = {"LIB": ["{}"], "LIT": ["pos_{}", "neg_{}"], "LITS": ["pos_{}", "neg_{}"]}.get(kind, [])
    groups = [
        ("alpha", pair if "S" in letters else []),
        ("beta", pair),
        ("gamma", pair if "R" in letters else []),
        ("threshold", sides),
        ("bias", ["{}"] if fires(name) else []),
        ("scale", sides if kind == "LITS" else []),
        ("rec_weight", pair if "R" in letters else []),
    ]
    return [form.format(stem) for stem, forms in groups for form in forms]


def states(name: str) -> set[str]:
    name = name.removeprefix("flex.")
    if name == "S5":
        return {"global_state"}
    if name in OTHERS:
        return set(STATES[name])
    letters = prefixes(name)
    stems = ["mem"] + ["syn"] * ("S" in letters) + ["rec"] * ("R" in letters)
    pair = ["pos_{}", "neg_{}"] if "D" in letters else ["{}"]
    kept = {"prev_output"} if "R" in letters else set()
    return kept | {form.format(stem) for stem in stems for form in pair}


def state_shape(name: str, state: str, shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    """The shape that a state has after an input of this shape."""
    if name == "S5":
        before, after = shape[:dim], shape[dim:][1:]
        return (*before, 64, *after)
    return (*shape, *STATES.get(name, {}).get(state, ()))


def layer_class(name: str) -> type[tt.Layer]:
    if name.startswith("flex."):
        return getattr(tt.snn.flex, name.removeprefix("flex."))
    return next(
        getattr(package, name) for package in (tt.snn, tt.rnn, tt.ssm) if hasattr(package, name)
    )


def build(name: str, features: int, *arguments: Any, **options: Any) -> tt.Layer:
    """A layer with as many features out as in."""
    sizes = (features, features) if hasattr(tt.rnn, name) else (features,)
    return layer_class(name)(*sizes, *arguments, **options)


def lively(name: str, features: int, seed: int = 0, **options: Any) -> tt.Layer:
    """A layer in which no parameter has a value that would hide it."""
    layer = build(name, features, **options)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.2 + 0.2 * torch.rand(parameter.shape, generator=generator)
    return layer


class Chain(tt.Model):
    """Modules one after the other."""

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__()
        self.net = nn.Sequential(*modules)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def chain(name: str) -> Chain:
    """A layer between two that have no memory: three features in, two out."""
    torch.manual_seed(0)
    return Chain(nn.Linear(3, 4), lively(name, 4), nn.Linear(4, 2))


class Together(tt.Model):
    """Layers side by side, each with two features of its own for the loss: two features in."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(2, 4)
        self.layers = nn.ModuleDict({name.replace(".", "_"): lively(name, 4) for name in names})
        self.last = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return torch.cat([self.last(layer(x)) for layer in self.layers.values()], dim=-1)


def of_the_zoo() -> dict[str, type[tt.Layer]]:
    """Every class of `tt.zoo` and of its packages, by its name below `tracetorch`."""
    homes = (tt.zoo, tt.zoo.norse, tt.zoo.sinabs, tt.zoo.snntorch, tt.zoo.spikingjelly)
    members = [(home, name, getattr(home, name)) for home in homes for name in home.__all__]
    return {
        f"{home.__name__.removeprefix('tracetorch.')}.{name}": member
        for home, name, member in members
        if inspect.isclass(member) and issubclass(member, tt.Layer)
    }
