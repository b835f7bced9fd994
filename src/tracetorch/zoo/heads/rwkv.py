# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c2fbe069654323fd
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.rnn import Layer


class RWKVState(NamedTuple):
    """The states of `RWKV`."""

    memory: Tensor
    prev_x: Tensor


class RWKV(Layer):
    """RWKV layer with several heads.

    Choose it for language, where the input should set how fast the values of each key decay. Also
    called RWKV-6, Finch.

    One timestep, for an input `x`::

        change = prev_x - x
        r = reshape((x + receptance_mix * change) @ receptances, heads, head_size)
        k = reshape((x + key_mix * change) @ keys, heads, head_size)
        v = reshape((x + value_mix * change) @ values, heads, head_size)
        g = silu((x + gate_mix * change) @ gates)
        d = reshape((x + decay_mix * change) @ decays, heads, head_size) + decay_bias
        written = unsqueeze(v, -1) * unsqueeze(k, -2)
        h = sum((memory + unsqueeze(bonus, -2) * written) * unsqueeze(r, -2), -1)
        memory = unsqueeze(exp(-exp(d)), -2) * memory + written
        y = g * norm(reshape(h, heads * head_size))
        prev_x = x
        return y @ outputs

    `normal` draws from the normal distribution with mean 0 and this standard deviation. `reshape`
    gives all features of a value other sizes, in which their order is the same. `uniform` draws
    uniformly between two numbers.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of the output, at least 1.
        heads: Number of heads, at least 1. Default 4.
        head_size: Size of the keys and values of a head, at least 1. Default -1, for `max(1,
            out_features // heads)`.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        norm: `nn.GroupNorm(heads, heads * head_size)`.
        receptance_mix: Share of the last input in the receptance, `[in_features]`, at first `0.5`.
        key_mix: Share of the last input in the keys, `[in_features]`, at first `0.5`.
        value_mix: Share of the last input in the values, `[in_features]`, at first `0.5`.
        gate_mix: Share of the last input in the gates, `[in_features]`, at first `0.5`.
        decay_mix: Share of the last input in the decays, `[in_features]`, at first `0.5`.
        receptances: Projection to the receptance, `[in_features, heads * head_size]`, at first
            `normal(1 / sqrt(in_features))`.
        keys: Projection to the keys, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features))`.
        values: Projection to the values, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features))`.
        gates: Projection to the gates, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features))`.
        decays: Projection to the decays, `[in_features, heads * head_size]`, at first `0`.
        decay_bias: Logarithm of the speed of the decays, `[heads, head_size]`, at first
            `uniform(-6, -1)`.
        bonus: Weight of the input of the same timestep, `[heads, head_size]`, at first `0.5`.
        outputs: Projection of all heads to the output, `[heads * head_size, out_features]`, at
            first `normal(1 / sqrt(out_features))`.

    States:
        memory: Values by keys, of each head, `[..., heads, head_size, head_size]`.
        prev_x: The input, one timestep before, `[..., in_features]`.

    Shape:
        Input: `in_features` features in dimension `dim`. Output: the same shape, but `out_features`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A size is too small; when called, the input has the wrong shape, or its shape,
            device or dtype does not match the current states.

    Source:
        Peng et al. 2024, arXiv:2404.05892.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.RWKV(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RWKVState
    _output_size = "out_features"
    _digest = "8b7767a1b97be507"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        heads: int = 4,
        head_size: int = -1,
        dim: int = -1,
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features
        self.heads = self._check_size("heads", heads)
        head_size = max(1, out_features // heads) if head_size == -1 else head_size
        self.head_size = self._check_size("head_size", head_size)
        self._initialize_state("memory", heads, head_size, head_size)
        self._initialize_state("prev_x", in_features)

        self.norm = nn.GroupNorm(heads, heads * head_size)

        self.receptance_mix = nn.Parameter(torch.full((in_features,), 0.5))
        self.key_mix = nn.Parameter(torch.full((in_features,), 0.5))
        self.value_mix = nn.Parameter(torch.full((in_features,), 0.5))
        self.gate_mix = nn.Parameter(torch.full((in_features,), 0.5))
        self.decay_mix = nn.Parameter(torch.full((in_features,), 0.5))
        self.receptances = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.keys = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.values = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.gates = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.decays = nn.Parameter(torch.zeros(in_features, heads * head_size))
        self.decay_bias = nn.Parameter(torch.empty((heads, head_size)).uniform_(-6, -1))
        self.bonus = nn.Parameter(torch.full((heads, head_size), 0.5))
        self.outputs = nn.Parameter(
            torch.empty((heads * head_size, out_features)).normal_(0.0, 1 / math.sqrt(out_features))
        )

    def step(self, x: Tensor, states: RWKVState) -> tuple[Tensor, RWKVState]:
        """Run one timestep, features last, as a pure function of input and states."""
        memory, prev_x = states
        change = prev_x - x
        r = ((x + self.receptance_mix * change) @ self.receptances).reshape(
            *x.shape[:-1], self.heads, self.head_size
        )
        k = ((x + self.key_mix * change) @ self.keys).reshape(
            *x.shape[:-1], self.heads, self.head_size
        )
        v = ((x + self.value_mix * change) @ self.values).reshape(
            *x.shape[:-1], self.heads, self.head_size
        )
        g = nn.functional.silu((x + self.gate_mix * change) @ self.gates)
        d = ((x + self.decay_mix * change) @ self.decays).reshape(
            *x.shape[:-1], self.heads, self.head_size
        ) + self.decay_bias
        written = v.unsqueeze(-1) * k.unsqueeze(-2)
        h = ((memory + self.bonus.unsqueeze(-2) * written) * r.unsqueeze(-2)).sum(-1)
        memory = torch.exp(-torch.exp(d)).unsqueeze(-2) * memory + written
        y = g * self._over_batch(
            self.norm, h.reshape(*x.shape[:-1], self.heads * self.head_size), x
        )
        prev_x = x
        return y @ self.outputs, RWKVState(memory, prev_x)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"heads={self.heads}", f"head_size={self.head_size}"]
        return ", ".join([super().extra_repr(), *sizes])
