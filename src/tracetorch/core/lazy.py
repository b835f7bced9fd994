"""Packages whose contents are imported when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, modules: Iterable[str], classes: Mapping[str, Iterable[str]]
) -> Callable[[str], Any]:
    """Return the function `__getattr__` of a package.

    Args:
        package: The name of the package.
        modules: The submodules that it offers by their own names.
        classes: The classes that it offers of other submodules.
    """
    homes = {name: module for module, names in classes.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name in homes:
            value = getattr(import_module(f"{package}.{homes[name]}"), name)
        elif name in modules:
            value = import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__
