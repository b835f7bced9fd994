"""What an expression may be: its names, operators and functions, and what each takes.

The problems in `golden/vocabulary.txt` and the functions in `golden/functions.txt` are read by a
person before they are committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.language.expressions import parse
from codegen.language.functions import (
    APPLIED,
    CONSTRUCTION,
    DRAWS,
    FUNCTIONS,
    INITIAL_FUNCTIONS,
    MATH,
    NIR_FUNCTIONS,
    NOISES,
    SIZE_FUNCTIONS,
    TIMESTEP,
    VALUE,
    Function,
    operand,
)
from codegen.reading.vocabulary import Vocabulary
from tests.support.reviewed import assert_as_reviewed

GOLDEN = Path(__file__).parent / "golden" / "vocabulary.txt"
SIZES = {"n": (1, 2, 3), "d": (0, 1)}
VOCABULARIES = {
    "a timestep": Vocabulary(
        TIMESTEP | {"lin": APPLIED},
        ("+", "-", "*", "/", "@"),
        SIZES,
        known={"x", "mem", "weight", "n", "d"},
        previous={"mem", "kept", "output"},
        later={"kept", "soon"},
        split={"weight": ("weight is split", "read it in a trace")},
    ),
    "an initial value": Vocabulary(
        CONSTRUCTION, ("+", "-", "*", "/", "//", "@", "**"), SIZES, {"A", "n", "d"}, set()
    ),
    "the start of a state": Vocabulary(FUNCTIONS, ("+", "*"), SIZES, {"rho", "n", "d"}, set()),
    "a size": Vocabulary(SIZE_FUNCTIONS, ("+", "-", "*", "//"), SIZES, {"n", "d"}, set()),
    "a condition": Vocabulary(SIZE_FUNCTIONS, ("+", ">"), SIZES, {"n", "d"}, set()),
}
EXPRESSIONS = {
    "a timestep": """
        x; 2; n; n + 2; -n; x + n; exp(x); sum(x, -1); rand_like(x)
        prev_mem; prev_kept; prev_output; prev_x; prev_soon; prev_prev_mem; prev_; output
        kept; soon; weight; prev_weight; exp; lin; _; mmm; y
        x // 2; x ** 2; x ** 2.0; (x + 1) ** 2; x ** 0.5; x ** 3; 2 ** x; 2 ** 2; x // n + y ** 2
        2 * exp(x) ** x; exp(x) ** -2
        x > 0; 2 + (x < n); x >= mem; x <= mem; (x > 0) @ x; -(x > 0)
        mask(x > 0); mask(x < 1); mask(x >= 1); mask(x <= 1); mask(x); mask(x + 1); mask(n > 1)
        mask(2); mask(-x); mask(y > 0); mask((x > 0) > 0); mask(n > x)
        where(x > 0, x, 0); where(x > 0, 0, x); where(x > 0, x, mem); where(x, 1, x)
        where(n > 1, x, 0); where(x > 0, x > 1, 0); where(x > 0, x, x > 1); where(mem, x, 0)
        where(x > 0, 1, 0); where(x > 0, n, 0); where(x > 0, 1, -1); where(x > 0, n, 1)
        where(x > 0, 1, n); where(x > 0, 2, 0.0); where(x > 0, 2.5, 0.5); where(x > 0, 0, 1)
        where(x > 0, n + 1, d * 2); where(x > 0, n - d, n + d); where(n > 1, 1, 2)
        exp(); exp(x, x); cat(x); cat(x, x); cat(x, mem, x, x); cat(x, mem, 2); lin(x); lin()
        lin(x, x); lin(2); lin(n); maximum(x); maximum(x, 2); maximum(2, x); maximum(x, x > 0)
        maximum(x, mem, x); where(x > 0, x); where(x > 0); split(x, 1); split(x, 1, 2, 3)
        exp(2); exp(n); exp(exp(2)); exp(exp(x)); exp(-1); exp(2 * n); exp(x > 0); log(0); log(-1)
        sqrt(2); exp(1000); exp(1 / 0); relu(2); relu(n); square(2); sign(n - 1); sinh(1)
        sum(2, -1); sum(n, -1); sum(exp(x), -1); sum(x > 0, -1); cat(2, x); cat(x, n); push(n, x)
        rand_like(2); randn_like(n); straight_through(1, x); straight_through(x, 1); detach(2)
        sum(x, 1); sum(x, 0); sum(x, -2); sum(x, n); sum(x, n + 1); sum(x, n - d); sum(x, n * 2)
        sum(x, n // 2); sum(x, -n); sum(x, n / 2); sum(x, 1.0); sum(x, 0.5); sum(x, -0.5)
        sum(x, 1 + 1); sum(x, x); sum(x, n + x); sum(x, n + 0.5); sum(x, n > 1); sum(x, max(x, -1))
        mean(x, mem); softmax(x, 0.5); max(x, mem); max(x, n); max(x, -1); max(2, 3); max(n, 3)
        unsqueeze(x, -1); unsqueeze(x, 0); unsqueeze(x, n); unsqueeze(x, 0.5); unsqueeze(x, -n)
        unsqueeze(x, n + 1); unsqueeze(x, x)
        select(x, -1, 0); select(x, n, -1); select(x, -1, n); select(x, -1, 0.5); select(x, -1, x)
        select(x, -1, 1 + 1); select(x, x, 0)
        chunk(x, 2); chunk(x, n); chunk(x, n + 1); chunk(x, n - 1); chunk(x, 2 * n)
        chunk(x, n // 2)
        chunk(x, -n); chunk(x, -1); chunk(x, 2.0); chunk(x, n / 2); chunk(x, x); chunk(x, n @ n)
        chunk(x, n + 0.5); chunk(x, n ** 2); chunk(x, abs(n)); chunk(x, n > 1)
        reshape(x, n, d); reshape(x, n, 0.5); reshape(x, 0.5, n); reshape(x, x); reshape(x)
        split(x, n, d); split(x, 0.5, n); split(x, n, 0.5); split(x, n, d, x)
        clip(x, 0, 1); Clip(x, 0, 1); MEAN(x); expo(x); zzz(x); normal(1); rand(3); eye(n)
        y + z; y + clip(z); exp(x, y); exp(y > 2); exp(y) + exp(); exp(lun(x)); lin(y // 2)
    """,
    "an initial value": """
        A; n; 2; A + x; count(n); eye(n); eye(n) + 1; normal(1); uniform(0, 1); exp(count(n))
        exp(n)
        exp(2); sqrt(n); softplus(2); softplus(n); softplus(count(n)); softplus(normal(1))
        A ** 2; n ** 2; A // 2; A > 0; n > 1; mask(count(n) > 1); mask(n > 1)
        where(count(n) > 1, 1, 2); where(count(n) > 1, eye(n), 2); where(A > 1, n, 2)
        count(); count(n, n); count(n + 1); count(n / 2); count(2.0); count(A); count(count(n))
        normal(); normal(1, n); normal(1, n, d); normal(0.5); normal(n); normal(1, 0.5)
        normal(1, A)
        normal(A); normal(count(n)); normal(sqrt(n)); normal(n > 1); uniform(0); uniform(0, n, n)
        uniform(0, A); uniform(A, 0); uniform(A, A, A)
        argsort(A, 0); argsort(A, n); argsort(A, A); argsort(2, 0); argsort(count(n), -1)
        matrix_exp(A); matrix_exp(2); matrix_exp(n); solve(A, A); solve(A, 2); solve(2, A)
        transpose(A); transpose(n); sum(A, -1); sum(n, -1); max(n, -1); max(A, -1)
        arange(3); inv(A); expm(A); rand(3); Randn(3); randperm(3); identity(3); pow(A, 2)
        rand_like(A); randn_like(A); clip(A, 0, 1); push(A, A); straight_through(A, A); detach(A)
        counts(n); zzz(n); prev_A
    """,
    "the start of a state": """
        rho; n; exp(rho); exp(n); exp(2); rho - 1; rho ** 2; rho > 1; rho / 2; mask(rho > 0)
        rand_like(rho); rand(3); arange(3); normal(1); x; max(n, 2)
    """,
    "a size": """
        n; n + d; n * 2 - 1; n // 2; n / 2; n ** 2; n > 1; n @ d; x; max(n, 2); max(n)
        max(n, d, 2)
        max(n, x); max(n > 1, 2); max(0.5, n); maximum(n, 2); min(n, 2); abs(n); clip(n); rand(3)
        maxi(n, 2); exp; max; _; prev_n
    """,
    "a condition": "n > 1; n + d > 1; n < 1; n >= 1; n <= 1; n - 1 > 1; (n > 1) > 0; n ** 2",
}
"""By where they are, separated by semicolons."""


def described(words: Vocabulary, text: str) -> str:
    """What an expression is, and its problems, with the beginning of each hint."""
    expression = parse(text)
    lines = [f"    {text}{'' if words.is_tensor(expression) else ' (a number)'}\n"]
    for column, message, hint in words.misuses(expression):
        lines.append(f"        {'-' if column is None else column}: {message} = {hint[:110]}\n")
    return "".join(lines)


def test_problems_are_as_reviewed() -> None:
    text = ""
    for where, words in VOCABULARIES.items():
        found = EXPRESSIONS[where].replace("\n", ";").split(";")
        text += f"In {where}\n"
        text += "".join(described(words, part.strip()) for part in found if part.strip())
    assert_as_reviewed(text, GOLDEN)


TABLES = {
    "Of a timestep": FUNCTIONS,
    "Random numbers of a timestep": NOISES,
    "Of initial values alone": INITIAL_FUNCTIONS,
    "Of sizes": SIZE_FUNCTIONS,
    "Of fields of NIR": NIR_FUNCTIONS,
    "Of a layer, with any name": {"": APPLIED},
}


def lines_of(function: Function) -> Iterator[str]:
    """What is said of a function, but for its formula; its source in PyTorch is that of calls with
    names, and of calls with expressions, which may need parentheses."""
    least = len(function.takes)
    for count in range(least, least + (3 if function.more else 1)):
        names = "abcde"[:count]
        yield f"{function.torch(*names)} and {function.torch(*(f'-{name}' for name in names))}"
    for column in "derivative c triton more imported elementwise creates doc".split():
        if getattr(function, column):
            yield f"{column}: {getattr(function, column)}"
    yield f"takes: {', '.join(function.takes)}; it is defined in {function.domain}"


def test_the_functions_are_as_reviewed() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    text = ""
    for title, table in TABLES.items():
        text += f"{title}\n"
        for name, function in table.items():
            assert function.name == name
            text += f"    {name}:\n" + "".join(f"        {line}\n" for line in lines_of(function))
    assert_as_reviewed(text, GOLDEN.with_stem("functions"))


NUMBERS = "atan cos cosh erf exp expm1 floor log log1p sin sinh sqrt tan tanh"


def test_the_functions_of_initial_values() -> None:
    """Those of a timestep, of numbers too where Python has them, and those that make tensors."""
    expected = FUNCTIONS | INITIAL_FUNCTIONS
    for name in ("push", "straight_through", "detach"):
        del expected[name]
    for name in NUMBERS.split():
        expected[name] = replace(FUNCTIONS[name], takes=(VALUE,))
    assert (expected, {*NUMBERS.split()}) == (CONSTRUCTION, MATH)
    assert DRAWS == ("normal", "uniform")
    assert TIMESTEP == {**FUNCTIONS, **NOISES}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "x"),
        ("f(x, -1)", "f(x, -1)"),
        ("x.T", "x.T"),
        ("x.sum(-1).T", "x.sum(-1).T"),
        ("-x", "(-x)"),
        ("x + y", "(x + y)"),
        ("f(x) * 2", "(f(x) * 2)"),
        ("x[0]", "(x[0])"),
        ("2", "(2)"),
        ("0.5", "(0.5)"),
        ("x > y", "(x > y)"),
    ],
)
def test_what_needs_parentheses_before_a_method(text: str, expected: str) -> None:
    assert operand(text) == expected
