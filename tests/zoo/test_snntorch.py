"""Our layers that are named as in snnTorch, against the originals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
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

MEM, SYN, ALPHA = ("mem",), ("syn", "mem"), ("syn_exc", "syn_inh", "mem")
DELTA = ("mem", "mem_prev")
STEP = {"init_hidden": True}
LEARN = {**STEP, "learn_beta": True, "learn_threshold": True}
LEARN_SYN = {**LEARN, "learn_alpha": True}
GRADED = {**LEARN, "learn_graded_spikes_factor": True}
WHOLE = {"learn_threshold": True, "learn_graded_spikes_factor": True}
ZERO, NONE = {"reset_mechanism": "zero"}, {"reset_mechanism": "none"}
SUBTRACT, OWN = {"reset_mechanism": "subtract"}, {"all_to_all": False}
LINEAR = {"linear_features": NEURONS}
FEATURES = {"in_features": NEURONS, "out_features": NEURONS}
SIZES = {"input_size": NEURONS, "hidden_size": NEURONS}
RECURRENT = {name: name for name in ("recurrent.weight", "recurrent.bias")}
LEAKY = {"beta": 0.8, "threshold": 1.2, "graded_spikes_factor": 1.5}
PLAIN = {"beta": 0.8, "threshold": 1.2}
SYNAPTIC = {"alpha": 0.6, "beta": 0.8, "threshold": 1.2}
FAST = {"alpha": 0.3, "beta": 0.6, "threshold": 1.2}
PULSE = {"alpha": 0.9, "beta": 0.8, "threshold": 1.2}
CIRCUIT = {"R": 2.0, "C": 3.0, "time_step": 0.5, "threshold": 0.7}
LSTM = {
    f"{name}_map.{kind}": f"lstm_cell.{kind}_{letter}h"
    for name, letter in (("input", "i"), ("hidden", "h"))
    for kind in ("weight", "bias")
}
LINEAR_MAP = {name: name for name in ("linear.weight", "linear.bias")}
PARALLEL = {"input_map.weight": "rnn.weight_ih_l0", "input_map.bias": "rnn.bias_ih_l0"}


@dataclass(frozen=True)
class Case:
    """A class of ours and one of theirs.

    Attributes:
        values: Arguments of both, besides the sizes.
        options: Arguments of theirs.
        scale: The largest input.
        weights: Names of weights of ours, and of theirs.
        sizes: Arguments of both, if ours has others than `num_neurons`.
    """

    name: str
    theirs: str
    values: Mapping[str, float]
    options: Mapping[str, Any]
    states: tuple[str, ...]
    scale: float
    weights: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


CASES = [
    Case("Leaky", "Leaky", LEAKY, GRADED, MEM, 1.0),
    Case("LeakyZero", "Leaky", LEAKY, GRADED | ZERO, MEM, 1.0),
    Case("LeakyNone", "Leaky", LEAKY, GRADED | NONE, MEM, 0.4),
    Case("Synaptic", "Synaptic", SYNAPTIC, LEARN_SYN, SYN, 0.4),
    Case("SynapticZero", "Synaptic", SYNAPTIC, LEARN_SYN | ZERO, SYN, 0.4),
    Case("SynapticNone", "Synaptic", SYNAPTIC, LEARN_SYN | NONE, SYN, 0.18),
    Case("RLeaky", "RLeaky", PLAIN, LEARN | LINEAR, MEM, 1.0, RECURRENT),
    Case("RLeakyOneToOne", "RLeaky", PLAIN | {"V": 0.3}, LEARN | OWN, MEM, 0.8),
    Case("RSynaptic", "RSynaptic", FAST, LEARN_SYN | LINEAR, SYN, 1.0, RECURRENT),
    Case("RSynapticOneToOne", "RSynaptic", FAST | {"V": 0.2}, LEARN_SYN | OWN, SYN, 1.0),
    Case("Lapicque", "Lapicque", CIRCUIT, STEP, MEM, 3.0),
    Case("LapicqueZero", "Lapicque", CIRCUIT, STEP | ZERO, MEM, 3.0),
    Case("LapicqueNone", "Lapicque", CIRCUIT, STEP | NONE, MEM, 0.7),
    Case("Alpha", "Alpha", PULSE, LEARN, ALPHA, 2.0),
    Case("AlphaSubtract", "Alpha", PULSE, LEARN | SUBTRACT, ALPHA, 1.0),
    Case("AlphaNone", "Alpha", PULSE, LEARN | NONE, ALPHA, 0.26),
    Case("DeltaLeaky", "DeltaLeaky", {"delta_threshold": 0.3, "beta": 0.8}, STEP, DELTA, 1.0),
    Case(
        "SLSTM",
        "SLSTM",
        {"threshold": 0.1},
        STEP | {"learn_threshold": True},
        SYN,
        5.0,
        LSTM,
        SIZES,
    ),
    Case("StateLeaky", "StateLeaky", LEAKY, WHOLE | {"channels": NEURONS}, MEM, 0.4),
    Case("LinearLeaky", "LinearLeaky", LEAKY, WHOLE, MEM, 1.0, LINEAR_MAP, FEATURES),
    Case("LeakyParallel", "LeakyParallel", LEAKY, WHOLE, (), 1.0, PARALLEL, SIZES),
]


def whole(layer: nn.Module) -> Runner:
    """Run a whole sequence; the state, where it is returned, is that of all timesteps."""

    def forward(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        match layer(xs):
            case (ys, mem):
                return ys, [mem]
            case ys:
                return ys, []

    return forward


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_equals_the_original(case: Case) -> None:
    torch.manual_seed(0)
    theirs = getattr(peer("snntorch"), case.theirs)(**case.sizes, **case.values, **case.options)
    trained = [n for n in case.values if isinstance(getattr(theirs, n, None), nn.Parameter)]
    learned = {f"learn_{name}": True for name in trained}
    sizes = case.sizes or {"num_neurons": NEURONS}
    layer = getattr(ours("snntorch"), case.name)(**sizes, **case.values, **learned)
    if case.name == "LeakyParallel":  # PyTorch has two biases
        nn.init.zeros_(theirs.rnn.bias_hh_l0)
    copy_weights(layer, theirs, case.weights)

    xs = currents(case.scale)
    steps = "init_hidden" in case.options
    expected = run(by_timestep(theirs, case.states) if steps else whole(theirs), xs)
    actual = run(by_timestep(layer, case.states), xs)
    assert_same_results(actual, expected)
    assert_as_the_table_says("snntorch", case.name, actual, expected)
    assert_same_training(layer, theirs, trained, case.weights)


def test_every_class_is_compared() -> None:
    assert {case.name for case in CASES} == classes("snntorch")


def test_lapicque_of_a_decay() -> None:
    """Where snnTorch is given `beta` alone, `C` is computed from it."""
    theirs = peer("snntorch").Lapicque(beta=0.8, init_hidden=True)
    layer = ours("snntorch").Lapicque(NEURONS, C=1 / math.log(1 / 0.8))
    expected = run(by_timestep(theirs, MEM), currents(4.0))
    assert_same_results(run(by_timestep(layer, MEM), currents(4.0)), expected)
