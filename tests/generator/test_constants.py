"""Numbers and sizes within expressions: their values, and those that no layer can compute."""

from __future__ import annotations

import math

import pytest

from codegen.language.constants import ConstantError, assignments, check_constants, value_of
from codegen.language.expressions import parse

SAMPLES = {"n": (1, 2, 5), "d": (0, 3)}

OTHER = "divide by another number"
NEVER_0 = "divide by a number that is never 0; least: sets the minimum of a size"
VALUE = "write numbers for which it has a value"
SMALLER = "the largest that a layer can compute with is 3.4e38"
WHOLE = "write {}; with a point or an exponent it may be as large as 3.4e38"

REFUSED = {
    # by what is divided, alone or within what is not known before
    "x / 0": ("this divides by 0", OTHER),
    "x // 0": ("this divides by 0", OTHER),
    "x / 0.0": ("this divides by 0", OTHER),
    "x / (2 - 2)": ("this divides by 2 - 2, which is 0", OTHER),
    "x / (n - 2)": ("this divides by n - 2, which is 0 for n = 2", NEVER_0),
    "x // (n - 2)": ("this divides by n - 2, which is 0 for n = 2", NEVER_0),
    "x / (n - d - 2)": ("this divides by n - d - 2, which is 0 for d = 0, n = 2", NEVER_0),
    "x * (1 / (n - 2))": ("this divides by n - 2, which is 0 for n = 2", NEVER_0),
    "-exp(x + 1 // (n - 2))": ("this divides by n - 2, which is 0 for n = 2", NEVER_0),
    "1 / d": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "n // d": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "1 / (n - 1) / d": ("this divides by n - 1, which is 0 for n = 1", NEVER_0),
    "n > -(1 / d)": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "max(1 / d, 2)": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "f(x, 1 / d)": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "f(0, 1 / d)": ("this divides by d, which is 0 for d = 0", NEVER_0),
    "1 / (max(n, d) - 3)": (
        "this divides by max(n, d) - 3, which is 0 for d = 3, n = 1",
        NEVER_0,
    ),
    "x * (2 @ (1 / 0))": ("this divides by 0", OTHER),
    "(2 @ 3) / 0": ("this divides by 0", OTHER),
    # the first and the last of what is counted
    "1 / (count(n) - 1)": ("this divides by count(n) - 1, which is 0 for n = 1", NEVER_0),
    "1 / (count(n) - 5)": ("this divides by count(n) - 5, which is 0 for n = 5", NEVER_0),
    "x / (count(n) - 5)": ("this divides by count(n) - 5, which is 0 for n = 5", NEVER_0),
    "1 / (count(d) - 1)": ("this divides by count(d) - 1, which is 0 for d = 3", NEVER_0),
    "1 / (count(n - 1) - 1)": ("this divides by count(n - 1) - 1, which is 0 for n = 2", NEVER_0),
    "1 / (count(d) - count(n) - 2)": (
        "this divides by count(d) - count(n) - 2, which is 0 for d = 3, n = 1",
        NEVER_0,
    ),
    "1 / (count(n) - count(d) - 4)": (
        "this divides by count(n) - count(d) - 4, which is 0 for d = 3, n = 5",
        NEVER_0,
    ),
    # draws, by their largest value
    "normal(-1)": ("normal(-1) has no value", VALUE),
    "normal(1 - d, n)": ("normal(1 - d, n) has no value for d = 3, n = 1", VALUE),
    "-normal(0 - 1)": ("normal(0 - 1) has no value", VALUE),
    "uniform(1, 0)": ("uniform(1, 0) has no value", VALUE),
    "2 * uniform(d, 2, n)": ("uniform(d, 2, n) has no value for d = 3, n = 1", VALUE),
    "1 / uniform(0, 0)": ("this divides by uniform(0, 0), which is 0", OTHER),
    "x / normal(0)": ("this divides by normal(0), which is 0", OTHER),
    "eye(n) / d": ("this divides by d, which is 0 for d = 0", NEVER_0),
    # functions and powers outside their domain
    "log(n - 1)": ("log(n - 1) has no value for n = 1", VALUE),
    "x + log(0)": ("log(0) has no value", VALUE),
    "sqrt(d - 1) / 0": ("sqrt(d - 1) has no value for d = 0", VALUE),
    "(-1) ** 0.5": ("(-1) ** 0.5 has no value", VALUE),
    "d ** -1": ("d ** -1 has no value for d = 0", VALUE),
    # beyond single precision, and beyond whole numbers
    "1e30 * 1e30": ("1e+30 * 1e+30 is too large", SMALLER),
    "-(1e30 * 1e30)": ("1e+30 * 1e+30 is too large", SMALLER),
    "0 - 3e38 - 1e38": ("0 - 3e+38 - 1e+38 is too large", SMALLER),
    "1 / (1e30 * 1e30)": ("1e+30 * 1e+30 is too large", SMALLER),
    "x * (1e38 * n)": ("1e+38 * n is too large for n = 5", SMALLER),
    "1 / 1e-39": ("1 / 1e-39 is too large", SMALLER),
    "2 ** 128": ("2 ** 128 is too large", SMALLER),
    "10 ** 400": ("10 ** 400 is too large", SMALLER),
    "(-10) ** 401": ("(-10) ** 401 is too large", SMALLER),
    "exp(89)": ("exp(89) is too large", SMALLER),
    "exp(1000)": ("exp(1000) is too large", SMALLER),
    "9223372036854775807 + d": (
        "9223372036854775807 + d is too large for d = 3",
        WHOLE.format("9.223372036854776e+18"),
    ),
    "0 - 9223372036854775807 - 1": (
        "0 - 9223372036854775807 - 1 is too large",
        WHOLE.format("-9.223372036854776e+18"),
    ),
}

ALLOWED = """
n; n - 1; 0 / n; (n - 2) / x; x / x; x / f(0); x / (x - x); 1 / max(n, d); n / (n - 3); 1 @ 2
n @ d; x * (1 @ 2); 1 / (1 @ 2); 1 / count(n); 1 / (count(n) - 3); 1 / (count(n) - count(n) + 1)
log(count(d)); count(d) / d; log(count(n - 1)); 1 / (count(n - 2) - 2); log(uniform(-2, 1))
x / (count(d) - 4); 1 / uniform(-2, 0); 1 / uniform(0, 2); normal(0); normal(d, n); uniform(1, 1)
sqrt(normal(1) - 2); 1 / -normal(0); log(n); sqrt(d); d ** 0; (-2) ** 3; 2 ** 127; exp(88)
exp(-1000); 1e38 * 3; 1e38 * (n / 2); 9223372036854775807 + 1.0; 9223372036854775806 + 1
log(x - x); x ** 0.5; n > 5; n > 0
"""


def refusal(
    text: str, condition: str = "", samples: dict[str, tuple[int, ...]] = SAMPLES
) -> tuple[str, str] | None:
    """The message and the hint for an expression, if it is refused."""
    try:
        check_constants(parse(text), samples, parse(condition) if condition else None)
    except ConstantError as error:
        assert str(error) == error.message
        return error.message, error.hint
    return None


def test_numbers_that_no_layer_can_compute_are_refused_and_no_others() -> None:
    assert {text: refusal(text) for text in REFUSED} == REFUSED
    texts = ALLOWED.strip().replace("\n", "; ").split("; ")
    assert [(text, refusal(text)) for text in texts if refusal(text)] == []


def test_what_reads_every_size_is_computed_and_what_reads_another_name_is_not() -> None:
    assert refusal("1 / (n - 2)", samples={"n": (2,)}) == REFUSED["x / (n - 2)"]
    assert refusal("log(n - m)", samples={"n": (2,)}) is None
    assert refusal("1 / (n - 2)", samples={"n": (1, 3)}) is None


@pytest.mark.parametrize(
    ("text", "condition", "sizes"),
    [
        ("1 / (n - 2)", "n > 2", None),
        ("1 / (n - 2)", "n >= 2", "n = 2"),
        ("1 / (n - 2)", "n < 2", None),
        ("1 / (n - 2)", "d > 0", "n = 2"),
        ("1 / (n - 2)", "n > 5", None),
        ("x / (n - 2)", "n > 2", None),
        ("x / (n - 2)", "n <= 2", "n = 2"),
        ("x * (1 / (n - 2))", "n > 2", None),
        ("x * (1 / (n - 2))", "d > 0", "n = 2"),
        ("exp(x / (n - 2))", "n > d + 1", "n = 2"),
        ("exp(x / (n - 2))", "n > d + 2", None),
    ],
)
def test_what_is_computed_under_a_condition(text: str, condition: str, sizes: str | None) -> None:
    message = sizes and f"this divides by n - 2, which is 0 for {sizes}"
    assert refusal(text, condition) == (message and (message, NEVER_0))


def test_a_long_expression_is_shortened_in_a_message() -> None:
    for width, shown in ((31, f"log(0 * {'n' * 31})"), (32, f"log(0 * {'n' * 29}...")):
        size = "n" * width
        message = f"{shown} has no value for {size} = 1"
        assert refusal(f"log(0 * {size})", samples={size: (1,)}) == (message, VALUE)
        assert len(shown) == 40


def test_the_sizes_that_an_expression_and_its_condition_read() -> None:
    samples = {"n": (1, 2), "d": (0, 3), "e": (4,)}

    def found(text: str, condition: str = "") -> list[dict[str, int]]:
        return list(assignments(samples, parse(text), parse(condition) if condition else None))

    assert found("2") == [{}]
    assert found("n") == [{"n": 1}, {"n": 2}]
    assert [list(sizes.items()) for sizes in found("n - d")] == [
        [("d", 0), ("n", 1)],
        [("d", 0), ("n", 2)],
        [("d", 3), ("n", 1)],
        [("d", 3), ("n", 2)],
    ]
    assert found("n", "d > n") == [{"d": 3, "n": 1}, {"d": 3, "n": 2}]
    assert found("e", "d >= e - 1") == [{"d": 3, "e": 4}]
    assert found("n", "n < 2") == [{"n": 1}]
    assert found("n", "n > 2") == []


def test_values() -> None:
    sizes = {"n": 5, "d": 0.5, "count(n)": 3}
    values = {
        "7": 7,
        "n": 5,
        "-n": -5,
        "n - -d": 5.5,
        "count(n) * n": 15,
        "max(n, 7, d)": 7,
        "max(n, d)": 5,
        "normal(d, n)": 0.5,
        "uniform(-n, d)": -5,
        "uniform(-d, n, 2)": 5,
        "d ** 2": 0.25,
        "n > d": True,
    } | {
        f"{name}(d)": getattr(math, name)(0.5) for name in """
            atan cos cosh erf exp expm1 floor log log1p sin sinh sqrt tan tanh
        """.split()
    }
    assert {text: value_of(parse(text), sizes) for text in values} == values
    for text in ("relu(n)", "eye(n)", "f(n, d)"):
        with pytest.raises(NotImplementedError) as error:
            value_of(parse(text), sizes)
        assert error.value.args == (parse(text),)
