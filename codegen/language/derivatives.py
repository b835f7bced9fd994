"""The derivative rules of the expression language, for operators and for `FUNCTIONS`."""

from __future__ import annotations

from .expressions import Expression, functions, parse
from .functions import FUNCTIONS

ARGUMENTS = ("a", "b")
RESULT, GRADIENT = "result", "gradient"
"""The names in rules: the arguments of a function, its result, and the gradient of the result."""

PRODUCT = "product_"
"""The prefix of the functions that are products with a matrix, of a vector and an addend."""

PIECE = "piece_"
"""The prefix of the functions that return a part of a value, with zeros around it."""

OPERATORS = {
    "negate": "-gradient",
    "+": "gradient; gradient",
    "-": "gradient; -gradient",
    "*": "gradient * b; gradient * a",
    "/": "gradient / b; -gradient * (result / b)",
}


def rules(function: str) -> tuple[Expression, ...]:
    """Return the gradient of each argument of an operator or a function.

    For a function `f` that the user chooses, it calls `f_gradient`.

    Raises:
        LookupError: It is a function of the language without a derivative.
    """
    if function in OPERATORS:
        text = OPERATORS[function]
    elif function in FUNCTIONS:
        text = FUNCTIONS[function].derivative
    elif function.startswith(PRODUCT):
        text = f"{function}_gradient(gradient); gradient"
    elif function.startswith(PIECE):
        text = f"{function}_gradient(gradient)"
    else:
        text = f"{function}_gradient(a, gradient)"
    if not text:
        raise LookupError(f"{function} has no derivative; add it to its row of FUNCTIONS")
    return tuple(map(parse, text.split(";")))


def gradient_functions() -> set[str]:
    """Return the functions that only the derivatives of `FUNCTIONS` call."""
    known = (rule for name, row in FUNCTIONS.items() if row.derivative for rule in rules(name))
    return set().union(*map(functions, known)) - FUNCTIONS.keys()
