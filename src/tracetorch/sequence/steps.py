"""Runs the steps that a plan has for a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from ..core import Layer, backend
from ..core.inputs import is_dense
from ..core.tree import named_layers
from . import layer
from .linear import as_convolutions
from .modules import stacked
from .plan.chain import steps
from .plan.order import memory
from .plan.recorded import as_recorded
from .plan.step import Step, Steps, Way
from .record import add, is_recording, sequence, without_hooks


def planned(module: nn.Module, xs: Tensor | None = None) -> Steps:
    """The steps as they run for a sequence, or for one with the dtype and device of the parameters."""
    found = steps(module)
    # Only the input is known; functions and modules may change its dtype.
    possible = (_possible(s, xs if s.inputs == (0,) else None) for s in found.steps)
    return replace(found, steps=tuple(possible))


def _possible(step: Step, xs: Tensor | None = None) -> Step:
    """The step, through the loop if its kernel cannot run for its input."""
    if step.way is not Way.KERNEL:
        return step
    module = cast(Layer, step.module)
    like = backend.own_tensor(module) if xs is None else xs
    why = "" if like is None else layer.why_not(module, step.kernel, like)
    return step.in_loop(why) if why else step


def without_kernel(planned: Steps) -> str:
    """The layers with memory that go through the loop, and why; empty if there are none."""
    slow = (s for s in planned.steps if s.way is Way.LOOP and _has_states(s))
    return "; ".join(f"{step.name} ({step.kind}): {step.why}".strip() for step in slow)


def run(planned: Steps, xs: Tensor, dim: int) -> Tensor:
    """The outputs of a module for a sequence; its states are updated, and recorded if asked."""
    if is_recording():
        with sequence(dim):
            return _run(replace(planned, steps=as_recorded(planned.steps)), xs, dim)
    first = planned.steps[0]
    if len(planned.steps) == 1 and first.way is Way.KERNEL:  # as checked for this input
        return layer.run(cast(Layer, first.module), first.kernel, xs, dim)
    return _run(planned, xs, dim)


def _run(planned: Steps, xs: Tensor, dim: int) -> Tensor:
    given = xs.movedim(dim, 0)
    if given.stride(0) < max(given.stride()):  # the order in memory decides what can be viewed how
        given = stacked(given.unbind(0))
    found = _computed(planned, given)
    values = found if isinstance(found, Tensor) else torch.stack(found)  # which may fail
    ys = values.movedim(0, dim).contiguous()
    return ys.clone() if 0 in memory(planned.steps)[planned.output] else ys


Timesteps: TypeAlias = Tensor | list[Any]
"""A value in all timesteps: time first, or a list where they do not make one tensor."""


def _computed(planned: Steps, xs: Tensor) -> Timesteps:
    """The value that the steps return; values are dropped after their last use."""
    found: tuple[Step, ...] = planned.steps
    values: dict[int, Timesteps] = {0: xs}
    last = {index: place for place, step in enumerate(found) for index in step.inputs}
    last[planned.output] = len(found)
    for span in _spans(found):
        step = found[span[0]]
        given = [values[index] for index in step.inputs]
        if step.way is Way.LOOP or any(isinstance(one, list) for one in given):
            values |= _looped(found, span, values, last)
        else:
            values[span[0] + 1] = _at_once(step, cast(list[Tensor], given))
        for index in [index for index in values if last.get(index, -1) <= span[-1]]:
            del values[index]
    return values[planned.output]


def _spans(found: tuple[Step, ...]) -> list[range]:
    """The indices of the steps: consecutive ones in a loop together, each of the others alone."""
    spans: list[range] = []
    for place, step in enumerate(found):
        is_loop = step.way is Way.LOOP
        if is_loop and spans and found[spans[-1][0]].way is Way.LOOP:
            spans[-1] = range(spans[-1][0], place + 1)
        else:
            spans.append(range(place, place + 1))
    return spans


def _looped(
    found: tuple[Step, ...], span: range, values: dict[int, Timesteps], last: dict[int, int]
) -> dict[int, Timesteps]:
    """Run steps timestep by timestep, and return the values of theirs that are used after them."""
    given = {index for place in span for index in found[place].inputs if index in values}
    kept = [place + 1 for place in span if last.get(place + 1, -1) > span[-1]]
    collected: dict[int, list[Any]] = {index: [] for index in kept}
    for timestep in zip(*(_each(values[index]) for index in given)):
        # Copies, since a step may change its input in place.
        now = {index: _copied(value) for index, value in zip(given, timestep)}
        for place in span:
            step = found[place]
            now[place + 1] = step.timestep(*(now[index] for index in step.inputs))
            if is_recording():  # the module itself has a hook
                add([m for m in step.ends if m is not step.module], _one(now[place + 1]))
        for index in kept:
            collected[index].append(now[index])
    return {index: _together(timesteps) for index, timesteps in collected.items()}


def _each(timesteps: Timesteps) -> Sequence[Any]:
    """The values of the timesteps; the backward pass of an index would fill all with zeros."""
    return timesteps.unbind() if isinstance(timesteps, Tensor) else timesteps


def _copied(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _one(value: Any) -> Any:
    """A value in one timestep, with time if it is a tensor."""
    return value[None] if isinstance(value, Tensor) else value


def _together(timesteps: list[Any]) -> Timesteps:
    """One tensor if each timestep has one, and those are alike."""
    if all(map(is_dense, timesteps)):
        if len({(one.shape, one.dtype, one.device) for one in timesteps}) == 1:
            return stacked(timesteps)
    return timesteps


def _at_once(step: Step, given: list[Tensor]) -> Tensor:
    """The result of a step for whole sequences."""
    if step.way is Way.KERNEL:  # records the layer itself
        ys = layer.run_if_possible(cast(Layer, step.module), step.kernel, given[0])
        add([module for module in step.ends if module is not step.module], ys)
        return ys
    compute = cast(Callable[..., Tensor], step.sequence)
    ys = without_hooks(lambda: as_convolutions(lambda: compute(*given)))
    add(step.ends, ys)
    return ys


def _has_states(step: Step) -> bool:
    return isinstance(step.module, nn.Module) and any(named_layers(step.module))
