"""One word for one thing: pages, docstrings and errors use the words of the glossary."""

from __future__ import annotations

import ast
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

from tests.support.pages import PAGES

ROOT = Path(__file__).parents[2]
GLOSSARY = PAGES[ROOT / "docs" / "glossary.md"]

SYNONYMS = {
    "timestep": r"time[ -]steps?\b|\bticks?\b",
    "state": r"hidden states\b|internal states?\b|\bstateful",
    "membrane": r"membrane (potential|voltage)|\bvoltage",
    "decay": r"\bleak (rate|factor)|decay (factor|constant)",
    "half-life": r"half li(fe|ves)",
    "threshold": r"firing (boundary|level)",
    "reset": r"\bafter-?spike|\brepolari",
    "readout": r"\bread-?out layer|\bread-out",
    "surrogate gradient": r"pseudo-?gradient|surrogate derivative",
    "straight-through estimator": r"(?-i:\bSTEs?\b)",
    "quantizer": r"quantiser|quantization function|discreti[sz]er",
    "prefix": r"\bmodifiers?\b",
}
"""By the word of the glossary, what nobody writes in its place, in small letters or capitals."""


@cache
def texts() -> dict[str, str]:
    """All that a user reads: pages, and of the files that they print docstrings, comments and
    messages. Other libraries have other words."""
    found = {
        f"{path.parent.name}/{path.name}": re.sub(r"^ {0,3}```.*?```", "", text, flags=re.S | re.M)
        for path, text in {**PAGES, ROOT / "README.md": (ROOT / "README.md").read_text()}.items()
        if path.parent.name != "elsewhere"
    }
    for path in (ROOT / "docs" / "neurons").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        found[f"{path.parent.name}/{path.name}"] = text.replace("\n# ", "\n")
    for folder in ("src", "codegen", "docs/examples"):
        for path in (ROOT / folder).rglob("*.py"):
            found[f"{path.parent.name}/{path.name}"] = " | ".join(words_of_code(path))
    return {place: " ".join(text.split()) for place, text in found.items()}


def words_of_code(path: Path) -> list[str]:
    with tokenize.open(path) as file:
        tokens = list(tokenize.generate_tokens(file.readline))
    comments = [token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT]
    constants = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [" ".join(comments), *constants]


def test_the_glossary_holds_twenty_words() -> None:
    words = re.findall(r"^(\w[\w -]*)\n  \S", GLOSSARY, re.MULTILINE)
    assert len(words) == len(set(words)) == 20
    assert SYNONYMS.keys() <= set(words)


@pytest.mark.parametrize("word", SYNONYMS)
def test_nobody_writes_a_synonym(word: str) -> None:
    synonym = re.compile(SYNONYMS[word], re.IGNORECASE)
    said = {place: [m.group() for m in synonym.finditer(text)] for place, text in texts().items()}
    said = {place: synonyms for place, synonyms in said.items() if synonyms}
    assert not said, f"say {word}"
