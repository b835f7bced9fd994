"""Expressions drawn from the whole language, and what they mean, by PyTorch alone."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

import torch
from codegen.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    functions,
    to_python,
)
from codegen.functions import CONDITION, FUNCTIONS, TENSOR, VALUE
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch.functional as F

ELEMENTWISE = sorted(name for name, function in FUNCTIONS.items() if function.elementwise)
NUMBERS = (0, 1, 2, 3, 7, 0.0, 0.1, 0.5, 1.5, 2.0, 1e-3, 1e-07, 123456.789, 40, 16777217, 2**40)

OPERATORS: dict[str, Callable[..., Tensor]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

MEANINGS: dict[str, Callable[..., Tensor]] = {
    **{name: getattr(torch, name) for name in ELEMENTWISE if hasattr(torch, name)},
    **{name: getattr(F, name) for name in ("negative", "positive", "softplus")},
    **{name: getattr(F, name) for name in ("sigmoid_inverse", "softplus_inverse")},
    "detach": lambda x: x.detach(),
    "mask": lambda condition: condition.double(),
    "maximum": lambda x, low: x.clamp(min=low),
    "minimum": lambda x, high: x.clamp(max=high),
    "silu": nn.functional.silu,
    "straight_through": F.straight_through,
    "where": torch.where,
}


def expressions(names: list[str], max_leaves: int = 8) -> st.SearchStrategy[Expression]:
    """Expressions over these names, each with a tensor in it."""
    tensors: st.SearchStrategy[Expression] = st.sampled_from(list(map(Name, names)))
    numbers: st.SearchStrategy[Expression] = st.sampled_from(list(map(Number, NUMBERS)))

    def larger(tensor: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        number = numbers | st.builds(Negative, numbers)
        number |= st.builds(Operation, number, st.sampled_from("+-*"), number)
        number |= st.builds(
            Operation, number, st.just("/"), st.sampled_from([Number(3), Number(-2)])
        )
        value = tensor | number
        # A division by 0 is refused where it is written.
        divisors = st.sampled_from([Number(number) for number in NUMBERS if number])
        divisor = tensor | divisors | st.builds(Negative, divisors)
        conditions = st.builds(Operation, tensor, st.sampled_from(COMPARISONS), value)
        kinds = {TENSOR: tensor, VALUE: value, CONDITION: conditions}

        def call(name: str) -> st.SearchStrategy[Expression]:
            takes = [kinds[kind] for kind in FUNCTIONS[name].takes]
            if name == "where":
                takes[2] = tensor
            return st.builds(Call, st.just(name), st.tuples(*takes))

        return st.one_of(
            st.builds(Negative, tensor),
            st.builds(Operation, tensor, st.sampled_from("+-*"), value),
            st.builds(Operation, value, st.sampled_from("+-*/"), tensor),
            st.builds(Operation, tensor, st.just("/"), divisor),
            st.sampled_from(ELEMENTWISE).flatmap(call),
        )

    return st.recursive(tensors, larger, max_leaves=max_leaves)


def evaluate(expression: Expression, values: Mapping[str, Tensor]) -> Tensor | float:
    """What an expression is, following its tree."""
    match expression:
        case Name(name):
            return values[name]
        case Number(value):
            return value
        case Negative(operand):
            return -evaluate(operand, values)
        case Operation(left, sign, right):
            return OPERATORS[sign](evaluate(left, values), evaluate(right, values))
        case Call(function, arguments):
            return MEANINGS[function](*(evaluate(argument, values) for argument in arguments))


def points(seed: int, count: int = 48) -> dict[str, Tensor]:
    """Numbers for `x`, `a` and `b`: exact zeros, ties and odd ones among them."""
    generator = torch.Generator().manual_seed(seed)
    special = torch.tensor([0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -2.5, 1e-9, 50.0, -50.0])
    drawn = 2 * torch.randn(3, count, generator=generator, dtype=torch.float64)
    chosen = special.double()[torch.randint(len(special), (3, count), generator=generator)]
    is_special = torch.rand(3, count, generator=generator) < 0.4
    return dict(zip("xab", torch.where(is_special, chosen, drawn)))


def value_and_slope(expression: Expression, given: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The value of an expression, and its derivative with respect to `x`."""
    x = given["x"].clone().requires_grad_()
    value = evaluate(expression, {**given, "x": x}) + torch.zeros_like(x)
    if not value.requires_grad:
        return value, torch.zeros_like(x)
    (slope,) = torch.autograd.grad(value.sum(), x, allow_unused=True, materialize_grads=True)
    return value.detach(), slope


def is_stable(expression: Expression, given: Mapping[str, Tensor]) -> Tensor:
    """Where value and derivative hardly change with their arguments: elsewhere rounding decides."""
    results = []
    for factor in (1 - 1e-12, 1, 1 + 1e-12):
        moved = {name: value * factor for name, value in given.items()}
        results.append(torch.stack(value_and_slope(expression, moved)))
    low, here, high = results
    margin = 1e-9 * (1 + here.abs())
    is_close = ((low - here).abs() <= margin) & ((high - here).abs() <= margin)
    is_odd = ~here.isfinite() & (low.isnan() == high.isnan()) & (here.isnan() == high.isnan())
    return (is_close | is_odd).all(0)


FLAT = {"floor", "round", "sign"}
"""Their derivative is 0. Kernels leave it out; PyTorch multiplies by it, which makes NaN of infinity."""


def unsigned(tensor: Tensor) -> Tensor:
    """The same numbers, but infinity without a sign: it may be that of a zero, which nobody says."""
    return torch.where(tensor.isinf(), math.inf, tensor)


def assert_same(expression: Expression, given: Mapping[str, Tensor], *found: Tensor) -> None:
    """The value found, and the derivative where there is one, are those of the expression."""
    where = is_stable(expression, given)
    value, slope = value_and_slope(expression, given)
    if functions(expression) & FLAT:
        where &= ~(slope.isnan() & ~value.isnan())
        slope = torch.where(value.isnan(), math.nan, slope)
        found = (*found[:1], *(torch.where(value.isnan(), math.nan, f) for f in found[1:]))
    for expected, actual in zip((value, slope), found):
        torch.testing.assert_close(
            unsigned(actual[where]),
            unsigned(expected[where]),
            rtol=1e-8,
            atol=1e-9,
            equal_nan=True,
            msg=lambda message: f"{to_python(expression)}: {message}",
        )
