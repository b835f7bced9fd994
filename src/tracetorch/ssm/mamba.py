# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3e8a7b354aa10e49
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..functional import softplus
from .layer import Layer


class MambaState(NamedTuple):
    """The states of `Mamba`."""

    ssm_state: Tensor
    conv_buffer: Tensor | None = None


class Mamba(Layer):
    """Gated selective state space behind a short convolution.

    Choose it as a whole block of selective memory, with its own residual connection.

    One timestep, for an input `x`::

        main, gate = chunk(in_proj(x), 2)
        if conv_kernel > 1:
            conv_buffer = push(conv_buffer, main)
            main = sum(conv_buffer * conv_weights, -1) + conv_bias
        main = silu(main)
        dt_raw, B, C = split(ssm_proj(main), dt_rank, d_state, d_state)
        dt = softplus(dt_proj(dt_raw))
        A = -exp(A_log)
        dt_A = unsqueeze(dt, -1) * A
        drive = unsqueeze(B, -2) * unsqueeze(main, -1)
        ssm_state = exp(dt_A) * ssm_state + expm1(dt_A) / A * drive
        y = sum(ssm_state * unsqueeze(C, -2), -1) + D * main
        y = out_proj(y * silu(gate)) + x
        return y

    `count` is the vector 1, 2, ... of a size. `push` drops the oldest entry of a buffer, the first
    in its last dimension, and appends one.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        d_state: Number of decaying modes of the state, at least 1. Default 16.
        dim: Which dimension of the input holds the features. Default -1.
        dt_rank: Rank of the projection to the timesteps, at least 1. Default -1, for `max(1,
            num_neurons // 16)`.
        conv_kernel: Length of the convolution in timesteps; 1 or less omits it. Default 4.

    Attributes:
        in_proj: `nn.Linear(num_neurons, 2 * num_neurons, bias=False)`.
        ssm_proj: `nn.Linear(num_neurons, dt_rank + 2 * d_state, bias=False)`.
        dt_proj: `nn.Linear(dt_rank, num_neurons)`, its bias starting at -2.
        out_proj: `nn.Linear(num_neurons, num_neurons, bias=False)`.
        conv_weights: Weights of the convolution, oldest timestep first, `[num_neurons,
            conv_kernel]`, only if `conv_kernel > 1`, at first `1 / conv_kernel`.
        conv_bias: Bias of the convolution, `[num_neurons]`, only if `conv_kernel > 1`, at first
            `0`.
        A_log: Logarithm of the decay rates, `[num_neurons, d_state]`, at first
            `log(count(d_state))`.
        D: Weight of the direct path from input to output, `[num_neurons]`, at first `1`.

    States:
        ssm_state: Modes of each feature, `[..., num_neurons, d_state]`.
        conv_buffer: Last inputs of the convolution, `[..., num_neurons, conv_kernel]`, only if
            `conv_kernel > 1`.

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
        >>> layer = tt.ssm.Mamba(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = MambaState
    _digest = "b83ed2e8fdfa6879"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        d_state: int = 16,
        dim: int = -1,
        dt_rank: int = -1,
        conv_kernel: int = 4,
    ) -> None:
        super().__init__(num_neurons, dim)
        self.d_state = self._check_size("d_state", d_state)
        dt_rank = max(1, num_neurons // 16) if dt_rank == -1 else dt_rank
        self.dt_rank = self._check_size("dt_rank", dt_rank)
        self.conv_kernel = self._check_integer("conv_kernel", conv_kernel)
        self._initialize_state("ssm_state", num_neurons, d_state)

        self.in_proj = nn.Linear(num_neurons, 2 * num_neurons, bias=False)
        self.ssm_proj = nn.Linear(num_neurons, dt_rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, num_neurons)
        nn.init.constant_(self.dt_proj.bias, -2.0)
        self.out_proj = nn.Linear(num_neurons, num_neurons, bias=False)

        self.A_log = nn.Parameter(
            torch.log(torch.arange(1.0, d_state + 1)).expand(num_neurons, d_state).clone()
        )
        self.D = nn.Parameter(torch.ones(num_neurons))

        if conv_kernel > 1:
            self.conv_weights = nn.Parameter(
                torch.full((num_neurons, conv_kernel), 1 / conv_kernel)
            )
            self.conv_bias = nn.Parameter(torch.zeros(num_neurons))
            self._initialize_state("conv_buffer", num_neurons, conv_kernel)

    def step(self, x: Tensor, states: MambaState) -> tuple[Tensor, MambaState]:
        """Run one timestep, features last, as a pure function of input and states."""
        ssm_state, conv_buffer = states
        main, gate = self.in_proj(x).chunk(2, dim=-1)
        if conv_buffer is not None:
            conv_buffer = torch.cat((conv_buffer[..., 1:], main.unsqueeze(-1)), dim=-1)
            main = (conv_buffer * self.conv_weights).sum(-1) + self.conv_bias
        main = nn.functional.silu(main)
        dt_raw, B, C = self.ssm_proj(main).split([self.dt_rank, self.d_state, self.d_state], dim=-1)
        dt = softplus(self.dt_proj(dt_raw))
        A = -torch.exp(self.A_log)
        dt_A = dt.unsqueeze(-1) * A
        drive = B.unsqueeze(-2) * main.unsqueeze(-1)
        ssm_state = torch.exp(dt_A) * ssm_state + torch.expm1(dt_A) / A * drive
        y = (ssm_state * C.unsqueeze(-2)).sum(-1) + self.D * main
        y = self.out_proj(y * nn.functional.silu(gate)) + x
        return y, MambaState(ssm_state, conv_buffer)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [
            f"d_state={self.d_state}",
            f"dt_rank={self.dt_rank}",
            f"conv_kernel={self.conv_kernel}",
        ]
        return ", ".join([super().extra_repr(), *sizes])
