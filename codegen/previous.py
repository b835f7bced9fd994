"""Resolves names that begin with `prev_`: the value at the previous timestep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .language.expressions import Expression, Name, names
from .model import State, Statement

PREVIOUS = "prev_"
OUTPUT = "output"
_LAST = PREVIOUS + OUTPUT


def resolve(
    statements: Iterable[Statement],
    output: Expression,
    states: Mapping[str, Expression],
    features: tuple[Expression, Expression],
) -> tuple[tuple[Statement, ...], Expression, tuple[State, ...]]:
    """Return statements that set every `prev_...` before it is read.

    The previous value of a state is its value before the timestep. For other names, including
    `output`, a new state holds the previous value.

    Args:
        statements: One timestep.
        output: The output of the timestep.
        states: The expression of each state before the timestep.
        features: The feature sizes of the input and of the output. A new state has the latter,
            except for `prev_x`.

    Returns:
        The statements, including those added; the output; and the new states.
    """
    statements = tuple(statements)
    reads = dict(_reads(statements, output))
    before = [
        Statement((name,), states[_source(name)], origin)
        for name, origin in reads.items()
        if _source(name) in states
    ]
    kept = {name: origin for name, origin in reads.items() if _source(name) not in states}
    after: list[Statement] = []
    # The output is computed before the states that it reads are updated.
    if names(output) & kept.keys() or (_LAST in kept and not isinstance(output, Name)):
        after.append(Statement((OUTPUT,), output, origin=statements[-1].origin[-1:]))
        output = Name(OUTPUT)
    for name, origin in kept.items():
        value = output if name == _LAST else Name(_source(name))
        after.append(Statement((name,), value, origin))
    new = tuple(_state(name, features) for name in kept)
    return (*before, *statements, *after), output, new


def _state(name: str, features: tuple[Expression, Expression]) -> State:
    """Return the state that holds a previous value."""
    size = features[0] if name == f"{PREVIOUS}x" else features[1]
    return State(name, _doc(_source(name)), (size,))


def _source(name: str) -> str:
    return name.removeprefix(PREVIOUS)


def _reads(
    statements: Iterable[Statement], output: Expression
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each `prev_...` that is read, with the prefix or family that reads it first."""
    seen: set[str] = set()
    for statement in (*statements, Statement((), output)):
        for name in sorted(names(statement.expression)):
            if name.startswith(PREVIOUS) and name not in seen:
                seen.add(name)
                yield name, statement.origin[-1:]


def _doc(source: str) -> str:
    named = {OUTPUT: "what the layer returned last", "x": "the input, one timestep before"}
    return named.get(source, f"{source}, one timestep before")
