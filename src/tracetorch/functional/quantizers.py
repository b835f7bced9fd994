"""Straight-through estimators that make smooth firing discrete.

Each returns a discrete value in the forward pass and uses a surrogate gradient in the backward
pass (Bengio, Léonard and Courville 2013, "Estimating or propagating gradients through stochastic
neurons for conditional computation", arXiv:1308.3432). They are modules, so a layer that holds one
can be copied, saved and printed.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from . import discrete


def round_ste(step_size: float = 1.0) -> nn.Module:
    """Return a quantizer that rounds to the nearest multiple of `step_size`.

    The gradient passes through unchanged. Halfway values are rounded to the even multiple, so with
    step size 1 a neuron exactly at its threshold does not fire.

    Args:
        step_size: Distance between two levels, above 0. Default 1.0.

    Returns:
        A function of a tensor of any shape, for use as `quant_fn`.

    Raises:
        TypeError: `step_size` is a tensor, for example where the parentheses of `round_ste()` are
            missing.
        ValueError: `step_size` is not above 0 and finite.

    Example:
        >>> round_ste()(torch.tensor([0.2, 0.7]))
        tensor([0., 1.])
    """
    return _RoundSTE(step_size)


def stochastic_round_ste(step_size: float = 1.0) -> nn.Module:
    """Return a quantizer that rounds up with a probability equal to the fraction.

    Its mean is its input. The gradient passes through unchanged.

    Args:
        step_size: Distance between two levels, above 0. Default 1.0.

    Returns:
        A function of a tensor of any shape, for use as `quant_fn`.

    Raises:
        TypeError: `step_size` is a tensor, for example where the parentheses of
            `stochastic_round_ste()` are missing.
        ValueError: `step_size` is not above 0 and finite.

    Example:
        >>> stochastic_round_ste()(torch.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    return _StochasticRoundSTE(step_size)


def probabilistic_ste() -> nn.Module:
    """Return a quantizer whose output is `p` with probability `p`, else 0.

    Its mean is `p ** 2`, and the gradient is that of the mean, `2 p`.

    Returns:
        A function of a tensor of any shape with values in [0, 1], for use as `quant_fn`.

    Example:
        >>> probabilistic_ste()(torch.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    return _ProbabilisticSTE()


class Quantizer(nn.Module):
    """Quantizer with a kernel: its name and its arguments there, and whether it is random."""

    name: ClassVar[str]
    number_names: ClassVar[tuple[str, ...]] = ()
    is_random: ClassVar[bool] = False


class _RoundSTE(Quantizer):
    name = "round_ste"
    number_names = ("step_size",)

    def __init__(self, step_size: float) -> None:
        super().__init__()
        if isinstance(step_size, Tensor):
            raise TypeError(
                "step_size must be a number, got a tensor; a factory makes the quantizer: "
                "write quant_fn=round_ste(), with parentheses"
            )
        if not 0.0 < step_size < math.inf:
            raise ValueError(f"step_size must be above 0 and finite, got {step_size!r}")
        self.step_size = step_size

    def forward(self, x: Tensor) -> Tensor:
        return discrete.round_ste(x, self.step_size)

    def extra_repr(self) -> str:
        return f"step_size={self.step_size}"


class _StochasticRoundSTE(_RoundSTE):
    name = "stochastic_round_ste"
    is_random = True

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.rand_like(x, dtype=torch.result_type(x, 1.0))
        return discrete.stochastic_round_ste(x, noise, self.step_size)


class _ProbabilisticSTE(Quantizer):
    name = "probabilistic_ste"
    is_random = True

    def forward(self, p: Tensor) -> Tensor:
        return discrete.probabilistic_ste(p, torch.rand_like(p))


BUILT_IN = (_RoundSTE, _StochasticRoundSTE, _ProbabilisticSTE)
