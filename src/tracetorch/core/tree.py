"""The layers that a module contains, and the keys of their states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from .layer import Layer

_OWN_ATTRIBUTES = frozenset(vars(nn.Module()))


def named_modules(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield each module once: `root.named_modules()`, then those in plain lists, tuples, dicts."""
    seen: set[nn.Module] = set()
    containers: set[int] = set()
    roots: list[tuple[str, nn.Module]] = [("", root)]
    for prefix, top in roots:
        for path, module in top.named_modules(seen, prefix):
            yield path, module
            for attribute, value in vars(module).items():
                if attribute not in _OWN_ATTRIBUTES:
                    below = f"{path}.{attribute}".lstrip(".")
                    roots.extend(_modules_within(below, value, containers))


def named_layers(root: nn.Module) -> Iterator[tuple[str, Layer]]:
    """Yield each tracetorch layer once, with its name in `named_modules()` if it has one."""
    for path, module in named_modules(root):
        if isinstance(module, Layer):
            yield path, module


def states_by_key(root: nn.Module) -> dict[str, tuple[Layer, str]]:
    """Return the layer and the name of each state, by its key."""
    found: dict[str, tuple[Layer, str]] = {}
    for path, layer in named_layers(root):
        for name in layer._state_sizes:
            key = f"{path}.{name}".lstrip(".")
            if key in found:
                raise ValueError(f"two states have the key {key}; rename what holds the layers")
            found[key] = layer, name
    return found


def _modules_within(path: str, value: Any, seen: set[int]) -> Iterator[tuple[str, nn.Module]]:
    """Yield the modules in plain containers, which `nn.Module` does not register."""
    if isinstance(value, nn.Module):
        yield path, value
    elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
        seen.add(id(value))
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _modules_within(f"{path}.{key}", item, seen)
