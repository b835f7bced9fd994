# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6cd884f8e1129afc
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class STBIFState(NamedTuple):
    """The states of `STBIF`."""

    mem: Tensor
    tracer: Tensor


class STBIF(Layer):
    """Bipolar integrate-and-fire neuron with a spike tracer.

    Choose it to convert a quantized network whose activations are clipped to `least` and `most`
    steps. Also called ST-BIF, bipolar integrate-and-fire neuron.

    One timestep, for an input `x`::

        mem = mem + x / threshold
        pos_spikes = (1 - quant_fn(spike_fn(1 - mem))) * mask(tracer < most)
        neg_spikes = quant_fn(spike_fn(-mem)) * mask(tracer > least)
        spikes = pos_spikes - neg_spikes
        mem = mem - spikes
        tracer = tracer + spikes
        return spikes * threshold

    `mask` is 1 where a comparison holds, and 0 elsewhere.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        most: Largest sum of all spikes, any finite number. Default 15.0.
        least: Smallest sum of all spikes, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        mem: Membrane, in units of the threshold, at first `0.5`.
        tracer: Sum of all spikes.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        You et al. 2024, "SpikeZIP-TF", arXiv:2406.03470.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.STBIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = STBIFState
    _digest = "62e14cfdf7eea8ef"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        most: Value = 15.0,
        least: Value = 0.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        most_rank: int = 0,
        learn_most: bool = False,
        least_rank: int = 0,
        learn_least: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("most", most, most_rank, learn_most)
        self._register_parameter("least", least, least_rank, learn_least)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: STBIFState) -> tuple[Tensor, STBIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, tracer = states
        threshold = self.threshold
        most = self.most
        least = self.least

        mem = mem + x / threshold
        pos_spikes = (1 - self.quant_fn(self.spike_fn(1 - mem))) * (tracer < most).to(x.dtype)
        neg_spikes = self.quant_fn(self.spike_fn(-mem)) * (tracer > least).to(x.dtype)
        spikes = pos_spikes - neg_spikes
        mem = mem - spikes
        tracer = tracer + spikes
        return spikes * threshold, STBIFState(mem, tracer)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        return {"mem": 0.5}
