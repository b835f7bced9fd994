# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 23d1f8dce90f4dd5
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.rnn import Layer


class LeakyParallelState(NamedTuple):
    """The states of `LeakyParallel`."""

    mem: Tensor


class LeakyParallel(Layer):
    """Rectified leaky neuron of snnTorch.

    Choose it to port `snntorch.LeakyParallel`, whose membrane is rectified and never reset.

    One timestep, for an input `x`::

        mem = relu(beta * mem + input_map(x))
        spikes = quant_fn(spike_fn(mem - threshold))
        return graded_spikes_factor * spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored.

    Args:
        input_size: Size of the feature dimension of the input, at least 1.
        hidden_size: Size of the feature dimension of output and states, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        graded_spikes_factor: Value of a spike, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    Attributes:
        input_map: `nn.Linear(input_size, hidden_size)`.

    States:
        mem: Membrane, `[..., hidden_size]`.

    Shape:
        Input: `input_size` features in dimension `dim`. Output: the same shape, but `hidden_size`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Eshraghian et al. 2023, "Training spiking neural networks using lessons from deep learning",
            arXiv:2109.12894.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.snntorch.LeakyParallel(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LeakyParallelState
    _output_size = "hidden_size"
    _digest = "4abf24b5d0d11e3c"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        graded_spikes_factor: Value = 1.0,
        dim: int = -1,
        *,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        graded_spikes_factor_rank: int = 0,
        learn_graded_spikes_factor: bool = False,
        spike_fn: TensorFunction = arctan,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(hidden_size, dim)
        self.in_features = self._check_size("input_size", input_size)
        self.input_size = input_size
        self.hidden_size = hidden_size

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter(
            "graded_spikes_factor",
            graded_spikes_factor,
            graded_spikes_factor_rank,
            learn_graded_spikes_factor,
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.input_map = nn.Linear(input_size, hidden_size)

    def step(self, x: Tensor, states: LeakyParallelState) -> tuple[Tensor, LeakyParallelState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        beta = self.beta
        threshold = self.threshold
        graded_spikes_factor = self.graded_spikes_factor

        mem = torch.relu(beta * mem + self.input_map(x))
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        return graded_spikes_factor * spikes, LeakyParallelState(mem)
