"""The kernels themselves: their derivative rules, and their C."""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy
import pytest
import torch
from torch import Tensor

import tracetorch as tt
from codegen.grammar import layers
from codegen.kernels import c
from codegen.kernels.kernel import kernel
from codegen.language.derivatives import rules
from codegen.language.expressions import Expression, Spelling, parse, to_python
from codegen.language.functions import FUNCTIONS, Function
from codegen.model import Firing, Statement
from codegen.reading.load import load
from codegen.render import fill
from tests.support import zoo
from tests.support.drawn import C, expression_of, unit
from tracetorch.sequence.c import build, source, structs
from tracetorch.sequence.choice import kernel_of
from tracetorch.sequence.kernel import Kernel

ROOT = Path(__file__).parents[2]
ELEMENTWISE = [name for name, function in FUNCTIONS.items() if function.elementwise]

# Between and at the kinks of functions.
POINTS = torch.tensor(
    [-3.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 2.25, 7.0, 41.0], dtype=torch.float64
)


EXPRESSIONS = {
    **{name: expression_of(name) for name in ELEMENTWISE},
    "operators": "-(2 - x) * (x + 0.5) / (3 + x * x) - x / 4",
    "twice": "exp(sin(x)) * sin(x) - exp(sin(x))",
    "detached": "x * detach(x * x)",
    "constants": "1 / 4 * x + 3 / 2",
    "signs": "-(-x * -(x - 1)) / -(x * x + 1)",
}


CLOSE = {torch.float32: {"rtol": 2e-6, "atol": 1e-6}, torch.float64: {"rtol": 1e-13, "atol": 1e-14}}


@pytest.fixture(scope="module", params=source.DTYPES, ids=str)
def library(request: pytest.FixtureRequest) -> tuple[ctypes.CDLL, torch.dtype]:
    """All these as functions of C, each with its gradient, and a loop over numbers for both."""
    made = [
        Firing(f"f_{name}", name, "", (), (Statement(("output",), parse(text)),))
        for name, text in EXPRESSIONS.items()
    ]
    loops = [
        f"void {f.name}_all(const real *x, real *y, real *d_x, int count)"
        "{ for (int i = 0; i < count; i++) {"
        f"y[i] = {f.name}(x[i]); d_x[i] = {f.name}_gradient(x[i], 2); }} }}"
        for f in made
    ]
    functions = fill("functions.h.j2", functions=map(c.function_parts, made))
    return build.library(unit(request.param, functions, *loops)), request.param


def assert_as_in_pytorch(name: str, x: Tensor, library: ctypes.CDLL) -> None:
    x = x.clone().requires_grad_()
    expected = value(parse(EXPRESSIONS[name]), x)
    (gradient,) = torch.autograd.grad(
        expected.sum() * 2, x, allow_unused=True, materialize_grads=True
    )
    y, d_x = torch.empty_like(x), torch.empty_like(x)
    places = [ctypes.c_void_p(tensor.data_ptr()) for tensor in (x, y, d_x)]
    getattr(library, f"f_{name}_all")(*places, len(x))
    close = CLOSE[x.dtype]
    if name == "exp":  # exact down to the smallest numbers that there are
        close = {**close, "atol": 8 * torch.finfo(x.dtype).smallest_normal * close["rtol"]}
    torch.testing.assert_close(y, expected.detach(), equal_nan=True, **close)
    torch.testing.assert_close(d_x, gradient, equal_nan=True, **close)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_derivatives_are_those_of_pytorch(
    name: str, library: tuple[ctypes.CDLL, torch.dtype]
) -> None:
    functions, dtype = library
    low, high = FUNCTIONS[name].domain if name in FUNCTIONS else (-math.inf, math.inf)
    x = POINTS[(low < POINTS) & (POINTS < high)]
    assert_as_in_pytorch(name, x.to(dtype), functions)


# Around where exp overflows, or is 0, or nearly 1, in either precision; and what is no number.
EXTREMES = [1e-30, 1e-10, 1e-4, 20.0, 40.5, 87.5, 88.5, 89.5, 100.0, 103.5, 110.0, 700.0]
EXTREMES += [709.5, 710.5, 744.5, 750.0, 1e4, 1e30, float("inf"), float("nan")]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_extremes_are_those_of_pytorch(name: str, library: tuple[ctypes.CDLL, torch.dtype]) -> None:
    functions, dtype = library
    x = torch.tensor([*EXTREMES, *(-x for x in EXTREMES)], dtype=dtype)
    # Beyond their domain, what PyTorch makes of their parts in reverse is nobody's choice.
    is_ours = name in FUNCTIONS and FUNCTIONS[name].imported
    low, high = FUNCTIONS[name].domain if is_ours else (-math.inf, math.inf)
    assert_as_in_pytorch(name, x[~((x < low) | (x > high))], functions)


def value(expression: Expression, x: Tensor) -> Tensor:
    """What an expression of `x` is, by PyTorch."""
    text = to_python(
        expression, Spelling(call=lambda name, *arguments: FUNCTIONS[name].torch(*arguments))
    )
    result = eval(text, {**vars(tt.functional), "torch": torch, "nn": torch.nn, "x": x})
    return result if result.requires_grad else result + torch.zeros_like(x, requires_grad=True)


def test_a_function_without_a_rule_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "cube", Function("cube", "torch.cube({})".format))
    with pytest.raises(LookupError, match="cube has no derivative; add it to its row of FUNCTIONS"):
        rules("cube")
    assert all(rules(name) for name in ELEMENTWISE)


def test_only_layers_that_are_not_elementwise_have_no_kernel() -> None:
    kernels = {l.name for package in load(ROOT / "spec") for l in layers(package) if kernel(l)}
    assert kernels == set(zoo.NAMES)


@pytest.mark.parametrize("dtype", source.DTYPES)
@pytest.mark.parametrize("name, bound", [("exp", 1.25), ("expm1", 1.5), ("tanh", 3)])
def test_an_exponential_needs_all_terms_of_its_series(
    name: str, bound: float, dtype: torch.dtype
) -> None:
    largest = 87 if dtype == torch.float32 else 708
    spans = [torch.linspace(-end, end, 1000) for end in (largest, 20, 0.7, 1e-30)]
    y, x = in_c(f"real_{name}", torch.cat(spans).to(dtype))
    expected = getattr(numpy, name)(x.numpy().astype(numpy.longdouble))
    assert abs(y.numpy() / expected - 1).max() < bound * torch.finfo(dtype).eps


@pytest.mark.parametrize("dtype", source.DTYPES)
@pytest.mark.parametrize("name", ["exp", "expm1", "tanh"])
def test_an_exponential_has_the_limits_and_zeros_of_pytorch(name: str, dtype: torch.dtype) -> None:
    values = [0.0, -0.0, 100.0, -110.0, 800.0, -800.0, math.inf, -math.inf, math.nan]
    y, x = in_c(f"real_{name}", torch.tensor(values, dtype=dtype))
    expected = getattr(torch, name)(x)
    torch.testing.assert_close(y, expected, equal_nan=True)
    assert torch.signbit(y[:-1]).equal(torch.signbit(expected[:-1]))


def in_c(function: str, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a function of the language returns in C, and its arguments."""
    loop = (
        "void all(const real *x, real *y, size count)"
        f" {{ for (size i = 0; i < count; i++) y[i] = {function}(x[i]); }}"
    )
    y = torch.empty_like(x)
    compiled = build.library(unit(x.dtype, f"typedef __PTRDIFF_TYPE__ size; {loop}"))
    compiled.all(*map(ctypes.c_void_p, (x.data_ptr(), y.data_ptr())), ctypes.c_ssize_t(len(x)))
    return y, x


COMPILER = shutil.which("gcc")
STOCHASTIC = {
    "spike_fn": tt.functional.fast_sigmoid,
    "quant_fn": tt.functional.stochastic_round_ste(0.5),
}
PASSES = ("FORWARD", "RECOMPUTE", "BACKWARD")
SANITIZED = ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]


@pytest.mark.skipif(not COMPILER, reason="the sanitizers are those of gcc")
@pytest.mark.parametrize(
    "layer, dtype",
    [
        (tt.snn.LI(3), torch.float64),
        (tt.snn.SLIT(3, **STOCHASTIC), torch.float32),
        (tt.snn.DSRLITS(3, quant_fn=tt.functional.round_ste()), torch.float64),
    ],
    ids=lambda value: getattr(value, "_title", None),
)
def test_the_c_is_sane(layer: tt.Layer, dtype: torch.dtype, tmp_path: Path) -> None:
    unit = source.source(Kernel.parse(kernel_of(layer)), dtype).replace(
        f"LANES {source.LANES}", "LANES 16"
    )
    assert_sane(unit, ("scarce.c", "sanitized.c"), tmp_path)


@pytest.mark.skipif(not COMPILER, reason="the sanitizers are those of gcc")
@pytest.mark.parametrize(
    "layer, sizes, dtype",
    [
        (tt.rnn.LSTM(2, 5), "5", torch.float64),
        (tt.rnn.GRU(2, 17), "17", torch.float32),
        (tt.ssm.Mamba(17, d_state=5), "17, 5", torch.float64),
        (tt.zoo.MLIB(83, quant_fn=tt.functional.round_ste()), "83", torch.float32),
        (tt.zoo.MLSTM(4, 6, heads=2), "2, 3", torch.float64),
    ],
    ids=lambda value: getattr(value, "_title", None),
)
def test_the_c_of_recurrences_is_sane(
    layer: tt.Layer, sizes: str, dtype: torch.dtype, tmp_path: Path
) -> None:
    kernel = Kernel.parse(kernel_of(layer))
    assert kernel.facts.recurrence
    assert kernel.facts.recurrence.counts["SIZES"] == sizes.count(",") + 1
    unit = f"#define SIZE_VALUES {sizes}\n{source.of_recurrence(kernel, dtype)}"
    assert_sane(unit, ("scarce.c", "sanitized_recurrence.c"), tmp_path)


@pytest.mark.skipif(not COMPILER, reason="the sanitizers are those of gcc")
@pytest.mark.parametrize("real, is_wide", [("double", False), ("float", True)])
def test_products_of_all_sizes_are_sane(real: str, is_wide: bool, tmp_path: Path) -> None:
    """In blocks for any processor, or for those with AVX-512."""
    defined = [f"#define real {real}", *(f"#define {name} 1" for name in PASSES)]
    defined += ["#define __AVX512F__"] if is_wide else []
    header = (C / "products.h").read_text(encoding="utf-8")
    unit = "\n".join([*defined, structs.of_recurrences(), header])
    assert_sane(unit, ("multiplied.c",), tmp_path)


@pytest.mark.skipif(not COMPILER, reason="the sanitizers are those of gcc")
def test_every_worker_works_once_on_any_threads(tmp_path: Path) -> None:
    """OpenMP may give fewer threads than asked for, and a new thread may be refused."""
    header = (C / "threads.h").read_text(encoding="utf-8")
    defined = "#define real float\n#define MOST_THREADS 5\n#include <stdlib.h>"
    assert_sane("\n".join([defined, structs.declarations(), header]), ("team.c",), tmp_path)


def assert_sane(unit: str, programs: tuple[str, ...], folder: Path) -> None:
    """Run C, with sanitizers, by a program of `tests/support` that may refuse what it asks for."""
    path, program = folder / "kernel.c", folder / "kernel"
    parts = [(ROOT / "tests" / "support" / part).read_text() for part in programs]
    path.write_text(unit + "".join(parts))
    wrapped = re.findall(r"\b__wrap_(\w+)\(", "".join(parts))
    strict = [
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-function",
        "-Wno-unused-parameter",
        "-Wno-unused-variable",
    ]
    command = [
        COMPILER,
        "-std=gnu11",
        "-O1",
        "-g",
        "-pthread",
        "-fopenmp-simd",
        *strict,
        *SANITIZED,
        *(f"-Wl,--wrap={name}" for name in wrapped),
    ]
    compiled = subprocess.run(
        [*command, "-o", program, path, "-lm"], capture_output=True, text=True
    )
    assert compiled.returncode == 0, compiled.stderr[:3000]
    ran = subprocess.run([program], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("done\n", "", 0)
