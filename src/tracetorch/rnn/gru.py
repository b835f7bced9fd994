# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 62f3a730aeacb575
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layer import Layer


class GRUState(NamedTuple):
    """The states of `GRU`."""

    H: Tensor


class GRU(Layer):
    """Gated recurrent unit.

    Choose it first among the gated layers, since it is smaller than an LSTM.

    One timestep, for an input `x`::

        reset, update = chunk(sigmoid(gate_layers(cat(H, x))), 2)
        candidate = tanh(candidate_layer(cat(H * reset, x)))
        H = (1 - update) * H + update * candidate
        return H

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and states, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        gate_layers: `nn.Linear(out_features + in_features, 2 * out_features)`.
        candidate_layer: `nn.Linear(out_features + in_features, out_features)`.

    States:
        H: Hidden state, `[..., out_features]`.

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
        Cho et al. 2014, arXiv:1406.1078.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.rnn.GRU(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = GRUState
    _output_size = "out_features"
    _digest = "73b238ae4934c639"  # of the timestep, as in the kernels of this class

    def __init__(self, in_features: int, out_features: int, dim: int = -1) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self.gate_layers = nn.Linear(out_features + in_features, 2 * out_features)
        self.candidate_layer = nn.Linear(out_features + in_features, out_features)

    def step(self, x: Tensor, states: GRUState) -> tuple[Tensor, GRUState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H = states.H
        reset, update = torch.sigmoid(self.gate_layers(torch.cat((H, x), dim=-1))).chunk(2, dim=-1)
        candidate = torch.tanh(self.candidate_layer(torch.cat((H * reset, x), dim=-1)))
        H = (1 - update) * H + update * candidate
        return H, GRUState(H)
