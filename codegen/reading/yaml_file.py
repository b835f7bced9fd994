"""Typed access to the nodes of a YAML file, which collects errors with locations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeGuard

from yaml import MarkedYAMLError
from yaml.reader import ReaderError

from ..language import expressions
from ..language.expressions import Expression, ExpressionError, Name, Number
from ..model import Location
from .nodes import Items, Node, Pairs, Scalar, parse
from .problems import Attempt, Notes, one_of


class YamlFile:
    """One YAML file: typed access to its nodes, which collects errors.

    After an error, methods return a valid value of the right type, so that reading continues and
    finds further errors.
    """

    def __init__(self, path: Path, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        self.root = self._compose()

    def _compose(self) -> Node | None:
        name = self.path.as_posix()
        top = Location(name, 1, 1)
        try:
            text = self.path.read_text(encoding="utf-8")
            self.notes.sources[name] = text
            root = parse(text, name)
        except OSError as error:
            self.notes.add(top, f"cannot be read: {error.strerror}", "this file must exist")
        except UnicodeDecodeError as error:
            self.notes.add(top, f"not text: {error.reason}", "save the file as UTF-8")
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = Location(name, mark.line + 1, mark.column + 1) if mark else top
            hint = "check indentation and quotes here"
            if mark and re.search(_COLON_IN_TEXT, text[: mark.index + 1]):
                hint += '; a text with ": " needs quotes'
            self.notes.add(where, f"not YAML: {error.problem}", hint)
        except ReaderError as error:
            before = text[: error.position].split("\n")
            where = Location(name, len(before), len(before[-1]) + 1)
            self.notes.add(where, "not YAML: a control character", "remove this character")
        except RecursionError:
            self.notes.add(top, "not YAML: nested too deeply", "a spec is a few levels deep")
        else:
            if root is not None:
                return root
            self.notes.add(top, "the file is empty", "write what it should declare")
        return None

    def attempt(self) -> Attempt:
        """Start a step whose success can be checked."""
        return Attempt(self.notes, len(self.notes.problems))

    def wrong(self, node: Node, message: str, hint: str) -> None:
        self.notes.add(node.location, message, hint)

    def mapping(self, node: Node, what: str) -> dict[Scalar, Node]:
        """Read a mapping whose keys are distinct texts."""
        if not isinstance(node, Pairs):
            self.wrong(node, f"{what} must be a mapping", "write key: value pairs")
            return {}
        pairs: dict[Scalar, Node] = {}
        seen: dict[str, int] = {}
        for key, value in node.value:
            text = self.text(key)
            if text in seen:
                hint = f"it is in line {seen[text]} already; keep one of them"
                self.wrong(key, f"duplicate key {text}", hint)
            elif isinstance(key, Scalar) and text:
                seen[text] = key.location.line
                pairs[key] = value
        return pairs

    def sequence(self, node: Node, what: str) -> tuple[Node, ...]:
        if isinstance(node, Items):
            return node.value
        self.wrong(node, f"{what} must be a list", "write [A, B]")
        return ()

    def text(self, node: Node | None) -> str:
        """Read a line of text that is valid in a docstring."""
        if node is None:
            return ""
        if not _is(node, "str"):
            self._wrong_type(node, "a text")
            return ""
        if not node.value.strip():
            self.wrong(node, "the text is empty", "write a text")
            return ""
        if not node.value.isprintable() or "\\" in node.value or '"""' in node.value:
            hint = 'write one line, without backslashes and without """'
            self.wrong(node, "the text does not fit a docstring", hint)
            return ""
        return node.value

    def number(self, node: Node) -> float | None:
        if _is(node, "int", "float") and re.fullmatch(_DECIMAL, node.value):
            problem = expressions.problem_of_number(float(node.value))
            if problem:
                self.wrong(node, *problem)
            return None if problem else float(node.value)
        self._wrong_type(node, "a number")
        return None

    def integer(self, node: Node) -> int:
        number = self.number(node)
        if number is not None and not number.is_integer():
            self.wrong(node, "this must be a whole number", "write a whole number")
        return int(number or 0)

    def boolean_or_number(self, node: Node) -> bool | float:
        if _is(node, "bool"):
            return self.boolean(node)
        if _is(node, "int", "float"):
            return self.number(node) or 0.0
        self.wrong(
            node, "this must be true, false or a number", "write one of them, without quotes"
        )
        return False

    def boolean(self, node: Node) -> bool:
        if node.value in ("true", "false"):
            return node.value == "true"
        self.wrong(node, "this must be true or false", "write true or false")
        return False

    def neighbour(self, node: Node) -> str:
        """Read the name of a Python file in the same folder."""
        text = self.text(node)
        if text and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*\.py", text):
            self.wrong(node, f"{text} is not the name of a Python file", "write name.py")
        elif text and not (self.path.parent / text).is_file():
            message = f"there is no file {text} beside the spec"
            self.wrong(node, message, "write it, or leave it out")
        return text

    def method(self, node: Node) -> str:
        """Read the name of a method of the base class that registers a parameter."""
        text = self.text(node)
        if text and not re.fullmatch(r"_register_[a-z_]+", text):
            self.wrong(node, f"{text} registers no parameter", "write _register_...")
        return text

    def choice(self, node: Node | None, what: str, allowed: Iterable[str]) -> str:
        """Read one of the allowed words."""
        text = self.text(node)
        if node and text and text not in allowed:
            self.wrong(node, f"unknown {what} {text}", one_of(allowed, text))
        return text

    def expression(self, node: Node) -> Expression:
        return self._parsed(node, lambda text: ((), expressions.parse(text)), Number(0))[1]

    def statement(self, node: Node) -> tuple[tuple[str, ...], Expression]:
        """Read the targets of a statement, and its expression."""
        misread = misread_statement(node)
        if misread:
            key, value = misread
            hint = f"write {key.value} = {value.value.rpartition('=')[2].strip()}"
            if not key.value.isidentifier():
                hint = 'put the line in quotes: YAML reads the text before ": " as a key'
            self.wrong(node, "this is a key of YAML, not a statement", hint)
            return (key.value,), Name("x")
        return self._parsed(node, expressions.parse_statement, Name("x"))

    def _parsed(
        self,
        node: Node,
        parse: Callable[[str], tuple[tuple[str, ...], Expression]],
        harmless: Expression,
    ) -> tuple[tuple[str, ...], Expression]:
        text = node.value if _is(node, "int", "float") else self.text(node)
        try:
            return parse(text) if text else ((), harmless)
        except ExpressionError as error:
            self.wrong_within(node, error.column, error.message, error.hint)
            return error.targets, harmless

    def wrong_within(self, node: Node, column: int, message: str, hint: str) -> None:
        """Add an error at a character of a scalar."""
        location = node.at(column) if isinstance(node, Scalar) else node.location
        self.notes.add(location, message, hint)

    def _wrong_type(self, node: Node, expected: str) -> None:
        hint = f"write {expected}"
        if expected == "a number" and _is(node, "int", "float"):
            hint = f"YAML may read {node.value} as another number; write a plain decimal"
        elif _is(node, "str"):
            exponent = re.fullmatch(r"([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)", node.value)
            if exponent:
                whole, fraction, sign, digits = exponent.groups()
                decimal = f"{whole}{fraction or '.0'}e{sign or '+'}{digits}"
                hint = f"YAML reads {node.value} as text; write {decimal}"
            elif node.is_quoted and re.fullmatch(_DECIMAL, node.value):
                hint = "remove the quotes"
        elif _is(node, "null"):
            hint += "; a comma ends a text inside { } that has no quotes"
        elif isinstance(node, Scalar):
            kind = node.kind.rpartition(":")[2]
            hint = f"YAML reads {node.value} as {_KINDS.get(kind, kind)}; put it in quotes"
        self.wrong(node, f"this must be {expected}", hint)


def misread_statement(node: Node) -> tuple[Scalar, Scalar] | None:
    """Return key and value of `name: expression`, written instead of `name = expression`."""
    match node:
        case Pairs(value=((Scalar() as key, Scalar() as value),)):
            return None if key.value in ("with", "do") else (key, value)
    return None


def _is(node: Node, *kinds: str) -> TypeGuard[Scalar]:
    return isinstance(node, Scalar) and node.kind in kinds


_DECIMAL = r"[-+]?(0|[1-9]\d{0,15})(\.\d*)?([eE][-+]?\d{1,2})?"
"""A decimal number; YAML also has infinity, octal numbers, and numbers to the base of 60."""

_COLON_IN_TEXT = r": +[^\s\"'].*:$"
"""A line where YAML fails at a colon inside the value of a key."""

_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "merge": "a merge of mappings",
    "timestamp": "a date",
}
