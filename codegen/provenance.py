"""The header of a generated file: what it was made from, and proof that it still says the same.

The proof is of what the file says. Its layout is not part of that: formatters may run over it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import re
import tokenize
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
    """Whose a file is."""

    GENERATED = "generated"
    EDITED = "generated, then edited by hand"
    FOREIGN = "not generated from this"


def stamp(origin: str, source: str, comment: str = "#") -> str:
    """The source under its header, each line of which begins with the sign of a comment."""
    return (
        f"{comment} Generated from {origin} by tracetorch-codegen. Edit the spec, not this file.\n"
        f"{comment} Checksum of what follows: {_checksum(source, comment)}\n{source}"
    )


def origin(text: str) -> str:
    """The spec that a file was generated from, or ""."""
    header = _HEADER.match(text)
    return header["origin"] if header else ""


def above(text: str) -> str:
    """The comments above the header of a file, which are not generated: its licence, say."""
    header = _HEADER.match(text)
    return header["above"] if header else ""


def provenance(text: str, wanted: str = "") -> Provenance:
    """Whose the text of a file is; it is no edit to say what is `wanted` of the file."""
    header = _HEADER.match(text)
    if not header:
        return Provenance.FOREIGN
    known = {found["checksum"] for found in (header, _HEADER.match(wanted)) if found}
    return Provenance.GENERATED if _checksum_below(header) in known else Provenance.EDITED


def is_same(text: str, wanted: str) -> bool:
    """Whether a file differs by its layout at most from what is wanted of it."""
    if text == wanted:
        return True
    header, other = _HEADER.match(text), _HEADER.match(wanted)
    if not header or not other:
        return False
    words, others = (re.sub("#|//", " ", found["words"]).split() for found in (header, other))
    return words == others and _checksum_below(header) == other["checksum"]


def _checksum_below(header: re.Match[str]) -> str:
    # The last line of a header may go on with the words of the comment below it.
    return _checksum(header["comment"] + header.string[header.end() :], header["comment"])


@functools.lru_cache(maxsize=512)
def _checksum(source: str, comment: str) -> str:
    said = _python(source) if comment == "#" else _c(source)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _python(source: str) -> str:
    """What Python says: its syntax tree, and the words of its comments."""
    try:
        said = _said(ast.parse(source))
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return source
    comments = (token.string.lstrip("#") for token in tokens if token.type == tokenize.COMMENT)
    return ascii((said, " ".join(comments).split()))


def _said(part: object) -> object:
    """A part of a syntax tree, without what formatters and versions of Python differ in."""
    match part:
        case list():
            imports = {name for node in part for name in _imported(node)}
            return sorted(imports), [_said(node) for node in part if not isinstance(node, _IMPORTS)]
        case ast.Expr(value=ast.Constant(value=str(text))):
            return "documentation", text.split()
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
            return "__all__", sorted(map(ast.unparse, names))
        case ast.AST():
            fields = [field for field in ast.iter_fields(part) if field[1] not in (None, [])]
            said = [(name, _said(value)) for name, value in fields if name != "kind"]  # u"text"
            return type(part).__name__, said
    return part


def _imported(node: object) -> Iterator[tuple[str, str, str]]:
    """The names that a statement imports: from where, what, and as what."""
    if isinstance(node, _IMPORTS):
        module = "." * getattr(node, "level", 0) + (getattr(node, "module", "") or "")
        yield from ((module, alias.name, alias.asname or "") for alias in node.names)


_IMPORTS = (ast.Import, ast.ImportFrom)


def _c(source: str) -> str:
    """What C says: the signs of its code, and the words of its comments."""
    source = source.replace("\\\n", " ")
    comments = (comment[2:] for comment in _COMMENT_IN_C.findall(source))
    code = _COMMENT_IN_C.sub(" ", source)
    return ascii((_SIGN_IN_C.findall(code), " ".join(comments).split()))


_COMMENT_IN_C = re.compile(r"//.*|/\*(?s:.*?)\*/")
_SIGN_IN_C = re.compile(r"\w+|--|\+\+|\S")
