# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d88bbc6ab223d91e
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class CobaLIFState(NamedTuple):
    """The states of `CobaLIF`."""

    g_e: Tensor
    g_i: Tensor
    v: Tensor


class CobaLIF(Layer):
    """Leaky integrate-and-fire neuron of Norse with conductance-based synapses.

    Choose it to port `norse.torch.functional.coba_lif_feed_forward_step`, from states of 0.

    One timestep, for an input `x`::

        excitation = g_e + relu(x)
        inhibition = g_i + relu(-x)
        g_e = excitation - dt * tau_syn_exc_inv * excitation
        g_i = inhibition - dt * tau_syn_inh_inv * inhibition
        v = v + dt * c_m_inv * (g_l * (v_rest - v) + g_e * (e_rev_E - v) + g_i * (e_rev_I - v))
        spikes = quant_fn(spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.v_th` is the value inside its domain, computed from `layer.raw_v_th`, which
    is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        v_th: Threshold of the spikes, any finite number. Default -10.0.
        v_reset: Membrane after a spike, any finite number. Default -70.0.
        v_rest: Membrane at first, any finite number. Default -20.0.
        tau_syn_exc_inv: Inverse of the time constant of excitation in seconds, any finite number.
            Default 0.2.
        tau_syn_inh_inv: Inverse of the time constant of inhibition in seconds, any finite number.
            Default 0.2.
        c_m_inv: Inverse of the capacitance, any finite number. Default 5.0.
        g_l: Conductance of the leak, any finite number. Default 0.25.
        e_rev_I: Reversal potential of inhibition, any finite number. Default -100.0.
        e_rev_E: Reversal potential of excitation, any finite number. Default 60.0.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `superspike`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        g_e: Conductance of excitation.
        g_i: Conductance of inhibition.
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
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 3.1.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.CobaLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = CobaLIFState
    _digest = "d4daf7977e5a4a5b"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        v_th: Value = -10.0,
        v_reset: Value = -70.0,
        v_rest: Value = -20.0,
        tau_syn_exc_inv: Value = 0.2,
        tau_syn_inh_inv: Value = 0.2,
        c_m_inv: Value = 5.0,
        g_l: Value = 0.25,
        e_rev_I: Value = -100.0,
        e_rev_E: Value = 60.0,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        v_th_rank: int = 0,
        learn_v_th: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        v_rest_rank: int = 0,
        learn_v_rest: bool = False,
        tau_syn_exc_inv_rank: int = 0,
        learn_tau_syn_exc_inv: bool = False,
        tau_syn_inh_inv_rank: int = 0,
        learn_tau_syn_inh_inv: bool = False,
        c_m_inv_rank: int = 0,
        learn_c_m_inv: bool = False,
        g_l_rank: int = 0,
        learn_g_l: bool = False,
        e_rev_I_rank: int = 0,
        learn_e_rev_I: bool = False,
        e_rev_E_rank: int = 0,
        learn_e_rev_E: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = superspike,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("v_th", v_th, v_th_rank, learn_v_th)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("v_rest", v_rest, v_rest_rank, learn_v_rest)
        self._register_parameter(
            "tau_syn_exc_inv", tau_syn_exc_inv, tau_syn_exc_inv_rank, learn_tau_syn_exc_inv
        )
        self._register_parameter(
            "tau_syn_inh_inv", tau_syn_inh_inv, tau_syn_inh_inv_rank, learn_tau_syn_inh_inv
        )
        self._register_parameter("c_m_inv", c_m_inv, c_m_inv_rank, learn_c_m_inv)
        self._register_parameter("g_l", g_l, g_l_rank, learn_g_l)
        self._register_parameter("e_rev_I", e_rev_I, e_rev_I_rank, learn_e_rev_I)
        self._register_parameter("e_rev_E", e_rev_E, e_rev_E_rank, learn_e_rev_E)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: CobaLIFState) -> tuple[Tensor, CobaLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        g_e, g_i, v = states
        v_th = self.v_th
        v_reset = self.v_reset
        v_rest = self.v_rest
        tau_syn_exc_inv = self.tau_syn_exc_inv
        tau_syn_inh_inv = self.tau_syn_inh_inv
        c_m_inv = self.c_m_inv
        g_l = self.g_l
        e_rev_I = self.e_rev_I
        e_rev_E = self.e_rev_E
        dt = self.dt

        excitation = g_e + torch.relu(x)
        inhibition = g_i + torch.relu(-x)
        g_e = excitation - dt * tau_syn_exc_inv * excitation
        g_i = inhibition - dt * tau_syn_inh_inv * inhibition
        v = v + dt * c_m_inv * (g_l * (v_rest - v) + g_e * (e_rev_E - v) + g_i * (e_rev_I - v))
        spikes = self.quant_fn(self.spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        return spikes, CobaLIFState(g_e, g_i, v)
