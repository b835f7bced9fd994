"""Our layers that are named as in Sinabs, against the originals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support.peers import peer
from tests.support.relatives import (
    NEURONS,
    Runner,
    assert_as_the_table_says,
    assert_same_results,
    assert_same_training,
    by_timestep,
    classes,
    copy_weights,
    currents,
    ours,
    run,
)

MEM, SYN, ADAPT = ("v_mem",), ("i_syn", "v_mem"), ("v_mem", "b")
TAU, IAF = {"tau_mem": 8.0}, {"spike_threshold": 1.2}
LIF = TAU | IAF
ALIF = LIF | {"tau_adapt": 20.0, "adapt_scale": 1.5}
SLOW = {"tau_syn": 4.0}
MAP = {name: name for name in ("rec_connect.weight", "rec_connect.bias")}


def no_options(activation: ModuleType) -> dict[str, Any]:
    return {}


def single(activation: ModuleType) -> dict[str, Any]:
    return {"spike_fn": activation.SingleSpike}


def zero(activation: ModuleType) -> dict[str, Any]:
    return {"reset_fn": activation.MembraneReset()}


def unscaled(activation: ModuleType) -> dict[str, Any]:
    return {"norm_input": False}


def recurrent(activation: ModuleType) -> dict[str, Any]:
    return {"rec_connect": nn.Linear(NEURONS, NEURONS)}


@dataclass(frozen=True)
class Case:
    """A class of ours and one of theirs.

    Attributes:
        values: Arguments of both.
        states: The states that theirs keeps after a sequence.
        scale: The largest input.
        options: Arguments of theirs.
    """

    name: str
    theirs: str
    values: Mapping[str, float]
    states: tuple[str, ...]
    scale: float
    options: Callable[[ModuleType], dict[str, Any]] = no_options


CASES = [
    Case("LIF", "LIF", LIF, MEM, 20.0),
    Case("LIFZero", "LIF", LIF, MEM, 20.0, zero),
    Case("LIFSingle", "LIF", LIF, MEM, 12.0, single),
    Case("LIFUnscaled", "LIF", LIF, MEM, 2.5, unscaled),
    Case("LIFSynaptic", "LIF", LIF | SLOW, SYN, 10.0),
    Case("LIFRecurrent", "LIFRecurrent", LIF, MEM, 20.0, recurrent),
    Case("IAF", "IAF", IAF, MEM, 3.5),
    Case("IAFSingle", "IAF", IAF, MEM, 2.0, single),
    Case("IAFClipped", "IAF", IAF | {"min_v_mem": -0.5}, MEM, 3.5),
    Case("IAFRecurrent", "IAFRecurrent", IAF, MEM, 3.0, recurrent),
    Case("ExpLeak", "ExpLeak", TAU, MEM, 1.0),
    Case("ALIF", "ALIF", ALIF, ADAPT, 12.0),
    Case("ALIFSynaptic", "ALIF", ALIF | SLOW, ADAPT, 30.0),
    Case("ALIFRecurrent", "ALIFRecurrent", ALIF, ADAPT, 12.0, recurrent),
]


def whole(layer: nn.Module, states: tuple[str, ...]) -> Runner:
    """Run a whole sequence, the batch first, and return the last states."""

    def forward(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        ys = layer(xs.transpose(0, 1)).transpose(0, 1)
        return ys, [getattr(layer, state) for state in states]

    return forward


def last(runner: Runner) -> Runner:
    """Return the last states, since what Sinabs records of some classes is no state of theirs."""

    def forward(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        ys, states = runner(xs)
        return ys, [state[-1] for state in states]

    return forward


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_equals_the_original(case: Case) -> None:
    torch.manual_seed(0)
    activation = peer("sinabs.activation")
    options = case.options(activation)
    theirs = getattr(peer("sinabs.layers"), case.theirs)(**case.values, **options)
    layer = getattr(ours("sinabs"), case.name)(NEURONS, **case.values)
    weights = MAP if "rec_connect" in options else {}
    copy_weights(layer, theirs, weights)

    xs = currents(case.scale) - 0.4 * case.scale
    expected = run(whole(theirs, case.states), xs)
    actual = run(last(by_timestep(layer, case.states)), xs)
    assert_same_results(actual, expected, is_spiking=case.name != "ExpLeak")
    assert_as_the_table_says("sinabs", case.name, actual, expected)
    if getattr(theirs, "spike_fn", None) is activation.MultiSpike:
        assert expected.ys.max() > 1
    trained = [name for name in case.values if name.startswith("tau_")]
    assert_same_training(layer, theirs, trained, weights)


def test_every_class_is_compared() -> None:
    assert {case.name for case in CASES} == classes("sinabs")
