"""What a name that begins with `prev_` means: the value of one timestep before."""

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
    features: tuple[str, str],
) -> tuple[tuple[Statement, ...], Expression, tuple[State, ...]]:
    """Statements in which every `prev_...` is set before it is read.

    The previous value of a state is what the state is before the timestep. What is no state,
    `output` among it, gets one that keeps it.

    Args:
        statements: One timestep.
        output: What it returns.
        states: How to read each state, before the timestep.
        features: The sizes of the input and of the output, whose size is that of a state which keeps
            something else.

    Returns:
        The statements with those added, the output, and the states that are new.
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
    # The output is computed before what it reads is kept anew.
    if names(output) & kept.keys() or (_LAST in kept and not isinstance(output, Name)):
        after.append(Statement((OUTPUT,), output, origin=statements[-1].origin[-1:]))
        output = Name(OUTPUT)
    for name, origin in kept.items():
        value = output if name == _LAST else Name(_source(name))
        after.append(Statement((name,), value, origin))
    new = tuple(_state(name, features) for name in kept)
    return (*before, *statements, *after), output, new


def _state(name: str, features: tuple[str, str]) -> State:
    """The state that keeps a previous value."""
    size = features[0] if name == f"{PREVIOUS}x" else features[1]
    return State(name, _doc(_source(name)), (Name(size),))


def _source(name: str) -> str:
    return name.removeprefix(PREVIOUS)


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
