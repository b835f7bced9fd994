"""The functions of `tracetorch.functional`."""

from __future__ import annotations

import copy
import functools
import inspect
import math
import pickle
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.support.equal import identical
from tracetorch import functional as F
from tracetorch.functional.quantizers import BUILT_IN, Quantizer
from tracetorch.snn import LIB

finite = st.floats(-1e6, 1e6)


def double(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def gradient(function: Callable[[Tensor], Tensor], value: float) -> float:
    x = double(value)
    function(x).backward()
    return x.grad.item()


@given(st.floats(allow_nan=False))
def test_a_split_adds_up(value: float) -> None:
    x = torch.tensor(value, dtype=torch.float64)
    assert F.positive(x) >= 0 and F.negative(x) <= 0
    assert F.positive(x) + F.negative(x) == x


@given(finite)
def test_the_gradient_of_a_split_is_whole(value: float) -> None:
    assert gradient(F.positive, value) + gradient(F.negative, value) == 1.0


def test_silence_belongs_to_both_sides() -> None:
    assert gradient(F.positive, 0.0) == gradient(F.negative, 0.0) == 0.5
    assert gradient(F.positive, 1e-300) == 1.0 and gradient(F.negative, -1e-300) == 1.0


@given(st.floats(1e-3, 1e6))
def test_halflife(halflife: float) -> None:
    decay = F.halflife_to_decay(halflife)
    assert decay**halflife == pytest.approx(0.5, rel=1e-9)
    assert F.decay_to_halflife(decay) == pytest.approx(halflife, rel=1e-6) or decay < 1e-200


@given(st.floats(1.0, 1e6))
def test_timesteps(timesteps: float) -> None:
    decay = F.timesteps_to_decay(timesteps)
    assert decay == 1 - 1 / timesteps
    assert F.decay_to_timesteps(decay) == pytest.approx(timesteps, rel=1e-9)


def test_decays_of_tensors() -> None:
    torch.testing.assert_close(
        F.halflife_to_decay(torch.tensor([1.0, 2.0])), torch.tensor([0.5, math.sqrt(0.5)])
    )
    torch.testing.assert_close(
        F.decay_to_halflife(torch.tensor([0.5, 0.25])), torch.tensor([1.0, 0.5])
    )
    assert F.timesteps_to_decay(torch.tensor([1.0, 4.0])).tolist() == [0.0, 0.75]
    assert F.decay_to_timesteps(torch.tensor([0.0, 0.75])).tolist() == [1.0, 4.0]


@given(st.integers(2, 50), st.floats(0.1, 100), st.floats(1, 100))
def test_spread_decays(num_neurons: int, shortest: float, ratio: float) -> None:
    decays = F.spread_decays(num_neurons, shortest, shortest * ratio)
    halflives = F.decay_to_halflife(decays.double())
    expected = [shortest * ratio ** (index / (num_neurons - 1)) for index in range(num_neurons)]
    torch.testing.assert_close(halflives, torch.tensor(expected).double(), rtol=1e-3, atol=0)
    assert decays.dtype == torch.float32


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 6.1e-8), (torch.float64, 1e-14)])
def test_spread_decays_are_rounded_once(dtype: torch.dtype, tolerance: float) -> None:
    halflives = [0.3 * 900 ** (index / 9) for index in range(10)]
    torch.set_default_dtype(dtype)
    decays = F.spread_decays(10, 0.3, 270)
    torch.set_default_dtype(torch.float32)
    expected = torch.tensor([0.5 ** (1 / halflife) for halflife in halflives], dtype=torch.float64)
    torch.testing.assert_close(decays.double(), expected, rtol=tolerance, atol=0)


def test_spread_decays_at_the_edges() -> None:
    assert F.spread_decays(1, 2, 8).tolist() == [pytest.approx(math.sqrt(0.5))]
    assert F.spread_decays(3, 2, 2).unique().numel() == 1
    with torch.device("meta"):
        assert LIB(4, beta=F.spread_decays(4, 1, 8)).raw_beta.is_meta
    for arguments, message in (
        ((0, 1, 2), "num_neurons must be at least 1, got 0"),
        ((2, 0, 2), "shortest must be above 0, got 0"),
        ((2, -1, 2), "shortest must be above 0, got -1"),
        ((2, 3, 2), "longest must be at least shortest and finite, got 2"),
        ((2, 3, math.inf), "longest must be at least shortest and finite, got inf"),
    ):
        with pytest.raises(ValueError, match=message):
            F.spread_decays(*arguments)


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (F.halflife_to_decay, 0.0, "halflife must be above 0 and finite, got 0.0"),
        (F.halflife_to_decay, math.inf, "halflife must be above 0 and finite, got inf"),
        (F.decay_to_halflife, 1.0, r"decay must be in \(0, 1\), got 1.0"),
        (F.decay_to_halflife, 0.0, r"decay must be in \(0, 1\), got 0.0"),
        (F.timesteps_to_decay, 0.5, "timesteps must be at least 1 and finite, got 0.5"),
        (F.timesteps_to_decay, math.nan, "timesteps must be at least 1 and finite, got nan"),
        (F.decay_to_timesteps, 1.0, r"decay must be in \[0, 1\), got 1.0"),
        (F.decay_to_timesteps, torch.tensor([0.5, 2.0]), r"decay must be in \[0, 1\), got 2.0"),
        (F.decay_to_timesteps, -0.5, r"decay must be in \[0, 1\), got -0.5"),
        (F.decay_to_halflife, torch.tensor([[0.5, 3.0], [0.0, 0.5]]), r"in \(0, 1\), got 3.0"),
        (F.halflife_to_decay, torch.tensor(-1.0), "halflife must be above 0 and finite, got -1.0"),
        (F.timesteps_to_decay, torch.tensor([[math.inf]]), "at least 1 and finite, got inf"),
    ],
)
def test_units_refuse(function: Callable, value: float | Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function(value)


@given(st.floats(-30, 30))
def test_sigmoid_inverse(raw: float) -> None:
    y = torch.sigmoid(double(raw))
    torch.testing.assert_close(torch.sigmoid(F.sigmoid_inverse(y)), y, rtol=1e-12, atol=0)


@given(st.floats(-30, 1e6))
def test_softplus_inverse(raw: float) -> None:
    y = F.softplus(double(raw))
    assert y.item() == pytest.approx(math.log1p(math.exp(-abs(raw))) + max(raw, 0.0), rel=1e-15)
    torch.testing.assert_close(F.softplus(F.softplus_inverse(y)), y, rtol=1e-12, atol=0)


def test_inverses_are_infinite_or_nan_outside_their_domain() -> None:
    outside = torch.tensor([-0.5, 1.5])
    assert F.sigmoid_inverse(outside).isnan().all()
    assert F.sigmoid_inverse(torch.tensor([0.0, 1.0])).tolist() == [-math.inf, math.inf]
    assert F.softplus_inverse(torch.tensor([-1.0])).isnan().all()
    assert F.softplus_inverse(torch.tensor([0.0])).tolist() == [-math.inf]


@given(finite)
def test_sigmoid4x(value: float) -> None:
    expected = 1 / (1 + math.exp(-4 * value)) if value > -100 else 0.0
    assert F.sigmoid4x(double(value)).item() == pytest.approx(expected, abs=1e-12)


def test_sigmoid4x_has_slope_1_at_the_threshold() -> None:
    assert gradient(F.sigmoid4x, 0.0) == 1.0


@given(finite, st.sampled_from([1.0, 0.25, 0.1, 3.0]))
def test_round_ste(value: float, step: float) -> None:
    x = double(value)
    y = F.round_ste(step)(x)
    assert y.item() == round(value / step) * step
    y.backward()
    assert x.grad.item() == 1.0


@given(finite, st.sampled_from([1.0, 0.25, 3.0]))
def test_stochastic_round_ste_gives_a_neighbour(value: float, step: float) -> None:
    x = double(value)
    y = F.stochastic_round_ste(step)(x)
    below = math.floor(value / step)
    assert y.item() in {below * step} | ({(below + 1) * step} if value / step > below else set())
    y.backward()
    assert x.grad.item() == 1.0


@pytest.mark.parametrize("factory", [F.round_ste, F.stochastic_round_ste])
def test_whole_numbers_are_rounded_as_numbers(factory: Callable[[], nn.Module]) -> None:
    y = factory()(torch.tensor([-3, 0, 2]))
    assert y.dtype == torch.float32 and y.tolist() == [-3.0, 0.0, 2.0]


def test_stochastic_round_ste_is_up_as_often_as_the_fraction() -> None:
    torch.manual_seed(0)
    rounded = F.stochastic_round_ste(2.0)(torch.full((100_000,), -3.5))
    assert set(rounded.tolist()) == {-4.0, -2.0}
    assert (rounded == -2.0).double().mean().item() == pytest.approx(0.25, abs=0.01)


def test_probabilistic_ste() -> None:
    torch.manual_seed(0)
    p = torch.full((100_000,), 0.3, requires_grad=True)
    fired = F.probabilistic_ste()(p)
    assert set(fired.tolist()) == {0.0, p[0].item()}
    assert (fired > 0).double().mean().item() == pytest.approx(0.3, abs=0.01)
    fired.sum().backward()
    torch.testing.assert_close(p.grad, torch.full_like(p, 0.6))


@pytest.mark.parametrize("make", [F.round_ste, F.stochastic_round_ste])
@pytest.mark.parametrize("step", [0.0, -1.0, math.nan, math.inf])
def test_quantizers_refuse(make: Callable, step: float) -> None:
    with pytest.raises(ValueError, match="step_size must be above 0 and finite"):
        make(step)


def test_quantizers_print_and_copy() -> None:
    quantizer = F.round_ste(0.5)
    assert "step_size=0.5" in repr(quantizer)
    for twin in (copy.deepcopy(quantizer), pickle.loads(pickle.dumps(quantizer))):
        assert twin(torch.tensor(0.6)).item() == 0.5


def test_what_kernels_know_of_each_quantizer() -> None:
    known = [
        (quantizer.name, quantizer.number_names, quantizer.is_random) for quantizer in BUILT_IN
    ]
    assert known == [
        ("round_ste", ("step_size",), False),
        ("stochastic_round_ste", ("step_size",), True),
        ("probabilistic_ste", (), True),
    ]
    assert F.round_ste().step_size == F.stochastic_round_ste().step_size == 1.0
    assert Quantizer.number_names == () and not Quantizer.is_random


@pytest.mark.parametrize("factory", [F.round_ste, F.stochastic_round_ste])
def test_a_factory_in_the_place_of_its_quantizer(factory: Callable[[], nn.Module]) -> None:
    layer = LIB(2, quant_fn=factory)
    with pytest.raises(TypeError, match="with parentheses"):
        layer(torch.ones(2))


SLOPES = {
    "sigmoid4x": (
        4.0,
        lambda x, slope: slope * torch.sigmoid(slope * x) * torch.sigmoid(-slope * x),
    ),
    "arctan": (2.0, lambda x, alpha: alpha / 2 / (1 + (torch.pi / 2 * alpha * x) ** 2)),
    "fast_sigmoid": (2.0, lambda x, slope: slope / 2 / (1 + slope * x.abs()) ** 2),
    "triangular": (1.0, lambda x, width: (1 - (x / width).abs()).clamp(min=0) / width),
    "rectangular": (1.0, lambda x, width: ((x / width).abs() < 0.5).double() / width),
    "gaussian": (
        math.sqrt(math.pi),
        lambda x, alpha: alpha / math.sqrt(math.pi) * torch.exp(-((alpha * x) ** 2)),
    ),
    "exponential": (2.0, lambda x, slope: slope / 2 * torch.exp(-slope * x.abs())),
}
"""The default of each number, and the surrogate gradient of the literature, of it."""


@pytest.mark.parametrize("name", SLOPES)
def test_the_number_of_a_smooth_step(name: str) -> None:
    (number,) = list(inspect.signature(getattr(F, name)).parameters.values())[1:]
    assert number.default == SLOPES[name][0]
    assert gradient(getattr(F, name), 0.0) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize("factor", [None, 0.3, 1.0, 7.0])
@pytest.mark.parametrize("name", SLOPES)
def test_smooth_steps_have_the_slope_that_they_are_known_for(
    name: str, factor: float | None
) -> None:
    default, expected = SLOPES[name]
    number = default * (factor or 1.0)
    step = getattr(F, name) if factor is None else lambda x: getattr(F, name)(x, number)
    x = torch.linspace(-4, 4, 801, dtype=torch.float64)[1::2].requires_grad_()  # past the kinks
    y = step(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(slope, expected(x.detach(), number))
    assert (y.diff() >= 0).all() and y.min() >= 0 and y.max() <= 1
    torch.testing.assert_close(y + step(-x), torch.ones_like(y))
    assert step(torch.zeros(1)).item() == 0.5


STEPS = {
    "sigmoid4x": lambda x: torch.sigmoid(4 * x),
    "arctan": lambda x: 0.5 + 0.3183098861837907 * torch.atan(3.141592653589793 * x),
    "fast_sigmoid": lambda x: 0.5 + x / (1 + 2 * x.abs()),
    "triangular": lambda x: 0.5 + x.clamp(-1, 1) * (1 - 0.5 * x.clamp(-1, 1).abs()),
    "rectangular": lambda x: (x + 0.5).clamp(0, 1),
    "gaussian": lambda x: 0.5 + 0.5 * torch.erf(1.7724538509055159 * x),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", STEPS)
def test_smooth_steps_with_their_defaults_to_the_bit(name: str, dtype: torch.dtype) -> None:
    x = torch.linspace(-4, 4, 8001, dtype=dtype)
    assert identical(getattr(F, name)(x), STEPS[name](x))


def test_a_layer_prints_and_copies_the_number_of_its_spike_function() -> None:
    layer = LIB(2, spike_fn=functools.partial(F.fast_sigmoid, slope=25))
    assert "spike_fn=partial(fast_sigmoid, slope=25)" in repr(layer)
    x = torch.tensor([1.1, 0.9])
    expected = layer(x)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        twin.zero_states()
        assert identical(twin(x), expected)
        assert repr(twin) == repr(layer)
