"""The reference class: recorded runs, hand-worked traces, its switches and its errors."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
import torch
from torch import nn

import tracetorch as tt
from tests.support.equal import identical
from tests.support.hand_traces import TRACES, Trace
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import flex
from tracetorch.snn.flex import LeakyIntegrator

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("float64")]

REFERENCE = Path(__file__).parents[1] / "reference"
QUANTIZERS = {"round_ste()": round_ste}


def close(actual, expected, tolerance=1e-12):
    expected = torch.as_tensor(expected)
    assert actual.shape == expected.shape
    assert actual.dtype == torch.float64
    torch.testing.assert_close(actual, expected, rtol=0, atol=tolerance)


def states_of(layer):
    return layer._memory.enter_scope().existing


# Recorded runs of the published package


@pytest.mark.parametrize("name", ["LI", "SLIB", "RLIT", "DSRLITS"])
def test_agrees_with_the_recorded_run(name):
    run = json.loads((REFERENCE / f"snn.{name}.json").read_text())
    arguments = run["arguments"]
    if "quant_fn" in arguments:
        arguments["quant_fn"] = QUANTIZERS[arguments["quant_fn"]]()
    layer = getattr(flex, name)(**arguments)
    layer.load_state_dict({key: torch.tensor(value) for key, value in run["state_dict"].items()})

    xs = torch.tensor(run["x"], requires_grad=True)
    ys = torch.stack([layer(x) for x in xs])
    (ys * torch.tensor(run["w"])).sum().backward()

    close(ys, run["y"], 1e-10)
    close(xs.grad, run["grad_x"], 1e-10)
    gradients = {key: parameter.grad for key, parameter in layer.named_parameters()}
    assert gradients.keys() == run["grad"].keys()
    for key, gradient in gradients.items():
        close(gradient, run["grad"][key], 1e-10)
    states = states_of(layer)
    assert states.keys() == run["final_states"].keys()
    for key, state in states.items():
        close(state, run["final_states"][key], 1e-10)


# Traces worked by hand, of the layers and of combinations that have no name

COMBINATIONS = (
    # mem = 0.25 * 8 = 2: spike, mem = 2 - 1 = 1
    # mem = 0.75 * 1 = 0.75: none
    # mem = 0.75 * 0.75 + 0.25 * 2 = 0.5625 + 0.5 = 1.0625: spike, mem = 0.0625
    Trace(
        layer="LeakyIntegrator",
        arguments={"average": True, "firing": "one-sided", "beta": 0.75},
        round=True,
        inputs=(8.0, 0.0, 2.0),
        outputs=(1.0, 0.0, 1.0),
        states={"mem": 0.0625},
    ),
    # rec = 0                              mem = 4
    # rec = 0.25 * 4 = 1                   mem = 0.5 * 4 + 0 + 2 * 1 = 4
    # rec = 0.75 * 1 + 0.25 * 4 = 1.75     mem = 0.5 * 4 - 4 + 2 * 1.75 = 1.5
    Trace(
        layer="LeakyIntegrator",
        arguments={"recurrent": True, "beta": 0.5, "gamma": 0.75, "rec_weight": 2.0},
        inputs=(4.0, 0.0, -4.0),
        outputs=(4.0, 4.0, 1.5),
        states={"rec": 1.75, "prev_output": 1.5, "mem": 1.5},
    ),
    # The membrane averages its whole drive, the recurrent one too.
    # pos_rec = 0, neg_rec = 0, rec = 0          pos_mem = 0.5 * 4 = 2, neg_mem = 0, mem = 2
    # pos_rec = 0.5 * 2 = 1, neg_rec = 0, rec = 1
    #   pos_mem = 0.5 * 2 + 0.5 * (0 + 2 * 1) = 2
    #   neg_mem = 0.25 * (-16 + 0) = -4          mem = -2
    # pos_rec = 0.5 * 1 = 0.5, neg_rec = 0.5 * -2 = -1, rec = -0.5
    #   pos_mem = 0.5 * 2 + 0.5 * (2 + 0) = 2
    #   neg_mem = 0.75 * -4 + 0.25 * (0 - 1 * -0.5) = -3 + 0.125 = -2.875
    #                                            mem = -0.875
    Trace(
        layer="LeakyIntegrator",
        arguments={
            "dual": True,
            "recurrent": True,
            "average": True,
            "pos_beta": 0.5,
            "neg_beta": 0.75,
            "pos_gamma": 0.5,
            "neg_gamma": 0.5,
            "pos_rec_weight": 2.0,
            "neg_rec_weight": -1.0,
        },
        inputs=(4.0, -16.0, 2.0),
        outputs=(2.0, -2.0, -0.875),
        states={
            "pos_rec": 0.5,
            "neg_rec": -1.0,
            "prev_output": -0.875,
            "pos_mem": 2.0,
            "neg_mem": -2.875,
        },
    ),
    # syn = 0.75 * 8 = 6                    mem = 0.5 * 6 = 3: positive spike,
    #                                       mem = 3 - 1 = 2, output 3
    # syn = 0.25 * 6 - 0.75 * 18 = -12      mem = 0.5 * 2 + 0.5 * -12 = -5: negative spike,
    #                                       mem = -5 + 2 = -3, output -0.5
    # syn = 0.25 * -12 + 0.75 * 8 = 3       mem = 0.5 * -3 + 0.5 * 3 = 0: none
    Trace(
        layer="LeakyIntegrator",
        arguments={
            "synaptic": True,
            "average": True,
            "firing": "two-sided",
            "scaled": True,
            "alpha": 0.25,
            "beta": 0.5,
            "neg_threshold": 2.0,
            "pos_scale": 3.0,
            "neg_scale": 0.5,
        },
        round=True,
        inputs=(8.0, -18.0, 8.0),
        outputs=(3.0, -0.5, 0.0),
        states={"syn": 3.0, "mem": 0.0},
    ),
)


@pytest.mark.parametrize(
    "trace",
    [pytest.param(trace, id=trace.layer) for trace in TRACES]
    + [pytest.param(trace, id="-".join(trace.arguments)) for trace in COMBINATIONS],
)
def test_agrees_with_the_trace_worked_by_hand(trace):
    quantizer = {"quant_fn": round_ste()} if trace.round else {}
    layer = getattr(flex, trace.layer)(1, **trace.arguments, **quantizer)
    outputs = torch.cat([layer(torch.tensor([x])) for x in trace.inputs])
    close(outputs, trace.outputs)
    states = states_of(layer)
    assert states.keys() == trace.states.keys()
    for name, state in states.items():
        close(state, [trace.states[name]])


# Parameters

PARAMETERS = {
    "LI": "beta",
    "LIEMA": "beta",
    "DSLIEMA": "pos_alpha neg_alpha pos_beta neg_beta",
    "SLIB": "alpha beta threshold bias",
    "DRLIB": "pos_beta neg_beta pos_gamma neg_gamma threshold bias pos_rec_weight neg_rec_weight",
    "RLIT": "beta gamma pos_threshold neg_threshold bias rec_weight",
    "SLITS": "alpha beta pos_threshold neg_threshold bias pos_scale neg_scale",
    "DSRLITS": (
        "pos_alpha neg_alpha pos_beta neg_beta pos_gamma neg_gamma pos_threshold neg_threshold "
        "bias pos_scale neg_scale pos_rec_weight neg_rec_weight"
    ),
}
DEFAULTS = {
    "alpha": 0.5,
    "beta": 0.9,
    "gamma": 0.9,
    "threshold": 1.0,
    "bias": 0.0,
    "scale": 1.0,
    "rec_weight": 0.0,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_has_the_parameters_of_its_switches_with_their_defaults(name):
    layer = getattr(flex, name)(2)
    names = PARAMETERS[name].split()
    assert list(dict(layer.named_parameters())) == [f"raw_{parameter}" for parameter in names]
    for parameter in names:
        default = DEFAULTS[parameter.removeprefix("pos_").removeprefix("neg_")]
        close(getattr(layer, parameter).detach(), [default, default])


@pytest.mark.parametrize("name", PARAMETERS)
def test_takes_values_by_position_in_order_and_then_dim(name):
    names = PARAMETERS[name].split()
    values = [(1 + index) / 16 for index in range(len(names))]
    layer = getattr(flex, name)(2, *values, -3)
    assert layer.dim == -3
    for parameter, value in zip(names, values):
        close(getattr(layer, parameter).detach(), [value, value])


def test_takes_values_by_position_and_by_name_together():
    layer = flex.SLIB(2, 0.25, threshold=2.0, dim=0)
    close(layer.alpha.detach(), [0.25, 0.25])
    close(layer.beta.detach(), [0.9, 0.9])
    close(layer.threshold.detach(), [2.0, 2.0])
    assert layer.dim == 0


def test_stores_what_the_constraints_say():
    layer = LeakyIntegrator(
        1,
        synaptic=True,
        recurrent=True,
        firing="two-sided",
        scaled=True,
        alpha=0.25,
        gamma=0.2,
        pos_threshold=2.0,
        bias=1.0,
        neg_scale=-3.0,
        rec_weight=-4.0,
    )
    close(layer.raw_alpha.detach(), [-1.0986122886681098])  # log(0.25 / 0.75) = -log 3
    close(layer.raw_gamma.detach(), [-1.3862943611198906])  # log(0.2 / 0.8) = -log 4
    close(layer.raw_pos_threshold.detach(), [1.854586542131141])  # log(exp(2) - 1)
    close(layer.raw_bias.detach(), [1.1752011936438014])  # sinh(1)
    close(layer.raw_neg_scale.detach(), [-3.0])
    close(layer.raw_rec_weight.detach(), [-4.0])


def test_takes_tensors_and_ranks_and_what_to_learn():
    layer = flex.LIT(
        2,
        beta=torch.tensor([0.5, 0.25]),
        pos_threshold_rank=0,
        neg_threshold=torch.tensor(2.0),
        learn_bias=False,
    )
    close(layer.beta.detach(), [0.5, 0.25])
    close(layer.pos_threshold.detach(), 1.0)
    close(layer.neg_threshold.detach(), 2.0)
    assert list(dict(layer.named_buffers())) == ["raw_bias"]
    assert "raw_bias" not in dict(layer.named_parameters())


# Firing


def test_fires_smoothly_by_default():
    layer = flex.LIB(1, 0.5)
    assert layer.spike_fn is sigmoid4x
    assert type(layer.quant_fn) is nn.Identity
    # mem = 1 is exactly at its threshold: spikes = sigmoid(0) = 0.5, mem = 1 - 0.5 * 1 = 0.5
    # mem = 0.5 * 0.5 + 0.75 = 1 again
    close(layer(torch.tensor([1.0])).detach(), [0.5])
    close(layer(torch.tensor([0.75])).detach(), [0.5])
    close(layer.mem.detach(), [0.5])


def test_quantizes_the_positive_side_first():
    calls = []

    def quant_fn(x):
        calls.append(x.item())
        return x

    layer = flex.LIT(
        1, neg_threshold=2.0, bias=0.25, spike_fn=nn.Identity(), quant_fn=quant_fn
    ).requires_grad_(False)
    layer(torch.tensor([3.0]))
    # 3 - 1 + 0.25 = 2.25 and -3 - 2 - 0.25 = -5.25
    assert calls == pytest.approx([2.25, -5.25], abs=1e-12)


# The split by sign


def test_each_branch_takes_half_of_the_gradient_at_zero():
    layer = flex.DSLI(1, pos_alpha=0.5, neg_alpha=0.75)
    x = torch.zeros(1, requires_grad=True)
    layer(x).sum().backward()
    # Half of 1 - 0.5 and half of 1 - 0.75 reach syn, and all that reaches syn reaches mem.
    close(x.grad, [0.375])


def test_silence_passes_its_whole_gradient():
    layer = flex.DLI(2)
    x = torch.zeros(2, requires_grad=True)
    layer(x).sum().backward()
    close(x.grad, [1.0, 1.0])


def test_splits_the_drive_by_the_sign_of_each_summand():
    layer = LeakyIntegrator(
        1,
        dual=True,
        recurrent=True,
        pos_beta=0.5,
        neg_beta=0.5,
        pos_gamma=0.5,
        neg_gamma=0.5,
        pos_rec_weight=1.0,
        neg_rec_weight=1.0,
    )
    layer(torch.tensor([4.0]))
    layer(torch.tensor([-1.0]))
    # rec = 0.5 * 4 = 2 goes to pos_mem and x = -1 to neg_mem, not 2 - 1 = 1 to pos_mem.
    close(layer.pos_mem.detach(), [4.0])
    close(layer.neg_mem.detach(), [-1.0])


# Shapes, states, inference


@pytest.mark.parametrize("dim", [0, -2])
def test_finds_the_features_in_dim(dim):
    layer = flex.LI(2, beta=torch.tensor([0.5, 0.25]), dim=dim)
    layer(torch.tensor([[4.0, 8.0, 16.0], [4.0, 8.0, 16.0]]))
    y = layer(torch.zeros(2, 3))
    close(y.detach(), [[2.0, 4.0, 8.0], [1.0, 2.0, 4.0]])
    close(layer.mem.detach(), [[2.0, 4.0, 8.0], [1.0, 2.0, 4.0]])


def test_states_wait_for_the_first_call_and_for_zero_states():
    layer = flex.DSRLITS(2)
    names = ["pos_syn", "neg_syn", "pos_rec", "neg_rec", "prev_output", "pos_mem", "neg_mem"]
    assert [getattr(layer, name) for name in names] == [None] * 7
    first = layer(torch.ones(3, 2))
    assert [getattr(layer, name).shape for name in names] == [(3, 2)] * 7
    assert not torch.equal(layer(torch.ones(3, 2)), first)
    layer.zero_states()
    assert [getattr(layer, name) for name in names] == [None] * 7
    assert identical(layer(torch.ones(3, 2)), first)


def test_compiles_for_inference_with_equal_outputs():
    layer, x = flex.DSRLITS(2, pos_rec_weight=0.5), torch.tensor([1.0, -1.0])
    expected = [layer(x), layer(x)]
    layer.zero_states()
    layer.TTcompile()
    assert all(identical(layer(x), y) for y in expected)
    assert list(layer.parameters()) == []


def test_a_model_reaches_it():
    class Net(tt.Model):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(3, 2), flex.SLIB(2))

    model = Net()
    model.net(torch.ones(3))
    assert model.save_states().keys() == {"net.1.syn", "net.1.mem"}


def test_shows_its_switches_in_its_repr():
    assert repr(flex.DLIEMA(3)) == "LeakyIntegrator(3, dim=-1, dual=True, average=True)"
    layer = flex.SRLITS(3, beta_rank=0, learn_bias=False)
    assert layer.extra_repr() == (
        "3, dim=-1, beta_rank=0, learn_bias=False, synaptic=True, recurrent=True, scaled=True, "
        "firing='two-sided'"
    )


# Names


def test_offers_the_32_layer_names():
    # fmt: off
    assert sorted(flex.__all__) == sorted([
        "LeakyIntegrator",
        "LI", "SLI", "DLI", "DSLI",
        "LIEMA", "SLIEMA", "DLIEMA", "DSLIEMA",
        "LIB", "SLIB", "RLIB", "SRLIB", "DLIB", "DSLIB", "DRLIB", "DSRLIB",
        "LIT", "SLIT", "RLIT", "SRLIT", "DLIT", "DSLIT", "DRLIT", "DSRLIT",
        "LITS", "SLITS", "RLITS", "SRLITS", "DLITS", "DSLITS", "DRLITS", "DSRLITS",
    ])
    # fmt: on
    assert set(flex.__all__) <= set(dir(flex))
    for name in flex.__all__:
        layer = getattr(flex, name)(2)
        assert isinstance(layer, LeakyIntegrator)
        assert layer(torch.ones(3, 2)).shape == (3, 2)


def test_names_can_be_imported():
    from tracetorch.snn.flex import DSRLITS

    assert DSRLITS is flex.DSRLITS


@pytest.mark.parametrize("name", ["RLI", "RLIEMA", "SDLIB", "DSRLITSS", "lib", "LIX"])
def test_refuses_other_names(name):
    message = f"module 'tracetorch.snn.flex' has no attribute '{name}'"
    with pytest.raises(AttributeError, match=f"^{message}$"):
        getattr(flex, name)


def test_shares_nothing_with_the_split_it_checks():
    imports = [line for line in inspect.getsource(flex).splitlines() if "import" in line]
    assert not any("positive" in line or "negative" in line for line in imports)


# Errors


def refuses(error, message, *args, **kwargs):
    with pytest.raises(error) as caught:
        LeakyIntegrator(*args, **kwargs)
    assert str(caught.value) == f"LeakyIntegrator: {message}"


def test_refuses_an_unknown_way_of_firing():
    refuses(
        ValueError,
        "firing must be one of ('none', 'one-sided', 'two-sided'), got 'both'",
        2,
        firing="both",
    )


@pytest.mark.parametrize("firing", ["none", "one-sided"])
def test_refuses_scales_without_two_sides(firing):
    message = f"scaled needs firing='two-sided', got {firing!r}"
    refuses(ValueError, message, 2, firing=firing, scaled=True)


def test_refuses_too_many_values():
    refuses(
        TypeError,
        "takes at most 3 values by position with these switches (alpha, beta, dim), got 4",
        *(2, 0.5, 0.5, -1, 1.0),
        synaptic=True,
    )


@pytest.mark.parametrize("given_twice", [{"beta": 0.5}, {"dim": -1}])
def test_refuses_what_is_given_twice(given_twice):
    (name,) = given_twice
    message = f"{name} is given by position and by name"
    refuses(TypeError, message, 2, 0.5, -1, **given_twice)


@pytest.mark.parametrize(
    "name", ["gamma", "rec_weight", "pos_beta", "alpha_rank", "learn_bias_rank", "betta"]
)
def test_refuses_arguments_that_do_not_exist_with_its_switches(name):
    refuses(
        TypeError,
        f"takes no {name} with these switches; the parameters are beta, threshold, bias, each "
        "with <parameter>_rank and learn_<parameter>",
        2,
        firing="one-sided",
        **{name: 1},
    )


@pytest.mark.parametrize("name", ["spike_fn", "quant_fn"])
def test_refuses_functions_of_firing_without_firing(name):
    refuses(
        TypeError,
        f"takes no {name} with these switches; the parameters are beta, each with "
        "<parameter>_rank and learn_<parameter>",
        2,
        **{name: nn.Identity()},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"alpha": 0.0},
        {"beta": 1.0},
        {"gamma": 1.5},
        {"pos_threshold": 0.0},
        {"neg_threshold": -1.0},
        {"bias": float("inf")},
        {"pos_scale": float("nan")},
        {"rec_weight": float("-inf")},
    ],
)
def test_refuses_values_outside_their_domain(arguments):
    (name,) = arguments
    switches = {"synaptic": True, "recurrent": True, "firing": "two-sided", "scaled": True}
    with pytest.raises(ValueError, match=f"^LeakyIntegrator: {name} must be "):
        LeakyIntegrator(2, **switches, **arguments)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"num_neurons": 0}, ValueError),
        ({"num_neurons": 2.0}, TypeError),
        ({"num_neurons": 2, "dim": 1.0}, TypeError),
        ({"num_neurons": 2, "beta_rank": 2}, ValueError),
        ({"num_neurons": 2, "beta": torch.ones(3) / 2}, ValueError),
        ({"num_neurons": 2, "beta": "fast"}, TypeError),
    ],
)
def test_refuses_what_every_layer_refuses(arguments, error):
    with pytest.raises(error, match="^LeakyIntegrator: "):
        LeakyIntegrator(**arguments)


@pytest.mark.parametrize("shape", [(3,), (2, 3), ()])
def test_refuses_an_input_without_its_features(shape):
    with pytest.raises(ValueError, match="^LeakyIntegrator: the input"):
        LeakyIntegrator(2)(torch.ones(shape))
