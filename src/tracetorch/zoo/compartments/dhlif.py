# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d23174f2c73e9fb7
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.rnn import Layer


class DHLIFState(NamedTuple):
    """The states of `DHLIF`."""

    dendrites: Tensor
    mem: Tensor


class DHLIF(Layer):
    """Leaky integrate-and-fire neuron with dendritic branches.

    Choose it where inputs of several time scales should be remembered apart, before they are added.
    Also called DH-LIF, DH-SNN, dendritic heterogeneity.

    One timestep, for an input `x`::

        decays = sigmoid(raw_decays)
        drive = sum(unsqueeze(unsqueeze(x, -2), -2) @ (input_weights * connections), -2)
        dendrites = decays * dendrites + (1 - decays) * drive
        mem = beta * mem + (1 - beta) * sum(dendrites, -2)
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes

    Computed once, when the layer is made::

        order = argsort(uniform(0, 1, in_features, out_features), 0)
        branch = unsqueeze(floor(order * branches / in_features), 0)
        each = unsqueeze(unsqueeze(count(branches) - 1, -1), -1)

    `argsort` returns the indices, from 0, that sort a tensor along a dimension. `count` is the
    vector 1, 2, ... of a size. `mask` is 1 where a comparison holds, and 0 elsewhere. `normal`
    draws from the normal distribution with mean 0 and this standard deviation. `uniform` draws
    uniformly between two numbers.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of the output, at least 1.
        branches: Number of dendritic branches of each neuron, at least 1. Default 4.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `threshold_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    Attributes:
        input_weights: Weights of the inputs of each branch, `[branches, in_features,
            out_features]`, at first `normal(1 / sqrt(in_features))`.
        connections: Which inputs reach a branch, `[branches, in_features, out_features]`, fixed at
            `mask(abs(branch - each) < 0.5)`.
        raw_decays: Decays of the branches, before the sigmoid, `[branches, out_features]`, at first
            `uniform(0, 4)`.

    States:
        dendrites: Currents of the branches, `[..., branches, out_features]`.
        mem: Membrane of the soma, `[..., out_features]`.

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
        Zheng et al. 2024, Nature Communications 15:277.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.DHLIF(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = DHLIFState
    _output_size = "out_features"
    _digest = "9376c3ebd406358d"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        branches: int = 4,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features
        self.branches = self._check_size("branches", branches)
        self._initialize_state("dendrites", branches, out_features)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        order = (
            torch.empty((in_features, out_features))
            .uniform_(0, 1)
            .argsort(0)
            .to(torch.get_default_dtype())
        )
        branch = torch.floor(order * branches / in_features).unsqueeze(0)
        each = (torch.arange(1.0, branches + 1) - 1).unsqueeze(-1).unsqueeze(-1)

        self.input_weights = nn.Parameter(
            torch.empty((branches, in_features, out_features)).normal_(
                0.0, 1 / math.sqrt(in_features)
            )
        )
        self.register_buffer(
            "connections", (torch.abs(branch - each) < 0.5).to(torch.get_default_dtype())
        )
        self.raw_decays = nn.Parameter(torch.empty((branches, out_features)).uniform_(0, 4))

    def step(self, x: Tensor, states: DHLIFState) -> tuple[Tensor, DHLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        dendrites, mem = states
        beta = self.beta
        threshold = self.threshold

        decays = torch.sigmoid(self.raw_decays)
        drive = (x.unsqueeze(-2).unsqueeze(-2) @ (self.input_weights * self.connections)).sum(-2)
        dendrites = decays * dendrites + (1 - decays) * drive
        mem = beta * mem + (1 - beta) * dendrites.sum(-2)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes, DHLIFState(dendrites, mem)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"branches={self.branches}"]
        return ", ".join([super().extra_repr(), *sizes])
