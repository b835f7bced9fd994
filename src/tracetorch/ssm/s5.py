# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1a19b34892c44d65
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layer import Layer


class S5State(NamedTuple):
    """The states of `S5`."""

    global_state: Tensor


class S5(Layer):
    """State space shared by all features.

    Choose it where the features should mix in one latent state.

    One timestep, for an input `x`::

        A = -exp(A_log)
        dt_A = exp(log_dt) * A
        drive = x @ B
        global_state = exp(dt_A) * global_state + expm1(dt_A) / A * drive
        y = global_state @ C + D * x
        return y

    `count` is the vector 1, 2, ... of a size. `normal` draws from the normal distribution with mean
    0 and this standard deviation.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        d_state: Number of decaying modes of the state, at least 1. Default 64.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        A_log: Logarithm of the decay rates, `[d_state]`, at first `log(count(d_state))`.
        B: Input weights of the state, `[num_neurons, d_state]`, at first `normal(1 /
            sqrt(num_neurons))`.
        C: Output weights of the state, `[d_state, num_neurons]`, at first `normal(1 /
            sqrt(d_state))`.
        D: Weight of the direct path from input to output, `[num_neurons]`, at first `1`.
        log_dt: Logarithm of the timestep, `[1]`, at first `log(0.01)`.

    States:
        global_state: Latent state of all features, `[..., d_state]`.

    Shape:
        Input and output have the same shape, with `num_neurons` features in dimension `dim`.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A size is too small; when called, the input has the wrong shape, or its shape,
            device or dtype does not match the current states.

    Source:
        Smith, Warrington and Linderman 2023, arXiv:2208.04933.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.ssm.S5(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = S5State
    _digest = "44619f4ccddcf1f1"  # of the timestep, as in the kernels of this class

    def __init__(self, num_neurons: int, d_state: int = 64, dim: int = -1) -> None:
        super().__init__(num_neurons, dim)
        self.d_state = self._check_size("d_state", d_state)
        self._initialize_state("global_state", d_state)

        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, d_state + 1)))
        self.B = nn.Parameter(
            torch.empty((num_neurons, d_state)).normal_(0.0, 1 / math.sqrt(num_neurons))
        )
        self.C = nn.Parameter(
            torch.empty((d_state, num_neurons)).normal_(0.0, 1 / math.sqrt(d_state))
        )
        self.D = nn.Parameter(torch.ones(num_neurons))
        self.log_dt = nn.Parameter(torch.full((1,), math.log(0.01)))

    def step(self, x: Tensor, states: S5State) -> tuple[Tensor, S5State]:
        """Run one timestep, features last, as a pure function of input and states."""
        global_state = states.global_state
        A = -torch.exp(self.A_log)
        dt_A = torch.exp(self.log_dt) * A
        drive = x @ self.B
        global_state = torch.exp(dt_A) * global_state + torch.expm1(dt_A) / A * drive
        y = global_state @ self.C + self.D * x
        return y, S5State(global_state)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"d_state={self.d_state}"]
        return ", ".join([super().extra_repr(), *sizes])
