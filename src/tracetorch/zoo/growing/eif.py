# Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 94284aff8ca46363
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class EIFState(NamedTuple):
    """The states of `EIF`."""

    mem: Tensor


class EIF(Layer):
    """Exponential integrate-and-fire neuron.

    Choose it where the onset of a spike should be as sharp as in cortical neurons. Also called
    exponential integrate-and-fire.

    One timestep, for an input `x`::

        mem = mem + dt * (slope * exp((mem - critical) / slope) - mem + x)
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * mem
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
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `dt_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_dt`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Fourcaud-Trocmé, Hansel, van Vreeswijk and Brunel 2003, "How spike generation mechanisms
            determine the neuronal response to fluctuating inputs".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.EIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = EIFState
    _digest = "e5f86b8a00a22ac3"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        dt: Value = 0.1,
        critical: Value = 0.5,
        slope: Value = 0.2,
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
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("dt", dt, dt_rank, learn_dt)
        self._register_parameter("critical", critical, critical_rank, learn_critical)
        self._register_threshold("slope", slope, slope_rank, learn_slope)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: EIFState) -> tuple[Tensor, EIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        threshold = self.threshold
        dt = self.dt
        critical = self.critical
        slope = self.slope

        mem = mem + dt * (slope * torch.exp((mem - critical) / slope) - mem + x)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes, EIFState(mem)
