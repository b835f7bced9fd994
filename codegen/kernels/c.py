"""Kernels in C, for CPUs."""

from __future__ import annotations

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
    """Return the arguments of the template of a kernel."""
    body = kernel.body
    return body.printed(_lines, to_c) | dict(
        kernel=kernel,
        changed={target for statement in body.statements for target in statement.targets},
        read=read(body.forward),
        read_backward=read(body.backwards),
    )


def function_parts(function: Firing) -> dict[str, object]:
    """Return the arguments of the template of a function."""
    body = body_of(function)
    numbers = tuple(name_in_c(number.name) for number in function.numbers)
    given = ("noise",) * function.is_random + numbers
    return body.printed(_lines, to_c) | dict(
        function=function,
        arguments="".join(f", real {name}" for name in given),
        numbers="".join(f", real {number}" for number in numbers),
        gradient="d_x" if body.backward.reached else "0",
    )


def library() -> list[tuple[str, str, str]]:
    """Return the functions of the C library: declaration macro, name in the language, name in C."""
    return [
        ("VECTOR" if of in _VECTORIZED else "SCALAR", name, of) for name, of in _LIBRARY.items()
    ]


def to_c(expression: Expression) -> str:
    """Print an expression as C, of numbers of the type `real`."""
    return to_python(computed(expression), SPELLING)


def name_in_c(name: str) -> str:
    """Return the name, with a _ if it is already in use in C."""
    return f"{name}_" if name.rstrip("_") in _WORDS else name


def _number(number: int | float) -> str:
    if isinstance(number, int) and number < 2**31:
        return str(number)
    number = float(number)
    return f"{number!r}f" if _is_single(number) else f"(real){number!r}"


def _is_single(number: float) -> bool:
    """Whether a number is exact in single precision."""
    try:
        return bool(struct.unpack("f", struct.pack("f", number))[0] == number)
    except OverflowError:
        return False


def _call(function: str, *arguments: str) -> str:
    if "{" in (spelling := FUNCTIONS[function].c if function in FUNCTIONS else ""):
        return spelling.format(*arguments)
    return f"{'real_' if spelling else ''}{function}({', '.join(arguments)})"


def _negative(operand: str) -> str:
    """Return the negative of an operand, with parentheses since two minus signs are a decrement."""
    return f"-({operand})" if operand.startswith("-") else f"-{operand}"


SPELLING = Spelling(name_in_c, _call, _number, _negative)

_WIDTH = 96
"""The line length within a function."""

_LIBRARY = {name: row.c for name, row in sorted(FUNCTIONS.items()) if row.c and "{" not in row.c}

_VECTORIZED = """
    acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp10 exp2 expm1 log log10 log1p log2 sin
    sinh tan tanh
""".split()
"""The functions with vector code in the GNU C library; compilers have instructions for the rest."""

_WORDS = frozenset("""
    asm auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef typeof
    union unsigned void volatile while
    BIAS CHUNK DECLARE HIGHEST LANES LIBRARY LOWEST MANTISSA MOST_THREADS NOISES OF PARAMETERS
    REAL_IS_FLOAT ROUNDER SCALAR STATES VECTOR bits lanes multiply_add parts_of_exp pattern
    power_of_two real
    backward_step d_outputs d_parameters d_states d_xs forward_step i numbers outputs parameters
    states xs
    """.split() + [f"real_{name}" for name in FUNCTIONS])
"""The names in use by C, `language.h` and the functions of a kernel. Headers come after kernels."""


def _lines(statements: Sequence[Statement], declared: Iterable[str]) -> list[str]:
    """Return statements as lines of C; each name is declared where it is first set."""
    return [line for text in _statements(statements, set(declared)) for line in wrapped(text)]


def wrapped(text: str, loops: int = 1) -> list[str]:
    """Return a statement as lines within loops."""
    return textwrap.wrap(
        text,
        width=_WIDTH - 4 * loops,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


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
