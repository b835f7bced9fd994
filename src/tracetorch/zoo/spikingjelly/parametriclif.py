# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5bc117f5ba0f7a03
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class ParametricLIFState(NamedTuple):
    """The states of `ParametricLIF`."""

    v: Tensor


class ParametricLIF(Layer):
    """Leaky integrate-and-fire neuron of SpikingJelly with a trained time constant.

    Choose it to port `ParametricLIFNode`, which trains one time constant per layer. Also called
    ParametricLIFNode.

    One timestep, for an input `x`::

        v = v + (x - (v - v_reset)) * rate
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.rate` is the value inside its domain, computed from `layer.raw_rate`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        rate: Inverse of the membrane time constant in timesteps, in (0, 1). Default 0.5.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, and at first, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_v_threshold`, `learn_v_reset`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane, at first `v_reset`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Fang et al. 2021, "Incorporating learnable membrane time constant to enhance learning of
            spiking neural networks", arXiv:2007.05785.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.ParametricLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ParametricLIFState
    _digest = "963b15f7bc7f02ab"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        rate: Value = 0.5,
        v_threshold: Value = 1.0,
        v_reset: Value = 0.0,
        dim: int = -1,
        *,
        rate_rank: int = 0,
        learn_rate: bool = True,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("rate", rate, rate_rank, learn_rate)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ParametricLIFState) -> tuple[Tensor, ParametricLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        rate = self.rate
        v_threshold = self.v_threshold
        v_reset = self.v_reset

        v = v + (x - (v - v_reset)) * rate
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, ParametricLIFState(v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        return {"v": v_reset}
