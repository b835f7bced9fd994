# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6a9e5e553744e0e5
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class ALIBState(NamedTuple):
    """The states of `ALIB`."""

    adapt: Tensor
    prev_output: Tensor
    mem: Tensor


class ALIB(Layer):
    """Adaptive leaky integrator with binary firing.

    Choose it as the standard spiking neuron, which fires above one threshold. Its threshold rises
    with each spike and decays back, so that the firing rate falls under constant input. Also called
    ALIF, adaptive LIF, adaptive threshold.

    One timestep, for an input `x`::

        adapt = rho * adapt + (1 - rho) * abs(prev_output)
        threshold = threshold + adapt_weight * adapt
        mem = beta * mem + x
        spikes = quant_fn(spike_fn(mem - threshold + bias))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        bias: Shift of the membrane relative to its thresholds, any finite number. Default 0.0.
        rho: Decay of the adaptation, in (0, 1). Default 0.95.
        adapt_weight: Weight of the adaptation in the threshold, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        adapt: Adaptation.
        prev_output: What the layer returned last.
        mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.
        Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking
            neurons", arXiv:1803.09574.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.ALIB(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ALIBState
    _digest = "7f9bafd198b69d64"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        bias: Value = 0.0,
        rho: Value = 0.95,
        adapt_weight: Value = 1.0,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        bias_rank: int = 1,
        learn_bias: bool = True,
        rho_rank: int = 1,
        learn_rho: bool = True,
        adapt_weight_rank: int = 1,
        learn_adapt_weight: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_bias("bias", bias, bias_rank, learn_bias)
        self._register_decay("rho", rho, rho_rank, learn_rho)
        self._register_parameter(
            "adapt_weight", adapt_weight, adapt_weight_rank, learn_adapt_weight
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ALIBState) -> tuple[Tensor, ALIBState]:
        """Run one timestep, features last, as a pure function of input and states."""
        adapt, prev_output, mem = states
        beta = self.beta
        threshold = self.threshold
        bias = self.bias
        rho = self.rho
        adapt_weight = self.adapt_weight

        adapt = rho * adapt + (1 - rho) * torch.abs(prev_output)
        threshold = threshold + adapt_weight * adapt
        mem = beta * mem + x
        spikes = self.quant_fn(self.spike_fn(mem - threshold + bias))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes, ALIBState(adapt, prev_output, mem)
