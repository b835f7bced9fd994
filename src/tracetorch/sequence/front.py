"""`tt.unroll`: a whole sequence through a module, by the kernels of its layers where possible."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from ..core import Layer, backend
from ..core.inputs import is_dense, refusal
from ..core.tree import named_layers
from .layer import run, why_not
from .modules import stacked
from .plan.chain import steps
from .plan.order import memory
from .plan.recorded import as_recorded
from .plan.step import Step, Steps, Way
from .record import add, is_recording, sequence, without_hooks


@dataclass(frozen=True)
class Plan:
    """The steps in which `tt.unroll` runs a module; as text, one a line."""

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        rows = [(step.name or "-", _kind(step), step.way.value, step.why) for step in self.steps]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)


class Unroll:
    """Return the outputs of a layer or a model for a whole sequence, faster than a loop does.

    `tt.unroll(module, xs)` means `torch.stack([module(x) for x in xs.unbind(0)])`: the outputs, the
    gradients and the states afterwards are those of the loop over timesteps. Elementwise layers run
    by a kernel, compiled on first use; modules without memory take all timesteps at once;
    everything else goes through the loop.

    Args:
        module: A layer, or a module that contains layers. Its forward is read from its source; one
            that cannot be followed runs in the loop.
        xs: The inputs of all timesteps.
        dim: The dimension of `xs` and of the result that is time. Default 0.
        strict: Whether a layer with memory that must go through the loop is an error instead of a
            warning. Default False.

    Shape:
        `xs` is `[T, ...]` for inputs `[...]`, with T at least 1; the result is `[T, ...]` for
        outputs `[...]`. With another `dim`, T is at that dimension.

    Raises:
        TypeError: `module` is no module, or `xs` no dense tensor.
        ValueError: `xs` has no dimension `dim`, or no timesteps; or what the module itself raises.
        RuntimeError: A layer with memory has no kernel (`strict`).

    Source:
        Griewank and Walther 2008, "Evaluating Derivatives": states are kept every sixteen
        timesteps, and those between are computed again in the backward pass.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer, xs = tt.snn.LI(16), torch.rand(10, 4, 16)  # ten timesteps of a batch of four
        >>> ys = tt.unroll(layer, xs)
        >>> layer.zero_states()
        >>> torch.equal(ys, torch.stack([layer(x) for x in xs]))
        True
    """

    def __call__(self, module: nn.Module, xs: Tensor, dim: int = 0, strict: bool = False) -> Tensor:
        """The outputs of the module for the sequence."""
        _check(module, xs, dim)
        if isinstance(module, Layer) and xs.shape[dim] == 1 and not (strict or is_recording()):
            return torch.stack([module(xs.select(dim, 0))], dim)  # nothing is gained by a plan
        planned = _planned(module, xs)
        slow = [step for step in planned.steps if step.way is Way.LOOP and _has_states(step)]
        if slow:
            message = "tt.unroll: no kernel for " + "; ".join(map(_why_not, slow))
            if strict:
                raise RuntimeError(message)
            warnings.warn(f"{message} (the loop runs instead)", stacklevel=2)
        if is_recording():
            with sequence(dim):
                return _run(replace(planned, steps=as_recorded(planned.steps)), xs, dim)
        first = planned.steps[0]
        if len(planned.steps) == 1 and first.way is Way.KERNEL:
            return run(cast(Layer, first.module), first.kernel, xs, dim)
        return _run(planned, xs, dim)

    def plan(self, module: nn.Module) -> Plan:
        """Return how each part of a module will run, and why.

        Args:
            module: What `tt.unroll` would be given, for inputs with the dtype and the device of its
                parameters.

        Returns:
            The plan; as text, a line for each step.

        Raises:
            TypeError: `module` is no module.

        Example:
            >>> import torch, tracetorch as tt
            >>> tt.unroll.plan(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout()))
            0  Linear   whole  it has no memory
            1  Dropout  loop   it draws random numbers at each timestep
        """
        _check_module(module)
        return Plan(as_recorded(_planned(module).steps))


unroll = Unroll()


def _check_module(module: nn.Module) -> None:
    if not isinstance(module, nn.Module):
        raise TypeError(f"tt.unroll: module must be a module, got {module!r}")


def _check(module: nn.Module, xs: Tensor, dim: int) -> None:
    _check_module(module)
    if not is_dense(xs):
        raise TypeError(f"tt.unroll: xs {refusal(xs)}")
    if not -xs.dim() <= dim < xs.dim():
        raise ValueError(
            f"tt.unroll: xs has no dimension dim = {dim}, its shape is {tuple(xs.shape)}"
        )
    if not xs.shape[dim]:
        raise ValueError(f"tt.unroll: xs has no timesteps in dimension dim = {dim}")


def _planned(module: nn.Module, xs: Tensor | None = None) -> Steps:
    """The steps as they run for a sequence, or for one with the dtype and device of the parameters."""
    found = steps(module)
    # Only the input is known; functions and modules may change its dtype.
    possible = (_possible(s, xs if s.inputs == (0,) else None) for s in found.steps)
    return replace(found, steps=tuple(possible))


def _possible(step: Step, xs: Tensor | None = None) -> Step:
    """The step, through the loop if its kernel cannot run for its input."""
    if step.way is not Way.KERNEL:
        return step
    layer = cast(Layer, step.module)
    like = backend.own_tensor(layer) if xs is None else xs
    why = "" if like is None else why_not(layer, step.kernel, like)
    return step.in_loop(why) if why else step


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
        ys = run(cast(Layer, step.module), step.kernel, given[0], 0)
        add([module for module in step.ends if module is not step.module], ys)
        return ys
    ys = without_hooks(lambda: cast(Callable[..., Tensor], step.sequence)(*given))
    add(step.ends, ys)
    return ys


def _why_not(step: Step) -> str:
    return f"{step.name} ({_kind(step)}): {step.why}".strip()


def _has_states(step: Step) -> bool:
    return isinstance(step.module, nn.Module) and any(named_layers(step.module))


def _kind(step: Step) -> str:
    return type(step.module).__name__ if isinstance(step.module, nn.Module) else "function"
