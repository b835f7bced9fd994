"""YAML as a tree of typed nodes, each with its location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from ..model import Location

_TAG = "tag:yaml.org,2002:"

_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C, which an installation of PyYAML may lack."""


@dataclass(frozen=True, eq=False)
class Scalar:
    """A text, a number, ...

    Attributes:
        kind: Its type in YAML: `str`, `int`, `float`, `bool`, `null`, ..., or a tag.
        value: Its text, without quotes.
        is_quoted: Whether it has quotes.
        is_line: Whether it is on a single line, so that the column of each character is known.
    """

    location: Location
    kind: str
    value: str
    is_quoted: bool
    is_line: bool

    def at(self, column: int) -> Location:
        """Return the location of a character of the value, or of the scalar if unknown."""
        return self.location.shifted(column + self.is_quoted) if self.is_line else self.location


@dataclass(frozen=True, eq=False)
class Items:
    """A list."""

    location: Location
    value: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Keys and their values, in the order written."""

    location: Location
    value: tuple[tuple[Node, Node], ...]


Node: TypeAlias = Scalar | Items | Pairs


def parse(text: str, file: str) -> Node | None:
    """Return the tree of a text, or None if it is empty.

    Raises:
        yaml.YAMLError: It is not YAML.
        RecursionError: It is nested too deeply.
    """
    try:
        root = yaml.compose(text, _FAST)
    except yaml.YAMLError:  # the messages of the other loader say more
        root = yaml.compose(text, yaml.SafeLoader)
    return None if root is None else _typed(root, file, {})


def _typed(node: Any, file: str, known: dict[int, Node]) -> Node:
    """Convert a node of PyYAML; a node that aliases repeat is converted once."""
    if id(node) not in known:
        known[id(node)] = _made(node, file, known)
    return known[id(node)]


def _made(node: Any, file: str, known: dict[int, Node]) -> Node:
    start, end = node.start_mark, node.end_mark
    location = Location(file, start.line + 1, start.column + 1)
    match node:
        case yaml.MappingNode():
            pairs = ((_typed(k, file, known), _typed(v, file, known)) for k, v in node.value)
            return Pairs(location, tuple(pairs))
        case yaml.SequenceNode():
            return Items(location, tuple(_typed(item, file, known) for item in node.value))
    kind = node.tag.removeprefix(_TAG)
    return Scalar(location, kind, node.value, bool(node.style), start.line == end.line)
