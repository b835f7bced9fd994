"""The base of the spiking layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core import Layer as CoreLayer
from ..core import TensorFunction, Value
from ..functional import sigmoid_inverse, softplus, softplus_inverse


class Layer(CoreLayer):
    """Base of the spiking layers: as many features out as in, and parameters with a domain.

    Derive from it to write a spiking layer by hand. Beyond `tt.Layer` it offers
    `_register_decay`, `_register_threshold` and `_register_bias`, each with the arguments
    `(name, value, rank, learnable)`: `self.<name>` is the usable value, `self.raw_<name>` what is
    stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input, output and states, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Raises:
        ValueError: At the call, if the input has another number of features.

    Example:
        >>> import torch, tracetorch as tt
        >>> class Decaying(tt.snn.Layer):
        ...     def __init__(self, num_neurons, beta=0.5, dim=-1):
        ...         super().__init__(num_neurons, dim)
        ...         self._initialize_state("mem")
        ...         self._register_decay("beta", beta, rank=1, learnable=True)
        ...     def forward(self, x):
        ...         self._ensure_states(x)
        ...         mem = self.beta * self._to_working_dim(self.mem) + self._to_working_dim(x)
        ...         self.mem = self._from_working_dim(mem)
        ...         return self.mem.clone()
        >>> layer = Decaying(2)
        >>> layer(torch.ones(2)).tolist(), layer(torch.ones(2)).tolist()
        ([1.0, 1.0], [1.5, 1.5])
    """

    def __init__(self, num_neurons: int, dim: int = -1) -> None:
        super().__init__(num_neurons, dim, in_features=num_neurons)

    def _register_decay(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register what survives one timestep, in (0, 1), as the sigmoid of its raw value."""
        self._register_parameter(
            name,
            value,
            rank,
            learnable,
            inverse_fn=sigmoid_inverse,
            activation_fn=torch.sigmoid,
            domain="in (0, 1)",
        )

    def _register_threshold(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register a magnitude, above 0, as the softplus of its raw value."""
        self._register_parameter(
            name,
            value,
            rank,
            learnable,
            inverse_fn=softplus_inverse,
            activation_fn=softplus,
            domain="above 0 and finite",
        )

    def _register_bias(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register a shift, any number, as the arcsinh of its raw value: large ones grow slowly."""
        self._register_parameter(
            name,
            value,
            rank,
            learnable,
            inverse_fn=torch.sinh,
            activation_fn=torch.arcsinh,
        )

    def _register_function(self, name: str, function: TensorFunction) -> None:
        """Hold a function that the user chooses, such as `spike_fn`."""
        # Python makes a default once for all layers; hooks on one must not reach the others.
        setattr(self, name, nn.Identity() if type(function) is nn.Identity else function)
