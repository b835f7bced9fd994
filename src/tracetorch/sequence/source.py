"""Which kernel a layer has, and the source that it is compiled from."""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import torch
from torch import nn

from ..core import Layer
from ..functional import spikes
from ..functional.quantizers import BUILT_IN, Quantizer

LANES = 512
"""Neurons that go through time side by side."""

CHUNK = 16
"""Every how many timesteps the states are kept; a backward pass computes those between anew."""

MOST_THREADS = 256

DTYPES = {torch.float32: "float", torch.float64: "double"}
"""The numbers that a kernel can compute with."""

_RANDOM = [quantizer.name for quantizer in BUILT_IN if quantizer.is_random]
_HERE = Path(__file__).parent
_LANGUAGE, _DRIVER = _HERE / "language.h", _HERE / "driver.h"
_FUNCTIONS = _HERE.parent / "functional" / "kernels" / "functions.h"


P = ParamSpec("P")
T = TypeVar("T")


class NoKernel(Exception):
    """No kernel can be had, and why."""


def constant(function: Callable[P, T]) -> Callable[P, T]:
    """Let `torch.compile` call a function while it compiles, and take what it returns as given.

    As `torch.compiler.assume_constant_result`, which would import the compiler with the library.
    """
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


@constant
def kernel_of(layer: Layer) -> str:
    """The kernel of a layer in words: its module, and the functions that it holds; or nothing."""
    try:
        return _kernel_of(layer)
    except NoKernel:
        return ""


@constant
def missing(layer: Layer) -> str:
    """Why a layer has no kernel, if it has none."""
    try:
        _kernel_of(layer)
    except NoKernel as reason:
        return str(reason)
    return ""


def kind(module: nn.Module) -> type[nn.Module]:
    """The class of a module; `torch.export` has others of the same name stand for it."""
    own = type(module)
    named = vars(sys.modules.get(own.__module__, sys)).get(own.__name__)
    if own is named or not (isinstance(named, type) and issubclass(own, named)):
        return own
    methods = ("__call__", "forward", "step")
    is_alike = all(getattr(own, m, None) is getattr(named, m, None) for m in methods)
    return named if is_alike else own


def _kernel_of(layer: Layer) -> str:
    own = cast(type[Layer], kind(layer))
    is_named = vars(sys.modules.get(own.__module__, sys)).get(own.__name__) is own
    text = _text(own.__module__) if is_named else ""
    if not text or own.forward is not Layer.forward:
        raise NoKernel(f"{own.__name__} has no kernel")
    if "step" in vars(layer) or own.step.__module__ != own.__module__:
        raise NoKernel(f"the step of {own.__name__} is another than that of its kernel")
    if _is_edited(own.__module__):
        raise NoKernel(f"the file of {own.__name__} was edited by hand, its kernel was not")
    functions = {name: getattr(layer, name) for name in layer._functions}
    words = [f"{name}={_spelled(name, function)}" for name, function in functions.items()]
    for name, function in functions.items():
        if draws(function) and name not in _defined("QUANTIZERS", text).split():
            raise NoKernel(f"{name} draws random numbers")
    if sum(map(draws, functions.values())) > 1:
        raise NoKernel("several of its functions draw random numbers")
    return " ".join([own.__module__, *words])


def draws(function: Any) -> bool:
    """Whether a function draws random numbers."""
    return isinstance(function, Quantizer) and function.is_random


@constant
def is_known(layer: Layer) -> bool:
    """Whether nothing but the states of a layer changes in a timestep of it."""
    if type(layer).__module__.partition(".")[0] != __name__.partition(".")[0]:
        return False
    try:
        return all(_spelled(name, getattr(layer, name)) for name in layer._functions)
    except NoKernel:
        return False


@constant
def noises(kernel: str) -> int:
    """How many random numbers a timestep of a kernel may use for each neuron."""
    return int(_defined("NOISES", _text(kernel.split()[0])))


def _defined(name: str, text: str) -> str:
    """What a kernel defines a name as."""
    found = re.search(rf"^#define {name}([^/\n]*)", text, re.MULTILINE)
    return found[1].strip() if found else ""


@functools.cache
def _text(module: str) -> str:
    """The kernel of the layer in a module, from the folder beside it; or nothing."""
    file = getattr(importlib.import_module(module), "__file__", None)
    path = Path(file or "-").with_suffix(".c")
    path = path.with_name("kernels") / path.name
    return path.read_text() if path.is_file() else ""


@functools.cache
def _is_edited(module: str) -> bool:
    """Whether the class in a module may differ from what its kernel was printed from."""
    text = Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")
    stamp = re.search(r"^# Checksum of what follows: (\w+)\n", text, re.MULTILINE)
    return not stamp or hashlib.sha256(text[stamp.end() :].encode()).hexdigest()[:16] != stamp[1]


def _spelled(name: str, function: Any) -> str:
    """A function as kernels call it, with its numbers."""
    if isinstance(function, nn.Module):
        if has_hooks(function):
            raise NoKernel(f"{name} has hooks")
        if kind(function) is nn.Identity:
            return "identity"
        if kind(function) in BUILT_IN:
            quantizer = cast(Quantizer, function)
            return ":".join([quantizer.name, *(repr(float(n)) for n in quantizer.numbers)])
    for known in vars(spikes).values():
        if known is function and inspect.isfunction(function):
            return function.__name__
    raise NoKernel(f"{name} is no function of tt.functional")


def has_hooks(module: nn.Module) -> bool:
    """Whether something else runs where a module is called, or is called in its place."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    of_all = (getattr(nn.modules.module, f"_global{name}") for name in hooks)
    own = (getattr(module, name) for name in hooks)
    return "forward" in vars(module) or any(own) or any(of_all)


@functools.cache
def source(kernel: str, dtype: torch.dtype) -> str:
    """The whole source of a kernel: the language, the functions, the timestep, and the driver."""
    module, *words = kernel.split()
    constants = {
        "LANES": LANES,
        "CHUNK": CHUNK,
        "MOST_THREADS": MOST_THREADS,
        "real": DTYPES[dtype],
    }
    constants |= {"REAL_IS_FLOAT": 1} if dtype == torch.float32 else {}
    lines = [f"#define {name} {value}" for name, value in constants.items()]
    for word in words:
        name, _, chosen = word.partition("=")
        function, *numbers = chosen.split(":")
        more = "".join(f", (real){number}" for number in numbers)
        lines += [
            (
                f"#define {name}(x, noise) {function}(x, noise{more})"
                if function in _RANDOM
                else f"#define {name}(x, ...) {function}(x{more})"
            ),
            f"#define {name}_gradient(x, gradient) {function}_gradient(x, gradient{more})",
        ]
    language, functions, driver = (path.read_text() for path in (_LANGUAGE, _FUNCTIONS, _DRIVER))
    return "\n".join([*lines, language, functions, _text(module), driver])
