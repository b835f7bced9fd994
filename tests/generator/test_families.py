"""What a family inherits from the one that it extends, and what it changes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codegen.grammar import layers
from codegen.language.expressions import Name, parse, to_python
from codegen.model import Domain, Family, Parameter, Statement
from codegen.previous import resolve
from codegen.reading.load import extend

GOOD = Path(__file__).parent / "good_spec"
PACKAGE = """package: Mine
constraints:
  mine: {activation: 2 * raw, domain: "(-inf, inf)", inverse: value / 2}
families:
  LIX:
    extends: LIB
    name: own
    doc: Own.
    source: a paper
    prefixes: [S]
    states: {count: the count}
    parameters: {beta: {rank: 0}}
    functions: {spike_fn: {default: arctan}}
    fire: [spikes = spike_fn(mem - theta), count = count + spikes]
    reset: {by: prev_spikes, at: start}
    output: spikes + count
    nir:
      node: LI
      fields: {tau: time_constant(beta), r: 1, v_leak: 0}
      inverse: {beta: decay(tau)}
"""


def families(more: str, tmp_path: Path, head: str = "") -> tuple[Family, ...]:
    """The family above and one that extends it."""
    path = tmp_path / "own.yaml"
    path.write_text(
        PACKAGE + f"  LIY: {{extends: LIX, name: mine, doc: Mine., {more}}}\nonly: [LIY]\n{head}"
    )
    return extend(GOOD, path).families[-2:]


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("prefixes: [S]", {}),
    "source": ("source: a book", {"source": "a book"}),
    "prefixes": ("prefixes: []", {"prefixes": ()}),
    "without prefixes": ("without: [prefixes]", {"prefixes": ()}),
    "states": ("without: [states], fire: [spikes = spike_fn(mem)], output: spikes", {"states": ()}),
    "no reset": ("without: [reset]", {"reset": None}),
    "reset at the end": ("reset: 2 * spikes", {"resets_first": False}),
    "output": ("output: count", {"output": Name("count")}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_inherited(what: str, tmp_path: Path) -> None:
    """All but the nodes for interchange, the name and the description."""
    text, changed = CHANGES[what]
    base, family = families(text, tmp_path)
    assert (base.nir, family.nir) != (None, base.nir) and not family.nir
    own = {"name": "LIY", "title": "mine", "doc": "Mine.", "nir": None}
    if what == "states":
        own |= {"fire": family.fire, "output": Name("spikes")}
    if what == "reset at the end":
        assert family.reset and to_python(family.reset) == "2 * spikes"
        own |= {"reset": family.reset}
    assert family == replace(base, location=family.location, **own, **changed)
    assert family.location.line == base.location.line + 16


@pytest.mark.parametrize(
    ("more", "letters"),
    [("source: a book", ("S", "T")), ("without: [prefixes]", ("T",)), ("prefixes: [S]", ("S",))],
)
def test_a_prefix_that_names_what_is_extended(
    more: str, letters: tuple[str, ...], tmp_path: Path
) -> None:
    """It applies to the family that extends it too, unless that lists its own."""
    prefix = "prefixes: {T: {name: t, doc: T., families: [LIX], drive: 0.5 * x}}\n"
    base, family = families(more, tmp_path, prefix)
    assert (base.prefixes, family.prefixes) == (("S",), letters)


MINE = {"name": "mine", "domain": Domain(-math.inf, math.inf)}
PARAMETERS: dict[str, dict[str, Any]] = {
    "default: 0.5": {"default": 0.5},
    "default: 0.5, doc: other": {"default": 0.5, "doc": "other"},
    "doc: other": {"doc": "other"},
    "rank: 1": {},
    "rank: 0": {"rank": 0},
    "learn: true": {},
    "learn: false": {"learn": False},
    "constraint: mine": {"constraint": MINE},
    "constraint: mine, default: -1.0": {"constraint": MINE, "default": -1.0},
    "constraint: mine, default: 0": {"constraint": MINE, "default": 0.0},
}


@pytest.mark.parametrize("written", PARAMETERS)
def test_what_a_parameter_keeps(written: str, tmp_path: Path) -> None:
    base, family = families(f"parameters: {{theta: {{{written}}}}}", tmp_path)
    beta, theta = family.parameters
    assert (beta,) == base.parameters and beta.rank == 0 and beta.default == 0.9
    constraint = theta.constraint
    expected = Parameter("theta", constraint, 1.0, "threshold", 1, True)
    changed = dict(PARAMETERS[written])
    own = changed.pop("constraint", {"name": "threshold", "domain": Domain(0, math.inf)})
    assert (constraint.name, constraint.domain) == (own["name"], own["domain"])
    assert theta == replace(expected, **changed)


def test_a_parameter_of_its_own(tmp_path: Path) -> None:
    own = "constraint: decay, default: 0.25, doc: gain, rank: 0, learn: false"
    _, family = families(f"parameters: {{gain: {{{own}}}}}, reset: gain * spikes", tmp_path)
    gain = family.parameters[-1]
    assert gain == Parameter("gain", gain.constraint, 0.25, "gain", 0, False)
    assert gain.constraint.name == "decay"
    own = "constraint: mine, default: 0, doc: gain"
    _, family = families(f"parameters: {{gain: {{{own}}}}}, reset: gain * spikes", tmp_path)
    gain = family.parameters[-1]
    assert gain == Parameter("gain", gain.constraint, 0.0, "gain", 1, True)


def test_a_function_of_its_own_default(tmp_path: Path) -> None:
    base, family = families("functions: {spike_fn: {default: gaussian}}", tmp_path)
    (before,), (after,) = base.functions, family.functions
    assert (before.default, after.default, after.doc) == ("arctan", "gaussian", "smooth step")
    assert after == replace(before, default="gaussian")


@pytest.mark.parametrize(
    ("reset", "before"), [("detach(prev_output) * mem", ["mem = pos_mem + neg_mem"]), ("0.5", [])]
)
def test_a_reset_at_the_start_of_two_branches(
    reset: str, before: list[str], tmp_path: Path
) -> None:
    """It reads their sum, where it reads the membrane."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "package: Mine\nfamilies:\n  LIX: {extends: LIB, name: own, doc: Own., prefixes: [D], "
        f"reset: {{by: {reset}, at: start}}}}\nonly: [DLIX]\n"
    )
    (layer,) = layers(extend(GOOD, path))
    lines = [f"{one.targets[0]} = {to_python(one.expression)}" for one in layer.statements]
    assert lines[: lines.index("pos_mem = pos_beta * pos_mem + positive(x)")] == [
        *before,
        f"reset = {reset}",
        "pos_mem = pos_mem - 0.5 * reset",
        "neg_mem = neg_mem - 0.5 * reset",
    ]


def test_a_prefix_with_two_effects_on_one_statement(tmp_path: Path) -> None:
    """It is named once among those that the statement comes from."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "package: Mine\nprefixes:\n  T: {name: t, doc: T., families: [LIB], update: [late = prev_x], "
        "replaces: {x: late}, drive: 0.5 * x}\nonly: [TLIB]\n"
    )
    (layer,) = layers(extend(GOOD, path))
    assert [one.origin for one in layer.statements if one.targets == ("mem",)][0] == ("T", "LIB")


@pytest.mark.parametrize("origin", [("LIX",), ("D", "LIX")])
def test_where_an_output_that_is_kept_comes_from(origin: tuple[str, ...]) -> None:
    """The family alone, whatever prefixes add to its last statement."""
    statement = Statement(("mem",), parse("mem + x - prev_output"), origin)
    features = (Name("num_neurons"), Name("num_neurons"))
    statements, output, _ = resolve([statement], parse("2 * mem"), {"mem": Name("mem")}, features)
    assert statements[1] == Statement(("output",), parse("2 * mem"), ("LIX",))
    assert output == Name("output")
