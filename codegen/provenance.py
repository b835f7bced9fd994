"""The header of a generated file: its origin, and a checksum that detects edits.

The checksum covers code and comments, not layout: formatters may change generated files.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterator
from enum import Enum

_SPACE = r"\s+(?:(?:#|//)\s*)?"  # formatters wrap comments
_HEADER = re.compile(
    r"(?P<above>(?:[ \t]*(?:(?:#|//|/?\*).*)?\n)*?)"
    r"(?P<words>(?P<comment>#|//) "
    + r"Generated from (?P<origin>\S+) by ".replace(" ", _SPACE)
    + r"(?s:.{1,200}?)"
    + r"Checksum of what follows: (?P<checksum>[0-9a-f]{16}))\b".replace(" ", _SPACE)
)


class Provenance(Enum):
    """Whether a file is generated and unchanged."""

    GENERATED = "generated"
    EDITED = "generated, then edited by hand"
    FOREIGN = "not generated from this"


def stamp(
    origin: str,
    source: str,
    comment: str = "#",
    advice: str = "Edit the spec, not this file.",
) -> str:
    """Return the source with a header of comments, given the sign that starts a comment.

    Raises:
        SyntaxError: Python source cannot be parsed.
    """
    return (
        f"{comment} Generated from {origin} by tracetorch-codegen. {advice}\n"
        f"{comment} Checksum of what follows: {_checksum(source, comment)}\n{source}"
    )


def origin(text: str) -> str:
    """Return the spec that a file was generated from, or ""."""
    header = _HEADER.match(text)
    return header["origin"] if header else ""


def above(text: str) -> str:
    """Return the comments above the header, such as a licence, which are not generated."""
    header = _HEADER.match(text)
    return header["above"] if header else ""


def provenance(text: str, wanted: str = "") -> Provenance:
    """Return whether a text is generated, edited or foreign; equal to `wanted` is not edited."""
    header = _HEADER.match(text)
    if not header:
        return Provenance.FOREIGN
    known = {found["checksum"] for found in (header, _HEADER.match(wanted)) if found}
    return Provenance.GENERATED if _checksum_below(header) in known else Provenance.EDITED


def is_same(text: str, wanted: str) -> bool:
    """Whether a text equals the wanted text, apart from layout."""
    if text == wanted:
        return True
    header, other = _HEADER.match(text), _HEADER.match(wanted)
    if not header or not other:
        return False
    words, others = (re.sub("#|//", " ", found["words"]).split() for found in (header, other))
    return words == others and _checksum_below(header) == other["checksum"]


def _checksum_below(header: re.Match[str]) -> str:
    # The last line of a header may go on with the words of the comment below it.
    source = header["comment"] + header.string[header.end() :]
    try:
        return _checksum(source, header["comment"])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""  # it was edited


@functools.lru_cache(maxsize=512)
def _checksum(source: str, comment: str) -> str:
    said = _python(source) if comment == "#" else _c(source)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _python(source: str) -> str:
    """Return the syntax tree of Python source and the words of its comments."""
    return ascii((_said(ast.parse(source)), " ".join(_comments(source)).split()))


def _comments(source: str) -> list[str]:
    found = _STRING_OR_COMMENT.finditer(source)
    return [match["comment"].lstrip("#") for match in found if match["comment"]]


_STRING_OR_COMMENT = re.compile(
    r"""(?s:(\"{3}|'{3})(?:\\.|.)*?\1)|"(?:\\(?s:.)|[^"\\\n])*"|'(?:\\(?s:.)|[^'\\\n])*'"""
    r"""|(?P<comment>#.*)"""
)
"""A comment, or a string, which may contain what looks like one."""


_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name != "kind")  # u"text"
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def _said(part: object) -> object:
    """Return a part of a syntax tree, normalized for formatters and versions of Python."""
    if isinstance(part, list):
        imports = (name for node in part if isinstance(node, _IMPORTS) for name in _names(node))
        others = [_said(node) for node in part if not isinstance(node, _IMPORTS)]
        return sorted(set(imports)), others
    kind = type(part)
    if kind not in _FIELDS:
        return part
    if kind is ast.Expr or kind is ast.Assign:
        match part:
            case ast.Expr(value=ast.Constant(value=str(text))):
                return "documentation", text.split()
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                return "__all__", sorted(map(ast.unparse, names))
    fields = []
    for name in _FIELDS[kind]:
        value = getattr(part, name)
        if value is not None and value != []:
            fields.append((name, _said(value)))
    return kind.__name__, fields


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
    """Yield what is imported by a statement: module, name and alias."""
    module = "." * getattr(node, "level", 0) + (getattr(node, "module", "") or "")
    yield from ((module, alias.name, alias.asname or "") for alias in node.names)


_IMPORTS = (ast.Import, ast.ImportFrom)


def _c(source: str) -> str:
    """Return the tokens of C source and the words of its comments."""
    source = source.replace("\\\n", " ")
    comments = (comment[2:] for comment in _COMMENT_IN_C.findall(source))
    code = _COMMENT_IN_C.sub(" ", source)
    return ascii((_SIGN_IN_C.findall(code), " ".join(comments).split()))


_COMMENT_IN_C = re.compile("//.*")
_SIGN_IN_C = re.compile(r"\w+|--|\+\+|\S")
