# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1247a47b44ca3633
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import superspike


class LIFBoxSoftState(NamedTuple):
    """The states of `LIFBoxSoft`."""

    v: Tensor


class LIFBoxSoft(Layer):
    """Leaky integrate-and-fire neuron of Norse without a synapse, with a reset by subtraction.

    Choose it to port `norse.torch.LIFBoxCell` with `reset_method=reset_subtract`.

    One timestep, for an input `x`::

        v = v + dt * tau_mem_inv * (x + v_leak - v)
        spikes = quant_fn(spike_fn(v - v_th))
        v = v - spikes * v_th
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau_mem_inv` is the value inside its domain, computed from
    `layer.raw_tau_mem_inv`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau_mem_inv: Inverse of the membrane time constant in seconds, any finite number. Default
            100.0.
        v_leak: Membrane at rest, and at first, any finite number. Default 0.0.
        v_th: Threshold of the spikes, any finite number. Default 1.0.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `superspike`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
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
        >>> layer = tt.zoo.norse.LIFBoxSoft(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIFBoxSoftState
    _digest = "8ea092a3240198f3"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_mem_inv: Value = 100.0,
        v_leak: Value = 0.0,
        v_th: Value = 1.0,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        tau_mem_inv_rank: int = 0,
        learn_tau_mem_inv: bool = False,
        v_leak_rank: int = 0,
        learn_v_leak: bool = False,
        v_th_rank: int = 0,
        learn_v_th: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = superspike,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau_mem_inv", tau_mem_inv, tau_mem_inv_rank, learn_tau_mem_inv)
        self._register_parameter("v_leak", v_leak, v_leak_rank, learn_v_leak)
        self._register_parameter("v_th", v_th, v_th_rank, learn_v_th)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LIFBoxSoftState) -> tuple[Tensor, LIFBoxSoftState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        tau_mem_inv = self.tau_mem_inv
        v_leak = self.v_leak
        v_th = self.v_th
        dt = self.dt

        v = v + dt * tau_mem_inv * (x + v_leak - v)
        spikes = self.quant_fn(self.spike_fn(v - v_th))
        v = v - spikes * v_th
        return spikes, LIFBoxSoftState(v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_leak = self.v_leak
        return {"v": v_leak}
