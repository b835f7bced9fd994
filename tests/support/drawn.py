"""Expressions, drawn from the whole language or one for each function; their values by PyTorch."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch.functional as F
from codegen.language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    functions,
    substitute,
    to_python,
)
from codegen.language.functions import CONDITION, FUNCTIONS, TENSOR, VALUE

C = Path(__file__).parents[2] / "src/tracetorch/sequence/c"
TYPES = {torch.float32: "float", torch.float64: "double"}

ELEMENTWISE = sorted(name for name, function in FUNCTIONS.items() if function.elementwise)
NUMBERS = (0, 1, 2, 3, 7, 0.0, 0.1, 0.5, 1.5, 2.0, 1e-3, 1e-07, 123456.789, 40, 16777217, 1e12)

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
    **{name: getattr(F, name) for name in ELEMENTWISE if FUNCTIONS[name].imported},
    "detach": lambda x: x.detach(),
    "mask": lambda condition: condition.double(),
    "maximum": lambda x, low: x.clamp(min=low),
    "minimum": lambda x, high: x.clamp(max=high),
    "silu": nn.functional.silu,
}


def unit(dtype: torch.dtype, *parts: str) -> str:
    """Source in C, behind the functions of the language."""
    defines = f"#define LANES 1\n#define real {TYPES[dtype]}\n"
    defines += f"#define REAL_IS_FLOAT {int(dtype == torch.float32)}"
    language = [(C / name).read_text("utf-8") for name in ("library.h", "language.h")]
    return "\n".join([defines, *language, *parts])


def expressions(names: list[str], max_leaves: int = 8) -> st.SearchStrategy[Expression]:
    """Expressions over these names, each with a tensor in it; some parts occur more than once."""
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

    def trees(leaves: int) -> st.SearchStrategy[Expression]:
        return st.recursive(tensors, larger, max_leaves=leaves)

    parts = st.dictionaries(st.sampled_from(names), trees(max_leaves // 2), min_size=1, max_size=1)
    return trees(max_leaves) | st.builds(substitute, trees(max_leaves // 2), parts)


def evaluate(
    expression: Expression,
    values: Mapping[str, Tensor],
    rounded: Callable[[Any], Any] = lambda result: result,
    read: Callable[[Tensor], Tensor] = lambda value: value,
) -> Tensor | float:
    """What an expression is, following its tree; each result goes through `rounded`, and each value
    through `read` where it occurs."""

    def of(part: Expression) -> Tensor | float:
        return evaluate(part, values, rounded, read)

    match expression:
        case Name(name):
            return read(values[name])
        case Number(value):
            return value
        case Negative(operand):
            return -of(operand)
        case Operation(left, sign, right) if sign in COMPARISONS:
            return OPERATORS[sign](of(left), of(right))
        case Operation(left, sign, right):
            return rounded(OPERATORS[sign](of(left), of(right)))
        case Call(function, arguments):
            return rounded(MEANINGS[function](*map(of, arguments)))


def points(seed: int, count: int = 48) -> dict[str, Tensor]:
    """Numbers for `x`, `a` and `b`: exact zeros, ties and odd ones among them."""
    generator = torch.Generator().manual_seed(seed)
    special = torch.tensor([0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -2.5, 0.01, 50.0, -50.0])
    drawn = 2 * torch.randn(3, count, generator=generator, dtype=torch.float64)
    chosen = special.double()[torch.randint(len(special), (3, count), generator=generator)]
    is_special = torch.rand(3, count, generator=generator) < 0.4
    return dict(zip("xab", torch.where(is_special, chosen, drawn)))


def value_and_slope(
    expression: Expression,
    given: Mapping[str, Tensor],
    rounded: Callable[[Any], Any] = lambda result: result,
    read: Callable[[Tensor], Tensor] = lambda value: value,
) -> tuple[Tensor, Tensor]:
    """The value of an expression, and its derivative with respect to `x`."""
    x = given["x"].clone().requires_grad_()
    value = evaluate(expression, {**given, "x": x}, rounded, read) + torch.zeros_like(x)
    if not value.requires_grad:
        return value, torch.zeros_like(x)
    (slope,) = torch.autograd.grad(value.sum(), x, allow_unused=True, materialize_grads=True)
    return value.detach(), slope


class Rounded(torch.autograd.Function):
    """Multiply a result by some numbers, and its derivative by others; zeros get signs."""

    @staticmethod
    def forward(ctx: Any, result: Tensor, factors: Tensor, signs: Tensor, slopes: Tensor) -> Tensor:
        ctx.save_for_backward(slopes)
        zeros = torch.copysign(torch.zeros_like(signs), signs)
        return torch.where(result == 0, zeros, result * factors)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return gradient * ctx.saved_tensors[0], None, None, None


def is_stable(expression: Expression, given: Mapping[str, Tensor]) -> Tensor:
    """Where results rounded another way make no difference, nor zeros of another sign, which PyTorch
    does not define either; elsewhere nobody can say what is right."""
    generator = torch.Generator().manual_seed(0)

    def noise(like: Tensor) -> Tensor:
        return 2 * torch.rand(like.shape, generator=generator, dtype=torch.float64) - 1

    def rounded(result: Any, sign: float | None) -> Any:
        if not isinstance(result, Tensor):
            return result
        signs = noise(result) if sign is None else torch.full(result.shape, sign).double()
        return Rounded.apply(result, 1 + 1e-13 * noise(result), signs, 1 + 1e-13 * noise(result))

    def read(value: Tensor) -> Tensor:
        """A value as it is, whose derivative is rounded each time that it is read."""
        return Rounded.apply(value, torch.ones_like(value), value, 1 + 1e-13 * noise(value))

    exact = torch.stack(value_and_slope(expression, given))
    stable = torch.ones_like(exact[0], dtype=torch.bool)
    for sign in (1.0, -1.0, *[None] * 6):
        other = value_and_slope(expression, given, partial(rounded, sign=sign), read)
        is_close = torch.isclose(exact, torch.stack(other), rtol=1e-10, atol=1e-11, equal_nan=True)
        stable &= is_close.all(0)
    return stable


FLAT = {name for name, function in FUNCTIONS.items() if function.blocks_gradient}
"""Their derivative is 0. Kernels leave it out; PyTorch multiplies by it, which makes NaN of infinity."""


def assert_same(expression: Expression, given: Mapping[str, Tensor], *found: Tensor) -> None:
    """The value found, and the derivative where there is one, are those of the expression."""
    where = is_stable(expression, given)
    value, slope = value_and_slope(expression, given)
    if functions(expression) & FLAT:
        where &= ~(slope.isnan() & ~value.isnan())

    def comparable(slope: Tensor) -> Tensor:
        """The derivatives that are finite, of values that are numbers: nobody can say of others
        whether they are infinite or NaN, which depends on how a rule is written."""
        return torch.where(slope.isfinite() & ~value.isnan(), slope, math.nan)

    slope, found = comparable(slope), (*found[:1], *map(comparable, found[1:]))
    for expected, actual in zip((value, slope), found):
        torch.testing.assert_close(
            actual[where],
            expected[where],
            rtol=1e-8,
            atol=1e-9,
            equal_nan=True,
            msg=lambda message: f"{to_python(expression)}: {message}",
        )


def expression_of(name: str) -> str:
    """A call of a function, that depends on `x` in each of its arguments."""
    values = ("x", "0.5 * x", "3 - x")
    takes = FUNCTIONS[name].takes
    arguments = ("x > 0.4" if kind == CONDITION else value for kind, value in zip(takes, values))
    return f"{name}({', '.join(arguments)})"
