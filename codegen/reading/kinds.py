"""The types of values in a spec: their JSON Schema, and how each is read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from ..model import Domain
from .names import read_name
from .nodes import Node, Pairs, Scalar
from .record import Kind, Record, Schema
from .yaml_file import YamlFile

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}


def either(*options: Schema) -> Schema:
    return {"anyOf": [*options]}


def named(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def by_default(kind: Kind[T], value: T) -> Kind[T]:
    return replace(kind, absent=value)


def _plain(schema: Schema, read: Callable[[YamlFile, Node], T], absent: T) -> Kind[T]:
    return Kind(schema, lambda file, node, key: read(file, node), absent)


def unread(schema: Schema) -> Kind[Node | None]:
    """A value that is checked later, against declarations."""
    return Kind(schema, lambda file, node, key: node, None)


def _many(schema: Schema, read: Callable[[YamlFile, Node], T]) -> Kind[tuple[T, ...]]:
    return Kind(
        {"type": "array", "items": schema},
        lambda file, node, key: tuple(read(file, item) for item in file.sequence(node, key)),
        (),
    )


def nodes(schema: Schema) -> Kind[tuple[Node, ...]]:
    """A list whose items are checked later."""
    return _many(schema, lambda file, node: node)


TEXT = _plain({"type": "string"}, YamlFile.text, "")
NUMBER: Kind[float | None] = _plain({"type": "number"}, YamlFile.number, None)
WHOLE: Kind[int | None] = _plain({"type": "integer"}, YamlFile.integer, None)
BOOLEAN = _plain({"type": "boolean"}, YamlFile.boolean, False)
BOOLEAN_OR_NUMBER: Kind[bool | float] = _plain(
    {"type": ["boolean", "number"]}, YamlFile.boolean_or_number, False
)
NEIGHBOUR = _plain({"type": "string"}, YamlFile.neighbour, "")
METHOD = _plain(_NAME, YamlFile.method, "")
NEW_NAMES = _many(_NAME, read_name)
NAME = unread(_NAME)
NAMES = nodes(_NAME)
EXPRESSION = unread(_EXPRESSION)
EXPRESSIONS: Kind[Mapping[Scalar, Node]] = Kind(named(_EXPRESSION), YamlFile.mapping, {})
LISTS: Kind[Mapping[Scalar, Node]] = Kind(
    named({"type": "array", "items": {"type": "string"}}), YamlFile.mapping, {}
)
SIZES = unread({"type": "array", "items": _EXPRESSION})
ARGUMENTS = unread({"$ref": "#/$defs/arguments"})
STATEMENTS = nodes({"$ref": "#/$defs/statement"})


def _domain(file: YamlFile, node: Node) -> Domain:
    text = file.text(node)
    bound = r"\s*(-?inf|-?\d+(?:\.\d+)?)\s*"
    match = re.fullmatch(rf"\({bound},{bound}\)", text)
    if match and float(match[1]) < float(match[2]):
        return Domain(float(match[1]), float(match[2]))
    if text:
        file.wrong(node, f"{text} is not an open interval", 'write "(0, 1)" or "(0, inf)"')
    return ANY


ANY = Domain(-math.inf, math.inf)
DOMAIN = _plain({"type": "string"}, _domain, ANY)


def _least(file: YamlFile, node: Node) -> int | None:
    is_any = isinstance(node, Scalar) and node.value == "any"
    return None if is_any else file.integer(node)


LEAST: Kind[int | None] = _plain(either({"type": "integer"}, {"enum": ["any"]}), _least, 1)


def word(what: str, *allowed: str) -> Kind[str]:
    """One of a few words."""
    return _plain({"enum": [*allowed]}, lambda file, node: file.choice(node, what, allowed), "")


def words(what: str, *allowed: str) -> Kind[tuple[str, ...]]:
    return _many({"enum": [*allowed]}, lambda file, node: file.choice(node, what, allowed))


def whole(*allowed: int) -> Kind[int]:
    """One of a few whole numbers."""

    def read(file: YamlFile, node: Node, key: str) -> int:
        number = file.integer(node)
        if number not in allowed:
            hint = f"it must be {' or '.join(map(str, allowed))}"
            file.wrong(node, f"the {key} is {number}", hint)
            return allowed[0]
        return number

    return Kind({"enum": [*allowed]}, read, allowed[0])


def record(form: type[R]) -> Kind[R | None]:
    """A record, named by its key in messages."""
    return Kind(form.schema(), form, None)


def one_or_many(form: type[R]) -> Kind[tuple[R, ...]]:
    """A record, or a list of them."""

    def read(file: YamlFile, node: Node, key: str) -> tuple[R, ...]:
        nodes = [node] if isinstance(node, Pairs) else file.sequence(node, key)
        return tuple(form(file, item, key) for item in nodes)

    return Kind({"anyOf": [form.schema(), {"type": "array", "items": form.schema()}]}, read, ())


@dataclass(frozen=True)
class Entries(Generic[R]):
    """Records by their names, each read when it is reached in iteration."""

    readers: Mapping[Scalar, Callable[[], R]]

    def __iter__(self) -> Iterator[tuple[Scalar, R]]:
        return ((key, read()) for key, read in self.readers.items())

    @property
    def keys(self) -> tuple[Scalar, ...]:
        return tuple(self.readers)


def entries(what: str, form: type[R]) -> Kind[Entries[R]]:
    """Records of one form; `what` describes each in messages."""
    return chosen(form.schema(), lambda key, node: (form, f"{what} {key.value}"))


def chosen(
    schema: Schema, choose: Callable[[Scalar, Node], tuple[type[R], str]]
) -> Kind[Entries[R]]:
    """Records whose form and description are chosen one by one."""

    def read(file: YamlFile, node: Node, key: str) -> Entries[R]:
        readers: dict[Scalar, Callable[[], R]] = {}
        for name, value in file.mapping(node, key).items():
            form, what = choose(name, value)
            readers[name] = partial(form, file, value, what)
        return Entries(readers)

    return Kind(named(schema), read, Entries({}))
