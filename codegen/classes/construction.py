"""What the constructor of a class computes: the initial values of weights.

Where it computes with matrices, it does so in double precision, and rounds the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..language.constants import Samples
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    Spelling,
    functions,
    names,
    to_python,
    transform,
)
from ..language.functions import CONSTRUCTION, DRAWS, MATH, operand
from ..model import Layer, Size, Weight
from ..reading.shapes import Shapes, weight_shape
from ..reading.sizes import samples_of


def setup(layer: Layer) -> Iterator[str]:
    """Yield the statements that run once, over the arguments of the constructor."""
    for statement in layer.setup:
        value = _in_torch(statement.expression, layer)
        yield f"{', '.join(statement.targets)} = {value}"


def weight(weight: Weight, layer: Layer) -> str:
    """Return the statement that makes a weight."""
    value = _initial(weight, layer)
    if weight.learn:
        return f"self.{weight.name} = nn.Parameter({value})"
    return f'self.register_buffer("{weight.name}", {value})'


def _initial(weight: Weight, layer: Layer) -> str:
    """Return the source of the initial value of a weight: a tensor of its own, in its shape."""
    sizes = ", ".join(map(to_python, weight.shape))
    value, known = weight.value, _sizes(layer)
    if value in _PLAIN:
        return f"torch.{_PLAIN[value]}({sizes})"
    text = _in_torch(value, layer)
    if _is_number(value, known):
        size = f"({sizes},)" if len(weight.shape) == 1 else f"({sizes})"
        return f"torch.full({size}, {text if _is_float(value) else f'float({text})'})"
    is_view = isinstance(value, Name) or (isinstance(value, Call) and value.function in _VIEWS)
    if _shapes(layer).of(value) != weight_shape(weight.shape):
        text, is_view = f"{operand(text)}.expand({sizes})", True
    if _is_double(layer) and not functions(value) & {*DRAWS}:
        return f"{operand(text)}.to(torch.get_default_dtype(){', copy=True' * is_view})"
    return f"{operand(text)}.clone()" if is_view else text


_VIEWS = ("select", "transpose", "unsqueeze")
"""The functions that return a tensor with the elements of another."""


def _is_double(layer: Layer) -> bool:
    """Whether initial values are computed in double precision."""
    called = set().union(*map(functions, layer.construction))
    return bool(called & {"matrix_exp", "solve"})


_PLAIN = {Number(0): "zeros", Number(1): "ones"}


def _sizes(layer: Layer) -> Samples:
    sizes = (argument for argument in layer.arguments if isinstance(argument, Size))
    return {size.name: samples_of(size.least, size.default) for size in sizes}


def _shapes(layer: Layer) -> Shapes:
    """Return the shapes of what the setup of a layer sets."""
    shapes = Shapes(samples=_sizes(layer))
    for statement in layer.setup:
        found = shapes.parts(statement.expression, len(statement.targets))
        shapes.known |= dict(zip(statement.targets, found))
    return shapes


def _is_number(expression: Expression, sizes: Collection[str]) -> bool:
    """Whether an expression is of numbers and sizes alone."""
    called = (CONSTRUCTION[name] for name in functions(expression) & CONSTRUCTION.keys())
    return names(expression) <= {*sizes} and not any(row.creates for row in called)


def _is_float(number: Expression) -> bool:
    """Whether Python certainly computes an expression of numbers as a float."""
    match number:
        case Number(value):
            return isinstance(value, float)
        case Negative(inner):
            return _is_float(inner)
        case Operation(left, sign, right):
            return sign == "/" or _is_float(left) or _is_float(right)
        case Call(function):
            return function != "floor"
    return False


def _in_torch(expression: Expression, layer: Layer) -> str:
    """Print an expression, with the functions of `math` for numbers."""
    sizes, is_double = _sizes(layer), _is_double(layer)

    def change(node: Expression) -> Expression:
        match node:
            case Call(function, (argument,)) if function in MATH and _is_number(argument, sizes):
                return replace(node, function=f"math.{function}")
        return node

    def call(function: str, *arguments: str) -> str:
        if function == "mask":
            return f"({arguments[0]}).to(torch.get_default_dtype())"
        if function not in CONSTRUCTION:
            return f"{function}({', '.join(arguments)})"
        text = CONSTRUCTION[function].torch(*arguments)
        if is_double and function in ("count", "eye"):
            return f"{text.removesuffix(')')}, dtype=torch.float64)"
        return text

    return to_python(transform(expression, change), Spelling(call=call))
