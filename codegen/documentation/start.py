"""Templates of specs for a new neuron."""

from __future__ import annotations

import re

from ..render import fill

KINDS = {
    "prefix": "a mechanism that combines with families",
    "family": "a way to fire, which combines with prefixes",
    "layer": "a neuron by itself",
}
"""The kinds of neurons, with descriptions."""


def start(name: str, kind: str) -> str:
    """Return a commented spec, from which layers can be generated without changes."""
    title = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
    free = re.search(r"[^DSR\d]", title.upper())
    letter = free[0] if free else "Q"
    return fill(f"new_{kind}.yaml.j2", name=name, title=title, letter=letter)
