"""A model comes back from its own file as it was."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import nir
import tracetorch as tt
from tests.support.equal import identical
from tests.support.networks import INPUTS, ours, outputs, sequence, through_a_file
from tracetorch.core import backend
from tracetorch.functional import arctan, fast_sigmoid, gaussian, round_ste
from tracetorch.nir.declared import Known
from tracetorch.nir.neurons import _nudge
from tracetorch.nir.parts import Scale, Threshold

LAYERS = [layer for layer, _ in Known().candidates()]
SPIKES = [arctan, functools.partial(fast_sigmoid, slope=25), functools.partial(gaussian, alpha=1)]


@st.composite
def drawn_layers(draw: st.DrawFn) -> tt.Layer:
    """A layer that is a node, or several, with any parameters, ranks, functions, dim and dtype."""
    layer: Any = draw(st.sampled_from(LAYERS))
    options: dict[str, Any] = {}
    for name in backend.parameters(layer(1)):
        options[f"{name}_rank"] = draw(st.integers(0, 1))
        options[f"learn_{name}"] = draw(st.booleans())
    if backend.functions(layer(1)):
        options |= {"quant_fn": round_ste(), "spike_fn": draw(st.sampled_from(SPIKES))}
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    made: tt.Layer = layer(3, dim=draw(st.sampled_from([-1, -2, -3, 1])), **options).to(dtype)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    for raw in backend.raw_parameters(made).values():
        raw.data = torch.randn(raw.shape, generator=generator, dtype=dtype)
    return made


@given(
    drawn_layers(),
    st.sampled_from([1.0, 1e-3, 1e-4, 0.37]),
    st.sampled_from(["euler", "exponential"]),
)
def test_a_layer_comes_back_bit_for_bit(layer: tt.Layer, dt: float, integration: str) -> None:
    graph = tt.to_nir(layer, (3, 3, 3), dt, integration, expand=True)
    with TemporaryDirectory() as folder:
        model = tt.from_nir(through_a_file(graph, Path(folder)))
    (again,) = model.parts.values()
    assert type(again) is type(layer) and repr(again) == repr(layer)
    before, after = layer.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    assert all(identical(before[key], after[key]) for key in before)
    assert [*dict(layer.named_parameters())] == [*dict(again.named_parameters())]
    xs = torch.randn(8, 2, 3, 3, 3, dtype=next(iter(before.values())).dtype)
    assert identical(tt.unroll(again, xs), tt.unroll(layer, xs))


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str
)
def test_a_neuron_comes_back_in_its_type_and_form(dtype: torch.dtype, rank: int) -> None:
    forms = {f"{name}_rank": rank for name in ("beta", "threshold", "bias")}
    layer = tt.snn.LIB(3, dim=-2, quant_fn=round_ste(), learn_bias=False, **forms).to(dtype)
    (again,) = tt.from_nir(tt.to_nir(layer, (3, 2))).parts.values()
    assert repr(again) == repr(layer)
    for name, value in layer.state_dict().items():
        assert value.dtype == dtype and identical(again.state_dict()[name], value)


@pytest.mark.parametrize("layer", [tt.snn.RLIB, tt.snn.LIT, tt.snn.SRLITS])
def test_several_nodes_come_back_in_any_order(layer: Any) -> None:
    """A file need not keep the order of nodes and edges, or the kind of an edge."""
    graph = tt.to_nir(layer(3, quant_fn=round_ste()), (3,), expand=True)
    inner = graph.nodes[layer.__name__.lower()]
    inner.nodes = dict(reversed(inner.nodes.items()))
    inner.edges = [[*edge] for edge in reversed(inner.edges)]
    (again,) = tt.from_nir(graph).parts.values()
    assert type(again) is layer


def test_the_arrays_of_a_graph_are_its_own() -> None:
    """They can be changed one by one, and the layer stays as it is."""
    layer = tt.snn.RLIB(3, beta_rank=0, quant_fn=round_ste()).double()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    node = tt.to_nir(layer, (3,), expand=True).nodes["rlib"]
    fields = [value for one in node.nodes.values() for value in vars(one).values()]
    arrays = [*fields, *node.metadata["tracetorch"].values()]
    changed = [array for array in arrays if isinstance(array, np.ndarray)]
    assert len(changed) > 8
    for array in changed:
        assert array.flags.c_contiguous
        array[0] += 1
        assert array.shape == (1,) or array[0] != array[1]
    assert all(identical(layer.state_dict()[name], value) for name, value in before.items())


class Residual(tt.Model):
    """A convolutional network with everything that NIR has a node for."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 6, 3, padding=1, bias=False)
        self.neurons = tt.snn.SLIB(
            6, beta=torch.linspace(0.5, 0.9, 6), dim=-3, quant_fn=round_ste()
        )
        self.second = nn.Conv2d(6, 6, (3, 1), padding=(1, 0), stride=1, groups=2)
        self.scale = Scale(torch.linspace(0.5, 1.5, 6)[:, None, None])
        self.threshold = Threshold(torch.tensor(0.2))
        self.pool = nn.AvgPool2d(2, divisor_override=1)
        self.drop = nn.Dropout(0.5).eval()
        self.flat = nn.Flatten()
        self.read = nn.Sequential(nn.Linear(6 * 4 * 4, 5, bias=False), tt.snn.LI(5))

    def forward(self, x: Tensor) -> Tensor:
        h = self.neurons(self.first(x))
        h = h + self.threshold(self.scale(self.second(h)))
        return self.read(self.flat(self.pool(self.drop(h))))


def test_convolutions_sums_and_factors(tmp_path: Path) -> None:
    network = Residual()
    graph = tt.to_nir(network, (2, 8, 8))
    assert {type(node).__name__ for node in graph.nodes.values()} == {
        *("Input", "Output", "Conv2d", "CubaLIF", "Scale", "Threshold", "SumPool2d", "Flatten"),
        *("Linear", "LI"),
    }
    assert sorted(edge for edge in graph.edges if edge[1] == "pool") == [
        ("neurons", "pool"),
        ("threshold", "pool"),
    ]
    model = tt.from_nir(through_a_file(graph, tmp_path))
    assert {step.way.value for step in tt.unroll.plan(model).steps} == {"kernel", "whole"}
    xs = torch.rand(20, 3, 2, 8, 8)
    ys = tt.unroll(network, xs)
    assert ys.unique().numel() > 20
    assert identical(tt.unroll(model, xs), ys)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_network_is_written_and_read_in_its_precision(dtype: torch.dtype, tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(4, 3), tt.snn.LIB(3, quant_fn=round_ste())).to(dtype)
    model = tt.from_nir(through_a_file(tt.to_nir(network, (4,)), tmp_path))
    for x in torch.rand(20, 2, 4, dtype=dtype):
        y = model(x)
        assert y.dtype == dtype and torch.equal(y, network(x))


def test_what_has_no_bias_gets_none() -> None:
    for layer, shape in (
        (nn.Conv1d(2, 3, 3, bias=False), (2, 5)),
        (nn.Linear(2, 3, bias=False), (2,)),
    ):
        graph = tt.to_nir(layer, shape)
        (again,) = tt.from_nir(graph).parts.values()
        assert again.state_dict().keys() == {"weight"}
    graph = tt.to_nir(nn.Conv1d(2, 3, 3, bias=False), (2, 5))
    graph.nodes["conv1d"].bias += 1
    (again,) = tt.from_nir(graph).parts.values()
    assert again.bias.tolist() == [1, 1, 1]
    graph.nodes["conv1d"].bias -= 1
    graph.nodes["conv1d"].metadata = {}  # as others write it
    (again,) = tt.from_nir(graph).parts.values()
    assert again.bias.tolist() == [0, 0, 0]


@pytest.mark.parametrize("layer", [tt.snn.LI, tt.snn.SLI, tt.zoo.LIBZ, tt.snn.SLIB, tt.zoo.IF])
def test_a_factor_before_a_neuron_is_part_of_its_node(layer: Any, tmp_path: Path) -> None:
    hard = {} if layer in (tt.snn.LI, tt.snn.SLI) else {"quant_fn": round_ste()}
    network = nn.Sequential(
        nn.Linear(INPUTS, 4), Scale(torch.linspace(0.1, 2.0, 4)), layer(4, **hard)
    )
    graph = tt.to_nir(network, (INPUTS,))
    assert graph.nodes.keys() == {"input", "0", "2", "output"}
    assert sorted(graph.edges) == [("0", "2"), ("2", "output"), ("input", "0")]
    model = tt.from_nir(through_a_file(graph, tmp_path))
    assert identical(model.parts["2_scale"].scale, network[1].scale)
    assert identical(outputs(model), outputs(network))
    graph.nodes["2"].metadata = {}
    model = tt.from_nir(graph, reset="set" if layer is tt.zoo.LIBZ else "subtract")
    assert torch.allclose(outputs(model), outputs(network), rtol=1e-4, atol=1e-4)


def test_names_that_are_taken_get_numbers() -> None:
    model = nn.Sequential()
    for name in ("output", "input", "input_2"):
        model.add_module(name, nn.Linear(3, 3))
    graph = tt.to_nir(model, (3,))
    names = ["input", "output_2", "input_2", "input_2_2", "output"]
    assert graph.edges == [*zip(names, names[1:])] and [*graph.nodes] == names


def test_a_factor_that_others_read_is_a_node() -> None:
    class Net(tt.Model):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.layer = Scale(torch.full((3,), 2.0)), tt.snn.LI(3)

        def forward(self, x: Tensor) -> Tensor:
            scaled = self.scale(x)
            return scaled + self.layer(scaled)

    assert "scale" in tt.to_nir(Net(), (3,)).nodes


def test_one_dimension_and_flattened_parts(tmp_path: Path) -> None:
    network = nn.Sequential(
        nn.Conv1d(2, 4, 3, stride=2, padding=1, dilation=1),
        tt.zoo.LIBZ(4, dim=-2, quant_fn=round_ste()),
        nn.Flatten(1, 2),
        nn.Linear(16, 3),
    )
    model = tt.from_nir(through_a_file(tt.to_nir(network, (2, 8)), tmp_path))
    xs = torch.rand(10, 3, 2, 8)
    assert identical(tt.unroll(model, xs), tt.unroll(network, xs))


def test_a_file_is_read_by_the_reference(tmp_path: Path) -> None:
    network = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), tt.snn.LIB(3, dim=-3, quant_fn=round_ste()), nn.Flatten()
    )
    graph = nir.read(through_a_file(tt.to_nir(network, (2, 6, 6)), tmp_path))
    assert graph.nodes["2"].output_type["output"].tolist() == [108]


@pytest.mark.parametrize("layer", [tt.snn.RLIB, tt.snn.LIT, tt.snn.LITS, tt.snn.SRLITS])
def test_several_nodes_need_no_metadata(layer: Any, tmp_path: Path) -> None:
    network = ours(layer)
    for one in (network[1], network[3]):
        for raw in one.parameters():
            raw.data += 0.3 * torch.randn_like(raw)
    graph = tt.to_nir(network, (INPUTS,), expand=True)
    for node in graph.nodes.values():
        node.metadata = {}
    reset = "subtract" if layer is tt.snn.RLIB else None
    model = tt.from_nir(through_a_file(graph, tmp_path), reset=reset)
    with pytest.warns(UserWarning, match="no kernel for"):
        found = outputs(model)
    expected = outputs(network)
    assert expected.unique().numel() > 1
    assert (found - expected).abs().max() < 1e-5
    again = tt.from_nir(tt.to_nir(model, (INPUTS,)))
    with pytest.warns(UserWarning, match="no kernel for"):
        assert identical(outputs(again), found)


def test_without_metadata_values_are_as_near_as_float32_allows() -> None:
    network = sequence(lambda size: tt.snn.LIB(size, beta=0.8, bias=0.1, quant_fn=round_ste()))
    graph = tt.to_nir(network, (INPUTS,))
    for node in graph.nodes.values():
        node.metadata = {}
    model = tt.from_nir(graph, reset="subtract")
    for name, one in (("1", network[1]), ("3", network[3])):
        for parameter, value in backend.parameters(one).items():
            assert identical(getattr(model.parts[name], parameter), value)
    assert identical(outputs(model), outputs(network))


@pytest.mark.parametrize("dim, shape", [(1, (3, 5)), (2, (5, 3)), (-2, (3, 5))])
def test_features_are_where_they_were(dim: int, shape: tuple[int, ...]) -> None:
    layer, x = tt.snn.LI(3, beta=torch.tensor([0.5, 0.6, 0.7]), dim=dim), torch.randn(2, *shape)
    (again,) = tt.from_nir(tt.to_nir(layer, shape)).parts.values()
    assert identical(again(x), layer(x))


def test_raw_values_move_to_the_nearest_of_eight_neighbours() -> None:
    """On either side; of two that are as near, the one before is kept."""
    one = torch.ones(())
    up, down = [one], [one]
    for _ in range(9):
        up.append(torch.nextafter(up[-1], torch.tensor(2.0)))
        down.append(torch.nextafter(down[-1], torch.tensor(0.0)))
    middle = [(one.double() + other.double()) / 2 for other in (up[1], down[1])]
    wanted = torch.stack([value.double() for value in (*up, *down, *middle)])
    expected = torch.stack([*up[:9], up[8], *down[:9], down[8], one, one])
    layer = tt.Layer(len(wanted))
    layer._register_parameter("gain", 1.0)
    _nudge(layer, "gain", wanted)
    assert identical(layer.raw_gain.detach(), expected)


def test_of_all_raw_values_the_nearest_is_taken() -> None:
    """The inverse of a constraint may be off by some steps of float32."""
    layer = tt.snn.LIB(64, threshold=torch.linspace(0.2, 5.0, 64), quant_fn=round_ste())
    graph = tt.to_nir(layer, (64,))
    graph.nodes["lib"].metadata = {}
    (again,) = tt.from_nir(graph, reset="subtract").parts.values()
    assert identical(again.threshold, layer.threshold)


CONVOLUTIONS = {
    "Conv1d": (lambda: nn.Conv1d(2, 4, 3, 2, 1, 2, 2), (2, 11)),
    "Conv2d": (lambda: nn.Conv2d(2, 4, (3, 2), (2, 1), (1, 0), (2, 3), 2), (2, 9, 8)),
    "padding by its name": (lambda: nn.Conv1d(2, 3, 3, padding="same", dilation=2), (2, 7)),
}


@pytest.mark.parametrize("make, shape", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_all_arguments_of_a_convolution_are_kept(
    make: Callable[[], nn.Module], shape: tuple[int, ...], tmp_path: Path
) -> None:
    module = make()
    x = torch.randn(2, *shape)
    again = tt.from_nir(through_a_file(tt.to_nir(module, shape), tmp_path))
    assert identical(again(x), module(x))


def test_metadata_is_believed_only_if_it_agrees(tmp_path: Path) -> None:
    network = ours(tt.snn.LIB)
    graph = tt.to_nir(network, (INPUTS,))
    graph.nodes["1"].tau = np.nextafter(graph.nodes["1"].tau, 1)
    with pytest.warns(UserWarning, match="the metadata of a LIF does not fit .* changed since"):
        with pytest.raises(ValueError, match="1 .LIF.: .* pass reset="):
            tt.from_nir(through_a_file(graph, tmp_path))
    graph.nodes["1"].tau = graph.nodes["1"].tau * 2
    with pytest.warns(UserWarning, match="these are used"):
        model = tt.from_nir(graph, reset="subtract")
    assert torch.allclose(model.parts["1"].beta, torch.tensor(0.95))


@pytest.mark.parametrize("wrong", ["os.system", "snn", "snn.Layer", "zoo.resets", "snn.flex.LIB"])
def test_metadata_names_no_other_code(wrong: str) -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    said = graph.nodes["li"].metadata["tracetorch"]
    said["layer"] = said["layer"].replace("snn.LI", wrong)
    with pytest.warns(UserWarning, match=f"there is no layer '{wrong}'"):
        (layer,) = tt.from_nir(graph).parts.values()
    assert type(layer) is tt.snn.LI


@pytest.mark.parametrize(
    "old, new", [('"format": 1', '"format": 2'), ('"dim"', '"dam"'), ("{", "["), ("[", "[")]
)
def test_metadata_may_be_anything(old: str, new: str) -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    said = graph.nodes["li"].metadata["tracetorch"]
    said["layer"] = said["layer"].replace(old, new)
    if old == new:
        graph.nodes["li"].metadata["tracetorch"] = 5
    with pytest.warns(UserWarning, match="the metadata of a LI does not fit"):
        (layer,) = tt.from_nir(graph).parts.values()
    assert type(layer) is tt.snn.LI


WHY: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], Any], str]] = {
    "format": (lambda found, said: found.update(format=2), "it has the format 2"),
    "layer": (
        lambda found, said: found.update(layer="snn.DLIB"),
        "there is no layer 'snn.DLIB'; pass its class in layers=[...]",
    ),
    "a value less": (
        lambda found, said: said.update(raw_bias=said["raw_bias"][:-1]),
        "its parameters have other sizes",
    ),
    "one value": (
        lambda found, said: found["rank"].update(bias=0),
        "its parameters have other sizes",
    ),
    "other numbers": (
        lambda found, said: said.update(raw_bias=np.arange(3)),
        "raw_bias must hold floating-point numbers, and has the type int64",
    ),
    "a function": (
        lambda found, said: found["functions"].update(quant_fn={"name": "identity", "numbers": {}}),
        "its spikes are smooth, and those of a node are 0 or 1; set quant_fn=round_ste()",
    ),
    "another value": (lambda found, said: said["raw_bias"].fill(1.0), "it was changed since"),
    "another node": (
        lambda found, said: (found.update(layer="snn.LI"), found["rank"].clear()),
        "LI.__init__() got an unexpected keyword argument 'learn_threshold'",
    ),
    **{
        f"dim={dim}": (
            lambda found, said, dim=dim: found.update(dim=dim),
            f"its features are in dimension {dim}, not in one of (3, 4)",
        )
        for dim in (-4, -3, 0, 3, 4)
    },
    **{
        f"dim={dim}": (
            lambda found, said, dim=dim: found.update(dim=dim),
            "it has 3 neurons for 4 features",
        )
        for dim in (-1, 2)
    },
}


@pytest.mark.parametrize("change, why", WHY.values(), ids=WHY)
def test_why_metadata_does_not_fit(change: Any, why: str) -> None:
    graph = tt.to_nir(tt.snn.LIB(3, dim=-2, quant_fn=round_ste()), (3, 4))
    said = graph.nodes["lib"].metadata["tracetorch"]
    found = json.loads(said["layer"])
    change(found, said)
    said["layer"] = json.dumps(found)
    with pytest.warns(UserWarning) as caught:
        (layer,) = tt.from_nir(graph, reset="subtract").parts.values()
    assert [str(one.message) for one in caught] == [
        f"from_nir: the metadata of a LIF does not fit its values ({why}); these are used"
    ]
    assert (type(layer), layer.dim) == (tt.snn.LIB, -2)


@pytest.mark.parametrize("metadata", [{}, {"other": 5}, 5, "tracetorch", None])
def test_a_node_may_say_nothing_of_its_layer(metadata: Any) -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    graph.nodes["li"].metadata = metadata
    (layer,) = tt.from_nir(graph).parts.values()
    assert type(layer) is tt.snn.LI


def test_metadata_needs_the_duration_of_a_timestep() -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    graph.metadata = {}
    needs = "its equation needs the duration of a timestep; pass dt=..."
    with pytest.raises(ValueError, match=re.escape(needs)):
        tt.from_nir(graph)


def test_reading_random_functions_leaves_the_random_numbers_of_pytorch() -> None:
    graph = tt.to_nir(tt.snn.LIB(3, quant_fn=round_ste()), (3,))
    said = graph.nodes["lib"].metadata["tracetorch"]
    said["layer"] = said["layer"].replace('"round_ste"', '"stochastic_round_ste"')
    before = torch.get_rng_state()
    with pytest.warns(UserWarning, match="must fire strictly above the threshold"):
        tt.from_nir(graph, reset="subtract")
    assert identical(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "key, value",
    [
        *(("layer", value) for value in (5, None, [])),
        *(("num_neurons", value) for value in ("3", [], None)),
        *(("dim", value) for value in (float("inf"), 10**400, {}, None)),
        *(("rank", value) for value in (5, [1], {"beta": float("inf")}, {"beta": []})),
        *(("learn", value) for value in (5, None, {"gamma": True})),
        *(("dtype", value) for value in (5, [], "float8")),
        *(("functions", value) for value in (5, {"spike_fn": 5}, {"spike_fn": {"name": []}})),
        ("functions", {"quant_fn": {"name": "round_ste", "numbers": {"step_size": 10**400}}}),
        ("functions", {"spike_fn": {"name": "arctan", "numbers": {"more": 1}}}),
    ],
)
def test_all_that_metadata_says_may_be_anything(key: str, value: Any) -> None:
    graph = tt.to_nir(tt.snn.LIB(3, quant_fn=round_ste()), (3,))
    said = graph.nodes["lib"].metadata["tracetorch"]
    said["layer"] = json.dumps({**json.loads(said["layer"]), key: value})
    with pytest.warns(UserWarning, match="the metadata of a LIF does not fit"):
        (layer,) = tt.from_nir(graph, reset="subtract").parts.values()
    assert type(layer) is tt.snn.LIB


def test_metadata_may_be_nested_deeply() -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    graph.nodes["li"].metadata["tracetorch"]["layer"] = "[" * 100_000
    with pytest.warns(UserWarning, match="does not fit its values .*recursion"):
        tt.from_nir(graph)


def test_metadata_may_be_that_of_a_graph_without_nodes() -> None:
    graph = tt.to_nir(tt.snn.LIT(3, quant_fn=round_ste()), (3,), expand=True)
    inner = graph.nodes["lit"]
    inner.nodes.clear()
    inner.edges.clear()
    with pytest.warns(UserWarning, match="the metadata of a NIRGraph does not fit"):
        with pytest.raises(
            ValueError, match="lit: a graph within a graph has one input and output"
        ):
            tt.from_nir(graph)


@pytest.mark.parametrize(
    "old, new",
    [
        ('"step_size": 1.0', '"step_size": 0.5'),
        ('"step_size": 1.0', '"step_size": "one"'),
        ('"round_ste"', '"stochastic_round_ste"'),
        ('"round_ste", "numbers": {"step_size": 1.0}', '"identity", "numbers": {}'),
        ('"num_neurons": 3', '"num_neurons": 1000000000000'),
    ],
)
def test_metadata_cannot_change_what_a_node_computes(old: str, new: str) -> None:
    ranks = {f"{name}_rank": 0 for name in ("beta", "threshold", "bias")}
    graph = tt.to_nir(tt.snn.LIB(3, quant_fn=round_ste(), **ranks), (3,))
    said = graph.nodes["lib"].metadata["tracetorch"]
    assert old in said["layer"]
    said["layer"] = said["layer"].replace(old, new)
    with pytest.warns(UserWarning, match="the metadata of a LIF does not fit"):
        model = tt.from_nir(graph, reset="subtract")
    assert repr(model.parts["lib"].quant_fn) == repr(round_ste())


@pytest.mark.parametrize(
    "old, new",
    [('"num_neurons": 3', f'"num_neurons": {number}') for number in (2, 10**12, -1)]
    + [('"beta": 1', f'"beta": {rank}') for rank in (0, 2, -1, 10**12)],
)
def test_metadata_of_other_sizes_is_refused_before_memory_is_taken(old: str, new: str) -> None:
    graph = tt.to_nir(tt.snn.LI(3), (3,))
    said = graph.nodes["li"].metadata["tracetorch"]
    assert old in said["layer"]
    said["layer"] = said["layer"].replace(old, new)
    why = "its parameters have other sizes|beta_rank must be 0 or 1"
    with pytest.warns(UserWarning, match=f"the metadata of a LI does not fit .*({why})"):
        (layer,) = tt.from_nir(graph).parts.values()
    assert layer.num_neurons == 3


def test_metadata_takes_no_more_memory_than_the_values_of_its_nodes() -> None:
    """A graph may declare an input of any shape."""
    graph = tt.to_nir(tt.snn.LIT(3, dim=1, quant_fn=round_ste()), (3, 1), expand=True)
    inner = graph.nodes["lit"]
    del inner.nodes["input"]
    inner.nodes = {"input": nir.Input(np.array([3, 2**45])), **inner.nodes}
    with pytest.warns(UserWarning, match="NIRGraph does not fit its values .it was changed since"):
        tt.from_nir(graph)


CHANGES: dict[str, Callable[[nir.NIRGraph], Any]] = {
    "a node more": lambda g: g.nodes.update(more=nir.Scale(np.ones(3))),
    "a node less": lambda g: g.nodes.pop("neg_spikes"),
    "an edge more": lambda g: g.edges.append(("input", "output")),
    "an edge less": lambda g: g.edges.pop(),
    "another value": lambda g: vars(g.nodes["mem"]).update(tau=2 * g.nodes["mem"].tau),
    "another type": lambda g: vars(g.nodes["above"]).update(threshold=np.ones(3, np.float32)),
    "another kind": lambda g: g.nodes.update(flipped=nir.Threshold(-np.ones(3))),
    "another output": lambda g: g.nodes.update(output=nir.Output(np.array([2]))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_metadata_of_several_nodes_is_believed_only_if_all_agree(change: Any) -> None:
    graph = tt.to_nir(tt.snn.LIT(3, quant_fn=round_ste()), (3,), expand=True)
    change(graph.nodes["lit"])
    with pytest.warns(UserWarning, match="the metadata of a NIRGraph does not fit .*changed since"):
        with contextlib.suppress(ValueError):
            tt.from_nir(graph)


def test_a_surrogate_of_ones_own_is_not_written_silently() -> None:
    layer = tt.snn.LIB(3, quant_fn=round_ste(), spike_fn=lambda x: torch.sigmoid(3 * x))
    with pytest.warns(UserWarning, match="the spike_fn of LIB is not one of tt.functional"):
        graph = tt.to_nir(layer, (3,))
    (again,) = tt.from_nir(graph).parts.values()
    assert again.spike_fn is tt.functional.sigmoid4x


def test_functions_can_be_chosen_where_a_file_does_not_say_them() -> None:
    graph = tt.to_nir(ours(tt.zoo.LIBZ), (INPUTS,))
    for node in graph.nodes.values():
        node.metadata = {}
    model = tt.from_nir(graph, reset="set", spike_fn=arctan)
    assert model.parts["1"].spike_fn is arctan
    assert type(model.parts["1"]) is tt.zoo.LIBZ


def test_a_compiled_model_says_what_is_trained() -> None:
    model = tt.Model()
    model.layer = tt.snn.LI(3, learn_beta=True)
    model.forward = model.layer.forward
    model.layer.TTcompile()
    (again,) = tt.from_nir(tt.to_nir(model.layer, (3,))).parts.values()
    assert isinstance(again.raw_beta, nn.Parameter)


def test_a_learned_reset_is_read() -> None:
    rest = torch.linspace(-0.5, 0.5, 4)
    layer = tt.zoo.LIBV(4, rest=rest, quant_fn=round_ste())
    graph = tt.to_nir(layer, (4,))
    assert np.array_equal(graph.nodes["libv"].v_reset, rest.double().numpy())
    graph.nodes["libv"].metadata = {}
    (again,) = tt.from_nir(graph, reset="set").parts.values()
    assert type(again) is tt.zoo.LIBV and identical(again.rest, rest)


def test_nir_is_needed_for_its_graphs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetorch.nir.find_spec", lambda name: None)
    for function, given in ((tt.to_nir, (nn.Linear(2, 2), (2,))), (tt.from_nir, ("net.nir",))):
        with pytest.raises(ImportError, match=f"{function.__name__} needs .* pip install nir"):
            function(*given)


def test_importing_the_library_does_not_import_nir() -> None:
    code = "import sys, tracetorch; print({'nir', 'h5py'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
