"""The four parts of a timestep compute what the loop does."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import black
import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.grammar import layers
from codegen.kernels.kernel import why_not
from codegen.kernels.nests import recurrence
from codegen.kernels.parts import NoParts, Parts, Piece, Reshape, parts
from codegen.kernels.sequence import parts as sequence_parts
from codegen.kernels.values import FILTERED, LAGGED, LINEAR, PER_MATRIX, TRANSPOSED
from codegen.language.expressions import Call, Expression, Name, Spelling, to_python
from codegen.language.functions import FUNCTIONS
from codegen.model import Layer, Package, Size, Statement, TorchModule
from codegen.reading.load import extend, load_library
from codegen.render import fill, render_extension
from tests.support.declared import LIN, declared
from tests.support.reviewed import assert_as_reviewed

pytestmark = pytest.mark.usefixtures("float64", "unformatted")

ROOT = Path(__file__).parents[2]
LIBRARY = load_library(ROOT / "spec")
BUILT_IN = {layer.name: layer for package in LIBRARY.packages for layer in layers(package)}
STEPS = 7


class Interpreter:
    """Computes a sequence by the parts of its timestep."""

    def __init__(self, split: Parts, layer: tt.Layer) -> None:
        self.split = split
        self.layer = layer
        spec = split.layer
        self.own = {part.name for part in (*spec.modules, *spec.functions)}
        sizes = (a.name for a in spec.arguments if isinstance(a, Size) and a.name != "dim")
        named = [*(p.name for p in spec.parameters), *(w.name for w in spec.weights), *sizes]
        self.given = {name: getattr(layer, name) for name in named if hasattr(layer, name)}
        for module in spec.modules:
            held = getattr(layer, module.name).named_parameters()
            self.given |= {f"{module.name}.{name}": tensor for name, tensor in held}
        made = [module for module in spec.modules if isinstance(module, TorchModule)]
        self.batched = {module.name for module in made if module.torch_class.has_batch}

    def run(self, xs: Tensor, states: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the outputs and the last states."""
        split, states = self.split, dict(states)
        values = {**self.given}
        self.evaluate([s for s in split.once if s.state in ("", *states)], values)
        values["x"] = xs
        self.before(values, states)
        if split.statements:
            matrices = {product.matrix: values[product.matrix] for product in split.products}
            lasting = {name: values[name] for name in (*split.parameters, *split.sizes)}
            streams = {name: values[name] for name in split.streams}
            values |= self.recurrence(streams, lasting, matrices, states)
        self.evaluate(split.after, values)
        return self.value(split.output, values), states

    def recurrence(
        self,
        streams: Mapping[str, Tensor],
        lasting: Mapping[str, Any],
        matrices: Mapping[str, Tensor],
        states: dict[str, Tensor],
    ) -> dict[str, Tensor]:
        """Return the outputs of the recurrence; replace the states."""
        series: dict[str, list[Tensor]] = {name: [] for name in self.split.outputs}
        kept = {state.name: states[state.name] for state in self.split.states}
        for t in range(STEPS):
            now = {name: stream[t] for name, stream in streams.items()}
            inside = {**lasting, **now, **kept}
            self.evaluate(self.split.statements, inside, matrices)
            kept = {name: inside[name].expand_as(kept[name]) for name in kept}
            for name, outputs in series.items():
                outputs.append(inside[name])
        states |= kept
        return {name: torch.stack(outputs) for name, outputs in series.items()}

    def before(self, values: dict[str, Any], states: dict[str, Tensor]) -> None:
        windows = {state.name for state in self.split.windows}
        for statement in self.split.before:
            if statement.state and statement.state not in states:
                continue
            match statement:
                case Statement((name,), Call("push", (Name(old), new))) if name in windows:
                    assert name == old
                    values[name] = pushed(states[name], self.value(new, values))
                    states[name] = values[name][-1]
                case Statement((name,), Call(function, (Name(old), new))) if function == LAGGED:
                    assert name == old
                    values[name], states[name] = lagged(states[name], self.value(new, values))
                case _:
                    self.evaluate([statement], values)

    def evaluate(
        self, statements: Any, values: dict[str, Any], matrices: Mapping[str, Tensor] = {}
    ) -> None:
        for statement in statements:
            result = self.value(statement.expression, values, matrices)
            results = (result,) if len(statement.targets) == 1 else result
            values |= dict(zip(statement.targets, results, strict=True))

    def value(
        self, expression: Expression, values: Mapping[str, Any], matrices: Mapping[str, Tensor] = {}
    ) -> Any:
        products = {
            f"{product.name}_{place}": self.product(product, place, matrices, values)
            for product in self.split.products
            for place in range(len(product.results))
            if matrices
        }
        pieces = {piece.name: piece for piece in self.split.pieces}

        def call(function: str, *arguments: str) -> str:
            if function in self.batched:
                return f"layer._over_batch(layer.{function}, {arguments[0]}, x)"
            if function in self.own:
                return f"layer.{function}({', '.join(arguments)})"
            if function == PER_MATRIX:
                return " @ ".join(f"({argument})" for argument in arguments)
            if function in (LINEAR, TRANSPOSED):
                return f"{function}({', '.join(arguments)})"
            if function in products:
                return f"products[{function!r}]({', '.join(arguments)})"
            if function == FILTERED:
                return f"({' * '.join(arguments)}).sum(-1)"
            if function in pieces:
                return f"piece(pieces[{function!r}], {arguments[0]})"
            if function == "mask":
                return f"({arguments[0]}).to(torch.float64)"
            return FUNCTIONS[function].torch(*arguments)

        text = to_python(expression, Spelling(lambda name: f"values[{name!r}]", call))
        known = {"x": values.get("x"), "values": values, "layer": self.layer, "products": products}
        known |= {"pieces": pieces, "piece": self.piece}
        return eval(text, {**vars(tt.functional), "torch": torch, "nn": nn, **known})

    def piece(self, piece: Piece | Reshape, value: Tensor) -> Tensor:
        if isinstance(piece, Reshape):
            of, to = ([int(s.value(self.given)) for s in sizes] for sizes in (piece.of, piece.to))
            assert [*value.shape[-len(of) :]] == of
            return value.reshape(*value.shape[: -len(of)], *to)
        of, start, size, before, whole = (int(s.value(self.given)) for s in piece.sizes)
        assert value.shape[piece.dim] == of
        around = (before, whole - before - size)
        part = value.narrow(piece.dim, start, size).movedim(piece.dim, -1)
        return nn.functional.pad(part, around).movedim(-1, piece.dim)

    def product(
        self, product: Any, place: int, matrices: Mapping[str, Tensor], values: Mapping[str, Any]
    ) -> Any:
        sizes = [
            int(self.split.shapes[result].sizes[-1].value(self.given)) for result in product.results
        ]
        rows = matrices[product.matrix].split(sizes)[place]
        whole = values[product.addend].split(sizes, -1)[place] if product.addend else 0

        def multiply(operand: Tensor, addend: Tensor | float = 0) -> Tensor:
            return operand @ rows.T + whole + addend

        return multiply


class Sequence:
    """What the printed function of a layer calls.

    Args:
        split: The parts of the layer.
        layer: The layer.
        states: The states before the sequence, which are replaced.
    """

    def __init__(self, split: Parts, layer: tt.Layer, states: dict[str, Tensor]) -> None:
        self.split = split
        self.layer = layer
        self.states = states
        self.buffers = dict[str, Tensor]()

    def window(self, name: str, new: Tensor) -> Tensor:
        self.buffers[name] = buffers = pushed(self.states[name], new)
        self.states[name] = buffers[-1]
        return buffers

    def lagged(self, name: str, new: Tensor) -> Tensor:
        values, self.states[name] = lagged(self.states[name], new)
        return values

    def filtered(self, name: str, weights: Tensor) -> Tensor:
        return (self.buffers[name] * weights).sum(-1)

    def recurrence(
        self,
        streams: tuple[Tensor, ...],
        parameters: tuple[Tensor, ...],
        matrices: tuple[Tensor, ...],
        sizes: tuple[int, ...],
        outputs: tuple[tuple[int, ...], ...],
    ) -> tuple[Tensor, ...]:
        split = self.split
        lasting = dict(zip(split.parameters, parameters, strict=True))
        found = Interpreter(split, self.layer).recurrence(
            dict(zip(split.streams, streams, strict=True)),
            lasting | dict(zip(split.all_sizes, sizes, strict=True)),
            dict(zip((product.matrix for product in split.products), matrices, strict=True)),
            self.states,
        )
        batch = len(streams[0].shape) - len(split.shapes[split.streams[0]].sizes) if streams else 0
        for value, shape in zip(found.values(), outputs, strict=True):
            assert not streams or value.shape[batch:] == shape
        return tuple(found.values())


def printed(split: Parts) -> str:
    """The source of the function for a sequence."""
    return fill("sequence_body.py.j2", **sequence_parts(split))


def pushed(buffer: Tensor, new: Tensor) -> Tensor:
    buffers = []
    for entry in new:
        buffer = torch.cat((buffer[..., 1:], entry.unsqueeze(-1)), dim=-1)
        buffers.append(buffer)
    return torch.stack(buffers)


def lagged(before: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
    """A state before each timestep, and after the last."""
    return torch.stack([before, *new[:-1]]), new[-1]


def assert_same(split: Parts, layer: tt.Layer) -> None:
    """The parts, and the printed function, compute the outputs and states of the loop."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    inputs = getattr(layer, to_python(split.layer.features[0]))
    xs = torch.randn(STEPS, 2, inputs)
    layer(xs[0])
    before = {
        name: torch.rand_like(getattr(layer, name))
        for name in layer.State._fields
        if getattr(layer, name, None) is not None
    }
    for name, state in before.items():
        setattr(layer, name, state)
    expected = torch.stack([layer(x) for x in xs])
    own = {"torch": torch, "nn": nn, **vars(tt.functional)}
    exec("from __future__ import annotations\n" + printed(split), own)
    sequence = Sequence(split, layer, {**before})
    for actual, states in (
        Interpreter(split, layer).run(xs, before),
        (own["sequence"](layer, xs, sequence), sequence.states),
    ):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
        assert states.keys() == before.keys()
        for name, state in states.items():
            torch.testing.assert_close(state, getattr(layer, name), rtol=1e-10, atol=1e-10)


def generated(
    spec: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, package: str = "generated"
) -> ModuleType:
    """The package of a spec, as a user would generate it."""
    out = folder / package
    assert main(["generate", "--spec", str(spec), "--out", str(out)]) == 0
    monkeypatch.syspath_prepend(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return importlib.import_module(package)


def made(spec: Layer, layer_class: Any, **sizes: int) -> tt.Layer:
    required = [a for a in spec.arguments if isinstance(a, Size) and a.default is None]
    given = {size.name: 4 + place for place, size in enumerate(required)} | sizes
    return layer_class(**given)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in(name: str) -> None:
    spec = BUILT_IN[name]
    layer = made(spec, getattr(getattr(tt, spec.package), name))
    assert_same(parts(spec), layer)


@pytest.mark.parametrize("package", LIBRARY.zoo.packages, ids=lambda package: package.name)
def test_zoo(package: Package) -> None:
    classes = importlib.import_module(f"tracetorch.zoo.{package.name}")
    for spec in layers(package):
        assert_same(parts(spec), made(spec, getattr(classes, spec.name)))


def test_without_the_convolution() -> None:
    assert_same(parts(BUILT_IN["Mamba"]), made(BUILT_IN["Mamba"], tt.ssm.Mamba, conv_kernel=1))


OWN = ROOT / "tests" / "generator" / "parts.yaml"
OF_RULES = {layer.name: layer for layer in layers(extend(ROOT / "spec", OWN))}


@pytest.fixture(scope="module")
def of_rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield generated(OWN, tmp_path_factory.mktemp("rules"), monkeypatch)


@pytest.mark.parametrize("name", OF_RULES)
def test_rules(name: str, of_rules: ModuleType) -> None:
    assert_same(parts(OF_RULES[name]), made(OF_RULES[name], getattr(of_rules, name)))


MORE = ROOT / "tests" / "generator" / "more_parts.yaml"
OF_MORE = {layer.name: layer for layer in layers(extend(ROOT / "spec", MORE))}


@pytest.fixture(scope="module")
def of_more(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield generated(MORE, tmp_path_factory.mktemp("more"), monkeypatch, "more_generated")


@pytest.mark.parametrize("name", OF_MORE)
def test_more_rules(name: str, of_more: ModuleType) -> None:
    assert_same(parts(OF_MORE[name]), made(OF_MORE[name], getattr(of_more, name)))


def test_without_the_window_that_single_statements_require(of_more: ModuleType) -> None:
    spec = OF_MORE["OptionalInTurn"]
    assert_same(parts(spec), made(spec, of_more.OptionalInTurn, taps=1))


def test_without_the_optional_window(of_rules: ModuleType) -> None:
    spec = OF_RULES["Optional"]
    assert_same(parts(spec), made(spec, of_rules.Optional, taps=1))


# Where each statement belongs


PLACES = """
SimpleRNN  before: H_1  recurrence: H_2 H
LSTM       before: mapped  recurrence: i f o g C H
GRU        before: mapped candidate_1
           recurrence: reset_1 update_1 reset update candidate_2 candidate_3 candidate H
S4         once: A dt_A state_1 state_2  recurrence: drive state y
S5         once: A dt_A global_state_1 global_state_2
           before: drive  recurrence: global_state  after: y
S6         once: A  before: dt_raw B C dt_1  recurrence: dt dt_A drive state y
Mamba      once: A  before: main gate conv_buffer main main dt_raw B C dt_1
           recurrence: dt dt_A drive ssm_state y y  after: y
"""


@pytest.mark.parametrize("line", re.findall(r"^\S.*(?:\n +\S.*)*", PLACES, re.M))
def test_places(line: str) -> None:
    name, *expected = line.split()
    split = parts(BUILT_IN[name])
    found = {
        "once": [s for s in split.once if "weight" not in to_python(s.expression)],
        "before": split.before,
        "recurrence": split.statements,
        "after": split.after,
    }
    words = [
        word
        for part, statements in found.items()
        if statements
        for word in (f"{part}:", *(t for s in statements for t in s.targets))
    ]
    assert words == expected


def test_a_value_with_a_name_is_computed_once() -> None:
    assert len(parts(OF_RULES["NewStateMapped"]).products) == 2
    assert [s.targets for s in parts(OF_RULES["LargerSize"]).statements] == [("low",)]


def test_a_value_of_a_product_has_its_name_alone() -> None:
    """A backward pass needs both the operand and the result, whatever happens to them later."""
    for layer in (*BUILT_IN.values(), *OF_RULES.values()):
        split = parts(layer)
        targets = [target for s in split.statements for target in s.targets]
        states = {state.name for state in split.states}
        for product in split.products:
            assert all(targets.count(result) == 1 for result in product.results)
            assert product.operand in states or targets.count(product.operand) == 1
            calls = [f"{product.name}_{place}" for place in range(len(product.results))]
            called = [s.expression for s in split.statements if s.targets[0] in product.results]
            assert [call.function for call in called if isinstance(call, Call)] == calls


def test_sums_along_the_same_dimensions_share_a_loop() -> None:
    made = recurrence(parts(OF_RULES["ReadTwice"]))
    for steps in (made.forward, made.backward, made.recomputed.backward):
        assert [len(step.space) for step in steps].count(2) == 1


# What is printed

GOLDEN = ROOT / "tests" / "generator" / "golden" / "sequences.txt"


def test_the_printed_functions() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    built_in = [BUILT_IN[name] for name in ("LSTM", "GRU", "S4", "Mamba")]
    text = "\n\n".join(map(reviewed, map(parts, (*built_in, *OF_RULES.values()))))
    assert_as_reviewed(text, GOLDEN)


def test_more_printed_functions() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    texts = []
    for split in map(parts, OF_MORE.values()):
        facts = {"imported": sequence_parts(split)["imported"]}
        facts |= {product.name: vars(product) for product in split.products}
        facts |= {piece.name: [str(size) for size in piece.sizes] for piece in split.pieces}
        facts |= {name: str(shape) for name, shape in sorted(split.shapes.items())}
        lines = [f"# {name}: {fact}\n" for name, fact in facts.items()]
        texts.append(reviewed(split) + "".join(lines))
    assert_as_reviewed("\n\n".join(texts), GOLDEN.with_name("more_sequences.txt"))


def reviewed(split: Parts) -> str:
    """The function for a sequence, and the statements of its recurrence."""
    source = black.format_str(printed(split), mode=black.Mode(line_length=100))
    statements = (
        f"# {', '.join(s.targets)} = {to_python(s.expression)}\n" for s in split.statements
    )
    return f"# {split.layer.name}\n\n{source}{''.join(statements)}"


# What has no parts

A = "a: {doc: state}"
BUFFER = "buffer: {shape: [num_neurons, taps], doc: state}"
LATE = "late: {only_if: taps > 1, doc: state}"


@pytest.mark.parametrize(
    ("states", "more", "update", "reason"),
    [
        (
            [A],
            "",
            ["p, q = chunk(tanh(a) + x, 2)", "a = cat(q, p)"],
            "chunk(a, 2) divides num_neurons features, which may leave a rest",
        ),
        (
            [A, BUFFER],
            "",
            [
                "buffer = push(buffer, a)",
                "p, q = split(buffer, taps // 2, taps // 2)",
                "a = a + sum(p - q, -1) + x",
            ],
            "split(buffer, taps // 2, taps // 2) divides taps features, which may leave a rest",
        ),
        (
            [A],
            "weights: {w: {shape: [2 * (num_neurons // 2)], initial: 1, doc: weight}}",
            ["a = tanh(a + x) * w"],
            "2 * (num_neurons // 2) and num_neurons may be different sizes",
        ),
        (
            [A, BUFFER],
            "parameters: {threshold: {rank: 0}}",
            ["buffer = exp(-threshold) * buffer + unsqueeze(x, -1)", "a = a + sum(buffer, -1)"],
            "with parameters of each neuron, [num_neurons] does not fit [..., num_neurons, taps]:"
            " num_neurons is not taps",
        ),
        (
            [A],
            "",
            ["a = sum(unsqueeze(a, -1) * unsqueeze(a, -2), -1) + x"],
            "unsqueeze(a, -1) * unsqueeze(a, -2) is used along two of its dimensions at once",
        ),
        (
            [A, "some: {shape: [num_neurons, taps * taps - taps + 1], doc: state}"],
            "",
            ["some = some / 2", "a = a + select(some, -1, 0) + x"],
            "select(some, -1, 0) may be beyond the taps * taps - taps + 1 elements",
        ),
        ([A], "", ["a = a + rand_like(x)"], "a timestep draws random numbers"),
        (
            [A],
            "weights: {one: {shape: [1], initial: 1, doc: weight}}",
            ["a = a + exp(sum(x, -1) * one) + x"],
            "the shape of sum(x, -1) * one is not known",
        ),
        ([A], "", ["a = a // 2 + x"], "a // 2 is computed by //, which kernels lack"),
        (
            [A, BUFFER],
            "modules: {lin: {linear: [taps, taps]}}",
            ["buffer = lin(buffer) + unsqueeze(x, -1)", "a = sum(buffer, -1) + a"],
            "lin maps buffer, which is [..., num_neurons, taps]",
        ),
        (
            [A, LATE],
            "",
            ["a = a * threshold + x", "{with: late, do: [late = late + x, a = a + late]}"],
            "its state late exists only if taps > 1",
        ),
        (
            [A, BUFFER.replace("doc", "only_if: taps > 1, doc")],
            "",
            [
                "y = x",
                "{with: buffer, do: ['buffer = push(buffer, x)', 'y = sum(buffer, -1) + a']}",
                "a = a * threshold + y",
            ],
            "what y depends on differs with and without buffer",
        ),
        (
            [A],
            LIN,
            ["a = quant_fn(a) + lin(quant_fn(x - a))"],
            "quant_fn(a) + lin(quant_fn(x - a))"
            " calls functions beside a linear map, which comes first",
        ),
        (
            [A],
            "modules: {norm: {LayerNorm: [num_neurons]}, lin: {linear: [num_neurons, num_neurons]}}",
            ["a = lin(norm(a)) + x"],
            "the recurrence applies norm, an nn.LayerNorm",
        ),
        (
            [A],
            "modules: {norm: {GroupNorm: [2, num_neurons]}}",
            ["p, q = split(norm(a), 1, num_neurons - 1)", "a = cat(q, p) + x"],
            "the recurrence applies norm, an nn.GroupNorm",
        ),
        (
            [A],
            LIN,
            ["fired = spike_fn(threshold)", "a = a + x", "y = lin(a) * fired", "a = a * 1"],
            "fired depends neither on the input nor on a state",
        ),
    ],
    ids=count(),
)
def test_no_parts(
    states: list[str], more: str, update: list[str], reason: str, tmp_path: Path
) -> None:
    output = "y" if any(line.startswith("y = lin") for line in update) else "a"
    lines = [more, "states:", *(f"  {state}" for state in states), "update:"]
    lines += [*(f"  - {line}" for line in update), f"output: {output}"]
    package = declared(lines, tmp_path)
    (layer,) = layers(package)
    with pytest.raises(NoParts) as raised:
        recurrence(parts(layer))
    assert str(raised.value) == reason
    has_digest = any("_digest" in text for text in render_extension(package).values())
    assert has_digest == (not why_not(layer))  # it may be elementwise
