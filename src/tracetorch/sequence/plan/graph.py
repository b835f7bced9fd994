"""What a forward computes, as a graph of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from .functions import Function

Path: TypeAlias = tuple[str, ...]
"""The names that lead from a module to one below it."""


Arguments: TypeAlias = tuple[tuple[Any, ...], tuple[tuple[str, Any], ...]]


@dataclass(frozen=True)
class Held:
    """The parameter or the buffer of this name, of the module of this path."""

    path: Path
    name: str


@dataclass(frozen=True)
class Apply:
    """A call of the submodule of this path with some of the values.

    Attributes:
        arguments: Those that it is called with, and its keywords, in the form of those of a
            `Function`; None if they are the values alone.
    """

    path: Path
    inputs: tuple[int, ...]
    arguments: Arguments | None = None


@dataclass(frozen=True)
class Compute:
    """A call of a function with some of the values.

    Attributes:
        why: Why it is called timestep by timestep, or "".
        held: The parameters and buffers that it takes after the values.
    """

    function: Function
    inputs: tuple[int, ...]
    why: str = ""
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Graph:
    """What a forward computes.

    Attributes:
        operations: In their order. Each makes a value; the first values are the inputs.
        output: The index of the value that is returned.
        read: The attributes that decided what the operations are, and their values.
        tensors: The indices of the values that must not be None.
    """

    operations: tuple[Apply | Compute, ...]
    output: int
    read: tuple[tuple[Path, str, Any], ...]
    tensors: tuple[int, ...] = ()


class Unread(Exception):
    """A forward does more than such a graph says, or may do."""
