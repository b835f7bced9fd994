"""The steps in which a module takes a sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from torch import nn

from .functions import Function


class Way(Enum):
    """How a step takes a sequence."""

    KERNEL = "kernel"
    WHOLE = "whole"
    LOOP = "loop"


@dataclass(frozen=True)
class Step:
    """One module or function of a plan.

    Attributes:
        name: The path of the module below the one that is run, or the name of the function.
        module: What is called at a timestep.
        way: How it takes a sequence.
        why: The reason.
        kernel: The kernel of a layer, if its way is `KERNEL`.
        sequence: What is called with whole sequences, time first, if its way is `WHOLE`.
        is_ordered: Whether its calls must keep their order with those of other such steps: it draws
            random numbers, or its effects are not known.
        inputs: The indices of the values that it takes: 0 is the input of the plan, and each step
            makes the next.
        ends: The modules that return what it returns: itself, and those of which it is the last.
        call: What calls the module, if it has other arguments than the inputs.
    """

    name: str
    module: Callable[..., Any]
    way: Way
    why: str
    kernel: str = ""
    sequence: Callable[..., Any] | None = None
    is_ordered: bool = False
    inputs: tuple[int, ...] = (0,)
    ends: tuple[nn.Module, ...] = ()
    call: Function | None = None

    @property
    def kind(self) -> str:
        """The class of the module, or that it is a function."""
        return type(self.module).__name__ if isinstance(self.module, nn.Module) else "function"

    def timestep(self, *inputs: Any) -> Any:
        """The result for the values of a timestep."""
        return (self.call or self.module)(*inputs)

    def in_loop(self, why: str) -> Step:
        """The same step, but through the loop."""
        return replace(self, way=Way.LOOP, why=self.why if self.way is Way.LOOP else why)


@dataclass(frozen=True)
class Steps:
    """The steps of a module.

    Attributes:
        output: The index of the value that it returns.
    """

    steps: tuple[Step, ...]
    output: int
