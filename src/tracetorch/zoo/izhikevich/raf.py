# Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0cf166acb86b813a
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class RAFState(NamedTuple):
    """The states of `RAF`."""

    current: Tensor
    mem: Tensor


class RAF(Layer):
    """Resonate-and-fire neuron.

    Choose it where the frequency of the input matters more than its amplitude. Also called RF,
    resonator, resonate-and-fire.

    One timestep, for an input `x`::

        prev_current = current
        current = damping * (cos(omega) * current - sin(omega) * mem) + x
        mem = damping * (sin(omega) * prev_current + cos(omega) * mem)
        spikes = quant_fn(spike_fn(mem - threshold))
        current = current - spikes * current
        mem = mem + spikes * (1 - mem)
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        damping: Decay of the amplitude per timestep, in (0, 1). Default 0.95.
        omega: Phase advance per timestep in radians, any finite number. Default 0.3.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        current: Current-like component of the oscillation.
        mem: Membrane-like component of the oscillation.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Izhikevich 2001, "Resonate-and-fire neurons", Neural Networks 14.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.RAF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RAFState
    _digest = "627e473d6b1c1333"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        damping: Value = 0.95,
        omega: Value = 0.3,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        damping_rank: int = 1,
        learn_damping: bool = True,
        omega_rank: int = 1,
        learn_omega: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("damping", damping, damping_rank, learn_damping)
        self._register_parameter("omega", omega, omega_rank, learn_omega)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: RAFState) -> tuple[Tensor, RAFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        current, mem = states
        threshold = self.threshold
        damping = self.damping
        omega = self.omega

        prev_current = current
        current = damping * (torch.cos(omega) * current - torch.sin(omega) * mem) + x
        mem = damping * (torch.sin(omega) * prev_current + torch.cos(omega) * mem)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        current = current - spikes * current
        mem = mem + spikes * (1 - mem)
        return spikes, RAFState(current, mem)
