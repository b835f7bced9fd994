# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6cd566cc0fc3064d
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layer import Layer


class SimpleRNNState(NamedTuple):
    """The states of `SimpleRNN`."""

    H: Tensor


class SimpleRNN(Layer):
    """Simple recurrent layer.

    Choose it as the simplest recurrent layer, for short sequences. Also called RNN, Elman network.

    One timestep, for an input `x`::

        H = tanh(lin(cat(H, x)))
        return H

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and states, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        lin: `nn.Linear(out_features + in_features, out_features)`.

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
        Elman 1990, "Finding structure in time".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.rnn.SimpleRNN(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SimpleRNNState
    _output_size = "out_features"
    _digest = "8db9fa840f8bdec0"  # of the timestep, as in the kernels of this class

    def __init__(self, in_features: int, out_features: int, dim: int = -1) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self.lin = nn.Linear(out_features + in_features, out_features)

    def step(self, x: Tensor, states: SimpleRNNState) -> tuple[Tensor, SimpleRNNState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H = states.H
        H = torch.tanh(self.lin(torch.cat((H, x), dim=-1)))
        return H, SimpleRNNState(H)
