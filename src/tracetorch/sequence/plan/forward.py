"""Reading a forward as a graph of values, from its source and without running it."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import operator
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..modules import constant, kind
from .functions import DIVISIONS, FUNCTIONS, NAMES, Computed, Function, Rank, Size, Slot

Path: TypeAlias = tuple[str, ...]
"""The names that lead from a module to one below it."""


@dataclass(frozen=True)
class Apply:
    """A call of the submodule of this path with some of the values."""

    path: Path
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Compute:
    """A call of a function with some of the values."""

    function: Function
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """What a forward computes.

    Attributes:
        operations: In their order. Each makes a value; the first values are the inputs.
        output: The index of the value that is returned.
        read: The attributes that decided what the operations are, and their values.
    """

    operations: tuple[Apply | Compute, ...]
    output: int
    read: tuple[tuple[Path, str, Any], ...]


class _Unread(Exception):
    """A forward does more than such a graph says, or may do."""


@constant
def graph(module: nn.Module, inputs: int) -> Graph | str:
    """What the forward of a module does with this many inputs; or why that cannot be said."""
    forward: Any = kind(module).forward
    try:
        return _Reader(module).graph(forward, inputs)
    except _Unread as why:
        return str(why)


@functools.lru_cache(maxsize=256)
def _definition(own: types.CodeType) -> ast.FunctionDef | str:
    """The syntax tree of a function, if its source is what runs; otherwise what is wrong."""
    try:
        source = "".join(inspect.findsource(own)[0])
        tree = ast.parse(source)
        compiled = compile(source, own.co_filename, "exec", dont_inherit=True)
    except (OSError, TypeError, SyntaxError, ValueError):
        return "the source of its forward cannot be read"
    codes = [code for code in _codes(compiled) if code.co_firstlineno == own.co_firstlineno]
    parts = ("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_consts")
    is_same = any(all(getattr(code, p) == getattr(own, p) for p in parts) for code in codes)
    for node in ast.walk(tree):
        if is_same and isinstance(node, ast.FunctionDef) and node.lineno == own.co_firstlineno:
            return node
    return "the source of its forward is not what runs"


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _codes(part)


# What a name may mean, beside plain objects of Python.


@dataclass(frozen=True)
class _Value:
    """The value of this index."""

    index: int


@dataclass(frozen=True)
class _Module:
    """The module of this path."""

    path: Path


@dataclass(frozen=True)
class _Bound:
    """A method of a value or of a module."""

    owner: _Value | _Module
    name: str


@dataclass(frozen=True)
class _Parts:
    """What a function divides a value into."""

    name: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]

    @property
    def count(self) -> int:
        """How many parts there are, or 0 if that depends on the value."""
        wanted = self.arguments[1] if len(self.arguments) > 1 else 0
        if isinstance(wanted, tuple):
            return len(wanted)
        return wanted if self.name.endswith("chunk") and type(wanted) is int else 0


@dataclass
class _Frame:
    """A function that is read: what its names mean, and where they come from."""

    code: types.CodeType
    globals: Mapping[str, Any]
    names: dict[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> set[str]:
        """The names that mean nothing global."""
        return {*self.code.co_varnames, *self.code.co_cellvars, *self.code.co_freevars}


_MOST_OPERATIONS = 10_000
_MOST_CALLS = 8
"""How deeply methods of a module may call each other."""


class _Reader:
    """Reads the forward of a module, and the methods that it calls."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.operations: list[Apply | Compute] = []
        self.read: list[tuple[Path, str, Any]] = []
        self.inputs = 0
        self.frames: list[_Frame] = []
        self.now: ast.AST = ast.Pass()
        """The statement that is read."""

    def graph(self, forward: Any, inputs: int) -> Graph:
        self.inputs = inputs
        result = self.call(forward, [_Module(()), *map(_Value, range(inputs))], {})
        if not isinstance(result, _Value):
            raise _Unread("its forward returns something else than one tensor")
        return Graph(tuple(self.operations), result.index, tuple(self.read))

    # Functions and statements

    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What a function returns, whose source is read."""
        if not isinstance(function, types.FunctionType) or len(self.frames) == _MOST_CALLS:
            raise _Unread("its forward is no function with a source")
        definition = _definition(function.__code__)
        if isinstance(definition, str):
            raise _Unread(definition)
        if definition.decorator_list:
            raise _Unread("its forward is decorated")
        frame = _Frame(function.__code__, function.__globals__)
        try:
            bound = inspect.signature(function, follow_wrapped=False).bind(*arguments, **keywords)
        except TypeError as error:
            raise _Unread(f"its forward cannot be called so: {error}") from None
        bound.apply_defaults()
        if any(isinstance(value, Tensor) for value in bound.arguments.values()):
            raise _Unread("its forward has a tensor as a default")
        frame.names |= bound.arguments
        self.frames.append(frame)
        returned = self.block(definition.body)
        self.frames.pop()
        if returned is None:
            raise _Unread("its forward returns nothing")
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
            case ast.Expr(ast.Constant()) | ast.Pass():
                return None
            case ast.Assign(targets, value):
                found = self.value(value)
                for target in targets:
                    self.assign(target, found)
            case ast.AnnAssign(target, _, ast.expr() as value):
                self.assign(target, self.value(value))
            case ast.AugAssign(ast.Name(), op, value) if type(op) in _OPERATORS:
                self.augmented(statement, _OPERATORS[type(op)])
            case ast.If(test, body, orelse):
                return self.block(body if self.truth(test) else orelse)
            case ast.For(target, items, body, []):
                return self.loop(target, items, body)
            case ast.Assert(test, message):
                self.check(test, message)
            case ast.Return(ast.expr() as value):
                return (self.value(value),)
            case _:
                raise self.unread(statement)
        return None

    def augmented(self, statement: ast.AugAssign, name: str) -> None:
        before = self.value(ast.Name(statement.target.id, ast.Load()))  # type: ignore[union-attr]
        if isinstance(before, _Value):  # which works in place
            raise self.unread(statement)
        self.assign(statement.target, self.operation(name, before, self.value(statement.value)))

    def loop(self, target: ast.expr, items: ast.expr, body: list[ast.stmt]) -> tuple[Any] | None:
        found = self.value(items)
        for item in self.items(found) if isinstance(found, _Module) else self.known(items, found):
            self.assign(target, item)
            returned = self.block(body)
            if returned is not None:
                return returned
        return None

    def known(self, node: ast.expr, found: Any) -> Any:
        if not isinstance(found, tuple | list | range):
            raise self.unread(node)
        return found

    def assign(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(name):
                self.frames[-1].names[name] = value
            case ast.Tuple(parts) | ast.List(parts) if isinstance(value, tuple | list):
                if len(parts) != len(value) or any(isinstance(p, ast.Starred) for p in parts):
                    raise self.unread(target)
                for part, item in zip(parts, value):
                    self.assign(part, item)
            case ast.Tuple(parts) | ast.List(parts) if isinstance(value, _Parts):
                if value.count != len(parts):
                    raise self.unread(target)
                for index, part in enumerate(parts):
                    self.assign(part, self.part(value, index))
            case _:
                raise self.unread(target)

    def part(self, parts: _Parts, index: int) -> Any:
        return self.computed("part", [index, parts.name, *parts.arguments], dict(parts.keywords))

    def check(self, test: ast.expr, message: ast.expr | None) -> None:
        """A check of sizes is done for all timesteps at once, since these have the same."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for one in test.values:
                self.check(one, message)
            return
        found = self.value(test)
        said = [] if message is None else [self.value(message)]
        if isinstance(found, bool) and found:
            return
        value = next((_Value(slot) for slot in _slots(found)), None)
        if value is None or _slots(tuple(said)):
            raise self.unread(test)
        self.computed("assert", [value, found, *said])

    # Expressions

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
            case ast.Tuple(parts) | ast.List(parts):
                return tuple(self.value(part) for part in parts)
            case ast.UnaryOp(op, inner) if type(op) in _UNARY:
                return self.operation(_UNARY[type(op)], self.value(inner))
            case ast.UnaryOp(ast.Not(), inner):
                return not self.truth(inner)
            case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
                return self.operation(_OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.Compare(left, [op], [right]) if type(op) in _COMPARISONS:
                return self.compared(node, op, self.value(left), self.value(right))
            case ast.BoolOp(op, parts):
                return self.chosen(isinstance(op, ast.And), parts)
            case ast.IfExp(test, body, orelse):
                return self.value(body if self.truth(test) else orelse)
            case ast.Call(function, arguments, keywords):
                return self.called(node, function, arguments, keywords)
        raise self.unread(node)

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
        if name in frame.own or name in frame.code.co_freevars:
            raise self.unread(node)
        if name in frame.globals:
            return self.outside(node, frame.globals[name])
        if name in _BUILT_IN:
            return _BUILT_IN[name]
        raise self.unread(node)

    def outside(self, node: ast.expr, found: Any) -> Any:
        """An object that is no part of the module: a module of Python, a function, a dtype."""
        is_code = inspect.ismodule(found) or isinstance(found, type | torch.dtype)
        if is_code or _name_of(found):
            return found
        raise self.unread(node)

    def attribute(self, node: ast.expr, owner: Any, name: str) -> Any:
        if isinstance(owner, _Value):
            return self.of_value(node, owner, name)
        if isinstance(owner, _Module):
            return self.of_module(node, owner, name)
        if inspect.ismodule(owner):
            return self.outside(node, getattr(owner, name, None))
        raise self.unread(node)

    def of_value(self, node: ast.expr, owner: _Value, name: str) -> Any:
        match name:
            case "shape":
                return Size(owner.index, None)
            case "ndim":
                return Rank(owner.index)
        known = FUNCTIONS.get(f"Tensor.{name}")
        if name in ("size", "dim") or (known and getattr(Tensor, name) is known):
            return _Bound(owner, name)
        raise self.unread(node)

    def of_module(self, node: ast.expr, owner: _Module, name: str) -> Any:
        module, own = self.at(owner.path), type(self.at(owner.path))
        if own.__getattribute__ is not _USUAL[0] or own.__getattr__ is not _USUAL[1]:
            raise self.unread(node)
        if name in vars(module):
            found = vars(module)[name]
            if _is_plain(found):
                self.read.append((owner.path, name, found))
                return found
            raise self.unread(node)
        if hasattr(own, name):
            found = inspect.getattr_static(own, name)
            if isinstance(found, types.FunctionType):
                return _Bound(owner, name)
            if _is_plain(found):
                self.read.append((owner.path, name, found))
                return found
            raise self.unread(node)
        if isinstance(module._modules.get(name), nn.Module):
            return _Module((*owner.path, name))
        raise self.unread(node)

    def at(self, path: Path) -> nn.Module:
        module = self.module
        for name in path:
            module = module._modules[name]  # type: ignore[assignment]
        return module

    def item(self, node: ast.expr, owner: Any, index: Any) -> Any:
        if isinstance(owner, _Module):
            return self.child(node, owner, index)
        if isinstance(owner, _Value) and _is_index(index):
            return self.computed("operator.getitem", [owner, index])
        if isinstance(owner, _Parts) and type(index) is int:
            return self.part(owner, index)
        if isinstance(owner, Size) and owner.dim is None and type(index) is int:
            return Size(owner.index, index)
        if isinstance(owner, tuple) and type(index) is int and -len(owner) <= index < len(owner):
            return owner[index]
        raise self.unread(node)

    def child(self, node: ast.expr, owner: _Module, index: Any) -> _Module:
        """A module of a container, by its index or its key."""
        names = self.children(node, owner)
        if kind(self.at(owner.path)) is nn.ModuleDict:
            if index in names:
                return _Module((*owner.path, index))
        elif type(index) is int and -len(names) <= index < len(names):
            return _Module((*owner.path, names[index]))
        raise self.unread(node)

    def children(self, node: ast.AST, owner: _Module) -> list[str]:
        container = self.at(owner.path)
        own = kind(container)
        if own not in _CONTAINERS or any(m is None for m in container._modules.values()):
            raise self.unread(node)
        names = list(container._modules)
        if own is not nn.ModuleDict and names != [str(place) for place in range(len(names))]:
            raise self.unread(node)
        self.read.append((owner.path, "", tuple(names)))
        return names

    def items(self, owner: _Module) -> list[Any]:
        """What a loop over a container goes through."""
        names = self.children(self.now, owner)
        if kind(self.at(owner.path)) is nn.ModuleDict:
            return names
        return [_Module((*owner.path, name)) for name in names]

    # Operations

    def operation(self, name: str, *operands: Any) -> Any:
        if any(isinstance(operand, _Value) for operand in operands):
            return self.computed(f"operator.{name}", [*operands])
        if any(isinstance(operand, Size | Rank | Computed) for operand in operands):
            return Computed(name, operands)
        if all(isinstance(operand, int | float) for operand in operands):
            try:
                return getattr(operator, name)(*operands)
            except ArithmeticError:
                pass
        raise self.unread(self.now)

    def compared(self, node: ast.expr, op: ast.cmpop, left: Any, right: Any) -> Any:
        name = _COMPARISONS[type(op)]
        if name in ("is_", "is_not") or isinstance(left, str):
            if any(isinstance(side, _Value | _Module | _Bound | Size) for side in (left, right)):
                if right is None and isinstance(left, _Value | _Module):
                    return name == "is_not"
                raise self.unread(node)
            return bool(getattr(operator, name)(left, right))
        if isinstance(left, tuple) or isinstance(right, tuple):
            if isinstance(left, Size) or isinstance(right, Size):
                return Computed(name, (left, right))
        return self.operation(name, left, right)

    def computed(self, name: str, arguments: list[Any], keywords: dict[str, Any] = {}) -> Any:
        """The value of a function of the table, or the parts that it makes."""
        if name in DIVISIONS:
            return _Parts(name, tuple(arguments), tuple(keywords.items()))
        inputs = _slots((tuple(arguments), tuple(keywords.values())))
        function = Function(
            name,
            tuple(self.template(argument, inputs) for argument in arguments),
            tuple((key, self.template(argument, inputs)) for key, argument in keywords.items()),
        )
        if not inputs or keywords.keys() & {"out", "return_indices"}:
            raise self.unread(self.now)
        if name in ("torch.where", "Tensor.where") and len(arguments) + len(keywords) < 3:
            raise self.unread(self.now)
        return self.made(Compute(function, tuple(inputs)))

    def template(self, part: Any, inputs: list[int]) -> Any:
        """An argument, with indices among the inputs in the place of those of values."""
        if isinstance(part, _Value):
            return Slot(inputs.index(part.index))
        if isinstance(part, Size):
            return Size(inputs.index(part.index), part.dim)
        if isinstance(part, Rank):
            return Rank(inputs.index(part.index))
        if isinstance(part, Computed):
            return Computed(part.operator, self.template(part.operands, inputs))
        if isinstance(part, tuple):
            return tuple(self.template(one, inputs) for one in part)
        if _is_plain(part) or isinstance(part, slice | types.EllipsisType):
            return part
        raise self.unread(self.now)

    def made(self, operation: Apply | Compute) -> _Value:
        if len(self.operations) == _MOST_OPERATIONS:
            raise self.unread(self.now)
        self.operations.append(operation)
        return _Value(self.inputs + len(self.operations) - 1)

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

    def result(
        self, node: ast.expr, function: Any, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a call returns."""
        if isinstance(function, _Module):
            if keywords or not all(isinstance(argument, _Value) for argument in arguments):
                raise self.unread(node)
            inputs = tuple(argument.index for argument in arguments)
            return self.made(Apply(function.path, inputs))
        if isinstance(function, _Bound) and isinstance(function.owner, _Module):
            return self.of_own(node, function, arguments, keywords)
        if isinstance(function, _Bound):
            return self.of_tensor(node, function, arguments, keywords)
        if isinstance(function, _Loop):
            return self.listed(node, function, arguments, keywords)
        name = _name_of(function)
        if name == "F.dropout":
            return self.dropped(arguments, keywords)
        if name and _slots((tuple(arguments), tuple(keywords.values()))):
            return self.computed(name, arguments, keywords)
        raise self.unread(node)

    def dropped(self, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What dropout returns: its input, unless it is training."""
        bound = inspect.signature(F.dropout).bind(*arguments, **keywords)
        bound.apply_defaults()
        p, training = bound.arguments["p"], bound.arguments["training"]
        if not _is_plain(training) or not _is_plain(p) or bound.arguments["inplace"]:
            raise self.unread(self.now)
        if training and p:
            return self.computed("F.dropout", arguments, keywords)
        return bound.arguments["input"]

    def of_own(
        self, node: ast.expr, method: _Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """A method of a module: its source is read too, or it lists the modules of a container."""
        assert isinstance(method.owner, _Module)
        module = self.at(method.owner.path)
        if kind(module) is nn.ModuleDict and method.name in ("keys", "values", "items"):
            names = self.children(node, method.owner)
            values = [_Module((*method.owner.path, name)) for name in names]
            pairs = {"keys": names, "values": values, "items": [*zip(names, values)]}
            return pairs[method.name]
        if hasattr(nn.Module, method.name) or method.owner.path:
            raise self.unread(node)
        function = inspect.getattr_static(kind(module), method.name)
        return self.call(function, [method.owner, *arguments], keywords)

    def of_tensor(
        self, node: ast.expr, method: _Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        assert isinstance(method.owner, _Value)
        if method.name == "size" and not keywords and len(arguments) < 2:
            if all(type(argument) is int for argument in arguments):
                return Size(method.owner.index, *(arguments or [None]))
        elif method.name == "dim" and not (arguments or keywords):
            return Rank(method.owner.index)
        elif method.name not in ("size", "dim"):
            return self.computed(f"Tensor.{method.name}", [method.owner, *arguments], keywords)
        raise self.unread(node)

    def listed(
        self, node: ast.expr, function: _Loop, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What `range`, `len`, `enumerate`, `zip` and `reversed` make of modules and numbers."""
        lists = [self.items(a) if isinstance(a, _Module) else a for a in arguments]
        kinds = int if function.name == "range" else (tuple, list, range)
        if keywords or not all(isinstance(one, kinds) for one in lists):
            raise self.unread(node)
        made = getattr(builtins, function.name)(*lists)
        return made if function.name in ("len", "range") else [*made]

    # Reasons

    def unread(self, node: ast.AST) -> _Unread:
        """Where the reading ends, and at what."""
        file = self.frames[-1].code.co_filename.rpartition("/")[2]
        text = ast.unparse(node).split("\n")[0]
        return _Unread(f"{file}:{getattr(node, 'lineno', 0)}: `{text}` cannot be followed")


@dataclass(frozen=True)
class _Loop:
    """A function of Python that loops are made with."""

    name: str


_BUILT_IN: dict[str, Any] = {
    **{name: _Loop(name) for name in ("enumerate", "len", "range", "reversed", "zip")},
    "abs": operator.abs,
}
_USUAL = nn.Module.__getattribute__, nn.Module.__getattr__
_CONTAINERS = (nn.ModuleList, nn.Sequential, nn.ModuleDict)
_UNARY = {ast.USub: "neg", ast.UAdd: "pos"}
_OPERATORS = {
    **{ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Mod: "mod"},
    **{ast.Pow: "pow", ast.MatMult: "matmul", ast.FloorDiv: "floordiv"},
}
_COMPARISONS = {
    **{ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le", ast.Eq: "eq", ast.NotEq: "ne"},
    **{ast.Is: "is_", ast.IsNot: "is_not"},
}


def _name_of(function: Any) -> str:
    """The name of a function in the table, or ""."""
    try:
        return NAMES.get(function, "")
    except TypeError:  # it has no hash
        return ""


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | torch.dtype)


def _is_index(part: Any) -> bool:
    """Whether an index is written out, and no value decides what it selects."""
    if isinstance(part, tuple):
        return all(map(_is_index, part))
    if isinstance(part, slice):
        return all(map(_is_index, (part.start, part.stop, part.step)))
    return part is None or part is ... or type(part) is int


def _slots(part: Any) -> list[int]:
    """The values that an argument is, or is computed from, each once."""
    if isinstance(part, _Value | Size | Rank):
        return [part.index]
    if isinstance(part, Computed):
        part = part.operands
    if isinstance(part, tuple):
        return [*dict.fromkeys(index for one in part for index in _slots(one))]
    return []
