"""Parameters: the constructor, the constraints at their edges, what is refused, what is stored."""

from __future__ import annotations

import inspect
import math
import pickle
from collections.abc import Callable
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tracetorch.core import backend
from tracetorch.core.parameters import Constrained

DEFAULTS = {
    "alpha": 0.5,
    "beta": 0.9,
    "gamma": 0.9,
    "threshold": 1.0,
    "bias": 0.0,
    "scale": 1.0,
    "rec_weight": 0.0,
}
RAW_TO_USABLE = {
    "alpha": torch.sigmoid,
    "beta": torch.sigmoid,
    "gamma": torch.sigmoid,
    "threshold": nn.functional.softplus,
    "bias": torch.arcsinh,
    "scale": lambda raw: raw,
    "rec_weight": lambda raw: raw,
}


def stem(parameter: str) -> str:
    return parameter.removeprefix("pos_").removeprefix("neg_")


@pytest.mark.parametrize("name", zoo.NAMES)
def test_constructor(name: str) -> None:
    signature = inspect.signature(zoo.layer_class(name))
    expected: dict[str, Any] = {"num_neurons": inspect.Parameter.empty}
    expected |= {p: DEFAULTS[stem(p)] for p in zoo.parameters(name)} | {"dim": -1}
    by_position = [p for p in signature.parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in by_position] == list(expected)
    assert {p.name: p.default for p in by_position} == expected
    rest = {p.name: p.default for p in signature.parameters.values() if p not in by_position}
    quant_fn = rest.pop("quant_fn", None)
    assert isinstance(quant_fn, nn.Identity) == zoo.fires(name)
    options = {f"{p}_rank": 1 for p in zoo.parameters(name)}
    options |= {f"learn_{p}": True for p in zoo.parameters(name)}
    assert rest == options | ({"spike_fn": tt.functional.sigmoid4x} if zoo.fires(name) else {})


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", zoo.NAMES)
def test_usable_and_raw(name: str) -> None:
    layer = zoo.layer_class(name)(3)
    assert [n for n, _ in layer.named_parameters()] == [f"raw_{p}" for p in zoo.parameters(name)]
    for p in zoo.parameters(name):
        raw = getattr(layer, f"raw_{p}")
        with torch.no_grad():
            raw.copy_(torch.tensor([-2.5, 0.0, 3.25]))
        torch.testing.assert_close(getattr(layer, p), RAW_TO_USABLE[stem(p)](raw))


@pytest.mark.parametrize("name", ["LI", "DSRLITS"])
def test_rank_and_learn(name: str) -> None:
    for p in zoo.parameters(name):
        layer = zoo.layer_class(name)(3, **{f"{p}_rank": 0, f"learn_{p}": False})
        assert getattr(layer, p).shape == ()
        assert f"raw_{p}" in dict(layer.named_buffers())
        others = {f"raw_{q}": (3,) for q in zoo.parameters(name) if q != p}
        assert {n: tuple(v.shape) for n, v in layer.named_parameters()} == others
        assert f"raw_{p}" in layer.state_dict()


def test_a_tensor_brings_its_own_rank() -> None:
    scalar = tt.snn.LI(3, beta=torch.tensor(0.25), beta_rank=1)
    vector = tt.snn.LI(3, beta=torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64), beta_rank=0)
    assert scalar.beta.shape == () and vector.beta.shape == (3,)
    assert vector.raw_beta.dtype == torch.float32
    torch.testing.assert_close(vector.beta, torch.tensor([0.25, 0.5, 0.75]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_given_tensor_is_not_shared(dtype: torch.dtype) -> None:
    value = torch.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    torch.set_default_dtype(dtype)
    layer = tt.snn.RLIB(2, rec_weight=value)
    torch.set_default_dtype(torch.float32)
    with torch.no_grad():
        layer.raw_rec_weight.add_(1.0)
    assert value.tolist() == [1.0, 2.0] and layer.rec_weight.tolist() == [2.0, 3.0]


def test_a_given_tensor_is_cut_from_what_it_was_computed_from() -> None:
    value = torch.tensor(0.5, requires_grad=True)
    for learns in (True, False):
        layer = tt.snn.LI(2, beta=value * 1.5, learn_beta=learns)
        assert layer.raw_beta.is_leaf and layer.raw_beta.requires_grad == learns


@pytest.mark.parametrize("how", ["parameter", "decay", "threshold", "bias"])
def test_a_layer_by_hand_has_a_value_for_each_neuron(how: str) -> None:
    layer = tt.snn.Layer(3)
    getattr(layer, f"_register_{how}")("value", 0.5)
    torch.testing.assert_close(layer.value, torch.full((3,), 0.5))


EDGES = [
    ("threshold", 1e4),
    ("threshold", 1e-6),
    ("threshold", 20.5),
    ("threshold", 36.0),
    ("beta", 0.999999),
    ("beta", 1e-6),
    ("beta", 0.5),
    ("bias", 50.0),
    ("bias", -50.0),
    ("bias", 1e-6),
    ("bias", 0.0),
]


@pytest.mark.parametrize(("parameter", "value"), EDGES)
@pytest.mark.parametrize("as_tensor", [False, True])
def test_edges_survive_the_round_trip(parameter: str, value: float, as_tensor: bool) -> None:
    for dtype, tolerance in ((torch.float32, 2e-6), (torch.float64, 1e-12)):
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            given = torch.full((2,), value, dtype=torch.float64) if as_tensor else value
            layer = tt.snn.LIB(2, **{parameter: given})
        finally:
            torch.set_default_dtype(before)
        usable = getattr(layer, parameter)
        assert usable.dtype == dtype
        expected = torch.full((2,), value, dtype=dtype)
        torch.testing.assert_close(usable, expected, rtol=tolerance, atol=0)
        if parameter == "beta":
            assert ((1 - usable) / (1 - expected) - 1).abs().max() < (
                0.1 if dtype == torch.float32 else 1e-9
            )


OUTSIDE = [
    ("beta", 0.0, "in (0, 1)"),
    ("beta", 1.0, "in (0, 1)"),
    ("beta", -0.5, "in (0, 1)"),
    ("beta", 1.5, "in (0, 1)"),
    ("beta", 1 - 1e-12, "in (0, 1) once stored as torch.float32"),
    ("threshold", 0.0, "above 0"),
    ("threshold", -1.0, "above 0"),
    ("threshold", 1e-60, "above 0 and finite once stored as torch.float32"),
    ("threshold", 1e60, "above 0 and finite once stored as torch.float32"),
    ("bias", 200.0, "finite once stored as torch.float32"),
    *((p, v, "") for p in ("beta", "threshold", "bias") for v in (math.nan, math.inf, -math.inf)),
]


@pytest.mark.parametrize(("parameter", "value", "domain"), OUTSIDE)
@pytest.mark.parametrize("as_tensor", [False, True])
def test_outside_the_domain(parameter: str, value: float, domain: str, as_tensor: bool) -> None:
    good = {"beta": 0.5, "threshold": 1.0, "bias": 0.0}[parameter]
    given = torch.tensor([good, value], dtype=torch.float64) if as_tensor else value
    with pytest.raises(ValueError) as error:
        tt.snn.LIB(2, **{parameter: given})
    message = str(error.value)
    assert f"LIB: {parameter} must be" in message and domain in message
    assert f"got {value!r}" in message


def test_scales_are_free_but_finite() -> None:
    layer = tt.snn.LITS(2, pos_scale=-3.0, neg_scale=0.0)
    assert layer.pos_scale.tolist() == [-3.0, -3.0] and layer.neg_scale.tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="neg_scale must be finite.*got nan"):
        tt.snn.LITS(2, neg_scale=math.nan)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_neurons": 0}, ValueError, "num_neurons must be at least 1, got 0"),
        ({"num_neurons": -2}, ValueError, "num_neurons must be at least 1, got -2"),
        ({"num_neurons": 2.0}, TypeError, "num_neurons must be an integer, got 2.0"),
        ({"num_neurons": True}, TypeError, "num_neurons must be an integer, got True"),
        ({"dim": "last"}, TypeError, "dim must be an integer, got 'last'"),
        ({"beta": "0.9"}, TypeError, "beta must be a number or a tensor, got '0.9'"),
        ({"beta": [0.9, 0.9]}, TypeError, "beta must be a number or a tensor, got"),
        ({"beta": True}, TypeError, "beta must be a number or a tensor, got True"),
        ({"beta": None}, TypeError, "beta must be a number or a tensor, got None"),
        ({"beta": torch.full((3,), 0.5)}, ValueError, r"num_neurons = 2 values, got shape \(3,\)"),
        ({"beta": torch.full((1,), 0.5)}, ValueError, r"num_neurons = 2 values, got shape \(1,\)"),
        ({"beta": torch.full((1, 2), 0.5)}, ValueError, r"got shape \(1, 2\)"),
        ({"beta": torch.tensor(0.5j)}, TypeError, "beta must be real, got torch.complex64"),
        ({"beta": torch.tensor(True)}, TypeError, "beta must be real, got torch.bool"),
        ({"beta_rank": 2}, ValueError, "beta_rank must be 0 or 1, got 2"),
        ({"beta_rank": 1.0}, ValueError, "beta_rank must be 0 or 1, got 1.0"),
        ({"gamma": 0.5}, TypeError, "unexpected keyword argument 'gamma'"),
    ],
)
def test_refused_arguments(arguments: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        tt.snn.LIB(**{"num_neurons": 2, **arguments})


def test_parameters_are_made_on_the_default_device() -> None:
    with torch.device("meta"):
        layer = tt.snn.SLIB(2, beta=tt.functional.halflife_to_decay(5.0))
        with pytest.raises(ValueError, match="beta must be"):
            tt.snn.SLIB(2, beta=2.0)
    assert {parameter.device.type for parameter in layer.parameters()} == {"meta"}


def test_whole_numbers_of_numpy_are_integers() -> None:
    assert tt.snn.LI(np.int64(3), dim=np.int32(-1)).beta.shape == (3,)


def test_a_usable_value_cannot_be_set() -> None:
    layer = tt.snn.LIB(2)
    with pytest.raises(AttributeError, match="beta is computed from raw_beta and cannot be set"):
        layer.beta = 0.5


def test_an_identity_of_its_own() -> None:
    first, second = tt.snn.LIB(2), tt.snn.LIB(2)
    assert first.quant_fn is not second.quant_fn
    shared = tt.functional.round_ste()
    assert tt.snn.LIB(2, quant_fn=shared).quant_fn is shared


def test_init_fn_makes_the_tensor() -> None:
    class Spread(tt.snn.Layer):
        def __init__(self, num_neurons: int) -> None:
            super().__init__(num_neurons)
            self._register_parameter(
                "gain", 3.0, 1, True, init_fn=lambda size, value: value * torch.arange(*size)
            )

    assert Spread(3).gain.tolist() == [0.0, 3.0, 6.0]


def test_names_that_are_taken_are_refused() -> None:
    layer = tt.snn.LIB(2)
    layer._initialize_state("total")
    for name in ("forward", "beta", "mem", "total", "not a name"):
        with pytest.raises(ValueError, match="already taken, or is not a name"):
            layer._register_decay(name, 0.5)
    for name in ("forward", "beta", "total", "not a name"):
        with pytest.raises(ValueError, match="already taken, or is not a name"):
            layer._initialize_state(name)


def test_what_a_layer_by_hand_registers_is_trained_unless_it_says_otherwise() -> None:
    layer = tt.snn.Layer(2)
    registers = [layer._register_parameter, layer._register_decay, layer._register_threshold]
    for name, register in zip("abcd", [*registers, layer._register_bias]):
        register(name, 0.5)
    assert [name for name, _ in layer.named_parameters()] == ["raw_a", "raw_b", "raw_c", "raw_d"]
    assert {parameter.shape for parameter in layer.parameters()} == {(2,)}


def test_an_inverse_that_does_not_undo_the_activation() -> None:
    layer = tt.snn.LI(2)
    with pytest.raises(ValueError, match="gain = 1.5 would become 2.5, since the inverse"):
        layer._register_parameter(
            "gain", 1.5, activation_fn=lambda raw: 1 + raw.exp(), inverse_fn=torch.log
        )
    assert not hasattr(layer, "raw_gain")


@pytest.mark.parametrize("rank", [0, 1])
def test_the_numbers_in_the_errors_of_a_constraint(rank: int) -> None:
    def register(value: float, **options: Any) -> str:
        with pytest.raises(ValueError) as error:
            tt.snn.Layer(2)._register_parameter("gain", value, rank, **options)
        return str(error.value)

    assert register(math.inf) == (
        "Layer: gain must be finite once stored as torch.float32, got inf"
    )
    assert register(-1.0, inverse_fn=torch.log, activation_fn=torch.exp, domain="above 0") == (
        "Layer: gain must be above 0 once stored as torch.float32, got -1.0"
    )
    assert register(math.inf, inverse_fn=torch.atan, activation_fn=torch.tan).endswith("got inf")
    tt.snn.Layer(2)._register_parameter("gain", 1.5, activation_fn=lambda raw: raw * (1 + 5e-7))
    assert register(1.5, activation_fn=lambda raw: raw * (1 + 2e-6)).startswith("Layer: gain = 1.5")
    assert register(1.5, activation_fn=torch.exp) == (
        f"Layer: gain = 1.5 would become {math.exp(1.5)!r}, since the inverse of its constraint "
        "does not undo the activation"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tt.Layer(3, in_features=0), "Layer: in_features must be at least 1, got 0"),
        (lambda: tt.Layer(3, in_features=1.5), "Layer: in_features must be an integer, got 1.5"),
        (lambda: tt.Layer(3, dim=0.5), "Layer: dim must be an integer, got 0.5"),
        (lambda: tt.rnn.GRU(0, 3), "GRU: in_features must be at least 1, got 0"),
        (lambda: tt.rnn.GRU(3, 0), "GRU: out_features must be at least 1, got 0"),
    ],
)
def test_what_a_size_is_called(make: Callable[[], tt.Layer], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        make()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("function", "defaults"),
    [
        (tt.Layer, {"dim": -1, "in_features": None}),
        (tt.snn.Layer, {"dim": -1}),
        (tt.rnn.Layer, {"dim": -1, "in_features": None}),
        (tt.ssm.Layer, {"dim": -1}),
        (tt.Lags, {"lags": (0, 1, 2, 4), "dim": -1}),
        (tt.SequenceDropout, {"p": 0.5, "dim": -1}),
        (tt.SequenceBatchNorm, {"dim": -1, "eps": 1e-5, "momentum": 0.1, "affine": True}),
        (tt.load_states, {"strict": True, "device": None}),
        (tt.Model.load_states, {"strict": True, "device": None}),
        (tt.Model.train, {"mode": True}),
        (tt.Layer.train, {"mode": True}),
        (tt.parameter_groups, {"decay_lr": None}),
        (tt.functional.round_ste, {"step_size": 1.0}),
        (tt.functional.stochastic_round_ste, {"step_size": 1.0}),
    ],
)
def test_what_may_be_left_out(function: Callable[..., Any], defaults: dict[str, Any]) -> None:
    given = inspect.signature(function).parameters.values()
    assert {p.name: p.default for p in given if p.default is not p.empty} == defaults


# Usable values, kept


@pytest.mark.parametrize("which", ["raw_beta", "raw_threshold", "raw_bias"])
@pytest.mark.parametrize("how", ["written to", "other memory", "another tensor"])
def test_usable_values_are_kept_until_any_raw_value_changes(how: str, which: str) -> None:
    layer = tt.snn.LIB(3)
    assert backend.kept_parameters(layer) is None
    layer.TTcompile()
    kept = backend.kept_parameters(layer)
    assert kept is not None and backend.kept_parameters(layer) is kept
    raw = layer._buffers[which]
    if how == "written to":
        raw.fill_(1.0)
    elif how == "other memory":
        raw.data = torch.ones(3)
    else:
        layer._buffers[which] = torch.ones(3)
    assert backend.kept_parameters(layer) is None
    usable = {"raw_beta": torch.sigmoid, "raw_threshold": nn.functional.softplus}
    expected = usable.get(which, torch.arcsinh)(torch.ones(3))
    torch.testing.assert_close(getattr(layer, which.removeprefix("raw_")), expected)


def test_all_memory_of_a_graphics_processor_counts_as_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = [tt.snn.LI(3), tt.snn.LI(3).to("meta")]  # which stands for such a device
    monkeypatch.setattr(torch.UntypedStorage, "is_shared", lambda storage: True)
    for layer in layers:
        layer.TTcompile()
    assert [backend.kept_parameters(layer) is None for layer in layers] == [True, False]


class Own(Tensor):
    """A tensor of a class that may change in its own way."""


def test_values_in_tensors_of_another_class_are_computed_each_time() -> None:
    layer = tt.snn.LI(3, learn_beta=False)
    layer.raw_beta = torch.zeros(3).as_subclass(Own)
    layer.TTcompile()
    assert layer.beta.tolist() == [0.5] * 3
    layer.raw_beta.data.fill_(1.0)  # which PyTorch does not count
    assert layer.beta.tolist() == torch.ones(3).sigmoid().tolist()


def test_a_write_to_memory_that_is_shared_is_noticed() -> None:
    layer = tt.snn.LI(3, learn_beta=False).share_memory()
    layer.TTcompile()
    assert layer.beta.tolist() == tt.snn.LI(3).beta.tolist()
    received = pickle.loads(ForkingPickler.dumps(layer.raw_beta))
    received.fill_(1.0)
    torch.testing.assert_close(layer.beta, torch.ones(3).sigmoid())


def test_a_module_with_parameters_is_converted_with_what_it_holds() -> None:
    module = Constrained()
    module.held = nn.Linear(2, 2)
    assert module.double().held.weight.dtype == torch.float64
    assert not module.eval().training and module.train().training


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (partial(tt.functional.arctan, alpha=2), "partial(arctan, alpha=2)"),
        (partial(torch.mul, 2), "partial(mul, 2)"),
        (partial(torch.sub, 1.5, alpha=2), "partial(sub, 1.5, alpha=2)"),
        (partial(nn.Softplus(2.0)), "partial(Softplus(beta=2.0, threshold=20.0))"),
    ],
)
def test_a_function_with_its_numbers_in_print(function: Callable[..., Tensor], text: str) -> None:
    layer = tt.snn.LIB(2, spike_fn=function)
    assert layer.extra_repr() == f"2, dim=-1, spike_fn={text}"
