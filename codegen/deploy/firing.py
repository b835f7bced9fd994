"""The functions that a layer fires with, and hard spikes as comparisons."""

from __future__ import annotations

import functools
import re
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from ..kernels.kernel import digest_of, own
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    computed,
    substitute,
)
from ..model import Firing, Functional, Package
from .chain import Refused
from .literals import single

_LIBRARY = "tracetorch.functional."


def declared(
    name: str, function: Any, known: Functional, packages: Iterable[Package]
) -> Firing | None:
    """Return what a spec says of a function of a layer, with its numbers put in; None if it returns
    its argument.

    Args:
        name: The name of the function in the layer.
        function: The function.
        known: The functions of the library.
        packages: The files that may declare it, if it is none of the library.

    Raises:
        Refused: No spec declares it, or it is random.
    """
    if type(function) is nn.Identity:
        return None
    if isinstance(function, nn.Module):
        found = _quantizer(name, function, known)
        return _with_numbers(found, {n.name: getattr(function, n.name) for n in found.numbers})
    if isinstance(function, functools.partial) and not function.args:
        return _with_numbers(_spike(name, function.func, known, packages), function.keywords)
    return _with_numbers(_spike(name, function, known, packages), {})


def _quantizer(name: str, function: nn.Module, known: Functional) -> Firing:
    quantizers = {quantizer.name: quantizer for quantizer in known.quantizers}
    kind = type(function)
    found = quantizers.get(getattr(kind, "name", ""))
    if not found or not kind.__module__.startswith(_LIBRARY):
        raise Refused(f"{name} is {kind.__name__}; use round_ste() or nn.Identity()")
    if found.is_random:
        raise Refused(f"{name} draws random numbers; deploy with round_ste() or nn.Identity()")
    return found


def _spike(name: str, function: Any, known: Functional, packages: Iterable[Package]) -> Firing:
    called, module = (str(getattr(function, what, "")) for what in ("__name__", "__module__"))
    if module.startswith(_LIBRARY):
        found = {spike.name: spike for spike in known.spikes}
    else:
        digest = getattr(sys.modules.get(module), "_digest", None)
        ours = (p.spikes for p in packages if p.spikes and digest_of(p.spikes) == digest)
        found = {spike.name: own(spike) for spikes in ours for spike in spikes}
    if called not in found:
        advice = "use one of tt.functional, or give the file that declares it by --spec"
        raise Refused(f"{name} is {function!r}, which no spec declares; {advice}")
    return found[called]


def _with_numbers(function: Firing, given: Mapping[str, Any]) -> Firing:
    """Return a function of `x` alone, named after the numbers that are not the default."""
    defaults = {number.name: number.default for number in function.numbers}
    for key, value in given.items():
        if not isinstance(value, (int, float)) or not isfinite(single(value)):
            raise Refused(f"{function.name} is given {key}={value!r}; give it numbers alone")
    plain = {key: v if type(v) is int else float(v) for key, v in given.items()}  # not NumPy's
    values = {**defaults, **plain}
    others = [f"_{key}_{value!r}" for key, value in values.items() if value != defaults[key]]
    numbers = {key: Number(value) for key, value in values.items()}
    return replace(
        function,
        name=re.sub(r"\W", "_", "".join([function.name, *others])),
        statements=tuple(
            replace(statement, expression=computed(substitute(statement.expression, numbers)))
            for statement in function.statements
        ),
    )


# Hard spikes


def limit(firing: Iterable[Firing | None], function: Callable[[Tensor], Tensor]) -> float | None:
    """Return the number above which a function is 1, if it is 0 everywhere else; else None.

    Args:
        firing: The functions that it applies, in order.
        function: The same in PyTorch, whose rounding decides.
    """
    if not all(_never_falls(applied) for applied in firing if applied):
        return None
    low, high = -_LAST, _LAST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_0(function, middle) else (low, middle)
    near = (_float(low + step) for step in range(-_NEAR, _NEAR))
    numbers = torch.tensor([-_FAR, *near, _FAR])
    found = _float(low)
    return found if torch.equal(function(numbers), (numbers > found).to(numbers.dtype)) else None


_NEAR = 4096
"""The numbers on either side of a limit at which it is checked."""

_FAR = 1e6
"""A number at which it is checked, with its negative, for levels besides 0 and 1."""

_LAST = 0x7F7FFFFF
"""The place of the largest finite number."""


def _float(place: int) -> float:
    """Return the number at a place among all numbers of single precision in order; 0 is 0."""
    size = struct.unpack("f", struct.pack("i", abs(place)))[0]
    return float(-size if place < 0 else size)


def _is_0(function: Callable[[Tensor], Tensor], place: int) -> bool:
    return bool(function(torch.full((16,), _float(place)))[0] == 0)


def _never_falls(function: Firing) -> bool:
    """Whether it follows from the expressions of a function that it falls nowhere."""
    known: dict[str, int | None] = {"x": 1}
    for statement in function.statements:
        known[statement.targets[0]] = _direction(statement.expression, known)
    return known[function.statements[-1].targets[0]] in (0, 1)


def _direction(expression: Expression, known: Mapping[str, int | None]) -> int | None:
    """Return 1 if an expression never falls, -1 if it never rises, 0 if it is constant, else None.

    Rounding does not change this, nor does it for functions of the library but for their errors.
    """
    match expression:
        case Name(name):
            return known.get(name)
        case Number():
            return 0
        case Negative(operand):
            return _times(-1, _direction(operand, known))
        case Operation(left, "+" | "-" as operator, right):
            sign = 1 if operator == "+" else -1
            return _both(_direction(left, known), _times(sign, _direction(right, known)))
        case Operation(Number(factor), "*", operand) | Operation(
            operand, "*" | "/", Number(factor)
        ):
            return _times((factor > 0) - (factor < 0), _direction(operand, known))
        case Operation(operand, "/", divisor) if _is_growing(divisor, operand):
            return _direction(operand, known)
        case Call("straight_through", (value, _)):
            return _direction(value, known)
        case Call("maximum" | "minimum", (one, other)):
            return _both(_direction(one, known), _direction(other, known))
        case Call(function, (operand,)) if function in _RISING:
            return _direction(operand, known)
    return None


def _is_growing(divisor: Expression, operand: Expression) -> bool:
    """Whether a divisor is `a + b * abs(operand)` with numbers above 0, so that the quotient rises
    with the operand."""
    match divisor:
        case Operation(Number(a), "+", Operation(Number(b), "*", Call("abs", (inner,)))):
            return a > 0 and b > 0 and inner == operand
    return False


def _times(sign: int, direction: int | None) -> int | None:
    return None if direction is None else sign * direction


def _both(one: int | None, other: int | None) -> int | None:
    if one is None or other is None or one == -other != 0:
        return None
    return one or other


_RISING = frozenset("""
    arcsinh atan erf exp expm1 floor log log1p negative positive relu round sigmoid sigmoid_inverse
    sign sinh softplus softplus_inverse sqrt tanh
""".split())
