"""Kernels in Triton, for GPUs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..language.derivatives import gradient_functions
from ..language.expressions import (
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    Spelling,
    computed,
    functions,
    to_python,
    transform,
)
from ..language.functions import FUNCTIONS
from ..model import Firing, Statement
from .gradient import GRADIENT_OF
from .kernel import Kernel, body_of, read


def parts(kernel: Kernel) -> dict[str, object]:
    """Return the arguments of the template of a kernel."""
    body, printer = kernel.body, Printer(kernel.functions)
    return body.printed(printer.lines, printer.value) | dict(
        kernel=kernel,
        imported=imported((*body.forward, *body.backwards)),
        given=_unpacked(kernel, {*read(body.forward), *kernel.states}),
        states=tuple_of(map(name_in_triton, kernel.states)),
        given_backward=_unpacked(kernel, read(body.backwards)),
        d_states_after=tuple_of(name_in_triton(GRADIENT_OF + name) for name in kernel.states),
        d_x=_gradient(kernel, "x"),
        d_parameters=tuple_of(_gradient(kernel, name) for name in kernel.parameters),
        d_states=tuple_of(_gradient(kernel, name) for name in kernel.states),
    )


def function_parts(made: Iterable[Firing]) -> dict[str, object]:
    """Return the arguments of the template of the functions."""
    bodies = [(function, body_of(function)) for function in made]
    printer = Printer()
    found = [
        body.printed(printer.lines, printer.value)
        | dict(
            function=function,
            numbers=_numbers(function, read(body.forward)),
            numbers_backward=_numbers(function, read(body.backwards)),
            gradient="d_x" if body.backward.reached else "tl.zeros_like(x)",
        )
        for function, body in bodies
    ]
    computed = [part for _, body in bodies for part in (*body.forward, *body.backwards)]
    return dict(functions=found, imported=imported(computed))


def _numbers(function: Firing, needed: set[str]) -> list[str]:
    """Return lines that read the needed numbers of a function from the numbers of all functions."""
    places = ("FIRST", *(f"FIRST + {place}" for place in range(1, len(function.numbers))))
    return [
        f"{name_in_triton(number.name)} = numbers[{place}]"
        for number, place in zip(function.numbers, places)
        if number.name in needed
    ]


def _unpacked(kernel: Kernel, needed: set[str]) -> list[str]:
    """Return lines that unpack the tuple arguments of a step, with _ for parts it does not need."""
    given = {
        "parameters": kernel.parameters,
        "noise": kernel.noises,
        "states": kernel.states,
    }
    return [
        f"{targets_of(name_in_triton(name) if name in needed else '_' for name in parts)} = {whole}"
        for whole, parts in given.items()
        if needed.intersection(parts)
    ]


def targets_of(parts: Iterable[str]) -> str:
    """Return targets for unpacking, without parentheses, which not all versions of black drop."""
    parts = list(parts)
    return ", ".join(parts) if len(parts) > 1 else tuple_of(parts)


def tuple_of(parts: Iterable[str]) -> str:
    parts = list(parts)
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _gradient(kernel: Kernel, name: str) -> str:
    """Return the source of the gradient of a name; zeros if it has none."""
    return (
        name_in_triton(GRADIENT_OF + name)
        if name in kernel.body.backward.reached
        else "tl.zeros_like(x)"
    )


def imported(expressions: Iterable[Expression]) -> list[str]:
    """Return the functions to import from `language.py`."""
    return sorted(set().union(*map(functions, expressions)) & _LANGUAGE)


def name_in_triton(name: str) -> str:
    """Return the name, with a _ if it is already in use in a kernel."""
    return f"{name}_" if name.rstrip("_") in _WORDS else name


def _signed(expression: Expression) -> Expression:
    """Return a negative as a product: Triton computes -x as 0 - x, which loses the sign of zero."""
    match expression:
        case Negative(operand):
            return Operation(Number(-1.0), "*", operand)
    return expression


class Printer:
    """Prints statements in Triton.

    Args:
        functions: The functions that take `numbers` as an additional argument.
    """

    def __init__(self, functions: Iterable[str] = ()) -> None:
        self.functions = {*functions, *(f"{name}_gradient" for name in functions)}

    def lines(self, statements: Iterable[Statement], declared: Iterable[str] = ()) -> list[str]:
        """Return statements as lines of Triton, which has no declarations."""
        return [f"{name_in_triton(s.targets[0])} = {self.value(s.expression)}" for s in statements]

    def value(self, expression: Expression) -> str:
        """Print an expression."""
        return to_python(
            transform(computed(expression), _signed), Spelling(name_in_triton, self._call)
        )

    def _call(self, function: str, *arguments: str) -> str:
        if "{" in (spelling := FUNCTIONS[function].triton if function in FUNCTIONS else ""):
            return spelling.format(*arguments)
        if function in self.functions:
            arguments = (arguments[0], "numbers", *arguments[1:])
        return f"{'tl.' + spelling if spelling else function}({', '.join(arguments)})"


_LANGUAGE = gradient_functions() | {name for name, row in FUNCTIONS.items() if not row.triton}
"""The functions of `language.py`."""

_WORDS = frozenset("""
    backward_step d_outputs d_parameters d_states dimensions extents forward_step indices
    largest_of_block measure numbers outputs parameters places products sizes states streams tl
    triton used
    """.split())
"""The names in use by kernels, besides the functions of the language and their gradients."""
