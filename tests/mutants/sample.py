"""The code by hand, and a sample of changes to it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from codegen.provenance import Provenance, provenance

from . import c, python
from .belongs import BELONGS, COLD, file_of
from .change import Change
from .trees import ROOT, Tree

_CHANGES = {".py": python.changes, ".h": c.changes}


class Difference(NamedTuple):
    """What a change is in words that outlive a change elsewhere."""

    file: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}\n- {self.before}\n+ {self.after}"


@dataclass(frozen=True)
class Mutant:
    """A change to a file."""

    file: str
    change: Change
    line: int
    difference: Difference

    @property
    def what(self) -> str:
        return f"line {self.line}, {self.change.kind}\n{self.difference}"

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that belong to the file."""
        place = max((path for path in BELONGS if self.file.startswith(path)), key=len)
        return tuple(map(file_of, BELONGS[place].split()))

    def make(self, tree: Tree) -> bool:
        path = tree.project / self.file
        path.write_text(self.change.apply(path.read_text(encoding="utf-8")), encoding="utf-8")
        if self.file in COLD:
            tree.forget_compiled()
        return True


def files() -> Iterator[str]:
    """What is written by hand in the library and in the generator."""
    for folder in ("codegen", "src/tracetorch"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in _CHANGES:
                if provenance(path.read_text(encoding="utf-8")) is Provenance.FOREIGN:
                    yield path.relative_to(ROOT).as_posix()


def mutants(file: str) -> list[Mutant]:
    """All changes to a file, whether they make a difference or not."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return [
        Mutant(file, change, change.line(text), Difference(file, *change.lines(text)))
        for change in _CHANGES[Path(file).suffix](text)
    ]


def draw(seed: int, count: int, file: str = "") -> list[Mutant]:
    """Some changes that make a difference, to all files or to those whose path begins so.

    Whether a change is drawn depends on itself alone, so that a sample stays the same but for what
    was edited since.
    """
    ranked = {}
    for path in filter(lambda path: path.startswith(file), files()):
        seen: Counter[Difference] = Counter()
        for mutant in mutants(path):
            if mutant.difference not in equivalent():
                seen[mutant.difference] += 1
                words = f"{seed}\n{mutant.difference}\n{seen[mutant.difference]}"
                ranked[hashlib.sha256(words.encode()).digest()] = mutant
    return [ranked[rank] for rank in sorted(ranked)[:count]]


@cache
def equivalent() -> dict[Difference, str]:
    """The changes that make no difference, and why."""
    text = Path(__file__).with_name("equivalent.txt").read_text(encoding="utf-8")
    entries = {}
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        if lines:
            file, before, after, *why = lines
            entries[Difference(file, before[2:], after[2:])] = " ".join(why)
    return entries
