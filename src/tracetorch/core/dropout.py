"""Dropout with one mask for all timesteps of a sequence."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .layer import Layer


class SequenceDropout(Layer):
    """Dropout that drops the same elements at all timesteps of a sequence.

    `nn.Dropout` draws another mask at each timestep, so that a layer with memory receives every
    element at some of them. Here the mask is a state: it is drawn at the first timestep, kept until
    `zero_states()`, and differs between the elements of a batch. In evaluation nothing is dropped.

    Args:
        num_neurons: The number of features of the input, at least 1.
        p: The probability of an element to be dropped, from 0 to 1; the others are divided by
            `1 - p`. Default 0.5.
        dim: The feature dimension of the input, negative or not. Default -1.

    States:
        mask: 0 where an element is dropped, `1 / (1 - p)` elsewhere.

    Shape:
        The output and the mask have the shape of the input, with any number of dimensions.

    Raises:
        ValueError: `p` is not in [0, 1]; when called in training, the input does not have
            `num_neurons` features, or does not continue the sequence of the mask.

    Source:
        Gal and Ghahramani 2016, "A Theoretically Grounded Application of Dropout in Recurrent
        Neural Networks".

    Example:
        >>> import torch, tracetorch as tt
        >>> dropout, x = tt.SequenceDropout(64, p=0.5), torch.ones(8, 64)
        >>> first = dropout(x)
        >>> torch.equal(first, dropout(x))
        True
        >>> dropout.zero_states()  # a new sequence, with another mask
        >>> torch.equal(first, dropout(x))
        False
    """

    mask: Tensor

    def __init__(self, num_neurons: int, p: float = 0.5, dim: int = -1) -> None:
        super().__init__(num_neurons, dim, in_features=num_neurons)
        if not 0 <= p <= 1:
            raise ValueError(f"{self._title}: p must be in [0, 1], got {p!r}")
        self.p = p
        self._initialize_state("mask")

    def forward(self, x: Tensor) -> Tensor:
        """Return the input times the mask; in evaluation the input itself."""
        return self._masked(x, x)

    def over_time(self, xs: Tensor) -> Tensor:
        """Return the inputs of several timesteps, time first, times the mask."""
        return self._masked(xs, xs[0])

    def _masked(self, values: Tensor, x: Tensor) -> Tensor:
        """Return values times the mask for a timestep `x`, which the first one draws."""
        if not self.training:
            return values
        self._ensure_states(x)
        return values * self.mask

    def _initial_state(self, name: str, x: Tensor, dtype: torch.dtype) -> Tensor:
        # The random numbers must not depend on strides, which differ in tt.unroll.
        zeros = super()._initial_state(name, x, dtype)
        return F.dropout(torch.ones_like(zeros, memory_format=torch.contiguous_format), self.p)

    def extra_repr(self) -> str:
        """The number of neurons, `p` and `dim`."""
        return f"{self.num_neurons}, p={self.p}, dim={self.dim}"
