"""The kernels in Triton against the loop, on tensors that Triton's interpreter reads; see
`test_triton.py`."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
import triton
import triton.language as tl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from codegen.__main__ import main
from codegen.kernels.triton import function_parts
from codegen.language.expressions import Expression, parse, to_python
from codegen.language.functions import FUNCTIONS, TENSOR
from codegen.model import Firing, FiringNumber, Statement
from codegen.render import fill
from tests.support import drawn, zoo
from tests.support.bounds import check_bounds
from tests.support.cases import (
    NUMBERED,
    PAIRS,
    QUANTIZERS,
    SPIKES,
    Case,
    assert_records_same,
    assert_same,
    loop,
)
from tracetorch import functional as F
from tracetorch.sequence import choice, layer, operator
from tracetorch.sequence.call import Call
from tracetorch.sequence.kernel import Kernel
from tracetorch.sequence.triton import language
from tracetorch.sequence.triton import run as cuda


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(operator, "_backend", lambda device: cuda)
    check_bounds(monkeypatch)
    with numpy.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(("name", "after"), [*zip(zoo.ENDS, cycle([(), (), (2, 3)]))])
def test_layers(name: str, after: tuple[int, ...]) -> None:
    """The least and the most of each family; on a GPU, `make gpu` runs all."""
    spike_fn, quant_fn = PAIRS[name]
    options = {"spike_fn": spike_fn, "quant_fn": quant_fn}
    assert_same(Case(name, length=17, after=after, has_states=True, options=options))


@pytest.mark.parametrize(
    ("dtype", "quant_fn"),
    [
        (torch.float32, nn.Identity()),  # else rounding may decide which neurons fire
        (torch.float64, nn.Identity()),
        (torch.float64, F.round_ste()),
    ],
    ids=str,
)
@pytest.mark.parametrize(("length", "rank"), [(1, 0), (16, 1), (17, 0), (35, 1)])
def test_lengths_ranks_and_dtypes(
    length: int, rank: int, quant_fn: nn.Module, dtype: torch.dtype
) -> None:
    options: dict[str, Any] = {f"{parameter}_rank": rank for parameter in zoo.parameters("SLIB")}
    assert_same(Case("SLIB", length=length, dtype=dtype, options={**options, "quant_fn": quant_fn}))


@pytest.mark.parametrize("layout", ["contiguous", "strided", "permuted", "expanded"])
@pytest.mark.parametrize("time", [0, 1, -1])
def test_layouts(time: int, layout: str) -> None:
    assert_same(Case("SLI", before=(2, 3), after=(2,), time=time, layout=layout, has_states=True))


@pytest.mark.parametrize(("before", "after"), [((), ()), ((0,), ()), ((), (4,)), ((45,), (3,))])
def test_shapes(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """The last has more neurons than go through time in one program."""
    assert_same(Case("DLI", before=before, after=after, length=3))


@pytest.mark.parametrize(("name", "time", "after"), [("LI", 0, ()), ("DSRLITS", 1, (2,))])
def test_states_are_recorded(name: str, time: int, after: tuple[int, ...]) -> None:
    options = {"quant_fn": F.round_ste()}
    assert_records_same(Case(name, after=after, time=time, length=19, options=options), cut=7)


FIRING = [*SPIKES, *NUMBERED]


@pytest.mark.parametrize(
    ("spike_fn", "quant_fn"),
    [*zip(FIRING, cycle(QUANTIZERS)), *zip(cycle(FIRING[::-1]), QUANTIZERS)],
    ids=str,
)
def test_every_spike_function_and_quantizer(spike_fn: Any, quant_fn: nn.Module) -> None:
    assert_same(Case("LIT", length=4, options={"spike_fn": spike_fn, "quant_fn": quant_fn}))


def test_a_spike_function_that_is_declared_in_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, out = tmp_path / "mine.yaml", tmp_path / "interpreted_surrogates"
    spec.write_text(
        "package: {doc: Mine}\nspikes:\n  root:\n    doc: Mine.\n"
        "    numbers: {slope: {default: 1, doc: Slope at the threshold}}\n"
        "    value: 0.5 + slope * x / sqrt(1 + square(2 * slope * x))\n"
    )
    assert main(["generate", "--spec", str(spec), "--out", str(out)]) == 0
    monkeypatch.syspath_prepend(tmp_path)
    root = importlib.import_module(out.name).root
    for spike_fn in (root, partial(root, slope=3)):
        options = {"spike_fn": spike_fn, "quant_fn": F.stochastic_round_ste(0.5)}
        assert_same(Case("LIT", length=4, options=options))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_as_it_is(dtype: torch.dtype) -> None:
    case = Case("SLIB", length=17, dtype=torch.float32)
    xs = case.xs().detach().to(dtype).requires_grad_()
    expected = loop(case.layer(), xs.float())
    (d_expected,) = torch.autograd.grad(expected.sum(), xs)
    made = case.layer()
    parameters = [getattr(made, name).detach() for name in made._activations]
    states = [torch.zeros(case.shape, dtype=case.dtype)] * 2
    kernel = Kernel.parse(choice.kernel_of(made))
    call = Call(kernel, xs.detach(), 0, 1, parameters, choice.numbers(made), None)
    ys, after, kept, _ = cuda.forward(call, states, True, False)
    torch.testing.assert_close(ys, expected)
    d_after = [torch.zeros_like(state) for state in after]
    d_xs, _, _ = cuda.backward(call, d_after, torch.ones_like(ys), kept)
    assert d_xs.dtype == dtype
    torch.testing.assert_close(d_xs, d_expected)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_pass_as_in_the_loop(odd: float) -> None:
    case = Case("DSRLITS", length=5, options={"quant_fn": F.round_ste()})
    xs = case.xs().detach()
    xs[2, 1, 2] = odd
    results = []
    for way in (loop, lambda made, xs: layer.run(made, choice.kernel_of(made), xs, 0)):
        made, given = case.layer(), xs.clone().requires_grad_()
        ys = way(made, given)
        gradients = torch.autograd.grad(ys.sum(), [given, *made.parameters()])
        states = [getattr(made, name) for name in zoo.states(case.name)]
        results.append([ys, *gradients, *states])
    assert not all(result.isfinite().all() for result in results[0])
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-11, equal_nan=True)


@triton.jit
def each_kernel(xs, ys, function: tl.constexpr, count: tl.constexpr):
    place = tl.arange(0, count)
    tl.store(ys + place, function(tl.load(xs + place)))


IN_LANGUAGE = [
    name
    for name in drawn.ELEMENTWISE
    if FUNCTIONS[name].takes == (TENSOR,) and not FUNCTIONS[name].triton
]
"""The functions of one tensor that Triton does not have itself."""


@pytest.mark.parametrize("name", IN_LANGUAGE)
def test_functions_of_the_language(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    magnitudes = 10 ** (20 * torch.rand(1000, dtype=torch.float64, generator=generator) - 15)
    odd = [0.0, 0.5, 1.0, 1.5, 2.5, 700.0, 1e30, float("inf"), float("nan"), 0.49999999999999994]
    odd += [4e15 + 1.5]  # whose half is rounded
    above = torch.cat([magnitudes, torch.tensor(odd + [3.0] * 13, dtype=torch.float64)])
    xs = torch.cat([above, -above]).clamp(*FUNCTIONS[name].domain)
    ys = torch.empty_like(xs)
    each_kernel[(1,)](xs, ys, getattr(language, name), len(xs))
    torch.testing.assert_close(
        ys, drawn.MEANINGS[name](xs), rtol=1e-14, atol=1e-300, equal_nan=True
    )


@triton.jit
def drawn_kernel(
    xs, a, b, ys, d_xs, function: tl.constexpr, slope: tl.constexpr, count: tl.constexpr
):
    place = tl.arange(0, count)
    x, numbers = tl.load(xs + place), (tl.load(a + place), tl.load(b + place))
    tl.store(ys + place, function(x, numbers))
    tl.store(d_xs + place, slope(x, numbers, tl.full((count,), 1, tl.float64)))


NUMBERS = tuple(FiringNumber(name, 1.0, "drawn") for name in ("a", "b"))


def results_of(expressions: list[Expression], values: dict[str, Tensor]) -> list[list[Tensor]]:
    """Return the value of each expression in Triton, and its derivative with respect to `x`."""
    made = [
        Firing(f"f{place}", "drawn", "", NUMBERS, (Statement(("output",), expression),))
        for place, expression in enumerate(expressions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "functions.py")
        path.write_text(fill("functions.py.j2", **function_parts(made)), encoding="utf-8")
        functions = cuda._loaded(path, "functions", FIRST=tl.constexpr(0))
        results = [[torch.empty_like(values["x"]) for _ in range(2)] for _ in made]
        for firing, (ys, d_xs) in zip(made, results):
            pair = (getattr(functions, firing.name), getattr(functions, f"{firing.name}_gradient"))
            drawn_kernel[(1,)](*values.values(), ys, d_xs, *pair, len(ys))
    return results


@pytest.mark.parametrize("expression", ["a / -x", "-a / x", "1 / -(x * a)", "a / (b - x)"])
def test_the_sign_of_zero(expression: str) -> None:
    zeros = torch.tensor([0.0, -0.0, 0.0, -0.0], dtype=torch.float64)
    values = {"x": zeros, "a": torch.tensor([1.0, 1.0, -1.0, -1.0]).double(), "b": zeros.flip(0)}
    ((ys, _),) = results_of([parse(expression)], values)
    torch.testing.assert_close(ys, drawn.evaluate(parse(expression), values), rtol=0, atol=0)


@settings(
    max_examples=settings().max_examples // 10, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(
    st.lists(drawn.expressions(["x", "a", "b"]), min_size=12, max_size=16, unique_by=to_python),
    st.integers(0, 99),
)
def test_expressions_of_the_language(expressions: list[Expression], seed: int) -> None:
    values = drawn.points(seed, count=64)
    for expression, results in zip(expressions, results_of(expressions, values)):
        drawn.assert_same(expression, values, *results)


def test_an_error_at_the_first_launch_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fails(*_: object, **__: object) -> None:
        tried.append("again")
        raise ValueError("no such instruction")

    monkeypatch.setattr(cuda, "forward", fails)
    monkeypatch.setattr(cuda._tried, "ends", {})
    kernel = Kernel.parse(choice.kernel_of(zoo.build("LI", 3)))
    for _ in range(2):
        why = cuda.why_not(kernel, torch.float64, torch.device("cpu"))
        assert why == "ValueError: no such instruction"
    assert len(tried) == 1
