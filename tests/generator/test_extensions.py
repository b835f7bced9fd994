"""A file of one's own extends the spec: what it may say, what it is refused, what it cannot harm."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor

import tracetorch as tt
from codegen.__main__ import main
from codegen.documentation.start import start
from codegen.reading.load import extend
from codegen.reading.problems import SpecError
from codegen.render import render_extension
from tracetorch.sequence import choice

pytestmark = pytest.mark.usefixtures("unformatted", "read_once")

ROOT = Path(__file__).parents[2]
NEURONS = ROOT / "docs" / "neurons"


class Bench:
    """A folder in which a person has an idea."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def run(self, command: str, text: str, *options: str) -> tuple[int, str, str]:
        (self.folder / "mine.yaml").write_text(text, encoding="utf-8")
        out = ["--out", "neurons"] if command in ("generate", "check") else []
        status = main([command, *options, "--spec", "mine.yaml", *out])
        return (status, *self.capsys.readouterr())

    def layers(self, text: str) -> ModuleType:
        """The package that the generator makes of a spec."""
        status, _, errors = self.run("generate", text)
        assert status == 0, errors
        importlib.invalidate_caches()
        for name in [name for name in sys.modules if name.partition(".")[0] == "neurons"]:
            del sys.modules[name]
        return importlib.import_module("neurons")

    def refused(self, text: str) -> str:
        """What is said about a spec that is refused, nothing being written."""
        status, printed, errors = self.run("generate", text)
        assert status == 1 and printed == "" and not (self.folder / "neurons").exists()
        return errors


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield Bench(tmp_path, capsys)


PACKAGE = "package: {doc: Layers of mine}\n"


def family(body: str, head: str = "", name: str = "LIX", extends: str = "LIB") -> str:
    return f"{PACKAGE}{head}families:\n  {name}:\n    extends: {extends}\n    name: mine\n    doc: Mine.\n{body}"


def layer(
    update: list[str], output: str, states: str = "mem: {doc: membrane}", head: str = ""
) -> str:
    lines = "\n".join(f"      - {line}" for line in update)
    return (
        f"{PACKAGE}{head}layers:\n  Mine:\n    name: mine\n    doc: Mine.\n    states:\n"
        f"      {states}\n    update:\n{lines}\n    output: {output}\n"
    )


UPDATES = f"""{PACKAGE}prefixes:
  P: {{name: p, doc: P., families: [LIB], update: [late = prev_x + prev_output], drive: late}}
  Q: {{name: q, doc: Q., families: [LIB], update: [last = 2 * prev_output], drive: last}}
"""


def run(layer: tt.Layer, *values: float) -> list[float]:
    return [layer(torch.tensor([value])).item() for value in values]


HARD = {"quant_fn": tt.functional.round_ste()}


# What the language says


@pytest.mark.parametrize(
    ("own", "source"), [("", "Neftci"), ("    source: A paper of mine.\n", "A paper of mine.")]
)
def test_the_source_of_a_family(own: str, source: str, bench: Bench) -> None:
    made = bench.layers(family("    reset: spikes * mem\n" + own))
    assert source in made.SLIX.__doc__


def test_a_bias_that_begins_at_zero(bench: Bench) -> None:
    modules = "    modules: {map: {linear: [num_neurons, num_neurons], bias: 0}}\n"
    text = layer(["mem = map(x)"], "mem").replace("    states:", f"{modules}    states:")
    assert bench.layers(text).Mine(3).map.bias.tolist() == [0, 0, 0]


def test_only_what_is_new_is_written(bench: Bench) -> None:
    made = bench.layers(family("    reset: spikes * mem\n"))
    written = {path.name for path in (bench.folder / "neurons").glob("*.py")}
    letters = ("", "s", "r", "sr", "d", "ds", "dr", "dsr")
    assert written == {"__init__.py", "test_mine.py", *(f"{p}lix.py" for p in letters)}
    assert issubclass(made.SLIX, tt.snn.Layer)
    assert run(made.LIX(1, beta=0.5, **HARD), 0.75, 0.75, 0.75) == [0.0, 1.0, 0.0]


def test_families_whose_names_are_words_of_python(bench: Bench) -> None:
    names = ("IF", "In", "Async", "Match")
    others = (
        f"  {n}: {{extends: LIB, name: mine, doc: Mine., prefixes: [S]}}\n" for n in names[1:]
    )
    made = bench.layers(family("    prefixes: [S]\n", name=names[0]) + "".join(others))
    for name in names:
        assert run(getattr(made, name)(1, beta=0.5, **HARD), 0.75, 0.75) == [0.0, 1.0]
        assert getattr(made, f"S{name}").__module__ == f"neurons.s{name.lower()}"
    command = [sys.executable, "-m", "pytest", "-q", "-k", "shapes", "neurons"]
    assert subprocess.run(command).returncode == 0


def test_what_drives_a_trace_that_no_prefix_splits(bench: Bench) -> None:
    trace = "{state: mem, decay: beta, input: x - threshold, doc: membrane}"
    made = bench.layers(family(f"    prefixes: [S]\n    trace: {trace}\n"))
    assert run(made.LIX(1, beta=0.5, **HARD), 2.5, 2.0) == [1.0, 1.0]


def test_a_layer_whose_name_is_a_word_of_python(bench: Bench) -> None:
    made = bench.layers(layer(["mem = mem + x"], "mem").replace("Mine:", "As:"))
    assert run(made.As(1), 1.0, 1.0) == [1.0, 2.0]
    assert made.As.__module__ == "neurons.as_"


UPDATE = """
    prefixes: [D, S, R]
    states: {mem: {initial: 0.5 * threshold, doc: membrane}, count: spikes so far}
    update: [mem = mem + alpha * (x - mem)]
    fire: [spikes = quant_fn(spike_fn(mem - threshold)), count = count + spikes]
    reset: spikes * mem
    output: spikes + 0.25 * count
"""


def test_an_update_in_the_place_of_a_trace(bench: Bench) -> None:
    text = family(UPDATE).replace("    extends: LIB\n", "").replace("alpha", "beta")
    made = bench.layers(text)
    # D changes nothing by itself.
    assert sorted(made.__all__) == ["DRLIX", "DSLIX", "DSRLIX", "LIX", "RLIX", "SLIX", "SRLIX"]
    assert run(made.LIX(1, beta=0.5, **HARD), 1.0, 2.5, 0.0) == [0.0, 1.25, 0.25]
    # The synaptic trace is the input, the recurrent one is added to it: 0.5 * 1.25 * 2.
    assert run(made.SLIX(1, alpha=0.5, beta=0.5, **HARD), 1.0, 4.0) == [0.0, 1.25]
    layer = made.RLIX(1, beta=0.5, gamma=0.5, rec_weight=2.0, **HARD)
    assert run(layer, 2.5, 0.0) == [1.25, 0.25] and layer.mem.item() == 0.625
    assert made.LIX.State._fields == ("mem", "count")


def test_an_update_instead_of_an_inherited_trace(bench: Bench) -> None:
    """States and reset are inherited."""
    made = bench.layers(family("    prefixes: [S]\n    update: [mem = mem + x * x]\n"))
    layer = made.LIX(1, **HARD)
    assert run(layer, 0.5, 1.5) == [0.0, 1.0] and layer.mem.item() == 1.5


def test_a_size_of_a_family(bench: Bench) -> None:
    own = """
    prefixes: [D, R]
    arguments: {most: {default: 2, doc: spikes at most}}
    fire: ["spikes = minimum(relu(quant_fn(mem / threshold)), most)"]
    functions: {quant_fn: {default: round_ste}}
"""
    made = bench.layers(family(own))
    assert run(made.LIX(1), 5.25) == [2.0] and run(made.LIX(1, 4), 5.25) == [4.0]
    assert run(made.DRLIX(1, most=3), 5.25, 0.0) == [3.0, 2.0]
    xs = 4 * torch.rand(20, 2, 3)
    loop, kernel = made.DRLIX(3, 3), made.DRLIX(3, 3)
    ys = tt.unroll(kernel, xs, strict=True)
    torch.testing.assert_close(ys, torch.stack([loop(x) for x in xs]))
    with pytest.raises(ValueError, match="most"):
        made.LIX(1, most=0)


def test_a_size_of_a_family_in_its_trace(bench: Bench) -> None:
    own = """
    prefixes: []
    arguments: {parts: {default: 2, doc: parts of the input}}
    trace: {state: mem, decay: beta, input: x / parts, doc: membrane}
"""
    made = bench.layers(family(own))
    assert run(made.LIX(1, **HARD), 1.5, 1.5) == [0.0, 1.0]
    assert run(made.LIX(1, 1, **HARD), 1.5, 1.5) == [1.0, 1.0]


OWN = """    parameters:
      beta: {constraint: free, default: -0.5}
      most: {constraint: threshold, default: 2.0, rank: 0, learn: false, doc: largest value}
"""


def test_parameters_of_one_layer(bench: Bench) -> None:
    """One is changed, with a domain that its default was not in, and one is new."""
    plain = layer(["mem = beta * mem + x"], "mem").replace("Mine", "Plain")
    own = layer(["mem = minimum(beta * mem + x, most)"], "mem").partition("layers:\n")[2]
    made = bench.layers(plain + own.replace("    states:", OWN + "    states:"))
    assert run(made.Plain(1), 1.0, 1.0) == pytest.approx([1.0, 1.9])
    assert run(made.Mine(1), 1.0, 4.0) == [1.0, 2.0]
    assert made.Mine(3).raw_beta.tolist() == [-0.5] * 3
    assert made.Mine(3).most.shape == () and not hasattr(made.Plain(3), "most")
    assert [name for name, _ in made.Mine(3).named_parameters()] == ["raw_beta"]


def test_parameters_of_one_family(bench: Bench) -> None:
    """Those that a trace reads are split like others, and inherited."""
    drive = "    trace: {state: mem, decay: beta, input: weight * x, doc: membrane}\n"
    weight = (
        "    parameters: {weight: {constraint: free, default: 0.5, doc: weight of the input}}\n"
    )
    second = "  LIY: {extends: LIX, name: mine, doc: Mine., parameters: {weight: {default: 2.0}}}\n"
    third = "  LIW: {extends: LIB, name: mine, doc: Mine., prefixes: []}\n"
    made = bench.layers(family(f"    prefixes: [D]\n{drive}{weight}") + second + third)
    assert run(made.LIX(1, beta=0.5, **HARD), 2.5, 2.5) == [1.0, 1.0]
    assert run(made.DLIX(1, pos_weight=1.0, **HARD), 2.5, -2.5) == [1.0, 0.0]
    assert run(made.LIY(1, beta=0.5, **HARD), 0.75) == [1.0]
    assert not hasattr(made.LIW(1), "weight")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            "{beta: {constraint: threshold, default: -1.0}}",
            "the default -1.0 is outside the domain",
        ),
        ("{bias: {constraint: decay}}", "= add default: it must be in (0, 1)"),
        ("{bias: {constraint: dekay}}", "unknown constraint dekay"),
        ("{bais: {constraint: free}}", "did you mean bias?"),
        ("{bais: {constraint: free}}", "One of its own needs constraint, default, doc"),
        ("{mem: {constraint: free, default: 1.0, doc: m}}", "mem would mean two things"),
        ("{more: {constraint: free, default: 1.0, doc: m}}", "nothing reads more"),
        ("{fire: {constraint: free, default: 1.0, doc: m}}", "nothing reads fire"),
    ],
)
@pytest.mark.parametrize("kind", ["layer", "family"])
def test_parameters_of_its_own_that_are_wrong(
    own: str, message: str, kind: str, bench: Bench
) -> None:
    section = f"    parameters: {own}\n"
    mem = "    trace: {state: mem, decay: beta, input: x + bias, doc: membrane}\n    prefixes: []\n"
    text = family(mem + section)
    if kind == "layer":
        text = layer(["mem = beta * mem + bias + x"], "mem")
        text = text.replace("    states:", f"{section}    states:")
    assert message in bench.refused(text)


@pytest.mark.parametrize(
    "section",
    [
        "    weights: {raw_beta: {shape: [num_neurons], initial: 1, doc: w}}\n",
        "    parameters: {raw_beta: {constraint: free, default: 1.0, doc: p}}\n",
        "    arguments: {num_neurons: {}, beta_rank: {default: 1, doc: r}, dim: {}}\n",
    ],
)
def test_names_that_a_parameter_brings(section: str, bench: Bench) -> None:
    name = "beta_rank" if "beta_rank" in section else "raw_beta"
    text = layer([f"mem = beta * mem + {name} * x"], "mem")
    errors = bench.refused(text.replace("    states:", f"{section}    states:"))
    assert f"{name} would mean two things" in errors


def test_a_family_without_a_reset(bench: Bench) -> None:
    made = bench.layers(family("    without: [reset]\n"))
    neuron = made.LIX(1, beta=0.5, **HARD)
    assert run(neuron, 2.0, 0.5, 0.0) == [1.0, 1.0, 0.0] and neuron.mem.item() == 0.75


@pytest.mark.parametrize("gradient", [True, False])
def test_a_reset_at_the_start_of_the_next_timestep(bench: Bench, gradient: bool) -> None:
    spikes = "prev_spikes" if gradient else "detach(prev_spikes)"
    made = bench.layers(family(f"    reset: {{by: {spikes} * threshold, at: start}}\n"))
    neuron = made.LIX(1, beta=0.5)
    x = torch.ones(1, requires_grad=True)
    first = neuron(x)
    assert neuron.mem.item() == 1.0
    neuron(torch.zeros(1))
    expected = 0.5 * (1.0 - first.item())
    assert neuron.mem.item() == pytest.approx(expected)
    neuron.mem.sum().backward()
    through_the_reset = 4 * first.item() * (1 - first.item())
    assert x.grad.item() == pytest.approx(0.5 * (1 - gradient * through_the_reset))


def test_a_text_for_a_state_a_size_and_the_package(bench: Bench) -> None:
    text = layer(["mem = mem + x"], "mem", states="mem: the membrane")
    text = text.replace("{doc: Layers of mine}", "Layers of mine")
    made = bench.layers(text)
    assert run(made.Mine(1), 1.0, 1.0) == [1.0, 2.0]
    assert "The membrane." in made.Mine.__doc__ and "Layers of mine" in made.__doc__
    errors = bench.run("list", text.replace("mem: the membrane", "{mem: one, two}"))[2]
    assert "this must be a text" in errors and "a comma ends a text" in errors


def test_old_and_new_values_side_by_side(bench: Bench) -> None:
    made = bench.layers(layer(["mem = 0.5 * mem + x", "rise = mem - prev_mem"], "rise"))
    assert run(made.Mine(1), 1.0, 0.0, 0.0) == [1.0, -0.5, -0.25]
    assert list(made.Mine.State._fields) == ["mem"]


def test_what_is_no_state_is_kept_when_its_last_value_is_read(bench: Bench) -> None:
    made = bench.layers(layer(["mem = mem + x - prev_twice", "twice = 2 * mem"], "twice + prev_x"))
    neuron = made.Mine(1)
    assert run(neuron, 1.0, 5.0) == [2.0, 9.0]
    assert set(neuron._state_sizes) == {"mem", "prev_twice", "prev_x"}


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (">", [0.0, 0.0, 1.0]),
        (">=", [0.0, 1.0, 1.0]),
        ("<", [1.0, 0.0, 0.0]),
        ("<=", [1.0, 1.0, 0.0]),
    ],
)
def test_firing_at_every_comparison(bench: Bench, comparison: str, expected: list[float]) -> None:
    made = bench.layers(
        layer(
            [
                "mem = 0 * mem + x",
                f"spikes = straight_through(mask(mem {comparison} threshold), spike_fn(mem))",
            ],
            "spikes",
        )
    )
    assert run(made.Mine(1), 0.5, 1.0, 1.5) == expected


def test_firing_in_several_levels(bench: Bench) -> None:
    made = bench.layers(
        layer(
            ["mem = 0 * mem + x", "spikes = straight_through(minimum(floor(relu(mem)), 3), mem)"],
            "spikes",
        )
    )
    assert run(made.Mine(1), -1.0, 0.5, 2.5, 9.0) == [0.0, 0.0, 2.0, 3.0]


def test_states_that_start_from_parameters(bench: Bench) -> None:
    head = "parameters:\n  rest: {constraint: free, default: -2.0, doc: rest}\n"
    text = layer(["mem = mem + x"], "mem", "mem: {initial: 2 * rest, doc: membrane}", head)
    made = bench.layers(text)
    neuron = made.Mine(2, rest=torch.tensor([1.0, 2.0]), dim=0)
    assert "mem: Membrane, at first `2 * rest`." in made.Mine.__doc__
    y = neuron(torch.zeros(2, 3))
    assert y.tolist() == [[2.0] * 3, [4.0] * 3]
    y.sum().backward()
    assert neuron.raw_rest.grad.tolist() == [6.0, 6.0]
    neuron.zero_states()
    assert neuron.double()(torch.zeros(2, 3).double()).dtype == torch.float64


def test_a_state_may_be_one_value_for_all_features(bench: Bench) -> None:
    update = ["mem = unsqueeze(sum(x + mem, -1), -1)"]
    neuron = bench.layers(layer(update, "mem + 0 * x")).Mine(3)
    for expected in (3.0, 12.0):
        assert neuron(torch.ones(2, 3)).tolist() == [[expected] * 3] * 2
    assert neuron.mem.shape == (2, 3)


def test_the_previous_value_of_a_parameter_is_a_state_like_any_other(bench: Bench) -> None:
    update = ["mem = mem + x - prev_threshold", "spikes = spike_fn(mem - threshold)"]
    neuron = bench.layers(layer(update, "spikes")).Mine(3, threshold_rank=0)
    for _ in range(3):
        neuron(torch.ones(2, 3))
    assert neuron.prev_threshold.shape == (2, 3)
    torch.testing.assert_close(neuron.mem, torch.full((2, 3), 1.0))


def test_a_drive_receives_what_an_earlier_prefix_replaces_the_input_by(bench: Bench) -> None:
    made = bench.layers(
        f"{PACKAGE}prefixes:\n  Q: {{name: q, doc: Q., families: [LI], drive: 2 * x}}\n"
    )
    assert run(made.SQLI(1, alpha=0.75, beta=0.5), 1.0) == pytest.approx([0.75])


def test_any_module_may_be_applied(bench: Bench) -> None:
    head = "functions:\n  hear: {default: identity, doc: what it hears of its last output}\n"
    made = bench.layers(layer(["mem = x + hear(prev_output)"], "mem", "mem: {doc: mem}", head))
    doubling = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(doubling.weight, 2.0)
    neuron = made.Mine(1, hear=doubling)
    assert run(neuron, 1.0, 1.0, 1.0) == [1.0, 3.0, 7.0]
    assert [name for name, _ in neuron.named_parameters()] == ["hear.weight"]


def test_a_constraint_in_the_language(bench: Bench) -> None:
    head = (
        "constraints:\n"
        '  time: {activation: 1 + exp(raw), inverse: log(value - 1), domain: "(1, inf)"}\n'
        "parameters:\n  tau: {constraint: time, default: 2.0, doc: time constant}\n"
    )
    made = bench.layers(layer(["mem = mem + (x - mem) / tau"], "mem", head=head))
    assert run(made.Mine(1, tau=4.0), 1.0, 1.0) == [0.25, 0.4375]
    assert made.Mine(1).raw_tau.item() == pytest.approx(0.0)
    with pytest.raises(ValueError, match="tau must be above 1 once stored"):
        made.Mine(1, tau=1.0)


def test_defaults_of_rank_and_learning(bench: Bench) -> None:
    head = (
        "parameters:\n  k: {constraint: free, default: 3.0, rank: 0, learn: false, doc: k}\n"
        "  w: {constraint: free, default: 1.0, doc: w}\n"
    )
    alone = bench.layers(layer(["mem = mem + k * x"], "mem", head=head.partition("  w:")[0]))
    doc = " ".join(alone.Mine.__doc__.split())
    assert "a value each. Default 0." in doc and "change the parameter. Default False." in doc
    assert "`layer.raw_k`, which is stored." in doc
    made = bench.layers(layer(["mem = mem + k * w * x"], "mem", head=head))
    neuron = made.Mine(2)
    assert neuron.k.shape == () and list(neuron.parameters()) == [neuron.raw_w]
    assert made.Mine(2, k_rank=1, learn_k=True).raw_k.shape == (2,)
    doc = " ".join(made.Mine.__doc__.split())
    assert "Default 1, but 0 of `k_rank`" in doc and "Default True, but False of `learn_k`" in doc
    assert "`layer.raw_w`, which is stored and trained." in doc


OBSERVED = """
package: {doc: States that only the user reads}
parameters:
  rho: {constraint: decay, default: 0.5, doc: decay of the trace}
prefixes:
  E:
    name: eligible
    doc: Choose it for a trace of the input.
    families: [TRACED]
    trace: {state: eligibility, decay: rho, input: x, split: false, observed: true, doc: trace}
families:
  TRACED:
    extends: LIB
    name: traced
    doc: Choose it to see what fired.
    states: {fired: {doc: sum of the spikes, observed: true}}
    fire:
      - spikes = quant_fn(spike_fn(mem - threshold + bias))
      - fired = fired + spikes
layers:
  Mapped:
    name: mapped
    doc: Choose it to see a trace of what is mapped.
    modules: {lin: {linear: [num_neurons, num_neurons]}}
    states:
      a: {doc: state}
      trace: {doc: trace, observed: true}
    update:
      - a = tanh(lin(a) + x)
      - trace = 0.5 * trace + a * x
    output: a
"""


@pytest.mark.parametrize("name", ["TRACED", "DETRACED", "SRETRACED", "Mapped"])
def test_states_that_only_the_user_reads(name: str, bench: Bench) -> None:
    """Recorded, and with gradients, in the loop and in kernels."""
    layers, xs = bench.layers(OBSERVED), torch.rand(6, 2, 3, dtype=torch.float64)
    torch.manual_seed(0)
    layer = getattr(layers, name)(3).double()
    states = [s for s in ("fired", "eligibility", "trace") if s in layer.State._fields]

    def results(*, strict: bool) -> list[Tensor]:
        tt.zero_states(layer)
        with tt.record(layer, *states) as seen:
            ys = tt.unroll(layer, xs, strict=True) if strict else torch.stack([*map(layer, xs)])
        last = sum(getattr(layer, state).square().sum() for state in states)
        gradients = torch.autograd.grad(
            last, [*layer.parameters()], allow_unused=True, materialize_grads=True
        )
        assert any(gradient.any() for gradient in gradients)
        return [ys.detach(), *(seen[state] for state in states), *gradients]

    for expected, actual in zip(results(strict=False), results(strict=True), strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "name, before",
    [("eligibility", "split: false"), ("fired", "doc: sum of the spikes"), ("trace", "doc: trace")],
)
def test_other_states_are_read_by_statements(name: str, before: str, bench: Bench) -> None:
    assert OBSERVED.count(f"{before}, observed: true") == 1
    message = bench.refused(OBSERVED.replace(f"{before}, observed: true", before))
    assert f"nothing reads {name}" in message and "write observed: true" in message


def test_a_prefix_combines_by_itself(bench: Bench) -> None:
    text = (
        f"{PACKAGE}parameters:\n  rho: {{constraint: decay, default: 0.5, doc: rho}}\n"
        "prefixes:\n  Q:\n    name: quiet\n    doc: Quiet.\n    families: [LI, LIB]\n"
        "    trace: {state: tired, decay: rho, input: prev_output, doc: tiredness}\n"
        "    drive: -1.0 * tired\n"
    )
    status, listed, _ = bench.run("list", text)
    names = [line.split()[0].partition(".")[2] for line in listed.splitlines()]
    assert status == 0 and names == [
        "QLI", "SQLI", "DQLI", "DSQLI",
        "QLIB", "RQLIB", "SQLIB", "SRQLIB", "DQLIB", "DRQLIB", "DSQLIB", "DSRQLIB",
    ]  # fmt: skip
    made = bench.layers(text)
    assert run(made.QLI(1, beta=0.5), 1.0, 1.0) == [1.0, 0.5]
    assert made.DQLI(1).pos_rho.shape == (1,)


def explained(bench: Bench, text: str, name: str) -> list[list[str]]:
    """The statements of a timestep, each after what it comes from."""
    status, printed, errors = bench.run("explain", text, name)
    assert status == 0, errors
    lines = printed.partition("One timestep\n")[2].partition("\n\n")[0].splitlines()
    return [re.split("  +", line.strip(), maxsplit=1) for line in lines]


def test_fire_reads_what_replaces_the_input(bench: Bench) -> None:
    text = family("    fire:\n      - spikes = spike_fn(mem - x)\n")
    assert ["LIX", "spikes = spike_fn(mem - syn)"] in explained(bench, text, "SLIX")


def test_statements_name_their_origins(bench: Bench) -> None:
    """Also those that keep a previous value: of two that read it, they come from the first."""
    assert explained(bench, UPDATES, "PQLIB") == [
        ["P", "late = prev_x + prev_output"],
        ["Q", "last = 2 * prev_output"],
        ["P Q LIB", "mem = beta * mem + x + late + last"],
        ["LIB", "spikes = quant_fn(spike_fn(mem - threshold + bias))"],
        ["LIB", "mem = mem - spikes * threshold"],
        ["P", "prev_output = spikes"],
        ["P", "prev_x = x"],
        ["return spikes"],
    ]


def test_the_output_reads_a_split_membrane_after_its_reset(bench: Bench) -> None:
    made = bench.layers(family("    output: mem + 0 * spikes\n    prefixes: [D]\n"))
    neuron = made.DLIX(1, **HARD)
    assert run(neuron, 3.0) == [2.0]
    assert neuron.pos_mem.item() + neuron.neg_mem.item() == 2.0


def test_a_parameter_of_a_whole_trace_beside_one_called_like_a_branch_of_it(bench: Bench) -> None:
    text = f"""{PACKAGE}parameters:
  rho: {{constraint: decay, default: 0.5, doc: rho}}
  w: {{constraint: free, default: 2.0, doc: weight}}
  pos_w: {{constraint: free, default: 10.0, doc: another weight}}
prefixes:
  Q:
    name: q
    doc: Q.
    families: [LI]
    trace: {{state: slow, decay: rho, input: w * x, split: false, doc: slow trace}}
    replaces: {{x: slow * pos_w}}
"""
    made = bench.layers(text)
    assert run(made.QLI(1, beta=0.5), 1.0, 0.0) == [20.0, 20.0]
    assert run(made.DQLI(1, pos_beta=0.5, neg_beta=0.5), 1.0, 0.0) == [20.0, 20.0]
    split = text.replace("split: false, ", "")
    assert "splitting w makes a second pos_w" in bench.run("list", split)[2]


def test_a_family_and_a_layer_change_the_defaults_of_what_they_take_over(bench: Bench) -> None:
    made = bench.layers(f"""{PACKAGE}spikes:
  steep: {{doc: A steep step., value: 0.5 + 0.5 * tanh(9 * x)}}
families:
  LIBX:
    extends: LIB
    name: x
    doc: X.
    prefixes: [D, R]
    parameters:
      threshold: {{default: 0.25, learn: false}}
      beta: {{rank: 0}}
    functions: {{quant_fn: {{default: round_ste}}}}
  LIBY:
    extends: LIBX
    name: y
    doc: Y.
    parameters: {{beta: {{default: 0.125}}}}
layers:
  Own:
    name: own
    doc: Own.
    states: {{mem: {{doc: mem}}}}
    parameters: {{beta: {{default: 0.75, learn: false}}}}
    functions: {{spike_fn: {{default: steep}}}}
    update: ["mem = beta * mem + x", spikes = quant_fn(spike_fn(mem - threshold))]
    output: spikes
""")
    plain = made.LIBX(1)
    assert run(plain, 0.5, 0.0) == [1.0, 0.0] and run(made.Own(1), 1.0) == [0.5]
    dual = made.DRLIBY(3)
    assert dual.pos_beta.tolist() == pytest.approx(0.125) and dual.pos_gamma.shape == (3,)
    assert dual.threshold.tolist() == pytest.approx([0.25] * 3)
    assert {*dict(plain.named_parameters())} == {"raw_beta", "raw_bias"}
    assert made.Own(2).spike_fn is made.spikes.steep
    assert made.Own(2).beta.tolist() == pytest.approx([0.75] * 2)
    assert made.Own(2).threshold.tolist() == pytest.approx([1.0] * 2)
    assert isinstance(made.LIBY(1).quant_fn, type(tt.functional.round_ste()))


def test_what_an_optional_part_may_read_and_a_default_may_be(bench: Bench) -> None:
    made = bench.layers(f"""{PACKAGE}layers:
  Mine:
    name: mine
    doc: Mine.
    arguments: {{num_neurons: {{}}, reach: {{default: 2, least: 2, doc: reach}}, dim: {{}}}}
    features: [num_neurons, num_neurons]
    weights: {{gain: {{shape: [num_neurons], initial: 3, doc: gain}}}}
    states:
      mem: {{doc: membrane}}
      past: {{shape: [num_neurons, reach], only_if: reach > 1, doc: past}}
    update:
      - mem = mem + x
      - with: past
        do:
          - past = push(past, x)
          - mem = mem + gain * sum(past, -1)
    output: mem
""")
    assert run(made.Mine(1), 1.0, 1.0) == [4.0, 11.0]


def test_optional_states_come_last(bench: Bench) -> None:
    made = bench.layers(f"""{PACKAGE}layers:
  Mine:
    name: mine
    doc: Mine.
    arguments: {{num_neurons: {{}}, reach: {{default: 2, doc: reach}}, dim: {{}}}}
    states:
      past: {{only_if: reach > 1, doc: past}}
      mem: {{doc: membrane}}
    update:
      - mem = mem + x
      - with: past
        do:
          - past = past + mem
          - mem = mem + past
    output: mem
""")
    assert made.Mine.State._fields == ("mem", "past")
    assert run(made.Mine(1), 1.0, 1.0) == [2.0, 7.0]
    assert run(made.Mine(1, reach=1), 1.0, 1.0) == [1.0, 2.0]


def test_last_values_are_in_order(bench: Bench) -> None:
    """However many one expression reads."""
    values = "".join(f"      - {name} = x + {place}\n" for place, name in enumerate("ecfadb"))
    made = bench.layers(f"""{PACKAGE}layers:
  Mine:
    name: mine
    doc: Mine.
    arguments: {{num_neurons: {{}}, dim: {{}}}}
    states: {{mem: {{doc: membrane}}}}
    update:
{values}      - mem = mem + prev_e * prev_c * prev_f * prev_a * prev_d * prev_b
    output: mem + a * b * c * d * e * f
""")
    assert made.Mine.State._fields == ("mem", *(f"prev_{name}" for name in "abcdef"))


SIZED = PACKAGE + """layers:
  Mine:
    name: mine
    doc: Mine.
    arguments: {num_neurons: {}, d_x: {default: 4, doc: levels}, dim: {}}
    features: [num_neurons, num_neurons]
    states: {mem: {doc: membrane}}
    update:
      - mem = beta * mem + x / num_neurons
      - level = minimum(maximum(mem, 0), d_x) * (d_x - 1)
    output: level + spike_fn(mem - threshold) / d_x
"""


def test_sizes_are_numbers_of_an_elementwise_kernel(bench: Bench) -> None:
    """One source serves all sizes; the name of a size may be one that kernels use otherwise."""
    cls, sources = bench.layers(SIZED).Mine, set[str]()
    for size in (2, 7):
        layer = cls(5, size).double()
        xs = torch.randn(20, 3, 5, dtype=torch.float64, requires_grad=True)
        found = []
        for way in (
            lambda: torch.stack([layer(x) for x in xs]),
            lambda: tt.unroll(layer, xs, strict=True),
        ):
            layer.zero_states()
            ys = way()
            found.append([ys, *torch.autograd.grad(ys.square().sum(), [xs, *layer.parameters()])])
        torch.testing.assert_close(found[1], found[0])
        kernel = choice.kernel_of(layer)
        assert kernel and not choice.is_recurrence(kernel)
        sources.add(kernel)
        layer.TTcompile()
        layer.zero_states()
        with torch.no_grad():
            torch.testing.assert_close(torch.stack([layer(x) for x in xs]), found[0][0])
        assert layer._memory.enter_scope().packed is not None
    assert len(sources) == 1


FIXED = PACKAGE + """layers:
  Mine:
    name: mine
    doc: Mine.
    weights:
      taps: {shape: [num_neurons], initial: 0.5, doc: taps, learn: false}
      W: {shape: [num_neurons, num_neurons], initial: normal(1), doc: map, learn: false}
    states: {mem: {doc: membrane}}
    update: [mem = sigmoid(taps) * mem + mem @ W + x]
    output: mem
"""


def test_a_fixed_weight(bench: Bench) -> None:
    layer = bench.layers(FIXED).Mine(3)
    assert {*layer.state_dict()} == {*dict(layer.named_buffers())} == {"taps", "W"}
    assert not [*layer.parameters()] and layer.double().W.dtype == torch.float64
    assert "W: Map, `[num_neurons, num_neurons]`, fixed at `normal(1)`." in layer.__doc__
    xs = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(torch.stack([layer(x) for x in xs]).square().sum(), xs)
    layer.zero_states()
    (actual,) = torch.autograd.grad(tt.unroll(layer, xs, strict=True).square().sum(), xs)
    torch.testing.assert_close(actual, expected)


def test_a_fixed_weight_of_another_dtype_has_no_kernel(bench: Bench) -> None:
    layer, xs = bench.layers(FIXED).Mine(3).double(), torch.randn(5, 2, 3).double()
    layer.taps = layer.taps.float()
    expected = torch.stack([layer(x) for x in xs])
    layer.zero_states()
    with pytest.warns(UserWarning, match="its weights are not all of torch.float64"):
        torch.testing.assert_close(tt.unroll(layer, xs), expected)


def test_nothing_sets_a_fixed_weight(bench: Bench) -> None:
    text = FIXED.replace("[mem = sigmoid", "[taps = x, mem = sigmoid")
    assert "taps cannot be set: it is a fixed weight" in bench.refused(text)


PRODUCTS = PACKAGE + """layers:
  Dendrites:
    name: branches of each neuron, given one after the other
    doc: Mine.
    arguments: {out_features: {doc: neurons}, branches: {default: 2, doc: branches}, dim: {}}
    features: [branches * out_features, out_features]
    weights: {gain: {shape: [branches * out_features], initial: 0.5, doc: gain}}
    states: {currents: {shape: [branches * out_features], doc: currents}, mem: {shape: [out_features], doc: mem}}
    update:
      - currents = sigmoid(gain) * currents + x
      - first, rest = split(currents, out_features, (branches - 1) * out_features)
      - mem = beta * mem + first + unsqueeze(sum(rest, -1), -1)
    output: mem
  Spread:
    name: several neurons for each input
    doc: Mine.
    arguments: {in_features: {}, copies: {doc: neurons of each input}, dim: {}}
    features: [in_features, copies * in_features]
    modules: {into: {linear: [in_features, copies * in_features]}}
    states: {mem: {shape: [copies * in_features], doc: mem}}
    update: [mem = beta * mem + into(x), spikes = spike_fn(mem - threshold)]
    output: spikes + prev_output
"""


def test_sizes_of_features_that_are_products(bench: Bench) -> None:
    made = bench.layers(PRODUCTS)
    for layer, inputs, outputs in ((made.Dendrites(3), 6, 3), (made.Spread(3, 2), 3, 6)):
        assert (layer.in_features, layer.num_neurons) == (inputs, outputs)
        assert layer.beta.shape == (outputs,)
        xs = torch.randn(5, 2, inputs)
        ys = torch.stack([layer(x) for x in xs])
        layer.zero_states()
        assert ys.shape == (5, 2, outputs)
        torch.testing.assert_close(tt.unroll(layer, xs, strict=True), ys)
    assert made.Dendrites(3, 4).in_features == 12 and "branches=4" in repr(made.Dendrites(3, 4))
    for cls in (made.Dendrites, made.Spread):
        assert not doctest.testmod(sys.modules[cls.__module__]).failed
    with pytest.raises(ValueError, match=r"copies \* in_features must be at least 1, got 0"):
        made.Spread(3, 0)
    with pytest.raises(ValueError, match=r"branches \* out_features must be at least 1, got -3"):
        made.Dendrites(3, -1)


KINDS = """
package: {doc: Layers of every kind, reference: mine_reference.py}
parameters:
  fixed: {constraint: decay, default: 0.5, learn: false, doc: a decay that is not trained}
layers:
  Plain:
    name: layer without parameters
    doc: Plain.
    states: {mem: {doc: membrane}}
    update: [mem = 0.5 * mem + x]
    output: mem
  Frozen:
    name: layer whose parameters are not trained
    doc: Frozen.
    states: {mem: {doc: membrane}}
    update: [mem = fixed * mem + x]
    output: mem
  Step:
    name: layer without parameters and gradient
    doc: Step.
    states: {mem: {doc: membrane}}
    update: [mem = 0.5 * mem + x]
    output: mask(mem > 0.1)
  Threshold:
    name: layer with parameters through which no gradient flows
    doc: Threshold.
    states: {mem: {doc: membrane}}
    update: [mem = beta * mem + x]
    output: mask(mem > threshold) - mask(mem < -threshold)
  Detached:
    name: layer whose output is detached
    doc: Detached.
    states: {mem: {doc: membrane}}
    update: [mem = beta * mem + detach(x)]
    output: detach(mem)
  Timer:
    name: layer in which the input has no gradient
    doc: Timer.
    states: {mem: {doc: membrane}}
    update: [mem = beta * mem + mask(x > 0)]
    output: mem
  Slopes:
    name: layer with a gradient on either side of 0
    doc: Slopes.
    states: {mem: {doc: membrane}}
    update: ["mem = beta * mem + where(x > 0, x, beta * x)"]
    output: mem
  Raw:
    name: layer whose weights are named like what is stored
    doc: Raw.
    modules: {draw_map: {linear: [num_neurons, num_neurons]}}
    weights:
      raw_gain: {shape: [num_neurons], initial: 2, doc: gain}
    states: {mem: {doc: membrane}}
    update: [mem = beta * mem + raw_gain * draw_map(x)]
    output: mem
  Sized:
    name: layer with a size that must be given
    doc: Sized.
    arguments: {d_state: {doc: modes}, outputs: {doc: outputs}, inputs: {doc: inputs}, dim: {}}
    features: [inputs, outputs]
    modules: {into: {linear: [inputs, d_state]}, out: {linear: [d_state, outputs]}}
    states: {modes: {shape: [d_state], doc: modes}}
    update: [modes = 0.5 * modes + into(x)]
    output: out(modes)
  Halves:
    name: layer that divides its input
    doc: Halves.
    states: {mem: {doc: membrane}}
    update: ["left, right = chunk(x, 2)", "mem = 0.5 * mem + cat(right, left)"]
    output: mem
  Delay:
    name: layer that keeps one of its parts
    doc: Delay.
    arguments: {num_neurons: {}, delay: {default: 3, least: 2, doc: delay}, dim: {}}
    features: [num_neurons, num_neurons]
    states: {past: {shape: [num_neurons, delay], doc: inputs}}
    update: ["past = push(past, x)", "first, _ = split(past, 1, delay - 1)"]
    output: sum(first, -1)
families:
  LIX:
    extends: LIB
    name: family that fires without a gradient
    doc: LIX.
    prefixes: [S]
    fire: [spikes = mask(mem > threshold)]
"""

REFERENCE = """
def Raw(x, s, p):
    heard = x @ p["draw_map.weight"].T + p["draw_map.bias"]
    mem = p["beta"] * s["mem"] + p["raw_gain"] * heard
    return mem, {"mem": mem}
"""


def test_the_generated_tests_run_for_layers_of_every_kind(bench: Bench) -> None:
    (bench.folder / "mine_reference.py").write_text(REFERENCE)
    bench.layers(KINDS)
    command = [sys.executable, "-m", "pytest", "-v", "-k", "not torch_compile", "neurons"]
    tests = subprocess.run(command, capture_output=True, text=True)
    assert tests.returncode == 0, tests.stdout[-3000:]
    passed = re.findall(r"::(\S+) PASSED", tests.stdout)
    assert "test_agrees_with_its_reference[Raw]" in passed
    assert {"test_gradients[Plain]", "test_gradients[Slopes]"} <= {*passed}
    assert "test_gradients[Threshold]" not in passed


def test_the_example_of_a_docstring_gives_all_sizes(bench: Bench) -> None:
    made = bench.layers(KINDS.replace(", reference: mine_reference.py", ""))
    assert "layer = Sized(d_state=4, outputs=16, inputs=8)" in made.Sized.__doc__
    assert doctest.testmod(sys.modules[made.Sized.__module__]).failed == 0


# What it takes over from the zoo


def outputs(layer: tt.Layer) -> Tensor:
    torch.manual_seed(0)
    return tt.unroll(layer, 2 * torch.rand(30, 2, layer.num_neurons))


@pytest.mark.parametrize("name", ["LIBZ", "LIBV", "LIBLZ", "LIBK"])
def test_a_family_of_the_zoo(name: str, bench: Bench) -> None:
    made = bench.layers(family("    prefixes: [S, R]\n", extends=name))
    assert made.__all__ == ["LIX", "RLIX", "SLIX", "SRLIX"]
    for own, theirs in ((made.LIX, name), (made.SLIX, f"S{name}"), (made.RLIX, f"R{name}")):
        expected = getattr(tt.zoo, theirs, None)
        if expected:
            assert own(3).state_dict().keys() == expected(3).state_dict().keys()
            torch.testing.assert_close(outputs(own(3, **HARD)), outputs(expected(3, **HARD)))


def test_prefixes_of_the_zoo_apply_where_they_are_named_only(bench: Bench) -> None:
    second = "  LIY: {extends: LIB, name: mine, doc: Mine., prefixes: [S]}\n"
    made = bench.layers(family("    prefixes: [A, S, M]\n") + second)
    own = ["LIX", "MLIX", "ALIX", "AMLIX", "SLIX", "SMLIX", "SALIX", "SAMLIX"]
    assert sorted(made.__all__) == sorted([*own, "LIY", "SLIY"])
    for letters in ("A", "SA"):
        ours, theirs = getattr(made, f"{letters}LIX"), getattr(tt.zoo, f"{letters}LIB")
        torch.testing.assert_close(outputs(ours(3, **HARD)), outputs(theirs(3, **HARD)))


def test_a_prefix_of_ones_own_on_a_family_of_the_zoo(bench: Bench) -> None:
    text = "prefixes: {Q: {name: q, doc: Q., families: [LIBZ], drive: 0.5 * prev_output}}\n"
    made = bench.layers(PACKAGE + text)
    assert "QLIBZ" in made.__all__ and "LIBZ" not in made.__all__
    assert run(made.QLIBZ(1, beta=0.5, **HARD), 2.0, 0.75, 0.75) == [1.0, 1.0, 1.0]


def test_a_letter_of_ones_own_is_not_that_of_the_zoo(bench: Bench) -> None:
    text = "prefixes: {A: {name: a, doc: A., families: [LI], drive: alpha * x}}\n"
    made = bench.layers(PACKAGE + text)
    assert run(made.ALI(1, alpha=0.5), 1.0) == [1.5]


def test_two_letters_that_replace_the_input(bench: Bench) -> None:
    """The second reads the state of the first, and leaves it as it is."""
    made = bench.layers(family("    prefixes: [S, E]\n", extends="LI"))
    layer = made.SELIX(1, alpha=0.5, beta=0.5, rise=0.25, fall=0.75)
    assert run(layer, 4.0, 0.0) == [0.0, 1.0]
    assert (layer.syn.item(), layer.rising.item(), layer.falling.item()) == (1.0, 1.5, 2.5)


def test_parts_of_the_zoo_with_parameters_of_one_name(bench: Bench) -> None:
    errors = bench.refused(family("    prefixes: [E]\n", extends="LIBKR"))
    assert "mine.yaml:7:16: error: E has another rise than what is taken over before" in errors


def test_a_parameter_named_like_one_of_the_zoo(bench: Bench) -> None:
    rest = "parameters: {rest: {constraint: free, default: 1.0, doc: mine}}\n"
    errors = bench.refused(family("", rest, extends="LIBV"))
    assert "rest would mean two things" in errors and "in the zoo spec, as a parameter" in errors


def test_names_that_not_even_the_zoo_has(bench: Bench) -> None:
    errors = bench.refused(family("    prefixes: [S, J]\n", extends="LIBO"))
    assert "unknown family LIBO" in errors and "LIBZ" in errors
    assert bench.refused(family("    prefixes: [S, J]\n")).count("A, M, C, E") == 1


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("[a.py]", "this must be a text"),
        ("../a.py", "../a.py is not the name of a Python file"),
        ("a.txt", "a.txt is not the name of a Python file"),
        ("a.py", "there is no file a.py beside the spec"),
    ],
)
def test_a_reference_is_a_file_beside_the_spec(reference: str, message: str, bench: Bench) -> None:
    text = layer(["mem = mem + x"], "mem")
    errors = bench.refused(text.replace("package: {", f"package: {{reference: {reference}, "))
    assert message in errors and errors.count("error:") == 1


@pytest.mark.parametrize("name", ["prev_x", "prev_beta", "prev_mem", "prev_output"])
def test_a_previous_value_has_the_features_of_all_others(name: str, bench: Bench) -> None:
    errors = bench.refused(family(f"    fire:\n      - spikes = spike_fn({name} @ x)\n"))
    assert f"{name} @ x" in errors and "Traceback" not in errors


def test_list_and_explain_of_an_extended_zoo(bench: Bench) -> None:
    text = family("    prefixes: [S]\n", extends="LIBV")
    status, printed, _ = bench.run("list", text)
    assert status == 0 and [line.split()[0] for line in printed.splitlines()] == [
        "mine.LIX",
        "mine.SLIX",
    ]
    status, printed, _ = bench.run("explain", text, "LIX")
    assert status == 0 and re.search(r"LIX +mem = mem - spikes \* \(mem - rest\)", printed)


# What is refused


def test_mistakes_name_the_users_file(bench: Bench) -> None:
    errors = bench.refused(family("    reset: spikes * treshold\n"))
    assert errors == (
        "mine.yaml:7:21: error: unknown name treshold\n"
        "    7 |     reset: spikes * treshold\n"
        "      |                     ^\n"
        f"{errors.splitlines()[3]}\n\n"
    )
    assert "did you mean threshold?" in errors


REFUSED = {
    "what the spec has already": (
        f"{PACKAGE}parameters:\n  beta: {{constraint: decay, default: 0.5, doc: b}}\n"
        "layers: {}\n",
        "it is declared in the snn spec, as a parameter; choose another name",
    ),
    "a letter of the spec": (
        f"{PACKAGE}prefixes:\n  S: {{name: s, doc: S., drive: x}}\n",
        "there is a prefix S already",
    ),
    "a name that two prefixes set": (
        UPDATES.replace("last", "late"),
        "in PQLIB, late would mean two things",
    ),
    "a second split": (
        f"{PACKAGE}prefixes:\n  Q:\n    name: q\n    doc: Q.\n    split:\n"
        "      up: {function: positive, reset_share: 1.0}\n",
        "a second prefix splits the traces",
    ),
    "a name of the previous value": (
        layer(["prev_mem = x", "mem = mem + x"], "mem"),
        "prev_mem cannot be set",
    ),
    "a comparison as a value": (
        layer(["mem = mem + (x > 0)"], "mem"),
        "a comparison is not a value",
    ),
    "where of two numbers": (
        layer(["mem = mem + where(x > 0, 1, 0)"], "mem"),
        "write mask(x > 0) * 1",
    ),
    "a parameter read past its split": (
        f"{PACKAGE}prefixes:\n  Q:\n    name: q\n    doc: Q.\n    families: [LIB]\n"
        "    drive: bias * x\n",
        "in DQLIB, bias is read, but never set",
    ),
    "a branch with the name of another parameter": (
        f"{PACKAGE}prefixes:\n  Q:\n    name: q\n    doc: Q.\n    families: [LIB]\n"
        "    drive: threshold * x\n",
        "splitting threshold makes a second pos_threshold",
    ),
    "a family with the name of a layer": (
        family("    prefixes: [S, R]\n", name="SLIB"),
        "mine.yaml:3:3: error: SLIB would mean two things\n    3 |   SLIB:\n      |   ^\n"
        "      = it is declared in the snn spec, as a layer; choose another name",
    ),
    "a combination with the name of a layer": (
        f"{PACKAGE}prefixes:\n  L: {{name: l, doc: L., drive: x}}\n"
        "families:\n  IB: {extends: LIB, name: mine, doc: Mine., prefixes: [L]}\n",
        "mine.yaml:5:3: error: LIB would mean two things",
    ),
    "a layer with the name of a layer": (
        layer(["mem = mem + x"], "mem").replace("Mine:", "SLIB:"),
        "mine.yaml:3:3: error: SLIB would mean two things",
    ),
    "a split parameter read by what fires": (
        family("    fire:\n      - spikes = spike_fn(mem - beta)\n"),
        "D splits beta into pos_beta and neg_beta, so only a trace can read it",
    ),
    "a split parameter read by what is taken over": (
        family(
            "    trace: {state: mem, decay: beta, input: x - threshold, doc: membrane}\n"
            "    without: [reset]\n"
        ),
        "leave D out: prefixes: [S, R]",
    ),
    "an unknown family": (
        f"{PACKAGE}prefixes:\n  Q: {{name: q, doc: Q., families: [LIQ], drive: x}}\n",
        "unknown family LIQ",
    ),
    "a file elsewhere": (
        "package: {doc: Mine, reference: ../secret.py}\nlayers: {}\n",
        "../secret.py is not the name of a Python file",
    ),
    "a file that is not there": (
        "package: {doc: Mine, reference: nowhere.py}\nlayers: {}\n",
        "there is no file nowhere.py beside the spec",
    ),
    "nothing new": (PACKAGE, "the file declares no layers"),
    "two families in one file": (
        family("", name="IF") + "  If_: {extends: LIB, name: mine, doc: Mine.}\n",
        "family If_ and family IF would share the file if_.py",
    ),
    "a family and a layer of one name": (
        layer(["mem = mem + x"], "mem", head=family("", name="Mine").removeprefix(PACKAGE)),
        "family Mine and layer Mine would share the file mine.py",
    ),
    "a prefix that makes a layer of its own again": (
        layer(
            ["mem = mem + x"],
            "mem",
            head="prefixes:\n  Q: {name: q, doc: Q., families: [LIB], drive: x}\n",
        ).replace("Mine:", "QLIB:"),
        "family LIB and layer QLIB would share the file qlib.py",
    ),
    "the file of the tests": (
        family("", name="Test_mine"),
        "family Test_mine and the tests would share the file test_mine.py",
    ),
    "more layers than anyone reads": (
        PACKAGE
        + "prefixes:\n"
        + "".join(
            f"  {letter}: {{name: q, doc: Q., families: [LIB], drive: x}}\n" for letter in "ABCEFG"
        ),
        "LIB takes 9 prefixes, which make too many layers",
    ),
}


@pytest.mark.parametrize("name", ["LIB", "SLIB"])
def test_a_name_that_is_taken_is_reported_once(name: str, bench: Bench) -> None:
    assert bench.refused(family("", name=name)).count("error:") == 1


def test_a_layer_without_the_prefix_that_would_split_its_parameter(bench: Bench) -> None:
    body = "    prefixes: [S, R]\n    fire:\n      - spikes = spike_fn(mem - beta)\n"
    assert bench.layers(family(body)).SRLIX(1)(torch.ones(1)).shape == (1,)


def test_a_parameter_of_ones_own_is_read(bench: Bench) -> None:
    head = "parameters:\n  rate: {constraint: decay, default: 0.5, doc: rate}\n"
    errors = bench.refused(family("    reset: spikes * mem\n", head))
    assert errors.startswith("mine.yaml:3:3: error: nothing reads rate\n")
    trace = "    trace: {state: mem, decay: rate, input: x, doc: membrane}\n"
    assert bench.layers(family(trace, head)).DLIX(1).pos_rate.shape == (1,)


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str, bench: Bench) -> None:
    text, message = REFUSED[what]
    errors = bench.refused(text)
    assert message in errors and errors.startswith("mine.yaml:")


# What it cannot harm

HOSTILE = [
    "__import__('os').system('touch PWNED')",
    'x"); PWNED(); ("',
    '""" + PWNED() + """',
    '"""\nPWNED()\n"""',
    "'''; PWNED(); '''",
    "{{ PWNED() }}",
    "{% for _ in PWNED() %}{% endfor %}",
    "\\N{QUOTATION MARK}); PWNED()",
    "#\nPWNED()",
    "x if PWNED() else x",
    "[PWNED() for x in mem]",
    "lambda: PWNED()",
    "PWNED().x",
    "f'{PWNED()}'",
    "!!python/object/apply:os.system ['touch PWNED']",
]


def scalars(node: yaml.Node, key: str = "") -> Iterator[tuple[str, yaml.ScalarNode]]:
    """All texts, each with the key that it is a value of."""
    if isinstance(node, yaml.ScalarNode):
        yield key, node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from scalars(item, key)
    else:
        for own, value in node.value:
            yield "", own
            yield from scalars(value, own.value)


@pytest.mark.parametrize("first, spec", [(0, "adaptive"), (6, "gated"), (12, "izhikevich")])
def test_no_text_becomes_code(first: int, spec: str, tmp_path: Path) -> None:
    """In the place of every text of a spec, one by one; one of each kind of prose is tried with
    all of them."""
    (tmp_path / f"{spec}_reference.py").touch()
    source = (NEURONS / f"{spec}.yaml").read_text(encoding="utf-8")
    source = source.replace("[LIB, LIT, LITS]", "[LIB]")
    tried = set[str]()
    for place, (key, _) in enumerate(scalars(yaml.compose(source))):
        is_new = key in ("doc", "name", "source") and key not in tried
        tried.add(key)
        for hostile in HOSTILE if is_new else [HOSTILE[(place + first) % len(HOSTILE)]]:
            tree = yaml.compose(source)
            _, victim = list(scalars(tree))[place]
            victim.value, victim.tag, victim.style = hostile, "tag:yaml.org,2002:str", '"'
            path = tmp_path / "mine.yaml"
            path.write_text(yaml.serialize(tree, allow_unicode=True), encoding="utf-8")
            try:
                files = render_extension(extend(ROOT / "spec", path))
            except SpecError as error:
                assert all(problem.hint for problem in error.problems)
            else:
                assert not any("PWNED" in identifiers(*file) for file in files.items())


def identifiers(path: PurePosixPath, source: str) -> set[str]:
    """All that Python, or C, would look up."""
    if path.suffix == ".c":
        return set(re.findall(r"\w+", re.sub("//.*", "", source)))
    if path.suffix == ".jsonc":
        facts = json.loads(re.sub("^//.*", "", source, flags=re.MULTILINE))
        source = "\n".join(facts.get("step", ()))
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_exploding_and_recursive_aliases(bench: Bench) -> None:
    bombs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(12)
    )
    assert "unknown key 'a' in the file" in bench.refused(f"{PACKAGE}{bombs}layers: {{}}\n")
    assert "mine.yaml:" in bench.refused(f"{PACKAGE}layers: &l\n  Mine: *l\n")
    assert "mine.yaml:" in bench.refused(f"{PACKAGE}families: &f [*f]\n")


def test_deep_nesting_and_huge_numbers(bench: Bench) -> None:
    assert "nested too deeply" in bench.refused(PACKAGE + "layers: " + "[" * 5000 + "]" * 5000)
    deep = "(" * 3000 + "x" + ")" * 3000
    assert "nested" in bench.refused(layer([f"mem = mem + {deep}"], "mem"))
    assert "too large" in bench.refused(layer(["mem = mem + 1" + "0" * 400 + " * x"], "mem"))


def test_an_out_folder_that_holds_other_peoples_files(bench: Bench) -> None:
    out = bench.folder / "neurons"
    out.mkdir()
    for name in ("__init__.py", "lix.py"):
        (out / name).write_text("precious = 1\n")
        status, _, errors = bench.run("generate", family("    reset: spikes * mem\n"))
        assert status == 1 and f"{Path('neurons') / name}: not generated from this" in errors
        status, _, _ = bench.run("generate", family("    reset: spikes * mem\n"), "--force")
        assert status == 1
        assert [path.name for path in out.iterdir()] == [name]
        assert (out / name).read_text() == "precious = 1\n"
        (out / name).unlink()


def test_two_specs_do_not_overwrite_each_other(bench: Bench) -> None:
    bench.layers(family("    reset: spikes * mem\n"))
    before = {path: path.read_bytes() for path in (bench.folder / "neurons").glob("*.py")}
    (bench.folder / "other.yaml").write_text(family("    reset: spikes * mem\n", name="LIY"))
    assert main(["generate", "--spec", "other.yaml", "--out", "neurons"]) == 1
    errors = bench.capsys.readouterr().err
    assert "__init__.py: not generated from this" in errors
    assert "give each spec a folder of its own" in errors and "--force" not in errors
    assert {path: path.read_bytes() for path in (bench.folder / "neurons").glob("*.py")} == before


def test_what_a_spec_no_longer_asks_for_is_removed(bench: Bench) -> None:
    bench.layers(family("    reset: spikes * mem\n"))
    (bench.folder / "neurons" / "notes.py").write_text("mine = 1\n")
    status, printed, _ = bench.run("generate", family("    prefixes: []\n"))
    assert status == 0 and printed.endswith("0 new, 6 changed, 28 removed\n")
    left = {path.name for path in (bench.folder / "neurons").glob("*.py")}
    assert left == {"__init__.py", "lix.py", "test_mine.py", "notes.py"}


def test_spec_and_out_belong_together(bench: Bench) -> None:
    (bench.folder / "mine.yaml").write_text(family("    reset: spikes * mem\n"))
    assert main(["generate", "--spec", "mine.yaml"]) == 1
    assert "--spec FILE and --out FOLDER belong together" in bench.capsys.readouterr().err


def test_explain_and_check_take_a_spec(bench: Bench) -> None:
    text = family("    reset: spikes * mem\n")
    status, printed, _ = bench.run("explain", text, "SLIX")
    assert status == 0 and re.search(r"LIX +mem = mem - spikes \* mem", printed)
    status, _, errors = bench.run("check", text)
    assert status == 1 and "missing: neurons" in errors
    command = "tracetorch-codegen generate --spec mine.yaml --out neurons"
    assert errors.endswith(f"\n{command} makes them agree again\n")
    bench.layers(text)
    assert bench.run("check", text)[0] == 0


def test_explain_names_the_places_where_a_layer_may_be(bench: Bench) -> None:
    assert main(["explain", "SLIX"]) == 1
    assert "add --spec FILE" in bench.capsys.readouterr().err
    status, _, errors = bench.run("explain", family("    reset: spikes * mem\n"), "SLIY")
    assert status == 1 and "did you mean SLIX?" in errors and "--spec" not in errors


TYPOS = f"""{PACKAGE}parameters: {{pos_bias: {{constraint: free, default: 1.0, doc: b}}}}
prefixes:
  P:
    name: p
    doc: P.
    families: [LIB]
    update: [a = beta * prev_threshold + prev_output + prev_x, c = a, d = a]
    drive: threshold * bias * gama * x
layers:
  Mine:
    name: mine
    doc: Mine.
    states: {{mem: {{doc: m}}, men: {{doc: m}}, nem: {{doc: m}}}}
    update: [a = x, b = x, c = a]
    output: x
"""


def test_nothing_that_is_printed_depends_on_the_hash_seed(bench: Bench) -> None:
    (bench.folder / "typos.yaml").write_text(TYPOS)
    (bench.folder / "good.yaml").write_text(UPDATES)
    bad = TYPOS.replace("threshold * bias * gama * x", "threshold * bias * d * c").replace(
        "gama", ""
    )
    (bench.folder / "bad.yaml").write_text(bad)
    code = (
        "from codegen.__main__ import main\n"
        "for spec in ('typos', 'bad', 'good'):\n"
        "    main(['explain', 'DSRPQLIB', '--spec', f'{spec}.yaml'])\n"
        "from pathlib import Path; from codegen.reading.load import extend; from codegen import __main__\n"
        "from codegen.render import render_extension\n"
        "print(render_extension(extend(__main__.ROOT / 'spec', Path('good.yaml'))))\n"
    )
    printed = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for seed in ("0", "1", "2")
    ]
    first, *others = [process.communicate()[0] for process in printed]
    assert b"Traceback" not in first and b"class DSRPQLIB" in first
    assert first.count(b"error: ") > 8
    assert all(other == first for other in others)


def test_a_spec_is_read_as_utf8_in_any_locale(bench: Bench) -> None:
    text = family("    reset: spikes * mem\n").replace("Mine.", "Mine, as in Fourcaud-Trocmé.")
    (bench.folder / "mine.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "codegen", "generate", "--spec", "mine.yaml", "--out", "out"]
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    generated = subprocess.run(command, env=os.environ | plain, capture_output=True)
    assert generated.returncode == 0, generated.stderr
    assert "Fourcaud-Trocmé" in (bench.folder / "out" / "lix.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["black", "jinja2", "yaml"])
def test_a_package_that_the_generator_lacks(package: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; import codegen.__main__"
    command = [sys.executable, "-c", code]
    lacking = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert lacking.returncode == 1 and "Traceback" not in lacking.stderr
    assert 'pip install ".[codegen]"' in lacking.stderr


def test_quantizers_of_parameters_alone_are_listed_by_name(tmp_path: Path) -> None:
    """Not by their hashes, which differ between runs."""
    names = [f"{letter}_fn" for letter in "fbdaec"]
    entries = ", ".join(f"{name}: {{default: round_ste, doc: q}}" for name in names)
    update = f"mem = x + {' + '.join(f'{name}(threshold)' for name in names)}"
    text = layer([update], "mem", head=f"functions: {{{entries}}}\n")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    files = render_extension(extend(ROOT / "spec", tmp_path / "mine.yaml"))
    facts = files[PurePosixPath("kernels/mine.jsonc")].partition("\n{")[2]
    assert json.loads(f"{{{facts}")["shared"] == sorted(names)


def test_the_tests_name_the_reference_if_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(layer(["mem = mem + x"], "mem"), encoding="utf-8")
    package, path = extend(ROOT / "spec", tmp_path / "mine.yaml"), PurePosixPath("test_mine.py")
    with_none, with_one = render_extension(package), render_extension(package, "../ours.py")
    assert "ours.py" in with_one.pop(path) and "reference" not in with_none.pop(path).lower()
    assert with_none == with_one


@pytest.mark.parametrize("kind", ["prefix", "family", "layer"])
def test_a_template_generates_without_edits(kind: str, bench: Bench) -> None:
    assert main(["new", "my_idea", f"--{kind}"]) == 0
    assert "my_idea.yaml" in bench.capsys.readouterr().out
    text = Path("my_idea.yaml").read_text(encoding="utf-8")
    made = bench.layers(text)
    neuron = getattr(made, {"prefix": "MLIB", "family": "MyIdea", "layer": "MyIdea"}[kind])(3)
    assert neuron(torch.ones(2, 3)).shape == (2, 3)
    assert main(["new", "my_idea", f"--{kind}"]) == 1
    assert "my_idea.yaml exists already" in bench.capsys.readouterr().err
    assert Path("my_idea.yaml").read_text(encoding="utf-8") == text


def test_a_start_keeps_the_capitals_of_its_name(bench: Bench) -> None:
    assert main(["new", "IF", "--family"]) == 0
    made = bench.layers(Path("IF.yaml").read_text(encoding="utf-8"))
    assert made.IF(3)(torch.ones(2, 3)).shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "title", "letter"),
    [
        ("my_idea", "MyIdea", "M"),
        ("softReset_2", "SoftReset2", "O"),
        ("d2_x", "D2X", "X"),
        ("rs1_d", "Rs1D", "Q"),
    ],
)
def test_a_start_is_named_after_the_idea(name: str, title: str, letter: str) -> None:
    """A prefix gets the first letter that none of D, S and R has, or Q."""
    prefix, family, layer = (start(name, kind) for kind in ("prefix", "family", "layer"))
    assert f"prefixes:\n  {letter}:\n    name: {name} #" in prefix
    assert f"families:\n  {title}:\n" in family and f"doc: Spiking layers with {name}\n" in family
    assert f"layers:\n  {title}:\n" in layer and f"doc: The {name} neuron\n" in layer


@pytest.mark.parametrize("name", ["../evil", "a b", "class", "forward", ""])
def test_a_start_needs_a_name(name: str, bench: Bench) -> None:
    assert main(["new", name, "--layer"]) == 1
    assert list(bench.folder.iterdir()) == []


NOISY = """
    prefixes: [D, S]
    fire: [spikes = quant_fn(spike_fn(mem - threshold - 0.5 * rand_like(mem)))]
"""


def test_the_tests_of_a_layer_that_draws(bench: Bench) -> None:
    """It has a reference too, which draws by the same generator."""
    reference = """import numpy as np
def LIX(x, s, p):
    mem = p["beta"] * s["mem"] + x
    distance = mem - p["threshold"] - 0.5 * p["rand_like"](mem)
    spikes = 1 / (1 + np.exp(-4 * distance))
    return spikes, {"mem": mem - spikes * p["threshold"]}
"""
    (bench.folder / "noisy.py").write_text(reference)
    text = family(NOISY).replace("mine}", "mine, reference: noisy.py}", 1)
    made = bench.layers(text)
    assert "`rand_like` draws a number from [0, 1)" in made.DSLIX.__doc__
    command = [sys.executable, "-m", "pytest", "-q", "neurons"]
    assert subprocess.run(command).returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            layer(["mem = mem + rand_like(threshold) * x"], "mem"),
            "same numbers for the whole batch",
        ),
        (layer(["mem = mem + rand_like(0.5) * x"], "mem"), "rand_like takes tensors"),
        (layer(["mem = mem + randn(x)"], "mem"), "write rand_like(x)"),
        (
            layer(["mem = mem + x"], "mem", "mem: {initial: rand_like(threshold), doc: m}"),
            "random numbers are drawn in the update of a timestep only",
        ),
        (
            family("    trace: {state: mem, decay: beta, input: x + rand_like(x), doc: m}\n"),
            "the input of a trace draws random numbers",
        ),
        (
            f"{PACKAGE}prefixes: {{P: {{name: p, doc: P., families: [LI], drive: rand_like(x)}}}}\n",
            "the input of a trace draws random numbers",
        ),
    ],
)
def test_random_numbers_that_cannot_be_drawn(text: str, message: str, bench: Bench) -> None:
    assert message in bench.refused(text)
