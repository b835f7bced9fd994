"""From YAML to sizes, and what is made of them: shapes and linear maps."""

from __future__ import annotations

from yaml import Node

from ..language.constants import Samples
from ..language.expressions import Expression, Number, nodes
from ..language.functions import SIZE_FUNCTIONS
from ..model import Linear
from .format import MODULE
from .scope import Names, Scope
from .yaml_file import YamlFile


def read_linear(file: YamlFile, key: Node, node: Node, names: Names, sizes: Samples) -> Linear:
    """A linear map between sizes."""
    record = file.record(node, f"module {key.value}", MODULE)
    shape = read_shape(file, record.get("linear"), sizes)
    if "linear" in record and len(shape) != 2:
        file.wrong(record["linear"], "linear needs two sizes", "write [inputs, outputs]")
        shape = (Number(1), Number(1))
    bias = record.get("bias")
    return Linear(
        name=names.declare(key, "a module"),
        inputs=shape[0] if shape else Number(1),
        outputs=shape[-1] if shape else Number(1),
        bias=file.boolean_or_number(bias) if bias else True,
    )


def read_shape(file: YamlFile, node: Node | None, sizes: Samples) -> tuple[Expression, ...]:
    """A list of sizes."""
    items = file.sequence(node, "a shape")
    if node is not None and not items:
        file.wrong(node, "the shape is empty", "write [num_neurons]")
    return tuple(read_size(file, item, sizes) for item in items)


def read_size(
    file: YamlFile, node: Node, sizes: Samples, operators: str = "+ - * //"
) -> Expression:
    """An expression of sizes, in whole numbers."""
    attempt = file.attempt()
    scope = Scope(file, sizes, SIZE_FUNCTIONS, operators=operators.split(), samples=sizes)
    expression = scope.expression(node)
    if any(
        isinstance(part, Number) and isinstance(part.value, float) for part in nodes(expression)
    ):
        file.wrong(node, "a size is a whole number", "write whole numbers, and // to divide")
    return expression if attempt.succeeded else Number(1)


def samples_of(least: int | None, default: int | None = None) -> tuple[int, ...]:
    """Some values that a size may have: the least, some that can be divided, and its default."""
    first = -2 if least is None else least
    values = {*range(first, first + 8), 12, 16, 64, *([default] if default is not None else [])}
    return tuple(sorted(value for value in values if value >= first))
