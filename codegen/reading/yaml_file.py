"""Typed access to YAML that remembers where everything stands."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.reader import ReaderError

from ..language import expressions
from ..language.expressions import Expression, ExpressionError, Name, Number
from ..model import Location
from .format import Record
from .problems import Problem, one_of
from .reserved import RESERVED


class Notes:
    """What was found wrong so far, and the texts it was found in."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: dict[str, str] = {}

    def add(self, location: Location, message: str, hint: str) -> None:
        self.problems.append(Problem(location, message, hint))


@dataclass(frozen=True)
class Attempt:
    """Something that may go wrong, begun after so many problems."""

    notes: Notes
    before: int

    @property
    def succeeded(self) -> bool:
        """Whether nothing was found wrong since."""
        return len(self.notes.problems) == self.before


class YamlFile:
    """One YAML file: typed access to its nodes, noting every mistake.

    After a mistake each method returns a harmless value of the right type, so that reading goes
    on and finds the next one.
    """

    def __init__(self, path: Path, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        self.root = self._compose()

    def _compose(self) -> yaml.Node | None:
        name = self.path.as_posix()
        top = Location(name, 1, 1)
        try:
            text = self.path.read_text(encoding="utf-8")
            self.notes.sources[name] = text
            root = yaml.compose(text, yaml.SafeLoader)
        except OSError as error:
            self.notes.add(top, f"cannot be read: {error.strerror}", "this file must exist")
        except UnicodeDecodeError as error:
            self.notes.add(top, f"not text: {error.reason}", "save the file as UTF-8")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = Location(name, mark.line + 1, mark.column + 1) if mark else top
            hint = "check indentation and quotes here"
            if mark and re.search(_COLON_IN_TEXT, text[: mark.index + 1]):
                hint += '; a text with ": " must stand in quotes'
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
        """Begin what may go wrong."""
        return Attempt(self.notes, len(self.notes.problems))

    def location(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self.path.as_posix(), mark.line + 1, mark.column + 1)

    def wrong(self, node: yaml.Node, message: str, hint: str) -> None:
        self.notes.add(self.location(node), message, hint)

    def mapping(self, node: yaml.Node | None, what: str) -> dict[yaml.ScalarNode, yaml.Node]:
        """The pairs of a mapping whose keys are distinct texts."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be a mapping", "write key: value pairs")
            return {}
        pairs: dict[yaml.ScalarNode, yaml.Node] = {}
        seen: dict[str, int] = {}
        for key, value in node.value:
            text = self.text(key)
            if text in seen:
                hint = f"it stands in line {seen[text]} already; keep one of them"
                self.wrong(key, f"duplicate key {text}", hint)
            elif text:
                seen[text] = key.start_mark.line + 1
                pairs[key] = value
        return pairs

    def record(self, node: yaml.Node | None, what: str, form: Record) -> dict[str, yaml.Node]:
        """The values of a mapping with known keys; those required and missing are noted."""
        allowed = form.keys
        pairs = self.mapping(node, what)
        for key, value in pairs.items():
            if key.value not in allowed:
                hint = one_of(allowed, key.value)
                if self._is(value, "null"):
                    hint = "a comma ends a text inside { }; put a text with a comma in quotes"
                self.wrong(key, f"unknown key {key.value!r} in {what}", hint)
        record = {key.value: value for key, value in pairs.items() if key.value in allowed}
        if isinstance(node, yaml.MappingNode):
            for key in form.required:
                if key not in record:
                    self.wrong(node, f"{what} lacks {key}", f"add {key}: ...")
        return record

    def sequence(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"{what} must be a list", "write [A, B]")
            return []
        return node.value

    def one_or_many(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        """What stands alone or in a list."""
        return [node] if isinstance(node, yaml.MappingNode) else self.sequence(node, what)

    def text(self, node: yaml.Node | None) -> str:
        """A line of text that a docstring can hold as it is."""
        if node is None:
            return ""
        if not self._is(node, "str") or not node.value.strip():
            self._wrong_type(node, "a text")
            return ""
        if not node.value.isprintable() or "\\" in node.value or '"""' in node.value:
            hint = 'write one line, without backslashes and without """'
            self.wrong(node, "the text does not fit a docstring", hint)
            return ""
        return node.value

    def number(self, node: yaml.Node | None) -> float | None:
        if node is None:
            return None
        is_number = self._is(node, "int") or self._is(node, "float")
        if is_number and re.fullmatch(_DECIMAL, node.value):
            problem = expressions.problem_of_number(float(node.value))
            if problem:
                self.wrong(node, *problem)
            return None if problem else float(node.value)
        self._wrong_type(node, "a number")
        return None

    def integer(self, node: yaml.Node) -> int:
        number = self.number(node)
        if number is not None and not number.is_integer():
            self.wrong(node, "this must be a whole number", "write a whole number")
        return int(number or 0)

    def boolean_or_number(self, node: yaml.Node) -> bool | float:
        if self._is(node, "bool"):
            return self.boolean(node)
        return self.number(node) or 0.0

    def boolean(self, node: yaml.Node | None) -> bool:
        if node is None:
            return False
        if isinstance(node, yaml.ScalarNode) and node.value in ("true", "false"):
            return node.value == "true"
        self.wrong(node, "this must be true or false", "write true or false")
        return False

    def name(self, node: yaml.Node | None) -> str:
        """A name that generated source can give to something of its own."""
        text = self.text(node)
        problem = problem_of_name(text) if text else None
        if problem:
            self.wrong(node, *problem)
        return text

    def neighbour(self, node: yaml.Node | None) -> str:
        """The name of a Python file in the same folder."""
        text = self.text(node)
        if text and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*\.py", text):
            self.wrong(node, f"{text} is not the name of a Python file", "write name.py")
        elif text and not (self.path.parent / text).is_file():
            self.wrong(
                node, f"there is no file {text} beside the spec", "write it, or leave it out"
            )
        return text

    def method(self, node: yaml.Node | None) -> str:
        text = self.text(node)
        if text and not re.fullmatch(r"_register_[a-z_]+", text):
            self.wrong(node, f"{text} registers no parameter", "write _register_...")
        return text

    def choice(self, node: yaml.Node | None, what: str, allowed: Iterable[str]) -> str:
        """A word out of those allowed."""
        text = self.text(node)
        if text and text not in allowed:
            self.wrong(node, f"unknown {what} {text}", one_of(allowed, text))
        return text

    def expression(self, node: yaml.Node | None) -> Expression:
        return self._parsed(node, lambda text: ((), expressions.parse(text)), Number(0))[1]

    def statement(self, node: yaml.Node) -> tuple[tuple[str, ...], Expression]:
        """The targets of a statement, and its expression."""
        if self.is_misread_statement(node):
            key, value = node.value[0]
            hint = f"write {key.value} = {value.value.rpartition('=')[2].strip()}"
            if not key.value.isidentifier():
                hint = 'put the line in quotes: a ": " makes a key of what is before it'
            self.wrong(node, "this is a key of YAML, not a statement", hint)
            return (key.value,), Name("x")
        return self._parsed(node, expressions.parse_statement, Name("x"))

    def is_misread_statement(self, node: yaml.Node) -> bool:
        """Whether `name: expression` was written in the place of `name = expression`."""
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            return False
        key, value = node.value[0]
        is_plain = isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
        return is_plain and key.value not in ("with", "do")

    def _parsed(
        self,
        node: yaml.Node | None,
        parse: Callable[[str], tuple[tuple[str, ...], Expression]],
        harmless: Expression,
    ) -> tuple[tuple[str, ...], Expression]:
        if node is None:
            return (), harmless
        is_number = self._is(node, "int") or self._is(node, "float")
        text = node.value if is_number else self.text(node)
        try:
            return parse(text) if text else ((), harmless)
        except ExpressionError as error:
            self.wrong_within(node, error.column, error.message, error.hint)
            return error.targets, harmless

    def wrong_within(self, node: yaml.ScalarNode, column: int, message: str, hint: str) -> None:
        """Note a mistake at a character of a scalar, if that stands in one line as it is."""
        location = self.location(node)
        if node.start_mark.line == node.end_mark.line:
            location = location.shifted(column + (1 if node.style else 0))
        self.notes.add(location, message, hint)

    def _is(self, node: yaml.Node, kind: str) -> bool:
        return isinstance(node, yaml.ScalarNode) and node.tag == f"tag:yaml.org,2002:{kind}"

    def _wrong_type(self, node: yaml.Node, expected: str) -> None:
        hint = f"write {expected}"
        if expected == "a number" and (self._is(node, "int") or self._is(node, "float")):
            hint = f"YAML reads {node.value} in another way than you may; write a plain decimal"
        elif self._is(node, "str"):
            exponent = re.fullmatch(r"([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)", node.value)
            if exponent:
                whole, fraction, sign, digits = exponent.groups()
                decimal = f"{whole}{fraction or '.0'}e{sign or '+'}{digits}"
                hint = f"YAML reads {node.value} as text; write {decimal}"
            elif node.style:
                hint = "remove the quotes"
        elif isinstance(node, yaml.ScalarNode) and not self._is(node, "null"):
            kind = node.tag.rpartition(":")[2]
            hint = f"YAML reads {node.value} as {_KINDS.get(kind, kind)}; put it in quotes"
        self.wrong(node, f"this must be {expected}", hint)


def problem_of_name(text: str) -> tuple[str, str] | None:
    """What keeps generated source from giving a name to something, and what to do about it."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        return f"{text!r} is not a name", "use letters, digits and _ only"
    if keyword.iskeyword(text) or keyword.issoftkeyword(text):
        return f"{text} is a keyword of Python", "choose another name"
    if text in RESERVED:
        return f"{text} is taken by every layer", "choose another name"
    return None


_DECIMAL = r"[-+]?(0|[1-9]\d{0,15})(\.\d*)?([eE][-+]?\d{1,2})?"
"""A number as people write it; YAML also knows infinite ones, octal ones, some to the base of 60."""

_COLON_IN_TEXT = r": +[^\s\"'].*:$"
"""A line that YAML gives up at a colon inside the value of a key."""

_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "merge": "a merge of mappings",
    "timestamp": "a date",
}
