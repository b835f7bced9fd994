"""Which steps must run timestep by timestep together, so that their effects keep their order."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ...core import Layer, SequenceDropout
from ...core.tree import named_modules
from .functions import Function
from .step import Step, Way

DROPOUTS = nn.modules.dropout._DropoutNd


def in_order(found: list[Step], output: int) -> list[Step]:
    """The steps, with one loop for all from the first to the last whose calls must keep order."""
    ordered = [index for index, step in enumerate(found) if step.is_ordered]
    if all(isinstance(found[index].module, SequenceDropout) for index in ordered):
        ordered = []  # each draws once, at the first timestep
    repeated = _repeated(found)
    for indices, why in (
        (ordered, "it is among steps whose order matters"),
        (repeated, "it is among steps that call one module twice"),
        (
            _rewritten(found, output),
            "it is among steps of which one may write to a value of another",
        ),
    ):
        if len(indices) > 1:
            span = range(indices[0], indices[-1] + 1)
            found = [s.in_loop(why) if index in span else s for index, s in enumerate(found)]
    return found


def _rewritten(found: list[Step], output: int) -> list[int]:
    """The first and the last of the steps that one must run together with, since it may write to a
    value that others read later."""
    shared = memory(found)
    spans: list[int] = []
    uses = [(place, index) for place, step in enumerate(found) for index in step.inputs]
    uses.append((len(found), output))
    for place, step in enumerate(found):
        for written in _written(step):
            again = [
                last
                for last, index in uses
                if index <= place < last and shared[index] & shared[written]
            ]
            if again:
                spans += [max(min(shared[written]) - 1, 0), place, *again]
    return sorted(spans)


def memory(found: Sequence[Step]) -> list[set[int]]:
    """Of each value, the values whose memory it may share, itself included."""
    shared = [{0}]
    for index, step in enumerate(found, 1):
        shared.append({index})
        for given in step.inputs if _may_return_its_input(step) else ():
            shared[index] |= shared[given]
    return shared


def _may_return_its_input(step: Step) -> bool:
    if isinstance(step.module, Function):
        return step.module.may_return_input
    kinds = nn.Identity | nn.Flatten | DROPOUTS | SequenceDropout
    is_known = step.way is not Way.LOOP and not isinstance(step.module, kinds)
    return not is_known or may_write(step)


def _written(step: Step) -> tuple[int, ...]:
    """The values that a step may change."""
    if isinstance(step.module, Function) and not step.module.foreign:
        return step.inputs[:1] if may_write(step) else ()
    return step.inputs if may_write(step) else ()


def may_write(step: Step) -> bool:
    """Whether a step may change its input."""
    if isinstance(step.module, Function):
        return step.module.works_in_place
    if isinstance(step.module, Layer):
        return False
    is_unknown = step.is_ordered and not isinstance(step.module, DROPOUTS)
    return is_unknown or bool(getattr(step.module, "inplace", False))


def _changing(step: Step) -> list[Layer | Tensor]:
    """What a timestep may change in a step: layers, parameters and buffers."""
    if isinstance(step.module, Function):
        return [*step.module.held]
    if not isinstance(step.module, nn.Module):
        return []
    found: list[Layer | Tensor] = []
    for _, module in named_modules(step.module):
        found += [module] if isinstance(module, Layer) else []
        found += [one for one in module._parameters.values() if one is not None]
        found += [one for one in module._buffers.values() if one is not None]
    return found


def _repeated(found: Sequence[Step]) -> list[int]:
    """The steps that share a layer or a tensor with another step, where either may change it."""
    changing = [_changing(step) for step in found] if len(found) > 1 else []
    places: dict[int, list[int]] = {}
    for place, ones in enumerate(changing):
        for one in ones:
            places.setdefault(id(one), []).append(place)
    layers = {id(one) for ones in changing for one in ones if isinstance(one, Layer)}
    return sorted(
        place
        for one, shared in places.items()
        if len(set(shared)) > 1
        if one in layers or any(found[p].way is Way.LOOP for p in shared)
        for place in shared
    )
