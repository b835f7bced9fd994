"""The state-space layers as linear systems, against references in loops, and against each other."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch as tt

TOLERANCE = {"rtol": 1e-10, "atol": 1e-10}
LAYERS = ["S4", "S5", "S6", "Mamba"]
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 4)

Weights = dict[str, Tensor]
Run = tuple[Tensor, dict[str, Tensor]]
"""The outputs of all timesteps, and the states after the last."""


def randomized(layer: tt.Layer, spread: float = 1.0) -> tt.Layer:
    """The layer in float64, every one of its parameters random."""
    layer = layer.double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=spread)
    return layer


def run(layer: tt.Layer, xs: Tensor) -> Tensor:
    return torch.stack([layer(x) for x in xs])


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


# S4 and S5 are linear systems


@given(num_neurons=SIZES, d_state=SIZES, seed=SEEDS)
def test_s4_is_a_convolution(num_neurons: int, d_state: int, seed: int) -> None:
    torch.manual_seed(seed)
    layer, xs = randomized(tt.ssm.S4(num_neurons, d_state)), random(64, num_neurons)
    weights = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    A, dt = -np.exp(weights["A_log"]), np.exp(weights["log_dt"])
    expected = weights["D"] * xs.numpy()
    for n in range(num_neurons):
        A_bar = np.exp(dt[n] * A[n])
        B_bar = (A_bar - 1) / A[n] * weights["B"][n]
        kernel = np.array([weights["C"][n] @ (A_bar**k * B_bar) for k in range(64)])
        expected[:, n] += np.convolve(kernel, xs[:, n].numpy())[:64]
    torch.testing.assert_close(run(layer, xs), torch.from_numpy(expected), **TOLERANCE)


@given(num_neurons=SIZES, d_state=SIZES, seed=SEEDS)
def test_s5_is_a_convolution(num_neurons: int, d_state: int, seed: int) -> None:
    torch.manual_seed(seed)
    layer, xs = randomized(tt.ssm.S5(num_neurons, d_state)), random(64, num_neurons)
    weights = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    A, dt = -np.exp(weights["A_log"]), np.exp(weights["log_dt"])
    A_bar = np.exp(dt * A)
    B_bar = weights["B"] * ((A_bar - 1) / A)
    kernels = np.stack([B_bar @ np.diag(A_bar**k) @ weights["C"] for k in range(64)])
    expected = weights["D"] * xs.numpy()
    for m in range(num_neurons):
        for n in range(num_neurons):
            expected[:, n] += np.convolve(kernels[:, m, n], xs[:, m].numpy())[:64]
    torch.testing.assert_close(run(layer, xs), torch.from_numpy(expected), **TOLERANCE)


@pytest.mark.parametrize(("name", "state"), [("S4", "state"), ("S5", "global_state")])
def test_many_short_steps_are_one_long_step(name: str, state: str) -> None:
    """While the input is held, a zero-order hold is exact: only the time that passes counts."""
    torch.manual_seed(0)
    short, x = randomized(getattr(tt.ssm, name)(3, 5)), random(2, 3)
    long = getattr(tt.ssm, name)(3, 5).double()
    long.load_state_dict(short.state_dict())
    with torch.no_grad():
        long.log_dt += math.log(10)
    many, one = run(short, x.expand(20, 2, 3)), run(long, x.expand(2, 2, 3))
    torch.testing.assert_close(many[9::10], one, **TOLERANCE)
    torch.testing.assert_close(getattr(short, state), getattr(long, state), **TOLERANCE)


# S6 and Mamba against references in loops


def silu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-x))


def selective(weights: Weights, x_proj: Tensor, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """One timestep of S6, for a batch of one dimension, neuron by neuron."""
    d_state, rank = state.shape[-1], weights["dt_proj.weight"].shape[-1]
    dt_raw = x @ x_proj[:rank].T
    B, C = x @ x_proj[rank : rank + d_state].T, x @ x_proj[rank + d_state :].T
    ys, states = [], []
    for n in range(x.shape[-1]):
        A = -torch.exp(weights["A_log"][n])
        dt = dt_raw @ weights["dt_proj.weight"][n] + weights["dt_proj.bias"][n]
        A_bar = torch.exp(torch.log(1 + torch.exp(dt))[:, None] * A)
        states.append(A_bar * state[:, n] + (A_bar - 1) / A * B * x[:, n, None])
        ys.append((states[n] * C).sum(1) + weights["D"][n] * x[:, n])
    return torch.stack(ys, 1), torch.stack(states, 1)


def s6(weights: Weights, xs: Tensor) -> Run:
    state, ys = xs.new_zeros(*xs.shape[1:], weights["A_log"].shape[1]), []
    for x in xs:
        y, state = selective(weights, weights["x_proj.weight"], x, state)
        ys.append(y)
    return torch.stack(ys), {"state": state}


def mamba(weights: Weights, xs: Tensor) -> Run:
    num_neurons = xs.shape[-1]
    to_main, to_gate = weights["in_proj.weight"][:num_neurons], weights["in_proj.weight"][num_neurons:]
    kernel = weights.get("conv_weights")
    state, mains, ys = xs.new_zeros(*xs.shape[1:], weights["A_log"].shape[1]), [], []
    for t, x in enumerate(xs):
        mains.append(x @ to_main.T)
        main = mains[t]
        if kernel is not None:
            main = weights["conv_bias"].expand_as(main)
            for age in range(min(t + 1, kernel.shape[1])):
                main = main + kernel[:, -1 - age] * mains[t - age]
        y, state = selective(weights, weights["ssm_proj.weight"], silu(main), state)
        ys.append((y * silu(x @ to_gate.T)) @ weights["out_proj.weight"].T + x)
    if kernel is None:
        return torch.stack(ys), {"ssm_state": state}
    mains = [torch.zeros_like(main) for main in range(0)] + mains
    return torch.stack(ys), {"ssm_state": state, "conv_buffer": window(mains, kernel.shape[1])}
