# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5600e88f8156ede4
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class IFState(NamedTuple):
    """The states of `IF`."""

    mem: Tensor


class IF(Layer):
    """Integrate-and-fire neuron.

    Choose it where a membrane should not leak, as in networks that were converted from rectified
    ones.

    One timestep, for an input `x`::

        mem = mem + x
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
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
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 1.3.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.IF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IFState
    _digest = "865dd48f97de304e"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: IFState) -> tuple[Tensor, IFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        threshold = self.threshold

        mem = mem + x
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes, IFState(mem)
