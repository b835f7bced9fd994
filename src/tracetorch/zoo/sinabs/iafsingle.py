# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 46bb35c1d6930fe7
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import single_exponential


class IAFSingleState(NamedTuple):
    """The states of `IAFSingle`."""

    v_mem: Tensor


class IAFSingle(Layer):
    """Integrate-and-fire neuron of Sinabs with one spike per timestep.

    Choose it to port `sinabs.layers.IAF` with `spike_fn=SingleSpike`.

    One timestep, for an input `x`::

        v_mem = v_mem + x
        spikes = 1 - quant_fn(spike_fn(1 - v_mem / spike_threshold))
        v_mem = v_mem - spikes * spike_threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.spike_threshold` is the value inside its domain, computed from
    `layer.raw_spike_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        spike_threshold: Threshold of the spikes, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default
            `single_exponential`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v_mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Sheik, Lenz, Bauer and Kuepelioglu, "SINABS: A simple Pytorch based SNN library specialised
            for Speck", doi:10.5281/zenodo.8385545.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.sinabs.IAFSingle(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IAFSingleState
    _digest = "c1f7bc5ca56f56b7"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        spike_threshold: Value = 1.0,
        dim: int = -1,
        *,
        spike_threshold_rank: int = 0,
        learn_spike_threshold: bool = False,
        spike_fn: TensorFunction = single_exponential,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter(
            "spike_threshold", spike_threshold, spike_threshold_rank, learn_spike_threshold
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: IAFSingleState) -> tuple[Tensor, IAFSingleState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v_mem = states.v_mem
        spike_threshold = self.spike_threshold

        v_mem = v_mem + x
        spikes = 1 - self.quant_fn(self.spike_fn(1 - v_mem / spike_threshold))
        v_mem = v_mem - spikes * spike_threshold
        return spikes, IAFSingleState(v_mem)
