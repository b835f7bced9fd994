# Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1258cccd63a8632b
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.rnn import Layer


class SpikingGRUState(NamedTuple):
    """The states of `SpikingGRU`."""

    mem: Tensor
    prev_output: Tensor


class SpikingGRU(Layer):
    """Gated recurrent unit with a spiking output.

    Choose it where gates should control the memory, and the output should be spikes only. Also
    called spiking GRU.

    One timestep, for an input `x`::

        reset, update = chunk(sigmoid(gate_layers(cat(prev_output, x))), 2)
        candidate = candidate_layer(cat(mem * reset, x))
        mem = (1 - update) * mem + update * candidate
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and states, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    Attributes:
        gate_layers: `nn.Linear(out_features + in_features, 2 * out_features)`.
        candidate_layer: `nn.Linear(out_features + in_features, out_features)`.

    States:
        mem: Membrane, `[..., out_features]`.
        prev_output: What the layer returned last, `[..., out_features]`.

    Shape:
        Input: `in_features` features in dimension `dim`. Output: the same shape, but `out_features`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Cho et al. 2014, arXiv:1406.1078; Lotfi Rezaabad and Vishwanath 2020, arXiv:2003.01277.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.SpikingGRU(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SpikingGRUState
    _output_size = "out_features"
    _digest = "397dbcd9b472dcb4"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.gate_layers = nn.Linear(out_features + in_features, 2 * out_features)
        self.candidate_layer = nn.Linear(out_features + in_features, out_features)

    def step(self, x: Tensor, states: SpikingGRUState) -> tuple[Tensor, SpikingGRUState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, prev_output = states
        threshold = self.threshold

        reset, update = torch.sigmoid(self.gate_layers(torch.cat((prev_output, x), dim=-1))).chunk(
            2, dim=-1
        )
        candidate = self.candidate_layer(torch.cat((mem * reset, x), dim=-1))
        mem = (1 - update) * mem + update * candidate
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes, SpikingGRUState(mem, prev_output)
