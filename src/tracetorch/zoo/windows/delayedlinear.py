# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8837343f6c9088a2
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import Value
from tracetorch.rnn import Layer


class DelayedLinearState(NamedTuple):
    """The states of `DelayedLinear`."""

    window: Tensor


class DelayedLinear(Layer):
    """Linear map with a learned delay in each synapse.

    Choose it before a spiking layer, where the order of inputs within a window carries the
    information. Also called DCLS, dilated convolution with learnable spacings, learned delays.

    One timestep, for an input `x`::

        window = push(window, x)
        near = exp(-0.5 * square((unsqueeze(ages, -1) - unsqueeze(delays, -2)) / sigma))
        taps = unsqueeze(synapses / (sum(near, -2) + 1e-07), -2) * near
        y = sum(sum(unsqueeze(window, -2) @ taps, -3), -2)
        return y

    `count` is the vector 1, 2, ... of a size. `normal` draws from the normal distribution with mean
    0 and this standard deviation. `push` drops the oldest entry of a buffer, the first in its last
    dimension, and appends one. `uniform` draws uniformly between two numbers.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.sigma` is the value inside its domain, computed from `layer.raw_sigma`,
    which is stored.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of the output, at least 1.
        reach: Number of timesteps that delays may span, at least 1. Default 16.
        sigma: Width of the delays in timesteps, above 0. Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.

    Attributes:
        synapses: Weights of the synapses, `[in_features, out_features]`, at first `normal(1 /
            sqrt(in_features))`.
        delays: Delays of the synapses in timesteps, `[in_features, out_features]`, at first
            `uniform(0, reach - 1)`.
        ages: Ages of the inputs in the window, oldest first, `[reach]`, fixed at `reach -
            count(reach)`.

    States:
        window: Last inputs, `[..., in_features, reach]`.

    Shape:
        Input: `in_features` features in dimension `dim`. Output: the same shape, but `out_features`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Hammouamri et al. 2023, "Learning Delays in Spiking Neural Networks using Dilated
            Convolutions with Learnable Spacings", arXiv:2306.17670.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.DelayedLinear(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = DelayedLinearState
    _output_size = "out_features"
    _digest = "64806144455e1051"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        reach: int = 16,
        sigma: Value = 0.5,
        dim: int = -1,
        *,
        sigma_rank: int = 0,
        learn_sigma: bool = False,
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features
        self.reach = self._check_size("reach", reach)
        self._initialize_state("window", in_features, reach)

        self._register_threshold("sigma", sigma, sigma_rank, learn_sigma)

        self.synapses = nn.Parameter(
            torch.empty((in_features, out_features)).normal_(0.0, 1 / math.sqrt(in_features))
        )
        self.delays = nn.Parameter(torch.empty((in_features, out_features)).uniform_(0, reach - 1))
        self.register_buffer("ages", reach - torch.arange(1.0, reach + 1))

    def step(self, x: Tensor, states: DelayedLinearState) -> tuple[Tensor, DelayedLinearState]:
        """Run one timestep, features last, as a pure function of input and states."""
        window = states.window
        sigma = self.sigma

        window = torch.cat((window[..., 1:], x.unsqueeze(-1)), dim=-1)
        near = torch.exp(
            -0.5 * torch.square((self.ages.unsqueeze(-1) - self.delays.unsqueeze(-2)) / sigma)
        )
        taps = (self.synapses / (near.sum(-2) + 1e-07)).unsqueeze(-2) * near
        y = (window.unsqueeze(-2) @ taps).sum(-3).sum(-2)
        return y, DelayedLinearState(window)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"reach={self.reach}"]
        return ", ".join([super().extra_repr(), *sizes])
