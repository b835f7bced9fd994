# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 28b526740d3ca3d6
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class IzhikevichState(NamedTuple):
    """The states of `Izhikevich`."""

    v: Tensor
    u: Tensor


class Izhikevich(Layer):
    """Izhikevich neuron of Norse.

    Choose it to port `norse.torch.Izhikevich`; its defaults are those of `tonic_spiking`.

    One timestep, for an input `x`::

        prev_v = v
        v = v + tau_inv * dt * (sq * square(v) + mn * v + bias_current - u + x)
        u = u + tau_inv * dt * recovery_rate * (recovery_coupling * prev_v - u)
        spikes = quant_fn(spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        u = u + spikes * recovery_jump
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.v_th` is the value inside its domain, computed from `layer.raw_v_th`, which
    is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        v_th: Threshold of the spikes, any finite number. Default 30.0.
        v_reset: Membrane after a spike, any finite number. Default -65.0.
        recovery_rate: Rate of the recovery; `a` of the original, any finite number. Default 0.02.
        recovery_coupling: Coupling of the recovery to the membrane; `b` of the original, any finite
            number. Default 0.2.
        recovery_jump: Increment of the recovery at a spike; `d` of the original, any finite number.
            Default 6.0.
        v_rest: Membrane at first, any finite number. Default -70.0.
        sq: Factor of the square of the membrane, any finite number. Default 0.04.
        mn: Factor of the membrane, any finite number. Default 5.0.
        bias_current: Constant input; `bias` of the original, any finite number. Default 140.0.
        tau_inv: Inverse of the time constant in seconds, any finite number. Default 250.0.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `superspike`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane, at first `v_rest`.
        u: Recovery variable, at first `recovery_coupling * v_rest`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Izhikevich 2003, "Simple model of spiking neurons", IEEE Transactions on Neural Networks 14.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.Izhikevich(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IzhikevichState
    _digest = "212a3955ffd07697"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        v_th: Value = 30.0,
        v_reset: Value = -65.0,
        recovery_rate: Value = 0.02,
        recovery_coupling: Value = 0.2,
        recovery_jump: Value = 6.0,
        v_rest: Value = -70.0,
        sq: Value = 0.04,
        mn: Value = 5.0,
        bias_current: Value = 140.0,
        tau_inv: Value = 250.0,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        v_th_rank: int = 0,
        learn_v_th: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        recovery_rate_rank: int = 0,
        learn_recovery_rate: bool = False,
        recovery_coupling_rank: int = 0,
        learn_recovery_coupling: bool = False,
        recovery_jump_rank: int = 0,
        learn_recovery_jump: bool = False,
        v_rest_rank: int = 0,
        learn_v_rest: bool = False,
        sq_rank: int = 0,
        learn_sq: bool = False,
        mn_rank: int = 0,
        learn_mn: bool = False,
        bias_current_rank: int = 0,
        learn_bias_current: bool = False,
        tau_inv_rank: int = 0,
        learn_tau_inv: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = superspike,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("v_th", v_th, v_th_rank, learn_v_th)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter(
            "recovery_rate", recovery_rate, recovery_rate_rank, learn_recovery_rate
        )
        self._register_parameter(
            "recovery_coupling", recovery_coupling, recovery_coupling_rank, learn_recovery_coupling
        )
        self._register_parameter(
            "recovery_jump", recovery_jump, recovery_jump_rank, learn_recovery_jump
        )
        self._register_parameter("v_rest", v_rest, v_rest_rank, learn_v_rest)
        self._register_parameter("sq", sq, sq_rank, learn_sq)
        self._register_parameter("mn", mn, mn_rank, learn_mn)
        self._register_parameter(
            "bias_current", bias_current, bias_current_rank, learn_bias_current
        )
        self._register_parameter("tau_inv", tau_inv, tau_inv_rank, learn_tau_inv)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: IzhikevichState) -> tuple[Tensor, IzhikevichState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v, u = states
        v_th = self.v_th
        v_reset = self.v_reset
        recovery_rate = self.recovery_rate
        recovery_coupling = self.recovery_coupling
        recovery_jump = self.recovery_jump
        sq = self.sq
        mn = self.mn
        bias_current = self.bias_current
        tau_inv = self.tau_inv
        dt = self.dt

        prev_v = v
        v = v + tau_inv * dt * (sq * torch.square(v) + mn * v + bias_current - u + x)
        u = u + tau_inv * dt * recovery_rate * (recovery_coupling * prev_v - u)
        spikes = self.quant_fn(self.spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        u = u + spikes * recovery_jump
        return spikes, IzhikevichState(v, u)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        recovery_coupling = self.recovery_coupling
        v_rest = self.v_rest
        return {"v": v_rest, "u": recovery_coupling * v_rest}
