# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 62ddb34c20d638c6
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class KLIFState(NamedTuple):
    """The states of `KLIF`."""

    mem: Tensor


class KLIF(Layer):
    """Leaky integrate-and-fire neuron with a learned slope.

    Choose it where the layer should learn how steeply its membrane approaches the threshold.

    One timestep, for an input `x`::

        mem = relu(gain * (mem + (x - mem) * rate))
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.gain` is the value inside its domain, computed from `layer.raw_gain`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.5.
        gain: Factor of the membrane before it is rectified, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`, `learn_rate`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Jiang and Zhang 2023, "KLIF", arXiv:2302.09238.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.KLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = KLIFState
    _digest = "b43c79c64de25a42"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        rate: Value = 0.5,
        gain: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rate_rank: int = 0,
        learn_rate: bool = False,
        gain_rank: int = 0,
        learn_gain: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("rate", rate, rate_rank, learn_rate)
        self._register_parameter("gain", gain, gain_rank, learn_gain)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: KLIFState) -> tuple[Tensor, KLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        threshold = self.threshold
        rate = self.rate
        gain = self.gain

        mem = torch.relu(gain * (mem + (x - mem) * rate))
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes, KLIFState(mem)
