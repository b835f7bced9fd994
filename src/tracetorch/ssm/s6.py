# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 628cff1609ad5d93
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..functional import softplus
from .layer import Layer


class S6State(NamedTuple):
    """The states of `S6`."""

    state: Tensor


class S6(Layer):
    """Selective state space.

    Choose it where the input should control what is remembered, and for how long. Also called
    selective SSM.

    One timestep, for an input `x`::

        dt_raw, B, C = split(x_proj(x), dt_rank, d_state, d_state)
        dt = softplus(dt_proj(dt_raw))
        A = -exp(A_log)
        dt_A = unsqueeze(dt, -1) * A
        drive = unsqueeze(B, -2) * unsqueeze(x, -1)
        state = exp(dt_A) * state + expm1(dt_A) / A * drive
        y = sum(state * unsqueeze(C, -2), -1) + D * x
        return y

    `count` is the vector 1, 2, ... of a size.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        d_state: Number of decaying modes of the state, at least 1. Default 16.
        dt_rank: Rank of the projection to the timesteps, at least 1. Default -1, for `max(1,
            num_neurons // 16)`.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        x_proj: `nn.Linear(num_neurons, dt_rank + 2 * d_state, bias=False)`.
        dt_proj: `nn.Linear(dt_rank, num_neurons)`, its bias starting at -2.
        A_log: Logarithm of the decay rates, `[num_neurons, d_state]`, at first
            `log(count(d_state))`.
        D: Weight of the direct path from input to output, `[num_neurons]`, at first `1`.

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
        Gu and Dao 2023, "Mamba", arXiv:2312.00752.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.ssm.S6(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = S6State
    _digest = "d8e6c90b39fa2660"  # of the timestep, as in the kernels of this class

    def __init__(
        self, num_neurons: int, d_state: int = 16, dt_rank: int = -1, dim: int = -1
    ) -> None:
        super().__init__(num_neurons, dim)
        self.d_state = self._check_size("d_state", d_state)
        dt_rank = max(1, num_neurons // 16) if dt_rank == -1 else dt_rank
        self.dt_rank = self._check_size("dt_rank", dt_rank)
        self._initialize_state("state", num_neurons, d_state)

        self.x_proj = nn.Linear(num_neurons, dt_rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, num_neurons)
        nn.init.constant_(self.dt_proj.bias, -2.0)

        self.A_log = nn.Parameter(
            torch.log(torch.arange(1.0, d_state + 1)).expand(num_neurons, d_state).clone()
        )
        self.D = nn.Parameter(torch.ones(num_neurons))

    def step(self, x: Tensor, states: S6State) -> tuple[Tensor, S6State]:
        """Run one timestep, features last, as a pure function of input and states."""
        state = states.state
        dt_raw, B, C = self.x_proj(x).split([self.dt_rank, self.d_state, self.d_state], dim=-1)
        dt = softplus(self.dt_proj(dt_raw))
        A = -torch.exp(self.A_log)
        dt_A = dt.unsqueeze(-1) * A
        drive = B.unsqueeze(-2) * x.unsqueeze(-1)
        state = torch.exp(dt_A) * state + torch.expm1(dt_A) / A * drive
        y = (state * C.unsqueeze(-2)).sum(-1) + self.D * x
        return y, S6State(state)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"d_state={self.d_state}", f"dt_rank={self.dt_rank}"]
        return ", ".join([super().extra_repr(), *sizes])
