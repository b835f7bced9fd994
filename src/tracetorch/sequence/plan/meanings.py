"""What a name in a forward may mean, beside plain objects of Python."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from .functions import NAMES, Computed, Measure, leaves
from .graph import Held, Path


@dataclass(frozen=True)
class Value:
    """The value of this index."""

    index: int


@dataclass(frozen=True)
class Module:
    """The module of this path."""

    path: Path


@dataclass(frozen=True)
class Bound:
    """A method of a value or of a module."""

    owner: Value | Module | Held | Computed
    name: str


@dataclass(frozen=True)
class Parts:
    """What a function divides a value into."""

    name: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]


@dataclass
class Frame:
    """A function that is read: what its names mean, and where they come from."""

    code: types.CodeType
    globals: Mapping[str, Any]
    names: dict[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> set[str]:
        """The names that mean nothing global."""
        return {*self.code.co_varnames, *self.code.co_cellvars, *self.code.co_freevars}


@dataclass(frozen=True)
class Loop:
    """A function of Python that loops are made with."""

    name: str


@dataclass
class Items:
    """What a loop can go through, and nothing else can be done with.

    Attributes:
        is_once: Whether nothing is left after one loop.
    """

    items: list[Any]
    is_once: bool = False

    def taken(self) -> list[Any]:
        items = self.items
        self.items = [] if self.is_once else items
        return items


def name_of(function: Any) -> str:
    """The name of a function in the table, or ""."""
    try:
        return NAMES.get(function, "")
    except TypeError:  # it has no hash
        return ""


def is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | torch.dtype)


def is_shape(part: Any) -> bool:
    """Whether this is all sizes of a value."""
    whole = isinstance(part, Measure) and part.item is None and not part.arguments
    return whole and part.name in ("shape", "size")


def is_index(part: Any) -> bool:
    """Whether no value decides what an index selects."""
    if isinstance(part, tuple):
        return all(map(is_index, part))
    return all(
        one is None or one is ... or type(one) is int or isinstance(one, Measure)
        for one in leaves(part)
    ) and not isinstance(part, list)


def slots(part: Any) -> list[int]:
    """The values that an argument is, or is computed from, each once."""
    found = (one.index for one in leaves(part) if isinstance(one, Value | Measure))
    return [*dict.fromkeys(found)]


def is_held(part: Any) -> bool:
    """Whether an argument is or contains a parameter or a buffer."""
    return any(isinstance(one, Held) for one in leaves(part))
