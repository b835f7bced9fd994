"""What a forward computes, as a graph of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from .functions import Function

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


class Unread(Exception):
    """A forward does more than such a graph says, or may do."""
