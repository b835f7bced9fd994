"""What specs declare: the equation of a node, in timesteps, is the step of the layer."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nir
import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.model import NIR_FIELDS
from tests.support.equal import identical
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.nir.declared import Declaration, Known, Node, declaration, parameters
from tracetorch.nir.equations import timesteps
from tracetorch.nir.probe import _explained, difference
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


# Which description is that of a class

FACTS = {"nodes": {}, "output": ["neuron"], "reset": "", "inverse": {}}


@pytest.mark.parametrize(
    "facts, digest, is_declared",
    [
        (None, None, False),
        ({"layer": "Mine"}, None, False),
        ({"layer": "Mine", "nir": FACTS}, None, True),
        ({"layer": "Other", "nir": FACTS}, None, False),
        ({"layer": "Mine", "digest": "ab", "nir": FACTS}, "ab", True),
        ({"layer": "Mine", "digest": "ab"}, "ab", False),
        ({"layer": "Other", "digest": "ab", "nir": FACTS}, "ab", False),
        ({"layer": "Mine", "digest": "ab", "nir": FACTS}, "cd", False),
        ({"layer": "Mine", "digest": "ab", "nir": FACTS}, None, False),
        ({"layer": "Mine", "nir": FACTS}, "ab", False),
    ],
)
def test_a_class_has_the_description_of_its_own_name_and_timestep(
    facts: dict[str, Any] | None,
    digest: str | None,
    is_declared: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("mine")
    module.__file__ = str(tmp_path / "mine.py")
    monkeypatch.setitem(sys.modules, "mine", module)
    if facts is not None:
        (tmp_path / "kernels").mkdir()
        description = f"// Of a class\n{json.dumps(facts, indent=2)}\n"
        (tmp_path / "kernels" / "mine.jsonc").write_text(description, encoding="utf-8")
    base = type("Base", (tt.Layer,), {"_digest": "ab"})  # what a class inherits is not its own
    own = {"__module__": "mine"} if digest is None else {"__module__": "mine", "_digest": digest}
    found = declaration(type("Mine", (base,), own))
    assert found == (Declaration({}, ("neuron",), "", {}) if is_declared else None)


@pytest.mark.parametrize("file", ["missing", None, ""])
def test_a_class_of_a_module_without_a_file_is_no_node(
    file: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if file != "missing":
        module = ModuleType("without_a_file")
        module.__file__ = file
        monkeypatch.setitem(sys.modules, "without_a_file", module)
    layer = type("Mine", (tt.snn.LI,), {"__module__": "without_a_file"})
    with pytest.raises(ValueError, match="nothing says which node Mine is; declare it under nir:"):
        tt.to_nir(layer(3), (3,))


def test_the_names_of_layers() -> None:
    """Those of the library are found by them; a class of the user's own only if it is passed."""
    for layer, name in (
        (tt.snn.LI, "snn.LI"),
        (tt.snn.SRLITS, "snn.SRLITS"),
        (tt.zoo.IF, "zoo.IF"),
    ):
        assert Known().name(layer) == name and Known().named(name) is layer
    for module in ("mine", "mine.snn", "mine.snn.li", "tracetorch.snn.li"):
        own = type("LI", (tt.snn.LI,), {"__module__": module})
        assert Known().name(own) == "LI"
        assert Known().named("LI") is None and Known((tt.zoo.IF, own)).named("LI") is own
    for name in (
        "",
        "snn",
        "zoo.",
        ".LI",
        "LI",
        "snn.li.LI",
        "snn.DLIB",
        "zoo.resets.IF",
        "rnn.GRU",
    ):
        assert Known().named(name) is None
    own_first = [layer for layer, _ in Known((tt.zoo.IF, tt.rnn.GRU, tt.snn.LI)).candidates()]
    assert own_first == [tt.zoo.IF, tt.snn.LI, *NODES]


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


SURROGATE = """package: {doc: A surrogate of one's own}
spikes:
  steep: {doc: Smooth step., value: sigmoid(8 * x)}
families:
  LIX:
    extends: LIB
    name: neuron with it
    doc: Mine.
    prefixes: []
    functions: {spike_fn: {default: steep}, quant_fn: {default: round_ste}}
    nir:
      node: LIF
      reset: subtract
      fields:
        {tau: time_constant(beta), r: 1 / (1 - beta), v_leak: 0,
         v_threshold: threshold - bias, v_reset: -bias}
      inverse: {beta: decay(tau), threshold: v_threshold - v_reset, bias: -v_reset}
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


def test_formulas_may_call_functions(generated: Callable[[str, str], Any]) -> None:
    text = OWN.replace("r: gain / (1 - beta)", "r: gain * exp(-log(1 - beta))")
    text = text.replace("gain: r * (1 - decay(tau))", "gain: exp(log(r) + log(1 - decay(tau)))")
    GIB = generated(
        "called", text.replace("v_threshold: threshold", "v_threshold: relu(threshold)")
    ).GIB
    graph = tt.to_nir(GIB(2, gain=3.0, beta=0.75), (2,))
    assert graph.nodes["gib"].r == pytest.approx(12.0)
    graph.nodes["gib"].metadata = {}
    (gib,) = tt.from_nir(graph, layers=[GIB], reset="subtract").parts.values()
    assert gib.gain.tolist() == pytest.approx([3.0] * 2)


def test_the_default_of_ones_own_is_known_to_its_layer(
    generated: Callable[[str, str], Any],
) -> None:
    """It is not written, and nothing is lost; another function would be."""
    LIX = generated("with_surrogate", SURROGATE).LIX
    layer = LIX(3)
    (again,) = tt.from_nir(tt.to_nir(layer, (3,)), layers=[LIX]).parts.values()
    assert again.spike_fn is layer.spike_fn and layer.spike_fn.__name__ == "steep"
    message = (
        "to_nir: the spike_fn of LIX is not one of tt.functional, so its gradient is not written; "
        "from_nir will use the default"
    )
    with pytest.warns(UserWarning) as caught:
        tt.to_nir(LIX(3, spike_fn=lambda x: sigmoid4x(2 * x)), (3,))
    assert [str(one.message) for one in caught] == [message]


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


# How a layer is compared with its nodes

TIME = Time(1e-4, "euler")


def readout(r: str, v_leak: str = "0") -> Declaration:
    """What `LI` would be with these fields."""
    fields = {"tau": "time_constant(beta)", "r": r, "v_leak": v_leak}
    compiled = {name: compile(text, "<spec>", "eval") for name, text in fields.items()}
    return Declaration({"neuron": Node("LI", ("x",), compiled)}, ("neuron",), "", {})


@pytest.mark.parametrize("r, is_equal", [(1e-7, False), (2e-9, False), (5e-10, True), (0.0, True)])
def test_how_far_a_node_may_be_off_its_layer(r: float, is_equal: bool) -> None:
    """Large outputs by a billionth of their own, and small ones by a billionth."""
    layer = tt.snn.LI(4, beta=0.5)
    for node in (readout(f"{1 + r!r} / (1 - beta)"), readout("1 / (1 - beta)", f"{r!r}")):
        assert (difference(layer, node, TIME) == "") is is_equal


def wrong(where: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """A spike function that is wrong there."""
    return lambda x: torch.where(where(x), 1 - sigmoid4x(x), sigmoid4x(x))


@pytest.mark.parametrize(
    "where",
    [lambda x: (x > 0) & (x < 1e-4), lambda x: (x < 0) & (x > -1e-4), lambda x: x.abs() > 500],
    ids=["just above", "just below", "far away"],
)
def test_a_layer_is_compared_close_to_its_threshold_and_far_from_it(
    where: Callable[[Tensor], Tensor],
) -> None:
    layer = tt.snn.LIB(8, beta=0.5, threshold=1.0, bias=1.0, quant_fn=round_ste())
    assert difference(layer, NODES[tt.snn.LIB], TIME) == ""
    layer.spike_fn = wrong(where)
    assert "it does not compute what its node does" in difference(layer, NODES[tt.snn.LIB], TIME)


def test_the_inputs_that_a_layer_is_compared_for() -> None:
    """Normal numbers for each of the powers of 4 from -5 to 4."""
    seen: list[Tensor] = []

    def remembering(x: Tensor) -> Tensor:
        seen.append(x)
        return sigmoid4x(x)

    ours = {"beta": 1e-6, "threshold": 1.0, "bias": 1.0, "quant_fn": round_ste()}
    layer = tt.snn.LIB(16, **ours, spike_fn=remembering)
    assert difference(layer, NODES[tt.snn.LIB], TIME) == ""
    largest = torch.stack(seen).abs().amax((0, 2)) / 4.0 ** torch.arange(-5, 5)
    assert len(seen) >= 48 and ((largest > 2.5) & (largest < 4.5)).all()


class Noisy(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return sigmoid4x(x + self.training * torch.randn_like(x))


def test_a_layer_is_compared_as_it_runs_in_inference() -> None:
    """It stays in training, and where its sequence is, itself."""
    layer = tt.snn.LIB(3, dim=-2, spike_fn=Noisy(), quant_fn=round_ste()).train()
    layer(torch.ones(2, 3, 5))
    assert difference(layer, NODES[tt.snn.LIB], TIME) == ""
    assert layer.training and layer.dim == -2 and layer.mem is not None
    assert layer.raw_beta.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
def test_a_layer_is_compared_in_double_precision(dtype: torch.dtype) -> None:
    layer = tt.snn.LIEMA(3, beta=torch.tensor([0.1, 0.7, 0.97])).to(dtype)
    assert difference(layer, NODES[tt.snn.LIEMA], TIME) == ""


SMOOTH = "its spikes are smooth, and those of a node are 0 or 1; set quant_fn=round_ste()"
OTHER = (
    "it does not compute what its node does; its functions must fire strictly above the "
    "threshold, and its spec must declare the node that it is"
)


@pytest.mark.parametrize(
    "ys, expected, message",
    [
        ([0.5, 1.0], [1.0, 1.0], SMOOTH),
        ([0.5, 0.2], [0.0, 2.0], SMOOTH),
        ([0.0, 1.0], [1.0, 1.0], OTHER),
        ([0.5, 0.2], [0.0, 0.5], OTHER),
        ([0.0, 2.0], [0.3, 0.5], OTHER),
    ],
)
def test_how_a_layer_differs_from_its_node(
    ys: list[float], expected: list[float], message: str
) -> None:
    """Only what should be whole can be smooth by mistake."""
    assert _explained(torch.tensor(ys), torch.tensor(expected)) == message
