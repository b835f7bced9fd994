"""A module as a chain of steps, of which some may take a whole sequence at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from ...core import Layer, SequenceDropout, backend
from ..choice import choice, draws, is_known, kernel_of, why_not
from ..modules import constant, has_hooks, kind
from .forward import graph
from .functions import RANDOM, Function
from .graph import Apply, Arguments, Compute, Held, Path
from .order import DROPOUTS, in_order
from .over_time import OverTime
from .step import Step, Steps, Way
from .whole import OWN, whole


def steps(module: nn.Module) -> Steps:
    """The steps of a module, in order; what cannot be followed is one step."""
    found: list[Step] = []
    output = _add(found, module, "", (0,))
    return Steps(tuple(in_order(found, output)), output)


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
        is_ordered = isinstance(layer, SequenceDropout) and layer.training  # draws once
        why = OWN[kind(layer)]
        return Step(name, layer, Way.WHOLE, why, sequence=sequence, is_ordered=is_ordered)
    is_random = layer._is_random or any(map(draws, backend.functions(layer).values()))
    kernel = kernel_of(layer)
    if kernel:
        return Step(name, layer, Way.KERNEL, choice(kernel), kernel, is_ordered=is_random)
    is_ordered = is_random or not is_known(layer)
    return Step(name, layer, Way.LOOP, why_not(layer), is_ordered=is_ordered)


def _stateless(module: nn.Module, name: str) -> Step | None:
    """The step of a module of PyTorch that has no memory."""
    if isinstance(module, DROPOUTS) and module.training and module.p > 0:
        why = "it draws random numbers at each timestep"
        return Step(name, module, Way.LOOP, why, is_ordered=True)
    if kind(module) in _BATCH_NORMS and (module.training or module.running_mean is None):
        return Step(name, module, Way.LOOP, "its statistics are those of a timestep")
    sequence = whole(module)
    if not sequence:
        return None
    why = OWN.get(kind(module), "it has no memory")
    return Step(name, module, Way.WHOLE, why, sequence=sequence)


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
        return step.way is not Way.LOOP or isinstance(step.module, (Layer, DROPOUTS))
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
    return Step(label, function, Way.WHOLE, why, sequence=sequence, inputs=inputs)


def _tensor(module: nn.Module, held: Held) -> Tensor:
    owner = _at(module, held.path)
    return cast(Tensor, {**owner._parameters, **owner._buffers}[held.name])


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
