"""Sizes as polynomials: how they are written, which are equal, and what is known of them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from codegen.language.expressions import parse
from codegen.language.sizes import ONE, ZERO, Opaque, Polynomial, are_equal, size_of

WRITTEN = {
    # numbers
    "0": "0 = 0: whole, grows",
    "3": "3 = 3: whole, grows",
    "-3": "-3 = -3: whole, grows",
    "n - n": "0 = 0: whole, grows",
    "n * 0": "0 = 0: whole, grows",
    "2 * n - n * 2 + 7": "7 = 7: whole, grows",
    # sums of products, the longest first
    "n": "n: whole, grows",
    "-n": "-n: whole",
    "1 - n": "-n + 1: whole",
    "n - 1": "n - 1: whole, grows",
    "d - n": "d - n: whole",
    "1 + 2 * n + d": "d + 2 * n + 1: whole, grows",
    "2 * n - 3 * d": "-3 * d + 2 * n: whole",
    "n * n * d + n * n + 5": "d * n * n + n * n + 5: whole, grows",
    "(n + d) * (n - d)": "-d * d + n * n: whole",
    "(n + 1) * (n + 2)": "n * n + 3 * n + 2: whole, grows",
    "-(n - d) - (d - 1)": "-n + 1: whole",
    # quotients, exact where all coefficients are multiples
    "0 // 2": "0 = 0: whole, grows",
    "6 // 2": "3 = 3: whole, grows",
    "6 // -2": "-3 = -3: whole, grows",
    "7 // 2": "7 // 2: whole",
    "n // 1": "n: whole, grows",
    "n // -1": "-n: whole",
    "n // 2": "n // 2: whole",
    "n // 0": "n // 0: whole",
    "n // (d - d)": "n // 0: whole",
    "4 * n // 2": "2 * n: whole, grows",
    "(4 * n + 2) // 2": "2 * n + 1: whole, grows",
    "(4 * n + 1) // 2": "(4 * n + 1) // 2: whole",
    "(n + 4) // 2": "(n + 4) // 2: whole",
    "(4 * n + d) // 2": "(d + 4 * n) // 2: whole",
    "n // d": "n // d: whole",
    "n * d // n": "d * n // n: whole",
    "n // d // 2": "n // d // 2: whole",
    # in parentheses where others would be meant without
    "-n // 3": "-n // 3: whole",
    "-(n // 3)": "-(n // 3): whole",
    "1 - n // 3": "-(n // 3) + 1: whole",
    "n - n // 3": "n - (n // 3): whole",
    "2 * (n // 2)": "2 * (n // 2): whole",
    "d * (n // 2)": "d * (n // 2): whole",
    "n // 2 * d": "d * (n // 2): whole",
    "z * (n // 2)": "n // 2 * z: whole",
    "(n // 2) * (n // 3)": "n // 2 * (n // 3): whole",
    "(n + 1) // (d + 2)": "(n + 1) // (d + 2): whole",
    "n // (2 * d)": "n // (2 * d): whole",
    "n // (n * d)": "n // (d * n): whole",
    "n // (d // 2)": "n // (d // 2): whole",
    "n // -d": "n // -d: whole",
    # the larger of two
    "max(n, d)": "max(n, d): whole",
    "max(2, 3)": "max(2, 3): whole",
    "max(n, max(d, 2)) * d": "d * max(n, max(d, 2)): whole",
    "max(n + 1, -d) * 2 + n": "n + 2 * max(n + 1, -d): whole",
    "max(n, d) - n": "-n + max(n, d): whole",
    "max(n // 2, 1) // 3": "max(n // 2, 1) // 3: whole",
}

HALVES = {
    "0": "0 = 0: whole, grows",
    "4": "2 = 2: whole, grows",
    "3": "3/2 = 3/2: grows, never whole",
    "1 - n": "-n / 2 + 1/2:",
    "2 * n": "n: whole, grows",
    "3 * n": "3 * n / 2: grows",
    "2 * n + d": "d / 2 + n: grows",
    "2 * n + 1": "n + 1/2: grows, never whole",
    "-2 * n - 1": "-n - 1/2: never whole",
    "n + 2": "n / 2 + 1: grows",
    "n + 1": "n / 2 + 1/2: grows",
    "n // 3": "n // 3 / 2:",
    "3 * (n // 2)": "3 * (n // 2) / 2:",
}


def described(size: Polynomial) -> str:
    """A size as text, with its value if that is known, and what is known of it."""
    known = {"whole": size.is_whole, "grows": size.grows, "never whole": size.is_never_whole}
    value = "" if size.constant is None else f" = {size.constant}"
    return f"{size}{value}: {', '.join(what for what in known if known[what])}".rstrip()


def test_what_is_known_of_a_size() -> None:
    assert {text: described(size_of(parse(text))) for text in WRITTEN} == WRITTEN
    assert {text: described(size_of(parse(text)) / 2) for text in HALVES} == HALVES


@pytest.mark.parametrize("values", [(2, 3, 5), (7, 4, 2), (9, 2, 3), (5, 8, 6)])
def test_a_size_and_its_text_have_the_value_that_python_computes(
    values: tuple[int, int, int],
) -> None:
    for text in (text for text in WRITTEN if not text.endswith(("// 0", "(d - d)"))):
        sizes, size = dict(zip("ndz", values)), size_of(parse(text))
        value = eval(text, sizes.copy())
        assert size.value(sizes) == value == eval(str(size), sizes.copy())
        assert (size / 3).value(sizes) == Fraction(value, 3)


def test_a_size_in_normal_form() -> None:
    assert ZERO.terms == () and ONE.terms == (((), 1),)
    assert size_of(parse("2 * n * d - n - d * n + 3 + n * n")).terms == (
        (("d", "n"), 1),
        (("n", "n"), 1),
        (("n",), -1),
        ((), 3),
    )
    n, d = size_of(parse("n")), size_of(parse("d"))
    assert size_of(parse("max(n, d)")).terms == (((Opaque("max", n, d),), 1),)
    assert size_of(parse("n // d")).terms == (((Opaque("//", n, d),), 1),)


def test_the_sizes_in_a_size() -> None:
    size = size_of(parse("n * n + max(d, e // f) * g - 2 * n + 1"))
    assert size.names() == {"n", "d", "e", "f", "g"}
    assert [*map(str, size.atoms())] == ["g", "max(d, e // f)", "n", "n", "n"]
    assert ONE.names() == set() and [*ONE.atoms()] == []


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("n", "n", True),
        ("n", "d", False),
        ("n + d", "d + n", True),
        ("2", "1 + 1", True),
        ("2", "3", False),
        ("n", "n + 1", False),
        ("n * n", "2 * n", False),
        ("n // 2", "n // 2", True),
        ("n // 2", "1", True),  # for n = 3
        ("n // 2", "5", False),
        ("n // 2 + d", "d + 2", True),  # for n = 4
        ("max(n, d)", "d", True),  # for n = 1, d = 2
        ("max(n, d)", "n", True),  # for n = 3, d = 2
        ("max(n, d)", "1", False),
        ("n * (n // 2)", "5 * n", False),
        ("max(2, 3)", "3", True),
        ("max(2, 3)", "2", False),
    ],
)
def test_sizes_that_are_equal_for_all_values_or_some(left: str, right: str, equal: bool) -> None:
    """For some, where they are no polynomials."""
    samples = {"n": (1, 3, 4), "d": (2, 7)}
    assert are_equal(size_of(parse(left)), size_of(parse(right)), samples) is equal


@pytest.mark.parametrize("text", ["n / 2", "0.5 * n", "n ** 2", "n > d", "f(n)", "max(n, d, 2)"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(NotImplementedError):
        size_of(parse(text))
