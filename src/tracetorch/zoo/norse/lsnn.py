# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b235e70b61a7d8f5
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class LSNNState(NamedTuple):
    """The states of `LSNN`."""

    i: Tensor
    v: Tensor
    b: Tensor


class LSNN(Layer):
    """Leaky integrate-and-fire neuron of Norse with an adaptive threshold.

    Choose it to port `norse.torch.LSNN` or `LSNNCell`, whose threshold rises with each spike.

    One timestep, for an input `x`::

        v = v + dt * tau_mem_inv * (v_leak - v + i)
        i = i - dt * tau_syn_inv * i + x
        b = b + dt * tau_adapt_inv * (v_th - b)
        spikes = quant_fn(spike_fn(v - b))
        v = (1 - spikes) * v + spikes * v_reset
        b = b + spikes * adapt_jump
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
        tau_adapt_inv: Inverse of the time constant of the threshold in seconds, any finite number.
            Default 0.00125.
        adapt_jump: Increment of the threshold at a spike; `beta` of the original, any finite
            number. Default 1.8.
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
        b: Threshold, at first `v_th`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking
            neurons", arXiv:1803.09574.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.LSNN(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LSNNState
    _digest = "4648f77b3f0f0533"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_syn_inv: Value = 200.0,
        tau_mem_inv: Value = 100.0,
        v_leak: Value = 0.0,
        v_th: Value = 1.0,
        v_reset: Value = 0.0,
        tau_adapt_inv: Value = 0.00125,
        adapt_jump: Value = 1.8,
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
        tau_adapt_inv_rank: int = 0,
        learn_tau_adapt_inv: bool = False,
        adapt_jump_rank: int = 0,
        learn_adapt_jump: bool = False,
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
        self._register_parameter(
            "tau_adapt_inv", tau_adapt_inv, tau_adapt_inv_rank, learn_tau_adapt_inv
        )
        self._register_parameter("adapt_jump", adapt_jump, adapt_jump_rank, learn_adapt_jump)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LSNNState) -> tuple[Tensor, LSNNState]:
        """Run one timestep, features last, as a pure function of input and states."""
        i, v, b = states
        tau_syn_inv = self.tau_syn_inv
        tau_mem_inv = self.tau_mem_inv
        v_leak = self.v_leak
        v_th = self.v_th
        v_reset = self.v_reset
        tau_adapt_inv = self.tau_adapt_inv
        adapt_jump = self.adapt_jump
        dt = self.dt

        v = v + dt * tau_mem_inv * (v_leak - v + i)
        i = i - dt * tau_syn_inv * i + x
        b = b + dt * tau_adapt_inv * (v_th - b)
        spikes = self.quant_fn(self.spike_fn(v - b))
        v = (1 - spikes) * v + spikes * v_reset
        b = b + spikes * adapt_jump
        return spikes, LSNNState(i, v, b)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_leak = self.v_leak
        v_th = self.v_th
        return {"v": v_leak, "b": v_th}
