"""The inputs of several timesteps, beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .layer import Layer


class Lags(Layer):
    """The inputs of these many timesteps ago, concatenated: a short memory between two layers.

    A linear map over lagged copies is a causal convolution over time, dilated where lags are left
    out. Inputs before the beginning of the sequence count as 0. `tt.unroll` needs no loop.

    Args:
        num_neurons: The number of features of the input, at least 1.
        lags: Timesteps, each at least 0 and given once; 0 is the present input. Default
            `(0, 1, 2, 4)`.
        dim: The feature dimension of the input, negative or not. Default -1.

    States:
        past: The last `max(lags)` inputs, the latest last.

    Shape:
        The output has the shape of the input, with `len(lags) * num_neurons` features: those of the
        first lag, then those of the second. The state has the shape of the input, and `max(lags)`
        as an additional last dimension.

    Raises:
        TypeError: A lag is no integer.
        ValueError: There are no lags, one is below 0 or given twice; when called, the input does not
            have `num_neurons` features, or does not continue the sequence of the state.

    Example:
        >>> import torch, tracetorch as tt
        >>> lags = tt.Lags(1, lags=(0, 2))
        >>> tt.unroll(lags, torch.tensor([[1.0], [2.0], [3.0]]))
        tensor([[1., 0.],
                [2., 0.],
                [3., 1.]])
        >>> net = torch.nn.Sequential(tt.Lags(64), torch.nn.Linear(4 * 64, 64), tt.snn.LIB(64))
    """

    past: Tensor

    def __init__(self, num_neurons: int, lags: Sequence[int] = (0, 1, 2, 4), dim: int = -1) -> None:
        super().__init__(num_neurons, dim, in_features=num_neurons)
        self.lags = tuple(self._check_size("a lag", lag, least=0) for lag in lags)
        if not lags or len(set(self.lags)) < len(self.lags):
            raise ValueError(f"{self._title}: lags must be different numbers, got {self.lags}")
        self._initialize_state("past", num_neurons, max(self.lags))

    def forward(self, x: Tensor) -> Tensor:
        """Return the lagged inputs of one timestep, and store the input."""
        return self.over_time(x.unsqueeze(0)).squeeze(0)

    def over_time(self, xs: Tensor) -> Tensor:
        """Return the lagged inputs of several timesteps, time first, and store the last inputs."""
        self._ensure_states(xs[0])
        past = self.past.movedim(-1, 0)
        inputs = torch.cat((past, xs.to(past.dtype)))
        self.past = inputs[len(xs) :].movedim(0, -1).clone()
        starts = (len(past) - lag for lag in self.lags)
        copies = [inputs[start : start + len(xs)] for start in starts]
        return torch.cat(copies, self.dim if self.dim < 0 else self.dim + 1)

    def extra_repr(self) -> str:
        """The number of neurons, the lags and `dim`."""
        return f"{self.num_neurons}, lags={self.lags}, dim={self.dim}"
