# Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0a9af93609b0eb7f
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class AdExState(NamedTuple):
    """The states of `AdEx`."""

    mem: Tensor
    adapt: Tensor


class AdEx(Layer):
    """Adaptive exponential integrate-and-fire neuron.

    Choose it to reproduce recorded neurons, from regular firing to bursts. Also called adaptive
    exponential integrate-and-fire.

    One timestep, for an input `x`::

        prev_mem = mem
        mem = mem + dt * (slope * exp((mem - critical) / slope) - mem - adapt + x)
        adapt = adapt + pace * (coupling * prev_mem - adapt)
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * mem
        adapt = adapt + spikes * jump
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dt: Timestep, in membrane time constants, in (0, 1). Default 0.1.
        critical: Membrane above which it grows without input, any finite number. Default 0.5.
        slope: Width of the onset of the exponential, above 0. Default 0.2.
        coupling: Strength with which the membrane drives the adaptation, any finite number. Default
            0.1.
        pace: Step of the adaptation towards its target in one timestep, in (0, 1). Default 0.05.
        jump: Increment of the adaptation at a spike, above 0. Default 0.2.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `dt_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_dt`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.
        adapt: Adaptation current.

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
        >>> layer = tt.zoo.AdEx(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = AdExState
    _digest = "83e22bcc986701c7"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        dt: Value = 0.1,
        critical: Value = 0.5,
        slope: Value = 0.2,
        coupling: Value = 0.1,
        pace: Value = 0.05,
        jump: Value = 0.2,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        dt_rank: int = 0,
        learn_dt: bool = False,
        critical_rank: int = 1,
        learn_critical: bool = True,
        slope_rank: int = 1,
        learn_slope: bool = True,
        coupling_rank: int = 1,
        learn_coupling: bool = True,
        pace_rank: int = 1,
        learn_pace: bool = True,
        jump_rank: int = 1,
        learn_jump: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("dt", dt, dt_rank, learn_dt)
        self._register_parameter("critical", critical, critical_rank, learn_critical)
        self._register_threshold("slope", slope, slope_rank, learn_slope)
        self._register_parameter("coupling", coupling, coupling_rank, learn_coupling)
        self._register_decay("pace", pace, pace_rank, learn_pace)
        self._register_threshold("jump", jump, jump_rank, learn_jump)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: AdExState) -> tuple[Tensor, AdExState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, adapt = states
        threshold = self.threshold
        dt = self.dt
        critical = self.critical
        slope = self.slope
        coupling = self.coupling
        pace = self.pace
        jump = self.jump

        prev_mem = mem
        mem = mem + dt * (slope * torch.exp((mem - critical) / slope) - mem - adapt + x)
        adapt = adapt + pace * (coupling * prev_mem - adapt)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * mem
        adapt = adapt + spikes * jump
        return spikes, AdExState(mem, adapt)
