# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 000d6d44c5c0fef8
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class SCLIFState(NamedTuple):
    """The states of `SCLIF`."""

    syn: Tensor
    mem: Tensor
    complement: Tensor


class SCLIF(Layer):
    """Synaptic complementary leaky integrate-and-fire neuron.

    Choose it where many timesteps are trained through, since its second state has a longer memory.
    A synaptic trace smooths the input before it reaches the membrane.

    One timestep, for an input `x`::

        syn = alpha * syn + (1 - alpha) * x
        mem = (1 - rate) * mem + syn
        spikes = quant_fn(spike_fn(mem - threshold))
        complement = complement * sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + sigmoid(complement))
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.alpha` is the value inside its domain, computed from `layer.raw_alpha`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        alpha: Synaptic decay, in (0, 1). Default 0.5.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `threshold_rank`, `rate_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`, `learn_rate`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        syn: Synaptic trace.
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
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.SCLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SCLIFState
    _digest = "c946de2c133dfdc9"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        alpha: Value = 0.5,
        threshold: Value = 1.0,
        rate: Value = 0.5,
        dim: int = -1,
        *,
        alpha_rank: int = 1,
        learn_alpha: bool = True,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rate_rank: int = 0,
        learn_rate: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("alpha", alpha, alpha_rank, learn_alpha)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("rate", rate, rate_rank, learn_rate)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: SCLIFState) -> tuple[Tensor, SCLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        syn, mem, complement = states
        alpha = self.alpha
        threshold = self.threshold
        rate = self.rate

        syn = alpha * syn + (1 - alpha) * x
        mem = (1 - rate) * mem + syn
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        complement = complement * torch.sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + torch.sigmoid(complement))
        return spikes, SCLIFState(syn, mem, complement)
