"""The expression language: a small subset of Python's own syntax."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .instead import instead_of, instead_of_statement, several_statements

_ALLOWED = (
    "an expression is made of names, numbers, + - * / // @, unary minus, calls f(x) and comparisons"
)


@dataclass(frozen=True)
class Name:
    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Number:
    value: int | float


@dataclass(frozen=True)
class Negative:
    operand: Expression


@dataclass(frozen=True)
class Operation:
    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]
    column: int = field(default=0, compare=False)


Expression = Name | Number | Negative | Operation | Call


class ExpressionError(Exception):
    """A text is not a valid expression or statement.

    Args:
        column: The position in the text.
        message: What is wrong.
        hint: What to write instead.
        targets: The names that the statement sets, as far as it could be read.
    """

    def __init__(
        self, column: int, message: str, hint: str = _ALLOWED, targets: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.hint = hint
        self.targets = targets


def parse(text: str) -> Expression:
    """Read an expression; raise `ExpressionError` for anything else."""
    strange = re.search(r"[^\x01-\x7f]", text)
    if strange:
        raise ExpressionError(strange.start(), f"{strange[0]!r} does not belong in an expression")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            expression = _convert(ast.parse(text.strip(), mode="eval").body)
        deep = _depth(expression) > _MOST_DEPTH
    except SyntaxError as error:
        column = (error.offset or 1) - 1
        hint = _CLOSED if "never closed" in error.msg else _ALLOWED
        raise ExpressionError(column, f"malformed expression: {error.msg}", hint) from None
    except (RecursionError, MemoryError):
        deep = True
    if deep:
        raise ExpressionError(0, _TOO_DEEP, _SHORTER)
    return expression


_MOST_DEPTH = 50
_CLOSED = "close it; inside [ ] or { } a comma ends a text of YAML: put it in quotes, or in a line of its own"
_SHORTER = "give a part of it a name of its own, in a line before"
_TOO_DEEP = "malformed expression: too long or too deeply nested"


def _depth(expression: Expression) -> int:
    parts = children(expression)
    return 1 + max(map(_depth, parts)) if parts else int(isinstance(expression, Call))


def parse_statement(text: str) -> tuple[tuple[str, ...], Expression]:
    """Read `name = expression`, or `name, name = expression`."""
    match = re.match(r"([\w\s,]*)=(?!=)\s*", text)
    if not match:
        meant = re.match(r"(?:self\.)?([A-Za-z]\w*)[^=(]*=", text)
        raise ExpressionError(0, *instead_of_statement(text), (meant[1],) if meant else ())
    targets = tuple(target.strip() for target in match[1].split(","))
    before = match.end()
    try:
        return targets, transform(parse(text[before:]), lambda node: _shifted(node, before))
    except ExpressionError as error:
        problem = several_statements(text) or (error.message, error.hint)
        raise ExpressionError(error.column + before, *problem, targets) from None


def _shifted(node: Expression, columns: int) -> Expression:
    return replace(node, column=node.column + columns) if isinstance(node, Name | Call) else node


_LARGEST = 3.4028234663852886e38
"""The largest number of single precision, in which layers compute by default."""


def problem_of_number(value: float) -> tuple[str, str] | None:
    """Return an error and a hint if a number is too large for a layer; else None."""
    if abs(value) > _LARGEST:
        return "the number is too large", "the largest that a layer can compute with is 3.4e38"
    if isinstance(value, int) and abs(value) >= 2**63:
        hint = f"write {float(value)!r}; with a point or an exponent it may be as large as 3.4e38"
        return "the whole number is too large", hint
    return None


_OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.MatMult: "@",
}
_COMPARISONS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}
COMPARISONS = tuple(_COMPARISONS.values())


def _convert(node: ast.expr) -> Expression:
    match node:
        case ast.Name(id=name):
            return Name(name, node.col_offset)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            problem = problem_of_number(value)
            if problem:
                raise ExpressionError(node.col_offset, *problem)
            return Number(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Negative(_convert(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return Operation(_convert(left), _OPERATORS[type(op)], _convert(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return Operation(_convert(left), _COMPARISONS[type(op)], _convert(right))
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            return Call(function, tuple(map(_convert, arguments)), node.col_offset)
    message = f"{ast.unparse(node)!r} is outside the expression language"
    raise ExpressionError(node.col_offset, message, instead_of(node) or _ALLOWED)


def transform(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Rebuild an expression bottom-up, with `change` applied to each node once."""
    return change(with_operands(expression, lambda operand: transform(operand, change)))


def with_operands(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with `change` applied to its operands, from left to right."""
    match expression:
        case Negative(operand):
            return Negative(change(operand))
        case Operation(left, operator, right):
            return Operation(change(left), operator, change(right))
        case Call(_, arguments):
            return replace(expression, arguments=tuple(map(change, arguments)))
    return expression


def rename(expression: Expression, names: Mapping[str, str]) -> Expression:
    """Rename all names at once, so that `{"a": "b", "b": "a"}` swaps them."""

    def change(node: Expression) -> Expression:
        return (
            replace(node, name=names.get(node.name, node.name)) if isinstance(node, Name) else node
        )

    return transform(expression, change)


def substitute(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """Replace names by expressions, all at once."""

    def change(node: Expression) -> Expression:
        return values.get(node.name, node) if isinstance(node, Name) else node

    return transform(expression, change)


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the operands of an expression, from left to right."""
    match expression:
        case Negative(operand):
            return (operand,)
        case Operation(left, _, right):
            return left, right
        case Call(_, arguments):
            return arguments
    return ()


def nodes(expression: Expression) -> Iterator[Expression]:
    """Yield all nodes of an expression, from left to right."""
    yield expression
    for part in children(expression):
        yield from nodes(part)


def differentiated(expression: Expression) -> Iterator[Expression]:
    """Yield the nodes that may have a gradient: none within a comparison."""
    if isinstance(expression, Operation) and expression.operator in COMPARISONS:
        return
    yield expression
    for part in children(expression):
        yield from differentiated(part)


def names(expression: Expression) -> set[str]:
    """Return the names that an expression reads."""
    return {node.name for node in nodes(expression) if isinstance(node, Name)}


def functions(expression: Expression) -> set[str]:
    """Return the functions that an expression calls."""
    return {node.function for node in nodes(expression) if isinstance(node, Call)}


def computed(expression: Expression) -> Expression:
    """Fold the constants of an expression."""

    def change(node: Expression) -> Expression:
        match node:
            case Negative(Number(value)):
                return Number(-value)
            case Operation(Number(left), sign, Number(right)) if sign in ARITHMETIC:
                if right or sign not in ("/", "//"):
                    return Number(ARITHMETIC[sign](left, right))
        return node

    return transform(expression, change)


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
}


def subtract(left: Expression, right: Expression) -> Expression:
    """Return `left - right`, with a sum on the right subtracted summand by summand."""
    match right:
        case Operation(first, "+", second):
            return Operation(subtract(left, first), "-", second)
    return Operation(left, "-", right)


_COMPARISON, _SUM, _PRODUCT, _SIGNED, _ATOM = range(5)
_PRECEDENCE = {
    **dict.fromkeys(COMPARISONS, _COMPARISON),
    **dict.fromkeys("+-", _SUM),
    **dict.fromkeys(("*", "/", "//", "@"), _PRODUCT),
}


@dataclass(frozen=True)
class Spelling:
    """How to print the names, calls, numbers and negatives of an expression; by default as in
    Python."""

    name: Callable[[str], str] = lambda name: name
    call: Callable[..., str] = lambda function, *arguments: f"{function}({', '.join(arguments)})"
    number: Callable[[int | float], str] = repr
    negative: Callable[[str], str] = lambda operand: f"-{operand}"


def to_python(expression: Expression, spelling: Spelling = Spelling()) -> str:
    """Print an expression as Python, without unnecessary parentheses."""
    return _print(expression, spelling)[0]


def _print(expression: Expression, spelling: Spelling) -> tuple[str, int]:
    """Return the text, and the precedence of its outermost operator."""

    def operand(inner: Expression, at_least: int) -> str:
        text, precedence = _print(inner, spelling)
        return text if precedence >= at_least else f"({text})"

    match expression:
        case Name(name):
            return spelling.name(name), _ATOM
        case Number(value):
            return spelling.number(value), _ATOM
        case Call(function, arguments):
            return spelling.call(function, *(to_python(a, spelling) for a in arguments)), _ATOM
        case Negative(inner):
            return spelling.negative(operand(inner, _SIGNED)), _SIGNED
        case Operation(left, "**", right):  # to the right of which a sign needs no parentheses
            return f"{operand(left, _ATOM)} ** {operand(right, _SIGNED)}", _SIGNED
        case Operation(left, operator, right):
            precedence = _PRECEDENCE[operator]
            chained = operator in COMPARISONS  # a > b > c is a chain in Python
            text = (
                f"{operand(left, precedence + chained)} {operator} {operand(right, precedence + 1)}"
            )
            return text, precedence
