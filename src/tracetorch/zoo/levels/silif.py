# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 510c077e4ebcb942
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer


class SILIFState(NamedTuple):
    """The states of `SILIF`."""

    syn: Tensor
    mem: Tensor


class SILIF(Layer):
    """Synaptic leaky integrator with integer firing.

    Choose it to train with integers that are run as several binary timesteps afterwards. A synaptic
    trace smooths the input before it reaches the membrane.

    One timestep, for an input `x`::

        syn = alpha * syn + (1 - alpha) * x
        mem = beta * mem + syn
        spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels))
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.alpha` is the value inside its domain, computed from `layer.raw_alpha`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        alpha: Synaptic decay, in (0, 1). Default 0.5.
        beta: Membrane decay, in (0, 1). Default 0.25.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        levels: Largest number of spikes in a timestep, above 0. Default 4.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `beta_rank`, `threshold_rank`, `levels_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_beta`, `learn_threshold`, `learn_levels`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        syn: Synaptic trace.
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
        Luo et al. 2024, arXiv:2407.20708.
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.SILIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = SILIFState
    _digest = "2ef5943c0531cdc2"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        alpha: Value = 0.5,
        beta: Value = 0.25,
        threshold: Value = 1.0,
        levels: Value = 4.0,
        dim: int = -1,
        *,
        alpha_rank: int = 1,
        learn_alpha: bool = True,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        levels_rank: int = 0,
        learn_levels: bool = False,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("alpha", alpha, alpha_rank, learn_alpha)
        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_threshold("levels", levels, levels_rank, learn_levels)

        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: SILIFState) -> tuple[Tensor, SILIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        syn, mem = states
        alpha = self.alpha
        beta = self.beta
        threshold = self.threshold
        levels = self.levels

        syn = alpha * syn + (1 - alpha) * x
        mem = beta * mem + syn
        spikes = self.quant_fn((mem / threshold).clamp(min=0).clamp(max=levels))
        mem = mem - spikes * threshold
        return spikes, SILIFState(syn, mem)
