"""One change to a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A piece of a text, and what it becomes; all around it stays as it is."""

    kind: str
    start: int
    before: str
    after: str

    @property
    def end(self) -> int:
        return self.start + len(self.before)

    def apply(self, text: str) -> str:
        if text[self.start : self.end] != self.before:
            raise ValueError(f"the text does not hold {self.before!r} at {self.start}")
        return text[: self.start] + self.after + text[self.end :]

    def lines(self, text: str) -> tuple[str, str]:
        """The lines that it changes, before and after, each as a single one without indentation."""
        first = text.rfind("\n", 0, self.start) + 1
        last = text.find("\n", self.end)
        last = len(text) if last < 0 else last
        before = text[first:last]
        after = text[first : self.start] + self.after + text[self.end : last]
        return " ".join(before.split()), " ".join(after.split())

    def line(self, text: str) -> int:
        """The number of the line where it begins."""
        return text.count("\n", 0, self.start) + 1


def other_number(value: float) -> float:
    """The next one, or twice as much where one more may be lost in rounding."""
    if value == 1:
        return 0
    return value + 1 if value < 1000 else 2 * value
