# Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 725691c3f77e2ae1
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.rnn import Layer


class SpikingMGUState(NamedTuple):
    """The states of `SpikingMGU`."""

    mem: Tensor
    prev_output: Tensor


class SpikingMGU(Layer):
    """Minimal gated unit with a spiking output.

    Choose it as the smallest gated unit with spikes, with one gate for both its decay and its
    update. Also called spiking minimal gated unit.

    One timestep, for an input `x`::

        update = sigmoid(gate_layer(cat(prev_output, x)))
        candidate = candidate_layer(cat(mem * update, x))
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
        gate_layer: `nn.Linear(out_features + in_features, out_features)`.
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
        Zhou et al. 2016, "Minimal gated unit for recurrent neural networks", arXiv:1603.09420.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.SpikingMGU(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SpikingMGUState
    _output_size = "out_features"
    _digest = "c1b34f8f0ca12e54"  # of the timestep, as in the kernels of this class

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

        self.gate_layer = nn.Linear(out_features + in_features, out_features)
        self.candidate_layer = nn.Linear(out_features + in_features, out_features)

    def step(self, x: Tensor, states: SpikingMGUState) -> tuple[Tensor, SpikingMGUState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, prev_output = states
        threshold = self.threshold

        update = torch.sigmoid(self.gate_layer(torch.cat((prev_output, x), dim=-1)))
        candidate = self.candidate_layer(torch.cat((mem * update, x), dim=-1))
        mem = (1 - update) * mem + update * candidate
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes, SpikingMGUState(mem, prev_output)
