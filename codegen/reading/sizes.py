"""Reads sizes and shapes."""

from __future__ import annotations

from ..language.constants import Samples
from ..language.expressions import Expression, Number, nodes
from ..language.functions import SIZE_FUNCTIONS
from .nodes import Node
from .scope import Scope
from .yaml_file import YamlFile


def read_shape(file: YamlFile, node: Node | None, sizes: Samples) -> tuple[Expression, ...]:
    """Read a list of sizes."""
    if node is None:
        return ()
    items = file.sequence(node, "a shape")
    if not items:
        file.wrong(node, "the shape is empty", "write [num_neurons]")
    return tuple(read_size(file, item, sizes) for item in items)


def read_size(
    file: YamlFile, node: Node, sizes: Samples, operators: str = "+ - * //"
) -> Expression:
    """Read an expression of sizes, in whole numbers."""
    attempt = file.attempt()
    scope = Scope(file, sizes, SIZE_FUNCTIONS, operators=operators.split(), samples=sizes)
    expression = scope.expression(node)
    if any(
        isinstance(part, Number) and isinstance(part.value, float) for part in nodes(expression)
    ):
        file.wrong(node, "a size is a whole number", "write whole numbers, and // to divide")
    return expression if attempt.succeeded else Number(1)


def samples_of(least: int | None, default: int | None = None) -> tuple[int, ...]:
    """Return some possible values of a size: the smallest, some with divisors, and its default."""
    first = -2 if least is None else least
    values = {*range(first, first + 8), 12, 16, 64, *([default] if default is not None else [])}
    return tuple(sorted(value for value in values if value >= first))
