# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8e732b25d7216f47
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer


class RILIFState(NamedTuple):
    """The states of `RILIF`."""

    rec: Tensor
    prev_output: Tensor
    mem: Tensor


class RILIF(Layer):
    """Recurrent leaky integrator with integer firing.

    Choose it to train with integers that are run as several binary timesteps afterwards. Each
    neuron receives a weighted trace of its own past output.

    One timestep, for an input `x`::

        rec = gamma * rec + (1 - gamma) * prev_output
        mem = beta * mem + x + rec_weight * rec
        spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.gamma` is the value inside its domain, computed from `layer.raw_gamma`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.25.
        gamma: Decay of the recurrent trace, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rec_weight: Weight of the recurrent trace, any finite number. Default 0.0.
        levels: Largest number of spikes in a timestep, above 0. Default 4.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `beta_rank`, `threshold_rank`, `levels_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_beta`, `learn_threshold`, `learn_levels`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        rec: Recurrent trace.
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
        Luo et al. 2024, arXiv:2407.20708.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.RILIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = RILIFState
    _digest = "6154d5d4c3f68f35"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.25,
        gamma: Value = 0.9,
        threshold: Value = 1.0,
        rec_weight: Value = 0.0,
        levels: Value = 4.0,
        dim: int = -1,
        *,
        beta_rank: int = 0,
        learn_beta: bool = False,
        gamma_rank: int = 1,
        learn_gamma: bool = True,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rec_weight_rank: int = 1,
        learn_rec_weight: bool = True,
        levels_rank: int = 0,
        learn_levels: bool = False,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_decay("gamma", gamma, gamma_rank, learn_gamma)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("rec_weight", rec_weight, rec_weight_rank, learn_rec_weight)
        self._register_threshold("levels", levels, levels_rank, learn_levels)

        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: RILIFState) -> tuple[Tensor, RILIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        rec, prev_output, mem = states
        beta = self.beta
        gamma = self.gamma
        threshold = self.threshold
        rec_weight = self.rec_weight
        levels = self.levels

        rec = gamma * rec + (1 - gamma) * prev_output
        mem = beta * mem + x + rec_weight * rec
        spikes = self.quant_fn((mem / threshold).clamp(min=0).clamp(max=levels))
        mem = mem - spikes * threshold
        prev_output = spikes
        return spikes, RILIFState(rec, prev_output, mem)
