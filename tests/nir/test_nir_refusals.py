"""What cannot be said is refused, all of it at once, with the module's name and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import nir
import tracetorch as tt
from tests.support.equal import identical
from tests.support.networks import INPUTS, ours
from tracetorch.functional import probabilistic_ste, round_ste, stochastic_round_ste
from tracetorch.nir.neurons import _is_close
from tracetorch.nir.parts import Scale

HARD = {"quant_fn": round_ste()}


class Squared(tt.Model):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


class Branching(tt.Model):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


class Doubled(tt.Model):
    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.map(x + x)


class Scaled(nn.Module):
    def forward(self, x: Tensor, factor: float = 1.0) -> Tensor:
        return factor * x


class Parts(tt.Model):
    """What the forwards below call."""

    def __init__(self) -> None:
        super().__init__()
        self.map, self.narrow = nn.Linear(8, 8), nn.Linear(8, 1)
        self.scaled, self.bilinear = Scaled(), nn.Bilinear(8, 8, 8)
        self.shift = nn.Parameter(torch.ones(8))


def model(forward: Callable[[Any, Tensor], Any]) -> nn.Module:
    made: nn.Module = type("Model", (Parts,), {"forward": forward})()
    return made


def passed_two_values(self: Any, x: Tensor) -> Tensor:
    return self.bilinear(x, self.map(x))


def passed_a_number(self: Any, x: Tensor) -> Tensor:
    return self.scaled(x, 2.0)


def passed_a_keyword(self: Any, x: Tensor) -> Tensor:
    return self.scaled(x, factor=2.0)


def adds_a_number(self: Any, x: Tensor) -> Tensor:
    return self.map(x) + 1


def adds_to_a_number(self: Any, x: Tensor) -> Tensor:
    return 1 + self.map(x)


def adds_a_number_in_place(self: Any, x: Tensor) -> Tensor:
    y = self.map(x)
    y += 1
    return y


def adds_a_multiple(self: Any, x: Tensor) -> Tensor:
    return torch.add(self.map(x), x, alpha=2)


def adds_a_parameter(self: Any, x: Tensor) -> Tensor:
    return self.map(x) + self.shift


def adds_another_shape(self: Any, x: Tensor) -> Tensor:
    return self.map(x) + self.narrow(x)


def returns_two(self: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    return self.map(x), x


NO_SUM = "NIR has no node for {}; use modules and sums"
OTHER_FORWARDS = [
    (passed_two_values, "it calls a module with more than one value"),
    (passed_a_number, "it calls a module with more than one value"),
    (passed_a_keyword, "it calls a module with more than one value"),
    (adds_a_number, NO_SUM.format("operator.add")),
    (adds_to_a_number, NO_SUM.format("operator.add")),
    (adds_a_number_in_place, NO_SUM.format("operator.iadd")),
    (adds_a_multiple, NO_SUM.format("torch.add")),
    (adds_a_parameter, NO_SUM.format("operator.add")),
    (adds_another_shape, r"it adds values of the shapes \(8,\) and \(1,\)"),
    (returns_two, "returns something else than one tensor; write it as a chain"),
]


def adds(self: Any, x: Tensor) -> Tensor:
    return self.map(x) + x


def adds_in_place(self: Any, x: Tensor) -> Tensor:
    y = self.map(x)
    y += x
    return y


def adds_by_torch(self: Any, x: Tensor) -> Tensor:
    return torch.add(self.map(x), x)


def adds_by_a_method(self: Any, x: Tensor) -> Tensor:
    return self.map(x).add(x)


def hooked() -> nn.Module:
    layer = nn.Linear(8, 8)
    layer.register_forward_hook(lambda module, inputs, output: output + 1)
    return layer


def running() -> nn.Module:
    layer = tt.snn.LI(8)
    layer(torch.zeros(2, 8))
    return layer


def partly_running() -> nn.Module:
    layer = tt.snn.SLI(8)
    layer.syn = torch.zeros(2, 8)
    return layer


def twice() -> nn.Module:
    layer = tt.snn.LI(8)
    return nn.Sequential(layer, nn.Linear(8, 8), layer)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "dual": (lambda: tt.snn.DLIB(8, **HARD), "nothing says which node DLIB is"),
    "smooth": (lambda: tt.snn.LIB(8), "its spikes are smooth, .* set quant_fn=round_ste()"),
    "coarse": (lambda: tt.snn.LIB(8, quant_fn=round_ste(0.5)), "its spikes are smooth"),
    "random": (lambda: tt.snn.LIB(8, quant_fn=stochastic_round_ste()), "must fire strictly above"),
    "probable": (lambda: tt.snn.LIB(8, quant_fn=probabilistic_ste()), "its spikes are smooth"),
    "shifted": (
        lambda: tt.snn.LIB(8, spike_fn=lambda x: torch.sigmoid(x + 1), **HARD),
        "must fire strictly above the threshold",
    ),
    "another class in its file": (
        lambda: type("Other", (tt.snn.LIB,), {"__module__": tt.snn.LIB.__module__})(8, **HARD),
        "nothing says which node Other is",
    ),
    "several": (lambda: tt.snn.LIT(8, **HARD), "no single node; pass expand=True to write it as 7"),
    "recurrent": (lambda: tt.rnn.GRU(8, 8), "nothing says which node GRU is"),
    "state space": (lambda: tt.ssm.S4(8), "nothing says which node S4 is"),
    "rectifier": (nn.ReLU, "NIR has no rectifier"),
    "normalisation": (lambda: nn.BatchNorm1d(8), "fold it into the linear map"),
    "dropout": (lambda: nn.Dropout(0.5), "call model.eval()"),
    "hook": (hooked, "it has hooks"),
    "product": (Squared, "NIR has no node for operator.mul"),
    "branches": (Branching, "write it as a chain of modules and sums"),
    "twice": (Doubled, "it adds a value to itself"),
    "a layer that runs twice": (
        twice,
        "^to_nir:\n- 2 .LI.: it runs twice in a timestep, and a node once; use two layers$",
    ),
    "running": (running, "a sequence is running; call zero_states()"),
    "partly running": (partly_running, "a sequence is running; call zero_states()"),
    "another size": (lambda: nn.Linear(7, 8), "does not run for this input_shape"),
    "another number of dimensions": (
        lambda: nn.BatchNorm2d(8),
        "BatchNorm2d: it does not run for this input_shape: expected 4D input",
    ),
    "a dimension that is not there": (
        lambda: nn.Flatten(3),
        "of another shape than it takes\n- Flatten: it does not run .*: Dimension out of range",
    ),
    "two inputs": (
        lambda: nn.Bilinear(8, 8, 8),
        "Bilinear: it does not run for this input_shape: .* 'input2'",
    ),
    "a tuple": (
        lambda: nn.Sequential(nn.LSTM(8, 8), nn.Linear(8, 8)),
        "0 .LSTM.: NIR has no node for it",
    ),
    "another size in the middle": (
        lambda: nn.Sequential(nn.Linear(8, 7), nn.Linear(8, 8), nn.Linear(8, 3)),
        "1 .Linear.: it does not run for this input_shape: [^\n]*$",
    ),
    "half precision": (lambda: nn.Linear(8, 8).bfloat16(), "no torch.bfloat16"),
    "batch": (lambda: nn.Flatten(0), "it flattens the batch too"),
    "features in the batch": (lambda: tt.snn.LI(1, dim=0), "its features are in dimension 0"),
}


@pytest.mark.parametrize("make, message", REFUSED.values(), ids=REFUSED)
def test_a_module(make: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.to_nir(make(), (8,))


@pytest.mark.parametrize("forward, message", OTHER_FORWARDS)
def test_a_forward(forward: Callable[[Any, Tensor], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.to_nir(model(forward), (8,))


@pytest.mark.parametrize("forward", [adds, adds_in_place, adds_by_torch, adds_by_a_method])
def test_a_sum_of_two_values_is_no_node(forward: Callable[[Any, Tensor], Tensor]) -> None:
    found = tt.to_nir(model(forward), (8,))
    assert found.edges == [("input", "map"), ("map", "output"), ("input", "output")]


def test_a_map_that_runs_twice_becomes_two_nodes() -> None:
    part = nn.Linear(8, 8)
    found = tt.to_nir(nn.Sequential(part, part), (8,))
    assert found.edges == [("input", "0"), ("0", "1"), ("1", "output")]
    assert np.array_equal(found.nodes["0"].weight, found.nodes["1"].weight)
    assert not np.shares_memory(found.nodes["0"].weight, found.nodes["1"].weight)


@pytest.mark.parametrize(
    "module, message",
    [
        (nn.Conv2d(2, 2, 3, padding_mode="circular", padding=1), "pads with zeros, not circular"),
        (nn.AvgPool2d(2, ceil_mode=True), "no ceil_mode"),
        (nn.AvgPool2d(2, divisor_override=3), "means and sums alone"),
        (nn.MaxPool2d(2), "use nn.AvgPool2d"),
        (nn.Linear(4, 4), "flatten the input before"),
    ],
)
def test_a_module_for_images(module: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.to_nir(module, (2, 4, 4))


def test_all_problems_are_in_one_error_with_the_names_of_their_modules() -> None:
    net = nn.Sequential(nn.Linear(8, 8), tt.snn.DLIB(8), nn.ReLU(), nn.Sequential(tt.snn.LIB(8)))
    with pytest.raises(ValueError) as caught:
        tt.to_nir(net, (8,))
    found = re.findall(r"^- (\S+) \((\w+)\): ", str(caught.value), re.MULTILINE)
    assert found == [("1", "DLIB"), ("2", "ReLU"), ("3.0", "LIB")]


def test_the_model_and_its_random_numbers_are_left_as_they_are() -> None:
    net = ours(tt.snn.LIB)
    before = torch.get_rng_state()
    tt.to_nir(net, (INPUTS,))
    assert identical(torch.get_rng_state(), before)
    assert tt.save_states(net) == {}


def test_a_layer_is_always_compared_with_its_node_for_the_same_inputs() -> None:
    """Whether a layer is refused does not depend on the seed of PyTorch."""
    seen: list[Tensor] = []

    def remembering(x: Tensor) -> Tensor:
        seen.append(x)
        return tt.functional.sigmoid4x(x)

    layer = tt.snn.LIB(8, spike_fn=remembering, **HARD)
    for seed in (0, 1):
        torch.manual_seed(seed)
        with pytest.warns(UserWarning, match="the spike_fn of LIB"):
            tt.to_nir(layer, (8,))
    first, second = torch.cat(seen).chunk(2)
    assert identical(first, second)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"dt": 0.0}, "dt must be above 0"),
        ({"dt": float("inf")}, "dt must be above 0"),
        ({"integration": "heun"}, "integration must be"),
        ({"with_current": True, "integration": "exponential"}, "with_current needs"),
    ],
)
def test_arguments_of_to_nir(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.to_nir(tt.snn.LI(3), (3,), **options)


# Reading


def lif(**fields: Any) -> nir.LIF:
    values = {"tau": 1e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **fields}
    return nir.LIF(**{name: np.broadcast_to(value, 3).copy() for name, value in values.items()})


def graph(*nodes: nir.NIRNode, shape: tuple[int, ...] = (3,)) -> nir.NIRGraph:
    names = ["input", *map(str, range(len(nodes))), "output"]
    parts = dict(zip(names, [nir.Input(np.array(shape)), *nodes, nir.Output(np.array(shape))]))
    return nir.NIRGraph(parts, [*zip(names, names[1:])], type_check=False)


READING = {"dt": 1e-4, "reset": "set"}
UNREADABLE: dict[str, tuple[nir.NIRGraph, dict[str, Any], str]] = {
    "no dt": (graph(lif()), {"reset": "set"}, "pass dt="),
    "no reset": (graph(lif()), {"dt": 1e-4}, "v_threshold = 1, v_reset = 0"),
    "fast": (graph(lif(tau=1e-4)), READING, "beta must be in"),
    "at once": (graph(lif(tau=0.0)), READING, "its tau must be above 0"),
    "backward": (graph(lif(tau=-1.0)), READING, "its tau must be above 0"),
    "low": (graph(lif(v_threshold=-1.0)), READING, "threshold must be above 0"),
    "not a number": (graph(lif(r=np.nan)), READING, "r holds a number that is not finite"),
    "whole numbers": (graph(lif(r=np.ones(3, int))), READING, "r must hold floating-point numbers"),
    "no neurons": (graph(nir.LIF(*[np.ones(0)] * 5), shape=(0,)), READING, "it has no neurons"),
    "no dimension": (graph(nir.LIF(*[np.ones(())] * 5), shape=()), READING, "it has no neurons"),
    "no positions": (graph(nir.LIF(*[np.ones((3, 0))] * 5)), READING, "it has no neurons"),
    "different shapes": (graph(_shaped := lif()), READING, "its fields have different shapes"),
    "integrator": (graph(nir.I(np.ones(3))), READING, "no layer is a I of these values"),
    "delay": (graph(nir.Delay(np.ones(3))), READING, "no layer for a node of the type Delay"),
    "bias": (graph(nir.Affine(np.eye(3), np.ones(2))), READING, r"bias has the shape \(2,\)"),
    "stride": (
        graph(nir.Conv1d(None, np.ones((1, 1, 1)), 0.5, 0, 1, 1, np.ones(1))),
        READING,
        "stride must be 1 whole numbers",
    ),
    "a kernel of too few dimensions": (
        graph(nir.Conv1d(None, np.ones((3, 3)), 1, 0, 1, 1, np.ones(3)), shape=(3, 5)),
        READING,
        r"its weight has the shape \(3, 3\)",
    ),
    "a kernel of too many dimensions": (
        graph(nir.Conv1d(None, np.ones((3, 3, 1, 1)), 1, 0, 1, 1, np.ones(3)), shape=(3, 5)),
        READING,
        r"its weight has the shape \(3, 3, 1, 1\)",
    ),
    "two problems": (
        graph(lif(tau=-1.0), nir.Delay(np.ones(3))),
        READING,
        r"- 0 \(LIF\): .*\n- 1 \(Delay\)",
    ),
    "unknown reset": (graph(lif()), {"reset": "zero"}, "reset must be 'set' or 'subtract'"),
    "another layer": (graph(lif()), {"layers": [tt.rnn.GRU]}, "nothing says which node GRU is"),
}
_shaped.r = np.ones(2)


@pytest.mark.parametrize("found, options, message", UNREADABLE.values(), ids=UNREADABLE)
def test_a_graph(found: nir.NIRGraph, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.from_nir(found, **options)


ARRAYS = [
    (lambda: nir.Linear(np.eye(3)), "weight"),
    *((lambda: nir.Affine(np.eye(3), np.ones(3)), name) for name in ("weight", "bias")),
    *(
        (lambda: nir.Conv1d(None, np.ones((3, 3, 1)), 1, 0, 1, 1, np.ones(3)), name)
        for name in ("weight", "bias")
    ),
    (lambda: nir.Scale(np.ones(3)), "scale"),
    (lambda: nir.Threshold(np.ones(3)), "threshold"),
]


@pytest.mark.parametrize("make, name", ARRAYS)
def test_an_array_that_is_not_finite_is_named(make: Callable[[], nir.NIRNode], name: str) -> None:
    node = make()
    getattr(node, name).flat[0] = np.inf
    shape = (3, 5) if isinstance(node, nir.Conv1d) else (3,)
    with pytest.raises(ValueError, match=rf": {name} holds a number that is not finite"):
        tt.from_nir(graph(node, shape=shape))


def edited(change: Callable[[nir.NIRGraph], None]) -> nir.NIRGraph:
    found = graph(nir.Linear(np.eye(3)), nir.Linear(np.eye(3)))
    change(found)
    return found


def add_loop(found: nir.NIRGraph) -> None:
    """Add two nodes that take each other's outputs, which no other node takes."""
    found.nodes.update(more=nir.Linear(np.eye(3)), back=nir.Linear(np.eye(3)))
    found.edges += [("0", "more"), ("more", "back"), ("back", "more")]


def add_loop_without_an_input(found: nir.NIRGraph) -> None:
    """Add two nodes that take each other's outputs, and lead to the output alone."""
    found.nodes.update(more=nir.Linear(np.eye(3)), back=nir.Linear(np.eye(3)))
    found.edges += [("more", "back"), ("back", "more"), ("back", "output")]


def add_loop_of_any_shape(found: nir.NIRGraph) -> None:
    """Add a convolution that takes its own output, and does not say of which length."""
    kernel = np.ones((3, 3, 1))
    found.nodes["more"] = nir.Conv1d(None, kernel, 1, 0, 1, 1, np.zeros(3))
    found.edges += [("1", "more"), ("more", "more"), ("more", "output")]


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda g: g.edges.append(("0", "2")), r"\('0', '2'\) is not between two of its nodes"),
        (lambda g: g.edges.append(("input", "0", "1")), "'1'. is not between two of its nodes"),
        (lambda g: g.edges.append(("0", "1")), "it has an edge twice"),
        (lambda g: g.edges.remove(("1", "output")), "0, 1: the output does not depend on it"),
        (add_loop, "more, back: the output does not depend on it"),
        (lambda g: g.edges.remove(("0", "1")), "1: nothing leads to it"),
        (add_loop_without_an_input, "back: it is in a loop without an input"),
        (add_loop_of_any_shape, "more: it is fed back, and its shape is not known"),
        (lambda g: g.nodes.update({"1": nir.Linear(np.eye(4))}), "do not fit each other"),
        (lambda g: g.nodes.update({"1": nir.Linear(np.ones((2, 3)))}), r"declared with .* \(2,\)"),
        (lambda g: g.nodes.pop("output") and g.edges.pop(), "1 inputs and 0 outputs"),
        (lambda g: g.nodes.update(more=nir.Input(np.array([3]))), "2 inputs and 1 outputs"),
    ],
)
def test_edges(change: Callable[[nir.NIRGraph], None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.from_nir(edited(change))


@pytest.mark.parametrize("inner, outer", [("0", "0.0"), ("", "0"), ("input", "input.output")])
def test_two_nodes_of_one_name(inner: str, outer: str) -> None:
    """The name of a node within a graph is that of the graph, a dot and its own."""
    found = graph(nir.Linear(np.eye(3)))
    found.nodes = {inner: graph(nir.Linear(np.eye(3))), outer: found.nodes["0"]}
    found.nodes |= {"in": nir.Input(np.array([3])), "out": nir.Output(np.array([3]))}
    found.edges = [("in", inner), (inner, outer), (outer, "out")]
    with pytest.raises(ValueError, match=f"^from_nir:\n- {outer}: two nodes have this name$"):
        tt.from_nir(found)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"groups": 0}, "groups must be a positive integer"),
        ({"groups": 2}, "out_channels must be divisible by groups"),
        ({"padding": "same", "stride": 2}, "padding='same' is not supported for strided"),
        ({"padding": b"sane"}, "Invalid padding string 'sane'"),
    ],
)
def test_a_convolution_that_is_none(options: dict[str, Any], message: str) -> None:
    given = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options}
    node = nir.Conv1d(None, np.ones((3, 1, 1)), bias=np.ones(3), **given)
    with pytest.raises(ValueError, match=rf"^from_nir:\n- 0 \(Conv1d\): {message}"):
        tt.from_nir(graph(node, shape=(3, 5)))


def test_a_dimension_that_is_no_number() -> None:
    flat = nir.Flatten({"input": None}, np.array([0, 1]), -1)
    with pytest.raises(ValueError, match=r"^from_nir:\n- 0 \(Flatten\): only"):
        tt.from_nir(graph(flat))


def test_a_graph_of_nothing() -> None:
    found = graph()
    assert tt.from_nir(found)(torch.ones(1, 3)).tolist() == [[1.0] * 3]
    found.edges.clear()
    with pytest.raises(ValueError, match="output: nothing leads to it"):
        tt.from_nir(found)


def test_a_graph_within_itself() -> None:
    found = graph(nir.Linear(np.eye(3)))
    found.nodes["0"] = found
    with pytest.raises(ValueError, match="nested too deeply"):
        tt.from_nir(found)


def test_how_deep_graphs_may_be() -> None:
    found = graph(nir.Linear(2 * np.eye(3)))
    for _ in range(16):
        found = graph(found)
    ys = tt.from_nir(found)(torch.ones(1, 3, dtype=torch.float64))
    assert ys.dtype == torch.float64 and ys.tolist() == [[2.0] * 3]
    with pytest.raises(ValueError, match="nested too deeply"):
        tt.from_nir(graph(found))


def test_a_graph_within_a_graph_has_one_output() -> None:
    inner = graph(nir.Linear(np.eye(3)))
    inner.nodes["more"] = nir.Output(np.array([3]))
    with pytest.raises(ValueError, match="0: a graph within a graph has one input and output"):
        tt.from_nir(graph(inner))


@pytest.mark.parametrize("shape", [[3.0], [[3]], [0], [-1], [2**14, 2**15]], ids=str)
def test_a_shape_that_is_none(shape: list[Any]) -> None:
    found = graph(nir.Linear(np.eye(3)))
    found.nodes["input"].input_type["input"] = np.array(shape)
    with pytest.raises(ValueError, match="is no shape|a value has 536870912 elements"):
        tt.from_nir(found)


def test_a_dimension_may_have_the_size_1() -> None:
    nodes = nir.Flatten({"input": np.array([1, 3])}, 0, -1), nir.Linear(np.ones((1, 3)))
    found = graph(*nodes, shape=(1, 3))
    found.nodes["output"].input_type["input"] = np.array([1])
    assert tt.from_nir(found)(torch.ones(2, 1, 3, dtype=torch.float64)).tolist() == [[3.0]] * 2


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_may_have_their_bytes_in_any_order(order: str) -> None:
    """A file may come from another machine."""
    weight = np.array([[1.0, 2.0, 3.0]] * 3, dtype=f"{order}f4")
    found = tt.from_nir(graph(nir.Linear(weight), lif(r=np.float64(2.0))), **READING)
    assert found(torch.ones(1, 3)).shape == (1, 3)
    assert found.parts["0"].weight.tolist() == weight.tolist()


def test_a_size_of_both_dimensions_may_be_written_as_one() -> None:
    pool = nir.AvgPool2d(np.array(2), np.array([2]), np.array([0, 0]))
    found = nir.NIRGraph.from_list(nir.Input(np.array([1, 4, 4])), pool, type_check=False)
    found.nodes["output"].input_type["input"] = np.array([1, 2, 2])
    image = torch.rand(2, 1, 4, 4, dtype=torch.float64)
    assert identical(tt.from_nir(found)(image), nn.AvgPool2d(2)(image))


def test_a_current_without_memory_is_a_factor() -> None:
    """A time constant of one timestep leaves nothing of the current to the next one."""
    fields = {"tau_syn": 1e-4, "tau_mem": 1e-2, "r": 2.0, "v_leak": 0.1, "v_threshold": 1.0}
    values = {name: np.full(3, value) for name, value in {**fields, "w_in": 3.0}.items()}
    cuba = nir.CubaLIF(**values, v_reset=np.full(3, 0.1))
    plain = lif(tau=1e-2, r=6.0, v_leak=0.1, v_reset=0.1)
    xs = torch.rand(50, 2, 3, dtype=torch.float64)
    found, expected = (tt.unroll(tt.from_nir(graph(n), **READING), xs) for n in (cuba, plain))
    assert identical(found, expected) and 0 < found.mean() < 1


def test_a_readout_that_rests_at_another_value_is_no_layer() -> None:
    """It returns its membrane, while of a neuron that fires only the differences matter."""
    ones = np.ones(3)
    li = {"r": ones, "v_leak": 1e-3 * ones}
    for node in (
        nir.LI(tau=1e-3 * ones, **li),
        nir.CubaLI(tau_syn=1e-3 * ones, tau_mem=1e-3 * ones, **li),
        nir.CubaLI(tau_syn=1e-4 * ones, tau_mem=1e-3 * ones, **li),
    ):
        with pytest.raises(ValueError, match=r"no layer is a (Cuba)?LI of these values; pass one"):
            tt.from_nir(graph(node), dt=1e-4)
    xs = torch.rand(50, 2, 3, dtype=torch.float64)
    fired = [
        tt.unroll(tt.from_nir(graph(lif(tau=1e-2, r=8.0, **voltages)), **READING), xs)
        for voltages in (
            {"v_leak": 0.0, "v_threshold": 1.0, "v_reset": -0.25},
            {"v_leak": 0.5, "v_threshold": 1.5, "v_reset": 0.25},
        )
    ]
    assert identical(*fired) and 0 < fired[0].mean() < 1


@pytest.mark.parametrize("said", ["[1]", "{", b"{}", 5])
def test_what_a_graph_says_may_be_anything(said: object) -> None:
    found = graph(lif())
    for metadata in ({"tracetorch": said}, said):
        found.metadata = metadata
        with pytest.raises(ValueError, match="pass dt="):
            tt.from_nir(found, reset="set")


def test_what_is_no_graph() -> None:
    with pytest.raises(TypeError, match="must be a nir.NIRGraph or a path, got 5"):
        tt.from_nir(5)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        tt.from_nir("missing.nir")


# What decides nothing is not asked for


def test_a_graph_without_neurons_needs_no_arguments() -> None:
    model = tt.from_nir(graph(nir.Linear(2 * np.eye(3, dtype=np.float32))))
    assert model(torch.ones(1, 3)).tolist() == [[2, 2, 2]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_factors_have_the_precision_of_the_weights(dtype: Any) -> None:
    nodes = nir.Linear(np.eye(3, dtype=dtype)), nir.Scale(np.full(3, 2.0))
    model = tt.from_nir(graph(*nodes, shape=np.array([3], np.uint8)))
    assert {str(part.dtype) for part in model.state_dict().values()} == {
        f"torch.{np.dtype(dtype).name}"
    }


def test_factors_without_weights_have_the_default_precision() -> None:
    before = torch.get_default_dtype()
    for dtype in (torch.float64, torch.float32):
        torch.set_default_dtype(dtype)
        try:
            model = tt.from_nir(graph(nir.Scale(np.full(3, 2.0))))
        finally:
            torch.set_default_dtype(before)
        assert [part.dtype for part in model.state_dict().values()] == [dtype]


def test_what_is_passed_comes_before_what_the_graph_says() -> None:
    found = tt.to_nir(tt.snn.LIEMA(3, beta=0.9), (3,), dt=1e-3, integration="euler")
    found.nodes["liema"].metadata = {}
    for options, beta in (
        ({}, 0.9),
        ({"dt": 2e-3}, 0.8),
        ({"integration": "exponential"}, np.exp(-0.1)),
    ):
        (layer,) = tt.from_nir(found, **options).parts.values()
        assert layer.beta.tolist() == pytest.approx([beta] * 3)


def test_a_readout_needs_no_reset() -> None:
    ones = np.ones(3)
    model = tt.from_nir(graph(nir.LI(tau=1e-3 * ones, r=ones, v_leak=0 * ones)), dt=1e-4)
    assert [type(part) for part in model.parts.values()] == [tt.snn.LIEMA]


def test_the_sum_of_values_is_in_the_order_of_the_edges() -> None:
    found = graph(*(nir.Linear(np.eye(3, dtype=np.float32) * factor) for factor in (1e8, -1e8, 1)))
    found.edges = [("input", "0"), ("input", "1"), ("input", "2")]
    for order in ([0, 1, 2], [2, 0, 1]):
        found.edges = [*found.edges[:3], *((str(index), "output") for index in order)]
        expected = 1.0 if order == [0, 1, 2] else 0.0
        assert tt.from_nir(found)(torch.ones(1, 3)).tolist() == [[expected] * 3]


def test_a_loop_feeds_back_what_was_a_timestep_before() -> None:
    """At first it feeds back what a map without states makes of 0: its bias."""
    found = graph(lif(r=10.0), shape=(3,))
    found.nodes["back"] = nir.Affine(np.zeros((3, 3), np.float32), np.full(3, 2, np.float32))
    found.edges += [("0", "back"), ("back", "0")]
    model = tt.from_nir(found, **READING)
    assert model(torch.zeros(2, 3)).tolist() == [[1.0] * 3] * 2


def test_a_threshold_ends_what_is_applied_after_the_delay() -> None:
    """What it makes of 0 at first is not fed back."""
    found = graph(nir.Linear(np.eye(3, dtype=np.float32)))
    found.nodes["back"] = nir.Threshold(np.full(3, -1.0))
    found.edges += [("0", "back"), ("back", "0")]
    model = tt.from_nir(found)
    assert [model(torch.zeros(1, 3)).tolist() for _ in range(2)] == [[[0.0] * 3], [[1.0] * 3]]


@pytest.mark.parametrize(
    "edges, expected",
    [
        ([("0", "1"), ("1", "output"), ("0", "back"), ("1", "back")], [2.0, 20.0]),
        ([("0", "1"), ("1", "output"), ("0", "back"), ("back", "output")], [5.0, 20.0]),
    ],
    ids=["of a sum", "that others read"],
)
def test_a_map_in_a_loop(edges: list[tuple[str, str]], expected: list[float]) -> None:
    """It is applied before the delay."""
    identity = np.eye(3, dtype=np.float32)
    found = graph(nir.Linear(identity), nir.Linear(2 * identity))
    found.nodes["back"] = nir.Linear(3 * identity)
    found.edges = [("input", "0"), ("back", "0"), *edges]
    model = tt.from_nir(found)
    assert [model(torch.ones(1, 3))[0, 0].item() for _ in range(2)] == expected


@pytest.mark.parametrize(
    "names, expected",
    [
        (["a.b", "a_b"], ["a_b", "a_b_2"]),
        (["pop", "keys"], ["pop_2", "keys_2"]),
        (["", "node"], ["node", "node_2"]),
    ],
)
def test_names_that_a_part_cannot_have(names: list[str], expected: list[str]) -> None:
    nodes = [nir.Linear(np.eye(3)), nir.Linear(np.eye(3))]
    found = graph(*nodes)
    path = ["input", *names, "output"]
    found.nodes = dict(zip(path, [found.nodes["input"], *nodes, found.nodes["output"]]))
    found.edges = [*zip(path, path[1:])]
    assert [*tt.from_nir(found).parts] == expected


def test_a_loop_without_a_node() -> None:
    inner = nir.NIRGraph(
        {"in": nir.Input(np.array([3])), "out": nir.Output(np.array([3]))}, [("in", "out")]
    )
    found = graph(nir.Linear(np.eye(3)))
    found.nodes["empty"] = inner
    found.edges += [("empty", "empty"), ("empty", "0")]
    with pytest.raises(ValueError, match="the graph has a loop without a node"):
        tt.from_nir(found)


def test_the_least_precise_field_decides_what_is_equal() -> None:
    made = nir.LI(
        tau=np.full(3, 3e-3, np.float32), r=np.full(3, 30, np.float32), v_leak=np.zeros(3)
    )
    (layer,) = tt.from_nir(graph(made), dt=1e-4).parts.values()
    assert type(layer) is tt.snn.LI


@pytest.mark.parametrize(
    "node, options, message",
    [
        (nir.I(np.ones(3)), READING, "0 (I): no layer is a I of these values; pass one in"),
        (nir.I(np.ones(3)), {"dt": 1e-4}, "0 (I): no layer is a I of these values; pass one in"),
        (
            nir.IF(r=np.ones(3), v_threshold=np.ones(3), v_reset=np.full(3, 0.5)),
            READING,
            "0 (IF): no layer is a IF of these values with reset='set'; pass one in",
        ),
        (
            lif(v_threshold=[0.5, 1.0, 2.0]),
            {"dt": 1e-4},
            "0 (LIF): a file does not say what a spike does to the membrane (v_threshold = 0.5 to "
            "2, v_reset = 0); pass reset='set' for a membrane of v_reset after a spike, as "
            "snnTorch, Norse and SpikingJelly write, or reset='subtract' for one lowered by "
            "v_threshold - v_reset, as Sinabs writes",
        ),
    ],
)
def test_what_is_said_of_a_neuron(node: nir.NIRNode, options: Any, message: str) -> None:
    more = " layers=[...]" if message.endswith("pass one in") else ""
    with pytest.raises(ValueError) as caught:
        tt.from_nir(graph(node), **options)
    assert str(caught.value) == f"from_nir:\n- {message}{more}"


@pytest.mark.parametrize("off", [4, -4, 5, -4.5, 0])
def test_a_gain_is_1_to_within_four_steps_of_its_precision(off: float) -> None:
    """What is further away, for one neuron alone, is a factor before the layer."""
    r = np.array([1.0, 1.0, 1.0 + off * 2.0**-23], np.float32)
    tau, rest = np.full(3, 1e-3), np.zeros(3)
    parts = tt.from_nir(graph(nir.LI(tau=tau, r=r, v_leak=rest)), dt=1e-4).parts
    if abs(off) <= 4:
        assert [type(part) for part in parts.values()] == [tt.snn.LIEMA]
    else:
        assert [type(part) for part in parts.values()] == [Scale, tt.snn.LI]
        assert parts["0_scale"].scale.tolist() == pytest.approx((0.1 * r).tolist(), rel=1e-6)


@pytest.mark.parametrize("reset, layer", [(9e-13, tt.zoo.LIBZ), (1.1e-12, tt.zoo.LIBV)])
def test_how_near_to_0_a_reset_is_one_to_0(reset: float, layer: type[tt.Layer]) -> None:
    node = lif(tau=2e-4, r=2.0, v_reset=[0.0, reset, -reset])
    (found,) = tt.from_nir(graph(node), **READING).parts.values()
    assert type(found) is layer


@pytest.mark.parametrize(
    "one, other, is_near",
    [(1.0, 1 + 9e-10, True), (1.0, 1 + 2e-9, False), (0.0, 9e-13, True), (0.0, 2e-12, False)],
)
def test_how_near_two_fields_are_the_same(one: float, other: float, is_near: bool) -> None:
    """A billionth, or for small ones a thousandth of that; of any neuron."""
    given = torch.tensor([one, other], dtype=torch.float64)
    assert _is_close(torch.tensor(one, dtype=torch.float64), given) is is_near


@pytest.mark.parametrize("whole_input", [False, True])
def test_an_integrator_takes_its_input_whole_in_any_case(whole_input: bool) -> None:
    ones = np.ones(3)
    node = nir.IF(r=1e4 * ones, v_threshold=ones, v_reset=0 * ones)
    (layer,) = tt.from_nir(graph(node), **READING, whole_input=whole_input).parts.values()
    assert type(layer) is tt.zoo.IFZ


def test_a_whole_input_is_not_weighted_by_the_decay_of_the_first_state() -> None:
    """A current if there is one, and else the membrane."""
    plain = lif(tau=1e-3, r=1.0)
    (layer,) = tt.from_nir(graph(plain), **READING, whole_input=True).parts.values()
    assert type(layer) is tt.zoo.LIBZ
    fields = {"tau_syn": 1e-3, "tau_mem": 1e-2, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0}
    cuba = nir.CubaLIF(**{name: np.full(3, value) for name, value in fields.items()})
    parts = tt.from_nir(graph(cuba), **READING, whole_input=True).parts
    assert [type(part) for part in parts.values()] == [Scale, tt.zoo.SLIBZ]
    assert parts["0_scale"].scale.tolist() == pytest.approx([0.1] * 3)


@pytest.mark.parametrize("threshold", [1.0, -1.0], ids=["read", "refused"])
def test_neurons_have_the_precision_of_the_weights(threshold: float) -> None:
    """The default of PyTorch is left as it is."""
    before = torch.get_default_dtype()
    found = graph(nir.Linear(np.eye(3)), lif(v_threshold=threshold))
    if threshold > 0:
        model = tt.from_nir(found, **READING)
        assert {value.dtype for value in model.state_dict().values()} == {torch.float64}
    else:
        with pytest.raises(ValueError, match="threshold must be above 0"):
            tt.from_nir(found, **READING)
    assert torch.get_default_dtype() == before == torch.float32


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_weights_keep_their_precision_whatever_the_default(dtype: str, float64: None) -> None:
    model = tt.from_nir(graph(nir.Linear(np.eye(3, dtype=dtype)), lif()), **READING)
    assert {str(value.dtype) for value in model.state_dict().values()} == {f"torch.{dtype}"}


def test_what_is_fed_back_has_the_features_of_its_node() -> None:
    values = np.ones((2, 3, 3))
    found = graph(nir.LI(tau=1e-3 * values, r=10 * values, v_leak=0 * values), shape=(2, 3, 3))
    found.edges.append(("0", "0"))
    model = tt.from_nir(found, dt=1e-4)
    assert repr(model.loops[0]) == "Feedback(2, dim=-3)"
    xs = torch.ones(1, 2, 3, 3)
    assert [model(xs).mean().tolist() for _ in range(2)] == pytest.approx([1.0, 2.9])


def test_positions_of_a_channel_must_be_alike() -> None:
    values = np.ones((2, 3, 3))
    tau = 1e-3 * values
    made = nir.LI(tau=tau, r=values, v_leak=0 * values)
    (layer,) = tt.from_nir(graph(made, shape=(2, 3, 3)), dt=1e-4).parts.values()
    assert layer.dim == -3 and layer.num_neurons == 2
    tau[0, 1, 1] *= 2
    with pytest.raises(ValueError, match="beta differs between the positions of a channel"):
        tt.from_nir(graph(made, shape=(2, 3, 3)), dt=1e-4)
