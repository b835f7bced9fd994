"""Attributes and items of values, of modules and of containers."""

from __future__ import annotations

import ast
import inspect
import operator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from .functions import FUNCTIONS, Computed, Measure
from .graph import Held
from .lookups import (
    MISSING,
    attribute_at,
    attribute_of,
    children_at,
    kind_at,
    static_attribute_of,
)
from .meanings import Bound, Module, Parts, Value, is_index, is_plain, is_shape
from .operations import Operations

_APPLY = inspect.getattr_static(torch.autograd.Function, "apply")


class Attributes(Operations):
    """What an attribute or an item is."""

    def outside(self, node: ast.expr, found: Any) -> Any:
        """An object that is no part of the module: a module of Python, a function, a dtype."""
        is_code = inspect.ismodule(found) or isinstance(found, type | torch.dtype)
        if is_code or inspect.isroutine(found):
            return found
        raise self.unread(node)

    def attribute(self, node: ast.expr, owner: Any, name: str) -> Any:
        if isinstance(owner, Value | Held | Computed):
            return self.of_value(node, owner, name)
        if isinstance(owner, Module):
            return self.of_module(node, owner, name)
        if inspect.ismodule(owner):
            return self.outside(node, self.look(attribute_of, owner, name))
        if isinstance(owner, type) and issubclass(owner, torch.autograd.Function):
            if name == "apply" and inspect.getattr_static(owner, name) is _APPLY:
                return owner.apply
        if isinstance(owner, type):
            found = self.look(static_attribute_of, owner, name)
            if isinstance(found, staticmethod):
                return self.outside(node, found.__func__)
        raise self.unread(node)

    def of_value(self, node: ast.expr, owner: Value | Held | Computed, name: str) -> Any:
        known = FUNCTIONS.get(f"Tensor.{name}")
        method = self.look(attribute_of, Tensor, name)
        if known not in (None, method) or not (known or isinstance(owner, Value)):
            raise self.unread(node)
        if not isinstance(owner, Value):
            return Bound(owner, name)
        if name in ("shape", "ndim", "dtype", "device"):
            return Measure(owner.index, name)
        if callable(method):
            return Bound(owner, name)
        return self.looped(self.reason(node), name, getattr, [owner, name], {})

    def of_module(self, node: ast.expr, owner: Module, name: str) -> Any:
        found = self.look(attribute_at, owner.path, name)
        if found is MISSING:
            raise self.unread(node)
        if is_plain(found):
            self.read.append((owner.path, name, found))
        return found

    def item(self, node: ast.expr, owner: Any, index: Any) -> Any:
        if isinstance(owner, Module):
            return self.child(node, owner, index)
        if isinstance(owner, Value) and not is_index(index):
            return self.looped(self.reason(node), "getitem", operator.getitem, [owner, index], {})
        if isinstance(owner, Value | Held | Computed):
            return self.computed("operator.getitem", [owner, index])
        if isinstance(owner, Parts) and type(index) is int:
            return self.part(owner, index)
        if is_shape(owner) and type(index) is int:
            return self.wait(replace(owner, item=index))
        if (
            isinstance(owner, tuple | list)
            and type(index) is int
            and -len(owner) <= index < len(owner)
        ):
            return owner[index]
        raise self.unread(node)

    def child(self, node: ast.expr, owner: Module, index: Any) -> Module:
        """A module of a container, by its index or its key."""
        names = self.children(node, owner)
        if self.look(kind_at, owner.path) is nn.ModuleDict:
            if index in names:
                return Module((*owner.path, index))
        elif type(index) is int and -len(names) <= index < len(names):
            return Module((*owner.path, names[index]))
        raise self.unread(node)

    def children(self, node: ast.expr | ast.stmt, owner: Module) -> list[str]:
        names = self.look(children_at, owner.path)
        if names is MISSING:
            raise self.unread(node)
        self.read.append((owner.path, "", names))
        return [*names]

    def items(self, owner: Module) -> list[Any]:
        """What a loop over a container goes through."""
        names = self.children(self.now, owner)
        if self.look(kind_at, owner.path) is nn.ModuleDict:
            return names
        return [Module((*owner.path, name)) for name in names]
