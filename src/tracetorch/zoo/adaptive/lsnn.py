# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f30aa4837c8db1e8
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import triangular
from tracetorch.snn import Layer


class LSNNState(NamedTuple):
    """The states of `LSNN`."""

    mem: Tensor
    adapt: Tensor
    prev_output: Tensor


class LSNN(Layer):
    """Long short-term memory spiking neural network.

    Choose it to reproduce networks of adaptive neurons whose time constants are not trained.

    One timestep, for an input `x`::

        drive = (1 - beta) * (x + rec_map(prev_output))
        mem = beta * mem + drive - prev_output * (threshold + adapt_weight * adapt)
        adapt = rho * adapt + (1 - rho) * prev_output
        raised = threshold + adapt_weight * adapt
        spikes = quant_fn(spike_fn((mem - raised) / raised))
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.951229.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rho: Decay of the adaptation, in (0, 1). Default 0.998572.
        adapt_weight: Weight of the adaptation in the threshold, any finite number. Default 180.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `triangular`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    Attributes:
        rec_map: `nn.Linear(num_neurons, num_neurons, bias=False)`.

    States:
        mem: Membrane.
        adapt: Adaptation.
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
        Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking
            neurons", arXiv:1803.09574.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.LSNN(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LSNNState
    _digest = "7aeef30419215757"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.951229,
        threshold: Value = 1.0,
        rho: Value = 0.998572,
        adapt_weight: Value = 180.0,
        dim: int = -1,
        *,
        beta_rank: int = 0,
        learn_beta: bool = False,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rho_rank: int = 0,
        learn_rho: bool = False,
        adapt_weight_rank: int = 0,
        learn_adapt_weight: bool = False,
        spike_fn: TensorFunction = triangular,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("rho", rho, rho_rank, learn_rho)
        self._register_parameter(
            "adapt_weight", adapt_weight, adapt_weight_rank, learn_adapt_weight
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.rec_map = nn.Linear(num_neurons, num_neurons, bias=False)

    def step(self, x: Tensor, states: LSNNState) -> tuple[Tensor, LSNNState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, adapt, prev_output = states
        beta = self.beta
        threshold = self.threshold
        rho = self.rho
        adapt_weight = self.adapt_weight

        drive = (1 - beta) * (x + self.rec_map(prev_output))
        mem = beta * mem + drive - prev_output * (threshold + adapt_weight * adapt)
        adapt = rho * adapt + (1 - rho) * prev_output
        raised = threshold + adapt_weight * adapt
        spikes = self.quant_fn(self.spike_fn((mem - raised) / raised))
        prev_output = spikes
        return spikes, LSNNState(mem, adapt, prev_output)
