# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7c6ac8c9edefaef9
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.functional import softplus
from tracetorch.rnn import Layer


class MLSTMState(NamedTuple):
    """The states of `MLSTM`."""

    memory: Tensor
    norm: Tensor
    largest: Tensor


class MLSTM(Layer):
    """Long short-term memory with a matrix memory.

    Choose it to store many pairs of keys and values, with gates for each head. Also called mLSTM,
    xLSTM.

    One timestep, for an input `x`::

        q = reshape(x @ queries, heads, head_size)
        k = reshape(x @ keys, heads, head_size)
        v = reshape(x @ values, heads, head_size)
        log_write = input_gate(x)
        log_keep = -softplus(-forget_gate(x)) + largest
        largest = maximum(log_keep, log_write)
        keep = unsqueeze(exp(log_keep - largest), -1)
        write = unsqueeze(exp(log_write - largest), -1)
        memory = unsqueeze(keep, -1) * memory + unsqueeze(write * v, -1) * unsqueeze(k, -2)
        norm = keep * norm + write * k
        scale = maximum(abs(sum(norm * q, -1)), exp(-largest))
        h = sum(memory * unsqueeze(q, -2), -1) / unsqueeze(scale, -1)
        y = sigmoid(x @ output_gates) * reshape(h, heads * head_size)
        return y @ outputs

    `normal` draws from the normal distribution with mean 0 and this standard deviation. `reshape`
    gives all features of a value other sizes, in which their order is the same.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of the output, at least 1.
        heads: Number of heads, at least 1. Default 4.
        head_size: Size of the keys and values of a head, at least 1. Default -1, for `max(1,
            out_features // heads)`.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        input_gate: `nn.Linear(in_features, heads)`.
        forget_gate: `nn.Linear(in_features, heads)`, its bias starting at 3.
        queries: Projection to the queries, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features))`.
        keys: Projection to the keys, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features * head_size))`.
        values: Projection to the values, `[in_features, heads * head_size]`, at first `normal(1 /
            sqrt(in_features))`.
        output_gates: Projection to the output gates, `[in_features, heads * head_size]`, at first
            `normal(1 / sqrt(in_features))`.
        outputs: Projection of all heads to the output, `[heads * head_size, out_features]`, at
            first `normal(1 / sqrt(out_features))`.

    States:
        memory: Values by keys, of each head, `[..., heads, head_size, head_size]`.
        norm: Sum of the keys of each head, `[..., heads, head_size]`.
        largest: Logarithm of the largest gate, by which the other states are divided, `[...,
            heads]`.

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
        Beck et al. 2024, "xLSTM", arXiv:2405.04517.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.MLSTM(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = MLSTMState
    _output_size = "out_features"
    _digest = "104720e8f955ae62"  # of the timestep, as in the kernels of this class

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
        self._initialize_state("norm", heads, head_size)
        self._initialize_state("largest", heads)

        self.input_gate = nn.Linear(in_features, heads)
        self.forget_gate = nn.Linear(in_features, heads)
        nn.init.constant_(self.forget_gate.bias, 3.0)

        self.queries = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.keys = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(
                0.0, 1 / math.sqrt(in_features * head_size)
            )
        )
        self.values = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.output_gates = nn.Parameter(
            torch.empty((in_features, heads * head_size)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.outputs = nn.Parameter(
            torch.empty((heads * head_size, out_features)).normal_(0.0, 1 / math.sqrt(out_features))
        )

    def step(self, x: Tensor, states: MLSTMState) -> tuple[Tensor, MLSTMState]:
        """Run one timestep, features last, as a pure function of input and states."""
        memory, norm, largest = states
        q = (x @ self.queries).reshape(*x.shape[:-1], self.heads, self.head_size)
        k = (x @ self.keys).reshape(*x.shape[:-1], self.heads, self.head_size)
        v = (x @ self.values).reshape(*x.shape[:-1], self.heads, self.head_size)
        log_write = self.input_gate(x)
        log_keep = -softplus(-self.forget_gate(x)) + largest
        largest = log_keep.clamp(min=log_write)
        keep = torch.exp(log_keep - largest).unsqueeze(-1)
        write = torch.exp(log_write - largest).unsqueeze(-1)
        memory = keep.unsqueeze(-1) * memory + (write * v).unsqueeze(-1) * k.unsqueeze(-2)
        norm = keep * norm + write * k
        scale = torch.abs((norm * q).sum(-1)).clamp(min=torch.exp(-largest))
        h = (memory * q.unsqueeze(-2)).sum(-1) / scale.unsqueeze(-1)
        y = torch.sigmoid(x @ self.output_gates) * h.reshape(
            *x.shape[:-1], self.heads * self.head_size
        )
        return y @ self.outputs, MLSTMState(memory, norm, largest)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"heads={self.heads}", f"head_size={self.head_size}"]
        return ", ".join([super().extra_repr(), *sizes])
