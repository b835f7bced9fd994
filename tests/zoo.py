"""The layers as the contract names them, listed without asking the generator."""

from __future__ import annotations

from itertools import product
from typing import Any

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

OTHERS = ["SimpleRNN", "LSTM", "GRU", "S4", "S5", "S6", "Mamba"]
"""The recurrent and the state-space layers."""

ALL = [*NAMES, *OTHERS]

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
    return name in NAMES and family(name) in ("LIB", "LIT", "LITS")


def parameters(name: str) -> list[str]:
    """The constrained parameters of a layer in the order of its constructor."""
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
    return next(
        getattr(package, name) for package in (tt.snn, tt.rnn, tt.ssm) if hasattr(package, name)
    )


def build(name: str, features: int, *arguments: Any, **options: Any) -> tt.Layer:
    """A layer with as many features out as in."""
    sizes = (features, features) if hasattr(tt.rnn, name) else (features,)
    return layer_class(name)(*sizes, *arguments, **options)
