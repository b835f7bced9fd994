"""The values of expressions of numbers and sizes, and errors in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from operator import ge, gt, le, lt

from .expressions import (
    ARITHMETIC,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    children,
    functions,
    names,
    nodes,
    problem_of_number,
    to_python,
)
from .functions import MATH

Samples = Mapping[str, Sequence[int]]
"""Some possible values of each size, by name."""


class ConstantError(Exception):
    """A number that cannot be computed or represented.

    Args:
        message: What is wrong.
        hint: What to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def check_constants(
    expression: Expression, samples: Samples, condition: Expression | None = None
) -> None:
    """Compute all parts made of numbers and sizes alone, where the condition on sizes holds.

    Raises:
        ConstantError: One divides by zero or is too large, for possible sizes.
    """
    if _is_computed(expression, samples):
        for sizes in assignments(samples, expression, condition):
            _values(expression, sizes)
        return
    match expression:
        case Operation(_, "/" | "//", right) if _is_computed(right, samples):
            for sizes in assignments(samples, right, condition):
                for value in _values(right, sizes):
                    _check_divisor(right, value, sizes)
    for part in children(expression):
        check_constants(part, samples, condition)


def _is_computed(expression: Expression, samples: Samples) -> bool:
    """Whether an expression is made of numbers, sizes and counts alone; draws are not computed
    with, nor are matrices."""
    inner = set().union(*map(functions, children(expression)))
    operators = {node.operator for node in nodes(expression) if isinstance(node, Operation)}
    return (
        names(expression) <= samples.keys()
        and not functions(expression) - _KNOWN
        and not inner & _DRAWS.keys()
        and "@" not in operators
    )


def assignments(
    samples: Samples, expression: Expression, condition: Expression | None = None
) -> Iterator[dict[str, int]]:
    """Yield values of the sizes that an expression reads, where a condition holds."""
    read = sorted(names(expression) | (names(condition) if condition else set()))
    for values in product(*(samples[name] for name in read)):
        sizes = dict(zip(read, values))
        if condition is None or value_of(condition, sizes):
            yield sizes


def _values(expression: Expression, sizes: Mapping[str, int]) -> list[float]:
    """Return the value; with `count`, those of the first and the last value of each."""
    ends = {
        to_python(node): (1, value_of(node.arguments[0], sizes))
        for node in nodes(expression)
        if isinstance(node, Call) and node.function == "count"
    }
    if any(last < 1 for _, last in ends.values()):
        return []
    return [
        value_of(expression, {**sizes, **dict(zip(ends, places))})
        for places in product(*ends.values())
    ]


def value_of(expression: Expression, sizes: Mapping[str, float]) -> float:
    """Return the value of an expression of numbers and sizes."""
    match expression:
        case Number(value):
            return value
        case Name(name):
            return sizes[name]
        case Negative(operand):
            return -value_of(operand, sizes)
        case Operation(left, operator, right):
            a, b = value_of(left, sizes), value_of(right, sizes)
            if operator in ("/", "//"):
                _check_divisor(right, b, sizes)
            return _computed(expression, sizes, lambda: _OPERATIONS[operator](a, b))
        case Call("count", _):
            return sizes[to_python(expression)]
        case Call(function, arguments) if function in _FUNCTIONS:
            values = [value_of(argument, sizes) for argument in arguments]
            return _computed(expression, sizes, lambda: _FUNCTIONS[function](*values))
    raise NotImplementedError(expression)


_OPERATIONS = {**ARITHMETIC, "**": math.pow, ">": gt, ">=": ge, "<": lt, "<=": le}


def _normal(deviation: float, *sizes: float) -> float:
    if deviation < 0:
        raise ValueError("a standard deviation is not negative")
    return deviation


def _uniform(low: float, high: float, *sizes: float) -> float:
    if low > high:
        raise ValueError("an interval does not end before it begins")
    return max(low, high, key=abs)


_DRAWS: dict[str, Callable[..., float]] = {"normal": _normal, "uniform": _uniform}
_FUNCTIONS = {"max": max, **{name: getattr(math, name) for name in MATH}, **_DRAWS}
_KNOWN = {*_FUNCTIONS, "count"}
"""The functions of numbers with a value here."""


def _computed(
    expression: Expression, sizes: Mapping[str, float], compute: Callable[[], float]
) -> float:
    try:
        value = compute()
    except OverflowError:
        value = math.inf
    except ValueError:
        message = f"{_short(expression)} has no value{_for(expression, sizes)}"
        raise ConstantError(message, "write numbers for which it has a value") from None
    problem = problem_of_number(value)
    if problem:
        message = f"{_short(expression)} is too large{_for(expression, sizes)}"
        raise ConstantError(message, problem[1])
    return value


def _check_divisor(divisor: Expression, value: float, sizes: Mapping[str, float]) -> None:
    if value == 0:
        what = to_python(divisor)
        is_plain = isinstance(divisor, Number)
        message = "this divides by 0" if is_plain else f"this divides by {what}, which is 0"
        hint = "divide by another number"
        if names(divisor):
            hint = "divide by a number that is never 0; least: sets the minimum of a size"
        raise ConstantError(message + _for(divisor, sizes), hint)


def _short(expression: Expression) -> str:
    text = to_python(expression)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _for(expression: Expression, sizes: Mapping[str, float]) -> str:
    """Describe the sizes of a problem."""
    read = sorted(names(expression) & sizes.keys())
    return " for " + ", ".join(f"{name} = {sizes[name]}" for name in read) if read else ""
