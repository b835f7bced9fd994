# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f9162d330c349484
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ..core import Value
from ..functional import negative, positive
from .layer import Layer


class DSLIState(NamedTuple):
    """The states of `DSLI`."""

    pos_syn: Tensor
    neg_syn: Tensor
    pos_mem: Tensor
    neg_mem: Tensor


class DSLI(Layer):
    """Dual synaptic leaky integrator.

    Choose it as a readout that accumulates evidence. Positive and negative drive are integrated
    separately, each with its own decay. A synaptic trace smooths the input before it reaches the
    membrane.

    One timestep, for an input `x`::

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_mem = pos_beta * pos_mem + positive(syn)
        neg_mem = neg_beta * neg_mem + negative(syn)
        mem = pos_mem + neg_mem
        return mem

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.pos_alpha` is the value inside its domain, computed from
    `layer.raw_pos_alpha`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        pos_alpha: Synaptic decay, positive branch, in (0, 1). Default 0.5.
        neg_alpha: Synaptic decay, negative branch, in (0, 1). Default 0.5.
        pos_beta: Membrane decay, positive branch, in (0, 1). Default 0.9.
        neg_beta: Membrane decay, negative branch, in (0, 1). Default 0.9.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.

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
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 1.3.
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.snn.DSLI(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = DSLIState
    _digest = "d0dbd60d33b93e5c"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        pos_alpha: Value = 0.5,
        neg_alpha: Value = 0.5,
        pos_beta: Value = 0.9,
        neg_beta: Value = 0.9,
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
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("pos_alpha", pos_alpha, pos_alpha_rank, learn_pos_alpha)
        self._register_decay("neg_alpha", neg_alpha, neg_alpha_rank, learn_neg_alpha)
        self._register_decay("pos_beta", pos_beta, pos_beta_rank, learn_pos_beta)
        self._register_decay("neg_beta", neg_beta, neg_beta_rank, learn_neg_beta)

    def step(self, x: Tensor, states: DSLIState) -> tuple[Tensor, DSLIState]:
        """Run one timestep, features last, as a pure function of input and states."""
        pos_syn, neg_syn, pos_mem, neg_mem = states
        pos_alpha, neg_alpha = self.pos_alpha, self.neg_alpha
        pos_beta, neg_beta = self.pos_beta, self.neg_beta

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
        syn = pos_syn + neg_syn
        pos_mem = pos_beta * pos_mem + positive(syn)
        neg_mem = neg_beta * neg_mem + negative(syn)
        mem = pos_mem + neg_mem
        return mem, DSLIState(pos_syn, neg_syn, pos_mem, neg_mem)
