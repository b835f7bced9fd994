"""The base of the recurrent layers."""

from __future__ import annotations

from ..core import Layer as CoreLayer


class Layer(CoreLayer):
    """Base of the recurrent layers: the input may have another number of features than the output.

    Derive from it to write a recurrent layer by hand, by `step` or by `forward`.

    Args:
        num_neurons: Size of the feature dimension of output and states, at least 1.
        dim: Which dimension of the input holds the features. Default -1.
        in_features: How many features the input must have, at least 1. Default `None`: any number.

    Raises:
        TypeError: An argument is not an integer.
        ValueError: `num_neurons` or `in_features` is below 1; at the call, the input has the wrong
            number of features, or does not continue the sequence that the states remember.

    Example:
        >>> import torch, tracetorch as tt
        >>> from torch import nn
        >>> class Leaky(tt.rnn.Layer):
        ...     def __init__(self, in_features, out_features, dim=-1):
        ...         super().__init__(out_features, dim, in_features)
        ...         self.lin = nn.Linear(in_features, out_features)
        ...         self._initialize_state("H")
        ...     def forward(self, x):
        ...         self._ensure_states(x)
        ...         H = 0.5 * self._to_working_dim(self.H) + self.lin(self._to_working_dim(x))
        ...         self.H = self._from_working_dim(H)
        ...         return self.H.clone()
        >>> Leaky(3, 2, dim=1)(torch.rand(4, 3, 5)).shape
        torch.Size([4, 2, 5])
    """

    def extra_repr(self) -> str:
        """The features of the input, where they are known, before what every layer shows."""
        features = "" if self.in_features is None else f"{self.in_features}, "
        return features + super().extra_repr()
