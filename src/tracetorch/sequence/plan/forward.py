"""Reading a forward as a graph of values, from its source and without running it."""

from __future__ import annotations

import ast
import inspect
import types
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from ..modules import constant
from .calls import Calls
from .expressions import OPERATORS
from .functions import Slot, checked, mapped
from .graph import Arguments, Graph, Unread
from .lookups import Lookup, code_of, defaults_of, forward_of
from .meanings import Frame, Items, Module, Parts, Value, is_held, slots
from .source import definition

_MOST_CALLS = 8
"""How deeply methods of a module may call each other."""


@constant
def graph(module: nn.Module, inputs: int, arguments: Arguments | None = None) -> Graph | str:
    """What the forward of a module does with this many inputs; or why that cannot be said.

    Args:
        arguments: Those that it is called with, None for the inputs alone.
    """
    known = _GRAPHS.get(module) if arguments is None else None
    if known and known.inputs == inputs and all(one.is_same(module) for one in known.lookups):
        return known.graph
    reader = _Reader(module)
    try:
        read: Graph | str = reader.graph(inputs, arguments)
    except Unread as why:
        read = str(why)
    if arguments is None and reader.is_complete:
        _GRAPHS[module] = _Known(inputs, reader.lookups, read)
    return read


@dataclass(frozen=True)
class _Known:
    """A graph, and all that it was read from."""

    inputs: int
    lookups: list[Lookup]
    graph: Graph | str


_GRAPHS: WeakKeyDictionary[nn.Module, _Known] = WeakKeyDictionary()
"""The last graph of each module."""


class _Reader(Calls):
    """Reads the forward of a module, and the methods that it calls."""

    def graph(self, inputs: int, arguments: Arguments | None) -> Graph:
        forward = self.look(forward_of)
        self.inputs = inputs
        given, pairs = arguments or (tuple(map(Slot, range(inputs))), ())
        given, pairs = mapped((given, pairs), _meaning)
        result = self.call(forward, [Module(()), *given], dict(pairs))
        if not isinstance(result, Value):
            raise Unread("its forward returns something else than one tensor")
        tensors = tuple(self.tensors)
        return Graph(tuple(self.operations), result.index, tuple(self.read), tensors)

    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What a function returns, whose source is read."""
        if not isinstance(function, types.FunctionType) or len(self.frames) == _MOST_CALLS:
            raise Unread("its forward is no function with a source")
        code, _ = self.look(code_of, function), self.look(defaults_of, function)
        found = definition(code)
        if isinstance(found, str):
            raise Unread(found)
        if found.decorator_list:
            raise Unread("its forward is decorated")
        frame = Frame(code, function.__globals__)
        try:
            bound = inspect.signature(function, follow_wrapped=False).bind(*arguments, **keywords)
        except TypeError as error:
            raise Unread(f"its forward cannot be called so: {error}") from None
        bound.apply_defaults()
        if any(isinstance(value, Tensor) for value in bound.arguments.values()):
            raise Unread("its forward has a tensor as a default")
        frame.names |= bound.arguments
        self.frames.append(frame)
        returned = self.block(found.body)
        if len(self.frames) == 1:
            self.settle()
        self.frames.pop()
        if returned is None:
            raise Unread("its forward returns nothing")
        return returned[0]

    def block(self, body: list[ast.stmt]) -> tuple[Any] | None:
        """What a block returns, in brackets, or None if it ends without returning."""
        for statement in body:
            returned = self.statement(statement)
            if returned is not None:
                return returned
        return None

    def statement(self, statement: ast.stmt) -> tuple[Any] | None:
        self.now = statement
        match statement:
            case ast.Pass():
                pass
            case ast.Assign(targets, value):
                found = self.value(value)
                for target in targets:
                    self.assign(target, found)
            case ast.AnnAssign(target, _, ast.expr() as value):
                self.assign(target, self.value(value))
            case ast.AugAssign(ast.Name(), op, value) if type(op) in OPERATORS:
                self.augmented(statement, OPERATORS[type(op)])
            case ast.If(test, body, orelse):
                return self.block(body if self.truth(test) else orelse)
            case ast.For(target, items, body, []):
                return self.loop(target, items, body)
            case ast.Assert(test, message):
                self.check(test, message)
            case ast.Expr(value):
                self.value(value)
            case ast.Return(ast.expr() as value):
                return (self.value(value),)
            case _:
                raise self.unread(statement)
        return None

    def augmented(self, statement: ast.AugAssign, name: str) -> None:
        target = ast.Name(statement.target.id, ast.Load())  # type: ignore[union-attr]
        before = self.value(ast.copy_location(target, statement))
        if isinstance(before, list) or is_held(before):  # which it changes
            raise self.unread(statement)
        name = f"i{name}" if isinstance(before, Value) else name
        self.assign(statement.target, self.operation(name, before, self.value(statement.value)))

    def loop(self, target: ast.expr, items: ast.expr, body: list[ast.stmt]) -> tuple[Any] | None:
        found = self.value(items)
        for item in self.items(found) if isinstance(found, Module) else self.known(items, found):
            self.assign(target, item)
            returned = self.block(body)
            if returned is not None:
                return returned
        return None

    def known(self, node: ast.expr, found: Any) -> Any:
        if isinstance(found, Items):
            return found.taken()
        if not isinstance(found, tuple | list | range):
            raise self.unread(node)
        return found

    def assign(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(name):
                self.frames[-1].names[name] = value
            case ast.Tuple(parts) | ast.List(parts) if isinstance(value, tuple | list):
                if len(parts) != len(value):
                    raise self.unread(target)
                for part, item in zip(parts, value):
                    self.assign(part, item)
            case ast.Tuple(parts) | ast.List(parts) if isinstance(value, Value):
                found = self.looped(
                    self.reason(target), "unpacked", _unpacked, [value, len(parts)], {}
                )
                for index, part in enumerate(parts):
                    self.assign(part, self.computed("operator.getitem", [found, index]))
            case ast.Tuple(parts) | ast.List(parts) if isinstance(value, Parts):
                for index, part in enumerate(parts):
                    self.assign(part, self.part(value, index, len(parts)))
            case _:  # an attribute, an item, or the starred rest of a tuple
                raise self.unread(target)

    def check(self, test: ast.expr, message: ast.expr | None) -> None:
        """A check of sizes is done for all timesteps at once, since these have the same; one of
        values is done at each."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for one in test.values:
                self.check(one, message)
            return
        found = self.value(test)
        said = [] if message is None else [self.value(message)]
        if found is True:
            return
        if isinstance(found, Value) and not slots(tuple(said)):
            self.looped(self.reason(test), "assert", checked, [found, found, *said], {})
            return
        value = next((Value(slot) for slot in slots(found)), None)
        if value is None or slots(tuple(said)):
            raise self.unread(test)
        self.computed("assert", [value, found, *said])


def _meaning(leaf: Any) -> Any:
    return Value(leaf.index) if isinstance(leaf, Slot) else leaf


def _unpacked(value: Any, count: int) -> tuple[Any, ...]:
    """The items of a value that are assigned to so many names."""
    items = tuple(value)
    if len(items) != count:
        raise ValueError(f"expected {count} values to unpack, got {len(items)}")
    return items
