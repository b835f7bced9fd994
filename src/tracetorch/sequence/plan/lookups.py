"""What was looked up to read a forward: as long as all of it is the same, so is its graph."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..modules import kind
from .graph import Held, Path
from .meanings import Bound, Module, is_plain

MISSING: Any = type("Missing", (), {})()
"""What is found where there is nothing."""


@dataclass(frozen=True)
class Lookup:
    """A function of the module that is read, and what it returned."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    found: Any

    def is_same(self, module: nn.Module) -> bool:
        """Whether the function would return the same now."""
        now = self.function(module, *self.arguments)
        if now is self.found:
            return True
        if type(now) is not type(self.found) or not (is_plain(now) or isinstance(now, _MEANINGS)):
            return False
        return repr(now) == repr(self.found) and bool(now == self.found)  # -0.0 == 0.0


_MEANINGS = Bound, Held, Module


def at(root: nn.Module, path: Path) -> nn.Module:
    """The module of this path."""
    for name in path:
        root = root._modules[name]  # type: ignore[assignment]
    return root


def kind_at(root: nn.Module, path: Path) -> type[nn.Module]:
    return kind(at(root, path))


def forward_of(root: nn.Module) -> Any:
    return kind(root).forward


def method_of(root: nn.Module, name: str) -> Any:
    return inspect.getattr_static(kind(root), name)


def named(_: nn.Module, names: Mapping[str, Any], name: str) -> Any:
    """What a name means in the globals of a function."""
    return names.get(name, MISSING)


def attribute_of(_: nn.Module, owner: object, name: str) -> Any:
    """An attribute of an object outside the module."""
    return getattr(owner, name, MISSING)


def static_attribute_of(_: nn.Module, owner: object, name: str) -> Any:
    return inspect.getattr_static(owner, name, MISSING)


def attribute_at(root: nn.Module, path: Path, name: str) -> Any:
    """What an attribute of the module of this path means; `MISSING` if that cannot be said."""
    module = at(root, path)
    own = type(module)
    if own.__getattribute__ is not _USUAL[0] or own.__getattr__ is not _USUAL[1]:
        return MISSING
    if name in vars(module):
        found = vars(module)[name]
        return found if is_plain(found) else MISSING
    if hasattr(own, name):
        found = inspect.getattr_static(own, name)
        if isinstance(found, types.FunctionType):
            return Bound(Module(path), name)
        return found if is_plain(found) else MISSING
    if isinstance(module._modules.get(name), nn.Module):
        return Module((*path, name))
    tensors = {**module._parameters, **module._buffers}
    return Held(path, name) if isinstance(tensors.get(name), Tensor) else tensors.get(name, MISSING)


_USUAL = nn.Module.__getattribute__, nn.Module.__getattr__


def children_at(root: nn.Module, path: Path) -> Any:
    """The names of the modules of a container; `MISSING` if it is none, or has others."""
    container = at(root, path)
    own, names = kind(container), tuple(container._modules)
    if own not in _CONTAINERS or any(m is None for m in container._modules.values()):
        return MISSING
    if own is not nn.ModuleDict and names != tuple(map(str, range(len(names)))):
        return MISSING
    return names


_CONTAINERS = (nn.ModuleList, nn.Sequential, nn.ModuleDict)


def code_of(_: nn.Module, function: Any) -> Any:
    return function.__code__


def defaults_of(_: nn.Module, function: Any) -> tuple[Any, ...]:
    return (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items())
