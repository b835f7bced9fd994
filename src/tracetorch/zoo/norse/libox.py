# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0076b8deda6c597f
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import Value
from tracetorch.snn import Layer


class LIBoxState(NamedTuple):
    """The states of `LIBox`."""

    v: Tensor


class LIBox(Layer):
    """Leaky integrator of Norse without a synapse.

    Choose it to port `norse.torch.LIBoxCell`, a readout whose input is a current.

    One timestep, for an input `x`::

        v = v + dt * tau_mem_inv * (x + v_leak - v)
        return v

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau_mem_inv` is the value inside its domain, computed from
    `layer.raw_tau_mem_inv`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau_mem_inv: Inverse of the membrane time constant in seconds, any finite number. Default
            100.0.
        v_leak: Membrane at rest, and at first, any finite number. Default 0.0.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.

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
        >>> layer = tt.zoo.norse.LIBox(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIBoxState
    _digest = "aa4d723f6bb0c0de"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_mem_inv: Value = 100.0,
        v_leak: Value = 0.0,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        tau_mem_inv_rank: int = 0,
        learn_tau_mem_inv: bool = False,
        v_leak_rank: int = 0,
        learn_v_leak: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau_mem_inv", tau_mem_inv, tau_mem_inv_rank, learn_tau_mem_inv)
        self._register_parameter("v_leak", v_leak, v_leak_rank, learn_v_leak)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

    def step(self, x: Tensor, states: LIBoxState) -> tuple[Tensor, LIBoxState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        tau_mem_inv = self.tau_mem_inv
        v_leak = self.v_leak
        dt = self.dt

        v = v + dt * tau_mem_inv * (x + v_leak - v)
        return v, LIBoxState(v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_leak = self.v_leak
        return {"v": v_leak}
