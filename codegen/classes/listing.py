"""The parts of a layer as lines of text, for source and for documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from ..language.expressions import Spelling, to_python
from ..language.torch_classes import Value
from ..model import Layer, Linear, Module

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


def created(module: Module) -> str:
    """Return the source that creates a module."""
    if isinstance(module, Linear):
        bias = ", bias=False" if module.bias is False else ""
        return f"nn.Linear({to_python(module.inputs)}, {to_python(module.outputs)}{bias})"
    known = module.torch_class.arguments
    arguments = (
        f"{'' if known[name].is_required else f'{name}='}{_in_python(value)}"
        for name, value in module.arguments
    )
    return f"nn.{module.kind}({', '.join(arguments)})"


def _in_python(value: Value) -> str:
    match value:
        case str():
            return f'"{value}"'
        case bool() | None:
            return str(value)
        case tuple():
            return f"({''.join(f'{to_python(size)}, ' for size in value).rstrip()})"
    return to_python(value)
