"""What specs declare: the equation of a node, in timesteps, is the step of the layer."""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import nir
import numpy as np
import pytest
import torch
from torch import Tensor

import tracetorch as tt
from codegen.__main__ import main
from codegen.model import NIR_FIELDS
from tests.support.equal import identical
from tracetorch.functional import round_ste
from tracetorch.nir.declared import Declaration, Known, declaration, parameters
from tracetorch.nir.equations import timesteps
from tracetorch.nir.time import Time

NODES = dict(Known().candidates())
NEURONS = [kind for kind in NIR_FIELDS if kind not in ("Scale", "Threshold")]


def made(layer: type[tt.Layer], num_neurons: int = 6) -> tt.Layer:
    """A layer with hard spikes and random parameters, in float64."""
    generator = torch.Generator().manual_seed(0)
    fires = {"quant_fn": round_ste()} if declaration(layer).reset or _thresholds(layer) else {}
    found = layer(num_neurons, **fires).double()
    for raw in found.parameters():
        raw.data = torch.randn(raw.shape, generator=generator, dtype=torch.float64)
    return found


def _thresholds(layer: type[tt.Layer]) -> bool:
    return any(node.kind == "Threshold" for node in declaration(layer).nodes.values())


def equation(
    kind: str, field: dict[str, Tensor], reset: str, time: Time
) -> Callable[[Tensor], Tensor]:
    """The documented equation of a node, solved for one timestep at each call.

    The current first; an input is held during a timestep.
    """
    state = {"v": field.get("v_leak", torch.zeros(())), "i": torch.zeros(())}

    def moved(value: Tensor, towards: Tensor, tau: Tensor) -> Tensor:
        """One timestep of `tau * value' = towards - value`."""
        if time.integration == "euler":
            return value + time.dt / tau * (towards - value)
        return towards + torch.exp(-time.dt / tau) * (value - towards)

    def step(x: Tensor) -> Tensor:
        if kind == "Scale":
            return field["scale"] * x
        if kind == "Threshold":
            return (x > field["threshold"]).double()
        drive = x
        if kind.startswith("Cuba"):
            state["i"] = drive = moved(state["i"], field["w_in"] * x, field["tau_syn"])
        if kind in ("I", "IF"):
            state["v"] = state["v"] + time.dt * field["r"] * drive
        else:
            towards = field["v_leak"] + field["r"] * drive
            tau = field["tau_mem"] if kind.startswith("Cuba") else field["tau"]
            state["v"] = moved(state["v"], towards, tau)
        if "v_threshold" not in field:
            return state["v"]
        spikes = state["v"] > field["v_threshold"]
        after = {
            "set": field["v_reset"],
            "subtract": state["v"] - (field["v_threshold"] - field["v_reset"]),
        }[reset]
        state["v"] = torch.where(spikes, after, state["v"])
        return spikes.double()

    return step


def of_nodes(declared: Declaration, layer: tt.Layer, time: Time, xs: Tensor) -> Iterator[Tensor]:
    """What the nodes of a layer return; those that come later are fed back."""
    values = parameters(layer)
    steps = {
        name: equation(node.kind, node.values(values, time), declared.reset, time)
        for name, node in declared.nodes.items()
    }
    latest = {name: torch.zeros(()) for name in steps}
    for x in xs:
        latest["x"] = x
        for name, node in declared.nodes.items():
            latest[name] = steps[name](sum(latest[source] for source in node.sources))
        yield sum(latest[name] for name in declared.output)


@pytest.mark.parametrize("kind", NIR_FIELDS)
def test_a_node_has_the_fields_of_its_class(kind: str) -> None:
    every = {field.name for field in dataclasses.fields(nir.ir.NIRNode)}
    theirs = (field.name for field in dataclasses.fields(getattr(nir, kind)))
    assert [*NIR_FIELDS[kind]] == [name for name in theirs if name not in every]


@pytest.mark.parametrize("integration", ["euler", "exponential"])
@pytest.mark.parametrize("reset", ["subtract", "set"])
@pytest.mark.parametrize("kind", NEURONS)
def test_neurons_are_run_by_their_equations(kind: str, reset: str, integration: str) -> None:
    torch.manual_seed(0)
    time = Time(1e-4, integration)
    field = {name: torch.linspace(0.3, 1.7, 5).double() + len(name) for name in NIR_FIELDS[kind]}
    field |= {name: value * 1e-4 for name, value in field.items() if name.startswith("tau")}
    expected, step = equation(kind, field, reset, time), timesteps(kind, field, reset, time)
    outputs = []
    for x in 1e5 * torch.randn(40, 3, 5, dtype=torch.float64):
        outputs.append(step(x))
        torch.testing.assert_close(outputs[-1], expected(x), rtol=1e-11, atol=1e-11)
    assert len(torch.stack(outputs).unique()) > 1


def test_there_are_such_layers() -> None:
    names = {layer.__name__ for layer in NODES}
    assert {"LI", "LIEMA", "SLI", "LIB", "SLIB", "RLIB", "LIT", "SRLITS"} < names
    assert {"LIBZ", "SLIBZ", "LIBV", "SLIBV", "RLIBZ", "IF", "IFZ"} < names
    assert not [name for name in names if name.startswith("D")]


@pytest.mark.parametrize("integration", ["euler", "exponential"])
@pytest.mark.parametrize("layer", NODES, ids=lambda layer: layer.__name__)
def test_a_node_is_the_step_of_its_layer(layer: type[tt.Layer], integration: str) -> None:
    time = Time(1e-3, integration)
    ours = made(layer)
    xs = 2 * torch.randn(200, 5, 6, dtype=torch.float64)
    ys = tt.unroll(ours, xs).detach()
    expected = torch.stack([*of_nodes(NODES[layer], ours, time, xs)])
    assert ys.unique().numel() > 1
    assert torch.allclose(ys, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("integration", ["euler", "exponential"])
@pytest.mark.parametrize(
    "layer", [one for one in NODES if NODES[one].only], ids=lambda layer: layer.__name__
)
def test_the_inverse_gives_the_fields_back(layer: type[tt.Layer], integration: str) -> None:
    time, declared = Time(1e-4, integration), NODES[layer]
    fields = declared.only.values(parameters(made(layer)), time)
    again = declared.only.values(declared.parameters(fields, time), time)
    for name in fields:
        assert torch.allclose(fields[name], again[name], rtol=1e-9), name


@pytest.mark.parametrize("integration", ["euler", "exponential"])
def test_time_constants_give_decays_back_bit_for_bit(integration: str) -> None:
    decays = torch.rand(10_000).clamp(1e-6, 1 - 1e-6)
    for dt in (1.0, 1e-3, 1e-4):
        time = Time(dt, integration)
        assert identical(time.decay(time.time_constant(decays.double())).float(), decays)


OWN = """package: {doc: A neuron of one's own}
parameters:
  gain: {constraint: threshold, default: 2.0, doc: gain of the input}
families:
  GIB:
    extends: LIB
    name: neuron with a gain
    doc: Mine.
    prefixes: []
    trace: {state: mem, decay: beta, input: gain * x, doc: membrane}
    functions: {quant_fn: {default: round_ste}}
    nir:
      node: LIF
      reset: subtract
      fields:
        {tau: time_constant(beta), r: gain / (1 - beta), v_leak: 0,
         v_threshold: threshold - bias, v_reset: -bias}
      inverse:
        {beta: decay(tau), gain: r * (1 - decay(tau)), threshold: v_threshold - v_reset, bias: -v_reset}
"""


READOUT = """package: {doc: A readout of one's own}
families:
  LIW:
    extends: LI
    name: readout
    doc: Mine.
    prefixes: []
    nir:
      node: LI
      fields: {tau: time_constant(beta), r: 1, v_leak: 0}
      inverse: {beta: decay(tau)}
"""


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """A function that returns the package, of this name, that a spec generates."""
    monkeypatch.syspath_prepend(tmp_path)

    def generate(name: str, text: str) -> Any:
        spec = tmp_path / f"{name}.yaml"
        spec.write_text(text, encoding="utf-8")
        assert main(["generate", "--spec", str(spec), "--out", str(tmp_path / name)]) == 0
        return importlib.import_module(name)

    return generate


def test_a_neuron_of_ones_own_declares_its_node(generated: Callable[[str, str], Any]) -> None:
    GIB = generated("gained", OWN).GIB
    layer = GIB(4, gain=torch.tensor([0.5, 1.0, 2.0, 3.0]), bias=0.1)
    graph = tt.to_nir(layer, (4,))
    assert np.allclose(graph.nodes["gib"].r, layer.gain.detach() / (1 - layer.beta.detach()))
    model = tt.from_nir(graph, layers=[GIB])
    assert type(model.parts["gib"]) is GIB
    xs = torch.rand(50, 2, 4)
    assert identical(tt.unroll(model, xs), tt.unroll(layer, xs))
    graph.nodes["gib"].metadata = {}
    (gib,) = tt.from_nir(graph, layers=[GIB], reset="subtract").parts.values()
    assert torch.allclose(gib.gain, layer.gain)
    assert math.isclose(float(gib.bias[0].detach()), 0.1, rel_tol=1e-6)


@pytest.mark.parametrize(
    "name, text, layer",
    [
        ("gained_wrongly", OWN.replace("r: gain / (1 - beta)", "r: gain"), "GIB"),
        ("readout", READOUT, "LIW"),
    ],
)
def test_what_a_spec_declares_wrongly_is_refused(
    name: str, text: str, layer: str, generated: Callable[[str, str], Any]
) -> None:
    made = getattr(generated(name, text), layer)(4)
    with pytest.raises(ValueError, match=f"{layer}: it does not compute what its node does"):
        tt.to_nir(made, (4,))
