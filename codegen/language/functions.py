"""The functions of the expression language: one row for each, read by every printer."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .formula import PRODUCT, SUM, Formula, notation, square

TENSOR, VALUE, CONDITION, WHOLE, SIZE = "tensor", "value", "condition", "whole", "size"
"""What an argument may be: a tensor, a tensor or a number, a comparison, a whole number known when
the layer is made, or anything that is made of sizes."""


@dataclass(frozen=True)
class Function:
    """What an expression may call.

    Attributes:
        torch: Writes the call as PyTorch source, from the sources of its arguments.
        derivative: The gradient of each argument, separated by `;`. It reads `gradient`, that of
            the `result`, and the arguments, `a`, `b` and `c`; at kinks it is that of PyTorch.
        c: The function of C's library that it is, or the call with a `{}` for each argument. By
            default it is a function of this name in `language.h`.
        triton: The function of Triton that it is, or the call with a `{}` for each argument. By
            default it is a function of this name in `language.py`.
        latex: Writes the call as a formula, where mathematics has a notation of its own.
        domain: The interval in which it is defined, for tests to choose from.
        takes: What its arguments are.
        more: What further arguments are, if it takes more.
        imported: Whether `tracetorch.functional` has it.
        elementwise: Whether each number of the result comes from those in the same place.
        doc: What it does, where neither PyTorch nor `tracetorch.functional` documents it.
    """

    name: str
    torch: Callable[..., str]
    derivative: str = ""
    c: str = ""
    triton: str = ""
    latex: Callable[..., Formula] | None = None
    domain: tuple[float, float] = (-math.inf, math.inf)
    takes: tuple[str, ...] = (TENSOR,)
    more: str = ""
    imported: bool = False
    elementwise: bool = True
    doc: str = ""

    @property
    def hides_its_slope(self) -> bool:
        """Whether its derivative is 0 on purpose, and no slope of what it computes."""
        return self.takes[0] == TENSOR and self.derivative.partition(";")[0] == "0"


def _table(*rows: Function) -> dict[str, Function]:
    return {row.name: row for row in rows}


def _torch(name: str, derivative: str, **columns: Any) -> Function:
    """A function that PyTorch has by the same name."""
    return Function(name, f"torch.{name}({{}})".format, derivative, **columns)


def _ours(name: str, derivative: str, **columns: Any) -> Function:
    """A function that `tracetorch.functional` has by the same name."""

    def call(*arguments: str) -> str:
        return f"{name}({', '.join(arguments)})"

    return Function(name, call, derivative, imported=True, **columns)


def _mixing(name: str, torch: Callable[..., str], *takes: str, **columns: Any) -> Function:
    """A function that is not elementwise, which no kernel calls."""
    return Function(name, torch, takes=takes, elementwise=False, **columns)


def _operand(text: str) -> str:
    """The source of an expression, for a method to be called on it."""
    body = ast.parse(text, mode="eval").body
    return text if isinstance(body, (ast.Attribute, ast.Call, ast.Name)) else f"({text})"


_ABOVE_0 = (0.0, math.inf)
_CASES = r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"

# fmt: off
FUNCTIONS = _table(
    _torch("abs", "gradient * sign(a)", c="fabs", triton="abs", latex=notation("|{}|")),
    _torch("arcsinh", "gradient / sqrt(a * a + 1)", c="asinh"),
    _torch("atan", "gradient / (1 + a * a)", c="atan"),
    _torch("cos", "-gradient * sin(a)", c="cos", triton="cos"),
    _torch("cosh", "gradient * sinh(a)", c="cosh"),
    _torch("erf", "gradient * 1.1283791670955126 * exp(-a * a)", c="erf", triton="erf"),
    _torch("exp", "gradient * result", c="real_exp({})", triton="exp", latex=notation("e^{{{}}}")),
    _torch("expm1", "gradient * (result + 1)", c="expm1", latex=notation("e^{{{}}} - 1", SUM)),
    _torch("floor", "0", c="floor", triton="floor", latex=notation(r"\lfloor {} \rfloor")),
    _torch("log", "gradient / a", c="log", triton="log", domain=_ABOVE_0),
    _torch("log1p", "gradient / (1 + a)", c="log1p", domain=(-1.0, math.inf)),
    _torch("relu", "where(result <= 0, 0, gradient)"),
    _torch("round", "0", c="rint"),
    _torch("sigmoid", "gradient * (1 - result) * result"),
    _torch("sign", "0"),
    _torch("sin", "gradient * cos(a)", c="sin", triton="sin"),
    _torch("sinh", "gradient * cosh(a)", c="sinh"),
    _torch("sqrt", "gradient / (2 * result)", c="sqrt", triton="sqrt", domain=_ABOVE_0,
           latex=notation(r"\sqrt{{{}}}")),
    _torch("square", "gradient * 2 * a", latex=square),
    _torch("tan", "gradient * (1 + result * result)", c="tan", domain=(-1.5, 1.5)),
    _torch("tanh", "gradient * (1 - result * result)", c="tanh"),
    Function("silu", "nn.functional.silu({})".format,
             "gradient * sigmoid(a) * (1 + a * (1 - sigmoid(a)))"),
    _ours("sigmoid_inverse",
          "where(a < 0, result, where(a > 1, result, gradient / (a * (1 - a))))", domain=(0.0, 1.0)),
    _ours("softplus", "gradient * sigmoid(a)"),
    _ours("softplus_inverse", "gradient / -expm1(-a)", domain=_ABOVE_0),
    # These two let half of the gradient through at 0.
    _ours("negative", "negative_gradient(a, gradient)"),
    _ours("positive", "positive_gradient(a, gradient)"),
    _ours("straight_through", "0; gradient", takes=(TENSOR, TENSOR)),
    Function("detach", lambda x: f"{_operand(x)}.detach()", "0", c="({})", triton="({})"),
    Function("maximum", lambda x, low: f"{_operand(x)}.clamp(min={low})",
             "where(a >= b, gradient, 0); where(a < b, gradient, 0)", takes=(TENSOR, VALUE)),
    Function("minimum", lambda x, high: f"{_operand(x)}.clamp(max={high})",
             "where(a <= b, gradient, 0); where(a > b, gradient, 0)", takes=(TENSOR, VALUE)),
    Function("mask", "({}).to(x.dtype)".format, "0", c="(real)({})", triton="({}).to(x.dtype)",
             latex=notation("[{}]"), takes=(CONDITION,),
             doc="is 1 where a comparison holds, and 0 elsewhere"),
    Function("where", "torch.where({}, {}, {})".format,
             "0; where(a, gradient, 0); where(a, 0, gradient)", c="({} ? {} : {})", triton="where",
             latex=notation(_CASES), takes=(CONDITION, VALUE, VALUE)),
    _mixing("cat", lambda *xs: f"torch.cat(({', '.join(xs)}), dim=-1)", TENSOR, TENSOR, more=TENSOR,
            latex=lambda *xs: Formula(f"[{', '.join(x.text for x in xs)}]")),
    _mixing("chunk", lambda x, parts: f"{_operand(x)}.chunk({parts}, dim=-1)", TENSOR, WHOLE),
    _mixing("split", lambda x, *sizes: f"{_operand(x)}.split([{', '.join(sizes)}], dim=-1)",
            TENSOR, WHOLE, WHOLE, more=WHOLE),
    _mixing("sum", lambda x, dim: f"{_operand(x)}.sum({dim})", TENSOR, WHOLE,
            latex=lambda x, dim: Formula(rf"\sum {x.at_least(PRODUCT)}", SUM)),
    _mixing("unsqueeze", lambda x, dim: f"{_operand(x)}.unsqueeze({dim})", TENSOR, WHOLE,
            latex=lambda x, dim: x),
    _mixing("push", lambda buffer, x:
            f"torch.cat(({_operand(buffer)}[..., 1:], {_operand(x)}.unsqueeze(-1)), dim=-1)",
            TENSOR, TENSOR,
            doc="drops the oldest entry of a buffer, the first in its last dimension, and appends one"),
)
# fmt: on
"""What the statements of a timestep may call, besides the functions and modules of their layer."""

APPLIED = Function("", str)
"""A function or a module of a layer, by whatever name."""

INITIAL_FUNCTIONS = _table(
    Function("log", "math.log({})".format, takes=(SIZE,)),
    Function("sqrt", "math.sqrt({})".format, takes=(SIZE,)),
    Function("count", "torch.arange(1.0, {} + 1)".format, takes=(SIZE,)),
    Function("normal", "torch.empty({{size}}).normal_(0.0, {})".format, takes=(SIZE,)),
    Function("uniform", "torch.empty({{size}}).uniform_({}, {})".format, takes=(SIZE, SIZE)),
)
"""What the initial value of a weight may call."""

SIZE_FUNCTIONS = _table(Function("max", "max({}, {})".format, takes=(SIZE, SIZE)))
"""What an expression of sizes may call."""
