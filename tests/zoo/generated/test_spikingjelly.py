# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 728f9d9780d8988b
"""Tests of the layers that spec/zoo/peers/spikingjelly.yaml declares: run them with pytest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import tracetorch as tt
from torch import Tensor
from tracetorch.core import backend

from tracetorch.zoo.spikingjelly import (
    IF,
    IFSoft,
    IFDetached,
    HalfThresholdIF,
    ActivationAwareIF,
    LIF,
    LIFSoft,
    LIFDetached,
    LIFUnscaled,
    ParametricLIF,
    ParametricLIFDetached,
    QIF,
    EIF,
    Izhikevich,
    CUBALIF,
    KLIF,
    KLIFScaled,
    ComplementaryLIF,
    RAF,
    LIAF,
    LIAFRelated,
    TernaryIF,
    TernaryIFSoft,
    TernaryLIF,
    TernaryLIFSoft,
    ILIF,
    STBIF,
    GatedLIF,
    SLTTLIF,
    OTTTLIF,
)

SIZES = {
    IF: {"num_neurons": 3},
    IFSoft: {"num_neurons": 3},
    IFDetached: {"num_neurons": 3},
    HalfThresholdIF: {"num_neurons": 3},
    ActivationAwareIF: {"num_neurons": 3},
    LIF: {"num_neurons": 3},
    LIFSoft: {"num_neurons": 3},
    LIFDetached: {"num_neurons": 3},
    LIFUnscaled: {"num_neurons": 3},
    ParametricLIF: {"num_neurons": 3},
    ParametricLIFDetached: {"num_neurons": 3},
    QIF: {"num_neurons": 3},
    EIF: {"num_neurons": 3},
    Izhikevich: {"num_neurons": 3},
    CUBALIF: {"num_neurons": 3},
    KLIF: {"num_neurons": 3},
    KLIFScaled: {"num_neurons": 3},
    ComplementaryLIF: {"num_neurons": 3},
    RAF: {"num_neurons": 3},
    LIAF: {"num_neurons": 3},
    LIAFRelated: {"num_neurons": 3},
    TernaryIF: {"num_neurons": 3},
    TernaryIFSoft: {"num_neurons": 3},
    TernaryLIF: {"num_neurons": 3},
    TernaryLIFSoft: {"num_neurons": 3},
    ILIF: {"num_neurons": 3},
    STBIF: {"num_neurons": 3},
    GatedLIF: {"num_neurons": 3},
    SLTTLIF: {"num_neurons": 3},
    OTTTLIF: {"num_neurons": 3},
}
"""The layers, and their sizes in these tests."""

FEATURES = {
    IF: (3, 3),
    IFSoft: (3, 3),
    IFDetached: (3, 3),
    HalfThresholdIF: (3, 3),
    ActivationAwareIF: (3, 3),
    LIF: (3, 3),
    LIFSoft: (3, 3),
    LIFDetached: (3, 3),
    LIFUnscaled: (3, 3),
    ParametricLIF: (3, 3),
    ParametricLIFDetached: (3, 3),
    QIF: (3, 3),
    EIF: (3, 3),
    Izhikevich: (3, 3),
    CUBALIF: (3, 3),
    KLIF: (3, 3),
    KLIFScaled: (3, 3),
    ComplementaryLIF: (3, 3),
    RAF: (3, 3),
    LIAF: (3, 3),
    LIAFRelated: (3, 3),
    TernaryIF: (3, 3),
    TernaryIFSoft: (3, 3),
    TernaryLIF: (3, 3),
    TernaryLIFSoft: (3, 3),
    ILIF: (3, 3),
    STBIF: (3, 3),
    GatedLIF: (3, 3),
    SLTTLIF: (3, 3),
    OTTTLIF: (3, 3),
}
"""The number of input and output features of the layers."""

SMOOTH = {
    IF: {
        "quant_fn": torch.nn.Identity(),
    },
    IFSoft: {
        "quant_fn": torch.nn.Identity(),
    },
    IFDetached: {
        "quant_fn": torch.nn.Identity(),
    },
    HalfThresholdIF: {
        "quant_fn": torch.nn.Identity(),
    },
    ActivationAwareIF: {
        "quant_fn": torch.nn.Identity(),
    },
    LIF: {
        "quant_fn": torch.nn.Identity(),
    },
    LIFSoft: {
        "quant_fn": torch.nn.Identity(),
    },
    LIFDetached: {
        "quant_fn": torch.nn.Identity(),
    },
    LIFUnscaled: {
        "quant_fn": torch.nn.Identity(),
    },
    ParametricLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    ParametricLIFDetached: {
        "quant_fn": torch.nn.Identity(),
    },
    QIF: {
        "quant_fn": torch.nn.Identity(),
    },
    EIF: {
        "quant_fn": torch.nn.Identity(),
    },
    Izhikevich: {
        "quant_fn": torch.nn.Identity(),
    },
    CUBALIF: {
        "quant_fn": torch.nn.Identity(),
    },
    KLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    KLIFScaled: {
        "quant_fn": torch.nn.Identity(),
    },
    ComplementaryLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    RAF: {
        "quant_fn": torch.nn.Identity(),
    },
    LIAF: {
        "quant_fn": torch.nn.Identity(),
    },
    LIAFRelated: {
        "quant_fn": torch.nn.Identity(),
    },
    TernaryIF: {
        "quant_fn": torch.nn.Identity(),
    },
    TernaryIFSoft: {
        "quant_fn": torch.nn.Identity(),
    },
    TernaryLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    TernaryLIFSoft: {
        "quant_fn": torch.nn.Identity(),
    },
    ILIF: {
        "quant_fn": torch.nn.Identity(),
    },
    GatedLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    SLTTLIF: {
        "quant_fn": torch.nn.Identity(),
    },
    OTTTLIF: {
        "quant_fn": torch.nn.Identity(),
    },
}
"""Functions with which the gradient is the derivative of the output."""

NOT_SMOOTH = {IFDetached, LIFDetached, ParametricLIFDetached, SLTTLIF, OTTTLIF}
"""Layers whose gradient is, on purpose, not the derivative of their output."""


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


every_layer = pytest.mark.parametrize("layer_class", SIZES, ids=lambda layer: layer.__name__)


def make(layer_class: type[tt.Layer], dim: int = -1, **functions: torch.nn.Module) -> tt.Layer:
    """A layer with parameters changed at random, so that none has a special value."""
    torch.manual_seed(0)
    layer = layer_class(**SIZES[layer_class], dim=dim, **functions)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.1 * torch.rand_like(parameter)
    return layer


def inputs(layer_class: type[tt.Layer], timesteps: int = 4) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(timesteps, 2, FEATURES[layer_class][0])


def run(layer: tt.Layer, xs: Tensor) -> Tensor:
    return torch.stack([layer(x) for x in xs])


@every_layer
def test_shapes_and_states(layer_class: type[tt.Layer]) -> None:
    layer, xs = make(layer_class), inputs(layer_class)
    states = backend.states(layer)
    assert states and all(state is None for state in states.values())
    ys = run(layer, xs)
    assert ys.shape == (*xs.shape[:2], FEATURES[layer_class][1]) and ys.isfinite().all()
    assert all(state.isfinite().all() for state in backend.states(layer).values())
    layer.zero_states()
    assert all(state is None for state in backend.states(layer).values())
    assert torch.equal(run(layer, xs), ys)


@every_layer
@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
def test_every_dim(layer_class: type[tt.Layer], dim: int) -> None:
    xs = inputs(layer_class).unsqueeze(1)
    expected = run(make(layer_class), xs)
    ys = run(make(layer_class, dim), xs.movedim(-1, dim + (dim >= 0)))
    torch.testing.assert_close(ys.movedim(dim + (dim >= 0), -1), expected)


@every_layer
def test_a_sequence_goes_on_from_saved_states(layer_class: type[tt.Layer]) -> None:
    layer, xs = make(layer_class), inputs(layer_class)
    whole = run(layer, xs)
    pure, states = tt.Stateless(layer), {}
    for x, y in zip(xs, whole):
        output, states = pure(x, states)
        assert torch.equal(output, y)


@every_layer
def test_samples_of_a_batch_are_apart(layer_class: type[tt.Layer]) -> None:
    xs = inputs(layer_class)
    together = run(make(layer_class), xs)
    for sample in range(xs.shape[1]):
        torch.testing.assert_close(run(make(layer_class), xs[:, sample]), together[:, sample])


@every_layer
def test_gradients(layer_class: type[tt.Layer]) -> None:
    if layer_class in NOT_SMOOTH:
        pytest.skip("its gradient is, on purpose, not the derivative of its output")
    layer = make(layer_class, **SMOOTH.get(layer_class, {}))
    parameters = dict(layer.named_parameters())

    def output(xs: Tensor, *values: Tensor) -> Tensor:
        layer.zero_states()
        held = dict(zip(parameters, values))
        return torch.stack([torch.func.functional_call(layer, held, (x,)) for x in xs])

    given = (inputs(layer_class, timesteps=3).requires_grad_(), *parameters.values())
    if not output(*given).requires_grad:
        pytest.skip("no gradient flows through it")
    assert torch.autograd.gradcheck(output, given)


@every_layer
def test_ttcompile_and_back(layer_class: type[tt.Layer]) -> None:
    layer, xs = make(layer_class), inputs(layer_class)
    parameters = dict(layer.named_parameters())
    expected = run(layer, xs)
    layer.TTcompile()
    layer.zero_states()
    torch.testing.assert_close(run(layer, xs), expected)  # a kernel may round in another way
    layer.TTdecompile()
    assert all(layer.get_parameter(name) is p for name, p in parameters.items())


@every_layer
def test_torch_compile(layer_class: type[tt.Layer]) -> None:
    layer, xs = make(layer_class), inputs(layer_class)
    torch._dynamo.reset()
    step = torch.compile(layer, fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        ys = run(step, xs)
        layer.zero_states()
        torch.testing.assert_close(ys, run(layer, xs))


def gradients_of(ys: Tensor, given: tuple[Tensor, ...]) -> tuple[Tensor | None, ...]:
    """The gradient of each tensor, None where `ys` does not depend on it."""
    if not ys.requires_grad:
        return (None,) * len(given)
    return torch.autograd.grad(ys.square().sum(), given, allow_unused=True)


@pytest.mark.parametrize(
    "layer_class",
    [
        IF,
        IFSoft,
        IFDetached,
        HalfThresholdIF,
        ActivationAwareIF,
        LIF,
        LIFSoft,
        LIFDetached,
        LIFUnscaled,
        ParametricLIF,
        ParametricLIFDetached,
        QIF,
        EIF,
        Izhikevich,
        CUBALIF,
        KLIF,
        KLIFScaled,
        ComplementaryLIF,
        RAF,
        LIAF,
        LIAFRelated,
        TernaryIF,
        TernaryIFSoft,
        TernaryLIF,
        TernaryLIFSoft,
        ILIF,
        STBIF,
        GatedLIF,
        SLTTLIF,
        OTTTLIF,
    ],
)
def test_whole_sequences(layer_class: type[tt.Layer]) -> None:
    results = []
    for way in (run, lambda layer, xs: tt.unroll(layer, xs, strict=True)):
        layer, xs = make(layer_class), inputs(layer_class, timesteps=20).requires_grad_()
        ys = way(layer, xs)
        gradients = gradients_of(ys, (xs, *layer.parameters()))
        results.append([ys, *backend.states(layer).values(), *gradients])
    for expected, actual in zip(*results):
        if expected is None:
            assert actual is None or not actual.any()
        else:
            torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12)
