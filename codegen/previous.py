"""What a name that begins with `prev_` means: the value of one timestep before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .expressions import Expression, Name, names
from .model import State, Statement

PREVIOUS = "prev_"
OUTPUT = "output"


def resolve(
    statements: Iterable[Statement],
    output: Expression,
    states: Mapping[str, Expression],
    size: Expression,
) -> tuple[tuple[Statement, ...], Expression, tuple[State, ...]]:
    """Statements in which every `prev_...` is set before it is read.

    The previous value of a state is what the state is before the timestep. What is no state,
    `output` among it, gets one that keeps it.

    Args:
        statements: One timestep.
        output: What it returns.
        states: How to read each state, before the timestep.
        size: The size of a state that keeps something, in the place of the features.

    Returns:
        The statements with those added, the output, and the states that are new.
    """
    statements = tuple(statements)
    before, after, kept = [], [], []
    for name, origin in _reads(statements, output):
        source = name.removeprefix(PREVIOUS)
        if source in states:
            before.append(Statement((name,), states[source], origin))
            continue
        if source == OUTPUT and not isinstance(output, Name):
            after.append(Statement((OUTPUT,), output, origin=statements[-1].origin[-1:]))
            output = Name(OUTPUT)
        value = output if source == OUTPUT else Name(source)
        after.append(Statement((name,), value, origin))
        kept.append(State(name, _doc(source), (size,)))
    return (*before, *statements, *after), output, tuple(kept)


def _reads(
    statements: Iterable[Statement], output: Expression
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each `prev_...` that is read, with the prefix or family that reads it first."""
    seen: set[str] = set()
    for statement in (*statements, Statement((), output)):
        for name in sorted(names(statement.expression)):
            if name.startswith(PREVIOUS) and name not in seen:
                seen.add(name)
                yield name, statement.origin[-1:]


def _doc(source: str) -> str:
    return "what the layer returned last" if source == OUTPUT else f"{source}, one timestep before"
