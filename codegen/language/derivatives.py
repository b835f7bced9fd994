"""The derivative rules of the expression language, one for each operator and function."""

from __future__ import annotations

from .expressions import Expression, parse
from .functions import FUNCTIONS

ARGUMENTS = ("a", "b", "c")
RESULT, GRADIENT = "result", "gradient"
"""What rules call the arguments of a function, what it returns, and the gradient of that."""

_RULES = {
    # Outside of its domain a function gives NaN, and its derivative is what PyTorch has there.
    # `positive_gradient` and `negative_gradient` let half of the gradient through at 0.
    "negate": "-gradient",
    "+": "gradient; gradient",
    "-": "gradient; -gradient",
    "*": "gradient * b; gradient * a",
    "/": "gradient / b; -gradient * (result / b)",
    "abs": "gradient * sign(a)",
    "arcsinh": "gradient / sqrt(a * a + 1)",
    "atan": "gradient / (1 + a * a)",
    "cos": "-gradient * sin(a)",
    "cosh": "gradient * sinh(a)",
    "detach": "0",
    "erf": "gradient * 1.1283791670955126 * exp(-a * a)",
    "exp": "gradient * result",
    "expm1": "gradient * (result + 1)",
    "floor": "0",
    "log": "gradient / a",
    "log1p": "gradient / (1 + a)",
    "mask": "0",
    "maximum": "where(a >= b, gradient, 0); where(a < b, gradient, 0)",
    "minimum": "where(a <= b, gradient, 0); where(a > b, gradient, 0)",
    "negative": "negative_gradient(a, gradient)",
    "positive": "positive_gradient(a, gradient)",
    "relu": "where(result <= 0, 0, gradient)",
    "round": "0",
    "sigmoid": "gradient * (1 - result) * result",
    "sigmoid_inverse": "where(a < 0, result, where(a > 1, result, gradient / (a * (1 - a))))",
    "sign": "0",
    "silu": "gradient * sigmoid(a) * (1 + a * (1 - sigmoid(a)))",
    "sin": "gradient * cos(a)",
    "sinh": "gradient * cosh(a)",
    "softplus": "gradient * sigmoid(a)",
    "softplus_inverse": "gradient / -expm1(-a)",
    "sqrt": "gradient / (2 * result)",
    "square": "gradient * 2 * a",
    "straight_through": "0; gradient",
    "tan": "gradient * (1 + result * result)",
    "tanh": "gradient * (1 - result * result)",
    "where": "0; where(a, gradient, 0); where(a, 0, gradient)",
}


def rules(function: str) -> tuple[Expression, ...]:
    """What reaches each argument, if `gradient` reaches the result; as PyTorch has it at kinks.

    A function that a user chooses comes with its own.
    """
    if function in FUNCTIONS and function not in _RULES:
        raise LookupError(f"{function} has no derivative; add a rule to {__name__}")
    return _PARSED.get(function) or (parse(f"{function}_gradient(a, gradient)"),)


_PARSED = {name: tuple(map(parse, text.split(";"))) for name, text in _RULES.items()}
