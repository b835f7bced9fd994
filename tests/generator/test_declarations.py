"""What may be declared and under which names, and what of it must be read or set.

The texts in `golden/declared.txt` are read by a person before they are committed.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from codegen.language.expressions import Name, parse, parse_statement, to_python
from codegen.model import (
    Constraint,
    Domain,
    FunctionArgument,
    FunctionKind,
    Linear,
    Parameter,
    State,
    Statement,
)
from codegen.reading.declared import Declared
from codegen.reading.load import extend
from codegen.reading.names import Names, problem_of_name
from codegen.reading.nodes import Items
from codegen.reading.problems import Notes
from codegen.reading.scope import Scope
from codegen.reading.sizes import read_shape, read_size, samples_of
from codegen.reading.unused import check_called, check_read, check_set, problem_of_unset
from codegen.reading.yaml_file import YamlFile
from codegen.reading.zoo import Offered
from tests.support.reviewed import assert_as_reviewed

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "declared.txt"


class Lines:
    """The texts of a file, each in a line of its own, and what is wrong with them."""

    def __init__(self, texts: list[object], folder: Path) -> None:
        path = folder / "lines.yaml"
        path.write_text("\n".join(f"- {json.dumps(text)}" for text in texts), encoding="utf-8")
        self.notes = Notes()
        self.file = YamlFile(path, self.notes)
        assert isinstance(self.file.root, Items)
        self.nodes = self.file.root.value

    def said(self) -> list[tuple[int, str, str]]:
        """The line, message and hint of each problem."""
        return [(p.location.line, p.message, p.hint) for p in self.notes.problems]


# Names

KEYWORD, IN_EVERY_LAYER = "is a keyword of Python", "is reserved in every layer"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("a A a1 a_ A_b1 z9 Z aZ0 exp prev_x trace Linear", None),
        ("lambda None if yield match case", KEYWORD),
        ("forward training to T_destination register_buffer zero_grad", IN_EVERY_LAYER),
        ("State TTcompile TTdecompile detach_states dim in_features", IN_EVERY_LAYER),
        ("num_neurons step zero_states", IN_EVERY_LAYER),
        ("Layer NamedTuple Tensor TensorFunction Value annotations math nn", IN_EVERY_LAYER),
        ("self states super torch x", IN_EVERY_LAYER),
    ],
)
def test_names_that_source_can_use(names: str, message: str | None) -> None:
    for name in names.split():
        expected = (f"{name} {message}", "choose another name") if message else None
        assert problem_of_name(name) == expected


@pytest.mark.parametrize(
    "text", ["_", "_a", "1", "1a", "a b", "a-b", "a.b", "ä", "aä", " a", "a\n", ""]
)
def test_texts_that_are_no_names(text: str) -> None:
    hint = "use letters, digits and _ only"
    assert problem_of_name(text) == (f"{text!r} is not a name", hint)


def test_names_are_unique(tmp_path: Path) -> None:
    """A name that is refused is declared all the same, so that nothing follows from it."""
    given = "one exp taken prev_a previous raw_a learned if one base two two here base two".split()
    lines = Lines(given, tmp_path)
    names = Names(lines.file, {"taken": "something"}, arguments="raw_.*|learn.*")
    names.take(["base"], "a layer", "the snn spec")
    local = None
    for node in lines.nodes:
        if node.value == "two" and local is None:
            local = names.local()
        assert (local if local and node.value in ("here", "base") else names).declare(
            node, "a state"
        )
    another = "choose another name"
    argument = f"{another}: each parameter p has the arguments p_rank and learn_p, and raw_p"
    itself = f"prev_... is set automatically where it is read; {another}"
    assert lines.said() == [
        (2, "exp has a meaning already: it is a function of the language", another),
        (3, "taken has a meaning already: it is something", another),
        (4, "prev_a is the previous value of something", itself),
        (6, "raw_a is the name of an argument", argument),
        (7, "learned is the name of an argument", argument),
        (8, "if is a keyword of Python", another),
        (9, "one would mean two things", f"it is declared in line 1, as a state; {another}"),
        (
            10,
            "base would mean two things",
            f"it is declared in the snn spec, as a layer; {another}",
        ),
        (12, "two would mean two things", f"it is declared in line 11, as a state; {another}"),
        (
            14,
            "base would mean two things",
            f"it is declared in the snn spec, as a layer; {another}",
        ),
        (15, "two would mean two things", f"it is declared in line 11, as a state; {another}"),
    ]
    assert local is not None and names.owners["previous"] == "in line 5, as a state"
    assert "here" not in names.owners and "two" not in local.owners
    assert local.taken == names.taken and local.arguments == names.arguments
    assert names.fresh(None) == names.declare(None, "nothing") == ""
    other = Lines([[]], tmp_path)
    names = Names(other.file)
    assert names.declare(other.nodes[0], "nothing") == "" and "" not in names.owners
    assert other.said() == [(1, "this must be a text", "write a text")]


# Sizes


@pytest.mark.parametrize(
    ("least", "default", "samples"),
    [
        (1, None, (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 64)),
        (0, 3, (0, 1, 2, 3, 4, 5, 6, 7, 12, 16, 64)),
        (None, None, (-2, -1, 0, 1, 2, 3, 4, 5, 12, 16, 64)),
        (None, -9, (-2, -1, 0, 1, 2, 3, 4, 5, 12, 16, 64)),
        (10, 20, (10, 11, 12, 13, 14, 15, 16, 17, 20, 64)),
        (2, 2, (2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 64)),
        (5, 0, (5, 6, 7, 8, 9, 10, 11, 12, 16, 64)),
        (-1, 0, (-1, 0, 1, 2, 3, 4, 5, 6, 12, 16, 64)),
        (70, None, (70, 71, 72, 73, 74, 75, 76, 77)),
    ],
)
def test_sizes_that_are_tried(
    least: int | None, default: int | None, samples: tuple[int, ...]
) -> None:
    """The smallest, of which one may be 0 or negative; some with divisors, and the default."""
    assert samples_of(least, default) == samples


WHOLE = ("a size is a whole number", "write whole numbers, and // to divide")


@pytest.mark.parametrize(
    ("size", "read", "problem"),
    [
        ("n", "n", None),
        (3, "3", None),
        ("n + 2 * d - 1 // n", "n + 2 * d - 1 // n", None),
        ("max(n, d)", "max(n, d)", None),
        (1.5, "1", WHOLE),
        (2.0, "1", WHOLE),
        ("n * 2.0", "1", WHOLE),
        ("max(0.5, n)", "1", WHOLE),
        ("n / 2", "1", ("/ is not allowed here", "use + - * //")),
        ("n > 2", "1", ("> is not allowed here", "use + - * //")),
        ("exp(n)", "1", ("unknown function exp", "allowed: max")),
        ("x", "1", ("unknown name x", "allowed: d, n")),
        (
            "8 // (n - 1)",
            "1",
            (
                "this divides by n - 1, which is 0 for n = 1",
                "divide by a number that is never 0; least: sets the minimum of a size",
            ),
        ),
    ],
)
def test_a_size(size: object, read: str, problem: tuple[str, str] | None, tmp_path: Path) -> None:
    """After a problem it is 1, which is a size too."""
    lines = Lines([size], tmp_path)
    found = read_size(lines.file, lines.nodes[0], {"n": (1, 2), "d": (1, 3)})
    assert to_python(found) == read
    assert lines.said() == ([(1, *problem)] if problem else [])


def test_other_operators_for_a_size(tmp_path: Path) -> None:
    lines = Lines(["n > 2", "n - 2"], tmp_path)
    for node in lines.nodes:
        read_size(lines.file, node, {"n": (1, 2)}, "+ >")
    assert lines.said() == [(2, "- is not allowed here", "use + >")]


@pytest.mark.parametrize(
    ("shape", "read", "problem"),
    [
        (["n", "d", 3], ["n", "d", "3"], None),
        (["n", "n / 2"], ["n", "1"], ("/ is not allowed here", "use + - * //")),
        ([], [], ("the shape is empty", "write [num_neurons]")),
        ("n", [], ("a shape must be a list", "write [A, B]")),
    ],
)
def test_a_shape(
    shape: object, read: list[str], problem: tuple[str, str] | None, tmp_path: Path
) -> None:
    lines = Lines([shape], tmp_path)
    found = read_shape(lines.file, lines.nodes[0], {"n": (1,), "d": (1,)})
    assert [*map(to_python, found)] == read
    assert lines.said()[:1] == ([(1, *problem)] if problem else [])
    assert read_shape(lines.file, None, {}) == ()


# What is not used


def unused(texts: list[str], rest: list[str], states: list[State], folder: Path) -> list[object]:
    lines = Lines([*texts], folder)
    statements = [Statement(*parse_statement(text)) for text in texts]
    check_set(lines.file, lines.nodes, statements, [*map(parse, rest)], states)
    return [*lines.said()]


READ = "read it, or leave it out"
PART = "read it, or write _ in its place"
OBSERVED = "read it, leave it out, or write observed: true if the user reads it"
STATES = [State("mem", "m"), State("seen", "s", observed=True)]


@pytest.mark.parametrize(
    ("texts", "rest", "problems"),
    [
        ("a = x | b = a", "b", []),
        ("a = x | b = a", "x", [(2, "b", READ)]),
        ("a = x | b = x", "2 | x * b", [(1, "a", READ)]),
        ("a = a + x | b = x", "b", [(1, "a", READ)]),
        ("a = a + x | b = a", "b", []),
        ("a = prev_a + x", "x", []),
        ("a = x", "prev_a", []),
        ("a = x | a = x | a = x", "x", [(1, "a", READ)]),
        ("a, b = chunk(x, 2)", "a", [(1, "b", PART)]),
        ("a, b = chunk(x, 2)", "b", [(1, "a", PART)]),
        (
            "a, _, b = split(x, 1, 1, 1) | c = x",
            "x",
            [(1, "a", PART), (1, "b", PART), (2, "c", READ)],
        ),
        ("_, a = chunk(x, 2)", "a", []),
        ("mem, a = chunk(x, 2)", "a", [(1, "mem", OBSERVED)]),
        ("mem = mem + x | seen = x | a = seen", "x", [(1, "mem", OBSERVED), (3, "a", READ)]),
        ("seen = seen + x | mem = x", "mem", []),
    ],
)
def test_values_that_nothing_reads(
    texts: str, rest: str, problems: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    """A value that only its own next value reads counts as unread, unless the user reads it."""
    found = unused(texts.split(" | "), rest.split(" | "), STATES, tmp_path)
    assert found == [(line, f"nothing reads {name}", hint) for line, name, hint in problems]


def test_declarations_that_nothing_reads_or_calls(tmp_path: Path) -> None:
    lines = Lines(["a", "b", "c"], tmp_path)
    check_read(lines.file, lines.nodes, iter(["b", "x"]))
    check_called(lines.file, lines.nodes, iter(["a", "c", "exp"]))
    assert lines.said() == [
        (1, "nothing reads a", READ),
        (3, "nothing reads c", READ),
        (2, "nothing calls b", "write b(x), or leave it out"),
    ]


def test_a_state_that_nothing_sets() -> None:
    message, other = "nothing sets modes", "write modes = ..., or leave the state out"
    assert problem_of_unset("modes", {"y", "z"}) == (message, other)
    assert problem_of_unset("modes", set()) == (message, other)
    for others in (["mode", "models"], ["models", "mode"]):
        assert problem_of_unset("modes", others) == (message, "models is set: should it be modes?")
    for others in (["modex", "modey"], ["modey", "modex"]):
        assert problem_of_unset("modes", others) == (message, "modey is set: should it be modes?")


# The declarations of a grammar

FREE = Constraint("free", Domain(-math.inf, math.inf), parse("raw"))
PARAMETERS = (
    Parameter("beta", FREE, 1.0, "b"),
    Parameter("rho", FREE, 1.0, "r", rank=0),
    Parameter("kernel", FREE, 1.0, "k", rank=2),
)
KIND = FunctionKind.SPIKE
IN_A_TIMESTEP = """
mem + beta * x | mem + rho | kernel @ kernel | kernel @ beta | mem @ kernel | prev_mem + prev_beta
prev_output + prev_x | output | levels * x | levels | prev_levels | x / (levels - 2) | prev_rho
prev_prev_x | spike_fn(mem) | spike_fn(levels) | lin(x) | lin(2) | lin(lin(x)) | exp(x) | normal(1)
rand_like(x) | sum(x, -1) | y | x // 2 | chunk(x, levels) | chunk(x, 2) | select(kernel, 0, levels)
"""
AT_FIRST = """
beta + rho | kernel | x | mem | prev_beta | spike_fn(beta) | exp(beta) | rand_like(beta) | 2
num_neurons | sum(beta, -1) | 1 / 0 | beta // 2
"""


def declared(lines: Lines) -> Declared:
    made = Declared(lines.file, {"free": FREE}, {}, None, Offered())
    made.parameters = PARAMETERS
    made.functions = (FunctionArgument("spike_fn", "ramp", "s", KIND),)
    return made


def described(scope: Scope, lines: Lines) -> str:
    """Each expression, its shape or what is wrong with it."""
    text = ""
    for node in lines.nodes:
        before = len(lines.notes.problems)
        made = scope.expression(node)
        said = [f"{message} = {hint[:110]}" for _, message, hint in lines.said()[before:]]
        text += f"    {node.value}: {' and '.join(said) or scope.shapes.of(made)}\n"
    return text


def texts(given: str) -> list[object]:
    return [text.strip() for text in given.strip().replace("\n", "|").split("|")]


def test_scopes_and_names_are_as_reviewed(tmp_path: Path) -> None:
    """What expressions of a family may read and call, and who declared each inherited name."""
    lines = Lines(texts(IN_A_TIMESTEP), tmp_path)
    lin = Linear("lin", Name("num_neurons"), Name("num_neurons"), True)
    scope = declared(lines).scope(["x", "mem"], [lin], {"levels": (1, 2, 3)})
    text = "In a timestep\n" + described(scope, lines)
    lines = Lines(texts(AT_FIRST), tmp_path)
    text += "At first\n" + described(declared(lines).scope_of_initial(), lines)
    package = extend(HERE / "good_spec", HERE / "varied.yaml")
    inherited = Declared(lines.file, {}, {}, package, Offered())
    text += "Inherited\n"
    text += "".join(f"    {name}: {what}\n" for name, what in inherited.fixed.items())
    assert_as_reviewed(text, GOLDEN)
    assert inherited.parameters == package.parameters
    assert inherited.functions == package.functions
    assert inherited.prefixes == package.prefixes
    assert list(inherited.parameter_names) == [p.name for p in package.parameters]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("output", "output has a meaning already: it is the output of a layer"),
        ("reset", "reset has a meaning already: it is the reset of a trace"),
        ("raw_a", "raw_a is the name of an argument"),
        ("learn_a", "learn_a is the name of an argument"),
        ("a_rank", "a_rank is the name of an argument"),
        ("prev_a", "prev_a is the previous value of something"),
        ("rank", None),
        ("rawa", None),
        ("learn", None),
        ("a_raw_b", None),
        ("a_ranks", None),
    ],
)
def test_names_of_a_grammar(name: str, message: str | None, tmp_path: Path) -> None:
    lines = Lines([name], tmp_path)
    declared(lines).names.declare(lines.nodes[0], "a parameter")
    assert [found for _, found, _ in lines.said()] == ([message] if message else [])


def test_declarations_of_one_family(tmp_path: Path) -> None:
    """They replace those of the same name, for this family alone."""
    lines = Lines(["x"], tmp_path)
    shared, changed = declared(lines), Parameter("beta", FREE, 2.0, "other", rank=0)
    names = shared.names.local()
    own = shared.of_family(names, [changed, Parameter("more", FREE, 2.0, "m")])
    assert [p.name for p in own.parameters] == ["beta", "rho", "kernel", "more"]
    assert own.parameters[0] is changed and shared.parameters == PARAMETERS
    assert own.names is names and own.functions is shared.functions
