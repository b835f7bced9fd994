"""Formulas in LaTeX, with the precedence of their operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SUM, PRODUCT, UNARY, ATOM = range(1, 5)


@dataclass(frozen=True)
class Formula:
    """A formula, and the precedence of its outermost operator."""

    text: str
    binds: int = ATOM

    def at_least(self, binds: int) -> str:
        """Return the text, in parentheses if its precedence is lower than `binds`."""
        return self.text if self.binds >= binds else parentheses(self.text)

    def after_sign(self, binds: int) -> str:
        """Return the text after a sign, in parentheses also if it begins with a sign."""
        return parentheses(self.text) if self.text.startswith("-") else self.at_least(binds)


def parentheses(text: str) -> str:
    """Return the text in parentheses of its height."""
    return rf"\left({text}\right)" if r"\frac" in text else f"({text})"


def power(base: Formula, exponent: Formula) -> Formula:
    """Return a power, with the base in parentheses if it is one too."""
    text = parentheses(base.text) if "^" in base.text else base.at_least(ATOM)
    return Formula(f"{text}^{{{exponent.text}}}")


def square(x: Formula) -> Formula:
    return power(x, Formula("2"))


def notation(text: str, binds: int = ATOM) -> Callable[..., Formula]:
    """Return a function that prints a call as this text, with an argument for each `{}`."""
    return lambda *arguments: Formula(text.format(*(a.text for a in arguments)), binds)
