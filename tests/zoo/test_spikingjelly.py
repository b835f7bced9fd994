"""Our layers that are named as in SpikingJelly, against the originals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support.peers import peer
from tests.support.relatives import (
    NEURONS,
    TIMESTEPS,
    assert_as_the_table_says,
    assert_close,
    assert_same_results,
    by_timestep,
    classes,
    currents,
    ours,
    run,
)

V, VW, VC, VM, VU = ("v",), ("v", "w"), ("v", "c"), ("v", "m"), ("v", "u")
SOFT, DETACHED = {"v_reset": None}, {"detach_reset": True}
IF = {"v_threshold": 1.2}
HARD = IF | {"v_reset": -0.2}
LIF = IF | {"tau": 3.0}
LIF_HARD = HARD | {"tau": 3.0}
GROWING = {"tau": 4.0, "v_threshold": 1.5, "v_rest": -0.1, "v_reset": -0.2}
QUADRATIC = GROWING | {"a0": 0.8, "v_c": 0.9}
ADAPTING = QUADRATIC | {"w_rest": 0.1, "tau_w": 5.0, "a": 0.3, "b": 0.4}
GATES = {
    **{name: name for name in ("alpha", "beta", "gamma", "linear_decay", "conduct", "v_subreset")},
    "exp_decay": "tau",
    "v_firing": "v_threshold",
}
ANALOG = {"act": torch.relu, "threshold_related": False}
RELATED = {"act": torch.relu, "threshold_related": True}


@dataclass(frozen=True)
class Case:
    """A class of ours and one of theirs, called its name and `Node`.

    Attributes:
        values: Arguments of both.
        lowest: The smallest input.
        highest: The largest input.
        options: Arguments of theirs.
        trained: Parameters of ours, and of theirs with the same raw value.
    """

    name: str
    theirs: str
    values: Mapping[str, float]
    states: tuple[str, ...]
    lowest: float
    highest: float
    options: Mapping[str, Any] = field(default_factory=dict)
    trained: Mapping[str, str] = field(default_factory=dict)
    is_spiking: bool = True


CASES = [
    Case("IF", "IF", HARD, V, -0.3, 1),
    Case("IFSoft", "IF", IF, V, -0.3, 1, SOFT),
    Case("IFDetached", "IF", HARD, V, -0.3, 1, DETACHED),
    Case("HalfThresholdIF", "HalfThresholdIF", IF, V, -0.3, 1),
    Case("ActivationAwareIF", "ActivationAwareIF", IF | {"v_offset": 0.3}, V, -0.3, 1),
    Case("LIF", "LIF", LIF_HARD, V, 0, 3),
    Case("LIFSoft", "LIF", LIF, V, 0, 3, SOFT),
    Case("LIFDetached", "LIF", LIF_HARD, V, 0, 3, DETACHED),
    Case("LIFUnscaled", "LIF", LIF_HARD, V, 0, 1, {"decay_input": False}),
    Case("ParametricLIF", "ParametricLIF", HARD, V, 0, 3, trained={"rate": "w"}),
    Case("ParametricLIFDetached", "ParametricLIF", HARD, V, 0, 3, DETACHED, {"rate": "w"}),
    Case("QIF", "QIF", QUADRATIC, V, 0, 3),
    Case("EIF", "EIF", GROWING | {"delta_T": 0.5, "theta_rh": 0.7}, V, 0, 3),
    Case("Izhikevich", "Izhikevich", ADAPTING, VW, 0, 3),
    Case("CUBALIF", "CUBALIF", {"c_decay": 0.4, "v_decay": 0.8} | HARD, VC, -0.3, 0.7),
    Case("KLIF", "KLIF", LIF_HARD, V, 0, 3, trained={"k": "k"}),
    Case("KLIFScaled", "KLIF", LIF_HARD, V, 0, 3, {"scale_reset": True}, {"k": "k"}),
    Case("ComplementaryLIF", "ComplementaryLIF", LIF, VM, 0, 1),
    Case("RAF", "RAF", {"omega": 0.8, "dt": 0.9} | HARD, VU, -1.5, 2),
    Case("LIAF", "LIAF", LIF_HARD, V, -1, 3, ANALOG, is_spiking=False),
    Case("LIAFRelated", "LIAF", LIF_HARD, V, -1, 3, RELATED, is_spiking=False),
    Case("TernaryIF", "TernaryIF", HARD, V, -1, 1),
    Case("TernaryIFSoft", "TernaryIF", IF, V, -1, 1, SOFT),
    Case("TernaryLIF", "TernaryLIF", LIF_HARD, V, -4, 4),
    Case("TernaryLIFSoft", "TernaryLIF", LIF, V, -4, 4, SOFT),
    Case("ILIF", "ILIF", LIF, V, -1, 1.5),
    Case("SLTTLIF", "SLTTLIF", LIF_HARD, V, 0, 3),
    Case("OTTTLIF", "OTTTLIF", LIF, ("v", "trace"), 0, 1),
]


def inputs(case: Case) -> Tensor:
    return case.lowest + currents(case.highest - case.lowest)


def pair(case: Case, values: Mapping[str, float]) -> tuple[tt.Layer, nn.Module]:
    """Return our layer and theirs."""
    neurons = peer("spikingjelly.activation_based.neuron")
    theirs = getattr(neurons, f"{case.theirs}Node")(**values, **case.options)
    return getattr(ours("spikingjelly"), case.name)(NEURONS, **values), theirs


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_equals_the_original(case: Case) -> None:
    layer, theirs = pair(case, case.values)
    expected = run(by_timestep(theirs, case.states), inputs(case))
    actual = run(by_timestep(layer, case.states), inputs(case))
    assert_same_results(actual, expected, case.is_spiking)
    assert_as_the_table_says("spikingjelly", case.name, actual, expected)
    for name, their_name in case.trained.items():
        gradient = layer.get_parameter(f"raw_{name}").grad
        assert_close(gradient, theirs.get_parameter(their_name).grad, 1e-4)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_defaults_equal_the_original(case: Case) -> None:
    layer, theirs = pair(case, {})
    expected, their_states = by_timestep(theirs, case.states)(inputs(case))
    actual, states = by_timestep(layer, case.states)(inputs(case))
    assert expected.any()
    assert_close(actual, expected, 0 if case.is_spiking else 1e-5)
    assert_close(states, their_states)


def test_a_quantized_sum_equals_the_original() -> None:
    """Neither has a surrogate gradient."""
    limits = {"pos_max": 9.0, "neg_min": -3.0}
    neurons = peer("spikingjelly.activation_based.neuron")
    theirs = neurons.STBIFNode(0.7, level=13, **limits)
    layer = ours("spikingjelly").STBIF(NEURONS, q_threshold=0.7, **limits)
    xs = 1.2 * currents(1.0) - 0.5
    expected, their_states = by_timestep(theirs, ("q", "acc_q"))(xs)
    actual, states = by_timestep(layer, ("q", "acc_q"))(xs)
    assert 0.05 < (expected != 0).float().mean() < 0.5 and their_states[1].max() == 9
    assert_close(actual, expected, 0)
    assert_close(states, their_states)
    both = [actual, *states], [expected, *their_states]
    assert_as_the_table_says("spikingjelly", "STBIF", *both)


def test_gates_equal_the_original() -> None:
    """There, each timestep has a `conduct`, all with the same initial value."""
    neurons = peer("spikingjelly.activation_based.neuron")
    theirs = neurons.GatedLIFNode(TIMESTEPS, init_linear_decay=0.1, init_v_subreset=0.3)
    layer = ours("spikingjelly").GatedLIF(NEURONS)
    with torch.no_grad():
        for name, their_name in GATES.items():
            raw = theirs.get_parameter(their_name)
            layer.get_parameter(f"raw_{name}").copy_(raw.mean())

    def images(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        return theirs(xs[..., None, None])[..., 0, 0], [theirs.v[..., 0, 0]]

    def last(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        ys, (v,) = by_timestep(layer, V)(xs)
        return ys, [v[-1]]

    expected = run(images, currents(1.0))
    actual = run(last, currents(1.0))
    assert_same_results(actual, expected)
    assert_as_the_table_says("spikingjelly", "GatedLIF", actual, expected)
    for name, their_name in GATES.items():
        gradient = theirs.get_parameter(their_name).grad
        assert gradient is not None
        assert_close(layer.get_parameter(f"raw_{name}").grad, gradient.sum(), 1e-4)


def test_every_class_is_compared() -> None:
    assert {case.name for case in CASES} | {"STBIF", "GatedLIF"} == classes("spikingjelly")
