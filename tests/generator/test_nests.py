"""The loop nests of recurrences, and the C that they are printed as."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.grammar import layers
from codegen.kernels import rows
from codegen.kernels.nests import (
    _SLOW,
    _TAKEN,
    Item,
    Nest,
    Recomputed,
    Recurrence,
    _Axes,
    _conflict,
    _is_ready,
    _is_slow,
    _live,
    _Maker,
    recurrence,
)
from codegen.kernels.parts import Product, parts
from codegen.language.expressions import Call, parse, to_python
from codegen.language.functions import FUNCTIONS
from codegen.reading.load import extend
from tests.support.declared import declared
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
OWN = {layer.name: layer for layer in layers(extend(ROOT / "spec", FOLDER / "nests.yaml"))}
OF_PARTS = {layer.name: layer for layer in layers(extend(ROOT / "spec", FOLDER / "parts.yaml"))}
GOLDEN = FOLDER / "golden" / "nests.txt"
PRINTED = """
    SeveralStates SplitBySizes BiasAlone DividedTwice Reassigned MatrixOfTheInput OneElement
    LargestOfEqual Rearranged OtherOrder ReadTwice
""".split()
"""Other layers whose loop nests are printed."""

FAST = """
    abs cat chunk detach floor mask max maximum mean minimum negative positive push relu reshape round
    select sign softmax split sqrt square straight_through sum unsqueeze where
""".split()
"""Functions that take no longer to compute than to load their value."""


def test_the_printed_loops() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    chosen = [*OWN.values(), *(OF_PARTS[name] for name in PRINTED)]
    made = [recurrence(parts(layer)) for layer in chosen if layer.name != "Deep"]
    assert_as_reviewed("\n".join(line for one in made for line in printed(one)), GOLDEN)


def printed(made: Recurrence) -> Iterator[str]:
    """A recurrence as a text: what it knows, its loops for Triton, and those in C."""
    yield f"\n# {made.parts.layer.name}\n"
    yield from listed("axes", (f"{name}{[*axes]}" for name, axes in made.dimensions.items()))
    yield from listed("lane and sizes", map(str, (made.lane, *made.sizes.values())))
    yield from listed("next", (f"{old} -> {new}" for old, new in made.next.items()))
    yield from listed("reached", sorted(made.reached))
    yield from listed("kept", made.recomputed.kept)
    yield from listed("facts", (f"{key}: {value}" for key, value in rows.facts(made).items()))
    yield ""
    yield from map(nest_or_product, made.backward)
    found: dict[str, Any] = rows.parts(made)
    yield from listed("products", (f"{into} to {out}" for into, out in found["products"]))
    for name in ("forward", "recompute", "backward"):
        yield from in_c(name, found[name])


def listed(name: str, texts: Iterable[str]) -> list[str]:
    return textwrap.wrap(f"{name}: {', '.join(texts)}", 100, subsequent_indent="    ")


def nest_or_product(step: Nest | Item) -> str:
    lines = [line_of(item) for item in (step.items if isinstance(step, Nest) else [step])]
    return "\n".join([f"for {[*step.space]}", *(f"    {line}" for line in lines)])


def line_of(item: Item) -> str:
    sign = "max=" if item.largest else "+=" if item.adds else "="
    made = f" {item.product.name} {[*item.addends]}" if item.product else ""
    return f"{item.target} {sign} {to_python(item.expression)}{made}"


def in_c(name: str, made: rows.Pass) -> Iterator[str]:
    """The arrays of a pass, and its functions; a * is at an array that a function changes."""
    yield ""
    arrays = zip(made.arrays, made.widths, strict=True)
    yield from listed(name, (f"{array}[{width}]" for array, width in arrays))
    for stage in made.stages:
        places = (f"{'*' * changed}{array} {place}" for array, place, changed in stage.arrays)
        yield from ("", *listed(stage.name, (*stage.sizes, *places)))
        yield from (f"    {line}".rstrip() for line in stage.lines)
    yield from ("", *made.calls)


def test_layers_without_states_have_no_loops() -> None:
    made = recurrence(parts(OF_PARTS["Filter"]))
    assert made.source == made.parts == parts(OF_PARTS["Filter"])
    assert made.recomputed == Recomputed((), {}, (), ())
    lists = made.outputs, made.forward, made.backward, made.reached
    assert not any(
        (*lists, made.axes, made.sizes, made.dimensions, made.ends, made.next, made.lane)
    )


def test_each_loop_of_many_has_a_letter() -> None:
    found: dict[str, Any] = rows.parts(recurrence(parts(OWN["Deep"])))
    (stage,) = found["forward"].stages
    loops = re.findall(r"for \(size (\w) = 0; \1 < (\w+); \1\+\+\)", "\n".join(stage.lines))
    assert loops[:8] == [*zip("klmpqrsn", [*"2345678", "num_neurons"])]


@pytest.mark.parametrize(
    ("target", "expression", "fixed", "expected"),
    [
        ("a", "x + gain", False, ["[1] a = x + gain"]),
        ("a", "x - (gain - x)", False, ["[1] a = x - gain + x"]),
        ("a", "a + x", False, ["[1] a += x"]),
        ("a", "x - a", False, ["[1] a = x - a"]),
        ("a", "a", False, []),
        ("a", "x", True, ["[1] a += x"]),
        ("a", "w", False, ["[0, 1] a = w"]),
        ("a", "w - few * x", False, ["[0, 1] a = w", "[0, 1] a += -(few * x)"]),
        ("a", "w + x - few", False, ["[1] a = x", "[0, 1] a += w", "[0, 1] a += -few"]),
        ("a", "sum(w, -1)", False, ["[0, 1] a = w"]),
        ("a", "max(w, -1)", True, ["[0, 1] a max= w"]),
        ("lone", "-lone", False, ["[] lone = -lone"]),
    ],
)
def test_terms_over_other_dimensions_are_added_one_by_one(
    target: str, expression: str, fixed: bool, expected: list[str]
) -> None:
    split = parts(OWN["Mixed"])
    maker = _Maker(split, _Axes(split), (), ())
    maker.lane, own = 1, (1,)
    maker.axes = {"a": own, "x": own, "gain": own, "w": (1, 0), "few": (0,), "lone": ()}
    items = maker._items(target, parse(expression), fixed)
    assert [f"{[*item.space]} {line_of(item)}" for item in items] == expected


def items(*lines: str) -> list[Item]:
    """Statements without loops, such as `a = b` and `a += b`; a first ! is at a product."""
    product = Product("product_1", "b", "m", ("a",), "")
    return [
        Item(target.strip("! "), parse(value), bool(sign), (), product if "!" in target else None)
        for target, sign, value in (re.split(r" (\+?)= ", line) for line in lines)
    ]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("a = x", "b = y", False),
        ("a = x", "b = x", False),
        ("a = x", "b = a", True),
        ("a = b", "b = x", True),
        ("a = x", "a = y", True),
        ("a = x", "a += y", True),
        ("a += x", "a = y", True),
        ("a += x", "a += y", False),
        ("a += x", "b += y", False),
        ("a += x", "b += a", True),
        ("a += b", "b += x", True),
    ],
)
def test_which_statements_keep_their_order(first: str, then: str, expected: bool) -> None:
    """Sums may change their order, and what reads or sets nothing in common."""
    one, other = items(first, then)
    assert _conflict(one, other) == expected
    assert _is_ready(other, [one]) != expected
    assert _is_ready(other, items("z = 1", first)) != expected
    assert _is_ready(other, [])
    assert not _is_ready(other, items("! z = 0"))
    (product,) = items("! z = 0")
    assert _is_ready(product, []) and not _is_ready(product, [other])


def test_only_what_is_wanted_and_products_are_computed() -> None:
    made = items("a = x", "b = a", "! p = 0", "q = y", "c = b + a", "d = c", "z = q")
    assert [item.target for item in _live(made, {"c"})] == ["a", "b", "p", "c"]
    assert [item.target for item in _live(made, {"d", "q"})] == ["a", "b", "p", "q", "c", "d"]
    assert [item.target for item in _live(made, set())] == ["p"]


def test_slow_functions() -> None:
    """Their values are kept for the gradients; those of others are computed again."""
    found = {name for name in FUNCTIONS if not _is_slow(Call(name, ()))}
    assert sorted(found) == FAST
    assert _SLOW <= FUNCTIONS.keys()
    assert not _is_slow(parse("exp")) and not _is_slow(parse("exp(a) + 1"))


IN_USE = """
    n k l m p q r s at sizes size numbers clear lower set larger LOWEST SIZES STREAMS PARAMETERS STATES
    OUTPUTS RESULTS PRODUCTS FORWARD BACKWARD
""".split()
"""Names of the functions of a recurrence in C."""


def test_names_in_c() -> None:
    for word in IN_USE:
        assert rows.name_in_c(word) == rows.size_in_c(word) == f"{word}_"
        assert rows.name_in_c(f"{word}__") == f"{word}___"
    for name in ("mem", "n_1", "d_n", "nn"):
        assert rows.name_in_c(name) == name
    assert (rows.size_in_c("modes"), rows.size_in_c("d_x")) == ("modes", "d_x_")


def test_multiples_of_a_quotient(tmp_path: Path) -> None:
    """They are not the quotient of the multiple, as for taps = 3, which is the default."""
    lines = ["states: {a: {shape: [2 * (taps // 2)], doc: state}}", "update: [a = tanh(a)]"]
    (layer,) = layers(declared([*lines, "output: x + unsqueeze(sum(a, -1), -1)"], tmp_path))
    found: dict[str, Any] = rows.parts(recurrence(parts(layer)))
    assert dict(zip(found["forward"].arrays, found["forward"].widths))["a"] == "(2 * (taps / 2))"


def test_names_that_a_kernel_adds_itself() -> None:
    taken = "d_ d_a own_a product_1 piece_1 inner_1 sum_of_a a_out _out a_gradient"
    free = (
        "a d xd_a own an_own_a a_product a_piece piece inner an_inner_1 sum_of out a_out_1 gradient"
    )
    found = {name for name in f"{taken} {free}".split() if re.fullmatch(_TAKEN, name)}
    assert found == {*taken.split()}
