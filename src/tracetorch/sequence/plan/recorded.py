"""A chain in which everything is called that is to be recorded."""

from __future__ import annotations

from torch import nn

from ...core import Layer
from ...core.tree import named_modules
from ..record import is_recording, recorded_modules, records_states
from .step import Step, Way


def as_recorded(chain: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, through the loop where `tt.record` needs each timestep."""
    if not is_recording():
        return chain
    recorded = recorded_modules()
    inside = [recorded & _modules(step) for step in chain]
    repeated = [
        index
        for index, modules in enumerate(inside)
        if any(modules & other for at, other in enumerate(inside) if at != index)
    ]
    span = range(repeated[0], repeated[-1] + 1) if repeated else range(0)
    result = []
    for index, step in enumerate(chain):
        if not inside[index] <= {*step.ends}:
            step = step.in_loop("a module in it is recorded")
        elif index in span:
            step = step.in_loop("it is among steps that call one recorded module twice")
        elif (
            step.way is Way.WHOLE and isinstance(step.module, Layer) and records_states(step.module)
        ):
            step = step.in_loop("its states are recorded")
        result.append(step)
    return tuple(result)


def _modules(step: Step) -> set[nn.Module]:
    """The modules that a step calls or completes."""
    below = named_modules(step.module) if isinstance(step.module, nn.Module) else ()
    return {*step.ends, *(module for _, module in below)}
