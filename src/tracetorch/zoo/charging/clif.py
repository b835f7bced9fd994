# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 50a32d8cf46d7b6c
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class CLIFState(NamedTuple):
    """The states of `CLIF`."""

    mem: Tensor
    complement: Tensor


class CLIF(Layer):
    """Complementary leaky integrate-and-fire neuron.

    Choose it where many timesteps are trained through, since its second state has a longer memory.
    Also called complementary LIF.

    One timestep, for an input `x`::

        mem = (1 - rate) * mem + x
        spikes = quant_fn(spike_fn(mem - threshold))
        complement = complement * sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + sigmoid(complement))
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.
        complement: Complementary membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Huang et al. 2024, "CLIF", arXiv:2402.04663.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.CLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = CLIFState
    _digest = "22513cb89f943552"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        rate: Value = 0.5,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rate_rank: int = 0,
        learn_rate: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("rate", rate, rate_rank, learn_rate)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: CLIFState) -> tuple[Tensor, CLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, complement = states
        threshold = self.threshold
        rate = self.rate

        mem = (1 - rate) * mem + x
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        complement = complement * torch.sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + torch.sigmoid(complement))
        return spikes, CLIFState(mem, complement)
