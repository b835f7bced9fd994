"""What is known of a value before it is computed: its bounds as an integer, and whether it is 0."""

from __future__ import annotations

import pytest

from codegen.deploy.kinds import Kind, kind
from codegen.language.expressions import parse

SPIKE = Kind((0, 1), is_sparse=True)
BYTE = Kind((-128, 127))
RARE = Kind(None, is_sparse=True)
KNOWN = {"spike": SPIKE, "byte": BYTE, "rare": RARE, "real": Kind(), "fire": SPIKE}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("spike", SPIKE),
        ("other", Kind()),
        ("0", Kind((0, 0), is_sparse=True)),
        ("2", Kind((2, 2))),
        ("0.0", Kind()),
        ("16777216", Kind((2**24, 2**24))),
        ("16777217", Kind()),
        ("-spike", Kind((-1, 0), is_sparse=True)),
        ("-16777216", Kind((-(2**24), -(2**24)))),
        ("-16777217", Kind()),
        ("16777216 + spike", Kind()),
        ("-16777216 - spike", Kind()),
        ("-byte", Kind((-127, 128))),
        ("-rare", RARE),
        ("-real", Kind()),
        ("spike + byte", Kind((-128, 128))),
        ("spike - byte", Kind((-127, 129))),
        ("spike + spike", Kind((0, 2), is_sparse=True)),
        ("spike - rare", RARE),
        ("rare - real", Kind()),
        ("real + rare", Kind()),
        ("byte * byte", Kind((-128 * 127, 128 * 128))),
        ("byte * spike", Kind((-128, 127), is_sparse=True)),
        ("spike * byte", Kind((-128, 127), is_sparse=True)),
        ("real * rare", RARE),
        ("rare * real", RARE),
        ("real * real", Kind()),
        ("byte * 1000000", Kind()),
        ("spike / byte", RARE),
        ("byte / spike", Kind()),
        ("spike * real", RARE),
        ("mask(real)", SPIKE),
        ("where(real > 0, spike, byte)", Kind((-128, 127))),
        ("where(real > 0, byte, spike)", Kind((-128, 127))),
        ("where(real > 0, 2 * spike, spike - 3)", Kind((-3, 2))),
        ("where(real > 0, 2 * spike, -spike)", Kind((-1, 2), is_sparse=True)),
        ("where(real > 0, rare, spike)", RARE),
        ("where(real > 0, spike, real)", Kind()),
        ("where(real > 0, real, spike)", Kind()),
        ("detach(spike)", SPIKE),
        ("straight_through(byte, real)", BYTE),
        ("fire(real)", SPIKE),
        ("exp(spike)", Kind()),
    ],
)
def test_what_is_known_of_an_expression(expression: str, expected: Kind) -> None:
    assert kind(parse(expression), KNOWN) == expected


@pytest.mark.parametrize(
    ("bounds", "local", "stored"),
    [
        (None, "float", "float"),
        ((0, 1), "int", "signed char"),
        ((-127, 127), "int", "signed char"),
        ((-128, 127), "int", "float"),
        ((-127, 128), "int", "float"),
    ],
)
def test_its_types_in_c(bounds: tuple[int, int] | None, local: str, stored: str) -> None:
    """What is negated must fit too."""
    assert (Kind(bounds).local, Kind(bounds).stored) == (local, stored)
