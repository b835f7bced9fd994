"""What the records of the generator say about themselves."""

from __future__ import annotations

import math
import runpy
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.language.expressions import Expression, Name, Number, parse, parse_statement, to_python
from codegen.language.torch_classes import TORCH_CLASSES
from codegen.model import (
    DIM,
    IN_FEATURES,
    NUM_NEURONS,
    Branch,
    Constraint,
    Domain,
    Family,
    Firing,
    Functional,
    FunctionKind,
    Layer,
    Location,
    Package,
    Parameter,
    Prefix,
    Size,
    State,
    Statement,
    TorchModule,
    Trace,
    Weight,
    Zoo,
    module_name,
)
from codegen.previous import resolve
from codegen.root import IS_INSTALLED, ROOT

HERE = Location("mine.yaml", 3, 5)
FEATURES = Name("num_neurons"), Name("num_neurons")
BARE = Layer("", "Bare", "", (), (), (NUM_NEURONS, DIM), FEATURES, (), (), (), (), (), Name("x"))
PACKAGE = Package("base", "", (), (), (), (), (), ())


def read(*texts: str) -> tuple[Statement, ...]:
    return tuple(Statement(*parse_statement(text)) for text in texts)


def in_text(expressions: tuple[Expression, ...]) -> list[str]:
    return [*map(to_python, expressions)]


def test_where_the_spec_is(tmp_path: Path) -> None:
    """In a checkout, beside the generator; in the generator itself where it is installed."""
    checkout = Path(__file__).resolve().parents[2]
    assert (IS_INSTALLED, ROOT) == (False, checkout)
    installed = tmp_path.resolve() / "installed"
    (installed / "spec").mkdir(parents=True)
    shutil.copy(checkout / "codegen" / "root.py", installed)
    (tmp_path / "spec").mkdir()
    try:
        (tmp_path / "link").symlink_to(installed, target_is_directory=True)
        (tmp_path / "linked").symlink_to(checkout / "codegen", target_is_directory=True)
    except OSError:
        pytest.skip("the system has no links")
    for name, is_installed, root in (("link", True, installed), ("linked", False, checkout)):
        found = runpy.run_path(str(tmp_path / name / "root.py"))
        assert (found["IS_INSTALLED"], found["ROOT"]) == (is_installed, root)


def test_a_place_in_a_spec() -> None:
    assert (str(HERE), HERE.shifted(2)) == ("mine.yaml:3:5", Location("mine.yaml", 3, 7))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (-math.inf, math.inf, "any finite number"),
        (0, math.inf, "above 0"),
        (-0.5, math.inf, "above -0.5"),
        (-math.inf, 2, "in (-inf, 2)"),
        (0, 1, "in (0, 1)"),
    ],
)
def test_a_domain_is_open(low: float, high: float, text: str) -> None:
    domain = Domain(low, high)
    assert str(domain) == text
    within = [value for value in (low, high, -1, 0.5, 3) if value in domain]
    assert within == [value for value in (-1, 0.5, 3) if low < value < high]


@pytest.mark.parametrize(
    ("initial", "value"),
    [
        ("normal(1)", "normal(1, d, k)"),
        ("uniform(0, 1)", "uniform(0, 1, d, k)"),
        ("normal(1, k)", "normal(1, k)"),
        ("uniform(0, 1, k, d)", "uniform(0, 1, k, d)"),
        ("exp(normal(d)) + A", "exp(normal(d, d, k)) + A"),
        ("count(d)", "count(d)"),
    ],
)
def test_random_numbers_have_a_shape(initial: str, value: str) -> None:
    weight = Weight("w", (Name("d"), Name("k")), parse(initial), "", "", learn=True)
    assert to_python(weight.value) == value


def test_names_of_a_module() -> None:
    made = [module_name(name) for name in ("SLIB", "If", "As", "Soft", "None_")]
    assert made == ["slib", "if_", "as_", "soft", "none_"]
    assert replace(BARE, name="In").module == "in_"
    assert Branch("pos", "positive", 0.5).of("beta") == "pos_beta"
    assert TorchModule("m", "GELU", ()).torch_class is TORCH_CLASSES["GELU"]


# Prefixes, families and functions


def test_expressions_of_prefixes_and_families() -> None:
    trace = Trace("mem", "beta", (parse("x"), parse("2 * y")), False, "", True, False)
    prefix = Prefix("P", "p", "", "", HERE, (), (), (), (), (), (), None, None)
    family = Family("F", "f", "", "", HERE)
    assert prefix.expressions == () and in_text(family.expressions) == ["0"]
    assert (family.reset, family.resets_first) == (None, False)
    full = replace(
        prefix,
        update=read("a = x + 1", "b = a"),
        traces=(trace,),
        replaces=(("x", parse("3 * x")),),
        drive=parse("b"),
    )
    assert in_text(full.expressions) == ["x + 1", "a", "x", "2 * y", "3 * x", "b"]
    whole = replace(
        family,
        trace=trace,
        states=(State("first", ""), State("second", "")),
        update=read("u = 1"),
        fire=read("f = 2"),
        reset=parse("r"),
        output=parse("o"),
    )
    assert in_text(whole.expressions) == ["x", "2 * y", "1", "2", "r", "o"]
    assert (whole.traces, whole.membrane) == ((trace,), "mem")
    other = replace(whole, trace=None)
    assert (other.traces, other.membrane) == ((), "first")


def test_functions_that_may_be_defaults() -> None:
    """Spike functions, and the quantizers that draw no random numbers."""
    plain = Firing("plain", "", "", (), read("a = x", "output = a"))
    drawn = Firing("drawn", "", "", (), read("a = noise", "output = x - a"))
    assert (plain.is_random, drawn.is_random) == (False, True)
    assert [plain.reads(name) for name in ("a", "x", "output")] == [True, True, False]
    functional = Functional("", (replace(plain, name="spike"),), (plain, drawn))
    kinds = {"plain": FunctionKind.QUANTIZER, "spike": FunctionKind.SPIKE}
    assert functional.defaults == kinds


# Layers


@pytest.mark.parametrize(
    ("statements", "output", "unset", "unread"),
    [
        ("", "x", "", ""),
        ("", "beta * w + mem + num_neurons + dim", "", ""),
        ("", "y + seen", "y", ""),
        ("y = x", "y", "", ""),
        ("y = z | z = x", "y", "z", ""),
        ("y = y + x", "x", "y", "y"),
        ("y = y + x", "y", "y", ""),
        ("y, _ = chunk(x, 2)", "x", "", "y"),
        ("seen = x | mem = mem + x", "x", "", "mem"),
        ("mem = x | y = mem", "y * b", "b", ""),
    ],
)
def test_names_without_a_value_or_a_reader(
    statements: str, output: str, unset: str, unread: str
) -> None:
    free = Constraint("free", Domain(-math.inf, math.inf), Name("raw"))
    layer = replace(
        BARE,
        arguments=(NUM_NEURONS, Parameter("beta", free, 1.0, ""), DIM),
        weights=(Weight("w", FEATURES[:1], Number(1), "", "", learn=True),),
        states=(State("mem", ""), State("seen", "", observed=True)),
        statements=read(*filter(None, statements.split(" | "))),
        output=parse(output),
    )
    assert (layer.unset(), layer.unread()) == (set(unset.split()), set(unread.split()))
    (beta,) = layer.parameters
    assert (beta.name, beta.rank, beta.learn) == ("beta", 1, True)
    assert (beta.constraint.register, beta.constraint.inverse) == ("", None)


def test_expressions_of_a_layer() -> None:
    weight = Weight("w", FEATURES[:1], parse("5"), "", "", learn=True)
    layer = replace(
        BARE,
        docs=("One.", "Two."),
        states=(State("a", ""), State("b", "", initial=parse("4"))),
        setup=read("s = 1", "t = 2"),
        statements=read("a = x", "b = a"),
        weights=(weight,),
    )
    assert in_text(layer.timestep) == ["x", "a", "x"] and in_text(layer.start) == ["4"]
    assert in_text(layer.construction) == ["1", "2", "5"]
    assert layer.description == ("One.", "Two.")
    called = replace(layer, also_called=("A", "B C"))
    assert called.description == ("One.", "Two.", "Also called A, B C.")


@pytest.mark.parametrize(
    ("statement", "is_random"),
    [("a = randn_like(x)", True), ("a = 1 + rand_like(x) * x", True), ("a = exp(x)", False)],
)
def test_layers_that_draw_random_numbers(statement: str, is_random: bool) -> None:
    assert replace(BARE, statements=read(statement)).is_random == is_random
    (made,) = read(statement)
    assert replace(BARE, output=made.expression).is_random == is_random


@pytest.mark.parametrize(
    ("given", "features"),
    [
        ({"in_features": 5}, (5, 8)),
        ({"in_features": 5, "k": 3, "n": 1}, (5, 7)),
        ({"in_features": 0}, (0, 8)),
    ],
)
def test_features_for_given_sizes(given: dict[str, int], features: tuple[int, int]) -> None:
    sizes = IN_FEATURES, Size("k", "", default=4), Size("n", "", default=0), DIM
    layer = replace(BARE, arguments=sizes, features=(Name("in_features"), parse("2 * k + n")))
    assert layer.features_of(given) == features and layer.required == ("in_features",)
    assert layer.defaults == {"k": 4, "n": 0, "dim": -1}


def test_packages() -> None:
    """Those that one extends, from the nearest, and all of the zoo, those of papers first."""
    middle = replace(PACKAGE, name="middle", extends=PACKAGE)
    last = replace(PACKAGE, name="last", extends=middle)
    assert (PACKAGE.bases, last.bases) == ((), (middle, PACKAGE))
    assert Zoo((last,), (middle, PACKAGE)).packages == (last, middle, PACKAGE)
    assert [NUM_NEURONS.least, IN_FEATURES.least, DIM.least] == [1, 1, None]
    assert [NUM_NEURONS.default, IN_FEATURES.default, DIM.default] == [None, None, -1]


# Values of the timestep before


@pytest.mark.parametrize(
    ("statements", "output", "expected", "kept"),
    [
        ("mem = mem + x", "mem", "mem = mem + x; return mem", ""),
        (
            "mem = mem + x | y = prev_mem | z = prev_mem",
            "y * z",
            "prev_mem = up + down (F1); mem = mem + x; y = prev_mem; z = prev_mem; return y * z",
            "",
        ),
        (
            "y = prev_y + prev_d + prev_x | c = prev_c | d = prev_x",
            "y",
            "y = prev_y + prev_d + prev_x; c = prev_c; d = prev_x; "
            "prev_d = d (F0); prev_x = x (F0); prev_y = y (F0); prev_c = c (F1); return y",
            "prev_d [outputs], prev_x [inputs], prev_y [outputs], prev_c [outputs]",
        ),
        (
            "y = prev_output + x",
            "y",
            "y = prev_output + x; prev_output = y (F0); return y",
            "prev_output [outputs]",
        ),
        (
            "z = x | y = prev_output + z",
            "2 * y",
            "z = x; y = prev_output + z; output = 2 * y (F1); prev_output = output (F1); "
            "return output",
            "prev_output [outputs]",
        ),
        (
            "y = x",
            "y + prev_y",
            "y = x; output = y + prev_y (F0); prev_y = y (); return output",
            "prev_y [outputs]",
        ),
        ("y = x", "y + prev_mem", "prev_mem = up + down (); y = x; return y + prev_mem", ""),
        ("y = prev_y", "2 * y", "y = prev_y; prev_y = y (F0); return 2 * y", "prev_y [outputs]"),
    ],
)
def test_previous_values(statements: str, output: str, expected: str, kept: str) -> None:
    """That of a state is its expression before the timestep; others are kept in a new state."""
    given = tuple(
        replace(one, origin=("D", f"F{place}"))
        for place, one in enumerate(read(*statements.split(" | ")))
    )
    features = Name("inputs"), Name("outputs")
    made, result, states = resolve(given, parse(output), {"mem": parse("up + down")}, features)
    lines = [
        f"{one.targets[0]} = {to_python(one.expression)}"
        + ("" if one in given else f" ({' '.join(one.origin)})")
        for one in made
    ]
    assert "; ".join([*lines, f"return {to_python(result)}"]) == expected
    assert ", ".join(f"{s.name} [{', '.join(in_text(s.shape))}]" for s in states) == kept
    docs = {"prev_x": "the input, one timestep before"}
    docs["prev_output"] = "what the layer returned last"
    for state in states:
        own = f"{state.name.removeprefix('prev_')}, one timestep before"
        assert state.doc == docs.get(state.name, own)
