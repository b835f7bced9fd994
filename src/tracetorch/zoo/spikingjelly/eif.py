# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7fa71864ec145ccd
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class EIFState(NamedTuple):
    """The states of `EIF`."""

    v: Tensor


class EIF(Layer):
    """Exponential integrate-and-fire neuron of SpikingJelly.

    Choose it to port `EIFNode`. Also called EIFNode.

    One timestep, for an input `x`::

        v = v + (x + v_rest - v + delta_T * exp((v - theta_rh) / delta_T)) / tau
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau` is the value inside its domain, computed from `layer.raw_tau`, which is
    stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau: Membrane time constant in timesteps, any finite number. Default 2.0.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, and at first, any finite number. Default -0.1.
        v_rest: Membrane at rest, any finite number. Default 0.0.
        delta_T: Width of the onset of the exponential, any finite number. Default 1.0.
        theta_rh: Membrane at which the exponential sets in, any finite number. Default 0.8.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
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
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 5.2.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.EIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = EIFState
    _digest = "0443d9e98b986c29"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau: Value = 2.0,
        v_threshold: Value = 1.0,
        v_reset: Value = -0.1,
        v_rest: Value = 0.0,
        delta_T: Value = 1.0,
        theta_rh: Value = 0.8,
        dim: int = -1,
        *,
        tau_rank: int = 0,
        learn_tau: bool = False,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        v_rest_rank: int = 0,
        learn_v_rest: bool = False,
        delta_T_rank: int = 0,
        learn_delta_T: bool = False,
        theta_rh_rank: int = 0,
        learn_theta_rh: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau", tau, tau_rank, learn_tau)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("v_rest", v_rest, v_rest_rank, learn_v_rest)
        self._register_parameter("delta_T", delta_T, delta_T_rank, learn_delta_T)
        self._register_parameter("theta_rh", theta_rh, theta_rh_rank, learn_theta_rh)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: EIFState) -> tuple[Tensor, EIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        tau = self.tau
        v_threshold = self.v_threshold
        v_reset = self.v_reset
        v_rest = self.v_rest
        delta_T = self.delta_T
        theta_rh = self.theta_rh

        v = v + (x + v_rest - v + delta_T * torch.exp((v - theta_rh) / delta_T)) / tau
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, EIFState(v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        return {"v": v_reset}
