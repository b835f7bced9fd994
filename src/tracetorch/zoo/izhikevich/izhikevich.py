# Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 68e7f5c9c31e4353
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class IzhikevichState(NamedTuple):
    """The states of `Izhikevich`."""

    mem: Tensor
    recovery: Tensor


class Izhikevich(Layer):
    """Izhikevich neuron.

    Choose it to explore firing patterns; typical input currents are in the tens.

    One timestep, for an input `x`::

        prev_mem = mem
        mem = mem + dt * (0.04 * mem * mem + 5 * mem + 140 - recovery + x)
        recovery = recovery + dt * a * (b * prev_mem - recovery)
        spikes = quant_fn(spike_fn(mem - peak))
        mem = mem + spikes * (c - mem)
        recovery = recovery + spikes * d
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.a` is the value inside its domain, computed from `layer.raw_a`, which is
    stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        a: Rate of the recovery, above 0. Default 0.02.
        b: Coupling of the recovery to the membrane, any finite number. Default 0.2.
        c: Membrane after a spike, any finite number. Default -65.0.
        d: Increment of the recovery at a spike, any finite number. Default 8.0.
        peak: Membrane at which the neuron fires, any finite number. Default 30.0.
        dt: Timestep in milliseconds, above 0. Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `dt_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_peak`, `learn_dt`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane, at first `c`.
        recovery: Recovery variable, at first `b * c`.

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
        >>> layer = tt.zoo.Izhikevich(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IzhikevichState
    _digest = "46823cee6dbd820d"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        a: Value = 0.02,
        b: Value = 0.2,
        c: Value = -65.0,
        d: Value = 8.0,
        peak: Value = 30.0,
        dt: Value = 0.5,
        dim: int = -1,
        *,
        a_rank: int = 1,
        learn_a: bool = True,
        b_rank: int = 1,
        learn_b: bool = True,
        c_rank: int = 1,
        learn_c: bool = True,
        d_rank: int = 1,
        learn_d: bool = True,
        peak_rank: int = 1,
        learn_peak: bool = False,
        dt_rank: int = 0,
        learn_dt: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("a", a, a_rank, learn_a)
        self._register_parameter("b", b, b_rank, learn_b)
        self._register_parameter("c", c, c_rank, learn_c)
        self._register_parameter("d", d, d_rank, learn_d)
        self._register_parameter("peak", peak, peak_rank, learn_peak)
        self._register_threshold("dt", dt, dt_rank, learn_dt)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: IzhikevichState) -> tuple[Tensor, IzhikevichState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, recovery = states
        a = self.a
        b = self.b
        c = self.c
        d = self.d
        peak = self.peak
        dt = self.dt

        prev_mem = mem
        mem = mem + dt * (0.04 * mem * mem + 5 * mem + 140 - recovery + x)
        recovery = recovery + dt * a * (b * prev_mem - recovery)
        spikes = self.quant_fn(self.spike_fn(mem - peak))
        mem = mem + spikes * (c - mem)
        recovery = recovery + spikes * d
        return spikes, IzhikevichState(mem, recovery)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        b = self.b
        c = self.c
        return {"mem": c, "recovery": b * c}
