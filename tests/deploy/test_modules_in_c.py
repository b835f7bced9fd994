"""What each module becomes: its sizes and weights in C, its name, and what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import tracetorch as tt
from codegen.deploy.chain import DeployError, Link, Refused
from codegen.deploy.kinds import Kind
from codegen.deploy.layers import is_uniform
from codegen.deploy.literals import array, declared
from codegen.deploy.modules import module_part
from codegen.deploy.network import _named, _random_inputs
from codegen.deploy.part import Part, Value
from codegen.model import Firing
from tests.support.equal import identical

SPIKES = Kind((0, 1), is_sparse=True)
RARE = Kind(None, is_sparse=True)


def part(module: nn.Module, *sizes: int, kind: Kind = Kind()) -> Part:
    """The part of a module that is given a value of these sizes."""
    outputs = Value(tuple(module(torch.ones(1, *sizes)).shape[1:]))
    found = module_part(module, Value(sizes, kind), outputs)
    assert found and found.outputs.shape == outputs.shape
    return found


def window(
    kernel: Any, stride: Any, dilation: Any, padding: Any, size_in: Any, size_out: Any
) -> Any:
    return dict(
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        padding=padding,
        size_in=size_in,
        size_out=size_out,
    )


@pytest.mark.parametrize(
    "module, sizes, template, given",
    [
        (nn.Linear(3, 2), (3,), "linear", {"bias": True, "units": None}),
        (
            nn.Conv1d(2, 4, 3, stride=2, padding=1, dilation=2, groups=2, bias=False),
            (2, 10),
            "conv",
            window((1, 3), (1, 2), (1, 2), (0, 1), (2, 1, 10), (4, 1, 4))
            | {"bias": False, "groups": 2},
        ),
        (
            nn.Conv1d(1, 2, 5, padding="same"),
            (1, 8),
            "conv",
            window((1, 5), (1, 1), (1, 1), (0, 2), (1, 1, 8), (2, 1, 8))
            | {"bias": True, "groups": 1},
        ),
        (
            nn.Conv2d(1, 2, (3, 2), stride=(2, 1), padding=(1, 0)),
            (1, 7, 8),
            "conv",
            window((3, 2), (2, 1), (1, 1), (1, 0), (1, 7, 8), (2, 4, 7))
            | {"bias": True, "groups": 1},
        ),
        (
            nn.Conv2d(1, 2, (4, 3), padding="same", dilation=(1, 2)),
            (1, 7, 8),
            "conv",
            window((4, 3), (1, 1), (1, 2), (1, 2), (1, 7, 8), (2, 7, 8))
            | {"bias": True, "groups": 1},
        ),
        (
            nn.Conv2d(1, 2, 3, padding="valid"),
            (1, 7, 8),
            "conv",
            window((3, 3), (1, 1), (1, 1), (0, 0), (1, 7, 8), (2, 5, 6))
            | {"bias": True, "groups": 1},
        ),
        (
            nn.MaxPool1d(2, stride=1, padding=1, dilation=2),
            (3, 8),
            "pool",
            window((1, 2), (1, 1), (1, 2), (0, 1), (3, 1, 8), (3, 1, 8))
            | {"is_max": True, "includes_padding": True},
        ),
        (
            nn.MaxPool2d((3, 2), padding=(1, 0), dilation=(1, 2)),
            (1, 8, 8),
            "pool",
            window((3, 2), (3, 2), (1, 2), (1, 0), (1, 8, 8), (1, 3, 3))
            | {"is_max": True, "includes_padding": True},
        ),
        (
            nn.AvgPool1d(3, padding=1, count_include_pad=False),
            (2, 9),
            "pool",
            window((1, 3), (1, 3), (1, 1), (0, 1), (2, 1, 9), (2, 1, 3))
            | {"is_max": False, "includes_padding": False},
        ),
        (
            nn.AvgPool2d(2),
            (2, 4, 6),
            "pool",
            window((2, 2), (2, 2), (1, 1), (0, 0), (2, 4, 6), (2, 2, 3))
            | {"is_max": False, "includes_padding": True},
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_sizes_of_a_module(
    module: nn.Module, sizes: tuple[int, ...], template: str, given: dict[str, object]
) -> None:
    found = part(module, *sizes)
    assert found.template == f"deploy_{template}.c.j2" and found.given == given
    assert (found.states, found.firing, found.called) == ((), (), frozenset())


def test_weights_of_a_module() -> None:
    """Those of a linear map are turned where its input is likely to be 0."""
    linear, signal = nn.Linear(3, 2), nn.Conv1d(1, 2, 3, bias=False)
    arrays = part(linear, 3).constants
    assert [*arrays] == ["weight", "bias"]
    assert identical(arrays["weight"], linear.weight) and identical(arrays["bias"], linear.bias)
    assert identical(part(linear, 3, kind=RARE).constants["weight"], linear.weight.T)
    arrays = part(signal, 1, 5).constants
    assert [*arrays] == ["weight"] and identical(arrays["weight"], signal.weight[:, :, None])
    image = nn.Conv2d(1, 2, 3)
    assert identical(part(image, 1, 5, 5).constants["weight"], image.weight)
    assert not part(nn.AvgPool1d(2), 1, 4).constants


@pytest.mark.parametrize(
    "kind, units, largest, mean",
    [
        (Kind(), None, Kind(), Kind()),
        (RARE, None, RARE, RARE),
        (SPIKES, (0, 1), SPIKES, RARE),
        (Kind((-1, 0)), (-1, 0), Kind((-1, 0)), Kind()),
        (Kind((-1, 1), True), (-1, 1), Kind((-1, 1), True), RARE),
        (Kind((0, 2)), None, Kind((0, 2)), Kind()),
        (Kind((1, 1)), None, Kind((1, 1)), Kind()),
    ],
)
def test_kinds_of_what_a_module_is_given(
    kind: Kind, units: tuple[int, int] | None, largest: Kind, mean: Kind
) -> None:
    linear = part(nn.Linear(3, 2), 3, kind=kind)
    assert linear.given["units"] == units and linear.outputs.kind == Kind()
    assert part(nn.Conv1d(1, 1, 1), 1, 3, kind=kind).outputs.kind == Kind()
    assert part(nn.MaxPool1d(2), 1, 4, kind=kind).outputs.kind == largest
    assert part(nn.AvgPool1d(2), 1, 4, kind=kind).outputs.kind == mean


@pytest.mark.parametrize(
    "module",
    [
        nn.Identity(),
        nn.Flatten(),
        nn.Unflatten(1, (3, 1)),
        nn.Dropout(),
        nn.Dropout1d(),
        nn.Dropout2d(),
        nn.Dropout3d(),
        nn.AlphaDropout(),
        nn.FeatureAlphaDropout(),
        tt.SequenceDropout(3),
    ],
    ids=str,
)
def test_modules_that_compute_nothing(module: nn.Module) -> None:
    assert module_part(module, Value((3,)), Value((3,))) is None


class SequenceDropout(nn.Module):
    """Of one's own, with the name of another."""


class Linear(nn.Linear):
    """With a forward of its own, perhaps."""


NONE = "is none of Linear, Conv1d, Conv2d, MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d; "
USE = "use one of these, a layer with a kernel, flatten or dropout"
MERGE = "merge it with the module before, as with torch.nn.utils.fusion.fuse_conv_bn_eval"


@pytest.mark.parametrize(
    "module, sizes, words",
    [
        (SequenceDropout(), (3,), f"{NONE}{USE}"),
        (Linear(3, 2), (3,), f"{NONE}{USE}"),
        (nn.LayerNorm(3), (3,), f"{NONE}{USE}"),
        (nn.BatchNorm2d(3), (3, 4, 4), f"{NONE}{MERGE}"),
        (nn.Linear(3, 2), (4, 3), "is given a value of the shape [4, 3]; flatten it before"),
        (
            nn.Conv1d(1, 1, 1, padding_mode="reflect"),
            (1, 3),
            "has the padding 'reflect'; use zeros",
        ),
        (nn.Conv1d(1, 1, 1), (3,), "is given a value of the shape [3], without channels"),
        (nn.MaxPool2d(1), (4, 3), "is given a value of the shape [4, 3], without channels"),
        (nn.AvgPool1d(1, ceil_mode=True), (1, 3), "has ceil_mode; switch it off"),
        (
            nn.AvgPool2d(1, divisor_override=3),
            (1, 3, 3),
            "has a divisor_override; scale the weights after it instead",
        ),
    ],
)
def test_modules_that_are_refused(module: nn.Module, sizes: tuple[int, ...], words: str) -> None:
    with pytest.raises(Refused) as refused:
        module_part(module, Value(sizes), Value(sizes))
    assert str(refused.value) == words


# The network


@pytest.mark.parametrize(
    "module", [nn.Linear(4, 2), tt.snn.LIB(4, dim=-1), tt.SequenceDropout(4)], ids=str
)
def test_random_inputs(module: nn.Module) -> None:
    """The same each time, and the generator of the user is left as it is."""
    state = torch.get_rng_state()
    wanted = torch.randn(16, 4, generator=torch.Generator().manual_seed(0))
    assert identical(_random_inputs(Link("0", module)), wanted)
    assert identical(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "module",
    [nn.Conv1d(1, 2, 3), nn.Flatten(), tt.snn.LIB(4, dim=-2), tt.snn.LIB(4, dim=1)],
    ids=str,
)
def test_inputs_of_unknown_shape(module: nn.Module) -> None:
    with pytest.raises(DeployError) as refused:
        _random_inputs(Link("first", module))
    words = "does not say which shape its input has; give recorded inputs (--inputs FILE)"
    assert str(refused.value) == f"first ({type(module).__name__}): {words}"


STEEP = Firing("steep_edge", "", "", (), ())


@pytest.mark.parametrize(
    "modules, names",
    [
        ([("0", "Linear"), ("first.0", "LIB")], ["m0_linear", "first_0_lib"]),
        ([("a.b", "Map"), ("a_b", "Map"), ("a-b", "Map")], ["a_b_map", "a_b_map_2", "a_b_map_3"]),
        ([("x", "Map"), ("x_map", "Weight")], ["x_map", "x_map_weight_2"]),
        ([("x_map", "Weight"), ("x", "Map")], ["x_map_weight", "x_map_2"]),
        ([("net", "Reset"), ("net", "Step")], ["net_reset_2", "net_step_2"]),
        ([("sigmoid", "Inverse"), ("steep", "Edge")], ["sigmoid_inverse_2", "steep_edge_2"]),
    ],
)
def test_names_in_c(modules: list[tuple[str, str]], names: list[str]) -> None:
    """Each is one for the module and its arrays, which nothing else has."""
    made = Part("", {}, Value((3,)), {"weight": torch.ones(1)}, firing=(STEEP,))
    links = [Link(name, type(kind, (nn.Module,), {})()) for name, kind in modules]
    found = _named([(link, Value((3,)), made) for link in links])
    assert [named.name for named in found] == names
    assert [[*named.arrays] for named in found] == [[f"{name}_weight"] for name in names]


def test_what_each_module_is_given() -> None:
    """The last returns real numbers; those before write to two places by turns."""
    made = Part("", {}, Value((3,), SPIKES), states=("mem",))
    link, inputs = Link("", nn.Linear(30, 3)), Value((30,))
    parts = [replace(made, states=()), made, made]
    found = _named([(link._replace(name=name), inputs, p) for name, p in zip("abc", parts)])
    assert [named.call for named in found] == [
        "a_linear(input, net->even.a_linear);",
        "b_linear(net, net->even.a_linear, net->odd.b_linear);",
        "c_linear(net, net->odd.b_linear, output);",
    ]
    assert [named.arguments for named in found] == [
        "const float *inputs, signed char *outputs",
        "struct net *net, const float *inputs, signed char *outputs",
        "struct net *net, const float *inputs, float *outputs",
    ]
    assert [named.outputs for named in found] == [
        Value((3,), SPIKES),
        Value((3,), SPIKES),
        Value((3,), RARE),
    ]
    assert found[0].inputs == inputs
    assert found[0].title == ["a: Linear(in_features=30, out_features=3, bias=True)"]


def test_long_titles_are_wrapped() -> None:
    module = nn.Conv2d(1, 1, (3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), bias=False)
    (found,) = _named([(Link("long_name" * 3, module), Value((1,)), Part("", {}, Value((1,))))])
    assert len(found.title) == 2 and max(map(len, found.title)) <= 96


def test_arrays_in_c() -> None:
    rows = torch.arange(4.0).reshape(2, 1, 2)
    text = "const float w[2][1][2] = {\n{\n{\n0.0f, 1.0f}},\n{\n{\n2.0f, 3.0f}}};"
    assert array("w", rows) == text
    assert array("w", torch.full((23,), 0.5)) == (
        f"const float w[23] = {{\n{', '.join(['0.5f'] * 15)},\n    {', '.join(['0.5f'] * 8)}}};"
    )
    assert declared("w", [2, 3]) == "w[2][3]"


@pytest.mark.parametrize(
    "values, expected",
    [
        ([2.0], True),
        ([[2.0, 2.0], [2.0, 2.0]], True),
        (2.0, True),
        ([2.0, 2.0, 3.0], False),
        ([float("inf")] * 2, False),
        ([float("nan")] * 2, False),
        ([2.0, float("nan")], False),
    ],
)
def test_one_number_for_all_neurons(values: Any, expected: bool) -> None:
    assert is_uniform(torch.tensor(values)) is expected


def test_the_size_of_a_value() -> None:
    assert (Value((2, 3, 4)).size, Value(()).size, Value((5,)).kind) == (24, 1, Kind())
