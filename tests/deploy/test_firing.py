"""Hard spikes as comparisons, and the functions and numbers of C."""

from __future__ import annotations

import struct
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch.functional as F
from codegen.deploy.firing import _direction, declared, limit
from codegen.deploy.kinds import Kind, kind
from codegen.deploy.literals import array, literal, single
from codegen.deploy.printing import library, needs_math, to_c
from codegen.language.expressions import Call, Name, parse
from codegen.language.functions import CONDITION, FUNCTIONS
from codegen.reading.load import load_functional
from tests.support.cases import NUMBERED, SPIKES
from tests.support.deployed import STRICT, run
from tests.support.drawn import ELEMENTWISE, MEANINGS
from tests.support.equal import identical

SPEC = Path(__file__).parents[2] / "spec"
HARD = F.round_ste()


def limit_of(spike: F.TensorFunction, quantizer: nn.Module = HARD) -> float | None:
    functional = load_functional(SPEC)
    assert functional
    firing = [
        declared("spike_fn", spike, functional, ()),
        declared("quant_fn", quantizer, functional, ()),
    ]
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
    ],
)
def test_where_a_function_rises(text: str, direction: int | None) -> None:
    assert _direction(parse(text), {"x": 1}) == direction


def test_the_numbers_of_a_function_move_the_limit() -> None:
    few, many = (limit_of(partial(F.sigmoid4x, slope=slope)) for slope in (1, 100))
    assert few is not None and many is not None and few > 10 * many > 0


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(FLOATS)
def test_the_text_of_a_number_reads_as_that_number(number: float) -> None:
    text = literal(number)
    assert single(float(text.removesuffix("f"))) == number
    assert {*text} & {*".e"} and len(text) <= len("-1000000000000000.0f")


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
