# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f9ce0bb78eab1970
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class RCLIFState(NamedTuple):
    """The states of `RCLIF`."""

    rec: Tensor
    prev_output: Tensor
    mem: Tensor
    complement: Tensor


class RCLIF(Layer):
    """Recurrent complementary leaky integrate-and-fire neuron.

    Choose it where many timesteps are trained through, since its second state has a longer memory.
    Each neuron receives a weighted trace of its own past output.

    One timestep, for an input `x`::

        rec = gamma * rec + (1 - gamma) * prev_output
        drive = x + rec_weight * rec
        mem = (1 - rate) * mem + drive
        spikes = quant_fn(spike_fn(mem - threshold))
        complement = complement * sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + sigmoid(complement))
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.gamma` is the value inside its domain, computed from `layer.raw_gamma`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        gamma: Decay of the recurrent trace, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rec_weight: Weight of the recurrent trace, any finite number. Default 0.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `threshold_rank`, `rate_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`, `learn_rate`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        rec: Recurrent trace.
        prev_output: What the layer returned last.
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
        >>> layer = tt.zoo.RCLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RCLIFState
    _digest = "8d6da6fc016251d2"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        gamma: Value = 0.9,
        threshold: Value = 1.0,
        rec_weight: Value = 0.0,
        rate: Value = 0.5,
        dim: int = -1,
        *,
        gamma_rank: int = 1,
        learn_gamma: bool = True,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rec_weight_rank: int = 1,
        learn_rec_weight: bool = True,
        rate_rank: int = 0,
        learn_rate: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("gamma", gamma, gamma_rank, learn_gamma)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("rec_weight", rec_weight, rec_weight_rank, learn_rec_weight)
        self._register_decay("rate", rate, rate_rank, learn_rate)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: RCLIFState) -> tuple[Tensor, RCLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        rec, prev_output, mem, complement = states
        gamma = self.gamma
        threshold = self.threshold
        rec_weight = self.rec_weight
        rate = self.rate

        rec = gamma * rec + (1 - gamma) * prev_output
        drive = x + rec_weight * rec
        mem = (1 - rate) * mem + drive
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        complement = complement * torch.sigmoid(rate * mem) + spikes
        mem = mem - spikes * (threshold + torch.sigmoid(complement))
        prev_output = spikes
        return spikes, RCLIFState(rec, prev_output, mem, complement)
