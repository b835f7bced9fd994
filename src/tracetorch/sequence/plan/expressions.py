"""What an expression means."""

from __future__ import annotations

import ast
import builtins
import operator
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from .attributes import Attributes
from .functions import Measure
from .graph import Held
from .lookups import MISSING, attribute_of, named
from .meanings import Bound, Loop, Module, Value

_BUILT_IN: dict[str, Any] = {
    **{name: Loop(name) for name in ("enumerate", "len", "range", "reversed", "zip")},
    "abs": operator.abs,
}
_UNARY = {ast.USub: "neg", ast.UAdd: "pos"}
OPERATORS = {
    **{ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Mod: "mod"},
    **{ast.Pow: "pow", ast.MatMult: "matmul", ast.FloorDiv: "floordiv"},
}
_COMPARISONS = {
    **{ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le", ast.Eq: "eq", ast.NotEq: "ne"},
    **{ast.Is: "is_", ast.IsNot: "is_not"},
}


class Expressions(Attributes):
    """The meanings of expressions."""

    @abstractmethod
    def result(
        self, node: ast.expr, function: Any, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a call returns."""

    def value(self, node: ast.expr) -> Any:
        """What an expression means."""
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return self.named(node, name)
            case ast.Attribute(inner, name):
                return self.attribute(node, self.value(inner), name)
            case ast.Subscript(inner, index):
                return self.item(node, self.value(inner), self.value(index))
            case ast.Slice(lower, upper, step):
                parts = (
                    None if part is None else self.value(part) for part in (lower, upper, step)
                )
                return slice(*parts)
            case ast.Tuple(parts):
                return tuple(self.displayed(parts))
            case ast.List(parts):
                return [self.value(part) for part in parts]
            case ast.UnaryOp(op, inner) if type(op) in _UNARY:
                return self.operation(_UNARY[type(op)], self.value(inner))
            case ast.UnaryOp(ast.Not(), inner):
                return not self.truth(inner)
            case ast.BinOp(left, op, right) if type(op) in OPERATORS:
                return self.operation(OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.Compare(left, [op], [right]) if type(op) in _COMPARISONS:
                return self.compared(node, op, self.value(left), self.value(right))
            case ast.BoolOp(op, parts):
                return self.chosen(isinstance(op, ast.And), parts)
            case ast.IfExp(test, body, orelse):
                return self.value(body if self.truth(test) else orelse)
            case ast.Call(function, arguments, keywords):
                return self.called(node, function, arguments, keywords)
        raise self.unread(node)

    def displayed(self, parts: list[ast.expr]) -> Iterator[Any]:
        """The items of a tuple that is written out, with those of tuples that it unpacks."""
        for part in parts:
            if not isinstance(part, ast.Starred):
                yield self.value(part)
                continue
            found = self.value(part.value)
            if not isinstance(found, tuple):
                raise self.unread(part)
            yield from found

    def chosen(self, is_and: bool, parts: list[ast.expr]) -> Any:
        """The operand that `and` or `or` returns."""
        *before, last = parts
        for part in before:
            found = self.value(part)
            if self.is_true(part, found) != is_and:
                return found
        return self.value(last)

    def truth(self, node: ast.expr) -> bool:
        return self.is_true(node, self.value(node))

    def is_true(self, node: ast.expr, found: Any) -> bool:
        """Whether something is true that no input decides."""
        if found is None or isinstance(found, bool | int | float | str):
            return bool(found)
        raise self.unread(node)

    def named(self, node: ast.expr, name: str) -> Any:
        frame = self.frames[-1]
        if name in frame.names:
            return frame.names[name]
        if name in frame.own:
            raise self.unread(node)
        found = self.look(named, frame.globals, name)
        if found is MISSING and name in _BUILT_IN:
            return _BUILT_IN[name]
        if found is MISSING:
            found = self.look(attribute_of, builtins, name)
        return self.outside(node, found)

    def compared(self, node: ast.expr, op: ast.cmpop, left: Any, right: Any) -> Any:
        name, sides = _COMPARISONS[type(op)], (left, right)
        is_same = name in ("is_", "is_not")
        if is_same and right is None and isinstance(left, Value | Module | Held):
            self.tensors += [left.index] if isinstance(left, Value) else []
            return name == "is_not"
        if is_same or any(isinstance(side, str | None) for side in sides):
            if any(isinstance(side, Value | Module | Held | Bound | Measure) for side in sides):
                raise self.unread(node)
            try:
                return bool(getattr(operator, name)(left, right))
            except TypeError:
                raise self.unread(node) from None
        if any(isinstance(side, tuple | list) for side in sides):
            return self.constant(f"operator.{name}", sides)
        return self.operation(name, left, right)

    def called(
        self,
        node: ast.expr,
        function: ast.expr,
        given: list[ast.expr],
        named: list[ast.keyword],
    ) -> Any:
        called = self.value(function)  # first, as in Python: it may call modules itself
        arguments = [self.value(part) for part in given]
        keywords = {keyword.arg or "**": self.value(keyword.value) for keyword in named}
        if "**" in keywords:
            raise self.unread(node)
        return self.result(node, called, arguments, keywords)
