"""The kernel of a layer, or the reason why it has none."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..core import Layer, backend
from ..functional import discrete, quantizers, spikes
from ..functional.quantizers import BUILT_IN, Quantizer
from .kernel import Facts, Firing, Kernel, Recurrence, declared, defaults, facts, is_same
from .modules import constant, has_hooks, kind
from .once import NoKernel, reason

Draw = Callable[[Tensor], Tensor]
"""Draws a random number for each value of a tensor."""


@constant
def kernel_of(layer: Layer) -> str:
    """Return the kernel of a layer as text; empty if it has none."""
    try:
        return str(_kernel_of(layer))
    except NoKernel:
        return ""


@constant
def why_not(layer: Layer) -> str:
    """Return why a layer has no kernel; empty if it has one."""
    return reason(_kernel_of, layer)


@constant
def is_known(layer: Layer) -> bool:
    """Whether a timestep of a layer certainly changes nothing but its states."""
    if type(layer).__module__.partition(".")[0] != __name__.partition(".")[0]:
        return False
    try:
        return all(_spelled(*named) for named in backend.functions(layer).items())
    except NoKernel:
        return False


@constant
def choice(kernel: str) -> str:
    """Return the module and the functions of a kernel, for `Plan`."""
    return Kernel.parse(kernel).choice


@constant
def calls(kernel: str) -> tuple[str, ...]:
    """Return the function of each call in a timestep that may draw random numbers."""
    return Kernel.parse(kernel).facts.calls


@constant
def is_recurrence(kernel: str) -> bool:
    """Whether a kernel is that of a recurrence, not of an elementwise timestep."""
    return Kernel.parse(kernel).facts.recurrence is not None


def sequence_of(kernel: str) -> Callable[..., Any]:
    """Return the function that computes a whole sequence around a recurrence."""
    return Kernel.parse(kernel).facts.sequence


def updates(kernel: str) -> tuple[str, ...]:
    """Return the states that a recurrence updates."""
    return _recurrence(kernel).states


def lanes(kernel: str, kind: str) -> tuple[int | None, ...]:
    """Return which dimension of each stream, parameter, state or output is the neurons."""
    return tuple(_recurrence(kernel).lanes[kind])


def class_of(kernel: str, module: str) -> str:
    """Return the class, in `torch.nn`, of a module of a layer."""
    return Kernel.parse(kernel).facts.modules.get(module, "Linear")


def _recurrence(kernel: str) -> Recurrence:
    found = Kernel.parse(kernel).facts.recurrence
    assert found
    return found


def given(layer: Layer, kernel: str, like: Tensor) -> list[Tensor]:
    """Return what the kernel of an elementwise timestep takes as parameters: the usable values, and
    sizes as scalars like this tensor."""
    scalars = (like.new_full((), getattr(layer, size)) for size in _sizes(kernel))
    return [*backend.parameters(layer).values(), *scalars]


@constant
def _sizes(kernel: str) -> tuple[str, ...]:
    """Return the sizes that an elementwise timestep reads."""
    return Kernel.parse(kernel).facts.sizes


def draws(function: Any) -> bool:
    """Whether a function draws random numbers."""
    return isinstance(function, Quantizer) and function.is_random


def drawing(layer: Layer, kernel: str) -> list[Draw | None]:
    """Return how each call of a timestep that may draw random numbers draws them, if it does."""
    return [
        _DRAWN.get(name) or (torch.rand_like if draws(getattr(layer, name)) else None)
        for name in calls(kernel)
    ]


_DRAWN: Mapping[str, Draw] = {"rand_like": torch.rand_like, "randn_like": torch.randn_like}


def numbers(layer: Layer) -> list[float]:
    """Return the numbers of all functions of a layer, in order."""
    return [float(n) for f in backend.functions(layer).values() for n in _numbers(f)]


def _numbers(function: Any) -> Iterator[float]:
    """The numbers of a function with a kernel."""
    if isinstance(function, Quantizer):
        yield from (getattr(function, name) for name in function.number_names)
    elif not isinstance(function, nn.Module):
        bare, given = _parts(function)
        yield from {**dict(_defaults(bare)), **given}.values()


@constant
def _defaults(function: types.FunctionType) -> tuple[tuple[str, float], ...]:
    return defaults(function)


def _parts(function: Any) -> tuple[Any, dict[str, Any]]:
    """A function, and the keywords that it is called with if it is a `functools.partial`."""
    if type(function) is functools.partial and not function.args:
        return function.func, function.keywords
    return function, {}


def _kernel_of(layer: Layer) -> Kernel:
    own = cast(type[Layer], kind(layer))
    digest = vars(own).get("_digest", "")
    found = facts(own.__module__, digest)
    if own.forward is not _FORWARD:
        raise NoKernel(f"{own.__name__} has a forward of its own")
    _check_class(layer, own, found)
    functions = backend.functions(layer)
    words = tuple((name, _spelled(name, function)) for name, function in functions.items())
    for name, function in functions.items():
        if draws(function) and name not in found.calls:
            raise NoKernel(f"{name} draws random numbers")
        if draws(function) and name in found.shared:
            raise NoKernel(f"{name} draws random numbers for parameters alone")
    return Kernel(own.__module__, digest, words)


_FORWARD = Layer.forward


def _check_class(layer: Layer, own: type[Layer], found: Facts) -> None:
    """Raise `NoKernel` if the class is not the one that its kernel was generated with."""
    is_own = _is_of(sys.modules[own.__module__], own.step)
    if "step" in vars(layer) or not is_own or not is_same(own.step.__code__, found.step):
        raise NoKernel(f"the step of {own.__name__} is not the one its kernel was generated with")
    parameters, functions = backend.raw_parameters(layer), backend.functions(layer)
    names = (tuple(parameters), tuple(own.State._fields), tuple(functions))
    if names != (found.parameters, found.states, tuple(found.functions)):
        raise NoKernel(
            f"the parameters, states or functions of {own.__name__} are not those its kernel was "
            "generated with"
        )


def _is_of(module: types.ModuleType, function: Any) -> bool:
    """Whether a function was defined in a module, regardless of its name."""
    return getattr(function, "__globals__", None) is vars(module)


def _spelled(name: str, function: Any) -> Firing:
    """Return which function of kernels a function of a layer is."""
    if isinstance(function, nn.Module):
        if has_hooks(function):
            raise NoKernel(f"{name} has hooks")
        if kind(function) is nn.Identity:
            return Firing("identity")
        if kind(function) in BUILT_IN and _is_of(quantizers, function.forward):
            quantizer = cast(Quantizer, function).name
            if _is_of(discrete, getattr(discrete, quantizer)):
                return Firing(quantizer)
    bare, given = _parts(function)
    found = _found(name, bare)
    _check_numbers(name, bare, given)
    return found


def _found(name: str, function: Any) -> Firing:
    """Return a spike function of the library, or one that a file of the user's own declares."""
    known, module = (str(getattr(function, what, "")) for what in ("__name__", "__module__"))
    if known in spikes.__all__ and getattr(spikes, known) is function and _is_of(spikes, function):
        return Firing(known)
    digest = getattr(sys.modules.get(module), "_digest", None)
    if not isinstance(digest, str) or type(function) is not types.FunctionType:
        raise NoKernel(f"{name} is not a function of tt.functional, nor generated from a spec")
    own = declared(module, digest).functions.get(known)
    is_ours = _is_of(sys.modules[module], function)
    if not (own and is_ours and is_same(function.__code__, own)):
        raise NoKernel(f"{name} is not the function that its kernel was generated with")
    return Firing(known, module, digest)


def _check_numbers(name: str, bare: types.FunctionType, given: dict[str, Any]) -> None:
    """Refuse what a kernel does not take for a number of a function."""
    function, taken = bare.__name__, dict(defaults(bare))
    for key, value in given.items():
        if key not in taken:
            raise NoKernel(
                f"{name} gives {function} an argument {key}, which is not one of its numbers"
            )
        if not isinstance(value, (int, float)):
            raise NoKernel(f"{name} gives {function} a {key} of the type {type(value).__name__}")
