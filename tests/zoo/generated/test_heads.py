# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: bc1d295b64baf1f3
"""Tests of the layers that spec/zoo/heads.yaml declares: run them with pytest."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import tracetorch as tt
from torch import Tensor
from tracetorch.core import backend

from tracetorch.zoo.heads import MLSTM, RWKV

SIZES = {
    MLSTM: {"in_features": 2, "out_features": 3},
    RWKV: {"in_features": 8, "out_features": 12},
}
"""The layers, and their sizes in these tests."""

FEATURES = {
    MLSTM: (2, 3),
    RWKV: (8, 12),
}
"""The number of input and output features of the layers."""


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


every_layer = pytest.mark.parametrize("layer_class", SIZES, ids=lambda layer: layer.__name__)


def make(layer_class: type[tt.Layer], dim: int = -1) -> tt.Layer:
    """A layer with parameters changed at random, so that none has a special value."""
    torch.manual_seed(0)
    layer = layer_class(**SIZES[layer_class], dim=dim)
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
    layer = make(layer_class)
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


@pytest.mark.parametrize("layer_class", [MLSTM, RWKV])
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


def load_reference() -> ModuleType:
    """The reference implementation of the neurons, in NumPy."""
    path = Path(__file__).parent / "../../../spec/zoo/heads_reference.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE = load_reference()


COMPARED = [layer for layer in SIZES if hasattr(REFERENCE, layer.__name__)]


def beside_reference(layer_class: type[tt.Layer], timesteps: int) -> Iterator[tuple[Tensor, Any]]:
    """Outputs and states of a layer, and what its reference has, timestep after timestep."""
    timestep = getattr(REFERENCE, layer_class.__name__)
    layer, xs = make(layer_class), inputs(layer_class, timesteps)
    values = {name: p.detach().numpy() for name, p in backend.parameters(layer).items()}
    stored = {f"raw_{name}" for name in values}
    held = (*layer.named_parameters(), *layer.named_buffers())
    values |= {name: p.detach().numpy() for name, p in held if name not in stored}
    layer._ensure_states(xs[0])
    states = {name: s.detach().numpy() for name, s in backend.states(layer).items()}
    for x in xs:
        expected, states = timestep(x.numpy(), states, values)
        yield layer(x).detach(), expected
        for name, state in states.items():
            yield getattr(layer, name).detach(), state


@pytest.mark.parametrize("layer_class", COMPARED, ids=lambda layer: layer.__name__)
def test_agrees_with_its_reference(layer_class: type[tt.Layer]) -> None:
    for actual, expected in beside_reference(layer_class, timesteps=20):
        np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-9, atol=1e-12)
