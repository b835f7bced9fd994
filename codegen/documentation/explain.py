"""Text for the terminal that describes a layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..classes.listing import created, setup, timestep
from ..language.expressions import Expression, to_python
from ..model import Layer, Size


def summaries(layers: Iterable[Layer]) -> list[str]:
    """Return one line about each layer, in two columns."""
    return list(_columns([(f"{layer.package}.{layer.name}", layer.title) for layer in layers]))


def explain(layer: Layer) -> str:
    """Return the equations of a layer, with the origin of each, and the parts that they read."""
    equations = [(" ".join(origin), line) for origin, line in timestep(layer)]
    parameters = [
        (
            p.name,
            str(p.default),
            str(p.constraint.domain),
            to_python(p.constraint.activation),
            p.doc,
        )
        for p in layer.parameters
    ]
    sizes = (
        [a for a in layer.arguments if isinstance(a, Size)]
        if layer.modules or layer.weights
        else []
    )
    sections: dict[str, Sequence[Sequence[str]]] = {
        "Once, when it is made": [(line,) for line in setup(layer)],
        "One timestep": equations,
        "Sizes (default)": [
            (s.name, "" if s.default is None else str(s.default), s.doc) for s in sizes
        ],
        "Parameters (default, domain, raw to usable)": parameters,
        "Functions": [(f.name, f.default, f.doc) for f in layer.functions],
        "Modules": [(module.name, created(module)) for module in layer.modules],
        "Weights (shape, initial value)": [
            (w.name, _shape(w.shape), to_python(w.initial), w.doc + ", fixed" * (not w.learn))
            for w in layer.weights
        ],
        "States": [(s.name, _shape(s.shape) if sizes else "", s.doc) for s in layer.states],
    }
    lines = [*summaries([layer]), *layer.description]
    for heading, rows in sections.items():
        if rows:
            lines += ["", heading, *(f"  {row}" for row in _columns(rows))]
    return "\n".join(lines)


def _shape(sizes: Iterable[Expression]) -> str:
    return f"[{', '.join(map(to_python, sizes))}]"


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths) if width]
        yield "  ".join(cells).rstrip()
