"""Prints expressions and statements as C99 of single precision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..kernels.c import SPELLING, name_in_c, wrapped
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Operation,
    computed,
    functions,
    to_python,
    transform,
)
from ..language.functions import FUNCTIONS
from ..model import Statement
from .kinds import Kind, kind
from .literals import literal

_OWN = {
    "abs": "(float x) { return x > 0 ? x : 0 - x; }",
    "maximum": "(float x, float low) { return x >= low ? x : x != x ? x : low; }",
    "minimum": "(float x, float high) { return x <= high ? x : x != x ? x : high; }",
    "negative": "(float x) { return x <= 0 ? x : x != x ? x : 0; }",
    "positive": "(float x) { return x >= 0 ? x : x != x ? x : 0; }",
    "relu": "(float x) { return x >= 0 ? x : x != x ? x : 0; }",
    "sigmoid": "(float x) { return 1 / (1 + expf(-x)); }",
    "sigmoid_inverse": "(float x) { return logf(x / (1 - x)); }",
    "sign": "(float x) { return (float)(x > 0) - (float)(x < 0); }",
    "silu": "(float x) { return x / (1 + expf(-x)); }",
    "softplus": "(float x) { return x > 40 ? x : log1pf(expf(x)); }",
    "softplus_inverse": "(float x) { return x + logf(-expm1f(-x)); }",
    "square": "(float x) { return x * x; }",
    "straight_through": "(float value, float of) { return value + (of - of); }",
}
"""The functions of the language that C lacks; those of a single number need not be in math.h."""

_NAMES = {"abs": "abs_of"}
"""Names that C already has."""

_MATH = {
    name: function.c.removeprefix("real_").removesuffix("({})") + "f"
    for name, function in FUNCTIONS.items()
    if name not in _OWN and function.c and not function.c.startswith("(")
}
"""The functions of math.h, by their names in the language."""


def library(called: Iterable[str]) -> list[str]:
    """Return the definitions of those of these functions that C lacks."""
    return [f"static float {_NAMES.get(n, n)}{_OWN[n]}" for n in sorted({*called} & _OWN.keys())]


def needs_math(called: Iterable[str]) -> bool:
    """Whether these functions need math.h."""
    return any(name in _MATH or "f(" in _OWN.get(name, "") for name in called)


def called(statements: Iterable[Statement]) -> set[str]:
    """Return the functions that statements call."""
    return set().union(*(functions(statement.expression) for statement in statements))


def to_c(expression: Expression, known: Mapping[str, Kind]) -> str:
    """Print an expression, given the kinds of names and functions."""

    def real(node: Expression) -> Expression:
        """Return an operation of integers whose result is none, such as a quotient, as one of
        real numbers."""
        match node:
            case Operation(left, operator, right) if kind(left, known).bounds:
                if kind(right, known).bounds and not kind(node, known).bounds:
                    return Operation(Call("real", (left,)), operator, right)
        return node

    return to_python(transform(computed(expression), real), _SPELLING)


_SPELLED = {
    "mask": "({})",
    "detach": "({})",
    "where": "({} ? {} : {})",
    "real": "(float)({})",  # the conversion of an integer
}


def name_of(value: str) -> str:
    """Return the name of a value in C, with a _ if it is already in use."""
    return f"{value}_" if value in ("inputs", "net", "n") else name_in_c(value)


def _call(function: str, *arguments: str) -> str:
    if spelling := _SPELLED.get(function):
        return spelling.format(*arguments)
    return f"{_MATH.get(function, _NAMES.get(function, function))}({', '.join(arguments)})"


def _number(number: int | float) -> str:
    is_short = isinstance(number, int) and abs(number) < 2**24
    return str(number) if is_short else literal(number)


_SPELLING = replace(SPELLING, name=name_of, call=_call, number=_number)


def lines(
    statements: Sequence[Statement], known: Mapping[str, Kind], declared: Iterable[str]
) -> list[str]:
    """Return statements as lines of C; each name is declared where it is first set."""
    printed = _statements(statements, known, set(declared))
    return [line for text in printed for line in wrapped(text)]


def _statements(
    statements: Sequence[Statement], known: Mapping[str, Kind], declared: set[str]
) -> Iterator[str]:
    turns = Counter(statement.targets[0] for statement in statements)
    for statement in statements:
        target = statement.targets[0]
        of = known[target].local if target in known else "float"
        words = "" if target in declared else f"const {of} " if turns[target] == 1 else f"{of} "
        declared.add(target)
        match statement.expression:
            case Operation(Name(first), "+" | "-" as operator, rest) if first == target:
                yield f"{name_of(target)} {operator}= {to_c(rest, known)};"
            case expression:
                yield f"{words}{name_of(target)} = {to_c(expression, known)};"
