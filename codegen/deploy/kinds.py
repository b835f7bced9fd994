"""What is known of values before they are computed: integers stay integers, zeros are skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from ..language.expressions import ARITHMETIC, Call, Expression, Name, Negative, Number, Operation

_EXACT = 2**24
"""Up to this, integers are exact in single precision too."""


@dataclass(frozen=True)
class Kind:
    """What is known of a value.

    Attributes:
        bounds: Its least and its largest value, if it is an integer.
        is_sparse: Whether it is likely to be 0.
    """

    bounds: tuple[int, int] | None = None
    is_sparse: bool = False

    @property
    def local(self) -> str:
        """Return the type of a variable in C."""
        return "int" if self.bounds else "float"

    @property
    def stored(self) -> str:
        """Return the type of an array in C."""
        return "signed char" if self.is_small else "float"

    @property
    def is_small(self) -> bool:
        return self.bounds is not None and -127 <= self.bounds[0] and self.bounds[1] <= 127


REAL = Kind()


def kind(expression: Expression, known: Mapping[str, Kind]) -> Kind:
    """Return the kind of an expression, given those of names and functions; others are real."""
    match expression:
        case Name(name):
            return known.get(name, REAL)
        case Number(value):
            return _integer([value], value == 0) if isinstance(value, int) else REAL
        case Negative(operand):
            return kind(Operation(Number(0), "-", operand), known)
        case Operation(left, operator, right) if operator in ARITHMETIC:
            return _operation(kind(left, known), operator, kind(right, known))
        case Call("mask", _):
            return Kind((0, 1), is_sparse=True)
        case Call("where", (_, first, second)):
            one, other = kind(first, known), kind(second, known)
            is_sparse = one.is_sparse and other.is_sparse
            if one.bounds and other.bounds:
                return _integer([*one.bounds, *other.bounds], is_sparse)
            return Kind(None, is_sparse)
        case Call("detach" | "straight_through", (value, *_)):
            return kind(value, known)
        case Call(function, _):
            return known.get(function, REAL)
    return REAL


def _operation(left: Kind, operator: str, right: Kind) -> Kind:
    if operator in "+-":
        is_sparse = left.is_sparse and right.is_sparse
    else:
        is_sparse = left.is_sparse or (operator == "*" and right.is_sparse)
    if operator not in "+-*" or not (left.bounds and right.bounds):
        return Kind(None, is_sparse)
    corners = product(left.bounds, right.bounds)
    return _integer([ARITHMETIC[operator](a, b) for a, b in corners], is_sparse)


def _integer(values: list[int], is_sparse: bool) -> Kind:
    low, high = min(values), max(values)
    return Kind((low, high) if max(-low, high) <= _EXACT else None, is_sparse)
