# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 693db1fab4184212
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class SlidingPSNState(NamedTuple):
    """The states of `SlidingPSN`."""

    window: Tensor


class SlidingPSN(Layer):
    """Sliding parallel spiking neuron.

    Choose it where spikes should depend on the last few inputs only, without a reset. Also called
    sliding parallel spiking neuron.

    One timestep, for an input `x`::

        window = push(window, x)
        spikes = quant_fn(spike_fn(sum(window * window_weights, -1) - threshold))
        return spikes

    `count` is the vector 1, 2, ... of a size. `push` drops the oldest entry of a buffer, the first
    in its last dimension, and appends one.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        order: Number of inputs in the window, at least 1. Default 4.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    Attributes:
        window_weights: Weights of the window, oldest input first, `[order]`, at first `2 **
            (count(order) - order)`.

    States:
        window: Last inputs, `[..., num_neurons, order]`.

    Shape:
        Input and output have the same shape, with `num_neurons` features in dimension `dim`.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Fang et al. 2023, "Parallel Spiking Neurons with High Efficiency and Ability to Learn
            Long-term Dependencies", arXiv:2304.12760.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.SlidingPSN(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SlidingPSNState
    _digest = "d3b02cc724b73676"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        order: int = 4,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)
        self.order = self._check_size("order", order)
        self._initialize_state("window", num_neurons, order)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.window_weights = nn.Parameter(2 ** (torch.arange(1.0, order + 1) - order))

    def step(self, x: Tensor, states: SlidingPSNState) -> tuple[Tensor, SlidingPSNState]:
        """Run one timestep, features last, as a pure function of input and states."""
        window = states.window
        threshold = self.threshold

        window = torch.cat((window[..., 1:], x.unsqueeze(-1)), dim=-1)
        spikes = self.quant_fn(self.spike_fn((window * self.window_weights).sum(-1) - threshold))
        return spikes, SlidingPSNState(window)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"order={self.order}"]
        return ", ".join([super().extra_repr(), *sizes])
