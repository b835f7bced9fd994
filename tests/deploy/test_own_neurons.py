"""Neurons and spike functions of a file of one's own, with names that C already has."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.deploy import DeployError, deploy
from codegen.deploy.layers import Specs, _Constants
from codegen.deploy.network import _library
from codegen.language.expressions import Name, parse
from tests.support.deployed import check
from tests.support.reviewed import assert_as_reviewed

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
  edge:
    doc: A step without a slope.
    source: a test
    value: relu(sign(x))

parameters:
  n: {constraint: decay, default: 0.5, doc: decay}
  volatile: {constraint: free, default: 1.0, doc: distance of two levels}
  start: {constraint: free, default: 0.25, doc: initial value}
  gain: {constraint: free, default: 2.0, doc: factor}
  constant_0: {constraint: free, default: 3.0, doc: factor with the name of a constant in C}

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
  Single:
    name: neuron of one parameter
    doc: Choose it to test an expression of all parameters.
    source: a test
    states:
      mem: {doc: membrane}
    update:
      - mem = gain * mem + (1 - gain) * x
    output: mem * (1 - gain)
  Folded:
    name: neuron with constants
    doc: Choose it to test which expressions are computed once.
    source: a test
    functions: {spike_fn: {default: edge}}
    states:
      mem: {initial: start, doc: membrane}
      constant_3: {initial: start + gain, doc: another}
      rest: {doc: what starts at 0}
    update:
      - constant_2 = (start - volatile) * x
      - mem = constant_0 * mem + rest + constant_2 * gain + (1 - volatile) * 2
      - rest = where(start > volatile, rest, x) + spike_fn(start - volatile) + spike_fn(start)
      - high = spike_fn(exp(constant_2)) + start
      - constant_3 = mask(start > volatile) * constant_3 + (1 - volatile) + sqrt(start) + high
      - spikes = quant_fn(spike_fn(mem - spike_fn(constant_3)))
    output: spikes
  Levels:
    name: neuron of levels
    doc: Choose it to test integers.
    source: a test
    states:
      mem: {doc: membrane}
    update:
      - mem = 0.5 * mem + x
      - level = 2 * mask(mem > 1)
      - twice = 2 * level
      - level = level - mask(mem < 0)
      - even = mask(mem > 3)
      - mem = mem - even * twice
      - even = mask(mem > 2)
      - high = (100 + 28) * mask(mem > 2)
      - mem = mem - high * level
    output: even - mask(mem < -1)
  Drawn:
    name: noisy neuron
    doc: Choose it to test random numbers.
    source: a test
    states:
      mem: {doc: membrane}
    update:
      - mem = volatile * mem + x + randn_like(x)
    output: mem
  Izhikevich:
    name: noisy neuron with the name of another
    doc: Choose it to test names.
    source: a test
    states:
      mem: {doc: membrane}
    update:
      - mem = volatile * mem + x + randn_like(x)
    output: mem
  ELIB:
    name: mean with the name of another
    doc: Choose it to test names.
    source: a test
    states:
      mem: {doc: membrane}
    update:
      - mem = volatile * mem + x - unsqueeze(mean(x, -1), -1)
    output: mem
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


GOLDEN = Path(__file__).with_name("golden")


def deployed(model: nn.Module, inputs: Tensor, spec: Path, folder: Path) -> str:
    """What the modules become, and their arrays; the checksums depend on nothing else."""
    deploy(model, folder, inputs, spec)
    files = [(folder / name).read_text(encoding="utf-8") for name in ("net.c", "weights.c")]
    return re.sub(r"(?<=follows: )\w+", "#", "".join(files))


def test_layers_are_as_reviewed(neurons: tuple[ModuleType, Path], tmp_path: Path) -> None:
    """To accept a change, set UPDATE_GOLDEN=1. Constants, comparisons, integers and what is 0."""
    own, spec = neurons
    each = {"start": torch.tensor([0.25, 4.0]), "gain": torch.tensor([2.0, 0.5])}
    hard, quarters = tt.functional.round_ste(), tt.functional.round_ste(0.25)
    maps = [nn.Linear(2, 2) for _ in range(3)]
    for parameter in nn.ModuleList(maps).parameters():
        nn.init.constant_(parameter, 0.5)
    model = nn.Sequential(
        own.Single(2),
        own.Single(2, gain=each["gain"]),
        own.Folded(2, quant_fn=hard),
        maps[0],
        own.Folded(2, quant_fn=nn.Identity(), **each),
        own.Folded(2, spike_fn=nn.Identity(), quant_fn=quarters),
        maps[1],
        own.Folded(2, spike_fn=tt.functional.triangular, quant_fn=quarters),
        tt.zoo.ALIB(2),
        own.Levels(2),
        maps[2],
    )
    text = deployed(model, torch.ones(1, 2), spec, tmp_path)
    assert_as_reviewed(text, GOLDEN / "layers.c")


def test_features_of_images_are_as_reviewed(
    neurons: tuple[ModuleType, Path], tmp_path: Path
) -> None:
    """To accept a change, set UPDATE_GOLDEN=1. The last layer has a parameter for each pixel."""
    own, spec = neurons
    model = nn.Sequential(
        own.Folded(2, dim=1, start=torch.tensor([0.25, 0.5])),
        own.Folded(3, dim=-2, start=torch.tensor([0.25, 0.5, 0.25])),
        own.Single(4, gain=torch.tensor([0.25, 0.5, 0.25, 0.5])),
        nn.Flatten(),
        own.Single(24, gain=torch.arange(24.0)),
    )
    text = deployed(model, torch.ones(1, 2, 3, 4), spec, tmp_path)
    assert_as_reviewed(text, GOLDEN / "images.c")


def test_a_parameter_that_a_timestep_changes_is_no_constant() -> None:
    library = _library(Path(__file__).parents[2])
    assert library.functional
    module = tt.zoo.ALIB(2)
    constants = _Constants(module, Specs(library.zoo.packages, library.functional).layer(module))
    assert constants.folded(parse("1 - threshold")) == parse("1 - threshold")
    assert constants.folded(parse("1 - beta")) == Name("constant_0")


def test_layers_that_share_a_name(neurons: tuple[ModuleType, Path], tmp_path: Path) -> None:
    own, spec = neurons
    deploy(nn.Sequential(tt.zoo.Izhikevich(2), tt.zoo.ELIB(2)), tmp_path, spec=spec)
    text = (tmp_path / "net.c").read_text()
    assert "m0_izhikevich.recovery" in text and "m1_elib.mem" in text
    with pytest.raises(DeployError) as refused:
        deploy(nn.Sequential(own.Izhikevich(2), own.Drawn(2)), tmp_path / "other", spec=spec)
    words = "draws random numbers at each timestep"
    assert str(refused.value) == f"0 (Izhikevich): {words}\n1 (Drawn): {words}"


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
