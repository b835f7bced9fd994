"""Every printer of the language against one evaluation, for expressions of every shape."""

from __future__ import annotations

import ctypes

import torch
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch.functional as F
from codegen.documentation.latex import to_latex
from codegen.kernels import c
from codegen.language.expressions import Expression, Spelling, functions, parse, to_python
from codegen.language.functions import FUNCTIONS
from codegen.model import Firing, FiringNumber, Statement
from codegen.render import fill
from tests.support.drawn import assert_same, expressions, points, unit
from tests.support.latex_reader import read
from tracetorch.sequence.c import build

TORCH = Spelling(call=lambda name, *arguments: FUNCTIONS[name].torch(*arguments))
NAMES = ["x", "a", "b"]
NUMBERS = tuple(FiringNumber(name, 1.0, "drawn") for name in ("a", "b"))
seeds = st.integers(0, 2**20)


@given(expressions(NAMES), seeds)
def test_python(expression: Expression, seed: int) -> None:
    values = points(seed)
    x = values["x"].clone().requires_grad_()
    given = {**vars(F), "torch": torch, "nn": nn, **values, "x": x}
    value = eval(to_python(expression, TORCH), given) + torch.zeros_like(x)
    (slope,) = torch.autograd.grad((value + 0 * x.sum()).sum(), x)
    assert_same(expression, values, value.detach(), slope)
    assert parse(to_python(expression)) is not None


@given(expressions(NAMES), seeds)
def test_latex(expression: Expression, seed: int) -> None:
    assume("expm1" not in functions(expression))  # read as written, it cancels next to 0
    values = points(seed)
    assert_same(expression, values, read(to_latex(expression, {}), values))


@settings(
    max_examples=settings().max_examples // 10, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(st.lists(expressions(NAMES), min_size=24, max_size=32, unique_by=to_python), seeds)
def test_c(drawn: list[Expression], seed: int) -> None:
    values = points(seed)
    library = compiled(drawn)
    for place, expression in enumerate(drawn):
        assert_same(expression, values, *results_of(library, place, values))


def test_functions_through_which_no_gradient_flows() -> None:
    """Those that choose have a gradient on either side, and a condition has no values."""
    blocking = {name for name, function in FUNCTIONS.items() if function.blocks_gradient}
    assert blocking == {"detach", "floor", "round", "sign", "straight_through"}


def test_parts_that_occur_more_than_once() -> None:
    texts = (
        "(a * x) * (a * x)",
        "(b / x) / (b / x)",
        "tanh(x + a) * x - b / tanh(x + a)",
        "exp(x * x + 1) * (x * x + 1) * (x * x + 1 + exp(x * x + 1))",
        "maximum(-(a * x), b) - maximum(-(a * x), b) * x",
        "where(x * x > a, x * x, b) + (x * x) * (x * x)",
    )
    expressions, values = [parse(text) for text in texts], points(0)
    library = compiled(expressions)
    for place, expression in enumerate(expressions):
        assert_same(expression, values, *results_of(library, place, values))


def results_of(library: ctypes.CDLL, place: int, values: dict[str, Tensor]) -> list[Tensor]:
    """Return the value of one of the compiled expressions, and its derivative."""
    results = [torch.empty_like(values["x"]) for _ in range(2)]
    pointers = [ctypes.c_void_p(t.data_ptr()) for t in (*values.values(), *results)]
    getattr(library, f"f{place}_all")(*pointers, len(results[0]))
    return results


def compiled(drawn: list[Expression]) -> ctypes.CDLL:
    """A function of C for each expression, which loops over numbers."""
    made = [
        Firing(f"f{place}", "drawn", "", NUMBERS, (Statement(("output",), expression),))
        for place, expression in enumerate(drawn)
    ]
    loops = [
        f"void {f.name}_all(const real *x, const real *a, const real *b, real *y, real *d_x, int n)"
        "{ for (int i = 0; i < n; i++) {"
        f"y[i] = {f.name}(x[i], a[i], b[i]); d_x[i] = {f.name}_gradient(x[i], 1, a[i], b[i]); }} }}"
        for f in made
    ]
    in_c = fill("functions.h.j2", functions=map(c.function_parts, made))
    return build.library(unit(torch.float64, in_c, *loops))
