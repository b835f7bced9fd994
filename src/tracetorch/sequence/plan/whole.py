"""The modules that can take all timesteps at once: those of PyTorch without states, and our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ...core import Lags, SequenceBatchNorm, SequenceDropout
from ..modules import each, kind

_POINTWISE = (
    *(nn.CELU, nn.ELU, nn.GELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh),
    *(nn.Identity, nn.LeakyReLU, nn.LogSigmoid, nn.Mish, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU),
    *(nn.Sigmoid, nn.Softplus, nn.Softshrink, nn.Softsign, nn.Tanh, nn.Tanhshrink, nn.Threshold),
    *(nn.Dropout, nn.AlphaDropout),
)
"""Elementwise modules; dropout counts only where it is inactive, which the caller checks."""

_IN_SPACE = {
    **dict.fromkeys((nn.Conv1d, nn.ConvTranspose1d, nn.MaxPool1d, nn.AvgPool1d), 1),
    **dict.fromkeys((nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d, nn.AvgPool2d), 2),
    **dict.fromkeys((nn.Conv3d, nn.ConvTranspose3d, nn.MaxPool3d, nn.AvgPool3d), 3),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d, nn.Dropout1d), 1),
    **dict.fromkeys((nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.Dropout2d), 2),
    **dict.fromkeys((nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool3d, nn.Dropout3d), 3),
}
"""The number of spatial dimensions, which follow the channels."""

_PER_SAMPLE = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm)
"""Modules of each sample; batch normalization only in evaluation, which the caller checks."""

OWN: dict[type[nn.Module], str] = {
    Lags: "it returns earlier inputs",
    SequenceBatchNorm: "its statistics are those of the sequence",
    SequenceDropout: "it has one mask for all timesteps",
}
"""Modules of ours with a method `over_time`, and the reason."""

_ALL: tuple[type[nn.Module], ...] = (
    *(*_POINTWISE, *_IN_SPACE, *_PER_SAMPLE, nn.Linear, nn.LayerNorm, nn.RMSNorm),
    *(nn.Softmax, nn.LogSoftmax, nn.Flatten, *OWN),
)
_FORWARDS = {own: own.forward for own in _ALL}
"""The original forwards, which may be replaced later."""


@dataclass(frozen=True)
class Trailing:
    """A module that acts on the last dimensions, applied to all timesteps at once.

    Attributes:
        dims: The minimum number of dimensions of a timestep.
    """

    module: nn.Module
    dims: int = 0

    def __call__(self, xs: Tensor) -> Tensor:
        ys: Tensor = self.module(xs) if xs.dim() > self.dims else each(self.module, xs)
        return ys


@dataclass(frozen=True)
class AsBatch:
    """A module that acts on each sample, applied to the samples of all timesteps as one batch.

    Attributes:
        unbatched: The number of dimensions of an unbatched timestep; 0 if the module needs a batch.
    """

    module: nn.Module
    unbatched: int = 0

    def __call__(self, xs: Tensor) -> Tensor:
        if xs.dim() - 1 == self.unbatched:
            ys: Tensor = self.module(xs)
            return ys
        if xs.dim() < 3:
            return each(self.module, xs)
        ys = self.module(xs.flatten(0, 1))
        return ys.view(*xs.shape[:2], *ys.shape[1:])


def whole(module: Any) -> Callable[[Tensor], Tensor] | None:
    """Return a function of all timesteps at once, time first, that equals a module applied to each;
    None if there is none."""
    own = kind(module)
    if own.forward is not _FORWARDS.get(own) or getattr(module, "return_indices", False):
        return None
    if own in _POINTWISE:
        return Trailing(module)
    if own in OWN:
        over_time: Callable[[Tensor], Tensor] = module.over_time
        return over_time
    if own is nn.Linear:
        return Trailing(module, 1)
    if own in (nn.LayerNorm, nn.RMSNorm):
        return Trailing(module, len(module.normalized_shape))
    if own in (nn.Softmax, nn.LogSoftmax) and module.dim is not None and module.dim < 0:
        return Trailing(module, -module.dim)
    if own is nn.Flatten and module.start_dim < 0 and module.end_dim < 0:
        return Trailing(module, -module.start_dim)
    if own in _IN_SPACE:
        return AsBatch(module, _IN_SPACE[own] + 1)
    if own in _PER_SAMPLE or (own is nn.Flatten and module.start_dim >= 1):
        return AsBatch(module)
    return None
