# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 51e437f77b151d92
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import straight_through
from tracetorch.snn import Layer

from .spikes import single_exponential


class IAFRecurrentState(NamedTuple):
    """The states of `IAFRecurrent`."""

    v_mem: Tensor
    rec_out: Tensor


class IAFRecurrent(Layer):
    """Recurrent integrate-and-fire neuron of Sinabs.

    Choose it to port `sinabs.layers.IAFRecurrent`, where all neurons receive all spikes.

    One timestep, for an input `x`::

        v_mem = v_mem + x + rec_out
        spikes = straight_through(floor(maximum(v_mem / spike_threshold, 0)), spike_fn(v_mem / spike_threshold - 1))
        v_mem = v_mem - spikes * spike_threshold
        rec_out = rec_connect(spikes)
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.spike_threshold` is the value inside its domain, computed from
    `layer.raw_spike_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        spike_threshold: Threshold of the spikes, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default
            `single_exponential`.

    Attributes:
        rec_connect: `nn.Linear(num_neurons, num_neurons)`.

    States:
        v_mem: Membrane.
        rec_out: Recurrent input of the next timestep.

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
        >>> layer = tt.zoo.sinabs.IAFRecurrent(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IAFRecurrentState
    _digest = "bb2a9ed0c8f2dfa8"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        spike_threshold: Value = 1.0,
        dim: int = -1,
        *,
        spike_threshold_rank: int = 0,
        learn_spike_threshold: bool = False,
        spike_fn: TensorFunction = single_exponential,
    ) -> None:
        super().__init__(num_neurons, dim)
        self._register_parameter(
            "spike_threshold", spike_threshold, spike_threshold_rank, learn_spike_threshold
        )
        self._register_function("spike_fn", spike_fn)
        self.rec_connect = nn.Linear(num_neurons, num_neurons)

    def step(self, x: Tensor, states: IAFRecurrentState) -> tuple[Tensor, IAFRecurrentState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v_mem, rec_out = states
        spike_threshold = self.spike_threshold

        v_mem = v_mem + x + rec_out
        spikes = straight_through(
            torch.floor((v_mem / spike_threshold).clamp(min=0)),
            self.spike_fn(v_mem / spike_threshold - 1),
        )
        v_mem = v_mem - spikes * spike_threshold
        rec_out = self.rec_connect(spikes)
        return spikes, IAFRecurrentState(v_mem, rec_out)
