"""The functions of the expression language, and how PyTorch spells them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

TENSOR, VALUE, CONDITION, WHOLE, SIZE = "tensor", "value", "condition", "whole", "size"
"""What an argument may be: a tensor, a tensor or a number, a comparison, a whole number known when
the layer is made, or anything that is made of sizes."""


@dataclass(frozen=True)
class Function:
    """What an expression may call.

    Attributes:
        torch: Writes the call as PyTorch source, from the sources of its arguments.
        takes: What its arguments are.
        more: What further arguments are, if it takes more.
        imported: Whether `tracetorch.functional` has it.
        elementwise: Whether each number of the result comes from those in the same place.
        doc: What it does, where neither PyTorch nor `tracetorch.functional` tells.
    """

    torch: Callable[..., str]
    takes: tuple[str, ...] = (TENSOR,)
    more: str = ""
    imported: bool = False
    elementwise: bool = True
    doc: str = ""


def _from_torch(name: str) -> Function:
    return Function(lambda x: f"torch.{name}({x})")


def _from_functional(name: str, *takes: str) -> Function:
    return Function(lambda *xs: f"{name}({', '.join(xs)})", takes or (TENSOR,), imported=True)


def _operand(text: str) -> str:
    """The source of an expression, for a method to be called on it."""
    body = ast.parse(text, mode="eval").body
    return text if isinstance(body, (ast.Attribute, ast.Call, ast.Name)) else f"({text})"


_ELEMENTWISE = """
    abs arcsinh atan cos cosh erf exp expm1 floor log log1p relu round sigmoid sign sin sinh sqrt square
    tan tanh
""".split()

_OURS = ("negative", "positive", "sigmoid_inverse", "softplus", "softplus_inverse")

FUNCTIONS = {
    **{name: _from_functional(name) for name in _OURS},
    **{name: _from_torch(name) for name in _ELEMENTWISE},
    "silu": Function(lambda x: f"nn.functional.silu({x})"),
    "where": Function(
        lambda condition, *values: f"torch.where({condition}, {', '.join(values)})",
        (CONDITION, VALUE, VALUE),
    ),
    "mask": Function(
        lambda condition: f"({condition}).to(x.dtype)",
        (CONDITION,),
        doc="is 1 where a comparison holds, and 0 elsewhere",
    ),
    "maximum": Function(lambda x, low: f"{_operand(x)}.clamp(min={low})", (TENSOR, VALUE)),
    "minimum": Function(lambda x, high: f"{_operand(x)}.clamp(max={high})", (TENSOR, VALUE)),
    "detach": Function(lambda x: f"{_operand(x)}.detach()"),
    "straight_through": _from_functional("straight_through", TENSOR, TENSOR),
    "cat": Function(
        lambda *xs: f"torch.cat(({', '.join(xs)}), dim=-1)",
        (TENSOR, TENSOR),
        TENSOR,
        elementwise=False,
    ),
    "chunk": Function(
        lambda x, parts: f"{_operand(x)}.chunk({parts}, dim=-1)", (TENSOR, WHOLE), elementwise=False
    ),
    "split": Function(
        lambda x, *sizes: f"{_operand(x)}.split([{', '.join(sizes)}], dim=-1)",
        (TENSOR, WHOLE, WHOLE),
        WHOLE,
        elementwise=False,
    ),
    "sum": Function(lambda x, dim: f"{_operand(x)}.sum({dim})", (TENSOR, WHOLE), elementwise=False),
    "unsqueeze": Function(
        lambda x, dim: f"{_operand(x)}.unsqueeze({dim})", (TENSOR, WHOLE), elementwise=False
    ),
    "push": Function(
        lambda buffer, x: (
            f"torch.cat(({_operand(buffer)}[..., 1:], {_operand(x)}.unsqueeze(-1)), dim=-1)"
        ),
        (TENSOR, TENSOR),
        elementwise=False,
        doc="drops the oldest entry of a buffer, the first in its last dimension, and appends one",
    ),
}
"""What the statements of a timestep may call, besides the functions and modules of their layer."""

APPLIED = Function(str)
"""A function or a module of a layer."""

_NUMBERS = {
    name: Function(lambda x, name=name: f"math.{name}({x})", (SIZE,)) for name in ("log", "sqrt")
}

INITIAL_FUNCTIONS = {
    **_NUMBERS,
    "count": Function(lambda n: f"torch.arange(1.0, {n} + 1)", (SIZE,)),
    "normal": Function(lambda std: f"torch.empty({{size}}).normal_(0.0, {std})", (SIZE,)),
    "uniform": Function(
        lambda low, high: f"torch.empty({{size}}).uniform_({low}, {high})", (SIZE, SIZE)
    ),
}
"""What the initial value of a weight may call."""

SIZE_FUNCTIONS = {"max": Function(lambda a, b: f"max({a}, {b})", (SIZE, SIZE))}
"""What an expression of sizes may call."""
