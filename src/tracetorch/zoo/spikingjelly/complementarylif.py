# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3c1f6ea960476254
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import rectangular, round_ste
from tracetorch.snn import Layer


class ComplementaryLIFState(NamedTuple):
    """The states of `ComplementaryLIF`."""

    v: Tensor
    m: Tensor


class ComplementaryLIF(Layer):
    """Complementary leaky integrate-and-fire neuron of SpikingJelly.

    Choose it to port `ComplementaryLIFNode`, whose second state has a longer memory. Also called
    ComplementaryLIFNode.

    One timestep, for an input `x`::

        v = v - v / tau + x
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        m = m * sigmoid(v / tau) + spikes
        v = v - spikes * (v_threshold + sigmoid(m))
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau` is the value inside its domain, computed from `layer.raw_tau`, which is
    stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau: Membrane time constant in timesteps, any finite number. Default 2.0.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `rectangular`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane.
        m: Complementary membrane.

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
        >>> layer = tt.zoo.spikingjelly.ComplementaryLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ComplementaryLIFState
    _digest = "5cb6e19f9b1ba41e"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau: Value = 2.0,
        v_threshold: Value = 1.0,
        dim: int = -1,
        *,
        tau_rank: int = 0,
        learn_tau: bool = False,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        spike_fn: TensorFunction = rectangular,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau", tau, tau_rank, learn_tau)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(
        self, x: Tensor, states: ComplementaryLIFState
    ) -> tuple[Tensor, ComplementaryLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v, m = states
        tau = self.tau
        v_threshold = self.v_threshold

        v = v - v / tau + x
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        m = m * torch.sigmoid(v / tau) + spikes
        v = v - spikes * (v_threshold + torch.sigmoid(m))
        return spikes, ComplementaryLIFState(v, m)
