"""Packages whose contents are imported when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, names: Mapping[str, Iterable[str]], modules: Iterable[str] = ()
) -> Callable[[str], Any]:
    """Return the function `__getattr__` of a package.

    Args:
        package: The name of the package.
        names: The names that it offers of each of its submodules.
        modules: The submodules that it offers by their own names.
    """
    places = {name: module for module, some in names.items() for name in some}
    places |= dict.fromkeys(modules, "")

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{places[name] or name}")
        value = getattr(module, name) if places[name] else module
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__
