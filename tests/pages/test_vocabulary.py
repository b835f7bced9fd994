"""Pages, docstrings, comments and messages use the terms of the glossary and of the field."""

from __future__ import annotations

import ast
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

from tests.support.pages import PAGES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GLOSSARY = PAGES[DOCS / "glossary.md"]

SYNONYMS = {
    "timestep": r"time[ -]steps?\b|\bticks?\b",
    "state": r"hidden states\b|internal states?\b|\bstateful",
    "membrane": r"membrane (potential|voltage)|\bvoltage",
    "decay": r"\bleak (rate|factor)|decay (factor|constant)",
    "half-life": r"half li(fe|ves)",
    "threshold": r"firing (boundar|level)",
    "reset": r"\bafter-?spike|\brepolari",
    "readout": r"\bread-?out layer|\bread-out",
    "surrogate gradient": r"pseudo-?gradient|surrogate derivative",
    "straight-through estimator": r"(?-i:\bSTEs?\b)",
    "quantizer": r"quantiser|quantization function|discreti[sz]er",
    "prefix": r"\bmodifiers?\b",
}
"""Terms of the glossary, and patterns of the synonyms that are not used for them."""

METAPHORS = {
    "receives, depends on": r"\bhear(s|d|ing)?\b|\bsees\b|\bsaw\b|\bthat see\b|\b(not|never) see\b",
    "fires, carries information": r"\bspeaks?\b|\bspoken\b|\bloud(ly)?\b|\bfor and against\b",
    "reports, shows, by default": r"\btold\b|\btells?\b|\btelling\b",
    "is, works, comes before": r"\bst(and|ood)s?\b|\bstanding\b",
    "has, depends on": r"\bknows?\b",
    "requires": r"\bwants\b|\basks for\b|\bfor want of\b",
    "result": r"\bcomes? out\b|\bcame out\b|\bwhat is left of\b",
    "decays, resets": r"\bforg[eo]ts?\b(?!( |\\_)gate)|\bwip(e|es|ed|ing)\b",
    "subtracts": r"\btak(e|es|ing) (the|a) threshold\b|\b(take|takes|taken) away\b|threshold away",
    "parameters": r"\btrained numbers\b|\bnumbers? that (is|are) trained\b",
    "state size": r"\bremembered numbers\b|\bnumbers? remembered\b",
    "binary firing": r"\bone-sided (firing|spikes?)\b",
    "ternary firing": r"\btwo-sided (firing|spikes?)\b",
    "arctangent": r"\barcus\b",
    "pointer": r"\bplaces? of (a |the )?tensors?\b",
    "truncated backpropagation through time": r"\bblame\b",
    "which": r"\bwhom\b|\bwhoever\b|\bsomebody\b",
}
"""Terms of the field, and patterns of the metaphors that are not used for them."""


@cache
def texts() -> dict[Path, str]:
    """Everything that users read, by path: pages and specs, docstrings, comments and messages."""
    found = {**PAGES, ROOT / "README.md": (ROOT / "README.md").read_text(encoding="utf-8")}
    for folder in ("spec", "spec/zoo", "docs/neurons"):
        for path in (ROOT / folder).glob("*.yaml"):
            found[path] = path.read_text(encoding="utf-8").replace("\n# ", "\n")
    for folder in ("src", "codegen", "docs"):
        for path in (ROOT / folder).rglob("*.py"):
            found[path] = " | ".join(words_of_code(path))
    for pattern in ("codegen/**/*.j2", "src/**/*.h"):
        for path in ROOT.glob(pattern):
            found[path] = path.read_text(encoding="utf-8").replace("\n// ", "\n")
    return {path: " ".join(text.split()) for path, text in found.items()}


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


def uses(pattern: str, paths: set[Path]) -> dict[str, list[str]]:
    """By file, the matches of a pattern in its text."""
    compiled = re.compile(pattern, re.IGNORECASE)
    matches = {path: [m.group() for m in compiled.finditer(texts()[path])] for path in paths}
    return {str(path.relative_to(ROOT)): found for path, found in matches.items() if found}


def test_the_glossary_holds_twenty_words() -> None:
    words = re.findall(r"^(\w[\w -]*)\n  \S", GLOSSARY, re.MULTILINE)
    assert len(words) == len(set(words)) == 20
    assert SYNONYMS.keys() <= set(words)


@pytest.mark.parametrize("term", SYNONYMS)
def test_no_synonym_is_used(term: str) -> None:
    ours = {path for path in texts() if path.parent != DOCS / "migrating"}
    assert not uses(SYNONYMS[term], ours), f"write {term}"


@pytest.mark.parametrize("term", METAPHORS)
def test_no_metaphor_is_used(term: str) -> None:
    assert not uses(METAPHORS[term], set(texts())), f"write {term}"
