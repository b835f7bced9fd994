# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2d8e1665e85ee985
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class KLIFState(NamedTuple):
    """The states of `KLIF`."""

    v: Tensor


class KLIF(Layer):
    """Leaky integrate-and-fire neuron of SpikingJelly with a trained factor.

    Choose it to port `KLIFNode`, which trains how steeply the membrane approaches the threshold.
    Also called KLIFNode.

    One timestep, for an input `x`::

        v = relu(k * (v + (x - (v - v_reset)) / tau))
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.k` is the value inside its domain, computed from `layer.raw_k`, which is
    stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau: Membrane time constant in timesteps, any finite number. Default 2.0.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, and at first, any finite number. Default 0.0.
        k: Factor of the membrane before it is rectified, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_tau`, `learn_v_threshold`, `learn_v_reset`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
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
        Jiang and Zhang 2023, "KLIF", arXiv:2302.09238.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.KLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = KLIFState
    _digest = "74d7004a4388ade2"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau: Value = 2.0,
        v_threshold: Value = 1.0,
        v_reset: Value = 0.0,
        k: Value = 1.0,
        dim: int = -1,
        *,
        tau_rank: int = 0,
        learn_tau: bool = False,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        k_rank: int = 0,
        learn_k: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau", tau, tau_rank, learn_tau)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("k", k, k_rank, learn_k)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: KLIFState) -> tuple[Tensor, KLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v = states.v
        tau = self.tau
        v_threshold = self.v_threshold
        v_reset = self.v_reset
        k = self.k

        v = torch.relu(k * (v + (x - (v - v_reset)) / tau))
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, KLIFState(v)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        return {"v": v_reset}
