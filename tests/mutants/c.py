"""The changes that a text in C takes, found in its tokens.

The layout tells what an operator is: with a space on both sides it stands between two values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .change import Change, other_number

_SWAPPED = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("/",),
    "+=": ("=", "-="),
    "-=": ("=", "+="),
    "&=": ("=", "|="),
    "|=": ("=", "&="),
    "<<": (">>",),
    ">>": ("<<",),
}
_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | //[^\n]* | /\*.*?\*/ | ^\#(?:\\\n|[^\n])* | "(?:\\.|[^"\\])*"
        | __attribute__\s*\(\(.*?\)+)
    | (?P<hexadecimal>0x[\da-f.]+p[-+]?\d+)
    | (?P<number>(?:\d+\.\d*|\d+)(?:e[-+]?\d+)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<operator><<=|>>=|[-+*/%&|^<>=!]=|&&|\|\||<<|>>|\+\+|--|->|.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_INDEX = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
_STATEMENT = re.compile(
    rf"^[ ]+(?P<whole>(?!return\b)\w(?:\w|\.|->|{_INDEX})*(?:\s[-+|&]?=\s[^;]*|\([^;]*\));)",
    re.MULTILINE,
)


def changes(text: str) -> list[Change]:
    """All changes, in the order of the text."""
    found = [*_in_tokens(text), *_statements(text)]
    return sorted(found, key=lambda change: (change.start, change.end, change.after))


def _in_tokens(text: str) -> Iterator[Change]:
    for token in _TOKEN.finditer(text):
        start, was = token.start(), token[0]
        if token.lastgroup == "number":
            value = float(was) if "." in was else int(was)
            yield Change("number", start, was, repr(other_number(value)))
        elif token.lastgroup == "hexadecimal":
            mantissa, exponent = was.split("p")
            yield Change("number", start, was, f"{mantissa}p{int(exponent) + 1}")
        elif token.lastgroup == "operator":
            follows_space, has_space = text[start - 1].isspace(), text[token.end()].isspace()
            if follows_space and has_space:
                for other in _SWAPPED.get(was, ()):
                    yield Change("operator", start, was, other)
            elif was in ("!", "-") and not has_space:
                yield Change("not or minus dropped", start, was, "")


def _statements(text: str) -> Iterator[Change]:
    for statement in _STATEMENT.finditer(text):
        yield Change("statement dropped", statement.start("whole"), statement["whole"], ";")
