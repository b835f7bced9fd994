# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ef84b79d07edd9c4
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import rectangular, round_ste
from tracetorch.snn import Layer


class CUBALIFState(NamedTuple):
    """The states of `CUBALIF`."""

    c: Tensor
    v: Tensor


class CUBALIF(Layer):
    """Current-based leaky integrate-and-fire neuron of SpikingJelly.

    Choose it to port `CUBALIFNode`, whose synaptic current decays. Also called CUBALIFNode.

    One timestep, for an input `x`::

        c = c_decay * c + x
        v = v_decay * v + c
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.v_threshold` is the value inside its domain, computed from
    `layer.raw_v_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        v_threshold: Threshold of the spikes, any finite number. Default 0.5.
        v_reset: Membrane after a spike, and at first, any finite number. Default 0.0.
        c_decay: Decay of the synaptic current, any finite number. Default 0.5.
        v_decay: Decay of the membrane, any finite number. Default 0.75.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `rectangular`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        c: Synaptic current.
        v: Membrane, at first `v_reset`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Fang et al. 2023, "SpikingJelly", Science Advances 9, arXiv:2310.16620.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.CUBALIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = CUBALIFState
    _digest = "8c868e79313f37c6"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        v_threshold: Value = 0.5,
        v_reset: Value = 0.0,
        c_decay: Value = 0.5,
        v_decay: Value = 0.75,
        dim: int = -1,
        *,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        c_decay_rank: int = 0,
        learn_c_decay: bool = False,
        v_decay_rank: int = 0,
        learn_v_decay: bool = False,
        spike_fn: TensorFunction = rectangular,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("c_decay", c_decay, c_decay_rank, learn_c_decay)
        self._register_parameter("v_decay", v_decay, v_decay_rank, learn_v_decay)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: CUBALIFState) -> tuple[Tensor, CUBALIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        c, v = states
        v_threshold = self.v_threshold
        v_reset = self.v_reset
        c_decay, v_decay = self.c_decay, self.v_decay

        c = c_decay * c + x
        v = v_decay * v + c
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, CUBALIFState(c, v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        return {"v": v_reset}
