# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3a2715a293c7d5eb
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from ..core import TensorFunction, Value
from ..functional import negative, positive, sigmoid4x
from .layer import Layer


class DSLIBState(NamedTuple):
    """The states of `DSLIB`."""

    pos_syn: Tensor
    neg_syn: Tensor
    pos_mem: Tensor
    neg_mem: Tensor


class DSLIB(Layer):
    """Dual synaptic leaky integrator with binary firing.

    Choose it as the standard spiking neuron, which fires above one threshold. Positive and negative
    drive are integrated separately, each with its own decay. A synaptic trace smooths the input
    before it reaches the membrane.

    One timestep, for an input `x`::

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_mem = pos_beta * pos_mem + positive(syn)
        neg_mem = neg_beta * neg_mem + negative(syn)
        mem = pos_mem + neg_mem
        spikes = quant_fn(spike_fn(mem - threshold + bias))
        reset = spikes * threshold
        pos_mem = pos_mem - 0.5 * reset
        neg_mem = neg_mem - 0.5 * reset
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.pos_alpha` is the value inside its domain, computed from
    `layer.raw_pos_alpha`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        pos_alpha: Synaptic decay, positive branch, in (0, 1). Default 0.5.
        neg_alpha: Synaptic decay, negative branch, in (0, 1). Default 0.5.
        pos_beta: Membrane decay, positive branch, in (0, 1). Default 0.9.
        neg_beta: Membrane decay, negative branch, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        bias: Shift of the membrane relative to its thresholds, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        pos_syn: Synaptic trace, positive branch.
        neg_syn: Synaptic trace, negative branch.
        pos_mem: Membrane, positive branch.
        neg_mem: Membrane, negative branch.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.snn.DSLIB(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = DSLIBState
    _digest = "12c71b0339948d4b"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        pos_alpha: Value = 0.5,
        neg_alpha: Value = 0.5,
        pos_beta: Value = 0.9,
        neg_beta: Value = 0.9,
        threshold: Value = 1.0,
        bias: Value = 0.0,
        dim: int = -1,
        *,
        pos_alpha_rank: int = 1,
        learn_pos_alpha: bool = True,
        neg_alpha_rank: int = 1,
        learn_neg_alpha: bool = True,
        pos_beta_rank: int = 1,
        learn_pos_beta: bool = True,
        neg_beta_rank: int = 1,
        learn_neg_beta: bool = True,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        bias_rank: int = 1,
        learn_bias: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("pos_alpha", pos_alpha, pos_alpha_rank, learn_pos_alpha)
        self._register_decay("neg_alpha", neg_alpha, neg_alpha_rank, learn_neg_alpha)
        self._register_decay("pos_beta", pos_beta, pos_beta_rank, learn_pos_beta)
        self._register_decay("neg_beta", neg_beta, neg_beta_rank, learn_neg_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_bias("bias", bias, bias_rank, learn_bias)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: DSLIBState) -> tuple[Tensor, DSLIBState]:
        """Run one timestep, features last, as a pure function of input and states."""
        pos_syn, neg_syn, pos_mem, neg_mem = states
        pos_alpha, neg_alpha = self.pos_alpha, self.neg_alpha
        pos_beta, neg_beta = self.pos_beta, self.neg_beta
        threshold = self.threshold
        bias = self.bias

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_mem = pos_beta * pos_mem + positive(syn)
        neg_mem = neg_beta * neg_mem + negative(syn)
        mem = pos_mem + neg_mem
        spikes = self.quant_fn(self.spike_fn(mem - threshold + bias))
        reset = spikes * threshold
        pos_mem = pos_mem - 0.5 * reset
        neg_mem = neg_mem - 0.5 * reset
        return spikes, DSLIBState(pos_syn, neg_syn, pos_mem, neg_mem)
