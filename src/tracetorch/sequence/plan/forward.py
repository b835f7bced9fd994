"""Reads a forward method as a chain of operations, from its source and without running it."""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import nn

from ..modules import constant

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"torch.{f.__name__}": f for f in (torch.abs, torch.exp, torch.relu, torch.sigmoid)},
    **{f"torch.{f.__name__}": f for f in (torch.sin, torch.square, torch.tanh)},
    **{f"F.{f.__name__}": f for f in (F.elu, F.gelu, F.leaky_relu, F.relu, F.silu, F.softplus)},
    **{name: getattr(operator, name) for name in ("add", "mul", "neg", "sub", "truediv")},
}
"""Elementwise functions, by their names in `Elementwise`."""

_METHODS = ("abs", "exp", "relu", "sigmoid", "sin", "square", "tanh")
_OPERATORS = {ast.Add: "add", ast.Mult: "mul", ast.Sub: "sub", ast.Div: "truediv"}


@dataclass(frozen=True)
class Elementwise:
    """An elementwise function, with its numeric arguments after the input."""

    name: str
    numbers: tuple[float, ...] = ()

    def __call__(self, x: Any) -> Any:
        return FUNCTIONS[self.name](x, *self.numbers)


@dataclass(frozen=True)
class Apply:
    """A call of the submodule of this name."""

    name: str


@dataclass(frozen=True)
class Item:
    """A call of the current module of the enclosing loop."""


@dataclass(frozen=True)
class Each:
    """A loop over the modules of a container, and the operations of one iteration."""

    modules: str
    links: tuple[Link, ...]


Link: TypeAlias = "Elementwise | Apply | Item | Each"
"""One operation of a chain, applied to the result of the one before."""


class _NoChain(Exception):
    """A forward is not a chain, or its source cannot be read."""

    def __init__(self, reason: str = "its forward is no plain chain") -> None:
        super().__init__(reason)


@constant
def links(forward: Any) -> tuple[Link, ...] | str:
    """Return the operations of a forward on its input, in order, or why it is not a chain."""
    try:
        return _read(forward)
    except _NoChain as reason:
        return str(reason)


def _read(forward: Any) -> tuple[Link, ...]:
    if not isinstance(forward, types.FunctionType):
        raise _NoChain
    function = _definition(forward.__code__)
    if isinstance(function, str):
        raise _NoChain(function)
    arguments = function.args
    names = [argument.arg for argument in arguments.args]
    others = (arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    if len(names) != 2 or any(others) or function.decorator_list:
        raise _NoChain
    return tuple(_Reader(forward, *names).statements(function.body))


@functools.lru_cache(maxsize=256)
def _definition(own: types.CodeType) -> ast.FunctionDef | str:
    """Return the syntax tree of a function, or the reason if its source is not what runs."""
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


class _Reader:
    """Reads statements, each of which uses only the result of the one before."""

    def __init__(self, forward: types.FunctionType, module: str, value: str) -> None:
        self.globals = forward.__globals__
        code = forward.__code__
        self.own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        """The local and closure variables of the function."""
        self.module = module
        self.value = value
        """The variable with the latest result, the only one that may be read."""
        self.item = ""
        """The loop variable of a loop over modules; empty outside of one."""

    def statements(self, body: list[ast.stmt], is_loop: bool = False) -> Iterator[Link]:
        for index, statement in enumerate(body):
            match statement:
                case ast.Expr(ast.Constant(str())) if not is_loop and index == 0:
                    continue
                case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(
                    ast.Name(name), _, ast.expr() as value
                ) if (name != self.module):
                    yield from self.links(value)
                    if is_loop and name != self.value:
                        raise _NoChain
                    self.value = name
                case ast.For(ast.Name(item), modules, inner, []) if not is_loop:
                    self.item = item
                    if item in (self.module, self.value):
                        raise _NoChain
                    yield Each(self.attribute(modules), tuple(self.statements(inner, is_loop=True)))
                    self.item = ""
                case ast.Return(ast.expr() as value) if not is_loop and index == len(body) - 1:
                    yield from self.links(value)
                    return
                case _:
                    raise _NoChain
        if not is_loop:
            raise _NoChain

    def links(self, value: ast.expr) -> Iterator[Link]:
        """Yield the operations of an expression on the latest result, innermost first."""
        match value:
            case ast.Name(name) if name == self.value:
                return
            case ast.Call(function, [argument, *numbers], []):
                yield from self.links(argument)
                yield self.called(function, numbers)
            case ast.Call(ast.Attribute(inner, method), [], []) if method in _METHODS:
                yield from self.links(inner)
                yield Elementwise(f"torch.{method}")
            case ast.UnaryOp(ast.USub(), inner):
                yield from self.links(inner)
                yield Elementwise("neg")
            case ast.BinOp(inner, kind, ast.Constant() as number) if type(kind) in _OPERATORS:
                yield from self.links(inner)
                yield Elementwise(_OPERATORS[type(kind)], (self.number(number),))
            case ast.BinOp(ast.Constant() as number, ast.Add() | ast.Mult() as kind, inner):
                yield from self.links(inner)
                yield Elementwise(_OPERATORS[type(kind)], (self.number(number),))
            case _:
                raise _NoChain

    def called(self, function: ast.expr, numbers: list[ast.expr]) -> Link:
        if isinstance(function, ast.Name) and self.item and function.id == self.item:
            if not numbers:
                return Item()
        elif _root(function) == self.module:
            if not numbers:
                return Apply(self.attribute(function))
        else:
            found = self.outside(function)
            for name, known in FUNCTIONS.items():
                if known is found:
                    return Elementwise(name, tuple(map(self.number, numbers)))
        raise _NoChain

    def attribute(self, node: ast.expr) -> str:
        """Return the name of an attribute of the module, or of an item in it, as `net.0`."""
        match node:
            case ast.Attribute(ast.Name(name), attribute) if name == self.module:
                return attribute
            case ast.Attribute(inner, attribute):
                return f"{self.attribute(inner)}.{attribute}"
            case ast.Subscript(inner, ast.Constant(int() as index)):
                return f"{self.attribute(inner)}.{index}"
        raise _NoChain

    def outside(self, node: ast.expr) -> Any:
        """Return the global object, possibly in imported modules, that an expression refers to."""
        match node:
            case ast.Name(name) if name not in self.own:
                return self.globals.get(name)
            case ast.Attribute(inner, attribute):
                owner = self.outside(inner)
                return getattr(owner, attribute, None) if inspect.ismodule(owner) else None
        return None

    @staticmethod
    def number(node: ast.expr) -> float:
        match node:
            case ast.Constant(int() | float() as number) if not isinstance(number, bool):
                return number
        raise _NoChain


def _root(node: ast.expr) -> str:
    """Return the first name in an expression of attributes and indices."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
