"""Default devices and dtypes: they reach what a constructor makes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from matplotlib import pyplot
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import tracetorch as tt
from tests.support import zoo
from tracetorch.core.memory import _tensor_of_transform

FLEX = [f"flex.{name}" for name in zoo.NAMES]


@pytest.fixture
def meta() -> Iterator[None]:
    torch.set_default_device("meta")
    yield
    torch.set_default_device(None)


def tensors_of(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


@pytest.mark.parametrize("name", [*zoo.ALL, *FLEX])
def test_a_layer_is_made_on_the_default_device_and_in_the_default_dtype(name: str) -> None:
    fixed = {f"learn_{p}": False for p in zoo.parameters(name)}
    with torch.device("meta"):
        layers = [zoo.build(name, 3), zoo.build(name, 3, **fixed)]
    assert {tensor.device.type for layer in layers for tensor in tensors_of(layer)} == {"meta"}
    torch.set_default_dtype(torch.float64)
    try:
        layers = [zoo.build(name, 3), zoo.build(name, 3, **fixed)]
    finally:
        torch.set_default_dtype(torch.float32)
    assert {tensor.dtype for layer in layers for tensor in tensors_of(layer)} == {torch.float64}


def test_values_without_numbers_make_parameters_without_numbers() -> None:
    with torch.device("meta"):
        layer = tt.snn.SLIB(3, beta=torch.linspace(0.5, 0.9, 3), threshold=torch.tensor(1.0))
        with pytest.raises(ValueError, match=r"num_neurons = 3 values, got shape \(4,\)"):
            tt.snn.SLIB(3, beta=torch.full((4,), 0.5))
    assert tt.snn.LI(3, beta=torch.full((3,), 0.5, device="meta")).raw_beta.is_meta
    shapes = {name: (tensor.shape, tensor.device.type) for name, tensor in layer.named_parameters()}
    assert shapes["raw_beta"] == ((3,), "meta") and shapes["raw_threshold"] == ((), "meta")


@pytest.mark.usefixtures("meta")
def test_functions_of_a_parameter_may_make_tensors() -> None:
    class Scaled(tt.snn.Layer):
        def __init__(self) -> None:
            super().__init__(2)
            self._register_parameter(
                "gain",
                3.0,
                init_fn=lambda size, value: torch.full(size, value),
                inverse_fn=lambda y: torch.log(y / torch.tensor([1.0, 2.0])),
                activation_fn=lambda raw: torch.exp(raw) * torch.tensor([1.0, 2.0]),
            )

    assert Scaled().raw_gain.is_meta


def life(model: tt.Model, xs: Tensor) -> list[object]:
    """What a user may do with a model, and what comes of it."""
    results: list[object] = []
    torch.manual_seed(1)
    for compiled in (False, True):
        ys = torch.stack([model(x) for x in xs])
        results += [ys, model.save_states()]
        model.load_states(model.save_states())
        results.append(model(xs[0]))
        model.zero_states()
        results += [tt.unroll(model, xs), model.save_states()]
        y, states = tt.Stateless(model)(xs[0], {})
        results += [y, states, torch.func.grad(lambda x: model(x).square().sum())(xs[0])]
        model.zero_states()
        if not compiled:
            chunk = xs.clone().requires_grad_()
            y = checkpoint(model, chunk[0], use_reentrant=False, context_fn=model.replay_states)
            results.append(torch.autograd.grad(y.sum(), chunk)[0])
        model.zero_states()
        model.TTcompile()
    model.TTdecompile()
    model.double()
    return [*results, model(xs[0].double()), *model.state_dict().values()]


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel")
@pytest.mark.parametrize("name", zoo.EVERY)
def test_a_default_device_does_not_reach_a_layer_that_is_made(name: str) -> None:
    xs = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = life(zoo.chain(name), xs)
    model = zoo.chain(name)
    torch.set_default_device("meta")
    try:
        found = life(model, xs)
    finally:
        torch.set_default_device(None)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize(
    "quant_fn", [tt.functional.stochastic_round_ste(), tt.functional.probabilistic_ste()]
)
def test_random_numbers_are_drawn_where_the_input_is(quant_fn: nn.Module, dim: int) -> None:
    layer = tt.snn.SRLIT(3, quant_fn=quant_fn)
    xs = 2 * torch.randn(4, 4, 3, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    expected = torch.stack([layer(x) for x in xs.unbind(dim)], dim)
    layer.zero_states()
    torch.set_default_device("meta")
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(1)
        found = tt.unroll(layer, xs, dim=dim)
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    torch.testing.assert_close(found, expected)


def test_pictures_are_drawn_whatever_the_default_device() -> None:
    layer = tt.snn.SLIT(1)
    with torch.device("meta"):
        axes = tt.plot.response(layer)
    pyplot.close(axes[0, 0].figure)


def test_what_marks_the_end_of_a_transform_is_on_the_cpu() -> None:
    def device(x: Tensor) -> Tensor:
        with torch.device("meta"):
            devices.append(_tensor_of_transform(1).device.type)
        return x

    devices: list[str] = []
    torch.vmap(device)(torch.ones(2))
    assert devices == ["cpu"]
