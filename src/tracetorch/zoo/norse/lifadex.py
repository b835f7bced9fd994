# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 993679b9f6ac4ebd
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class LIFAdExState(NamedTuple):
    """The states of `LIFAdEx`."""

    i: Tensor
    v: Tensor
    a: Tensor


class LIFAdEx(Layer):
    """Adaptive exponential integrate-and-fire neuron of Norse.

    Choose it to port `norse.torch.LIFAdEx` or `LIFAdExCell`.

    One timestep, for an input `x`::

        prev_v = v
        i = i + x
        v = v + dt * tau_mem_inv * (v_leak - v + delta_T * exp((v - v_th) / delta_T) + i - a)
        i = i - dt * tau_syn_inv * i
        a = a + dt * tau_ada_inv * (adaptation_current * (prev_v - v_leak) - a)
        spikes = quant_fn(spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        a = a + spikes * adaptation_spike
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau_syn_inv` is the value inside its domain, computed from
    `layer.raw_tau_syn_inv`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau_syn_inv: Inverse of the synaptic time constant in seconds, any finite number. Default
            200.0.
        tau_mem_inv: Inverse of the membrane time constant in seconds, any finite number. Default
            100.0.
        v_leak: Membrane at rest, and at first, any finite number. Default 0.0.
        v_th: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, any finite number. Default 0.0.
        delta_T: Width of the onset of the exponential, any finite number. Default 0.5.
        tau_ada_inv: Inverse of the time constant of the adaptation in seconds, any finite number.
            Default 2.0.
        adaptation_current: Coupling of the adaptation to the membrane, any finite number. Default
            4.0.
        adaptation_spike: Increment of the adaptation at a spike, any finite number. Default 0.02.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `superspike`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        i: Synaptic current.
        v: Membrane, at first `v_leak`.
        a: Adaptation current.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Brette and Gerstner 2005, "Adaptive exponential integrate-and-fire model as an effective
            description of neuronal activity".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.LIFAdEx(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIFAdExState
    _digest = "a054f05b57ba906a"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_syn_inv: Value = 200.0,
        tau_mem_inv: Value = 100.0,
        v_leak: Value = 0.0,
        v_th: Value = 1.0,
        v_reset: Value = 0.0,
        delta_T: Value = 0.5,
        tau_ada_inv: Value = 2.0,
        adaptation_current: Value = 4.0,
        adaptation_spike: Value = 0.02,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        tau_syn_inv_rank: int = 0,
        learn_tau_syn_inv: bool = False,
        tau_mem_inv_rank: int = 0,
        learn_tau_mem_inv: bool = False,
        v_leak_rank: int = 0,
        learn_v_leak: bool = False,
        v_th_rank: int = 0,
        learn_v_th: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        delta_T_rank: int = 0,
        learn_delta_T: bool = False,
        tau_ada_inv_rank: int = 0,
        learn_tau_ada_inv: bool = False,
        adaptation_current_rank: int = 0,
        learn_adaptation_current: bool = False,
        adaptation_spike_rank: int = 0,
        learn_adaptation_spike: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = superspike,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau_syn_inv", tau_syn_inv, tau_syn_inv_rank, learn_tau_syn_inv)
        self._register_parameter("tau_mem_inv", tau_mem_inv, tau_mem_inv_rank, learn_tau_mem_inv)
        self._register_parameter("v_leak", v_leak, v_leak_rank, learn_v_leak)
        self._register_parameter("v_th", v_th, v_th_rank, learn_v_th)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("delta_T", delta_T, delta_T_rank, learn_delta_T)
        self._register_parameter("tau_ada_inv", tau_ada_inv, tau_ada_inv_rank, learn_tau_ada_inv)
        self._register_parameter(
            "adaptation_current",
            adaptation_current,
            adaptation_current_rank,
            learn_adaptation_current,
        )
        self._register_parameter(
            "adaptation_spike", adaptation_spike, adaptation_spike_rank, learn_adaptation_spike
        )
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LIFAdExState) -> tuple[Tensor, LIFAdExState]:
        """Run one timestep, features last, as a pure function of input and states."""
        i, v, a = states
        tau_syn_inv = self.tau_syn_inv
        tau_mem_inv = self.tau_mem_inv
        v_leak = self.v_leak
        v_th = self.v_th
        v_reset = self.v_reset
        delta_T = self.delta_T
        tau_ada_inv = self.tau_ada_inv
        adaptation_current = self.adaptation_current
        adaptation_spike = self.adaptation_spike
        dt = self.dt

        prev_v = v
        i = i + x
        v = v + dt * tau_mem_inv * (v_leak - v + delta_T * torch.exp((v - v_th) / delta_T) + i - a)
        i = i - dt * tau_syn_inv * i
        a = a + dt * tau_ada_inv * (adaptation_current * (prev_v - v_leak) - a)
        spikes = self.quant_fn(self.spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        a = a + spikes * adaptation_spike
        return spikes, LIFAdExState(i, v, a)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_leak = self.v_leak
        return {"v": v_leak}
