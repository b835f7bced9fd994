"""The names and functions that expressions may use, and errors for others."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..language import instead
from ..language.constants import ConstantError, Samples, value_of
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    functions,
    names,
    nodes,
    to_python,
)
from ..language.functions import (
    CONDITION,
    DIMENSION,
    INDEX,
    NAMED_DIMENSION,
    SIZE,
    TENSOR,
    VALUE,
    WHOLE,
    Function,
)
from ..model import DROPPED
from ..previous import PREVIOUS
from .problems import one_of

_DIMENSIONS = (DIMENSION, NAMED_DIMENSION)
_WHERE = "write mask(a > b) or where(a > b, c, d)"


class Misuse(NamedTuple):
    """An invalid name, operator or call, with its column if known."""

    column: int | None
    message: str
    hint: str


@dataclass
class Vocabulary:
    """The names, operators and functions of expressions; statements add names.

    Attributes:
        functions: The functions that may be called.
        operators: The operators that may be used.
        samples: The names that are sizes, not tensors, with some possible values.
        known: The names that have a value.
        previous: The names whose previous value may be read.
        later: The names that a statement sets, now or later.
        split: Names that a prefix splits, so that they exist in some layers only; with message and
            hint where one is read.
    """

    functions: Mapping[str, Function]
    operators: Collection[str]
    samples: Samples
    known: set[str]
    previous: set[str]
    later: Collection[str] = ()
    split: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def misuses(self, expression: Expression) -> Iterator[Misuse]:
        """Yield all errors in the names, operators and calls of an expression."""
        conditions: set[int] = set()
        for part in nodes(expression):
            match part:
                case Name(name, column) if not self._has_value(name):
                    yield Misuse(column, *self._problem_of_value(name))
                case Operation(_, operator, _) if operator not in self.operators:
                    if id(part) not in conditions:
                        yield Misuse(_column(part), *self._problem_of_operator(part))
                case Call(function, arguments, column):
                    conditions |= {id(argument) for argument in arguments}
                    problem = self._problem_of_call(function, arguments)
                    if problem:
                        yield Misuse(column, *problem)

    def is_tensor(self, expression: Expression) -> bool:
        """Whether an expression is of more than sizes and numbers."""
        called = functions(expression) & self.functions.keys()
        return bool(names(expression) - self.samples.keys()) or any(
            self.functions[name].creates for name in called
        )

    def _has_value(self, name: str) -> bool:
        source = name.removeprefix(PREVIOUS)
        if source in self.split:
            return False
        return name in self.known or (source != name and source in self.previous)

    def _problem_of_value(self, name: str) -> tuple[str, str]:
        if name.removeprefix(PREVIOUS) in self.split:
            return self.split[name.removeprefix(PREVIOUS)]
        if name in self.later:
            return f"{name} is used before it is set", "move the line that sets it up"
        if name in self.functions:
            return f"{name} is a function", f"call it: {name}(...)"
        if name == DROPPED:
            return f"{DROPPED} has no value", "give the part a name"
        return f"unknown name {name}", one_of(sorted(self.known), name)

    def _problem_of_operator(self, part: Operation) -> tuple[str, str]:
        if part.operator in COMPARISONS and "/" in self.operators:
            return "a comparison is not a value", _WHERE
        hint = f"use {' '.join(self.operators)}"
        if part.operator == "**" and "square" in self.functions:
            hint = _power(part)
        return f"{part.operator} is not allowed here", hint

    def _problem_of_call(
        self, name: str, arguments: Sequence[Expression]
    ) -> tuple[str, str] | None:
        function = self.functions.get(name)
        if function is None:
            hints = instead.FUNCTIONS | instead.NOISES if "where" in self.functions else {}
            hints |= instead.INITIAL if "count" in self.functions else {}
            hint = hints.get(name.lower()) or one_of(sorted(self.functions), name)
            return f"unknown function {name}", hint
        least, given = len(function.takes), len(arguments)
        if given < least or (given > least and not function.more):
            at_least = "at least " if function.more else ""
            plural = "s" * (given != 1)
            return f"{name} has {given} argument{plural}", f"it takes {at_least}{least}"
        kinds = (*function.takes, *[function.more] * (given - least))
        if kinds == (CONDITION, VALUE, VALUE) and not any(map(self.is_tensor, arguments[1:])):
            return f"{name} chooses between two numbers", _masked(*arguments)
        problems = (self._problem_of_argument(name, *pair) for pair in zip(kinds, arguments))
        return next(filter(None, problems), None)

    def _problem_of_argument(
        self, name: str, kind: str, argument: Expression
    ) -> tuple[str, str] | None:
        is_comparison = isinstance(argument, Operation) and argument.operator in COMPARISONS
        if kind == CONDITION and not (is_comparison and self.is_tensor(argument)):
            return f"{name} needs a comparison of tensors", "write, for example, mem > threshold"
        if kind != CONDITION and is_comparison:
            return "a comparison is not a value", _WHERE
        if kind == TENSOR and not self.is_tensor(argument) and not functions(argument):
            return self._problem_of_number(name, argument)
        if kind == SIZE and self.is_tensor(argument):
            return f"{name} takes numbers, and {to_python(argument)} is a tensor", "write a number"
        if kind in _DIMENSIONS and not self._is_dimension(kind, argument):
            message = f"{name} takes a dimension, counted from the end, as its second argument"
            both = {"max": "; maximum(a, b) is the larger of two values"}.get(name, "")
            return message, f"write -1 for the last, -2 for the one before{both}"
        if kind == INDEX and not _is_literal(argument):
            return (
                f"{name} takes the number of an element",
                "write 0 for the first, -1 for the last",
            )
        if kind == WHOLE and not all(map(self._is_whole, nodes(argument))):
            message = f"{name} needs a whole number, known when the layer is constructed"
            return message, "write a number, or sizes with + - * //"
        return None

    def _problem_of_number(self, name: str, argument: Expression) -> tuple[str, str]:
        """Return message and hint where a function of tensors is called with a number or a size."""
        text = to_python(argument)
        message = f"{name} takes tensors, and {text} is a number"
        if not self.functions[name].elementwise:
            return message, "pass a tensor"
        if names(argument) and "x" in self.known:
            return message, f"add a tensor to it: {name}({text} + 0 * x)"
        if names(argument) or not hasattr(math, name):
            return message, "write the resulting number"
        try:
            return message, f"write its value, {getattr(math, name)(value_of(argument, {}))!r}"
        except (ArithmeticError, ValueError, ConstantError):
            return message, "it has no value there"

    def _is_dimension(self, kind: str, argument: Expression) -> bool:
        """Whether an argument is a number, or the size of a dimension where that is allowed."""
        is_size = names(argument) and all(map(self._is_whole, nodes(argument)))
        return _is_literal(argument) or (kind == NAMED_DIMENSION and bool(is_size))

    def _is_whole(self, part: Expression) -> bool:
        match part:
            case Name(size):
                return size in self.samples
            case Number(int()) | Negative() | Operation(_, "+" | "-" | "*" | "//", _):
                return True
        return False


def _column(expression: Expression) -> int | None:
    """Return where an expression begins, as far as that is known."""
    return next((n.column for n in nodes(expression) if isinstance(n, Name | Call)), None)


def _power(part: Operation) -> str:
    """Return what to write instead of a power."""
    match part.right:
        case Number(2):
            return f"write square({to_python(part.left)})"
        case Number(0.5):
            return f"write sqrt({to_python(part.left)})"
    return instead.POWER


def _is_literal(argument: Expression) -> bool:
    match argument:
        case Number(int()) | Negative(Number(int())):
            return True
    return False


def _masked(condition: Expression, here: Expression, elsewhere: Expression) -> str:
    """Return what to write instead of a choice between two numbers."""
    mask = f"mask({to_python(condition)})"
    if elsewhere == Number(0):
        return f"write {mask} * {to_python(here)}"
    difference: Expression = Operation(here, "-", elsewhere)
    if not names(difference):
        difference = Number(value_of(difference, {}))
    return f"write {to_python(elsewhere)} + {to_python(Operation(difference, '*', Name(mask)))}"
