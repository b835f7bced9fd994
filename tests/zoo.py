"""The spiking layers as the contract names them, listed without asking the generator."""

from __future__ import annotations

from itertools import product

import tracetorch as tt

FAMILIES = {"LI": "DS", "LIEMA": "DS", "LIB": "DSR", "LIT": "DSR", "LITS": "DSR"}


def _names() -> list[str]:
    return [
        "".join(letters) + family
        for family, prefixes in FAMILIES.items()
        for letters in product(*(("", letter) for letter in prefixes))
    ]


NAMES = _names()


def prefixes(name: str) -> str:
    return name[: name.index("LI")]


def family(name: str) -> str:
    return name[name.index("LI") :]


def fires(name: str) -> bool:
    return family(name) in ("LIB", "LIT", "LITS")


def parameters(name: str) -> list[str]:
    """The parameters of a layer in the order of its constructor."""
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
    letters = prefixes(name)
    stems = ["mem"] + ["syn"] * ("S" in letters) + ["rec"] * ("R" in letters)
    pair = ["pos_{}", "neg_{}"] if "D" in letters else ["{}"]
    kept = {"prev_output"} if "R" in letters else set()
    return kept | {form.format(stem) for stem in stems for form in pair}


def layer_class(name: str) -> type[tt.snn.Layer]:
    return getattr(tt.snn, name)
