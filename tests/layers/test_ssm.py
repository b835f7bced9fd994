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
from tests.support.equal import identical

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
    """One timestep of S6, neuron by neuron."""
    d_state, rank = state.shape[-1], weights["dt_proj.weight"].shape[-1]
    dt_raw = x @ x_proj[:rank].T
    B, C = x @ x_proj[rank : rank + d_state].T, x @ x_proj[rank + d_state :].T
    ys, states = [], []
    for n in range(x.shape[-1]):
        A = -torch.exp(weights["A_log"][n])
        dt = torch.log(
            1 + torch.exp(dt_raw @ weights["dt_proj.weight"][n] + weights["dt_proj.bias"][n])
        )
        A_bar = torch.exp(dt[..., None] * A)
        states.append(A_bar * state[..., n, :] + (A_bar - 1) / A * B * x[..., n, None])
        ys.append((states[n] * C).sum(-1) + weights["D"][n] * x[..., n])
    return torch.stack(ys, -1), torch.stack(states, -2)


def s6(weights: Weights, xs: Tensor) -> Run:
    state, ys = xs.new_zeros(*xs.shape[1:], weights["A_log"].shape[1]), []
    for x in xs:
        y, state = selective(weights, weights["x_proj.weight"], x, state)
        ys.append(y)
    return torch.stack(ys), {"state": state}


def mamba(weights: Weights, xs: Tensor) -> Run:
    state, ys = xs.new_zeros(*xs.shape[1:], weights["A_log"].shape[1]), []
    to_main, to_gate = weights["in_proj.weight"].split(xs.shape[-1])
    kernel = weights.get("conv_weights", torch.ones(xs.shape[-1], 0))
    reach = kernel.shape[1]
    seen = [torch.zeros_like(xs[0])] * reach
    for x in xs:
        main = x @ to_main.T
        if reach:
            seen.append(main)
            main = weights["conv_bias"] + sum(kernel[:, k] * seen[k - reach] for k in range(reach))
        y, state = selective(weights, weights["ssm_proj.weight"], silu(main), state)
        ys.append((y * silu(x @ to_gate.T)) @ weights["out_proj.weight"].T + x)
    states = {"ssm_state": state}
    if reach:
        states["conv_buffer"] = torch.stack(seen[-reach:], -1)
    return torch.stack(ys), states


def gradients(run: Run, weights: Weights, xs: Tensor) -> dict[str, Tensor]:
    """Of a loss that depends on every output and on the final states, each differently."""
    ys, states = run
    loss = sum((t * torch.linspace(0.5, 2, t.numel()).view_as(t)).sum() for t in states.values())
    loss = loss + (ys * torch.linspace(-1, 1.5, ys.numel()).view_as(ys)).sum()
    return dict(zip([*weights, "x"], torch.autograd.grad(loss, [*weights.values(), xs])))


def check_against(expected_run: Any, layer: tt.Layer, xs: Tensor) -> None:
    weights = dict(layer.named_parameters())
    expected = expected_run(weights, xs)
    found = run(layer, xs), {state: getattr(layer, state) for state in expected[1]}
    torch.testing.assert_close(found, expected, **TOLERANCE)
    torch.testing.assert_close(
        gradients(found, weights, xs), gradients(expected, weights, xs), **TOLERANCE
    )


SEQUENCES = {
    "num_neurons": SIZES,
    "d_state": SIZES,
    "dt_rank": st.sampled_from([-1, 1, 2, 3]),
    "shape": st.tuples(st.integers(1, 6)) | st.tuples(st.integers(1, 6), st.integers(1, 3)),
    "seed": SEEDS,
}


@given(**SEQUENCES)
def test_s6(
    num_neurons: int, d_state: int, dt_rank: int, shape: tuple[int, ...], seed: int
) -> None:
    torch.manual_seed(seed)
    layer = randomized(tt.ssm.S6(num_neurons, d_state, dt_rank))
    check_against(s6, layer, random(*shape, num_neurons).requires_grad_())


@given(**SEQUENCES, conv_kernel=st.integers(-1, 5))
def test_mamba(
    num_neurons: int,
    d_state: int,
    dt_rank: int,
    conv_kernel: int,
    shape: tuple[int, ...],
    seed: int,
) -> None:
    torch.manual_seed(seed)
    layer = randomized(tt.ssm.Mamba(num_neurons, d_state, -1, dt_rank, conv_kernel))
    check_against(mamba, layer, random(*shape, num_neurons).requires_grad_())


# Reductions


def with_a_constant(*shape: int) -> Tensor:
    """Random input whose first feature is always 1, so that a map without a bias can have one."""
    xs = random(*shape)
    xs[..., 0] = 1
    return xs


def test_s6_with_frozen_projections_is_an_s4() -> None:
    torch.manual_seed(0)
    selective, fixed = randomized(tt.ssm.S6(4, 5, 2)), tt.ssm.S4(4, 5).double()
    xs = with_a_constant(20, 3, 4)
    with torch.no_grad():
        selective.x_proj.weight[:, 1:] = 0
        dt_raw, B, C = selective.x_proj.weight[:, 0].split([2, 5, 5])
        dt = torch.log(1 + torch.exp(selective.dt_proj(dt_raw)))
    fixed.load_state_dict(
        {
            "A_log": selective.A_log,
            "B": B.expand(4, 5),
            "C": C.expand(4, 5),
            "D": selective.D,
            "log_dt": torch.log(dt),
        }
    )
    torch.testing.assert_close(run(selective, xs), run(fixed, xs), **TOLERANCE)
    torch.testing.assert_close(selective.state, fixed.state, **TOLERANCE)


def test_mamba_saturated_is_s6_between_two_linear_maps() -> None:
    """Where silu(v) == v: main near 100, gate 64, both thanks to the constant feature."""
    torch.manual_seed(0)
    block = randomized(tt.ssm.Mamba(4, 5, dt_rank=2, conv_kernel=1), spread=0.1)
    xs = with_a_constant(20, 3, 4)
    inner, before, after = tt.ssm.S6(4, 5, 2).double(), random(4, 4), random(4, 4)
    before[:, 0] = 100
    gate = torch.zeros_like(before)
    gate[:, 0] = 64
    with torch.no_grad():
        block.ssm_proj.weight *= 0.1
        block.in_proj.weight.copy_(torch.cat((before, gate)))
        block.out_proj.weight.copy_(after / 64)
    mains = xs @ before.T
    assert identical(silu(mains), mains)
    inner.load_state_dict(
        {
            "x_proj.weight": block.ssm_proj.weight,
            "dt_proj.weight": block.dt_proj.weight,
            "dt_proj.bias": block.dt_proj.bias,
            "A_log": block.A_log,
            "D": block.D,
        }
    )
    torch.testing.assert_close(run(block, xs), run(inner, mains) @ after.T + xs, **TOLERANCE)
    torch.testing.assert_close(block.ssm_state, inner.state, **TOLERANCE)


@pytest.mark.parametrize("conv_kernel", [2, 3, 4, 7])
def test_the_convolution_is_conv1d(conv_kernel: int) -> None:
    torch.manual_seed(0)
    layer = randomized(tt.ssm.Mamba(3, conv_kernel=conv_kernel))
    captured, buffers = [], []
    layer.ssm_proj.register_forward_pre_hook(lambda module, args: captured.append(args[0]))
    xs = random(6, 2, 3)
    for x in xs:
        layer(x)
        buffers.append(layer.conv_buffer)
    mains = (xs @ layer.in_proj.weight[:3].T).movedim(0, -1)
    padded = nn.functional.pad(mains, (conv_kernel - 1, 0))
    convolved = nn.functional.conv1d(
        padded, layer.conv_weights.unsqueeze(1), layer.conv_bias, groups=3
    )
    expected = nn.functional.silu(convolved).movedim(-1, 0)
    torch.testing.assert_close(torch.stack(captured), expected, **TOLERANCE)
    windows = padded.unfold(-1, conv_kernel, 1).movedim(-2, 0)
    torch.testing.assert_close(torch.stack(buffers), windows, **TOLERANCE)


# Short timesteps


@pytest.mark.parametrize("name", LAYERS)
def test_zero_order_hold_is_exact_for_short_timesteps(name: str) -> None:
    """In float32, where exp(dt * A) - 1 has lost most of its digits."""
    layer = getattr(tt.ssm, name)(1, 4, **({"conv_kernel": 0} if name == "Mamba" else {}))
    x, scale = torch.ones(1), 1.0
    with torch.no_grad():
        if name in ("S4", "S5"):
            layer.B.fill_(1.0)
            layer.log_dt.fill_(math.log(1e-6))
            dt = layer.log_dt.double().exp()
        else:
            projection = layer.x_proj if name == "S6" else layer.ssm_proj
            scale = 1.0 if name == "S6" else 64.0  # silu(64) == 64
            projection.weight.fill_(1 / scale)
            layer.dt_proj.weight.zero_()
            layer.dt_proj.bias.fill_(math.log(math.expm1(1e-6)))
            dt = layer.dt_proj.bias.double().exp().log1p()
        if name == "Mamba":
            layer.in_proj.weight.fill_(scale)
        layer(x)
    state = next(iter(layer._memory.enter_scope().existing.values()))
    coefficient = (state.flatten() / scale).double()
    A = -layer.A_log.detach().exp().flatten()
    expected = torch.expm1(dt * A.double()) / A.double()
    bound = {"rtol": 1e-6, "atol": 0}
    torch.testing.assert_close(coefficient, expected, **bound)
    naive = ((dt.float() * A).exp() - 1) / A
    assert not naive.double().isclose(expected, **bound).any()


# Constructors, parameters and states as the contract has them

CONSTRUCTORS = {
    "S4": {"d_state": 64, "dim": -1},
    "S5": {"d_state": 64, "dim": -1},
    "S6": {"d_state": 16, "dt_rank": -1, "dim": -1},
    "Mamba": {"d_state": 16, "dim": -1, "dt_rank": -1, "conv_kernel": 4},
}
N, STATE, RANK, KERNEL = 5, 3, 2, 6
SELECTIVE = {"dt_proj.weight": (N, RANK), "dt_proj.bias": (N,), "A_log": (N, STATE), "D": (N,)}
SHAPES = {
    "S4": {"A_log": (N, STATE), "B": (N, STATE), "C": (N, STATE), "D": (N,), "log_dt": (N,)},
    "S5": {"A_log": (STATE,), "B": (N, STATE), "C": (STATE, N), "D": (N,), "log_dt": (1,)},
    "S6": SELECTIVE | {"x_proj.weight": (RANK + 2 * STATE, N)},
    "Mamba": SELECTIVE
    | {
        "in_proj.weight": (2 * N, N),
        "ssm_proj.weight": (RANK + 2 * STATE, N),
        "out_proj.weight": (N, N),
        "conv_weights": (N, KERNEL),
        "conv_bias": (N,),
    },
}
STATES = {
    "S4": {"state": (STATE,)},
    "S5": {},
    "S6": {"state": (STATE,)},
    "Mamba": {"ssm_state": (STATE,), "conv_buffer": (KERNEL,)},
}


def small(name: str, dim: int = -1) -> tt.Layer:
    """A layer of sizes that all differ, its arguments by position."""
    return {
        "S4": lambda: tt.ssm.S4(N, STATE, dim),
        "S5": lambda: tt.ssm.S5(N, STATE, dim),
        "S6": lambda: tt.ssm.S6(N, STATE, RANK, dim),
        "Mamba": lambda: tt.ssm.Mamba(N, STATE, dim, RANK, KERNEL),
    }[name]()


@pytest.mark.parametrize("name", LAYERS)
def test_constructor(name: str) -> None:
    arguments = inspect.signature(getattr(tt.ssm, name)).parameters.values()
    assert all(p.kind == p.POSITIONAL_OR_KEYWORD for p in arguments)
    expected = {"num_neurons": inspect.Parameter.empty} | CONSTRUCTORS[name]
    assert [(p.name, p.default) for p in arguments] == list(expected.items())


@pytest.mark.parametrize("name", LAYERS)
def test_names_and_shapes(name: str) -> None:
    layer = small(name)
    assert {key: tuple(t.shape) for key, t in layer.state_dict().items()} == SHAPES[name]
    assert dict(layer.named_parameters()).keys() == SHAPES[name].keys()


@pytest.mark.parametrize("name", LAYERS)
def test_initial_values(name: str) -> None:
    values = small(name).state_dict()
    A = -torch.arange(1.0, STATE + 1).expand(SHAPES[name]["A_log"])
    torch.testing.assert_close(-values["A_log"].exp(), A)
    if name in ("S6", "Mamba"):
        assert (values["dt_proj.bias"] == -2).all()
    if name == "Mamba":
        torch.testing.assert_close(values["conv_weights"], torch.full((N, KERNEL), 1 / KERNEL))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(
    ("dim", "before", "after"),
    [(-1, (), ()), (0, (), ()), (-1, (2, 4), ()), (1, (2,), (4,)), (-3, (2,), (4, 6))],
)
def test_state_shapes(name: str, dim: int, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    layer = small(name, dim)
    assert layer(torch.ones(*before, N, *after)).shape == (*before, N, *after)
    for state, own in STATES[name].items():
        assert getattr(layer, state).shape == (*before, N, *after, *own)
    if name == "S5":
        assert layer.global_state.shape == (*before, STATE, *after)


@pytest.mark.parametrize("name", ["S6", "Mamba"])
@pytest.mark.parametrize(("num_neurons", "rank"), [(5, 1), (16, 1), (31, 1), (32, 2), (40, 2)])
def test_default_dt_rank(name: str, num_neurons: int, rank: int) -> None:
    layer = getattr(tt.ssm, name)(num_neurons)
    assert layer.dt_proj.weight.shape == (num_neurons, rank)
    projection = layer.x_proj if name == "S6" else layer.ssm_proj
    assert projection.weight.shape == (rank + 2 * 16, num_neurons)


@pytest.mark.parametrize("conv_kernel", [-3, 0, 1])
def test_mamba_without_convolution(conv_kernel: int) -> None:
    class Model(tt.Model):
        def __init__(self) -> None:
            super().__init__()
            self.layer = tt.ssm.Mamba(N, STATE, dt_rank=RANK, conv_kernel=conv_kernel)

    model = Model()
    model.layer(torch.ones(2, N))
    expected = {f"layer.{key}" for key in SHAPES["Mamba"] if not key.startswith("conv")}
    assert model.state_dict().keys() == expected
    assert model.save_states().keys() == {"layer.ssm_state"}


BAD_ARGUMENTS = [
    ("num_neurons", 0, ValueError, "num_neurons must be at least 1, got 0"),
    ("num_neurons", 2.0, TypeError, "num_neurons must be an integer, got 2.0"),
    ("d_state", 0, ValueError, "d_state must be at least 1, got 0"),
    ("d_state", 2.0, TypeError, "d_state must be an integer, got 2.0"),
    ("d_state", True, TypeError, "d_state must be an integer, got True"),
    ("dim", "last", TypeError, "dim must be an integer, got 'last'"),
    ("dt_rank", 0, ValueError, "dt_rank must be at least 1, got 0"),
    ("dt_rank", -2, ValueError, "dt_rank must be at least 1, got -2"),
    ("dt_rank", 1.0, TypeError, "dt_rank must be an integer, got 1.0"),
    ("conv_kernel", 2.5, TypeError, "conv_kernel must be an integer, got 2.5"),
]


@pytest.mark.parametrize(
    ("name", "argument", "value", "error", "message"),
    [
        (name, *case)
        for name in LAYERS
        for case in BAD_ARGUMENTS
        if case[0] in ("num_neurons", *CONSTRUCTORS[name])
    ],
)
def test_refused_arguments(
    name: str, argument: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"{name}: {message}"):
        getattr(tt.ssm, name)(**({"num_neurons": 3} | {argument: value}))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("dim", "shape"), [(-1, (5, 3)), (1, (2, 3, 5)), (-3, (3, 5)), (-1, (1,))])
def test_another_number_of_features_is_refused(name: str, dim: int, shape: tuple[int, ...]) -> None:
    layer = small(name, dim)
    with pytest.raises(ValueError, match=f"{name}: the input must have 5 features"):
        layer(torch.ones(shape))
    assert layer._memory.enter_scope().existing == {}
