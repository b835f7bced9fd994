# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8c6ec38240a61621
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import Value
from tracetorch.snn import Layer


class STBIFState(NamedTuple):
    """The states of `STBIF`."""

    q: Tensor
    acc_q: Tensor


class STBIF(Layer):
    """Bipolar integrate-and-fire neuron of SpikingJelly with a spike tracer.

    Choose it to port `STBIFNode`, for converted networks, since it has no surrogate gradient. Also
    called STBIFNode.

    One timestep, for an input `x`::

        q = q + x / q_threshold
        spikes = mask(q >= 1) * mask(acc_q < pos_max) - mask(q < 0) * mask(acc_q > neg_min)
        q = q - spikes
        acc_q = acc_q + spikes
        return spikes * q_threshold

    `mask` is 1 where a comparison holds, and 0 elsewhere.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.q_threshold` is the value inside its domain, computed from
    `layer.raw_q_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        q_threshold: Step of the quantizer, any finite number. Default 1.0.
        pos_max: Largest sum of all spikes, any finite number. Default 15.0.
        neg_min: Smallest sum of all spikes, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.

    States:
        q: Membrane, in steps of the quantizer, at first `0.5`.
        acc_q: Sum of all spikes.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        You et al. 2024, "SpikeZIP-TF", arXiv:2406.03470.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.STBIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = STBIFState
    _digest = "bb3a246ae7d99e61"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        q_threshold: Value = 1.0,
        pos_max: Value = 15.0,
        neg_min: Value = 0.0,
        dim: int = -1,
        *,
        q_threshold_rank: int = 0,
        learn_q_threshold: bool = False,
        pos_max_rank: int = 0,
        learn_pos_max: bool = False,
        neg_min_rank: int = 0,
        learn_neg_min: bool = False,
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("q_threshold", q_threshold, q_threshold_rank, learn_q_threshold)
        self._register_parameter("pos_max", pos_max, pos_max_rank, learn_pos_max)
        self._register_parameter("neg_min", neg_min, neg_min_rank, learn_neg_min)

    def step(self, x: Tensor, states: STBIFState) -> tuple[Tensor, STBIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        q, acc_q = states
        q_threshold = self.q_threshold
        pos_max = self.pos_max
        neg_min = self.neg_min

        q = q + x / q_threshold
        spikes = (q >= 1).to(x.dtype) * (acc_q < pos_max).to(x.dtype) - (q < 0).to(x.dtype) * (
            acc_q > neg_min
        ).to(x.dtype)
        q = q - spikes
        acc_q = acc_q + spikes
        return spikes * q_threshold, STBIFState(q, acc_q)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        return {"q": 0.5}
