"""Hard spikes as comparisons, and the functions and numbers of C."""

from __future__ import annotations

import functools
import struct
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch.functional as F
from codegen.deploy.chain import Refused
from codegen.deploy.firing import _both, _direction, _float, _never_falls, _times, declared, limit
from codegen.deploy.kinds import Kind, kind
from codegen.deploy.literals import array, literal, single
from codegen.deploy.printing import library, lines, name_of, needs_math, to_c
from codegen.language.expressions import Call, Name, Number, Operation, parse, to_python
from codegen.language.functions import CONDITION, FUNCTIONS, TENSOR
from codegen.model import Firing, Functional, Statement
from codegen.reading.load import load_functional
from tests.support.cases import NUMBERED, SPIKES
from tests.support.deployed import STRICT, run
from tests.support.drawn import ELEMENTWISE, MEANINGS
from tests.support.equal import identical
from tests.support.reviewed import assert_as_reviewed

SPEC = Path(__file__).parents[2] / "spec"
HARD = F.round_ste()


@functools.cache
def library_functions() -> Functional:
    functional = load_functional(SPEC)
    assert functional
    return functional


def of_library(name: str, function: Any) -> Firing | None:
    return declared(name, function, library_functions(), ())


@pytest.mark.parametrize(
    "function, name, texts",
    [
        (F.sigmoid4x, "sigmoid4x", ["sigmoid(4.0 * x)"]),
        (partial(F.sigmoid4x, slope=4), "sigmoid4x", ["sigmoid(4 * x)"]),
        (partial(F.sigmoid4x, slope=8), "sigmoid4x_slope_8", ["sigmoid(8 * x)"]),
        (partial(F.sigmoid4x, slope=True), "sigmoid4x_slope_1_0", ["sigmoid(1.0 * x)"]),
        (
            partial(F.sigmoid4x, slope=numpy.float64(0.5)),
            "sigmoid4x_slope_0_5",
            ["sigmoid(0.5 * x)"],
        ),
        (
            partial(F.fast_sigmoid, slope=0.5),
            "fast_sigmoid_slope_0_5",
            ["0.5 + x / (4.0 + 2 * abs(x))"],
        ),
        (
            partial(F.triangular, width=-1e-05),
            "triangular_width__1e_05",
            ["maximum(minimum(x / -1e-05, 1), -1)", "0.5 + near * (1 - 0.5 * abs(near))"],
        ),
        (F.round_ste(), "round_ste", ["straight_through(round(x / 1.0) * 1.0, x)"]),
        (
            F.round_ste(0.25),
            "round_ste_step_size_0_25",
            ["straight_through(round(x / 0.25) * 0.25, x)"],
        ),
    ],
)
def test_a_function_with_its_numbers(function: Any, name: str, texts: list[str]) -> None:
    """Its name says those that are not the default, so that each has a definition of its own."""
    found = of_library("fire", function)
    assert found and found.name == name
    assert [to_python(statement.expression) for statement in found.statements] == texts


def test_the_identity_needs_no_function() -> None:
    assert of_library("fire", nn.Identity()) is None


class Nameless:
    """A callable without a name."""

    def __call__(self, x: Tensor) -> Tensor:
        return x

    def __repr__(self) -> str:
        return "one"


class Named(nn.Identity):
    """A quantizer of one's own."""

    name = "round_ste"


QUANTIZERS = "round_ste() or nn.Identity()"
UNDECLARED = (
    "which no spec declares; use one of tt.functional, or give the file that declares it by"
)


@pytest.mark.parametrize(
    "function, words",
    [
        (Named(), f"fire is Named; use {QUANTIZERS}"),
        (nn.Tanh(), f"fire is Tanh; use {QUANTIZERS}"),
        (F.stochastic_round_ste(), f"fire draws random numbers; deploy with {QUANTIZERS}"),
        *(
            (function, f"fire is {{}}, {UNDECLARED} --spec")
            for function in (Nameless(), partial(Nameless(), 8), F.softplus)
        ),
        *(
            (partial(F.arctan, alpha=value), f"arctan is given {text}; give it numbers alone")
            for value, text in [
                (torch.tensor(2.0), "alpha=tensor(2.)"),
                ("2", "alpha='2'"),
                (float("inf"), "alpha=inf"),
                (float("nan"), "alpha=nan"),
                (4e38, "alpha=4e+38"),
            ]
        ),
    ],
)
def test_functions_that_no_spec_declares(function: Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        of_library("fire", function)
    assert str(refused.value) == words.format(function)


def limit_of(spike: F.TensorFunction, quantizer: nn.Module = HARD) -> float | None:
    firing = [of_library("spike_fn", spike), of_library("quant_fn", quantizer)]
    return limit(firing, lambda x: quantizer(spike(x)))


PROVEN = {"sigmoid4x", "arctan", "fast_sigmoid", "rectangular", "gaussian"}


def _id(spike: F.TensorFunction) -> str:
    """The same in each process, in which functions have other addresses."""
    name = getattr(spike, "func", spike).__name__
    return f"{name}{getattr(spike, 'keywords', '')}"


@pytest.mark.parametrize("spike", [*SPIKES, *NUMBERED], ids=_id)
def test_a_comparison_is_exactly_the_rounded_spike(spike: F.TensorFunction) -> None:
    name = getattr(spike, "func", spike).__name__
    found = limit_of(spike)
    assert (found is not None) == (name in PROVEN)
    if found is None:
        return
    places = torch.arange(-2_000_000, 2_000_000, dtype=torch.int32)
    around = (torch.tensor(found).view(torch.int32) + places).view(torch.float32)
    special = torch.tensor([0.0, -0.0, 1e-45, -1e-45, 1e37, -1e37])
    for numbers in (around, torch.randn(1_000_000), 1e-7 * torch.randn(100_000), special):
        numbers = numbers[~numbers.isnan()]
        assert identical(HARD(spike(numbers)), (numbers > found).float())


@pytest.mark.parametrize("quantizer", [nn.Identity(), F.round_ste(0.25)], ids=str)
def test_more_than_two_levels_are_no_comparison(quantizer: nn.Module) -> None:
    assert limit_of(F.sigmoid4x, quantizer) is None


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 1, 0.5), (-1, 1, None), (0, 2, None), (1, 1, None)]
)
def test_levels_far_from_the_limit_count(low: int, high: int, expected: float | None) -> None:
    assert limit([], lambda x: x.round().clamp(low, high)) == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_how_far_from_the_limit_levels_count(sign: int) -> None:
    def levels(x: Tensor, is_near: bool) -> Tensor:
        far = sign * x >= 1e6 if is_near else sign * x > 1e6
        return (x > 0.5) + sign * far.float()

    assert limit([], lambda x: levels(x, is_near=True)) is None
    assert limit([], lambda x: levels(x, is_near=False)) == 0.5


@pytest.mark.parametrize(
    "place, number",
    [
        (0, "0.0"),
        (1, "1.401298464324817e-45"),
        (-1, "-1.401298464324817e-45"),
        (0x3F800000, "1.0"),
        (-0x3F800000, "-1.0"),
        (0x7F7FFFFF, "3.4028234663852886e+38"),
        (-0x7F7FFFFF, "-3.4028234663852886e+38"),
    ],
)
def test_numbers_in_order(place: int, number: str) -> None:
    """There are two zeros, of which 0 is without a sign."""
    assert repr(_float(place)) == number


@pytest.mark.parametrize("limits", [-3e38, -1.0, 0.0, 1e-45, 3e38])
def test_a_limit_of_any_size(limits: float) -> None:
    found = limit([], lambda x: (x > limits).float())
    assert found == single(limits) and repr(found) != "-0.0"


def test_constants_are_no_comparison() -> None:
    assert limit([], torch.zeros_like) is None and limit([], torch.ones_like) is None


def test_functions_that_may_fall_are_no_comparison() -> None:
    """Although the composition is one."""
    rising, falling = of_library("", F.sigmoid4x), of_library("", F.exponential)
    for firing, expected in [
        ([rising, None], 0.5),
        ([None, rising], 0.5),
        ([falling, None], None),
        ([rising, falling], None),
        ([falling, rising], None),
    ]:
        assert limit(firing, lambda x: (x > 0.5).float()) == expected


@pytest.mark.parametrize(
    "step, is_seen", [(-4097, False), (-4096, True), (4095, True), (4096, False)]
)
def test_numbers_near_the_limit_count(step: int, is_seen: bool) -> None:
    odd = _float(0x3F000000 + step)
    found = limit([], lambda x: ((x > 0.5) ^ (x == odd)).float())
    assert found == (None if is_seen else 0.5)


@pytest.mark.parametrize("odd", [0.5 + 300 * 2**-24, 0.5 - 300 * 2**-25])
def test_a_number_near_the_limit_on_the_wrong_side_counts(odd: float) -> None:
    assert limit([], lambda x: (x > 0.5).float()) == 0.5
    assert limit([], lambda x: ((x > 0.5) ^ (x == odd)).float()) is None


@pytest.mark.parametrize(
    "text, direction",
    [
        ("2 * x - 1", 1),
        ("1 - x / 3", -1),
        ("-sigmoid(-x)", 1),
        ("0.5 * x", 1),
        ("x * 0.5", 1),
        ("x / 0.5", 1),
        ("0 * x", 0),
        ("maximum(x, exp(x))", 1),
        ("x / (1 + 2 * abs(x))", 1),
        ("3 * 4", 0),
        ("x - exp(x)", None),
        ("x * x", None),
        ("x / (1 - 2 * abs(x))", None),
        ("x / (1 + 2 * abs(-x))", None),
        ("1 / x", None),
        ("abs(x)", None),
        ("where(x > 0, 1, 0)", None),
        ("y", None),
        ("3", 0),
        ("-x", -1),
        ("2 - x", -1),
        ("x - -x", 1),
        ("x - 2", 1),
        ("x + x", 1),
        ("-x - x", -1),
        ("x + -x", None),
        ("x + y", None),
        ("y - x", None),
        ("2 ** x", None),
        ("2 / x", None),
        ("-(2 * x)", -1),
        ("x / (3 + 2 * abs(x))", 1),
        ("-x / (1 + 2 * abs(-x))", -1),
        ("x / (0 + 2 * abs(x))", None),
        ("x / (1 + 0 * abs(x))", None),
        ("x / (1 + 2 * exp(x))", None),
        ("x / (1 + abs(x))", None),
        ("straight_through(x, -x)", 1),
        ("straight_through(-x, x)", -1),
        ("maximum(x, 1)", 1),
        ("maximum(-x, 1)", -1),
        ("maximum(x, -x)", None),
        ("minimum(exp(x), x)", 1),
        ("minimum(-x, x)", None),
        ("minimum(x, y)", None),
        ("exp(y)", None),
    ],
)
def test_where_a_function_rises(text: str, direction: int | None) -> None:
    assert _direction(parse(text), {"x": 1}) == direction


def test_a_negative_factor() -> None:
    factors = [Operation(Number(-2), "*", Name("x")), Operation(Name("x"), "/", Number(-0.5))]
    assert [_direction(factor, {"x": 1}) for factor in factors] == [-1, -1]


@pytest.mark.parametrize(
    "name", [name for name in ELEMENTWISE if FUNCTIONS[name].takes == (TENSOR,)]
)
def test_functions_that_never_fall(name: str) -> None:
    """All of them are known, but one that no spike function calls."""
    values = MEANINGS[name](torch.linspace(-6, 6, 1201, dtype=torch.float64))
    steps = values.diff()[values.diff().isfinite()]
    rises = bool((steps >= 0).all()) and name != "detach"
    for sign in (1, -1):
        direction = _direction(Call(name, (Name("x"),)), {"x": sign})
        assert direction == (sign if rises else None)


@pytest.mark.parametrize("one", [None, -1, 0, 1])
def test_directions_together(one: int | None) -> None:
    assert [_times(sign, one) for sign in (-1, 0, 1)] == (
        [None] * 3 if one is None else [-one, 0, one]
    )
    expected = {None: [None] * 4, -1: [None, -1, -1, None], 0: [None, -1, 0, 1]}
    assert [_both(one, other) for other in (None, -1, 0, 1)] == (
        expected | {1: [None, None, 1, 1]}
    )[one]


@pytest.mark.parametrize(
    "texts, rises",
    [
        (["x"], True),
        (["-x"], False),
        (["x * x"], False),
        (["0 * x"], True),
        (["-x", "-near"], True),
        (["-x", "near"], False),
        (["x * x", "x"], True),
        (["x", "near - other"], False),
    ],
)
def test_statements_that_never_fall(texts: list[str], rises: bool) -> None:
    steps = [Statement((target,), parse(text)) for target, text in zip(("near", "y"), texts)]
    assert _never_falls(Firing("", "", "", (), tuple(steps))) == rises


def test_the_numbers_of_a_function_move_the_limit() -> None:
    few, many = (limit_of(partial(F.sigmoid4x, slope=slope)) for slope in (1, 100))
    assert few is not None and many is not None and few > 10 * many > 0


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(FLOATS)
def test_the_text_of_a_number_reads_as_that_number(number: float) -> None:
    text = literal(number)
    assert single(float(text.removesuffix("f"))) == number
    assert {*text} & {*".e"} and len(text) <= len("-1000000000000000.0f")


@pytest.mark.parametrize(
    "number, text",
    [
        (0.0, "0.0f"),
        (-0.0, "-0.0f"),
        (1, "1.0f"),
        (0.1, "0.1f"),
        (single(0.1), "0.1f"),
        (1 / 3, "0.33333334f"),
        (2.0000002, "2.0000002f"),
        (-2e-05, "-2e-05f"),
        (16777217, "16777216.0f"),
        (1e-45, "1e-45f"),
        (1.36441695e-05, "1.36441695e-05f"),
        (8.58993459e09, "8589935000.0f"),
        (3.4028234663852886e38, "3.4028235e+38f"),
    ],
)
def test_numbers_with_as_few_digits_as_needed(number: float, text: str) -> None:
    assert literal(number) == text


def test_a_compiler_reads_the_same_numbers(tmp_path: Path) -> None:
    bits = torch.randint(-(2**31), 2**31 - 1, (2000,), generator=torch.Generator().manual_seed(0))
    drawn = bits.int().view(torch.float32)
    numbers = torch.cat(
        (drawn[drawn.isfinite()], torch.tensor([1e-45, 3.4028235e38, 0.1, 16777216]))
    )
    program = tmp_path / "program.c"
    program.write_text(
        f"#include <stdio.h>\nstatic {array('numbers', numbers)}\n"
        "int main(void) { return fwrite(numbers, sizeof numbers, 1, stdout) != 1; }\n"
    )
    run(["gcc", *STRICT, program, "-o", tmp_path / "program"])
    read = run([tmp_path / "program"])
    assert identical(torch.frombuffer(bytearray(read), dtype=torch.float32), numbers)


def test_every_function_of_the_language(tmp_path: Path) -> None:
    """Each by the definition that a network would get, against its meaning."""
    names = [name for name in ELEMENTWISE if FUNCTIONS[name].takes[0] != CONDITION]
    calls = [
        Call(name, tuple(Name(letter) for letter, _ in zip("ab", FUNCTIONS[name].takes)))
        for name in names
    ]
    head = "#include <math.h>\n" * needs_math(names) + "#include <stdio.h>\n"
    prints = "".join(
        f"    y = {to_c(call, {})};\n    fwrite(&y, sizeof y, 1, stdout);\n" for call in calls
    )
    program = tmp_path / "program.c"
    program.write_text(
        head + "\n".join(library(names)) + "\nint main(void) {\n    float a, b, y;\n"
        "    while (fread(&a, sizeof a, 1, stdin) == 1 && fread(&b, sizeof b, 1, stdin) == 1) {\n"
        f"{prints}    }}\n    return 0;\n}}\n"
    )
    run(["gcc", *STRICT, program, "-o", tmp_path / "program", "-lm"])
    pairs = [(a, b) for a in (0.3, 0.9, 1.5, -0.7, 0.0, 2.5, 41.0) for b in (-0.5, 1.0)]
    made = run([tmp_path / "program"], struct.pack(f"{2 * len(pairs)}f", *sum(pairs, ())))
    rows = torch.frombuffer(bytearray(made), dtype=torch.float32).reshape(len(pairs), -1)
    columns = torch.tensor(pairs).T
    for name, call, found in zip(names, calls, rows.T):
        wanted = MEANINGS[name](*columns[: len(call.arguments)])
        torch.testing.assert_close(found, wanted, rtol=2e-6, atol=1e-6, equal_nan=True, msg=name)


def test_functions_are_written_as_reviewed() -> None:
    """To accept a change, set UPDATE_GOLDEN=1. Each is called, with what that needs."""
    text = ""
    for name in ELEMENTWISE:
        arguments = tuple(Name(letter) for letter, _ in zip("abc", FUNCTIONS[name].takes))
        head = "#include <math.h>\n" * needs_math([name]) + "".join(
            f"{x}\n" for x in library([name])
        )
        text += f"{head}{to_c(Call(name, arguments), {})};\n\n"
    assert_as_reviewed(text, Path(__file__).with_name("golden") / "functions.c")


def test_functions_are_defined_once_in_order() -> None:
    assert library(["sign", "exp", "abs", "sign", "own"]) == library(["abs"]) + library(["sign"])
    assert not needs_math([]) and not needs_math(["abs", "own"]) and needs_math(["abs", "exp"])


@pytest.mark.parametrize(
    "name, expected",
    [
        ("n", "n_"),
        ("net", "net_"),
        ("inputs", "inputs_"),
        ("outputs", "outputs_"),
        ("volatile", "volatile_"),
        ("mem", "mem"),
        ("network", "network"),
    ],
)
def test_names_in_use_get_another(name: str, expected: str) -> None:
    assert name_of(name) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("16777215", "16777215"),
        ("16777216", "16777216.0f"),
        ("-16777215", "-16777215"),
        ("-16777216", "-16777216.0f"),
        ("2.0", "2.0f"),
        ("0.1", "0.1f"),
        ("2 * 3 + weight", "6 + weight"),
        ("detach(weight)", "(weight)"),
        ("mask(net > n)", "(net_ > n_)"),
        ("exp(-abs(volatile))", "expf(-abs_of(volatile_))"),
        ("own(weight)", "own(weight)"),
        ("spikes / level", "(float)(spikes) / level"),
        ("exp(spikes / level)", "expf((float)(spikes) / level)"),
        ("spikes / weight", "spikes / weight"),
        ("spikes * level", "spikes * level"),
        ("level * 16000000", "(float)(level) * 16000000"),
    ],
)
def test_expressions_in_c(text: str, expected: str) -> None:
    assert to_c(parse(text), KNOWN) == expected


def test_statements_in_c() -> None:
    """Each name is declared where it is first set, as a constant if it is not set again."""
    written = [
        ("mem", "beta * mem + x"),
        ("n", "n + 1"),
        ("n", "n - 0.5"),
        ("n", "1 - n"),
        ("n", "n * 2"),
        ("spikes", "mask(mem > 1)"),
        ("level", "2 * mask(mem > 2)"),
        ("level", "-level"),
        ("other", "spikes / level"),
        ("weight", "weight + weight"),
        ("long", " + ".join(["very_long_name"] * 8)),
    ]
    statements = [Statement((target,), parse(text)) for target, text in written]
    assert lines(statements, KNOWN, ["mem", "n"]) == [
        "mem = beta * mem + x;",
        "n_ += 1;",
        "n_ -= 0.5f;",
        "n_ = 1 - n_;",
        "n_ = n_ * 2;",
        "const int spikes = (mem > 1);",
        "int level = 2 * (mem > 2);",
        "level = -level;",
        "const float other = (float)(spikes) / level;",
        "weight += weight;",
        "const float long_ = very_long_name + very_long_name + very_long_name + very_long_name +",
        "    very_long_name + very_long_name + very_long_name + very_long_name;",
    ]


KNOWN = {"spikes": Kind((0, 1), True), "level": Kind((-3, 5)), "weight": Kind()}


@pytest.mark.parametrize(
    "text, bounds, is_sparse",
    [
        ("mask(weight > 1)", (0, 1), True),
        ("spikes - mask(weight > 1)", (-1, 1), True),
        ("-level", (-5, 3), False),
        ("level * level", (-15, 25), False),
        ("2 * spikes", (0, 2), True),
        ("spikes * weight", None, True),
        ("spikes + weight", None, False),
        ("level / 2", None, False),
        ("0.5 * level", None, False),
        ("where(weight > 1, spikes, 7)", (0, 7), False),
        ("level * 16000000", None, False),
        ("sqrt(level)", None, False),
    ],
)
def test_kinds(text: str, bounds: tuple[int, int] | None, is_sparse: bool) -> None:
    assert kind(parse(text), KNOWN) == Kind(bounds, is_sparse)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("level / spikes", "(float)(level) / spikes"),
        ("level * 16000000 * 2", "(float)(level) * 16000000 * 2"),
        ("weight / spikes", "weight / spikes"),
        ("spikes + 1", "spikes + 1"),
        ("0.1 * weight", "0.1f * weight"),
        ("weight - 16777217", "weight - 16777216.0f"),
    ],
)
def test_integers_are_not_divided_as_integers(text: str, wanted: str) -> None:
    assert to_c(parse(text), KNOWN) == wanted


@pytest.mark.parametrize(
    "bounds, kind",
    [
        ((-127, 127), "signed char"),
        ((0, 128), "float"),
        ((-128, 0), "float"),
        (None, "float"),
    ],
)
def test_only_small_integers_are_stored_in_bytes(bounds: tuple[int, int] | None, kind: str) -> None:
    assert Kind(bounds).stored == kind
