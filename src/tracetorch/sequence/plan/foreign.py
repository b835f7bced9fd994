"""Functions outside the table, and whether they may use a module that they are not given."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BUILT_IN = frozenset(
    [bool, dict, float, int, isinstance, len, list, max, min, print, round, set, str, sum, tuple]
)
_REFLECTION = {"eval", "exec", "gc", "globals", "inspect", "sys", "__import__"}
_TRUSTED = {"torch", "torchvision", "numpy", "scipy", "einops", *sys.stdlib_module_names}
_TRUSTED -= {"__main__", "builtins", "importlib", *_REFLECTION}
"""The packages whose functions use no module that they are not given, such as one in a global."""

_MOST = 1000
_LISTS = {"add", "put", "resize", "sort"}
"""Methods of tensors that other objects have too, which change them."""


def is_of_torch(function: Any) -> bool:
    """Whether a function of PyTorch computes with tensors, and changes none unless asked to."""
    name = getattr(function, "__name__", "_")
    homes = (torch._C._VariableFunctions, torch._C._nn, torch.functional, F)
    return not name.endswith("_") and any(getattr(home, name, None) is function for home in homes)


def writes(method: str) -> bool:
    """Whether a method of an object, most likely a tensor, may change it."""
    return method.endswith("_") or method in _LISTS or not hasattr(Tensor, method)


def may_use_modules(function: Any) -> bool:
    """Whether a function may use a module that is not among its arguments."""
    found, seen = [function], {id(function)}
    if isinstance(function, types.BuiltinFunctionType | type) and function in _BUILT_IN:
        return False
    for one in found:
        if isinstance(one, nn.Module | nn.Parameter) or len(found) > _MOST:
            return True
        if one is not function and _is_trusted(one):
            continue
        if isinstance(one, types.BuiltinFunctionType) and not _is_trusted(one):
            return True
        for part in _parts(one):
            if part is _REFLECTION:
                return True
            if id(part) not in seen:
                seen.add(id(part))
                found.append(part)
    return not callable(function)


def _is_trusted(found: Any) -> bool:
    homes: list[str | None]
    match found:
        case types.ModuleType():
            homes = [found.__name__]
        case types.FunctionType():  # whose `__module__` may be that of a function that it wraps
            homes = [found.__module__, found.__globals__.get("__name__")]
        case types.BuiltinFunctionType() | type():
            homes = [found.__module__]
        case _:
            return False
    return all(isinstance(home, str) and home.partition(".")[0] in _TRUSTED for home in homes)


def _parts(found: Any) -> Iterator[Any]:
    """What an object refers to."""
    match found:
        case types.FunctionType():
            names = set(_names(found.__code__))
            if names & _REFLECTION:
                yield _REFLECTION
            reached = [found.__globals__[name] for name in names if name in found.__globals__]
            yield from reached
            for module in reached:
                if isinstance(module, types.ModuleType) and not _is_trusted(module):
                    yield from (getattr(module, name, None) for name in names)
            yield from (cell.cell_contents for cell in found.__closure__ or () if _is_full(cell))
            yield from (*(found.__defaults__ or ()), *(found.__kwdefaults__ or {}).values())
            yield from vars(found).values()
        case types.MethodType():
            yield from (found.__self__, found.__func__)
        case functools.partial():
            yield from (found.func, *found.args, *found.keywords.values())
        case staticmethod() | classmethod():
            yield found.__func__
        case property():
            yield from (found.fget, found.fset)
        case dict():
            yield from found.values()
        case list() | tuple() | set() | frozenset():
            yield from found
        case type():
            yield from (*vars(found).values(), *found.__bases__)
        case types.ModuleType():
            pass
        case _:
            yield from getattr(found, "__dict__", {}).values()
            if type(found).__module__ != builtins.__name__:
                yield type(found)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _names(part)


def _is_full(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
