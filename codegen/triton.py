"""Kernels as Triton, for graphics processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .expressions import Expression, Name, Spelling, functions, names, to_python
from .functions import FUNCTIONS
from .gradient import GRADIENT_OF, OUTPUT, differentiate
from .kernels import Kernel, noises
from .model import Firing, Statement


def parts(kernel: Kernel) -> dict[str, object]:
    """What the template of a kernel is filled with."""
    states = [state.name for state in kernel.layer.states]
    parameters = [parameter.name for parameter in kernel.layer.parameters]
    statements, output = kernel.forward
    backward = (*kernel.backward.values, *kernel.backward.gradients)
    return dict(
        layer=kernel.layer,
        imported=_imported((*kernel.statements, *backward)),
        given=_taken_apart(kernel, kernel.statements, always=states),
        statements=list(_lines(statements)),
        output=_printed(output),
        states=_tuple(map(_name, states)),
        given_backward=_taken_apart(kernel, backward),
        d_states_after=_tuple(GRADIENT_OF + name for name in states),
        values=list(_lines(kernel.backward.values)),
        gradients=list(_lines(kernel.backward.gradients)),
        d_x=_gradient(kernel, "x"),
        d_parameters=_tuple(_gradient(kernel, name) for name in parameters),
        d_states=_tuple(_gradient(kernel, name) for name in states),
    )


def function_parts(made: Iterable[Firing]) -> dict[str, object]:
    """What the template of the functions is filled with."""
    found = []
    statements: list[Statement] = []
    for function in made:
        *before, last = function.statements
        backward = differentiate(function.statements, ["x"])
        statements += [*function.statements, *backward.values, *backward.gradients]
        found.append(
            dict(
                function=function,
                statements=list(_lines(before)),
                value=_printed(last.expression),
                values=list(_lines(backward.values)),
                gradients=list(_lines(backward.gradients)),
                gradient="d_x" if backward.reached else "tl.zeros_like(x)",
            )
        )
    return dict(functions=found, imported=_imported(statements))


def _taken_apart(
    kernel: Kernel, statements: Iterable[Statement], always: Iterable[str] = ()
) -> list[str]:
    """The tuples that a step is given, taken apart; what it does not read has no name."""
    read = set().union(*(names(statement.expression) for statement in statements), always)
    given = {
        "parameters": [parameter.name for parameter in kernel.layer.parameters],
        "noise": noises(kernel),
        "states": [state.name for state in kernel.layer.states],
    }
    return [
        f"{_tuple(_name(name) if name in read else '_' for name in parts)} = {whole}"
        for whole, parts in given.items()
        if read.intersection(parts)
    ]


def _tuple(parts: Iterable[str]) -> str:
    parts = list(parts)
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _gradient(kernel: Kernel, name: str) -> str:
    """The gradient of a name in the end, which nothing may have reached."""
    return GRADIENT_OF + name if name in kernel.backward.reached else "tl.zeros_like(x)"


def _lines(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        yield f"{_name(statement.targets[0])} = {_printed(statement.expression)}"


def _imported(statements: Iterable[Statement]) -> list[str]:
    """The functions that come from `language.py`."""
    called = set().union(*(functions(statement.expression) for statement in statements))
    return sorted(called & _LANGUAGE)


def _printed(expression: Expression) -> str:
    return to_python(expression, _SPELLING)


def _name(name: str) -> str:
    """A name that means nothing else in a kernel."""
    return f"{name}_" if name in _WORDS else name


def _call(function: str, *arguments: str) -> str:
    match function:
        case "mask":
            return f"({arguments[0]}).to(x.dtype)"
        case "detach":
            return f"({arguments[0]})"
    return f"{'tl.' * (function in _TRITON)}{function}({', '.join(arguments)})"


_SPELLING = Spelling(_name, _call)

_TRITON = frozenset("abs cos erf exp floor log sin sqrt where".split())
"""The functions that Triton has itself."""

_GRADIENTS = {"negative_gradient", "positive_gradient"}

_LANGUAGE = _GRADIENTS | FUNCTIONS.keys() - _TRITON - {"mask", "detach"}
"""The functions of `language.py`."""

_WORDS = {"backward_step", "forward_step", "tl", "triton", *_GRADIENTS}
"""What a kernel gives a meaning to, beside the functions of the language."""
