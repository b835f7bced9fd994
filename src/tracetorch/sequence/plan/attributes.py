"""Attributes and items of values, of modules and of containers."""

from __future__ import annotations

import ast
import inspect
import operator
import types
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ..modules import kind
from .functions import FUNCTIONS, Computed, Measure
from .graph import Held
from .meanings import Bound, Module, Parts, Value, is_index, is_plain, is_shape
from .operations import Operations

_APPLY = torch.autograd.Function.apply.__func__  # type: ignore[attr-defined]
_USUAL = nn.Module.__getattribute__, nn.Module.__getattr__
_CONTAINERS = (nn.ModuleList, nn.Sequential, nn.ModuleDict)


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
            return self.outside(node, getattr(owner, name, None))
        if isinstance(owner, type) and issubclass(owner, torch.autograd.Function):
            if name == "apply" and owner.apply.__func__ is _APPLY:  # type: ignore[attr-defined]
                return owner.apply
        if isinstance(owner, type):
            found = inspect.getattr_static(owner, name, None)
            if isinstance(found, staticmethod):
                return self.outside(node, found.__func__)
        raise self.unread(node)

    def of_value(self, node: ast.expr, owner: Value | Held | Computed, name: str) -> Any:
        known = FUNCTIONS.get(f"Tensor.{name}")
        is_known = known is not None and getattr(Tensor, name) is known
        if not isinstance(owner, Value):
            if is_known:
                return Bound(owner, name)
            raise self.unread(node)
        if name in ("shape", "ndim", "dtype", "device"):
            return Measure(owner.index, name)
        if name in ("size", "dim") or callable(getattr(Tensor, name, None)):
            return Bound(owner, name)
        return self.looped(self.reason(node), name, getattr, [owner, name], {})

    def of_module(self, node: ast.expr, owner: Module, name: str) -> Any:
        module, own = self.at(owner.path), type(self.at(owner.path))
        if own.__getattribute__ is not _USUAL[0] or own.__getattr__ is not _USUAL[1]:
            raise self.unread(node)
        if name in vars(module):
            found = vars(module)[name]
            if is_plain(found):
                self.read.append((owner.path, name, found))
                return found
            raise self.unread(node)
        if hasattr(own, name):
            found = inspect.getattr_static(own, name)
            if isinstance(found, types.FunctionType):
                return Bound(owner, name)
            if is_plain(found):
                self.read.append((owner.path, name, found))
                return found
            raise self.unread(node)
        if isinstance(module._modules.get(name), nn.Module):
            return Module((*owner.path, name))
        tensors = {**module._parameters, **module._buffers}
        if isinstance(tensors.get(name), Tensor):
            return Held(owner.path, name)
        if name in tensors:
            self.read.append((owner.path, name, None))
            return None
        raise self.unread(node)

    def item(self, node: ast.expr, owner: Any, index: Any) -> Any:
        if isinstance(owner, Module):
            return self.child(node, owner, index)
        if isinstance(owner, Value) and not is_index(index):
            return self.looped(self.reason(node), "getitem", operator.getitem, [owner, index], {})
        if isinstance(owner, Value | Held | Computed):
            return self.computed("operator.getitem", [owner, index])
        if isinstance(owner, Parts) and type(index) is int:
            return self.part(owner, index)
        if isinstance(owner, Measure) and is_shape(owner) and type(index) is int:
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
        if kind(self.at(owner.path)) is nn.ModuleDict:
            if index in names:
                return Module((*owner.path, index))
        elif type(index) is int and -len(names) <= index < len(names):
            return Module((*owner.path, names[index]))
        raise self.unread(node)

    def children(self, node: ast.AST, owner: Module) -> list[str]:
        container = self.at(owner.path)
        own = kind(container)
        if own not in _CONTAINERS or any(m is None for m in container._modules.values()):
            raise self.unread(node)
        names = list(container._modules)
        if own is not nn.ModuleDict and names != [str(place) for place in range(len(names))]:
            raise self.unread(node)
        self.read.append((owner.path, "", tuple(names)))
        return names

    def items(self, owner: Module) -> list[Any]:
        """What a loop over a container goes through."""
        names = self.children(self.now, owner)
        if kind(self.at(owner.path)) is nn.ModuleDict:
            return names
        return [Module((*owner.path, name)) for name in names]
