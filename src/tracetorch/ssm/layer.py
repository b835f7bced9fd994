"""The base of the state-space layers."""

from __future__ import annotations

from ..core import Layer as CoreLayer


class Layer(CoreLayer):
    """Base of the state-space layers: as many features out as in, and states with further axes.

    Derive from it to write a state-space layer by hand. `_initialize_state(name, num_neurons,
    d_state)` gives a state a dimension of its own after those of the input; in `step` it comes
    right after the features: `[..., num_neurons, d_state]`.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        dim: Which dimension of the input holds the features. Default -1.

    Raises:
        TypeError: An argument is not an integer.
        ValueError: `num_neurons` is below 1; at the call, the input has another number of features,
            or does not continue the sequence that the states remember.

    Example:
        >>> import torch, tracetorch as tt
        >>> from typing import NamedTuple
        >>> class PowersState(NamedTuple):
        ...     modes: torch.Tensor
        >>> class Powers(tt.ssm.Layer):
        ...     State = PowersState
        ...     def __init__(self, num_neurons, d_state, dim=-1):
        ...         super().__init__(num_neurons, dim)
        ...         self._initialize_state("modes", num_neurons, d_state)
        ...         self.register_buffer("decays", torch.linspace(0.5, 0.9, d_state))
        ...     def step(self, x, states):
        ...         modes = self.decays * states.modes + x.unsqueeze(-1)
        ...         return modes.sum(-1), PowersState(modes)
        >>> layer = Powers(3, 8, dim=1)
        >>> layer(torch.rand(4, 3, 5)).shape, layer.modes.shape
        (torch.Size([4, 3, 5]), torch.Size([4, 3, 5, 8]))
    """

    def __init__(self, num_neurons: int, dim: int = -1) -> None:
        super().__init__(num_neurons, dim, in_features=num_neurons)
        self._decays += ["A_log", "log_dt", "dt_proj.bias"]  # of which a layer may have some
