"""The errors in a spec: collected while it is read, then printed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Location

_WIDTH = 160


@dataclass(frozen=True)
class Problem:
    """One error: location, message, and what to write instead."""

    location: Location
    message: str
    hint: str


class Notes:
    """The errors found so far, and the texts of the files."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: dict[str, str] = {}

    def add(self, location: Location, message: str, hint: str) -> None:
        self.problems.append(Problem(location, message, hint))


@dataclass(frozen=True)
class Attempt:
    """A step of reading, with the number of errors before it."""

    notes: Notes
    before: int

    @property
    def succeeded(self) -> bool:
        """Whether there were no errors since."""
        return len(self.notes.problems) == self.before


class SpecError(Exception):
    """All errors in a spec."""

    def __init__(self, problems: Iterable[Problem], sources: dict[str, str]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = sorted(
            unique, key=lambda p: (p.location.file, p.location.line, p.location.column)
        )
        super().__init__("\n".join(_describe(problem, sources) for problem in self.problems))


def _describe(problem: Problem, sources: dict[str, str]) -> str:
    location = problem.location
    text = f"{location}: error: {problem.message}\n"
    lines = sources.get(location.file, "").splitlines()
    if location.line <= len(lines):
        line = lines[location.line - 1].replace("\t", " ")[:_WIDTH]
        text += f"{location.line:5} | {line}\n"
        text += f"{'':5} | {'':{min(location.column, _WIDTH) - 1}}^\n"
    return text + f"{'':5} = {problem.hint}\n"


def one_of(allowed: Iterable[str], given: str) -> str:
    """Return the hint for a word that is not allowed, with the most similar one."""
    allowed = [word for word in allowed if word]
    folded = {word.lower(): word for word in allowed}
    close = difflib.get_close_matches(given.lower(), folded, n=1)
    if close:
        return f"did you mean {folded[close[0]]}? Allowed: {', '.join(allowed)}"
    return f"allowed: {', '.join(allowed) or 'nothing'}"
