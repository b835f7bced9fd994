"""Neurons and spike functions of a file of one's own, with names that C already has."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.deploy import DeployError, deploy
from tests.support.deployed import check

SPEC = """\
package:
  doc: Neurons of a test

spikes:
  steep:
    doc: A steep step.
    source: a test
    numbers:
      slope: {default: 8, doc: Factor of the argument}
    value: sigmoid(slope * x)

parameters:
  n: {constraint: decay, default: 0.5, doc: decay}
  volatile: {constraint: free, default: 1.0, doc: distance of two levels}
  start: {constraint: free, default: 0.25, doc: initial value}

layers:
  Counting:
    name: counting neuron
    doc: Choose it to test names, levels and initial values.
    source: a test
    functions: {spike_fn: {default: steep}}
    states:
      net: {initial: start * exp(n), doc: membrane}
      inputs: {initial: 2, doc: recent levels}
    update:
      - net = n * net + (1 - n) * x + 0.125 * inputs
      - high = mask(net > volatile) + mask(net > 2 * volatile) + mask(net > 3 * volatile)
      - low = mask(net < -volatile)
      - levels = high - 2 * low
      - inputs = inputs / 2 + levels / 2
      - spikes = quant_fn(spike_fn(net - 1))
    output: levels * (1 + spikes)
"""


@pytest.fixture(scope="module")
def neurons(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModuleType, Path]:
    """The generated package and its spec."""
    folder = tmp_path_factory.mktemp("own")
    spec = folder / "counted.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    assert main(["generate", "--spec", str(spec), "--out", str(folder / "counted")]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        return importlib.import_module("counted"), spec


@pytest.mark.parametrize("is_hard", [False, True])
def test_own_neurons(neurons: tuple[ModuleType, Path], is_hard: bool, tmp_path: Path) -> None:
    module, spec = neurons
    torch.manual_seed(0)
    quant_fn = tt.functional.round_ste() if is_hard else nn.Identity()
    start = torch.rand(4)
    layer = module.Counting(4, start=start, quant_fn=quant_fn, volatile=0.4)
    model, xs = nn.Sequential(layer, nn.Linear(4, 2)), [4 * torch.randn(20, 4) for _ in range(2)]
    check(model, xs, tmp_path, spec=spec)
    text = (tmp_path / "net.c").read_text()
    assert ("math.h" in text) == (not is_hard)
    assert ("signed char" in text) == is_hard
    assert "inputs_ = inputs_ / 2 + (float)(levels) / 2;" in text


def test_its_file_is_asked_for(neurons: tuple[ModuleType, Path], tmp_path: Path) -> None:
    module, _ = neurons
    with pytest.raises(DeployError, match="Counting.: is in no spec that is read here; .*--spec"):
        deploy(nn.Sequential(module.Counting(4)), tmp_path)
    steep = tt.snn.LIB(4, spike_fn=module.steep)
    with pytest.raises(DeployError, match="steep.*, which no spec declares; .*--spec"):
        deploy(nn.Sequential(steep), tmp_path)


def test_a_function_of_another_spec(
    neurons: tuple[ModuleType, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the name of one that is declared, but not its mathematics."""
    module = ModuleType("generated_elsewhere")
    vars(module)["_digest"] = "0123456789abcdef"
    exec("def steep(x): return x", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    layer = tt.snn.LIB(4, spike_fn=vars(module)["steep"])
    with pytest.raises(DeployError, match="steep.*, which no spec declares"):
        deploy(nn.Sequential(layer), tmp_path, spec=neurons[1])
