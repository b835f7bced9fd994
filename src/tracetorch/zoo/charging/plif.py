# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 24817a414a23433e
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class PLIFState(NamedTuple):
    """The states of `PLIF`."""

    mem: Tensor


class PLIF(Layer):
    """Parametric leaky integrate-and-fire neuron.

    Choose it to learn one time constant per layer, as in published PLIF networks. Also called
    parametric LIF.

    One timestep, for an input `x`::

        mem = mem + (x - mem) * rate
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.rate` is the value inside its domain, computed from `layer.raw_rate`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

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
        Fang et al. 2021, "Incorporating learnable membrane time constant to enhance learning of
            spiking neural networks", arXiv:2007.05785.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.PLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = PLIFState
    _digest = "7839d11642c19629"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        rate: Value = 0.5,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        rate_rank: int = 0,
        learn_rate: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("rate", rate, rate_rank, learn_rate)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: PLIFState) -> tuple[Tensor, PLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        threshold = self.threshold
        rate = self.rate

        mem = mem + (x - mem) * rate
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes, PLIFState(mem)
