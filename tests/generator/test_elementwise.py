"""Elementwise layers: what their kernels are, as text, and why other layers have none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.grammar import layers
from codegen.kernels import c, triton
from codegen.kernels.kernel import Kernel, digest_of, digest_of_all, kernel, own, why_not
from codegen.language.expressions import Name, parse, parse_statement
from codegen.language.functions import FUNCTIONS as LANGUAGE
from codegen.model import Firing, FiringNumber, Statement
from codegen.reading.load import extend
from codegen.render import fill
from tests.support.declared import LIN, declared
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
SPEC = Path(__file__).with_name("elementwise.yaml")
LAYERS = {layer.name: layer for layer in layers(extend(ROOT / "spec", SPEC))}


def summary(made: Kernel) -> str:
    """What the library reads of a kernel."""
    return "\n".join(
        f"{name}: {' '.join(map(str, values))}"
        for name, values in {
            "parameters": made.parameters,
            "sizes": made.sizes,
            "states": made.states,
            "functions": made.functions,
            "given": made.body.given,
            "reached": sorted(made.body.backward.reached),
            "next": made.body.backward.next.items(),
            "calls": made.calls,
            "noises": made.noises,
            "shared": sorted(made.shared),
            "digests": (made.digest, digest_of_all(made.layer)),
        }.items()
    )


@pytest.mark.parametrize("name", LAYERS)
def test_the_printed_kernels(name: str) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    made = kernel(LAYERS[name])
    assert made
    texts = [summary(made), fill("kernel.c.j2", **c.parts(made))]
    texts += [fill("kernel.py.j2", **triton.parts(made))]
    text = f"\n{80 * '='}\n".join(texts).rstrip("\n") + "\n"
    assert_as_reviewed(text, GOLDEN / f"kernel_{name}.txt")


# Functions of the user's own


def firing(*lines: str, numbers: tuple[str, ...] = ()) -> Firing:
    given = tuple(FiringNumber(name, 1.0, "a number") for name in numbers)
    statements = tuple(Statement(*parse_statement(line)) for line in lines)
    return Firing("rise", "a function", "", given, statements)


FUNCTIONS = {
    "plain": firing("output = sigmoid(k * x)", numbers=("k",)),
    "noisy": firing("y = x * k", "output = floor(y + noise)", numbers=("k",)),
    "constant": firing("y = 2", "output = y * 3"),
    "odd names": firing(
        "noise_0 = d_x * x",
        "own_y = noise_0 * real",
        "z_gradient = own_y + k",
        "output = tanh(z_gradient) + noise_0",
        numbers=("d_x", "real", "k"),
    ),
}


def test_the_printed_functions() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    texts = []
    for name, function in FUNCTIONS.items():
        made = own(function)
        texts += [f"{name}, {digest_of([function, made])}\n", fill_c(made)]
    fixed = [own(f) for f in FUNCTIONS.values() if not f.is_random]
    texts.append(fill("functions.py.j2", **triton.function_parts(fixed)))
    assert_as_reviewed("\n".join(texts), GOLDEN / "functions_in_kernels.txt")


def fill_c(function: Firing) -> str:
    return fill("functions.h.j2", functions=[c.function_parts(function)])


def test_a_checksum_is_that_of_what_a_function_computes() -> None:
    plain = FUNCTIONS["plain"]
    others = [
        firing("output = sigmoid(k * x)", numbers=("k", "l")),
        firing("output = sigmoid(l * x)", numbers=("l",)),
        firing("output = sigmoid(k * x + 1)", numbers=("k",)),
        firing("y = k * x", "output = sigmoid(y)", numbers=("k",)),
        firing("z = k * x", "output = sigmoid(z)", numbers=("k",)),
    ]
    digests = {digest_of([function]) for function in (plain, *others)}
    assert len(digests) == 6 and all(len(digest) == 16 for digest in digests)
    assert digest_of([plain, plain]) not in digests


# Lines of C


@pytest.mark.parametrize(("loops", "width"), [(0, 96), (1, 92), (2, 88)])
def test_lines_are_as_long_as_fits(loops: int, width: int) -> None:
    text = "a = " + "b" * (width - 8) + " + c;"
    assert len(text) == width + 1
    assert c.wrapped(text, loops) == [text[:-3], "    c;"]
    assert c.wrapped(text.replace("bb", "b", 1), loops) == [text.replace("bb", "b", 1)]


def test_a_long_name_is_not_broken() -> None:
    name, other = 100 * "a", 50 * "b-" + "c"
    assert c.wrapped(f"{name} = {other};") == [name, "    =", f"    {other};"]


@pytest.mark.parametrize(
    ("lines", "declared", "expected"),
    [
        (["a = x"], (), ["const real a = x;"]),
        (["a = x"], ("a",), ["a = x;"]),
        (["a = x", "a = 2"], (), ["real a = x;", "a = 2;"]),
        (["a = a + x", "a = a - x * x"], ("a",), ["a += x;", "a -= x * x;"]),
        (["a = x + a", "a = x - a"], ("a",), ["a = x + a;", "a = x - a;"]),
        (["a = a * x", "a = a * x * x"], ("a",), ["a *= x;", "a = a * x * x;"]),
        (["a = a * (x + 1)", "a = a / x"], ("a",), ["a = a * (x + 1);", "a = a / x;"]),
        (["a = x * a", "a = b + x"], ("a",), ["a = x * a;", "a = b + x;"]),
        (["real = real + int", "real = int"], ("real",), ["real_ += int_;", "real_ = int_;"]),
        (["auto_ = auto"], (), ["const real auto__ = auto_;"]),
        (["a = -(-x) - -2", "a = -x"], ("a",), ["a = -(-x) - -2;", "a = -x;"]),
    ],
)  # fmt: skip
def test_statements_in_c(lines: list[str], declared: tuple[str, ...], expected: list[str]) -> None:
    statements = [Statement(*parse_statement(line)) for line in lines]
    assert c._lines(statements, declared) == expected


KEYWORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef typeof union
    unsigned void volatile while asm
""".split()


def test_names_that_c_and_the_headers_have() -> None:
    """They get a _, so that each means one thing."""
    folder = ROOT / "src" / "tracetorch" / "sequence" / "c"
    header = re.sub(r"//.*|/\*[^*]*\*/", "", (folder / "language.h").read_text(encoding="utf-8"))
    template = (ROOT / "codegen" / "templates" / "kernel.c.j2").read_text(encoding="utf-8")
    found = {*KEYWORDS, "i", "forward_step", "backward_step"}
    found |= {*re.findall(r"restrict (\w+)", template)} - {"noise"}  # it is renamed
    found |= {*re.findall(r"\b[A-Z][A-Z_]+\b", header)} | {
        "CHUNK",
        "NOISES",
        "PARAMETERS",
        "STATES",
    }
    found |= {*re.findall(r"^(?:typedef .*? |static inline .*? )(\w+)\b[(;[]", header, re.M)}
    own = {name for name in found if c.name_in_c(name) == name}
    assert own <= {*LANGUAGE, "positive_gradient", "negative_gradient"}
    assert c.name_in_c("real_exp_") == "real_exp__" and c.name_in_c("mem") == "mem"


# Why there is none


@pytest.mark.parametrize(
    ("more", "states", "update", "reason"),
    [
        ("", "", "[a = a + x]", ""),
        ("", "", "[a = a + x + rand_like(x)]", ""),
        (LIN, "", "[a = lin(a) + x]", "lin mixes its features"),
        (
            "modules: {norm: {LayerNorm: [num_neurons]}}",
            "",
            "[a = norm(a) + x]",
            "norm is an nn.LayerNorm",
        ),
        (
            "weights: {w: {shape: [num_neurons, 2 * taps], initial: 1, doc: w}}",
            "",
            "['a = a + sum(w, -1) + x']",
            "w is a weight of the shape [num_neurons, 2 * taps]",
        ),
        (
            "",
            ", b: {shape: [num_neurons, taps], doc: b}",
            "['a = a + sum(b, -1) + x', b = b * 2]",
            "its state b has the shape [num_neurons, taps]",
        ),
        (
            "",
            ", b: {shape: [1], doc: b}",
            "[b = 0.5 * b + 1, a = a + x * b]",
            "its state b has the shape [1]",
        ),
        ("", "", "['a = sum(unsqueeze(a, -1), -1) + x']", "sum is not elementwise"),
        ("", "", "[a = a // 2 + x]", "// is not elementwise"),
        (
            "",
            "",
            "['a = tanh(exp(a // 2) + sum(unsqueeze(a, -1), -1)) + x']",
            "// is not elementwise",
        ),
    ],
)
def test_why_a_layer_has_no_elementwise_kernel(
    more: str, states: str, update: str, reason: str, tmp_path: Path
) -> None:
    lines = [more, f"states: {{a: {{doc: state}}{states}}}", f"update: {update}", "output: a"]
    (layer,) = layers(declared(lines, tmp_path))
    assert why_not(layer) == reason
    assert (kernel(layer) is None) == bool(reason)


def test_features_of_another_size_have_none() -> None:
    layer = replace(LAYERS["Copies"], features=(Name("num_neurons"), parse("2 * num_neurons")))
    reason = "the size of its features is 2 * num_neurons, not num_neurons"
    assert why_not(layer) == reason and kernel(layer) is None


@pytest.mark.parametrize(
    ("update", "drawn"),
    [
        ("y = x; mem = mem + rand_like(y)", ""),
        ("y = gain; y = y + x; mem = randn_like(y)", ""),
        ("y = rand_like(mem); mem = randn_like(y)", ""),
        ("y = quant_fn(gain); mem = y + rand_like(x)", ""),
        ("mem = rand_like(gain)", "rand_like"),
        ("y = gain * 2; mem = x + randn_like(y)", "randn_like"),
        ("y = x; y = gain; mem = x + randn_like(y)", "randn_like"),
        ("mem = gain; mem = x + randn_like(mem)", "randn_like"),
        ("mem = randn_like(gain) * x + rand_like(gain)", "rand_like"),
    ],
)
def test_draws_for_parameters_alone_have_none(update: str, drawn: str) -> None:
    """A number is drawn for each sample of a batch; a spec that asks for others is refused."""
    statements = [Statement(*parse_statement(line)) for line in update.split("; ")]
    layer = replace(LAYERS["Draws"], statements=tuple(statements), output=Name("mem"))
    assert why_not(layer) == (drawn and f"{drawn} draws random numbers for parameters alone")
