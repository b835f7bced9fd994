# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 898c025a52fa3111
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class LIFState(NamedTuple):
    """The states of `LIF`."""

    i: Tensor
    v: Tensor


class LIF(Layer):
    """Leaky integrate-and-fire neuron of Norse.

    Choose it to port `norse.torch.LIF` or `LIFCell`, whose synaptic current decays.

    One timestep, for an input `x`::

        i = i + x
        v = v + dt * tau_mem_inv * (v_leak - v + i)
        i = i - dt * tau_syn_inv * i
        spikes = quant_fn(spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
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

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Pehle and Pedersen 2021, "Norse, a deep learning library for spiking neural networks",
            doi:10.5281/zenodo.4422025.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.LIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIFState
    _digest = "297d927873b0ca05"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_syn_inv: Value = 200.0,
        tau_mem_inv: Value = 100.0,
        v_leak: Value = 0.0,
        v_th: Value = 1.0,
        v_reset: Value = 0.0,
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
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LIFState) -> tuple[Tensor, LIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        i, v = states
        tau_syn_inv = self.tau_syn_inv
        tau_mem_inv = self.tau_mem_inv
        v_leak = self.v_leak
        v_th = self.v_th
        v_reset = self.v_reset
        dt = self.dt

        i = i + x
        v = v + dt * tau_mem_inv * (v_leak - v + i)
        i = i - dt * tau_syn_inv * i
        spikes = self.quant_fn(self.spike_fn(v - v_th))
        v = (1 - spikes) * v + spikes * v_reset
        return spikes, LIFState(i, v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_leak = self.v_leak
        return {"v": v_leak}
