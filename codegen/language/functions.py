"""The functions of the expression language: one row for each, read by every printer."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .formula import ATOM, PRODUCT, SUM, Formula, notation, parentheses, power, square

TENSOR, VALUE, CONDITION, WHOLE, SIZE = "tensor", "value", "condition", "whole", "size"
DIMENSION, NAMED_DIMENSION, INDEX = "dimension", "named dimension", "index"
"""The kinds of arguments: a tensor, a tensor or a number, a comparison, an integer known when the
layer is constructed, a number known then, a dimension as a number or also by its size, or the number
of an element."""


@dataclass(frozen=True)
class Function:
    """A function that expressions may call.

    Attributes:
        torch: Prints the call as PyTorch source, from the sources of its arguments.
        derivative: The gradients of the arguments, separated by `;`, in terms of the `gradient` of
            the `result`, and the first two arguments `a` and `b`; at kinks as in PyTorch.
        c: The name in the C library, or the call with a `{}` for each argument. By default it is a
            function of this name in `language.h`.
        triton: The name in Triton, or the call with a `{}` for each argument. By default it is a
            function of this name in `language.py`.
        latex: Prints the call as a formula, if there is a special notation.
        domain: The interval in which it is defined, for tests.
        takes: The kinds of the arguments.
        more: The kind of additional arguments, if it takes any.
        imported: Whether it is imported from `tracetorch.functional`.
        elementwise: Whether it is elementwise.
        creates: Whether it returns a tensor of no other.
        doc: What it does, if neither PyTorch nor `tracetorch.functional` documents it.
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
    creates: bool = False
    doc: str = ""

    @property
    def blocks_gradient(self) -> bool:
        """Whether its gradient is set to 0, although its value may change."""
        return self.takes[0] == TENSOR and self.derivative.partition(";")[0] == "0"


def _table(*rows: Function) -> dict[str, Function]:
    return {row.name: row for row in rows}


def _torch(name: str, derivative: str, **columns: Any) -> Function:
    """A function of PyTorch with the same name."""
    return Function(name, f"torch.{name}({{}})".format, derivative, **columns)


def _ours(name: str, derivative: str, **columns: Any) -> Function:
    """A function of `tracetorch.functional` with the same name."""

    def call(*arguments: str) -> str:
        return f"{name}({', '.join(arguments)})"

    return Function(name, call, derivative, imported=True, **columns)


def _mixing(name: str, torch: Callable[..., str], *takes: str, **columns: Any) -> Function:
    """A function that is not elementwise, so that kernels cannot call it."""
    return Function(name, torch, takes=takes, elementwise=False, **columns)


def operand(text: str) -> str:
    """Return the source of an expression, in parentheses if a method call needs them."""
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
    _torch("expm1", "gradient * (result + 1)", c="real_expm1({})",
           latex=notation("e^{{{}}} - 1", SUM)),
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
    _torch("tanh", "gradient * (1 - result * result)", c="real_tanh({})"),
    Function("silu", "nn.functional.silu({})".format,
             "gradient * sigmoid(a) * (1 + a * (1 - sigmoid(a)))"),
    _ours("sigmoid_inverse",
          "where(a < 0, result, where(a > 1, result, gradient / (a * (1 - a))))", domain=(0.0, 1.0)),
    _ours("softplus", "gradient * sigmoid(a)"),
    _ours("softplus_inverse", "gradient / -expm1(-a)", domain=_ABOVE_0),
    # At 0, these two have half of the gradient.
    _ours("negative", "negative_gradient(a, gradient)"),
    _ours("positive", "positive_gradient(a, gradient)"),
    _ours("straight_through", "0; gradient", takes=(TENSOR, TENSOR)),
    Function("detach", lambda x: f"{operand(x)}.detach()", "0", c="({})", triton="({})"),
    Function("maximum", lambda x, low: f"{operand(x)}.clamp(min={low})",
             "where(a >= b, gradient, 0); where(a < b, gradient, 0)", takes=(TENSOR, VALUE)),
    Function("minimum", lambda x, high: f"{operand(x)}.clamp(max={high})",
             "where(a <= b, gradient, 0); where(a > b, gradient, 0)", takes=(TENSOR, VALUE)),
    Function("mask", "({}).to(x.dtype)".format, "0", c="(real)({})", triton="({}).to(x.dtype)",
             latex=notation("[{}]"), takes=(CONDITION,),
             doc="is 1 where a comparison holds, and 0 elsewhere"),
    Function("where", "torch.where({}, {}, {})".format,
             "0; where(a, gradient, 0); where(a, 0, gradient)", c="({} ? {} : {})", triton="where",
             latex=notation(_CASES), takes=(CONDITION, VALUE, VALUE)),
    _mixing("cat", lambda *xs: f"torch.cat(({', '.join(xs)}), dim=-1)", TENSOR, TENSOR, more=TENSOR,
            latex=lambda *xs: Formula(f"[{', '.join(x.text for x in xs)}]")),
    _mixing("chunk", lambda x, parts: f"{operand(x)}.chunk({parts}, dim=-1)", TENSOR, WHOLE),
    _mixing("split", lambda x, *sizes: f"{operand(x)}.split([{', '.join(sizes)}], dim=-1)",
            TENSOR, WHOLE, WHOLE, more=WHOLE),
    _mixing("sum", lambda x, dim: f"{operand(x)}.sum({dim})", TENSOR, NAMED_DIMENSION,
            derivative="gradient", latex=lambda x, dim: Formula(rf"\sum {x.at_least(PRODUCT)}", SUM)),
    _mixing("mean", lambda x, dim: f"{operand(x)}.mean({dim})", TENSOR, NAMED_DIMENSION,
            latex=lambda x, dim: Formula(rf"\overline{{{x.text}}}")),
    _mixing("max", lambda x, dim: f"{operand(x)}.amax({dim})", TENSOR, NAMED_DIMENSION,
            latex=lambda x, dim: Formula(rf"\max{parentheses(x.text)}"),
            doc="is the largest element along a dimension; equal ones share the gradient"),
    _mixing("softmax", lambda x, dim: f"{operand(x)}.softmax({dim})", TENSOR, NAMED_DIMENSION,
            latex=lambda x, dim: Formula(rf"\mathrm{{softmax}}{parentheses(x.text)}")),
    _mixing("unsqueeze", lambda x, dim: f"{operand(x)}.unsqueeze({dim})", TENSOR, DIMENSION,
            latex=lambda x, dim: x),
    _mixing("reshape", lambda x, *sizes:
            f"{operand(x)}.reshape(*x.shape[:-1], {', '.join(sizes)})", TENSOR, WHOLE, more=WHOLE,
            latex=lambda x, *sizes: x,
            doc="gives all features of a value other sizes, in which their order is the same"),
    _mixing("select", lambda x, dim, index: f"{operand(x)}.select({dim}, {index})",
            TENSOR, NAMED_DIMENSION, INDEX,
            latex=lambda x, dim, index: Formula(f"{x.at_least(ATOM)}[{index.text}]"),
            doc="is one element along a dimension, counted from 0, or from the end by -1"),
    _mixing("push", lambda buffer, x:
            f"torch.cat(({operand(buffer)}[..., 1:], {operand(x)}.unsqueeze(-1)), dim=-1)",
            TENSOR, TENSOR,
            doc="drops the oldest entry of a buffer, the first in its last dimension, and appends one"),
)
# fmt: on
"""The functions that a timestep may call, besides the functions and modules of the layer."""

NOISES = _table(
    _mixing("rand_like", "torch.rand_like({})".format, TENSOR,
            latex=lambda x: Formula(r"\mathcal{U}(0, 1)"),
            doc="draws a number from [0, 1) for each value of a tensor"),
    _mixing("randn_like", "torch.randn_like({})".format, TENSOR,
            latex=lambda x: Formula(r"\mathcal{N}(0, 1)"),
            doc="draws a number from the standard normal distribution for each value of a tensor"),
)  # fmt: skip
"""The functions of a timestep that draw random numbers, by the generator of PyTorch."""

TIMESTEP = FUNCTIONS | NOISES
"""All functions that a timestep may call."""

APPLIED = Function("", str)
"""A function or a module of a layer, with any name."""


def _created(name: str, torch: Callable[..., str], *takes: str, **columns: Any) -> Function:
    """A function that returns a tensor of numbers alone."""
    return Function(name, torch, takes=takes, elementwise=False, creates=True, **columns)


def _drawn(call: str, *numbers: str) -> str:
    """Return the source of random numbers; after its own numbers come the sizes."""
    own = call.count("{}")
    sizes = ", ".join(numbers[own:]) + "," * (len(numbers) == own + 1)
    return f"torch.empty(({sizes})).{call.format(*numbers)}"


def _transposed(x: Formula) -> Formula:
    return power(x, Formula(r"\top"))


# fmt: off
INITIAL_FUNCTIONS = _table(
    _created("count", "torch.arange(1.0, {} + 1)".format, WHOLE,
             latex=notation(r"(1, \ldots, {})"), doc="is the vector 1, 2, ... of a size"),
    _created("eye", "torch.eye({})".format, WHOLE, latex=notation("I_{{{}}}"),
             doc="is the identity matrix of a size"),
    _created("normal", partial(_drawn, "normal_(0.0, {})"), SIZE, more=WHOLE,
             doc="draws from the normal distribution with mean 0 and this standard deviation"),
    _created("uniform", partial(_drawn, "uniform_({}, {})"), SIZE, SIZE, more=WHOLE,
             doc="draws uniformly between two numbers"),
    _mixing("argsort", lambda x, dim: f"{operand(x)}.argsort({dim}).to(torch.get_default_dtype())",
            TENSOR, WHOLE,
            doc="returns the indices, from 0, that sort a tensor along a dimension"),
    _mixing("matrix_exp", "torch.matrix_exp({})".format, TENSOR, latex=notation("e^{{{}}}"),
            doc="is the exponential of a matrix"),
    _mixing("solve", "torch.linalg.solve({}, {})".format, TENSOR, TENSOR,
            latex=lambda a, b: Formula(rf"{a.at_least(ATOM)}^{{-1}} \, {b.at_least(ATOM)}", PRODUCT),
            doc="divides by a matrix from the left: `solve(A, b)` is the `y` for which `A @ y` is `b`"),
    _mixing("transpose", lambda x: f"{operand(x)}.T", TENSOR, latex=_transposed,
            doc="swaps the rows and the columns of a matrix"),
)
# fmt: on
"""The functions that only initial values may call, once, when a layer is made."""

DRAWS = ("normal", "uniform")
"""Those that draw random numbers."""

MATH = frozenset(name for name in FUNCTIONS if hasattr(math, name))
"""The functions of a tensor that initial values may also call with a number, by Python's `math`."""

CONSTRUCTION = {
    **{
        name: replace(row, takes=(VALUE,)) if name in MATH else row
        for name, row in FUNCTIONS.items()
        if name not in ("push", "straight_through", "detach")
    },
    **INITIAL_FUNCTIONS,
}
"""All functions that initial values may call."""

NIR_FUNCTIONS = _table(
    Function("time_constant", "time_constant({})".format),
    Function("decay", "decay({})".format),
)
"""The functions that convert between decays and the fields of a NIR node."""

SIZE_FUNCTIONS = _table(Function("max", "max({}, {})".format, takes=(SIZE, SIZE)))
"""The functions that an expression of sizes may call."""
