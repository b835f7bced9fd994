"""Formulas in LaTeX get the parentheses that their operators need, and no others."""

from __future__ import annotations

import pytest

from codegen.language.formula import (
    ATOM,
    PRODUCT,
    SUM,
    UNARY,
    Formula,
    notation,
    parentheses,
    power,
    square,
)

ALL = [
    Formula("a < b", 0),
    Formula("a + b", SUM),
    Formula(r"a \cdot b", PRODUCT),
    Formula("-a", UNARY),
    Formula("a"),
    Formula(r"\frac{a}{b}", PRODUCT),
    Formula("a^{2}"),
]


def test_parentheses_are_as_high_as_what_they_enclose() -> None:
    assert parentheses("a + b") == "(a + b)"
    assert parentheses(r"\frac{a}{b} + 1") == r"\left(\frac{a}{b} + 1\right)"


@pytest.mark.parametrize(
    ("binds", "bare"),
    [(0, "a < b"), (SUM, "a + b"), (PRODUCT, r"a \cdot b"), (UNARY, "-a"), (ATOM, "a")],
)
def test_what_binds_less_gets_parentheses(binds: int, bare: str) -> None:
    weakest = next(place for place, formula in enumerate(ALL) if formula.text == bare)
    for place, formula in enumerate(ALL[:5]):
        enclosed = f"({formula.text})" if place < weakest else formula.text
        assert formula.at_least(binds) == enclosed
        signed = formula.text == "-a"
        assert formula.after_sign(binds) == ("(-a)" if signed else enclosed)
    assert Formula("-a + b", SUM).after_sign(SUM) == "(-a + b)"
    assert Formula("-a + b", SUM).at_least(SUM) == "-a + b"


def test_powers() -> None:
    base = [power(formula, Formula("b + 1", SUM)) for formula in ALL]
    assert [formula.text for formula in base] == [
        "(a < b)^{b + 1}",
        "(a + b)^{b + 1}",
        r"(a \cdot b)^{b + 1}",
        "(-a)^{b + 1}",
        "a^{b + 1}",
        r"\left(\frac{a}{b}\right)^{b + 1}",
        "(a^{2})^{b + 1}",
    ]
    assert {formula.binds for formula in base} == {ATOM}
    assert square(Formula("a + b", SUM)) == Formula("(a + b)^{2}")
    assert square(Formula("x")) == Formula("x^{2}", ATOM)


def test_notations() -> None:
    assert notation("|{}|")(Formula("a + b", SUM)) == Formula("|a + b|", ATOM)
    assert notation("e^{{{}}} - {}", SUM)(Formula("a"), Formula("b", 0)) == Formula(
        "e^{a} - b", SUM
    )
