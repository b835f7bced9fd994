"""Parameter groups for optimizers, which train decays apart from weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from .parameters import Constrained


def parameter_groups(module: nn.Module, decay_lr: float | None = None) -> list[dict[str, Any]]:
    """Return the trainable parameters of a module as groups for any optimizer of PyTorch.

    Weight decay applies to weights alone: those with two dimensions or more. Decays of layers, such
    as `raw_beta`, may have a learning rate of their own; all other parameters, such as thresholds
    and biases, have that of the optimizer. In state-space layers, `A_log`, `log_dt` and the bias
    of `dt_proj` count as decays.

    Args:
        module: Any module, also a wrapper such as `DistributedDataParallel`.
        decay_lr: The learning rate of decays, at least 0. Default `None`: that of the optimizer.

    Returns:
        Up to three groups, for weights, decays and all else. Each parameter of
        `module.parameters()` that requires a gradient is in one of them, once. The learning rate
        and the weight decay given to the optimizer are those of the weights.

    Raises:
        ValueError: `decay_lr` is below 0.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 8), tt.snn.LIB(8))
        >>> groups = tt.parameter_groups(net, decay_lr=0.05)
        >>> optimizer = torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1)
        >>> for group in optimizer.param_groups:
        ...     print([tuple(p.shape) for p in group["params"]], group["lr"], group["weight_decay"])
        [(8, 3)] 0.01 0.1
        [(8,)] 0.05 0.0
        [(8,), (8,), (8,)] 0.01 0.0
    """
    if decay_lr is not None and not decay_lr >= 0:
        raise ValueError(f"parameter_groups: decay_lr must be at least 0, got {decay_lr}")
    own_rate = {} if decay_lr is None else {"lr": decay_lr}
    decays = set(_decays(module))
    trained = [p for p in module.parameters() if p.requires_grad]
    others = [p for p in trained if p not in decays]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in others if p.dim() > 1]},
        {"params": [p for p in trained if p in decays], "weight_decay": 0.0, **own_rate},
        {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _decays(module: nn.Module) -> Iterator[nn.Parameter]:
    """Yield the parameters that layers name as decays."""
    for layer in module.modules():
        if isinstance(layer, Constrained):
            parameters = dict(layer.named_parameters(remove_duplicate=False))
            yield from (parameters[name] for name in layer._decays if name in parameters)
