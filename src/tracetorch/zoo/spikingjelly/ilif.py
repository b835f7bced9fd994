# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 13e5da5a5d61330a
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer


class ILIFState(NamedTuple):
    """The states of `ILIF`."""

    v: Tensor


class ILIF(Layer):
    """Integer leaky integrate-and-fire neuron of SpikingJelly.

    Choose it to port `ILIFNode`, which fires up to `max_spike_count` spikes in a timestep. Also
    called ILIFNode.

    One timestep, for an input `x`::

        v = v - v / tau + x
        spikes = quant_fn(minimum(maximum(v / v_threshold, 0), max_spike_count))
        v = v - spikes * v_threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau` is the value inside its domain, computed from `layer.raw_tau`, which is
    stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau: Membrane time constant in timesteps, any finite number. Default 1.3333333333333333.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        max_spike_count: Largest number of spikes in a timestep, any finite number. Default 4.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Luo et al. 2024, arXiv:2407.20708.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.ILIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ILIFState
    _digest = "9fdeaaeaf106f74f"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau: Value = 1.3333333333333333,
        v_threshold: Value = 1.0,
        max_spike_count: Value = 4.0,
        dim: int = -1,
        *,
        tau_rank: int = 0,
        learn_tau: bool = False,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        max_spike_count_rank: int = 0,
        learn_max_spike_count: bool = False,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau", tau, tau_rank, learn_tau)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter(
            "max_spike_count", max_spike_count, max_spike_count_rank, learn_max_spike_count
        )

        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ILIFState) -> tuple[Tensor, ILIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        tau = self.tau
        v_threshold = self.v_threshold
        max_spike_count = self.max_spike_count

        v = v - v / tau + x
        spikes = self.quant_fn((v / v_threshold).clamp(min=0).clamp(max=max_spike_count))
        v = v - spikes * v_threshold
        return spikes, ILIFState(v)
