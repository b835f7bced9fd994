# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0c0ddb935dd64806
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.rnn import Layer


class SLSTMState(NamedTuple):
    """The states of `SLSTM`."""

    syn: Tensor
    mem: Tensor


class SLSTM(Layer):
    """Spiking long short-term memory of snnTorch.

    Choose it to port `snntorch.SLSTM`, a long short-term memory that fires on its hidden state.

    One timestep, for an input `x`::

        i, f, g, o = chunk(input_map(x) + hidden_map(mem), 4)
        syn = sigmoid(f) * syn + sigmoid(i) * tanh(g)
        mem = sigmoid(o) * tanh(syn)
        spikes = quant_fn(spike_fn(mem - threshold))
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored.

    Args:
        input_size: Size of the feature dimension of the input, at least 1.
        hidden_size: Size of the feature dimension of output and states, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    Attributes:
        input_map: `nn.Linear(input_size, 4 * hidden_size)`.
        hidden_map: `nn.Linear(hidden_size, 4 * hidden_size)`.

    States:
        syn: Cell state, `[..., hidden_size]`.
        mem: Membrane, the hidden state, `[..., hidden_size]`.

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
        >>> layer = tt.zoo.snntorch.SLSTM(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SLSTMState
    _output_size = "hidden_size"
    _digest = "a8511df80cfe2f28"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        spike_fn: TensorFunction = arctan,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(hidden_size, dim)
        self.in_features = self._check_size("input_size", input_size)
        self.input_size = input_size
        self.hidden_size = hidden_size

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.input_map = nn.Linear(input_size, 4 * hidden_size)
        self.hidden_map = nn.Linear(hidden_size, 4 * hidden_size)

    def step(self, x: Tensor, states: SLSTMState) -> tuple[Tensor, SLSTMState]:
        """Run one timestep, features last, as a pure function of input and states."""
        syn, mem = states
        threshold = self.threshold

        i, f, g, o = (self.input_map(x) + self.hidden_map(mem)).chunk(4, dim=-1)
        syn = torch.sigmoid(f) * syn + torch.sigmoid(i) * torch.tanh(g)
        mem = torch.sigmoid(o) * torch.tanh(syn)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        return spikes, SLSTMState(syn, mem)
