# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d8614a3ce9fd887a
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import Value
from tracetorch.snn import Layer


class TsodyksMakramState(NamedTuple):
    """The states of `TsodyksMakram`."""

    u: Tensor
    resources: Tensor


class TsodyksMakram(Layer):
    """Synapse of Norse with short-term plasticity.

    Choose it to port `norse.torch.functional.stp_step`, before a layer that receives spikes. Also
    called stp_step, short-term plasticity.

    One timestep, for an input `x`::

        u = u - dt * tau_f_inv * u + U * (1 - u) * x
        released = u * resources * x
        resources = resources + dt * tau_d_inv * (1 - resources) - released
        return released

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau_f_inv` is the value inside its domain, computed from
    `layer.raw_tau_f_inv`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau_f_inv: Inverse of the time constant of facilitation in seconds, any finite number.
            Default 20.0.
        tau_d_inv: Inverse of the time constant of depression in seconds, any finite number. Default
            1.3333333333333333.
        U: Share of the resources that a first spike uses, any finite number. Default 0.45.
        dt: Duration of a timestep in seconds, any finite number. Default 0.001.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.

    States:
        u: Share of the resources that a spike uses.
        resources: Available resources, at first `1.0`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Tsodyks and Markram 1997, "The neural code between neocortical pyramidal neurons depends on
            neurotransmitter release probability".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.norse.TsodyksMakram(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = TsodyksMakramState
    _digest = "57bd395c0f9e02b2"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_f_inv: Value = 20.0,
        tau_d_inv: Value = 1.3333333333333333,
        U: Value = 0.45,
        dt: Value = 0.001,
        dim: int = -1,
        *,
        tau_f_inv_rank: int = 0,
        learn_tau_f_inv: bool = False,
        tau_d_inv_rank: int = 0,
        learn_tau_d_inv: bool = False,
        U_rank: int = 0,
        learn_U: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau_f_inv", tau_f_inv, tau_f_inv_rank, learn_tau_f_inv)
        self._register_parameter("tau_d_inv", tau_d_inv, tau_d_inv_rank, learn_tau_d_inv)
        self._register_parameter("U", U, U_rank, learn_U)
        self._register_parameter("dt", dt, dt_rank, learn_dt)

    def step(self, x: Tensor, states: TsodyksMakramState) -> tuple[Tensor, TsodyksMakramState]:
        """Run one timestep, features last, as a pure function of input and states."""
        u, resources = states
        tau_f_inv = self.tau_f_inv
        tau_d_inv = self.tau_d_inv
        U = self.U
        dt = self.dt

        u = u - dt * tau_f_inv * u + U * (1 - u) * x
        released = u * resources * x
        resources = resources + dt * tau_d_inv * (1 - resources) - released
        return released, TsodyksMakramState(u, resources)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        return {"resources": 1.0}
