"""Formulas in LaTeX, and how tightly their operators bind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SUM, PRODUCT, UNARY, ATOM = 1, 2, 3, 4


@dataclass(frozen=True)
class Formula:
    """A formula, and how tightly its outermost operator binds."""

    text: str
    binds: int = ATOM

    def at_least(self, binds: int) -> str:
        """The text, in parentheses if its operator binds less tightly than this."""
        return self.text if self.binds >= binds else parentheses(self.text)

    def after_sign(self, binds: int) -> str:
        """The text after a sign, in parentheses too if it begins with one itself."""
        return parentheses(self.text) if self.text.startswith("-") else self.at_least(binds)


def parentheses(text: str) -> str:
    """The text in parentheses as high as it is."""
    return rf"\left({text}\right)" if r"\frac" in text else f"({text})"


def square(x: Formula) -> Formula:
    """A power, whose base is in parentheses if it is one itself."""
    base = parentheses(x.text) if "^" in x.text else x.at_least(ATOM)
    return Formula(f"{base}^{{2}}")


def notation(text: str, binds: int = ATOM) -> Callable[..., Formula]:
    """Writes a call as this text, with an argument in the place of each `{}`."""
    return lambda *arguments: Formula(text.format(*(a.text for a in arguments)), binds)
