# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c5a081e21590308b
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer


class ILIFState(NamedTuple):
    """The states of `ILIF`."""

    mem: Tensor


class ILIF(Layer):
    """Leaky integrator with integer firing.

    Choose it to train with integers that are run as several binary timesteps afterwards. Also
    called I-LIF, integer leaky integrate-and-fire neuron.

    One timestep, for an input `x`::

        mem = beta * mem + x
        spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels))
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.25.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        levels: Largest number of spikes in a timestep, above 0. Default 4.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
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
        >>> layer = tt.zoo.ILIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ILIFState
    _digest = "376d8a7937b49511"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.25,
        threshold: Value = 1.0,
        levels: Value = 4.0,
        dim: int = -1,
        *,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        levels_rank: int = 0,
        learn_levels: bool = False,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_threshold("levels", levels, levels_rank, learn_levels)

        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ILIFState) -> tuple[Tensor, ILIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        beta = self.beta
        threshold = self.threshold
        levels = self.levels

        mem = beta * mem + x
        spikes = self.quant_fn((mem / threshold).clamp(min=0).clamp(max=levels))
        mem = mem - spikes * threshold
        return spikes, ILIFState(mem)
