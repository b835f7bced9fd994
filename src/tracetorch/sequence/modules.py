"""What can be known of a module without calling it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor, nn

P = ParamSpec("P")
T = TypeVar("T")


def constant(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which `torch.compile` calls as it compiles, taking the result for a constant.

    As `torch.compiler.assume_constant_result`, which would import the compiler with the library.
    """
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


def kind(module: nn.Module) -> type[nn.Module]:
    """The class of a module; `torch.export` replaces it by another class of the same name."""
    own = type(module)
    named = vars(sys.modules.get(own.__module__, sys)).get(own.__name__)
    if own is named or not (isinstance(named, type) and issubclass(own, named)):
        return own
    methods = ("__call__", "forward", "step")
    is_alike = all(getattr(own, m, None) is getattr(named, m, None) for m in methods)
    return named if is_alike else own


def has_hooks(module: nn.Module) -> bool:
    """Whether a call of a module runs hooks, or a forward of the instance's own."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    of_all = (getattr(nn.modules.module, f"_global{name}") for name in hooks)
    own = (getattr(module, name) for name in hooks)
    return "forward" in vars(module) or any(own) or any(of_all)


def each(module: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    """The outputs of a module for a sequence, one timestep after the other."""
    return torch.stack([module(x) for x in xs.unbind(0)])
