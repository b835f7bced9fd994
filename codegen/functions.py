"""The functions of the expression language, and how PyTorch spells them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """What an expression may call.

    Attributes:
        torch: Writes the call as PyTorch source, from the sources of its arguments.
        arguments: How many arguments it takes, at least.
        variadic: Whether it takes more.
        tensors: How many of the arguments, from the first on, are tensors; the others are whole
            numbers. With -1 all are.
        imported: Whether `tracetorch.functional` has it.
        doc: What it does, where neither PyTorch nor `tracetorch.functional` tells.
    """

    torch: Callable[..., str]
    arguments: int = 1
    variadic: bool = False
    tensors: int = 1
    imported: bool = False
    doc: str = ""


def _from_torch(name: str) -> Function:
    return Function(lambda x: f"torch.{name}({x})")


def _from_functional(name: str) -> Function:
    return Function(lambda x: f"{name}({x})", imported=True)


def _operand(text: str) -> str:
    """The source of an expression, for a method to be called on it."""
    body = ast.parse(text, mode="eval").body
    return text if isinstance(body, (ast.Attribute, ast.Call, ast.Name)) else f"({text})"


FUNCTIONS = {
    **{name: _from_functional(name) for name in ("negative", "positive", "softplus")},
    **{name: _from_torch(name) for name in ("exp", "expm1", "log", "sigmoid", "sqrt", "tanh")},
    "silu": Function(lambda x: f"nn.functional.silu({x})"),
    "cat": Function(
        lambda *xs: f"torch.cat(({', '.join(xs)}), dim=-1)", 2, variadic=True, tensors=-1
    ),
    "chunk": Function(lambda x, parts: f"{_operand(x)}.chunk({parts}, dim=-1)", 2),
    "split": Function(
        lambda x, *sizes: f"{_operand(x)}.split([{', '.join(sizes)}], dim=-1)", 3, variadic=True
    ),
    "sum": Function(lambda x, dim: f"{_operand(x)}.sum({dim})", 2),
    "unsqueeze": Function(lambda x, dim: f"{_operand(x)}.unsqueeze({dim})", 2),
    "push": Function(
        lambda buffer, x: (
            f"torch.cat(({_operand(buffer)}[..., 1:], {_operand(x)}.unsqueeze(-1)), dim=-1)"
        ),
        2,
        tensors=2,
        doc="drops the oldest entry of a buffer, the first in its last dimension, and appends one",
    ),
}
"""What the statements of a timestep may call, besides the functions and modules of their layer."""

_NUMBERS = {
    name: Function(lambda x, name=name: f"math.{name}({x})", tensors=0) for name in ("log", "sqrt")
}

INITIAL_FUNCTIONS = {
    **_NUMBERS,
    "count": Function(lambda n: f"torch.arange(1.0, {n} + 1)", tensors=0),
    "normal": Function(lambda std: f"torch.normal(0.0, {std}, {{size}})", tensors=0),
    "uniform": Function(
        lambda low, high: f"torch.empty({{size}}).uniform_({low}, {high})", 2, tensors=0
    ),
}
"""What the initial value of a weight may call."""

SIZE_FUNCTIONS = {"max": Function(lambda a, b: f"max({a}, {b})", 2, tensors=0)}
"""What an expression of sizes may call."""
