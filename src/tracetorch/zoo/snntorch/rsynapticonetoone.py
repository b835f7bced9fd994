# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3104a73735bdb55a
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.snn import Layer


class RSynapticOneToOneState(NamedTuple):
    """The states of `RSynapticOneToOne`."""

    syn: Tensor
    mem: Tensor
    prev_output: Tensor


class RSynapticOneToOne(Layer):
    """Recurrent synaptic leaky integrate-and-fire neuron of snnTorch without connections between neurons.

    Choose it to port `snntorch.RSynaptic` with `all_to_all=False`, where each neuron receives its
    own spikes.

    One timestep, for an input `x`::

        reset = mask(mem > threshold)
        syn = alpha * syn + x + V * prev_output
        mem = beta * mem + syn - reset * threshold
        spikes = quant_fn(spike_fn(mem - threshold))
        prev_output = spikes
        return spikes

    `mask` is 1 where a comparison holds, and 0 elsewhere.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.V` is the value inside its domain, computed from `layer.raw_V`, which is
    stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        alpha: Synaptic decay, in (0, 1). Default 0.9.
        beta: Membrane decay, in (0, 1). Default 0.8.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        V: Weight of the previous output, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_alpha`, `learn_beta`, `learn_threshold`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        syn: Synaptic current.
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
        >>> layer = tt.zoo.snntorch.RSynapticOneToOne(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RSynapticOneToOneState
    _digest = "1d019993decc7ad8"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        alpha: Value = 0.9,
        beta: Value = 0.8,
        threshold: Value = 1.0,
        V: Value = 1.0,
        dim: int = -1,
        *,
        alpha_rank: int = 0,
        learn_alpha: bool = False,
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

        self._register_decay("alpha", alpha, alpha_rank, learn_alpha)
        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("V", V, V_rank, learn_V)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(
        self, x: Tensor, states: RSynapticOneToOneState
    ) -> tuple[Tensor, RSynapticOneToOneState]:
        """Run one timestep, features last, as a pure function of input and states."""
        syn, mem, prev_output = states
        alpha = self.alpha
        beta = self.beta
        threshold = self.threshold
        V = self.V

        reset = (mem > threshold).to(x.dtype)
        syn = alpha * syn + x + V * prev_output
        mem = beta * mem + syn - reset * threshold
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        prev_output = spikes
        return spikes, RSynapticOneToOneState(syn, mem, prev_output)
