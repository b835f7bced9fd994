# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d96b1ecbb79e1382
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layer import Layer


class S4State(NamedTuple):
    """The states of `S4`."""

    state: Tensor


class S4(Layer):
    """Diagonal state space of each feature.

    Choose it for long memory with fixed time scales. Also called S4D.

    One timestep, for an input `x`::

        A = -exp(A_log)
        dt_A = unsqueeze(exp(log_dt), -1) * A
        drive = B * unsqueeze(x, -1)
        state = exp(dt_A) * state + expm1(dt_A) / A * drive
        y = sum(state * C, -1) + D * x
        return y

    `count` is the vector 1, 2, ... of a size. `normal` draws from the normal distribution with mean
    0 and this standard deviation. `uniform` draws uniformly between two numbers.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        d_state: Number of decaying modes of the state, at least 1. Default 64.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        A_log: Logarithm of the decay rates, `[num_neurons, d_state]`, at first
            `log(count(d_state))`.
        B: Input weights of the state, `[num_neurons, d_state]`, at first `1`.
        C: Output weights of the state, `[num_neurons, d_state]`, at first `normal(1 /
            sqrt(d_state))`.
        D: Weight of the direct path from input to output, `[num_neurons]`, at first `1`.
        log_dt: Logarithm of the timestep, `[num_neurons]`, at first `uniform(log(0.001),
            log(0.1))`.

    States:
        state: Modes of each feature, `[..., num_neurons, d_state]`.

    Shape:
        Input and output have the same shape, with `num_neurons` features in dimension `dim`.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A size is too small; when called, the input has the wrong shape, or its shape,
            device or dtype does not match the current states.

    Source:
        Gu, Goel and Ré 2022, arXiv:2111.00396; diagonal as in Gu et al. 2022, arXiv:2206.11893.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.ssm.S4(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = S4State
    _digest = "af2032530f96d577"  # of the timestep, as in the kernels of this class

    def __init__(self, num_neurons: int, d_state: int = 64, dim: int = -1) -> None:
        super().__init__(num_neurons, dim)
        self.d_state = self._check_size("d_state", d_state)
        self._initialize_state("state", num_neurons, d_state)

        self.A_log = nn.Parameter(
            torch.log(torch.arange(1.0, d_state + 1)).expand(num_neurons, d_state).clone()
        )
        self.B = nn.Parameter(torch.ones(num_neurons, d_state))
        self.C = nn.Parameter(
            torch.empty((num_neurons, d_state)).normal_(0.0, 1 / math.sqrt(d_state))
        )
        self.D = nn.Parameter(torch.ones(num_neurons))
        self.log_dt = nn.Parameter(
            torch.empty((num_neurons,)).uniform_(math.log(0.001), math.log(0.1))
        )

    def step(self, x: Tensor, states: S4State) -> tuple[Tensor, S4State]:
        """Run one timestep, features last, as a pure function of input and states."""
        state = states.state
        A = -torch.exp(self.A_log)
        dt_A = torch.exp(self.log_dt).unsqueeze(-1) * A
        drive = self.B * x.unsqueeze(-1)
        state = torch.exp(dt_A) * state + torch.expm1(dt_A) / A * drive
        y = (state * self.C).sum(-1) + self.D * x
        return y, S4State(state)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"d_state={self.d_state}"]
        return ", ".join([super().extra_repr(), *sizes])
