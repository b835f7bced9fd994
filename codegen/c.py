"""Kernels as C, for the processor."""

from __future__ import annotations

import struct
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from .expressions import Expression, Name, Number, Operation, Spelling, names, to_python, transform
from .gradient import GRADIENT_OF, OUTPUT, differentiate
from .kernels import Kernel, noises, quantizers
from .model import Firing, Statement


def parts(kernel: Kernel) -> dict[str, object]:
    """What the template of a kernel is filled with."""
    states = [state.name for state in kernel.layer.states]
    statements, output = kernel.forward
    parameters = [parameter.name for parameter in kernel.layer.parameters]
    loaded = {"x", *states, *parameters}
    values, gradients = kernel.backward.values, kernel.backward.gradients
    return dict(
        layer=kernel.layer,
        states=states,
        parameters=parameters,
        changed={target for statement in statements for target in statement.targets},
        noises=noises(kernel),
        quantizers=quantizers(kernel.layer),
        read=_read(kernel.statements),
        statements=list(_lines(statements, loaded)),
        output=to_c(output),
        read_backward=_read((*values, *gradients)),
        values=list(_lines(values, loaded)),
        gradients=list(_lines(gradients, {GRADIENT_OF + name for name in (OUTPUT, *states)})),
        reached=kernel.backward.reached,
    )


def function_parts(function: Firing) -> dict[str, object]:
    """What the template of a function is filled with."""
    *before, last = function.statements
    backward = differentiate(function.statements, ["x"])
    return dict(
        function=function,
        arguments="".join(
            f", real {n}" for n in ("noise",) * function.is_random + function.numbers
        ),
        numbers="".join(f", real {number}" for number in function.numbers),
        statements=list(_lines(before, ["x"])),
        value=to_c(last.expression),
        values=list(_lines(backward.values, ["x"])),
        gradients=list(_lines(backward.gradients, ["d_output"])),
        gradient="d_x" if backward.reached else "0",
    )


def to_c(expression: Expression) -> str:
    """Print an expression as C, of numbers of the type `real`."""
    return to_python(transform(expression, _folded), _SPELLING)


def _folded(node: Expression) -> Expression:
    """Numbers alone are computed here, since C would divide whole numbers as such."""
    match node:
        case Operation(Number(left), "/", Number(right)) if right:
            return Number(left / right)
        case Operation(Number(left), "+" | "-" | "*" as operator, Number(right)):
            return Number({"+": left + right, "-": left - right, "*": left * right}[operator])
    return node


def name_in_c(name: str) -> str:
    """A name that means nothing else in C."""
    return f"{name}_" if name in _WORDS else name


def _number(number: int | float) -> str:
    if isinstance(number, int) and number < 2**31:
        return str(number)
    number = float(number)
    is_exact = struct.unpack("f", struct.pack("f", number))[0] == number
    return f"{number!r}f" if is_exact else f"(real){number!r}"


def _call(function: str, *arguments: str) -> str:
    match function:
        case "where":
            return "({} ? {} : {})".format(*arguments)
        case "mask":
            return f"({arguments[0]} ? 1.0f : 0.0f)"
        case "detach":
            return f"({arguments[0]})"
    name = f"real_{function}" if function in _LIBRARY else function
    return f"{name}({', '.join(arguments)})"


_SPELLING = Spelling(name_in_c, _call, _number)

_WIDTH = 92
"""How long a line is within a loop."""

_LIBRARY = """
    abs arcsinh atan cos cosh erf exp expm1 floor log log1p round sin sinh sqrt tan tanh
""".split()

_WORDS = frozenset("""
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef typeof union
    unsigned void volatile while CHUNK LANES MOST_THREADS NOISES NULL PARAMETERS QUANTIZERS
    REAL_IS_FLOAT STATES linux unix bits block blocks elements i lanes parameters place real run
    sequence size states store tensor work worker xs
    """.split() + _LIBRARY)
"""What the C of a kernel, of `language.h` and of `driver.h` gives a meaning to."""


def _read(statements: Iterable[Statement]) -> set[str]:
    return set().union(*(names(statement.expression) for statement in statements))


def _lines(statements: Iterable[Statement], known: Iterable[str]) -> Iterator[str]:
    """Statements as lines of C, each name being declared where it is set first."""
    for statement in _statements(tuple(statements), set(known)):
        yield from textwrap.wrap(statement, _WIDTH, subsequent_indent="    ")


def _statements(statements: tuple[Statement, ...], declared: set[str]) -> Iterator[str]:
    turns = Counter(statement.targets[0] for statement in statements)
    for statement in statements:
        name = statement.targets[0]
        kind = "" if name in declared else "const real " if turns[name] == 1 else "real "
        declared.add(name)
        match statement.expression:
            case Operation(Name(first), "+" | "-" as operator, rest) if first == name:
                yield f"{name_in_c(name)} {operator}= {to_c(rest)};"
            case Operation(Name(first), "*", Name() as rest) if first == name:
                yield f"{name_in_c(name)} *= {to_c(rest)};"
            case expression:
                yield f"{kind}{name_in_c(name)} = {to_c(expression)};"
