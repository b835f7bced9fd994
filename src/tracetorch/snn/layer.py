"""The base of the spiking layers."""

from __future__ import annotations

from ..core import Layer as CoreLayer


class Layer(CoreLayer):
    """Base of the spiking layers: as many features out as in, and parameters with a domain.

    Derive from it to write a spiking layer by hand, with `_register_decay`, `_register_threshold`
    and `_register_bias`, each with the arguments `(name, value, rank, learnable)`: `self.<name>`
    is the usable value, `self.raw_<name>` what is stored and trained.

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
