"""A module as a chain of steps, of which some may take a whole sequence at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from ...core import Layer, SequenceDropout, backend
from ...core.tree import named_modules
from ..choice import draws, is_known, kernel_of, why_not
from ..kernel import Kernel
from ..modules import constant, has_hooks, kind
from .forward import graph
from .functions import RANDOM, Function, OverTime
from .graph import Apply, Arguments, Compute, Held, Path
from .whole import whole


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
    sequence: Callable[..., Any] | None = None
    is_ordered: bool = False
    inputs: tuple[int, ...] = (0,)
    ends: tuple[nn.Module, ...] = ()
    call: Function | None = None

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


def steps(module: nn.Module) -> Steps:
    """The steps of a module, in order; what cannot be followed is one step."""
    found: list[Step] = []
    output = _add(found, module, "", (0,))
    return Steps(tuple(_in_order(found, output)), output)


def _add(
    found: list[Step],
    module: nn.Module,
    name: str,
    inputs: tuple[int, ...],
    arguments: Arguments | None = None,
) -> int:
    """Add the steps of a module, and return the index of the value that it returns."""
    before = len(found)
    output = _divided(found, module, name, inputs, arguments)
    if output <= before:  # it returns what it is given
        same = cast(Step, _stateless(nn.Identity(), name))
        output = _made(found, replace(same, inputs=(output,)))
    last = found[output - 1]
    found[output - 1] = replace(last, ends=(*last.ends, module))
    return output


def _divided(
    found: list[Step],
    module: nn.Module,
    name: str,
    inputs: tuple[int, ...],
    arguments: Arguments | None,
) -> int:
    own = kind(module)
    opaque = partial(_opaque, found, module, name, inputs, arguments)
    if has_hooks(module):
        return opaque("it has hooks")
    if not _is_called_as_usual(module):
        return opaque("it has a __call__ of its own")
    if isinstance(module, Layer) and (arguments or len(inputs) != 1):
        return opaque("it is called with more than its input")
    if len(inputs) == 1 and arguments is None:
        if isinstance(module, Layer):
            return _made(found, replace(_layer(module, name), inputs=inputs))
        if own is nn.Sequential and own.forward is _SEQUENTIAL_FORWARD:
            children = module._modules.items()  # which repeats a module that occurs twice
            if all(part is not None for _, part in children):
                for child, part in children:
                    inputs = (_add(found, cast(nn.Module, part), _below(name, child), inputs),)
                return inputs[0]
        step = _stateless(module, name)
        if step:
            return _made(found, replace(step, inputs=inputs))
    if own.__module__.partition(".")[0] == "torch":
        return opaque("it is not known to treat timesteps apart")
    before = len(found)
    output = _followed(found, module, name, inputs, arguments)
    if isinstance(output, int):
        return output
    del found[before:]
    return opaque(output)


def _made(found: list[Step], step: Step) -> int:
    found.append(step)
    return len(found)


_SEQUENTIAL_FORWARD = nn.Sequential.forward  # before it can be replaced


@constant
def _is_called_as_usual(module: nn.Module) -> bool:
    """Whether PyTorch alone decides what a call runs; it replaces that itself as it exports."""
    call: Any = kind(module).__call__
    home = getattr(call, "__globals__", {}).get("__name__", "")
    return call is nn.Module.__call__ and home.partition(".")[0] == "torch"


def _layer(layer: Layer, name: str) -> Step:
    sequence = whole(layer)
    if sequence:
        why = "it has one mask for all timesteps"
        return Step(name, layer, Way.WHOLE, why, sequence, is_ordered=layer.training)
    is_random = any(map(draws, backend.functions(layer).values()))
    kernel = kernel_of(layer)
    if kernel:
        return Step(name, layer, Way.KERNEL, Kernel.parse(kernel).choice, None, is_random)
    return Step(name, layer, Way.LOOP, why_not(layer), None, is_random or not is_known(layer))


def _stateless(module: nn.Module, name: str) -> Step | None:
    """The step of a module of PyTorch that has no memory."""
    if isinstance(module, _DROPOUTS) and module.training and module.p > 0:
        why = "it draws random numbers at each timestep"
        return Step(name, module, Way.LOOP, why, is_ordered=True)
    if kind(module) in _BATCH_NORMS and (module.training or module.running_mean is None):
        return Step(name, module, Way.LOOP, "its statistics are those of a timestep")
    sequence = whole(module)
    return Step(name, module, Way.WHOLE, "it has no memory", sequence) if sequence else None


_DROPOUTS = nn.modules.dropout._DropoutNd
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def _opaque(
    found: list[Step],
    module: nn.Module,
    name: str,
    inputs: tuple[int, ...],
    arguments: Arguments | None,
    why: str,
) -> int:
    call = Function("call", arguments[0], arguments[1], module) if arguments else None
    step = Step(name, module, Way.LOOP, why, is_ordered=True, inputs=inputs, call=call)
    return _made(found, step)


def _followed(
    found: list[Step],
    module: nn.Module,
    name: str,
    inputs: tuple[int, ...],
    arguments: Arguments | None,
) -> int | str:
    """Add the steps of a module whose forward can be read, or return why it cannot be."""
    read = graph(module, len(inputs), arguments)
    if isinstance(read, str):
        return read
    if not all(_is_as_read(module, *one) for one in read.read):
        return "it changes while it is compiled"
    whys = [one.why for one in read.operations if isinstance(one, Compute) and one.why]
    if whys and torch.compiler.is_compiling():  # which cannot use a function that was found here
        return whys[0]
    values = [*inputs]
    for operation in read.operations:  # without `match`, which older torch.compile cannot follow
        given = tuple(values[index] for index in operation.inputs)
        if isinstance(operation, Apply):
            path = ".".join(operation.path)
            part = _at(module, operation.path)
            values.append(_add(found, part, _below(name, path), given, operation.arguments))
        else:
            values.append(_made(found, _function(module, operation, name, given)))
    if not all(_is_tensor(found, values[index]) for index in read.tensors):
        return "it compares with None what may be None"
    return values[read.output]


def _is_tensor(found: list[Step], index: int) -> bool:
    """Whether a value is a tensor for certain."""
    if not index:
        return True
    step = found[index - 1]
    if not isinstance(step.module, Function):
        return step.way is not Way.LOOP or isinstance(step.module, (Layer, _DROPOUTS))
    if step.module.name.startswith(("torch.", "F.", "Tensor.")):
        return step.module.foreign is None
    return not step.module.foreign and all(_is_tensor(found, one) for one in step.inputs)


def _is_as_read(module: nn.Module, path: Path, name: str, value: Any) -> bool:
    """Whether an attribute is what it was; torch.compile compiles anew when it is not."""
    owner = _at(module, path)
    found: object = getattr(owner, name) if name else tuple(owner._modules)
    return bool(found == value)


def _at(module: nn.Module, path: Path) -> nn.Module:
    for name in path:
        module = cast(nn.Module, module._modules[name])
    return module


def _function(module: nn.Module, operation: Compute, name: str, inputs: tuple[int, ...]) -> Step:
    # A copy, since torch.compile cannot call an object that a constant function returned.
    read = operation.function
    held = tuple(_tensor(module, one) for one in operation.held)
    function = Function(
        read.name, read.arguments, read.keywords, read.foreign, read.is_writing, held
    )
    label = _below(name, read.name.rpartition(".")[2])
    if operation.why:
        return Step(label, function, Way.LOOP, operation.why, is_ordered=True, inputs=inputs)
    if read.name in RANDOM:
        why = "it draws random numbers at each timestep"
        return Step(label, function, Way.LOOP, why, is_ordered=True, inputs=inputs)
    why, sequence = "it has no memory", OverTime(function)
    return Step(label, function, Way.WHOLE, why, sequence, inputs=inputs)


def _tensor(module: nn.Module, held: Held) -> Tensor:
    owner = _at(module, held.path)
    return cast(Tensor, {**owner._parameters, **owner._buffers}[held.name])


def _in_order(found: list[Step], output: int) -> list[Step]:
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
    shared, spans = memory(found), [0][:0]
    uses = [(place, index) for place, step in enumerate(found) for index in step.inputs]
    uses.append((len(found) - 1, output))
    for place, step in enumerate(found):
        for written in _written(step):
            again = [
                last
                for last, index in uses
                if index <= place <= last and shared[index] & shared[written] and last > place
            ]
            if place == len(found) - 1 and output <= place and shared[output] & shared[written]:
                again.append(place)
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
    kinds = nn.Identity | nn.Flatten | nn.modules.dropout._DropoutNd | SequenceDropout
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
    is_unknown = step.is_ordered and not isinstance(step.module, _DROPOUTS)
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


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
