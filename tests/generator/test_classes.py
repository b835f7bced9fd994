"""What prefixes, families and layers become: statements of a timestep, and the source of a class.

The texts in `golden` (`flat.txt`, `classes.txt`, `initial_values.txt`) are read by a person before
they are committed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codegen.classes import construction, docstrings, listing, source, trial
from codegen.grammar import all_new_members, layer_names, layers, wrap
from codegen.language.expressions import Name, Number, parse, parse_statement, to_python
from codegen.model import (
    DIM,
    NUM_NEURONS,
    Branch,
    Firing,
    Layer,
    Linear,
    Nir,
    Package,
    Parameter,
    Size,
    Statement,
    TorchModule,
    Weight,
)
from codegen.reading.load import extend
from codegen.render import fill
from tests.support.reviewed import assert_as_reviewed

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The layers of `classes.yaml`, where D splits traces into unequal branches."""
    spec = tmp_path_factory.mktemp("spec") / "spec"
    shutil.copytree(HERE / "good_spec", spec)
    text = (spec / "snn.yaml").read_text(encoding="utf-8")
    for old, new in (("pos", "up"), ("neg", "down")):
        share = {"pos": 0.25, "neg": 0.75}[old]
        text = text.replace(f"{old}: {{", f"{new}: {{").replace("0.5}\n", f"{share}}}\n", 1)
    (spec / "snn.yaml").write_text(text, encoding="utf-8")
    return extend(spec, HERE / "classes.yaml")


# From prefixes and families to layers


def flat(layer: Layer) -> Iterator[str]:
    """A layer of the grammar, but for its documentation."""
    yield f"\n# {layer.package}.{layer.name}: {layer.title}\n"
    yield from layer.description
    yield f"sources: {list(layer.sources)}"
    yield f"features: {[*map(to_python, layer.features)]} of {trial.features(layer)}"
    for argument in layer.arguments:
        match argument:
            case Parameter(name, constraint, default, doc, rank, learn):
                yield f"parameter: {name} {constraint.name} {default} ({rank} {learn}) {doc}"
            case Size(name, doc, default, least):
                yield f"size: {name} {default} at least {least}"
    for function in layer.functions:
        yield f"function: {function.name} {function.default}"
    yield from (f"module: {module.name}" for module in layer.modules)
    for state in layer.states:
        initial = f" at first {to_python(state.initial)}" if state.initial else ""
        yield f"state: {state.name}{initial}, {state.doc}{', observed' * state.observed}"
    for one in layer.statements:
        value = to_python(one.expression)
        yield f"    {' '.join(one.origin):13} {', '.join(one.targets)} = {value}"
    yield f"    {'':13} return {to_python(layer.output)}"
    yield from in_nir(layer.nir) if layer.nir else ()


def in_nir(nir: Nir) -> Iterator[str]:
    for node in nir.nodes:
        fields = ", ".join(f"{name}: {to_python(value)}" for name, value in node.fields)
        yield f"node: {node.name} {node.kind} of {list(node.sources)} with {fields}"
    inverse = ", ".join(f"{name}: {to_python(value)}" for name, value in nir.inverse)
    yield f"nir: {list(nir.output)} {nir.reset}, from {inverse}"


def test_the_layers_of_a_grammar_are_as_reviewed(package: Package) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    names = [member.name for member in all_new_members(package)]
    made = layers(package)[: -len(package.layers)]
    lines = [f"All: {' '.join(names)}", *(line for layer in made for line in flat(layer))]
    assert_as_reviewed("\n".join(lines) + "\n", GOLDEN / "flat.txt")
    assert layer_names(package) == {layer.name for layer in layers(package)}
    assert layer_names(replace(package, only=())) == {*names, *(l.name for l in package.layers)}


def test_where_the_library_offers_a_layer(package: Package) -> None:
    placed = replace(package, place="zoo.mine")
    assert {layer.package for layer in layers(placed)} == {"zoo.mine"}


@pytest.mark.parametrize(
    ("drive", "part"),
    [
        ("x", "up(x)"),
        ("a", "up(a)"),
        ("a * x", "pos_a * up(x)"),
        ("x * a", "up(x) * pos_a"),
        ("x / a", "up(x) / pos_a"),
        ("a / x", "up(a / x)"),
        ("a * b * x / (a + b)", "pos_a * pos_b * up(x) / (pos_a + pos_b)"),
        ("2 * x", "2 * up(x)"),
        ("x * y", "up(x * y)"),
        ("x ** 2", "up(x ** 2)"),
        ("x + a * y - exp(a) * z", "up(x) + pos_a * up(y) - exp(pos_a) * up(z)"),
        ("(x + y) / 2", "(up(x) + up(y)) / 2"),
        ("exp(a * x)", "up(exp(a * x))"),
    ],
)
def test_the_part_of_a_branch_in_a_drive(drive: str, part: str) -> None:
    """Its function of each summand, but for factors of parameters, which are its own."""
    made = wrap(parse(drive), Branch("pos", "up", 0.5), {"a", "b"})
    assert to_python(made) == part


# From layers to classes


def module(layer: Layer, is_ours: bool, is_base: bool) -> str:
    """The source of the module of a class, but for the digest of its kernel."""
    step = fill("step.py.j2", **source.step_parts(layer))
    body = fill("layer.py.j2", **source.class_parts(layer, is_ours), step=step, digest="")
    return fill("module.py.j2", body=body, imports=source.imports(body, layer, is_base))


def test_classes_are_as_reviewed(package: Package) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    made = {layer.name: layer for layer in layers(package)}
    own = ["ARBCFire", "DAROwn", *(layer.name for layer in package.layers)]
    texts = [f"# {trial.sizes(made[name])}\n{module(made[name], False, False)}" for name in own]
    texts += [module(made[name], True, True) for name in ("Read", "Fire", "Sized")]
    text = f"\n{80 * '='}\n\n".join(text.rstrip("\n") + "\n" for text in texts)
    assert_as_reviewed(text, GOLDEN / "classes.txt")


FEATURES = Name("num_neurons"), Name("num_neurons")
SIZES = NUM_NEURONS, Size("d", "", default=4, least=1), Size("k", "", default=0), DIM
SHAPE = Number(2), Name("d")
BARE = Layer("", "Bare", "", (), (), SIZES, FEATURES, (), (), (), (), (), Name("x"))
VALUES = """
0 1 1.0 2 2.0 -2 -0.5 k -k d+k d+0.5 0.5-k num_neurons+d+k+dim d/k d//2 d*k+1 exp(d) exp(exp(d)*k)
floor(d/2) -floor(k) floor(d)+1 cos(d)*k 2**d A -A A+1 count(d) exp(count(d))/exp(d) exp(A)
sum(count(d),0) select(M,0,0) M@A mask(A>1) mask(A>k)*2 normal(1) normal(1/sqrt(d)) normal(1,d)
uniform(0,1) uniform(-k,d) normal(1)*A -normal(1) silu(A) argsort(A,0) where(A>1,A,2) maximum(A,1)
"""
OTHERS = {
    "num_neurons, d": "A 1 k",
    "d, d": "0 2 k 0.5 eye(d) M transpose(M) M@transpose(M) unsqueeze(A,0) normal(1)",
    "1, d": "unsqueeze(A,0)",
    "2 * d": "cat(A,A)",
}
"""Initial values of a weight of the shape `[d]`, and of other shapes."""

SETUPS = (
    ("A = count(d)", "M = eye(d)"),
    ("A = count(d)", "M = matrix_exp(-eye(d))"),
    ("A, _ = chunk(solve(eye(2 * d), count(2 * d)), 2)", "M = eye(d)"),
)


def test_initial_values_are_as_reviewed() -> None:
    """In single precision and, where matrices are computed with, in double precision."""
    text = ""
    for setup in SETUPS:
        statements = tuple(Statement(*parse_statement(line)) for line in setup)
        layer = replace(BARE, setup=statements)
        text += "".join(f"{line}\n" for line in construction.setup(layer))
        for shape, values in {"d": VALUES, **OTHERS}.items():
            sizes = tuple(map(parse, shape.split(", ")))
            for learn, value in enumerate(values.split()):
                weight = Weight("w", sizes, parse(value), "", "", learn=bool(learn % 2))
                text += f"    {value:22} {construction.weight(weight, layer)}\n"
    assert_as_reviewed(text, GOLDEN / "initial_values.txt")


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("Conv2d", {"in_channels": Name("d"), "kernel_size": SHAPE[:1]}, "(d, (2,))"),
        ("Conv2d", {"kernel_size": SHAPE, "bias": True}, "((2, d,), bias=True)"),
        ("Conv2d", {"padding": "same", "bias": False}, '(padding="same", bias=False)'),
        ("GELU", {}, "()"),
    ],
)
def test_how_a_module_is_made(kind: str, given: dict[str, Any], text: str) -> None:
    assert listing.created(TorchModule("m", kind, tuple(given.items()))) == f"nn.{kind}{text}"


@pytest.mark.parametrize(
    ("bias", "text"), [(True, ""), (False, ", bias=False"), (0.0, ""), (0.5, "")]
)
def test_how_a_linear_map_is_made(bias: bool | float, text: str) -> None:
    made = Linear("m", Name("d"), parse("2 * d"), bias)
    assert listing.created(made) == f"nn.Linear(d, 2 * d{text})"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a b", "A b."), ("ab..", "Ab."), ("ä_.", "Ä_."), ("x", "X."), ("aB. c", "AB. c.")],
)
def test_a_sentence(text: str, sentence: str) -> None:
    assert docstrings.sentence(text) == sentence


@pytest.mark.parametrize(
    ("update", "value"),
    [
        ([], "`x`"),
        (["a = x + 1"], "`x`, where `a = x + 1`"),
        (["a = 1", "b = a * x"], "`x`, where `a = 1`, where `b = a * x`"),
    ],
)
def test_what_a_function_returns(update: list[str], value: str) -> None:
    statements = tuple(Statement(*parse_statement(line)) for line in [*update, "output = x"])
    assert docstrings.value_of(Firing("f", "", "", (), statements)) == value


def test_lines_of_a_docstring() -> None:
    """They are as long as a line of the code may be; no word is broken."""
    words = "some-words-with-hyphens " * 8 + "w" * 120
    lines = docstrings.wrap(words, 4, hanging=8).split("\n")
    assert lines == [" ".join(["some-words-with-hyphens"] * 4)] + [
        12 * " " + " ".join(["some-words-with-hyphens"] * count) for count in (3, 1)
    ] + [12 * " " + 120 * "w"]
    assert docstrings.wrap("a " * 48, 4) == "a " * 47 + "a"
    assert docstrings.wrap("a " * 49, 4) == "a " * 47 + "a\n    a"


def test_what_own_spike_functions_import() -> None:
    called = ["positive(x)", "exp(x) + negative(softplus(x))", "sigmoid(x) + silu(x)"]
    firing = [
        Firing(f"f{place}", "", "", (), (Statement(("output",), parse(text)),))
        for place, text in enumerate(called)
    ]
    line = "from tracetorch.functional import negative, positive, softplus"
    assert source.function_imports(firing) == [line]
    assert source.function_imports(firing[2:]) == []


@pytest.mark.parametrize(
    ("sizes", "output", "expected"),
    [
        (["num_neurons"], "x", [3]),
        (["in_features", "out", "more"], "x", [2, 3, 4]),
        (["out", "in_features", "more"], "x", [3, 2, 4]),
        (["in_features", "out"], "chunk(x, 3) + chunk(x, 2)", [12, 18]),
        (["in_features", "out"], "chunk(x, d) + chunk(x, 2.0) + split(x, 3, 3)", [2, 3]),
    ],
)
def test_sizes_in_generated_tests(sizes: list[str], output: str, expected: list[int]) -> None:
    """They differ, and are multiples of the numbers of parts."""
    required = tuple(Size(name, "") for name in sizes)
    layer = replace(BARE, arguments=(*required, *SIZES[1:]), output=parse(output))
    assert trial.sizes(layer) == dict(zip(sizes, expected))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"groups": Name("d")}, 4),
        ({"num_groups": Number(5)}, 5),
        ({"num_groups": Name("num_neurons"), "channels": Number(5)}, 1),
        ({"padding": "same", "groups": Number(2)}, 2),
    ],
)
def test_groups_in_generated_tests(given: dict[str, Any], expected: int) -> None:
    module = TorchModule("conv", "Conv1d", tuple(given.items()))
    assert trial.sizes(replace(BARE, modules=(module,))) == {"num_neurons": 3 * expected}
