"""Records: mappings with known keys, whose values are read as attributes.

A record class defines each key once: its JSON Schema, its description, and how its value is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from .nodes import Node, Pairs, Scalar
from .problems import one_of
from .yaml_file import YamlFile

Schema = dict[str, Any]
"""A JSON Schema."""

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """The type of a value.

    Attributes:
        read: Reads a node; the last argument is the key, for messages.
        absent: The value of a record that lacks the key.
    """

    schema: Schema
    read: Callable[[YamlFile, Node, str], T]
    absent: T


class Key(Generic[T]):
    """A key of a record, an attribute of its class; on an instance, the value."""

    name: str

    def __init__(self, kind: Kind[T], doc: str, is_required: bool) -> None:
        self.kind = kind
        self.doc = doc
        self.is_required = is_required

    def __set_name__(self, owner: type[Record], name: str) -> None:
        self.name = name.rstrip("_")

    @overload
    def __get__(self, record: None, owner: type[Record]) -> Key[T]: ...
    @overload
    def __get__(self, record: Record, owner: type[Record]) -> T: ...
    def __get__(self, record: Record | None, owner: type[Record]) -> Key[T] | T:
        if record is None:
            return self
        if self.name not in record:
            return self.kind.absent
        return self.kind.read(record.file, record[self.name], self.name)

    def as_optional(self) -> Key[T]:
        return optional(self.kind, self.doc)

    @property
    def schema(self) -> Schema:
        described = {"description": self.doc} if self.doc else {}
        return {**self.kind.schema, **described}


def required(kind: Kind[T], doc: str = "") -> Key[T]:
    return Key(kind, doc, is_required=True)


def optional(kind: Kind[T], doc: str) -> Key[T]:
    return Key(kind, doc, is_required=False)


_TEXT = "doc"
"""The key of a record whose value may be written in its place."""


class Record:
    """A mapping whose keys are the attributes of its class. Unknown and missing keys are errors.

    Where `doc` is the only key that is needed, the text alone may be written.

    Args:
        what: A description of what it declares, for messages.
    """

    def __init__(self, file: YamlFile, node: Node | None, what: str) -> None:
        self.file = file
        self._attempt = file.attempt()
        self._nodes = self._known(node, what) if node else {}

    def _known(self, node: Node, what: str) -> dict[str, Node]:
        keys = self.keys()
        if self.may_be_text() and isinstance(node, Scalar):
            return {_TEXT: node}
        known: dict[str, Node] = {}
        for key, value in self.file.mapping(node, what).items():
            if key.value in keys:
                known[key.value] = value
                continue
            hint = self.hint(key.value)
            if isinstance(value, Scalar) and value.kind == "null":
                hint = "a comma ends a text inside { }; put a text with a comma in quotes"
            self.file.wrong(key, f"unknown key {key.value!r} in {what}", hint)
        required = [name for name, key in keys.items() if key.is_required]
        for name in required if isinstance(node, Pairs) else ():
            if name not in known:
                self.file.wrong(node, f"{what} lacks {name}", f"add {name}: ...")
        return known

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def __getitem__(self, key: str) -> Node:
        """The node of a value, for errors there."""
        return self._nodes[key]

    def hint(self, key: str) -> str:
        """Return what to write instead of an unknown key."""
        return one_of(self.keys(), key)

    @property
    def succeeded(self) -> bool:
        """Whether there were no errors since the record was created."""
        return self._attempt.succeeded

    @classmethod
    def keys(cls) -> dict[str, Key[Any]]:
        """Return the keys by name: required ones first, own ones before those of the base."""
        keys: dict[str, Key[Any]] = {}
        for part in cls.__mro__:
            for key in vars(part).values():
                if isinstance(key, Key):
                    keys.setdefault(key.name, key)
        return dict(sorted(keys.items(), key=lambda pair: not pair[1].is_required))

    @classmethod
    def may_be_text(cls) -> bool:
        """Whether `doc` is the only key that it needs."""
        return [name for name, key in cls.keys().items() if key.is_required] == [_TEXT]

    @classmethod
    def schema(cls) -> Schema:
        keys = cls.keys()
        mapping = {
            "type": "object",
            "properties": {name: key.schema for name, key in keys.items()},
            "required": [name for name, key in keys.items() if key.is_required],
            "additionalProperties": False,
        }
        return {"anyOf": [mapping, {"type": "string"}]} if cls.may_be_text() else mapping
