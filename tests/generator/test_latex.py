"""The equations on the pages: read back from LaTeX and computed, they are what the class computes."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest
import torch
from torch import Tensor

from codegen.documentation.latex import equations, to_latex
from codegen.grammar import layers
from codegen.language.expressions import parse
from codegen.language.functions import (
    CONDITION,
    DIMENSION,
    INDEX,
    INITIAL_FUNCTIONS,
    NAMED_DIMENSION,
    SIZE,
    TENSOR,
    TIMESTEP,
    VALUE,
    WHOLE,
    Function,
)
from codegen.reading.load import extend, load
from tests.support import zoo
from tests.support.reviewed import assert_as_reviewed
from tracetorch.functional import negative, positive

pytestmark = pytest.mark.usefixtures("float64")

SPEC = Path(__file__).parents[2] / "spec"
PARTS = Path(__file__).with_name("parts.yaml")
LAYERS = {layer.name: layer for package in load(SPEC) for layer in layers(package)}
SYMBOL = re.compile(
    r"(?:\\mathrm\{(?P<word>[^}]*)\}|\\(?P<greek>[a-z]+)|(?P<letter>[A-Za-z]))"
    r"(?:_\{(?P<time>t(?:-1)?)\})?(?:\^\{(?P<above>[^}]*)\})?"
)


def identifier(symbol: re.Match[str]) -> str:
    if symbol["greek"] == "cdot":
        return "*"
    name = (symbol["word"] or symbol["greek"] or symbol["letter"]).replace(r"\_", "_")
    above = symbol["above"] or ""
    sign = {"+": "pos_", "-": "neg_"}.get(above[:1], "")
    time = {"t-1": "_before", "t": "_now", None: ""}[symbol["time"]]
    return f"{sign}{name}{time}{above.count('prime') * '_prime'}"


def compute(
    name: str, layer: torch.nn.Module, x: Tensor, before: dict[str, Tensor]
) -> dict[str, Tensor]:
    """All values of a timestep, by what the page calls them."""
    values = {parameter: getattr(layer, parameter) for parameter in zoo.parameters(name)}
    values |= {f"{state.removeprefix('prev_')}_before": value for state, value in before.items()}
    values |= {"x_now": x, "positive": positive, "negative": negative}
    if zoo.fires(name):
        values |= {"spike_fn": layer.spike_fn, "quant_fn": layer.quant_fn}
    for row in equations(LAYERS[name]):
        target, value = SYMBOL.sub(identifier, row).split(" &= ")
        values[target] = eval(value, {}, values)
    return values


@pytest.mark.parametrize("name", zoo.NAMES)
def test_the_equations_of_a_page_are_those_of_the_class(name: str) -> None:
    torch.manual_seed(0)
    layer = zoo.lively(name, 3)
    before = {state: torch.zeros(3) for state in zoo.states(name)}
    with torch.no_grad():
        for x in 2 * torch.randn(5, 3):
            values = compute(name, layer, x, before)
            torch.testing.assert_close(values["output_now"], layer(x))
            before = {state: getattr(layer, state) for state in zoo.states(name)}
            for state in before.keys() - {"prev_output"}:
                torch.testing.assert_close(values[f"{state}_now"], before[state])


@pytest.mark.parametrize("spec", sorted((SPEC / "zoo").rglob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_is_read_before_it_is_said(spec: Path) -> None:
    for layer in layers(extend(SPEC, spec)):
        said = {"x_now"}
        for row in equations(layer):
            targets, value = row.split(" &= ", 1)
            read = {identifier(symbol) for symbol in SYMBOL.finditer(value)}
            assert {name for name in read if "_now" in name} <= said, row
            new = {identifier(symbol) for symbol in SYMBOL.finditer(targets)}
            assert not new & said, row
            said |= new
        assert "output_now" in said and not re.search(r"\^\{[^{}]*\}\^", "".join(equations(layer)))


def test_what_a_name_means_when() -> None:
    assert equations(LAYERS["RLIB"]) == [
        r"\mathrm{rec}_{t} &= \gamma \cdot \mathrm{rec}_{t-1} + (1 - \gamma) \cdot \mathrm{output}_{t-1}",
        r"\mathrm{mem}_{t}^{\prime} &= \beta \cdot \mathrm{mem}_{t-1} + x_{t}"
        r" + \mathrm{rec\_weight} \cdot \mathrm{rec}_{t}",
        r"\mathrm{spikes}_{t} &= \mathrm{quant\_fn}(\mathrm{spike\_fn}"
        r"(\mathrm{mem}_{t}^{\prime} - \mathrm{threshold} + \mathrm{bias}))",
        r"\mathrm{mem}_{t} &= \mathrm{mem}_{t}^{\prime} - \mathrm{spikes}_{t} \cdot \mathrm{threshold}",
        r"\mathrm{output}_{t} &= \mathrm{spikes}_{t}",
    ]


def test_what_only_weights_decide_has_no_time() -> None:
    rows = equations(LAYERS["S4"])
    assert rows[0] == r"A &= -e^{\mathrm{A\_log}}"
    assert rows[3] == (
        r"\mathrm{state}_{t} &= e^{\mathrm{dt\_A}} \cdot \mathrm{state}_{t-1}"
        r" + \frac{e^{\mathrm{dt\_A}} - 1}{A} \cdot \mathrm{drive}_{t}"
    )


def test_an_optional_part_says_when_it_runs() -> None:
    rows = equations(LAYERS["Mamba"])
    assert rows[1].endswith(r"\quad \text{if } \mathrm{conv\_kernel} > 1")
    assert r"\mathrm{main}_{t}^{\prime} & \text{otherwise}" in rows[2]
    assert rows[3] == r"\mathrm{main}_{t} &= \mathrm{silu}(\mathrm{main}_{t}^{\prime\prime})"


def test_a_part_that_is_dropped_has_no_name() -> None:
    (layer,) = (one for one in layers(extend(SPEC, PARTS)) if one.name == "SplitBySizes")
    assert equations(layer)[0].startswith(r"p_{t}, \mathrm{low\_1}_{t}, \_ &= ")


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        ("a - (b - c)", "a - (b - c)"),
        ("(a + b) * -c", r"(a + b) \cdot (-c)"),
        ("-(a * b)", r"-(a \cdot b)"),
        ("a / (b + 1) * c", r"\frac{a}{b + 1} \cdot c"),
        ("square(a + b)", "(a + b)^{2}"),
        ("square(neg_mem)", r"(\mathrm{mem}^{-})^{2}"),
        ("square(square(a))", "(a^{2})^{2}"),
        ("sum(a, -1) * b", r"(\sum a) \cdot b"),
        ("0.000001 * a", r"1 \cdot 10^{-6} \cdot a"),
        ("1234567 + 2.5", "1234567 + 2.5"),
        ("(a + b) // c", r"\lfloor (a + b) / c \rfloor"),
        (
            "where(a >= b, a, -b)",
            r"\begin{cases} a & \text{if } a \ge b \\ -b & \text{otherwise} \end{cases}",
        ),
        ("x @ neg_w", r"x\,w^{-}"),
        ("a + randn_like(x)", r"a + \mathcal{N}(0, 1)"),
        ("a + rand_like(x)", r"a + \mathcal{U}(0, 1)"),
        ("transpose(w) @ x", r"w^{\top}\,x"),
        ("f(a / b)", r"\mathrm{f}\left(\frac{a}{b}\right)"),
        ("a // 16", r"\lfloor a / 16 \rfloor"),
        ("abs(mask(a < 2.5))", "|[a < 2.5]|"),
        ("mask(a <= b) + mask(a > b)", r"[a \le b] + [a > b]"),
        ("(a < b) + (b >= c)", r"(a < b) + (b \ge c)"),
        ("a + b - (c + d)", "a + b - (c + d)"),
        ("a - -b", "a - (-b)"),
        ("-(a + b)", "-(a + b)"),
        ("-a * b", r"-a \cdot b"),
        ("a * (b * c)", r"a \cdot (b \cdot c)"),
        ("(a * b) @ (c @ d)", r"a \cdot b\,(c\,d)"),
        ("(a * b) // (c // d) * e", r"\lfloor a \cdot b / \lfloor c / d \rfloor \rfloor \cdot e"),
        ("a // (b * c)", r"\lfloor a / (b \cdot c) \rfloor"),
        ("1e22 * 10000000000.0", r"1 \cdot 10^{22} \cdot 10000000000"),
        ("x ** -2.0e-7", r"x^{-(2 \cdot 10^{-7})}"),
        ("pos_tau + pos_t_2 * pos_", r"\tau^{+} + \mathrm{t\_2}^{+} \cdot \mathrm{pos\_}"),
        ("pos + neg", r"\mathrm{pos} + \mathrm{neg}"),
    ],
)
def test_expressions(expression: str, latex: str) -> None:
    assert to_latex(parse(expression), {}) == latex


EXAMPLES = {
    TENSOR: "ab",
    VALUE: "cd",
    CONDITION: ["a > b"],
    WHOLE: "nk",
    SIZE: "nk",
    DIMENSION: ["-1"],
    NAMED_DIMENSION: ["-1"],
    INDEX: ["0"],
}
"""Arguments of each kind."""

GOLDEN = Path(__file__).parent / "golden" / "latex.txt"


def example(function: Function) -> str:
    """A call of a function with all arguments that it takes, and two more if it takes any."""
    kinds = (*function.takes, *[function.more] * (2 if function.more else 0))
    turns = {kind: cycle(arguments) for kind, arguments in EXAMPLES.items()}
    return f"{function.name}({', '.join(next(turns[kind]) for kind in kinds)})"


def test_every_function() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    calls = [example(function) for function in (TIMESTEP | INITIAL_FUNCTIONS).values()]
    text = "".join(f"{call}: {to_latex(parse(call), {})}\n" for call in calls)
    assert_as_reviewed(text, GOLDEN)
