"""Statements and expressions are read in order, each with what those before it set.

The problems in `golden/scope.txt` are read by a person before they are committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from codegen.language.expressions import Name, parse, to_python
from codegen.language.functions import APPLIED, TIMESTEP
from codegen.model import Linear, Statement
from codegen.reading.nodes import Items, Node
from codegen.reading.problems import Notes
from codegen.reading.scope import TRACE_OF_FAMILY, Scope
from codegen.reading.shapes import Shape, Shapes, state_shape, weight_shape
from codegen.reading.yaml_file import YamlFile
from tests.support.reviewed import assert_as_reviewed

GOLDEN = Path(__file__).parent / "golden" / "scope.txt"
N, D = Name("n"), Name("d")
SIZES = {"n": (1, 2, 5), "d": (2, 3)}
KNOWN: dict[str, Shape | None] = {
    "x": state_shape([N]),
    "mem": state_shape([N]),
    "m": state_shape([N, D]),
    "k": weight_shape([N]),
    "c": weight_shape([]),
    "u": None,  # a shape that could not be followed
    "prev_x": state_shape([N]),
    "prev_m": state_shape([N, D]),
    "prev_output": state_shape([N]),
}
FIXED = {"x": "the input", "k": "a parameter", "n": "a size", "mem": TRACE_OF_FAMILY}


class Reading:
    """A scope for a file of these lines."""

    def __init__(self, lines: Sequence[str], folder: Path, has_past: bool = True) -> None:
        path = folder / "lines.yaml"
        path.write_text(json.dumps(lines, indent=0), encoding="utf-8")
        self.notes = Notes()
        file = YamlFile(path, self.notes)
        assert isinstance(file.root, Items)
        self.nodes = file.root.value
        shapes = Shapes(KNOWN, [Linear("lin", N, D, True)], SIZES)
        known = {name for name in KNOWN if not name.startswith("prev_")} | SIZES.keys()
        functions = TIMESTEP | {"lin": APPLIED}
        self.scope = Scope(file, known, functions, samples=SIZES, shapes=shapes, has_past=has_past)

    def problems(self) -> list[str]:
        """What is wrong, with the line from 0, and the column within its text; 0 is the whole."""
        found = []
        for problem in self.notes.problems:
            line, column = problem.location.line - 2, problem.location.column - 1
            found.append(f"{line}:{column} {problem.message} = {problem.hint}\n")
        return found


STATEMENTS = """
a = x | b = a + prev_a
b = a + 1 | a = x
a = prev_b + prev_x + prev_output | b = x
a = prev_n | b = prev_prev_a | c = output
a = a + x
x = k | k = x | mem = x | n = x | exp = x | lin = x | prev_x = x | prev_q = x | output = x
self = x | lambda = x | match = x | a_1 = x | forward = x | _a = x | 2a = x
_ = x | a = x + _ | b = prev__
a, b = chunk(x, 2) | c = a + b
a, b = chunk(x, 3) | a, b, c = chunk(x, 2) | a = chunk(x, 2) | a, b = chunk(x, n) | a = chunk(x, n)
a, b = chunk(m, 1) | a = chunk(m, 1)
a, _ = split(x, 1, n - 1) | b = unsqueeze(sum(a, -1), -1)
_, a, _ = split(x, 1, 1, n - 2) | a, a = split(x, 1, n - 1) | a, b, a = split(x, 1, 1, n - 2)
_, _ = split(x, 1, n - 1) | _, _ = chunk(x, 2) | a, _, a = split(x, 1, n - 1)
a, b = split(x, 1, 1, n - 2) | a = split(x, 1, n - 1) | a, b = x | a, b, c = x + 1 | _, _ = x
a = exp(chunk(x, 2)) | a = 2 * split(x, 1, n - 1) + x | a, b = chunk(chunk(x, 2), 2)
a, b = split(exp(chunk(x, 2)), 1, 2) | a, a = exp(chunk(x, 2)) | a = chunk(x, chunk(x, 2))
a = 2 | b = n | c = 2 * n - d | e = 2 * x
a = y | a, b = y | b = exp(y) @ z | e = x + a
a = x / 0 | a = y / 0 | a = x / (n - 2) | a = x * 1e30 * 2e30 | a = x * (1e30 * 1e30)
a = 2 @ 3 | a = x * (n @ d) | a = x / (2 @ 3)
a = x + m | b = a + x | x = x + m | a, b = x + m | a = sum(x, -2)
k = sum(m, n + 3) | a = sum(m, n + 3) | a = sum(x, d)
a = sum(m, d) + prev_x | b = max(m, n) | a, b = chunk(exp(sum(m, d)), 2)
a = ) | b = a + x | c = ( | e, f = x +
a += x | a == x | x | a: x | "" | a = b = x | a = x // 2 | a = 2 ** 2
a = lin(x) | b = lin(a) | e = lin(x) + x
a = m | a = x | b = a + m
[n > 2] a = x / (n - 2) | a = x / (n - 2) | [n > 1] a = x / (n - 2) | [d > 2] a = x / (d - 2)
a = x | [n > 2] a = 2 * x | b = a + m
a = x | [n > 2] a = m | b = a + m | c = a + x
[n > 2] a = m | b = a + x
a = x | [n > 2] a, e = chunk(m, 2) | b = a + m | f = e + x
"""
"""By groups; a condition stands before its statement."""


def shape_of(scope: Scope, name: str) -> str:
    return str(scope.shapes.known[name]) if name in scope.shapes.known else "nothing"


def read(group: str, folder: Path) -> str:
    """A group of statements, what is made of them, and what is wrong with it."""
    lines = [line.strip() for line in group.split(" | ")]
    given = [
        line.removeprefix("[").split("] ", 1) if line[0] == "[" else ["", line] for line in lines
    ]
    reading = Reading([json.loads(t) if t[0] == '"' else t for _, t in given], folder)
    conditions = [parse(condition) if condition else None for condition, _ in given]
    given_some = [conditions] if any(conditions) else []
    made = reading.scope.statements(reading.nodes, FIXED, *given_some)
    text = f"{group}\n"
    for statement in made:
        shapes = " and ".join(shape_of(reading.scope, target) for target in statement.targets)
        expression = to_python(statement.expression)
        text += f"    {', '.join(statement.targets)} = {expression} is {shapes}\n"
    return text + "".join(f"        {problem}" for problem in reading.problems())


def test_statements_are_as_reviewed(tmp_path: Path) -> None:
    groups = STATEMENTS.strip().splitlines()
    assert_as_reviewed("".join(read(group, tmp_path) for group in groups), GOLDEN)


EXPRESSIONS = """
x; exp(mem) + k; 2; n; c; k; sum(x, -1); m; unsqueeze(x, -1); sum(m, d); x + m; x + y; y / 0; x / 0
lin(x); ); exp(chunk(x, 2)); x + chunk(x, 1); split(x, n, 0); chunk(x, 0); chunk(x + m, y)
sum(x + 100000, -1); sum(x + 1000000, -1); unsqueeze(k, -1); u + x
"""
"""Separated by semicolons."""
FEATURES = state_shape([N])
WAYS: dict[str, Callable[[Scope, Node], object]] = {
    "anywhere": lambda scope, node: scope.expression(node),
    "as the output": lambda scope, node: scope.output(node, FEATURES),
    "as the value of v": lambda scope, node: scope.value(node, FEATURES, "v"),
    "as what expands to a state": lambda scope, node: scope.expression(
        node, fits=scope.expands(FEATURES, "a state")
    ),
    "as what expands to a matrix": lambda scope, node: scope.expression(
        node, fits=scope.expands(state_shape([N, D]), "a state")
    ),
    "where n > 2": lambda scope, node: scope.expression(node, parse("n > 2")),
}


def test_expressions_are_as_reviewed(tmp_path: Path) -> None:
    """Each in the places that want something of it."""
    texts = [t.strip() for t in EXPRESSIONS.strip().replace("\n", ";").split(";")]
    texts.append("x / (n - 2)")
    text = ""
    for way, how in WAYS.items():
        text += f"{way}\n"
        for given in texts:
            reading = Reading([given], tmp_path)
            made = how(reading.scope, reading.nodes[0])
            text += f"    {given}: {to_python(made)}\n"
            text += "".join(f"        {problem}" for problem in reading.problems())
    assert_as_reviewed(text, GOLDEN.with_stem("scope_of_expressions"))


def test_nothing_is_an_expression_of_zero(tmp_path: Path) -> None:
    """Where a key is missing, which is refused elsewhere."""
    reading = Reading(["x"], tmp_path)
    for made in (
        reading.scope.expression(None),
        reading.scope.output(None, FEATURES),
        reading.scope.value(None, FEATURES, "v"),
    ):
        assert to_python(made) == "0"
    assert reading.problems() == []


def test_previous_values_are_of_a_timestep_alone(tmp_path: Path) -> None:
    for has_past in (True, False):
        reading = Reading(["a = prev_x + prev_output", "b = prev_a"], tmp_path, has_past)
        reading.scope.statements(reading.nodes, {})
        names = [] if has_past else ["prev_x", "prev_output"]
        unknown = [f"unknown name {name} " for name in names]
        assert [problem.partition(" ")[2].partition("=")[0] for problem in reading.problems()] == (
            unknown
        )


def test_what_inherited_statements_set_may_be_read(tmp_path: Path) -> None:
    """Its value, its previous value, and its shape."""
    reading = Reading(["b = a + prev_a + first", "c = first + x", "e = late"], tmp_path)
    texts = {("a",): "x", ("first", "last"): "split(m, 1, d - 1)"}
    reading.scope.set_by(Statement(names, parse(text)) for names, text in texts.items())
    shapes = [shape_of(reading.scope, name) for name in ("a", "first", "last")]
    assert shapes == ["[..., n]", "[..., n, 1]", "[..., n, d - 1]"]
    reading.scope.statements(reading.nodes, {})
    misfit = "[..., n] does not fit [..., n, 1]: a size would be broadcast against the batch"
    assert reading.problems() == [
        f"1:5 {misfit} = write unsqueeze(x, -1) for a last dimension of 1\n",
        "2:5 unknown name late = did you mean last? "
        "Allowed: a, b, c, d, first, k, last, m, mem, n, u, x\n",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x + k", None),
        ("m", "m, which is inherited, does not fit: m is [..., n], but this is [..., n, d]"),
        ("x + m", "x + m, which is inherited, does not fit: [..., n] does not fit [..., n, d]: "),
    ],
)
def test_an_inherited_expression_fits_what_is_its_own(
    text: str, message: str | None, tmp_path: Path
) -> None:
    reading = Reading(["x"], tmp_path)
    reading.scope.check_inherited(reading.nodes[0], parse(text), FEATURES)
    problems = [(p.message, p.hint) for p in reading.notes.problems]
    assert len(problems) == (message is not None)
    for found, hint in problems:
        assert message and found.startswith(message)
        assert hint == "replace it, or change what it reads"
