"""Properties of a module that can be found without calling it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor, nn

from .record import Hook

_ALL: Any = nn.modules.module

P = ParamSpec("P")
T = TypeVar("T")


def constant(function: Callable[P, T]) -> Callable[P, T]:
    """Mark a function for `torch.compile` to call while it compiles, with a constant result.

    Does the same as `torch.compiler.assume_constant_result`, without importing the compiler.
    """
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


def kind(module: nn.Module) -> type[nn.Module]:
    """Return the class of a module, also where `torch.export` has replaced it by a copy."""
    own = type(module)
    named = getattr(sys.modules.get(own.__module__), own.__name__, None)
    if own is named or not (isinstance(named, type) and issubclass(own, named)):
        return own
    methods = ("__call__", "forward", "step")
    is_alike = all(getattr(own, m, None) is getattr(named, m, None) for m in methods)
    return named if is_alike else own


def has_hooks(module: nn.Module) -> bool:
    """Whether a call of a module runs hooks, other than those of `tt.record`, or a forward set on
    the instance."""
    return bool(
        "forward" in vars(module)
        or module._forward_pre_hooks
        or any(not isinstance(hook, Hook) for hook in module._forward_hooks.values())
        or module._backward_pre_hooks
        or module._backward_hooks
        or _ALL._global_forward_pre_hooks
        or _ALL._global_forward_hooks
        or _ALL._global_backward_pre_hooks
        or _ALL._global_backward_hooks
    )


def each(module: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    """Return the outputs of a module for a sequence, called once per timestep."""
    return stacked([module(x) for x in xs.unbind(0)])


def stacked(timesteps: Sequence[Tensor]) -> Tensor:
    """Return `torch.stack(timesteps)`, whose items have their dimensions in the same order in
    memory: whether they can be viewed in another shape depends on that."""
    strides = timesteps[0].stride()
    order = sorted(range(len(strides)), key=lambda dim: -strides[dim])
    if order == [*range(len(order))]:
        return torch.stack([*timesteps])
    ordered = torch.stack([timestep.permute(order) for timestep in timesteps])
    return ordered.permute(0, *(1 + order.index(dim) for dim in range(len(order))))
