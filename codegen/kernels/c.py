"""Kernels as C, for the processor."""

from __future__ import annotations

import functools
import struct
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ..language.expressions import (
    Expression,
    Name,
    Number,
    Operation,
    Spelling,
    computed,
    to_python,
)
from ..language.functions import FUNCTIONS
from ..model import Firing, Statement
from .kernel import Kernel, body_of, read


def parts(kernel: Kernel) -> dict[str, object]:
    """What the template of a kernel is filled with."""
    body = kernel.body
    return body.printed(_lines, to_c) | dict(
        kernel=kernel,
        changed={target for statement in body.statements for target in statement.targets},
        read=read(body.forward),
        read_backward=read(body.backwards),
    )


def function_parts(function: Firing) -> dict[str, object]:
    """What the template of a function is filled with."""
    body = body_of(function)
    given = ("noise",) * function.is_random + function.numbers
    return body.printed(_lines, to_c) | dict(
        function=function,
        arguments="".join(f", real {name}" for name in given),
        numbers="".join(f", real {number}" for number in function.numbers),
        gradient="d_x" if body.backward.reached else "0",
    )


def library() -> list[tuple[str, str, str]]:
    """The functions of C's library, each with its name there, and how the header declares it."""
    return [
        ("VECTOR" if of in _VECTORIZED else "SCALAR", name, of) for name, of in _LIBRARY.items()
    ]


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
    if "{" in (spelling := FUNCTIONS[function].c if function in FUNCTIONS else ""):
        return spelling.format(*arguments)
    return f"{'real_' if spelling else ''}{function}({', '.join(arguments)})"


def _negative(operand: str) -> str:
    """The negative of an operand; two minus signs would be a decrement."""
    return f"-({operand})" if operand.startswith("-") else f"-{operand}"


_SPELLING = Spelling(name_in_c, _call, _number, _negative)

_WIDTH = 92
"""How long a line is within a loop."""

_LIBRARY = {name: row.c for name, row in sorted(FUNCTIONS.items()) if row.c and "{" not in row.c}

_VECTORIZED = """
    acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp10 exp2 expm1 log log10 log1p log2 sin
    sinh tan tanh
""".split()
"""What the C library of GNU has as vector code; compilers have the rest as instructions."""

_WORDS = frozenset("""
    asm auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef typeof
    union unsigned void volatile while
    BIAS CHUNK DECLARE HIGHEST LANES LIBRARY LOWEST MANTISSA MOST_THREADS NOISES OF PARAMETERS
    REAL_IS_FLOAT ROUNDER SCALAR STATES VECTOR bits lanes multiply_add pattern power_of_two real
    backward_step d_outputs d_parameters d_states d_xs forward_step i numbers outputs parameters
    states xs
    """.split() + [f"real_{name}" for name in FUNCTIONS])
"""What C, `language.h` and the functions of a kernel give a meaning to. Headers come after it."""


def _lines(statements: Sequence[Statement], declared: Iterable[str]) -> list[str]:
    """Statements as lines of C, each name being declared where it is set first."""
    wrap = functools.partial(
        textwrap.wrap,
        width=_WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line for text in _statements(statements, set(declared)) for line in wrap(text)]


def _statements(statements: Sequence[Statement], declared: set[str]) -> Iterator[str]:
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
