"""Three timesteps of one neuron, worked by hand from the equations of the contract.

The numbers were computed with pencil and paper, as the comments show, never by running a layer.
All are sums of powers of two, and no membrane is exactly at a threshold, so with a rounding
quantizer every spike is exactly 0 or 1. Run them in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """What a layer with one neuron must do with three inputs, starting without states."""

    layer: str
    """Name of the layer."""
    arguments: Mapping[str, float]
    """Constructor arguments beside `num_neurons=1`; what is missing has its default."""
    inputs: tuple[float, float, float]
    outputs: tuple[float, float, float]
    states: Mapping[str, float]
    """All states after the last timestep."""
    round: bool = False
    """Whether the layer has `quant_fn=round_ste()`, which all do that fire."""


TRACES = (
    # mem = 1
    # mem = 0.75 * 1 - 2 = -1.25
    # mem = 0.75 * -1.25 + 0.5 = -0.9375 + 0.5 = -0.4375
    Trace(
        layer="LI",
        arguments={"beta": 0.75},
        inputs=(1.0, -2.0, 0.5),
        outputs=(1.0, -1.25, -0.4375),
        states={"mem": -0.4375},
    ),
    # syn = 0.75 * 4 = 3                              mem = 3
    # syn = 0.25 * 3 + 0.75 * -8 = 0.75 - 6 = -5.25   mem = 0.5 * 3 - 5.25 = -3.75
    # syn = 0.25 * -5.25 + 0.75 * 2 = 0.1875          mem = 0.5 * -3.75 + 0.1875 = -1.6875
    Trace(
        layer="SLI",
        arguments={"alpha": 0.25, "beta": 0.5},
        inputs=(4.0, -8.0, 2.0),
        outputs=(3.0, -3.75, -1.6875),
        states={"syn": 0.1875, "mem": -1.6875},
    ),
    # pos_mem = 2                   neg_mem = 0                 mem = 2
    # pos_mem = 0.5 * 2 = 1         neg_mem = -4                mem = -3
    # pos_mem = 0.5 * 1 + 1 = 1.5   neg_mem = 0.25 * -4 = -1    mem = 0.5
    Trace(
        layer="DLI",
        arguments={"pos_beta": 0.5, "neg_beta": 0.25},
        inputs=(2.0, -4.0, 1.0),
        outputs=(2.0, -3.0, 0.5),
        states={"pos_mem": 1.5, "neg_mem": -1.0},
    ),
    # mem = 0.25 * 8 = 2
    # mem = 0.75 * 2 + 0.25 * -4 = 1.5 - 1 = 0.5
    # mem = 0.75 * 0.5 + 0.25 * 2 = 0.375 + 0.5 = 0.875
    Trace(
        layer="LIEMA",
        arguments={"beta": 0.75},
        inputs=(8.0, -4.0, 2.0),
        outputs=(2.0, 0.5, 0.875),
        states={"mem": 0.875},
    ),
    # pos_mem = 0.25 * 8 = 2                     neg_mem = 0                  mem = 2
    # pos_mem = 0.75 * 2 = 1.5                   neg_mem = 0.75 * -8 = -6     mem = -4.5
    # pos_mem = 0.75 * 1.5 + 0.25 * 4 = 2.125    neg_mem = 0.25 * -6 = -1.5   mem = 0.625
    Trace(
        layer="DLIEMA",
        arguments={"pos_beta": 0.75, "neg_beta": 0.25},
        inputs=(8.0, -8.0, 4.0),
        outputs=(2.0, -4.5, 0.625),
        states={"pos_mem": 2.125, "neg_mem": -1.5},
    ),
    # It fires where mem > 1.5 - 0.25 = 1.25.
    # mem = 2: spike, mem = 2 - 1.5 = 0.5
    # mem = 0.5 * 0.5 + 1.125 = 1.375: spike (thanks to the bias), mem = 1.375 - 1.5 = -0.125
    # mem = 0.5 * -0.125 + 1 = 0.9375: none
    Trace(
        layer="LIB",
        arguments={"beta": 0.5, "threshold": 1.5, "bias": 0.25},
        round=True,
        inputs=(2.0, 1.125, 1.0),
        outputs=(1.0, 1.0, 0.0),
        states={"mem": 0.9375},
    ),
    # It fires where mem > 1 - 0.25 = 0.75, and negatively where mem < -(2 + 0.25) = -2.25.
    # mem = 0.875: positive spike (thanks to the bias), mem = 0.875 - 1 = -0.125
    # mem = 0.5 * -0.125 - 2 = -2.0625: none (thanks to the bias)
    # mem = 0.5 * -2.0625 - 2 = -3.03125: negative spike, mem = -3.03125 + 2 = -1.03125
    Trace(
        layer="LIT",
        arguments={"beta": 0.5, "pos_threshold": 1.0, "neg_threshold": 2.0, "bias": 0.25},
        round=True,
        inputs=(0.875, -2.0, -2.0),
        outputs=(1.0, 0.0, -1.0),
        states={"mem": -1.03125},
    ),
    # It fires where mem > 1 + 0.25 = 1.25, and negatively where mem < -(2 - 0.25) = -1.75.
    # mem = 2: positive spike, mem = 2 - 1 = 1, output 3
    # mem = 0.5 * 1 - 2.375 = -1.875: negative spike (thanks to the bias), mem = -1.875 + 2 = 0.125,
    #   output -0.5
    # mem = 0.5 * 0.125 + 1.125 = 1.1875: none (thanks to the bias)
    Trace(
        layer="LITS",
        arguments={
            "beta": 0.5,
            "pos_threshold": 1.0,
            "neg_threshold": 2.0,
            "bias": -0.25,
            "pos_scale": 3.0,
            "neg_scale": 0.5,
        },
        round=True,
        inputs=(2.0, -2.375, 1.125),
        outputs=(3.0, -0.5, 0.0),
        states={"mem": 1.1875},
    ),
    # It fires where mem > 1.
    # rec = 0                                 mem = 1.5: spike, mem = 0.5
    # rec = 0.25 * 1 = 0.25                   mem = 0.5 * 0.5 + 0.75 - 2 * 0.25 = 0.5: none
    # rec = 0.75 * 0.25 + 0.25 * 0 = 0.1875   mem = 0.5 * 0.5 + 1.5 - 2 * 0.1875 = 1.375: spike,
    #                                         mem = 0.375
    Trace(
        layer="RLIB",
        arguments={"beta": 0.5, "gamma": 0.75, "threshold": 1.0, "rec_weight": -2.0},
        round=True,
        inputs=(1.5, 0.75, 1.5),
        outputs=(1.0, 0.0, 1.0),
        states={"rec": 0.1875, "prev_output": 1.0, "mem": 0.375},
    ),
    # It fires where mem > 2 - 0.5 = 1.5; a spike takes 2 / 2 = 1 from each branch.
    # pos_mem = 4                   neg_mem = 0
    #   mem = 4: spike
    #   pos_mem = 4 - 1 = 3             neg_mem = 0 - 1 = -1
    # pos_mem = 0.5 * 3 = 1.5       neg_mem = 0.25 * -1 - 1 = -1.25
    #   mem = 0.25: none
    # pos_mem = 0.5 * 1.5 + 1.25 = 2    neg_mem = 0.25 * -1.25 = -0.3125
    #   mem = 1.6875: spike (thanks to the bias)
    #   pos_mem = 2 - 1 = 1             neg_mem = -0.3125 - 1 = -1.3125
    Trace(
        layer="DLIB",
        arguments={"pos_beta": 0.5, "neg_beta": 0.25, "threshold": 2.0, "bias": 0.5},
        round=True,
        inputs=(4.0, -1.0, 1.25),
        outputs=(1.0, 0.0, 1.0),
        states={"pos_mem": 1.0, "neg_mem": -1.3125},
    ),
    # It fires where mem > 1, and negatively where mem < -2; a positive spike takes 1 / 2 from each
    # branch, a negative one gives 2 / 2 to each.
    # x = -4
    #   pos_rec = 0, neg_rec = 0, rec = 0
    #   pos_mem = 0, neg_mem = -4, mem = -4: negative spike
    #   pos_mem = 0 + 1 = 1, neg_mem = -4 + 1 = -3
    # x = 0.5
    #   pos_rec = 0, neg_rec = 0.75 * -1 = -0.75, rec = -0.75
    #   pos_mem = 0.25 * 1 + 0.5 + 0 = 0.75, neg_mem = 0.5 * -3 + 0 - 4 * -0.75 = 1.5,
    #   mem = 2.25: positive spike
    #   pos_mem = 0.75 - 0.5 = 0.25, neg_mem = 1.5 - 0.5 = 1
    # x = -1
    #   pos_rec = 0.25 * 1 = 0.25, neg_rec = 0.25 * -0.75 = -0.1875, rec = 0.0625
    #   pos_mem = 0.25 * 0.25 + 0 + 3 * 0.0625 = 0.25, neg_mem = 0.5 * 1 - 1 + 0 = -0.5,
    #   mem = -0.25: none
    Trace(
        layer="DRLIT",
        arguments={
            "pos_beta": 0.25,
            "neg_beta": 0.5,
            "pos_gamma": 0.75,
            "neg_gamma": 0.25,
            "neg_threshold": 2.0,
            "pos_rec_weight": 3.0,
            "neg_rec_weight": -4.0,
        },
        round=True,
        inputs=(-4.0, 0.5, -1.0),
        outputs=(-1.0, 1.0, 0.0),
        states={
            "pos_rec": 0.25,
            "neg_rec": -0.1875,
            "prev_output": 0.0,
            "pos_mem": 0.25,
            "neg_mem": -0.5,
        },
    ),
    # It fires where mem > 1 - 0.25 = 0.75, and negatively where mem < -(2 + 0.25) = -2.25; a
    # positive spike takes 1 / 2 from each branch, a negative one gives 2 / 2 to each.
    # x = 4
    #   pos_syn = 0.75 * 4 = 3, neg_syn = 0, syn = 3
    #   pos_rec = 0, neg_rec = 0, rec = 0
    #   pos_mem = 3, neg_mem = 0, mem = 3: positive spike, output 2 * 1 = 2
    #   pos_mem = 3 - 0.5 = 2.5, neg_mem = 0 - 0.5 = -0.5
    # x = -32
    #   pos_syn = 0.25 * 3 = 0.75, neg_syn = 0.25 * -32 = -8, syn = -7.25
    #   pos_rec = 0.25 * 2 = 0.5, neg_rec = 0, rec = 0.5
    #   pos_mem = 0.5 * 2.5 + 0 - 1 * 0.5 = 0.75, neg_mem = 0.25 * -0.5 - 7.25 + 0 = -7.375,
    #   mem = -6.625: negative spike, output 3 * -1 = -3
    #   pos_mem = 0.75 + 1 = 1.75, neg_mem = -7.375 + 1 = -6.375
    # x = 11
    #   pos_syn = 0.25 * 0.75 + 0.75 * 11 = 8.4375, neg_syn = 0.75 * -8 = -6, syn = 2.4375
    #   pos_rec = 0.75 * 0.5 = 0.375, neg_rec = 0.75 * -3 = -2.25, rec = -1.875
    #   pos_mem = 0.5 * 1.75 + 2.4375 + 0 = 3.3125,
    #   neg_mem = 0.25 * -6.375 + 0 + 0.5 * -1.875 = -1.59375 - 0.9375 = -2.53125,
    #   mem = 0.78125: positive spike (thanks to the bias), output 2 * 1 = 2
    #   pos_mem = 3.3125 - 0.5 = 2.8125, neg_mem = -2.53125 - 0.5 = -3.03125
    Trace(
        layer="DSRLITS",
        arguments={
            "pos_alpha": 0.25,
            "neg_alpha": 0.75,
            "pos_beta": 0.5,
            "neg_beta": 0.25,
            "pos_gamma": 0.75,
            "neg_gamma": 0.25,
            "pos_threshold": 1.0,
            "neg_threshold": 2.0,
            "bias": 0.25,
            "pos_scale": 2.0,
            "neg_scale": 3.0,
            "pos_rec_weight": -1.0,
            "neg_rec_weight": 0.5,
        },
        round=True,
        inputs=(4.0, -32.0, 11.0),
        outputs=(2.0, -3.0, 2.0),
        states={
            "pos_syn": 8.4375,
            "neg_syn": -6.0,
            "pos_rec": 0.375,
            "neg_rec": -2.25,
            "prev_output": 2.0,
            "pos_mem": 2.8125,
            "neg_mem": -3.03125,
        },
    ),
)
