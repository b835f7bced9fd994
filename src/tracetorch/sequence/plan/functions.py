"""The functions and methods of PyTorch that a forward may apply to the values of a timestep."""

from __future__ import annotations

import builtins
import inspect
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_ELEMENTWISE = """
    abs acos acosh add asin asinh atan atan2 atanh ceil clamp clamp_max clamp_min clip cos cosh div
    divide eq erf erfc exp expm1 floor fmax fmin fmod ge greater greater_equal gt hypot isfinite
    isnan le lerp less less_equal log log10 log1p log2 logical_and logical_not logical_or lt maximum
    minimum mul multiply ne neg negative pow reciprocal relu remainder round rsqrt sigmoid sign sin
    sinh sqrt square sub subtract tan tanh true_divide trunc where
""".split()
_CASTS = "bfloat16 double float half to".split()
_ACTIVATIONS = """
    celu elu gelu hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish relu relu6
    selu sigmoid silu softplus softshrink softsign tanh tanhshrink threshold
""".split()
_VIEWS = """
    contiguous detach expand flatten movedim narrow permute reshape select squeeze swapaxes
    transpose unflatten unsqueeze view
""".split()
_DIVISIONS = "chunk split unbind".split()
_MIXING = """
    amax amin bmm cat clone concat cumsum flip log_softmax logsumexp matmul mean prod repeat softmax
    stack sum
""".split()
_OF_SAMPLES = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
    adaptive_max_pool2d adaptive_max_pool3d avg_pool1d avg_pool2d avg_pool3d interpolate log_softmax
    max_pool1d max_pool2d max_pool3d normalize pad pixel_shuffle pixel_unshuffle softmax
""".split()
_OPERATORS = """
    abs add eq floordiv ge getitem gt le lt matmul mod mul ne neg pos pow sub truediv
""".split()
_IN_PLACE = "ifloordiv iadd imatmul imod imul ipow isub itruediv".split()


def checked(x: Tensor, condition: bool, *message: Any) -> Tensor:
    """Return `x`, or fail as an `assert` does."""
    if not condition:
        raise AssertionError(*message)
    return x


def part(
    index: int | None, count: int | None, function: str, *arguments: Any, **keywords: Any
) -> Any:
    """Return one part of what a function divides a tensor into, None for the tensor itself, and
    check how many there are."""
    parts = FUNCTIONS[function](*arguments, **keywords)
    if count is not None and len(parts) != count:
        raise ValueError(f"expected {count} values to unpack, got {len(parts)}")
    return arguments[0] if index is None else parts[index]


def measured(x: Tensor, *measures: Any) -> Tensor:
    """Return `x`, after the arguments were computed."""
    return x


def _of(owner: Any, prefix: str, names: list[str]) -> dict[str, Callable[..., Any]]:
    return {f"{prefix}.{name}": getattr(owner, name) for name in names if hasattr(owner, name)}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_of(torch, "torch", [*_ELEMENTWISE, *_VIEWS, *_MIXING, *_DIVISIONS]),
    **_of(Tensor, "Tensor", [*_ELEMENTWISE, *_CASTS, *_VIEWS, *_MIXING, *_DIVISIONS]),
    **_of(F, "F", [*_ACTIVATIONS, *_OF_SAMPLES]),
    **_of(operator, "operator", [*_OPERATORS, *_IN_PLACE]),
    "F.dropout": F.dropout,
    "assert": checked,
    "measured": measured,
    "part": part,
}
"""By the names that operations give them. They depend on their arguments alone, but for those that
draw random numbers, and work in place only with `inplace=True`."""

COMPUTATIONS: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    **_of(builtins, "builtins", "abs bool float int max min round".split()),
    **_of(math, "math", "ceil exp floor log log2 sqrt".split()),
}
"""Those that apply to sizes and numbers too."""

RANDOM = frozenset(["F.dropout"])

DIVISIONS = frozenset(f"{owner}.{name}" for owner in ("torch", "Tensor") for name in _DIVISIONS)
"""Those that return a tuple."""

NAMES = {function: name for name, function in reversed(FUNCTIONS.items())}

_IS_ELEMENTWISE = frozenset(
    [
        *(f"{owner}.{name}" for owner in ("torch", "Tensor") for name in (*_ELEMENTWISE, *_CASTS)),
        *(f"F.{name}" for name in _ACTIVATIONS),
        *(f"operator.{name}" for name in _OPERATORS if name not in ("getitem", "matmul")),
        *(f"operator.{name}" for name in _IN_PLACE if name != "imatmul"),
    ]
)
_RETURNS_INPUT = frozenset(
    [
        *(f"{owner}.{name}" for owner in ("torch", "Tensor") for name in (*_VIEWS, *_CASTS)),
        *("operator.getitem", "operator.pos", "assert", "measured", "part"),
    ]
)


def _place_of_inplace(function: Callable[..., Any]) -> int | None:
    try:
        names = [*inspect.signature(function).parameters]
    except ValueError:  # a function of C, which has none
        return None
    return names.index("inplace") if "inplace" in names else None


_PLACE_OF_INPLACE = {
    name: place
    for name in (f"F.{name}" for name in _ACTIVATIONS)
    if name in FUNCTIONS and (place := _place_of_inplace(FUNCTIONS[name])) is not None
}
"""Where functions that can work in place are asked to, which is their last argument."""


@dataclass(frozen=True)
class Slot:
    """In the place of an argument: the value of this index among the inputs."""

    index: int


@dataclass(frozen=True)
class Measure:
    """In the place of an argument: what all timesteps of an input have in common, as its sizes.

    Attributes:
        index: Which input.
        name: The name of the attribute.
        arguments: Those that it is called with, None if it is not called.
        item: Which item of it, None for itself.
    """

    index: int
    name: str
    arguments: tuple[int, ...] | None = None
    item: int | None = None

    def of(self, inputs: tuple[Any, ...]) -> Any:
        found = getattr(inputs[self.index], self.name)
        if self.arguments is not None:
            found = found(*self.arguments)
        return found if self.item is None else found[self.item]


@dataclass(frozen=True)
class Computed:
    """In the place of an argument: a function of what all timesteps have in common."""

    name: str
    operands: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Function:
    """A function with its arguments, of which some are inputs or are computed from their sizes.

    Attributes:
        name: In the table, or of what it is in a plan.
        foreign: What is called, if it is not in the table.
        is_writing: Whether it may change an input, other than by being asked to work in place.
        held: Tensors that are the same in all timesteps, as inputs after those that it is given.
    """

    name: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...] = ()
    foreign: Callable[..., Any] | None = None
    is_writing: bool = False
    held: tuple[Tensor, ...] = ()

    def __call__(self, *inputs: Any) -> Any:
        """The result for the values of a timestep."""
        arguments, keywords = filled((self.arguments, self.keywords), (*inputs, *self.held))
        owner, _, name = self.name.partition(".")
        if owner == "Tensor" and not self.foreign:
            return getattr(arguments[0], name)(*arguments[1:], **dict(keywords))
        return (self.foreign or FUNCTIONS[self.name])(*arguments, **dict(keywords))

    @property
    def may_return_input(self) -> bool:
        return bool(self.foreign) or self.name in _RETURNS_INPUT or self.works_in_place

    @property
    def works_in_place(self) -> bool:
        if self.is_writing or self.name.removeprefix("operator.") in _IN_PLACE:
            return True
        keywords = dict(self.keywords)
        place = _PLACE_OF_INPLACE.get(self.name, len(self.arguments))
        return bool(keywords.get("inplace") or any(self.arguments[place:]))

    @property
    def is_check(self) -> bool:
        """Whether it returns its first input, or fails because of sizes."""
        return self.name in ("assert", "measured")

    @property
    def is_elementwise(self) -> bool:
        """Whether it is applied to each element, whatever the dimensions are."""
        parts = (*self.arguments, *(argument for _, argument in self.keywords))
        is_plain = all(isinstance(part, Slot | int | float | str | torch.dtype) for part in parts)
        return self.name in _IS_ELEMENTWISE and is_plain


def mapped(part: Any, function: Callable[[Any], Any]) -> Any:
    """An argument in which a function replaces what containers and computations hold."""
    if isinstance(part, tuple):
        return tuple(mapped(one, function) for one in part)
    if isinstance(part, list):
        return [mapped(one, function) for one in part]
    if isinstance(part, slice):
        return slice(*(mapped(one, function) for one in (part.start, part.stop, part.step)))
    if isinstance(part, Computed):
        return Computed(part.name, mapped(part.operands, function), mapped(part.keywords, function))
    return function(part)


def leaves(part: Any) -> list[Any]:
    """What the containers and computations of an argument hold."""
    found: list[Any] = []
    mapped(part, found.append)
    return found


def filled(argument: Any, inputs: tuple[Any, ...]) -> Any:
    if isinstance(argument, Slot):
        return inputs[argument.index]
    if isinstance(argument, Measure):
        return argument.of(inputs)
    if isinstance(argument, Computed):
        operands, keywords = filled((argument.operands, argument.keywords), inputs)
        return COMPUTATIONS[argument.name](*operands, **dict(keywords))
    if isinstance(argument, tuple):
        return tuple(filled(part, inputs) for part in argument)
    if isinstance(argument, list):
        return [filled(part, inputs) for part in argument]
    if isinstance(argument, slice):
        return slice(*filled((argument.start, argument.stop, argument.step), inputs))
    return argument
