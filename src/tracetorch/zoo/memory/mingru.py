# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 06b517371323e018
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.rnn import Layer


class MinGRUState(NamedTuple):
    """The states of `MinGRU`."""

    H: Tensor


class MinGRU(Layer):
    """Minimal gated recurrent unit without recurrent weights.

    Choose it for long sequences, since its gate depends on the input alone.

    One timestep, for an input `x`::

        update = sigmoid(gate_layer(x))
        H = (1 - update) * H + update * candidate_layer(x)
        return H

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and state, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        gate_layer: `nn.Linear(in_features, out_features)`.
        candidate_layer: `nn.Linear(in_features, out_features)`.

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
        Feng et al. 2024, "Were RNNs All We Needed?", arXiv:2410.01201.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.MinGRU(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = MinGRUState
    _output_size = "out_features"
    _digest = "65e84a2ad5387f60"  # of the timestep, as in the kernels of this class

    def __init__(self, in_features: int, out_features: int, dim: int = -1) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self.gate_layer = nn.Linear(in_features, out_features)
        self.candidate_layer = nn.Linear(in_features, out_features)

    def step(self, x: Tensor, states: MinGRUState) -> tuple[Tensor, MinGRUState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H = states.H
        update = torch.sigmoid(self.gate_layer(x))
        H = (1 - update) * H + update * self.candidate_layer(x)
        return H, MinGRUState(H)
