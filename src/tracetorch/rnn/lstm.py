# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a49aec6dba779a94
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layer import Layer


class LSTMState(NamedTuple):
    """The states of `LSTM`."""

    H: Tensor
    C: Tensor


class LSTM(Layer):
    """Long short-term memory.

    Choose it where information must last over many timesteps, in a cell controlled by gates.

    One timestep, for an input `x`::

        i, f, o, g = chunk(gate_layers(cat(H, x)), 4)
        C = sigmoid(f) * C + sigmoid(i) * tanh(g)
        H = sigmoid(o) * tanh(C)
        return H

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and states, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        gate_layers: `nn.Linear(out_features + in_features, 4 * out_features)`.

    States:
        H: Hidden state, `[..., out_features]`.
        C: Cell state, `[..., out_features]`.

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
        Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (forget gate).

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.rnn.LSTM(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LSTMState
    _output_size = "out_features"
    _digest = "b6526f3408833b77"  # of the timestep, as in the kernels of this class

    def __init__(self, in_features: int, out_features: int, dim: int = -1) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self.gate_layers = nn.Linear(out_features + in_features, 4 * out_features)

    def step(self, x: Tensor, states: LSTMState) -> tuple[Tensor, LSTMState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H, C = states
        i, f, o, g = self.gate_layers(torch.cat((H, x), dim=-1)).chunk(4, dim=-1)
        C = torch.sigmoid(f) * C + torch.sigmoid(i) * torch.tanh(g)
        H = torch.sigmoid(o) * torch.tanh(C)
        return H, LSTMState(H, C)
