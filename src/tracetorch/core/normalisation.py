"""Batch normalisation with statistics over the batch and time."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor
from torch.nn.modules.batchnorm import _NormBase

from .axis import FeatureAxis


class SequenceBatchNorm(_NormBase):
    """Batch normalisation with statistics over the batch and all timesteps, by `tt.unroll`.

    In training, each feature is normalised over all else in the sequence that `tt.unroll` is given,
    and the running statistics are updated once for it. In evaluation the running statistics are
    used, so that a timestep may also run alone. Parameters, buffers and `state_dict` are those of
    `nn.BatchNorm1d`.

    Args:
        num_features: The number of features of the input.
        dim: The feature dimension of the input of a timestep, negative or not. Default -1.
        eps: Added to the variance. Default 1e-5.
        momentum: The weight of new statistics in the running ones; `None` for their mean. Default
            0.1.
        affine: Whether there are a trained `weight` and `bias`. Default True.

    Shape:
        The output of a timestep has the shape of its input, with any number of dimensions.

    Raises:
        ValueError: When called, the input does not have `num_features` features; in training, there
            is one value of each feature.
        RuntimeError: When called with one timestep in training, also by the loop of `tt.unroll`:
            `tt.unroll.plan(model)` returns which part loops, and why.

    Source:
        Ioffe and Szegedy 2015, "Batch Normalization".

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(8, 64), tt.SequenceBatchNorm(64), tt.snn.LIB(64))
        >>> ys = tt.unroll(net, torch.rand(100, 32, 8))  # statistics over 3,200 samples
        >>> net.eval().zero_grad()
        >>> tt.zero_states(net)
        >>> y = net(torch.rand(32, 8))  # one timestep
    """

    num_batches_tracked: Tensor

    def __init__(
        self,
        num_features: int,
        dim: int = -1,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
    ) -> None:
        # Not nn.BatchNorm1d, which convert_sync_batchnorm would replace by one of a timestep.
        super().__init__(num_features, eps, momentum, affine)
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return the input of one timestep, normalised by the running statistics."""
        if self.training:
            raise RuntimeError(
                "SequenceBatchNorm: in training, its statistics need the whole sequence, but it was "
                "called with one timestep; use tt.unroll(model, xs), and see tt.unroll.plan(model) "
                "for what runs in the loop there, or call eval()"
            )
        return self.over_time(x.unsqueeze(0)).squeeze(0)

    def over_time(self, xs: Tensor) -> Tensor:
        """Return the inputs of several timesteps, time first, normalised."""
        shape = xs.shape[1:]
        if not FeatureAxis(self.dim).is_in(shape, self.num_features):
            raise ValueError(
                f"SequenceBatchNorm: the input must have {self.num_features} features in dimension "
                f"dim = {self.dim}, got shape {tuple(shape)}"
            )
        axis = 1 + self.dim % len(shape)
        ys = F.batch_norm(
            xs.flatten(0, axis - 1),
            *(self.running_mean, self.running_var, self.weight, self.bias),
            training=self.training,
            momentum=self._momentum() if self.training else 0.0,
            eps=self.eps,
        )
        return ys.view(xs.shape)

    def _momentum(self) -> float:
        """Count a sequence, and return the weight of its statistics."""
        self.num_batches_tracked.add_(1)
        return 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum

    def extra_repr(self) -> str:
        """The number of features and the options."""
        options = f"eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{self.num_features}, dim={self.dim}, {options}"
