# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5517f86cf0dc5f24
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class RAFState(NamedTuple):
    """The states of `RAF`."""

    u: Tensor
    v: Tensor


class RAF(Layer):
    """Resonate-and-fire neuron of SpikingJelly.

    Choose it to port `RAFNode`, of which a spike resets one of two oscillating states. Also called
    RAFNode.

    One timestep, for an input `x`::

        prev_u = u
        u = exp(damping * dt) * (u * cos(omega * dt) - v * sin(omega * dt)) + x
        v = exp(damping * dt) * (prev_u * sin(omega * dt) + v * cos(omega * dt))
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.v_threshold` is the value inside its domain, computed from
    `layer.raw_v_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, and at first, any finite number. Default 0.0.
        damping: Growth rate of the oscillation, below 0; `b` of the original, any finite number.
            Default -0.2.
        omega: Angular frequency, any finite number. Default 1.0.
        dt: Duration of a timestep, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        u: Current-like component of the oscillation.
        v: Membrane-like component of the oscillation, at first `v_reset`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Izhikevich 2001, "Resonate-and-fire neurons", Neural Networks 14.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.RAF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RAFState
    _digest = "9a8ffc93a83d7bae"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        v_threshold: Value = 1.0,
        v_reset: Value = 0.0,
        damping: Value = -0.2,
        omega: Value = 1.0,
        dt: Value = 1.0,
        dim: int = -1,
        *,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        damping_rank: int = 0,
        learn_damping: bool = False,
        omega_rank: int = 0,
        learn_omega: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("damping", damping, damping_rank, learn_damping)
        self._register_parameter("omega", omega, omega_rank, learn_omega)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: RAFState) -> tuple[Tensor, RAFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        u, v = states
        v_threshold = self.v_threshold
        v_reset = self.v_reset
        damping = self.damping
        omega = self.omega
        dt = self.dt

        prev_u = u
        u = torch.exp(damping * dt) * (u * torch.cos(omega * dt) - v * torch.sin(omega * dt)) + x
        v = torch.exp(damping * dt) * (prev_u * torch.sin(omega * dt) + v * torch.cos(omega * dt))
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, RAFState(u, v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        return {"v": v_reset}
