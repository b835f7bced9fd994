"""The parts of a layer as lines of text, for source and for documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from ..language.expressions import Spelling, to_python
from ..model import Layer, Linear

Line = tuple[tuple[str, ...], str]
"""The prefixes and the family that a line comes from, and the line."""


def timestep(layer: Layer) -> Iterator[Line]:
    """Yield the lines of one timestep for documentation."""
    conditions = {state.name: state.only_if for state in layer.states if state.only_if}
    yield from lines(layer, Spelling(), lambda state: to_python(conditions[state]))
    yield (), f"return {to_python(layer.output)}"


def setup(layer: Layer) -> list[str]:
    """Return the lines of what is computed once, for documentation."""
    return [f"{', '.join(s.targets)} = {to_python(s.expression)}" for s in layer.setup]


def lines(layer: Layer, spelling: Spelling, condition: Callable[[str], str]) -> Iterator[Line]:
    """Yield the statements in a spelling; `condition` returns when an optional state exists."""
    for state, group in groupby(layer.statements, key=lambda statement: statement.state):
        if state:
            yield (), f"if {condition(state)}:"
        for statement in group:
            targets, value = ", ".join(statement.targets), to_python(statement.expression, spelling)
            yield statement.origin, f"{'    ' * bool(state)}{targets} = {value}"


def linear(module: Linear) -> str:
    """Return the source that creates a module."""
    bias = ", bias=False" if module.bias is False else ""
    return f"nn.Linear({to_python(module.inputs)}, {to_python(module.outputs)}{bias})"
