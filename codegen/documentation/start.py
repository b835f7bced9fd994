"""Files to start a neuron of one's own from."""

from __future__ import annotations

from ..render import fill

KINDS = {
    "prefix": "a mechanism that combines with families",
    "family": "a way to fire, which combines with prefixes",
    "layer": "a neuron by itself",
}
"""What a person may have in mind."""


def start(name: str, kind: str) -> str:
    """A commented spec, from which layers can be generated as it is."""
    title = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
    taken = "DSR"
    letter = next(
        letter for letter in (title.upper() + "QXYZ") if letter.isalpha() and letter not in taken
    )
    return fill(f"new_{kind}.yaml.j2", name=name, title=title, letter=letter)
