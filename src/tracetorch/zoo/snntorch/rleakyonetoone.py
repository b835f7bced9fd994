# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a21f3b3cbfbfa0ce
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.snn import Layer


class RLeakyOneToOneState(NamedTuple):
    """The states of `RLeakyOneToOne`."""

    mem: Tensor
    prev_output: Tensor


class RLeakyOneToOne(Layer):
    """Recurrent leaky integrate-and-fire neuron of snnTorch without connections between neurons.

    Choose it to port `snntorch.RLeaky` with `all_to_all=False`, where each neuron receives its own
    spikes.

    One timestep, for an input `x`::

        reset = mask(mem > threshold)
        mem = beta * mem + x + V * prev_output - reset * threshold
        spikes = quant_fn(spike_fn(mem - threshold))
        prev_output = spikes
        return spikes

    `mask` is 1 where a comparison holds, and 0 elsewhere.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.V` is the value inside its domain, computed from `layer.raw_V`, which is
    stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        V: Weight of the previous output, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_beta`, `learn_threshold`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        mem: Membrane.
        prev_output: What the layer returned last.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

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
        >>> layer = tt.zoo.snntorch.RLeakyOneToOne(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RLeakyOneToOneState
    _digest = "7ad33ea22452220c"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        V: Value = 1.0,
        dim: int = -1,
        *,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        V_rank: int = 0,
        learn_V: bool = True,
        spike_fn: TensorFunction = arctan,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("V", V, V_rank, learn_V)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: RLeakyOneToOneState) -> tuple[Tensor, RLeakyOneToOneState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, prev_output = states
        beta = self.beta
        threshold = self.threshold
        V = self.V

        reset = (mem > threshold).to(x.dtype)
        mem = beta * mem + x + V * prev_output - reset * threshold
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        prev_output = spikes
        return spikes, RLeakyOneToOneState(mem, prev_output)
