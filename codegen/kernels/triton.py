"""Kernels as Triton, for graphics processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..language.expressions import (
    Expression,
    Name,
    Spelling,
    computed,
    functions,
    names,
    to_python,
)
from ..language.functions import FUNCTIONS
from ..model import Firing, Statement
from .gradient import GRADIENT_OF, OUTPUT, differentiate
from .kernel import Kernel


def parts(kernel: Kernel) -> dict[str, object]:
    """What the template of a kernel is filled with."""
    statements, output = kernel.forward
    backward = (*kernel.backward.values, *kernel.backward.gradients)
    printed = _Printed(kernel.functions)
    return dict(
        kernel=kernel,
        imported=_imported((*kernel.statements, *backward)),
        given=_taken_apart(kernel, kernel.statements, always=kernel.states),
        statements=list(printed.lines(statements)),
        output=printed.value(output),
        states=_tuple(map(_name, kernel.states)),
        given_backward=_taken_apart(kernel, backward),
        d_states_after=_tuple(_name(GRADIENT_OF + name) for name in kernel.states),
        values=list(printed.lines(kernel.backward.values)),
        gradients=list(printed.lines(kernel.backward.gradients)),
        d_x=_gradient(kernel, "x"),
        d_parameters=_tuple(_gradient(kernel, name) for name in kernel.parameters),
        d_states=_tuple(_gradient(kernel, name) for name in kernel.states),
    )


def function_parts(made: Iterable[Firing]) -> dict[str, object]:
    """What the template of the functions is filled with."""
    found = []
    statements: list[Statement] = []
    printed = _Printed()
    for function in made:
        *before, last = function.statements
        backward = differentiate(function.statements, ["x"])
        statements += [*function.statements, *backward.values, *backward.gradients]
        found.append(
            dict(
                function=function,
                numbers=_numbers(function, function.statements),
                statements=list(printed.lines(before)),
                value=printed.value(last.expression),
                values=list(printed.lines(backward.values)),
                gradients=list(printed.lines(backward.gradients)),
                gradient="d_x" if backward.reached else "tl.zeros_like(x)",
                numbers_backward=_numbers(function, (*backward.values, *backward.gradients)),
            )
        )
    return dict(functions=found, imported=_imported(statements))


def _numbers(function: Firing, statements: Iterable[Statement]) -> list[str]:
    """The numbers of a function that statements read, taken from those of all functions."""
    read = set().union(*(names(statement.expression) for statement in statements))
    places = ("FIRST", *(f"FIRST + {place}" for place in range(1, len(function.numbers))))
    return [f"{n} = numbers[{place}]" for n, place in zip(function.numbers, places) if n in read]


def _taken_apart(
    kernel: Kernel, statements: Iterable[Statement], always: Iterable[str] = ()
) -> list[str]:
    """The tuples that a step is given, taken apart; what it does not read has no name."""
    read = set().union(*(names(statement.expression) for statement in statements), always)
    given = {
        "parameters": kernel.parameters,
        "noise": kernel.noises,
        "states": kernel.states,
    }
    return [
        f"{_targets(_name(name) if name in read else '_' for name in parts)} = {whole}"
        for whole, parts in given.items()
        if read.intersection(parts)
    ]


def _targets(parts: Iterable[str]) -> str:
    """The names that a tuple is taken apart into; only some versions of black drop parentheses."""
    parts = list(parts)
    return ", ".join(parts) if len(parts) > 1 else _tuple(parts)


def _tuple(parts: Iterable[str]) -> str:
    parts = list(parts)
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _gradient(kernel: Kernel, name: str) -> str:
    """The gradient of a name in the end, which nothing may have reached."""
    return _name(GRADIENT_OF + name) if name in kernel.backward.reached else "tl.zeros_like(x)"


def _imported(statements: Iterable[Statement]) -> list[str]:
    """The functions that come from `language.py`."""
    called = set().union(*(functions(statement.expression) for statement in statements))
    return sorted(called & _LANGUAGE)


def _name(name: str) -> str:
    """A name that means nothing else in a kernel."""
    return f"{name}_" if name.rstrip("_") in _WORDS else name


class _Printed:
    """Prints statements of Triton.

    Args:
        functions: Those that are given `numbers` too, which are those of all functions.
    """

    def __init__(self, functions: Iterable[str] = ()) -> None:
        self.functions = {*functions, *(f"{name}_gradient" for name in functions)}

    def lines(self, statements: Iterable[Statement]) -> Iterator[str]:
        for statement in statements:
            yield f"{_name(statement.targets[0])} = {self.value(statement.expression)}"

    def value(self, expression: Expression) -> str:
        return to_python(computed(expression), Spelling(_name, self._call))

    def _call(self, function: str, *arguments: str) -> str:
        match function:
            case "mask":
                return f"({arguments[0]}).to(x.dtype)"
            case "detach":
                return f"({arguments[0]})"
        if function in self.functions:
            arguments = (arguments[0], "numbers", *arguments[1:])
        return f"{'tl.' * (function in _TRITON)}{function}({', '.join(arguments)})"


_TRITON = frozenset("abs cos erf exp floor log sin sqrt where".split())
"""The functions that Triton has itself."""

_GRADIENTS = {"negative_gradient", "positive_gradient"}

_LANGUAGE = _GRADIENTS | FUNCTIONS.keys() - _TRITON - {"mask", "detach"}
"""The functions of `language.py`."""

_WORDS = frozenset(
    "backward_step d_states forward_step numbers parameters states tl triton".split()
)
"""What a kernel gives a meaning to, beside the functions of the language and their gradients."""
