# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4ee5660a9ef02b50
"""The spike functions of norse."""

from __future__ import annotations

import torch
from torch import Tensor
from tracetorch.functional import straight_through

__all__ = ["superspike"]

_digest = "8ec1006965a28937"


def superspike(x: Tensor) -> Tensor:
    """Smooth step whose surrogate gradient is that of Norse: `1 / (1 + |x|)^2`.

    Args:
        x: Distance of the membrane from its threshold, of any shape.

    Returns:
        `straight_through(0.5 + x / (2 + 2 * abs(x)), x / (1 + abs(x)))`, of the same shape, in [0,
        1].

    Source:
        Zenke and Ganguli 2018, "SuperSpike", arXiv:1705.11146.

    Example:
        >>> import torch
        >>> superspike(torch.tensor(0.0))
        tensor(0.5000)
    """
    return straight_through(0.5 + x / (2 + 2 * torch.abs(x)), x / (1 + torch.abs(x)))
