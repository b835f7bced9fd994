"""Spike functions that a file of the user's own declares: they have kernels, as those of the library."""

from __future__ import annotations

import functools
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import tracetorch as tt
from codegen.__main__ import main
from tests.support import zoo
from tests.support.cases import Case, assert_same

pytestmark = pytest.mark.usefixtures("unformatted")

SPEC = """package: {doc: Surrogate gradients of mine}
spikes:
  root:
    doc: Smooth step by a square root.
    numbers:
      slope: {default: 1, doc: Slope at the threshold}
    value: 0.5 + slope * x / sqrt(1 + square(2 * slope * x))
  arctan:
    doc: One with a name of the library, and with names that kernels have for something else.
    numbers:
      d_x: {default: 1, doc: Slope at the threshold}
      real: {default: 1, doc: Another factor}
    update: [noise_0 = sigmoid(4 * d_x * x), own_d_x = noise_0 * real]
    value: own_d_x / real
"""


class Bench:
    """A folder with a spec and what is generated from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def module(self, text: str = SPEC) -> ModuleType:
        Path("mine.yaml").write_text(text, encoding="utf-8")
        assert main(["generate", "--spec", "mine.yaml", "--out", "surrogates", "--force"]) == 0
        return self.imported()

    def imported(self) -> ModuleType:
        importlib.invalidate_caches()
        for name in [name for name in sys.modules if name.partition(".")[0] == "surrogates"]:
            del sys.modules[name]
        return importlib.import_module("surrogates")

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / "surrogates" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a change within a second counts
    yield Bench(tmp_path)


def why(spike_fn: Any) -> str:
    """How a layer runs, and why."""
    (step,) = tt.unroll.plan(tt.snn.LIB(3, spike_fn=spike_fn)).steps
    return f"{step.way.value}: {step.why}"


@pytest.mark.parametrize("quant_fn", [torch.nn.Identity(), tt.functional.round_ste(0.5)], ids=str)
@pytest.mark.parametrize("name", ["LIB", "DSRLITS"])
def test_they_have_kernels_that_equal_the_loop(
    name: str, quant_fn: torch.nn.Module, bench: Bench
) -> None:
    made = bench.module()
    for spike_fn in (
        *(made.root, made.arctan),
        *(partial(made.root, slope=3), partial(made.arctan, real=2, d_x=0.5)),
    ):
        options = {"spike_fn": spike_fn, "quant_fn": quant_fn}
        (step,) = tt.unroll.plan(zoo.build(name, 3, **options)).steps
        bare = getattr(spike_fn, "func", spike_fn)
        assert step.way.value == "kernel"
        assert f" spike_fn=surrogates.spikes.{bare.__name__} " in step.why
        assert_same(Case(name, length=19, options=options))


def test_another_number_compiles_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made, xs = bench.module(), torch.randn(5, 2, 3)
    tt.unroll(tt.snn.LIB(3, spike_fn=made.root), xs, strict=True)
    monkeypatch.setenv("CC", "no compiler")
    steep = tt.snn.LIB(3, spike_fn=partial(made.root, slope=9))
    ys = tt.unroll(steep, xs, strict=True)
    steep.zero_states()
    torch.testing.assert_close(ys, torch.stack([steep(x) for x in xs]))


def test_torch_compile_calls_the_kernel(bench: Bench) -> None:
    layer, xs = tt.snn.LIB(3, spike_fn=partial(bench.module().root, slope=2)), torch.randn(5, 2, 3)
    compiled = torch.compile(
        lambda xs: tt.unroll(layer, xs, strict=True), fullgraph=True, backend="eager"
    )
    ys = compiled(xs)
    layer.zero_states()
    torch.testing.assert_close(ys, tt.unroll(layer, xs))


def test_what_was_not_generated_runs_in_the_loop(bench: Bench) -> None:
    made = bench.module()

    @functools.wraps(made.root)
    def wrapped(x: torch.Tensor) -> torch.Tensor:
        return made.root(x) ** 2

    wrong = "loop: spike_fn is not the function that its kernel was generated with"
    assert why(wrapped) == wrong
    assert "an argument base, which is not one" in why(partial(made.root, base=2))
    bench.replace("spikes.py", "torch.square(2 * slope", "torch.square(3 * slope")
    assert why(bench.imported().root) == wrong
    bench.replace("spikes.py", "torch.square(3 * slope", "torch.square(2 * slope")
    assert why(bench.imported().root).startswith("kernel")


def test_without_its_description_it_runs_in_the_loop(bench: Bench) -> None:
    made = bench.module()
    Path("surrogates/kernels/spikes.jsonc").unlink()
    assert why(made.root) == "loop: it was not generated from a spec"


def test_a_stale_kernel_is_not_used(bench: Bench) -> None:
    before = bench.module()
    after = bench.module(SPEC.replace("square(2", "square(3"))
    assert before.root is not after.root and why(after.root).startswith("kernel")
    bench.replace("kernels/c/spikes.c", "Digest of the functions: ", "Digest of the functions: 0")
    layer = tt.snn.SLIB(3, spike_fn=after.root)
    with pytest.warns(UserWarning, match="was generated from another spec"):
        tt.unroll(layer, torch.rand(5, 3))


def test_defaults_are_those_that_run(bench: Bench) -> None:
    """Python decides by what it was given when it was defined, not by the spec."""
    made, xs = bench.module(), torch.randn(5, 2, 3)
    bench.replace("spikes.py", "slope: float = 1.0", "slope: float = 5.0")
    layer = tt.snn.LIB(3, spike_fn=bench.imported().root)
    ys = tt.unroll(layer, xs, strict=True)
    layer.spike_fn = partial(made.root, slope=5)
    layer.zero_states()
    torch.testing.assert_close(ys, torch.stack([layer(x) for x in xs]))


def test_layers_may_be_beside_them(bench: Bench) -> None:
    family = "families:\n  LIX: {extends: LIB, name: mine, doc: Mine., reset: spikes * mem}\n"
    made = bench.module(SPEC + family)
    written = {path.name for path in Path("surrogates").glob("test_*.py")}
    assert written == {"test_mine.py", "test_mine_spikes.py"}
    (step,) = tt.unroll.plan(made.SLIX(3, spike_fn=made.root)).steps
    assert step.way.value == "kernel"


SURROGATE = """package: {doc: A surrogate gradient that is the slope of no step}
spikes:
  steep:
    doc: Smooth step with three times its slope.
    value: straight_through(sigmoid(x), 3 * sigmoid(x))
families:
  LIX:
    extends: LIB
    prefixes: []
    name: mine
    doc: Mine.
    functions: {spike_fn: {default: steep}, quant_fn: {default: round_ste}}
"""


def test_a_gradient_that_is_no_derivative_is_not_checked(bench: Bench) -> None:
    bench.module(SURROGATE)
    command = [sys.executable, "-m", "pytest", "-q", "surrogates", "-k", "gradients"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "1 skipped" in done.stdout and "failed" not in done.stdout


def test_its_own_tests_pass_and_notice_what_is_no_step(bench: Bench) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "surrogates"]
    bench.module(SPEC.replace("value: 0.5 +", "value: 0.4 +"))
    done = subprocess.run(command, capture_output=True, text=True)
    assert "1 failed, 5 passed" in done.stdout and "test_it_is_a_step[root]" in done.stdout


BAD = {
    "root does not depend on x": (
        "value: 0.5 + slope * x / sqrt(1 + square(2 * slope * x))",
        "value: slope",
    ),
    "softmax": ("value: 0.5 +", "value: softmax(x) +"),
    "positive has a meaning already": ("  root:", "  positive:"),
    "mem": ("value: 0.5 +", "value: mem +"),
    "layer Spikes and the spike functions would share the file spikes.py": (
        "spikes:\n",
        "layers:\n  Spikes:\n    {name: s, doc: S., states: {mem: {doc: m}}, update: [mem = mem + x],"
        " output: mem}\nspikes:\n",
    ),
    "it must be above 0": (
        "default: 1, doc: Slope at the threshold}\n    value",
        "default: 0, doc: S}\n    value",
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_mistakes_are_refused(
    message: str, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert BAD[message][0] in SPEC
    Path("mine.yaml").write_text(SPEC.replace(*BAD[message]), encoding="utf-8")
    assert main(["generate", "--spec", "mine.yaml", "--out", "surrogates"]) == 1
    assert message in capsys.readouterr().err and not Path("surrogates").exists()
