# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7167d2792041d03d
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from ..core import TensorFunction, Value
from ..functional import negative, positive, sigmoid4x
from .layer import Layer


class DSRLITState(NamedTuple):
    """The states of `DSRLIT`."""

    pos_syn: Tensor
    neg_syn: Tensor
    pos_rec: Tensor
    neg_rec: Tensor
    prev_output: Tensor
    pos_mem: Tensor
    neg_mem: Tensor


class DSRLIT(Layer):
    """Dual synaptic recurrent leaky integrator with ternary firing.

    Choose it where both signs carry information, firing above one threshold and below another.
    Positive and negative drive are integrated separately, each with its own decay. A synaptic trace
    smooths the input before it reaches the membrane. Each neuron receives a weighted trace of its
    own past output.

    One timestep, for an input `x`::

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_rec = pos_gamma * pos_rec + (1 - pos_gamma) * positive(prev_output)
        neg_rec = neg_gamma * neg_rec + (1 - neg_gamma) * negative(prev_output)
        rec = pos_rec + neg_rec
        pos_mem = pos_beta * pos_mem + positive(syn) + pos_rec_weight * positive(rec)
        neg_mem = neg_beta * neg_mem + negative(syn) + neg_rec_weight * negative(rec)
        mem = pos_mem + neg_mem
        pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias))
        neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias))
        reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
        pos_mem = pos_mem - 0.5 * reset
        neg_mem = neg_mem - 0.5 * reset
        output = pos_spikes + neg_spikes
        prev_output = output
        return output

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.pos_alpha` is the value inside its domain, computed from
    `layer.raw_pos_alpha`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        pos_alpha: Synaptic decay, positive branch, in (0, 1). Default 0.5.
        neg_alpha: Synaptic decay, negative branch, in (0, 1). Default 0.5.
        pos_beta: Membrane decay, positive branch, in (0, 1). Default 0.9.
        neg_beta: Membrane decay, negative branch, in (0, 1). Default 0.9.
        pos_gamma: Decay of the recurrent trace, positive branch, in (0, 1). Default 0.9.
        neg_gamma: Decay of the recurrent trace, negative branch, in (0, 1). Default 0.9.
        pos_threshold: Positive firing threshold, above 0. Default 1.0.
        neg_threshold: Magnitude of the negative firing threshold, above 0. Default 1.0.
        bias: Shift of the membrane relative to its thresholds, any finite number. Default 0.0.
        pos_rec_weight: Weight of the recurrent trace, positive branch, any finite number. Default
            0.0.
        neg_rec_weight: Weight of the recurrent trace, negative branch, any finite number. Default
            0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        pos_syn: Synaptic trace, positive branch.
        neg_syn: Synaptic trace, negative branch.
        pos_rec: Recurrent trace, positive branch.
        neg_rec: Recurrent trace, negative branch.
        prev_output: What the layer returned last.
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
        Guo et al. 2024, "Ternary Spike", arXiv:2312.06372.
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.snn.DSRLIT(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = DSRLITState
    _digest = "0da952a65810e8ca"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        pos_alpha: Value = 0.5,
        neg_alpha: Value = 0.5,
        pos_beta: Value = 0.9,
        neg_beta: Value = 0.9,
        pos_gamma: Value = 0.9,
        neg_gamma: Value = 0.9,
        pos_threshold: Value = 1.0,
        neg_threshold: Value = 1.0,
        bias: Value = 0.0,
        pos_rec_weight: Value = 0.0,
        neg_rec_weight: Value = 0.0,
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
        pos_gamma_rank: int = 1,
        learn_pos_gamma: bool = True,
        neg_gamma_rank: int = 1,
        learn_neg_gamma: bool = True,
        pos_threshold_rank: int = 1,
        learn_pos_threshold: bool = True,
        neg_threshold_rank: int = 1,
        learn_neg_threshold: bool = True,
        bias_rank: int = 1,
        learn_bias: bool = True,
        pos_rec_weight_rank: int = 1,
        learn_pos_rec_weight: bool = True,
        neg_rec_weight_rank: int = 1,
        learn_neg_rec_weight: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("pos_alpha", pos_alpha, pos_alpha_rank, learn_pos_alpha)
        self._register_decay("neg_alpha", neg_alpha, neg_alpha_rank, learn_neg_alpha)
        self._register_decay("pos_beta", pos_beta, pos_beta_rank, learn_pos_beta)
        self._register_decay("neg_beta", neg_beta, neg_beta_rank, learn_neg_beta)
        self._register_decay("pos_gamma", pos_gamma, pos_gamma_rank, learn_pos_gamma)
        self._register_decay("neg_gamma", neg_gamma, neg_gamma_rank, learn_neg_gamma)
        self._register_threshold(
            "pos_threshold", pos_threshold, pos_threshold_rank, learn_pos_threshold
        )
        self._register_threshold(
            "neg_threshold", neg_threshold, neg_threshold_rank, learn_neg_threshold
        )
        self._register_bias("bias", bias, bias_rank, learn_bias)
        self._register_parameter(
            "pos_rec_weight", pos_rec_weight, pos_rec_weight_rank, learn_pos_rec_weight
        )
        self._register_parameter(
            "neg_rec_weight", neg_rec_weight, neg_rec_weight_rank, learn_neg_rec_weight
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: DSRLITState) -> tuple[Tensor, DSRLITState]:
        """Run one timestep, features last, as a pure function of input and states."""
        pos_syn, neg_syn, pos_rec, neg_rec, prev_output, pos_mem, neg_mem = states
        pos_alpha, neg_alpha = self.pos_alpha, self.neg_alpha
        pos_beta, neg_beta = self.pos_beta, self.neg_beta
        pos_gamma, neg_gamma = self.pos_gamma, self.neg_gamma
        pos_threshold, neg_threshold = self.pos_threshold, self.neg_threshold
        bias = self.bias
        pos_rec_weight, neg_rec_weight = self.pos_rec_weight, self.neg_rec_weight

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_rec = pos_gamma * pos_rec + (1 - pos_gamma) * positive(prev_output)
        neg_rec = neg_gamma * neg_rec + (1 - neg_gamma) * negative(prev_output)
        rec = pos_rec + neg_rec
        pos_mem = pos_beta * pos_mem + positive(syn) + pos_rec_weight * positive(rec)
        neg_mem = neg_beta * neg_mem + negative(syn) + neg_rec_weight * negative(rec)
        mem = pos_mem + neg_mem
        pos_spikes = self.quant_fn(self.spike_fn(mem - pos_threshold + bias))
        neg_spikes = -self.quant_fn(self.spike_fn(-mem - neg_threshold - bias))
        reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
        pos_mem = pos_mem - 0.5 * reset
        neg_mem = neg_mem - 0.5 * reset
        output = pos_spikes + neg_spikes
        prev_output = output
        return output, DSRLITState(
            pos_syn, neg_syn, pos_rec, neg_rec, prev_output, pos_mem, neg_mem
        )
