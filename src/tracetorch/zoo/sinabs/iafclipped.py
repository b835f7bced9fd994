# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c74b224ed0f14ccc
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import straight_through
from tracetorch.snn import Layer

from .spikes import single_exponential


class IAFClippedState(NamedTuple):
    """The states of `IAFClipped`."""

    v_mem: Tensor


class IAFClipped(Layer):
    """Integrate-and-fire neuron of Sinabs with a minimum of its membrane.

    Choose it to port `sinabs.layers.IAF` with `min_v_mem`, as for neuromorphic hardware.

    One timestep, for an input `x`::

        v_mem = v_mem + x
        spikes = straight_through(floor(maximum(v_mem / spike_threshold, 0)), spike_fn(v_mem / spike_threshold - 1))
        v_mem = v_mem - spikes * spike_threshold
        v_mem = relu(v_mem - min_v_mem) + min_v_mem
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.spike_threshold` is the value inside its domain, computed from
    `layer.raw_spike_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        spike_threshold: Threshold of the spikes, any finite number. Default 1.0.
        min_v_mem: Minimum of the membrane, any finite number. Default -1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default
            `single_exponential`.

    States:
        v_mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Sheik, Lenz, Bauer and Kuepelioglu, "SINABS: A simple Pytorch based SNN library specialised
            for Speck", doi:10.5281/zenodo.8385545.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.sinabs.IAFClipped(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IAFClippedState
    _digest = "1e64c9c421af324e"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        spike_threshold: Value = 1.0,
        min_v_mem: Value = -1.0,
        dim: int = -1,
        *,
        spike_threshold_rank: int = 0,
        learn_spike_threshold: bool = False,
        min_v_mem_rank: int = 0,
        learn_min_v_mem: bool = False,
        spike_fn: TensorFunction = single_exponential,
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter(
            "spike_threshold", spike_threshold, spike_threshold_rank, learn_spike_threshold
        )
        self._register_parameter("min_v_mem", min_v_mem, min_v_mem_rank, learn_min_v_mem)

        self._register_function("spike_fn", spike_fn)

    def step(self, x: Tensor, states: IAFClippedState) -> tuple[Tensor, IAFClippedState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v_mem = states.v_mem
        spike_threshold = self.spike_threshold
        min_v_mem = self.min_v_mem

        v_mem = v_mem + x
        spikes = straight_through(
            torch.floor((v_mem / spike_threshold).clamp(min=0)),
            self.spike_fn(v_mem / spike_threshold - 1),
        )
        v_mem = v_mem - spikes * spike_threshold
        v_mem = torch.relu(v_mem - min_v_mem) + min_v_mem
        return spikes, IAFClippedState(v_mem)
