"""Kernels as C, for the processor."""

from __future__ import annotations

import struct
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from ..language.expressions import (
    Expression,
    Name,
    Number,
    Operation,
    Spelling,
    computed,
    names,
    to_python,
)
from ..model import Firing, Statement
from .gradient import GRADIENT_OF, OUTPUT, differentiate
from .kernel import Kernel


def parts(kernel: Kernel) -> dict[str, object]:
    """What the template of a kernel is filled with."""
    statements, output = kernel.forward
    loaded = {"x", *kernel.states, *kernel.parameters}
    values, gradients = kernel.backward.values, kernel.backward.gradients
    return dict(
        kernel=kernel,
        changed={target for statement in statements for target in statement.targets},
        read=_read(kernel.statements),
        statements=list(_lines(statements, loaded)),
        output=to_c(output),
        read_backward=_read((*values, *gradients)),
        values=list(_lines(values, loaded)),
        gradients=list(
            _lines(gradients, {GRADIENT_OF + name for name in (OUTPUT, *kernel.states)})
        ),
    )


def function_parts(function: Firing) -> dict[str, object]:
    """What the template of a function is filled with."""
    *before, last = function.statements
    backward = differentiate(function.statements, ["x"])
    given = ("noise",) * function.is_random + function.numbers
    return dict(
        function=function,
        arguments="".join(f", real {name}" for name in given),
        numbers="".join(f", real {number}" for number in function.numbers),
        statements=list(_lines(before, ["x"])),
        value=to_c(last.expression),
        values=list(_lines(backward.values, ["x"])),
        gradients=list(_lines(backward.gradients, ["d_output"])),
        gradient="d_x" if backward.reached else "0",
    )


def to_c(expression: Expression) -> str:
    """Print an expression as C, of numbers of the type `real`."""
    return to_python(computed(expression), _SPELLING)


def name_in_c(name: str) -> str:
    """A name that means nothing else in C."""
    return f"{name}_" if name.rstrip("_") in _WORDS else name


def _number(number: int | float) -> str:
    if isinstance(number, int) and number < 2**31:
        return str(number)
    number = float(number)
    return f"{number!r}f" if _is_single(number) else f"(real){number!r}"


def _is_single(number: float) -> bool:
    """Whether a number in single precision is the same number."""
    try:
        return bool(struct.unpack("f", struct.pack("f", number))[0] == number)
    except OverflowError:
        return False


def _call(function: str, *arguments: str) -> str:
    match function:
        case "where":
            return "({} ? {} : {})".format(*arguments)
        case "mask":
            return f"(real)({arguments[0]})"
        case "detach":
            return f"({arguments[0]})"
    name = f"real_{function}" if function in _LIBRARY else function
    return f"{name}({', '.join(arguments)})"


def _negative(operand: str) -> str:
    """The negative of an operand; two minus signs would be a decrement."""
    return f"-({operand})" if operand.startswith("-") else f"-{operand}"


_SPELLING = Spelling(name_in_c, _call, _number, _negative)

_WIDTH = 92
"""How long a line is within a loop."""

_LIBRARY = """
    abs arcsinh atan cos cosh erf exp expm1 floor log log1p round sin sinh sqrt tan tanh
""".split()

_WORDS = frozenset("""
    asm auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef typeof
    union unsigned void volatile while
    BIAS CHUNK DECLARE HIGHEST LANES LOWEST MANTISSA MOST_THREADS NOISES OF PARAMETERS
    REAL_IS_FLOAT ROUNDER STATES VECTOR bits lanes multiply_add pattern power_of_two real
    backward_step d_outputs d_parameters d_states d_xs forward_step i numbers outputs parameters
    states xs
    """.split() + [f"real_{name}" for name in _LIBRARY])
"""What C, `language.h` and the functions of a kernel give a meaning to. Headers come after it."""


def _read(statements: Iterable[Statement]) -> set[str]:
    return set().union(*(names(statement.expression) for statement in statements))


def _lines(statements: Iterable[Statement], known: Iterable[str]) -> Iterator[str]:
    """Statements as lines of C, each name being declared where it is set first."""
    for statement in _statements(tuple(statements), set(known)):
        yield from textwrap.wrap(
            statement,
            _WIDTH,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


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
