"""The recurrent layers against PyTorch's own cells, and the GRU against its equations by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor, nn
from torch.func import functional_call

import tracetorch as tt

TOLERANCE = {"rtol": 1e-10, "atol": 1e-10}

Weights = dict[str, Tensor]
Run = tuple[Tensor, dict[str, Tensor]]
"""The outputs of all timesteps, and the states after the last."""


def torch_cell(cell: nn.RNNCellBase, weight: Tensor, bias: Tensor) -> Callable[..., Any]:
    """A cell of PyTorch as a function, with the columns for H and those for x in one matrix."""
    hh, ih = weight[:, : cell.hidden_size], weight[:, cell.hidden_size :]
    weights = {"weight_hh": hh, "weight_ih": ih, "bias_ih": bias, "bias_hh": torch.zeros_like(bias)}
    return lambda *args: functional_call(cell, weights, args)


def simple_rnn(weights: Weights, xs: Tensor, H: Tensor) -> Run:
    cell = nn.RNNCell(xs.shape[-1], H.shape[-1], nonlinearity="tanh")
    step = torch_cell(cell, weights["lin.weight"], weights["lin.bias"])
    ys = []
    for x in xs:
        H = step(x, H)
        ys.append(H)
    return torch.stack(ys), {"H": H}


def lstm(weights: Weights, xs: Tensor, H: Tensor) -> Run:
    def in_their_order(ours: Tensor) -> Tensor:
        i, f, o, g = ours.chunk(4)
        return torch.cat((i, f, g, o))

    step = torch_cell(
        nn.LSTMCell(xs.shape[-1], H.shape[-1]),
        in_their_order(weights["gate_layers.weight"]),
        in_their_order(weights["gate_layers.bias"]),
    )
    C, ys = H, []
    for x in xs:
        H, C = step(x, (H, C))
        ys.append(H)
    return torch.stack(ys), {"H": H, "C": C}


def gru(weights: Weights, xs: Tensor, H: Tensor) -> Run:
    """By hand: PyTorch's own applies the reset gate after the candidate's linear map."""
    n = H.shape[-1]
    gates, gates_bias = weights["gate_layers.weight"], weights["gate_layers.bias"]
    candidates, bias = weights["candidate_layer.weight"], weights["candidate_layer.bias"]
    reset_from_H, reset_from_x, reset_bias = gates[:n, :n], gates[:n, n:], gates_bias[:n]
    update_from_H, update_from_x, update_bias = gates[n:, :n], gates[n:, n:], gates_bias[n:]
    from_H, from_x = candidates[:, :n], candidates[:, n:]
    ys = []
    for x in xs:
        reset = 1 / (1 + torch.exp(-(H @ reset_from_H.T + x @ reset_from_x.T + reset_bias)))
        update = 1 / (1 + torch.exp(-(H @ update_from_H.T + x @ update_from_x.T + update_bias)))
        candidate = torch.tanh((reset * H) @ from_H.T + x @ from_x.T + bias)
        H = H + update * (candidate - H)
        ys.append(H)
    return torch.stack(ys), {"H": H}


REFERENCES = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}


@st.composite
def sequences(draw: st.DrawFn) -> Tensor:
    """Some timesteps of an input, with a batch or without."""
    batch = draw(st.sampled_from([(), (1,), (3,)]))
    shape = (draw(st.integers(1, 5)), *batch, draw(st.integers(1, 4)))
    return torch.from_numpy(draw(arrays(np.float64, shape, elements=st.floats(-3, 3))))


def gradients(run: Run, weights: Weights, xs: Tensor) -> dict[str, Tensor]:
    """Of a loss that depends on every output and on the final states, each differently."""
    ys, states = run
    loss = sum((t * torch.linspace(0.5, 2, t.numel()).view_as(t)).sum() for t in states.values())
    loss = loss + (ys * torch.linspace(-1, 1.5, ys.numel()).view_as(ys)).sum()
    return dict(zip([*weights, "x"], torch.autograd.grad(loss, [*weights.values(), xs])))


@pytest.mark.parametrize("name", REFERENCES)
@given(xs=sequences(), out_features=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_against_pytorch(name: str, xs: Tensor, out_features: int, seed: int) -> None:
    torch.manual_seed(seed)
    layer = getattr(tt.rnn, name)(xs.shape[-1], out_features).double()
    weights = dict(layer.named_parameters())
    for weight in weights.values():
        nn.init.normal_(weight)
    xs.requires_grad_()
    zeros = torch.zeros(*xs.shape[1:-1], out_features, dtype=torch.float64)
    expected = REFERENCES[name](weights, xs, zeros)

    outputs = torch.stack([layer(x) for x in xs])
    found = outputs, {state: getattr(layer, state) for state in expected[1]}
    torch.testing.assert_close(found, expected, **TOLERANCE)
    torch.testing.assert_close(
        gradients(found, weights, xs), gradients(expected, weights, xs), **TOLERANCE
    )


SHAPES = {
    "SimpleRNN": {"lin.weight": (3, 8), "lin.bias": (3,)},
    "LSTM": {"gate_layers.weight": (12, 8), "gate_layers.bias": (12,)},
    "GRU": {
        "gate_layers.weight": (6, 8),
        "gate_layers.bias": (6,),
        "candidate_layer.weight": (3, 8),
        "candidate_layer.bias": (3,),
    },
}


@pytest.mark.parametrize("name", REFERENCES)
def test_names_and_shapes(name: str) -> None:
    layer = getattr(tt.rnn, name)(5, 3, 1)
    assert {key: tuple(t.shape) for key, t in layer.state_dict().items()} == SHAPES[name]
    assert layer(torch.ones(2, 5, 4, 6)).shape == (2, 3, 4, 6)
    for state in {"LSTM": ["H", "C"]}.get(name, ["H"]):
        assert getattr(layer, state).shape == (2, 3, 4, 6)


@pytest.mark.parametrize("name", REFERENCES)
def test_constructor(name: str) -> None:
    arguments = inspect.signature(getattr(tt.rnn, name)).parameters.values()
    empty = inspect.Parameter.empty
    assert {p.name: p.default for p in arguments} == {
        "in_features": empty,
        "out_features": empty,
        "dim": -1,
    }
    assert all(p.kind == p.POSITIONAL_OR_KEYWORD for p in arguments)


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 3), ValueError, "in_features must be at least 1, got 0"),
        ((-2, 3), ValueError, "in_features must be at least 1, got -2"),
        ((3, 0), ValueError, "must be at least 1, got 0"),
        ((3, -1), ValueError, "must be at least 1, got -1"),
        ((2.0, 3), TypeError, "in_features must be an integer, got 2.0"),
        ((3, 2.0), TypeError, "must be an integer, got 2.0"),
        ((3, True), TypeError, "must be an integer, got True"),
        (("3", 3), TypeError, "in_features must be an integer, got '3'"),
        ((3, 3, "last"), TypeError, "dim must be an integer, got 'last'"),
    ],
)
def test_refused_arguments(
    name: str, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"{name}: .*{message}"):
        getattr(tt.rnn, name)(*arguments)


def test_the_base_class_refuses_sizes() -> None:
    with pytest.raises(ValueError, match="Layer: in_features must be at least 1, got 0"):
        tt.rnn.Layer(3, in_features=0)


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize(("dim", "shape"), [(-1, (5, 3)), (1, (2, 3, 5)), (-3, (3, 5))])
def test_another_number_of_features_is_refused(name: str, dim: int, shape: tuple[int, ...]) -> None:
    layer = getattr(tt.rnn, name)(5, 3, dim)
    with pytest.raises(ValueError, match=f"{name}: the input must have 5 features"):
        layer(torch.ones(shape))
    assert layer.H is None


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_sizes_are_reported_and_kept_by_name(name: str) -> None:
    layer = getattr(tt.rnn, name)
    with pytest.raises(ValueError, match=f"{name}: out_features must be at least 1, got 0"):
        layer(3, 0)
    with pytest.raises(TypeError, match=f"{name}: in_features must be an integer, got None"):
        layer(None, 3)
    assert (layer(3, 4).in_features, layer(3, 4).out_features) == (3, 4)
