# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8d7624fddf334ac1
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class AlphaLIFState(NamedTuple):
    """The states of `AlphaLIF`."""

    onset: Tensor
    current: Tensor
    mem: Tensor


class AlphaLIF(Layer):
    """Leaky integrate-and-fire neuron with an alpha synapse.

    Choose it where each input should act with a delay, by a current that rises and falls smoothly.
    Also called alpha synapse.

    One timestep, for an input `x`::

        onset = fall * onset + x
        current = fall * current + onset
        mem = beta * mem + (1 - fall) * (1 - fall) * current
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        fall: Decay of the falling part of the synapse, in (0, 1). Default 0.8.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        onset: Rise of the synaptic current.
        current: Synaptic current.
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
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 3.1.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.AlphaLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = AlphaLIFState
    _digest = "7839e3d79ed74e21"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        fall: Value = 0.8,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        fall_rank: int = 1,
        learn_fall: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("fall", fall, fall_rank, learn_fall)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: AlphaLIFState) -> tuple[Tensor, AlphaLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        onset, current, mem = states
        beta = self.beta
        threshold = self.threshold
        fall = self.fall

        onset = fall * onset + x
        current = fall * current + onset
        mem = beta * mem + (1 - fall) * (1 - fall) * current
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * threshold
        return spikes, AlphaLIFState(onset, current, mem)
