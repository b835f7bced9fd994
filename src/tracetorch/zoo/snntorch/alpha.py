# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 55e96335d80dc9a7
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.snn import Layer


class AlphaState(NamedTuple):
    """The states of `Alpha`."""

    syn_exc: Tensor
    syn_inh: Tensor
    mem: Tensor


class Alpha(Layer):
    """Alpha neuron of snnTorch.

    Choose it to port `snntorch.Alpha`, whose membrane rises and falls after an input; `alpha` must
    be above `beta`.

    One timestep, for an input `x`::

        reset = mask(mem > threshold)
        scale = 1 + log(alpha) / (log(beta) - log(alpha))
        syn_exc = (1 - reset) * (alpha * syn_exc + x)
        syn_inh = (1 - reset) * (beta * syn_inh - x)
        mem = scale * (syn_exc + syn_inh)
        spikes = quant_fn(spike_fn(mem - threshold))
        return spikes

    `mask` is 1 where a comparison holds, and 0 elsewhere.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.alpha` is the value inside its domain, computed from `layer.raw_alpha`,
    which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        alpha: Synaptic decay, in (0, 1). Default 0.9.
        beta: Membrane decay, in (0, 1). Default 0.8.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        syn_exc: Excitatory synaptic current.
        syn_inh: Inhibitory synaptic current.
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
        Eshraghian et al. 2023, "Training spiking neural networks using lessons from deep learning",
            arXiv:2109.12894.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.snntorch.Alpha(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = AlphaState
    _digest = "798cd5ecc95dbb4c"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        alpha: Value = 0.9,
        beta: Value = 0.8,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        alpha_rank: int = 0,
        learn_alpha: bool = False,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        spike_fn: TensorFunction = arctan,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("alpha", alpha, alpha_rank, learn_alpha)
        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: AlphaState) -> tuple[Tensor, AlphaState]:
        """Run one timestep, features last, as a pure function of input and states."""
        syn_exc, syn_inh, mem = states
        alpha = self.alpha
        beta = self.beta
        threshold = self.threshold

        reset = (mem > threshold).to(x.dtype)
        scale = 1 + torch.log(alpha) / (torch.log(beta) - torch.log(alpha))
        syn_exc = (1 - reset) * (alpha * syn_exc + x)
        syn_inh = (1 - reset) * (beta * syn_inh - x)
        mem = scale * (syn_exc + syn_inh)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        return spikes, AlphaState(syn_exc, syn_inh, mem)
