"""A layer told in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .expressions import to_python
from .model import Layer


def summary(layer: Layer) -> str:
    """One line about a layer."""
    return f"{layer.package}.{layer.name:8} {layer.title}"


def explain(layer: Layer) -> str:
    """The equations of a layer with the prefixes or family they come from, and what they read."""
    equations = [
        (" ".join(statement.origin), f"{statement.target} = {to_python(statement.expression)}")
        for statement in layer.statements
    ]
    parameters = [
        (p.name, f"{p.default:g}", str(p.constraint.domain), p.constraint.activation, p.doc)
        for p in layer.parameters
    ]
    sections = {
        "One timestep": [*equations, ("", f"return {to_python(layer.output)}")],
        "Parameters (default, domain, raw to usable)": parameters,
        "Functions": [(f.name, f.default, f.doc) for f in layer.functions],
        "States": [(state.name, state.doc) for state in layer.states],
    }
    lines = [summary(layer), *layer.docs]
    for heading, rows in sections.items():
        if rows:
            lines += ["", heading, *_columns(rows)]
    return "\n".join(lines)


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip()
