"""The nodes and edges of a model, and the model of nodes and edges."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import nir
import tracetorch as tt
from tests.support.equal import identical
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.nir import reading
from tracetorch.nir.parts import Scale

# Models as graphs


def test_a_graph_says_how_its_time_constants_are_meant() -> None:
    for options, said in (
        ({}, '{"dt": 0.0001, "integration": "euler"}'),
        ({"dt": 1, "integration": "exponential"}, '{"dt": 1.0, "integration": "exponential"}'),
    ):
        graph = tt.to_nir(nn.Linear(3, 2), (3,), **options)
        assert graph.metadata == {"tracetorch": said}
        assert [*graph.nodes] == ["input", "linear", "output"]
        assert graph.edges == [("input", "linear"), ("linear", "output")]
        assert graph.nodes["input"].input_type["input"].tolist() == [3]
        assert graph.nodes["output"].output_type["output"].tolist() == [2]


def test_what_is_assumed_where_nothing_is_passed() -> None:
    defaults = {
        name: one.default
        for function in (tt.to_nir, tt.from_nir)
        for name, one in inspect.signature(function).parameters.items()
        if one.default not in (one.empty, None)
    }
    assert repr(defaults.pop("quant_fn")) == repr(round_ste())
    assert defaults == {
        **{"dt": 1e-4, "integration": "euler", "expand": False, "with_current": False},
        **{"whole_input": False, "layers": (), "spike_fn": sigmoid4x, "max_bytes": 1 << 30},
    }


class Nested(tt.Model):
    def __init__(self) -> None:
        super().__init__()
        self._first = nn.Linear(3, 3)
        self.block = nn.ModuleDict({"map": nn.Linear(3, 3)})
        self.chain = nn.Sequential(nn.Flatten(), nn.Sequential(tt.snn.LI(3)))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.chain(self.block["map"](self._first(x)))
        return y


@pytest.mark.parametrize("above", ["", "net."])
def test_a_node_is_named_like_its_module(above: str) -> None:
    model = nn.ModuleDict({"net": Nested()})["net"] if not above else nn.Sequential()
    if above:
        model.add_module("net", Nested())
    names = ["_first", "block.map", "chain.0", "chain.1.0"]
    path = ["input", *(above + name for name in names), "output"]
    assert tt.to_nir(model, (3,)).edges == [*zip(path, path[1:])]


def test_each_layer_of_a_running_sequence_is_named() -> None:
    layer, network = tt.snn.LI(3), nn.Sequential(nn.Linear(3, 3), tt.snn.LI(3), tt.snn.SLI(3))
    problem = "a sequence is running; call zero_states()"
    for model, paths in ((layer, ["the model"]), (network, ["1", "2"])):
        model(torch.zeros(1, 3))
        with pytest.raises(ValueError) as caught:
            tt.to_nir(model, (3,))
        assert str(caught.value) == "to_nir:" + "".join(f"\n- {path}: {problem}" for path in paths)
        tt.zero_states(model)
        tt.to_nir(model, (3,))


def test_random_numbers_are_left_as_they_are_where_a_model_is_refused() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="it draws random numbers"):
        tt.to_nir(model, (3,))
    assert identical(torch.get_rng_state(), before)


class Branches(tt.Model):
    """Two branches from a factor."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.scale, self.first, self.second = Scale(torch.tensor([2.0, 3.0, 4.0])), first, second

    def forward(self, x: Tensor) -> Tensor:
        scaled = self.scale(x)
        return self.first(scaled) + self.second(scaled)


class Joined(Branches):
    """A factor of one of two summands."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(self.first(x) + self.scale(x))
        return y


def chain(*modules: nn.Module) -> nn.Module:
    return nn.Sequential(*modules)


def twofold() -> Scale:
    return Scale(torch.full((3,), 2.0))


def hard(layer: Any) -> nn.Module:
    made: nn.Module = layer(3, quant_fn=round_ste())
    return made


FACTORS: dict[str, tuple[nn.Module, list[str]]] = {
    "of a neuron": (chain(twofold(), tt.snn.LI(3)), ["1"]),
    "of factors, the last of which is the neuron's": (
        chain(twofold(), twofold(), tt.snn.LI(3)),
        ["0", "2"],
    ),
    "of neurons after each other": (
        chain(twofold(), tt.snn.LI(3), twofold(), tt.snn.SLI(3)),
        ["1", "3"],
    ),
    "of the output": (chain(twofold()), ["0"]),
    "of a map": (chain(twofold(), nn.Linear(3, 3), tt.snn.LI(3)), ["0", "1", "2"]),
    "of a neuron that is several nodes": (chain(twofold(), hard(tt.snn.LIT)), ["0", "1"]),
    "of two neurons": (Branches(tt.snn.LI(3), tt.snn.SLI(3)), ["scale", "first", "second"]),
    "of one of the summands that a neuron takes": (
        Joined(nn.Linear(3, 3), tt.snn.LI(3)),
        ["first", "scale", "second"],
    ),
}


@pytest.mark.parametrize("model, nodes", FACTORS.values(), ids=FACTORS)
def test_a_factor_of_the_whole_input_of_a_neuron_is_part_of_its_node(
    model: nn.Module, nodes: list[str]
) -> None:
    graph = tt.to_nir(model, (3,), expand=True)
    assert [*graph.nodes] == ["input", *nodes, "output"]
    again = tt.from_nir(graph)
    xs = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    for x in xs:
        assert identical(again(x), model(x))


# Graphs as models


def read(nodes: dict[str, nir.NIRNode], *edges: str, shape: tuple[int, ...] = (3,)) -> tt.Model:
    """The model of a graph with edges that are written like `a b`."""
    ends = {"input": nir.Input(np.array(shape)), "output": nir.Output(np.array(shape))}
    pairs = [tuple(edge.split()) for edge in edges]
    options = {"dt": 1e-4, "reset": "subtract"}
    return tt.from_nir(nir.NIRGraph({**ends, **nodes}, pairs, type_check=False), **options)


def times(factor: float, size: int = 3, dtype: Any = np.float32) -> nir.Linear:
    return nir.Linear((np.eye(size) * factor).astype(dtype))


def lif(**fields: float) -> nir.LIF:
    said = {"tau": 1e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **fields}
    return nir.LIF(**{name: np.full(3, value, np.float32) for name, value in said.items()})


def test_the_integration_is_that_which_the_graph_says() -> None:
    graph = tt.to_nir(tt.snn.LIEMA(3, beta=0.9), (3,), integration="exponential")
    graph.nodes["liema"].metadata = {}
    for options, beta in (({}, 0.9), ({"integration": "euler"}, 1 + np.log(0.9))):
        (layer,) = tt.from_nir(graph, **options).parts.values()
        assert layer.beta.tolist() == pytest.approx([beta] * 3)


STRIDE = np.array([2**63], np.uint64)
ONES = np.ones((3, 1, 1))
MISFITS: dict[str, nir.NIRNode] = {
    "RuntimeError": times(1.0, 4),
    "ValueError": nir.LI(tau=ONES, r=ONES, v_leak=0 * ONES),
    "IndexError": nir.Flatten({"input": None}, 5, 6),
    "TypeError": nir.Conv1d(None, np.ones((3, 3, 1), "f4"), STRIDE, 0, 1, 1, np.ones(3, "f4")),
}


@pytest.mark.parametrize("node", MISFITS.values(), ids=MISFITS)
def test_a_node_that_takes_another_shape(node: nir.NIRNode) -> None:
    """Whatever it raises."""
    with pytest.raises(ValueError, match="^from_nir:\n- the nodes do not fit each other: "):
        read({"0": node}, "input 0", "0 output")


def test_shapes_are_compared_without_taking_memory() -> None:
    """A small file may declare a padding of any size."""
    kernel = nir.Conv1d(None, np.ones((3, 3, 1), "f4"), 1, 2**40, 1, 1, np.ones(3, "f4"))
    with pytest.raises(ValueError) as caught:
        read({"0": kernel}, "input 0", "0 output", shape=(3, 5))
    shapes = "(3, 5), and the nodes return (3, 2199023255557)"
    assert str(caught.value) == f"from_nir:\n- the output is declared with the shape {shapes}"


def test_how_many_elements_a_value_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading._MOST_ELEMENTS == 2**28
    monkeypatch.setattr(reading, "_MOST_ELEMENTS", 12)
    scale = nir.Scale(np.ones((3, 4)))
    read({"0": scale}, "input 0", "0 output", shape=(3, 4))
    monkeypatch.setattr(reading, "_MOST_ELEMENTS", 11)
    with pytest.raises(ValueError, match="do not fit each other: a value has 12 elements$"):
        read({"0": scale}, "input 0", "0 output", shape=(3, 4))


@pytest.mark.parametrize(
    "first, second, expected",
    [
        (np.float64, np.float64, torch.float64),
        (np.float16, np.float16, torch.float16),
    ],
)
def test_a_factor_has_the_precision_that_all_weights_have(
    first: Any, second: Any, expected: torch.dtype
) -> None:
    nodes = {"a": times(1.0, dtype=first), "b": times(1.0, dtype=second)}
    model = read({"s": nir.Scale(np.ones(3)), **nodes}, "input s", "s a", "a b", "b output")
    assert model.parts["s"].scale.dtype == expected


def test_a_neuron_that_is_fed_back_is_not_applied_after_the_delay() -> None:
    """Nor where a factor comes before it: this one fires without an input."""
    neuron = lif(v_leak=1.2, r=6.0)
    model = read({"0": times(1.0), "1": neuron}, "input 0", "1 0", "0 1", "0 output")
    assert [*model.parts] == ["0", "1_scale", "1"]
    assert [model(torch.ones(1, 3))[0, 0].item() for _ in range(2)] == [1.0, 2.0]
