"""Checks for unused declarations and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ..language.expressions import Expression, names
from ..model import DROPPED, State, Statement
from ..previous import PREVIOUS
from .nodes import Node, Scalar
from .yaml_file import YamlFile

READ = "read it, or leave it out"
"""The hint for a value that nothing reads."""

READ_STATE = "read it, leave it out, or write observed: true if the user reads it"
"""The hint for a state that nothing reads."""


def check_read(file: YamlFile, keys: Iterable[Scalar], read: Iterable[str]) -> None:
    """Check that the names declared by these keys are read."""
    read = set(read)
    for key in keys:
        if key.value not in read:
            file.wrong(key, f"nothing reads {key.value}", READ)


def check_called(file: YamlFile, keys: Iterable[Scalar], called: Iterable[str]) -> None:
    """Check that the functions or modules declared by these keys are called."""
    called = set(called)
    for key in keys:
        if key.value not in called:
            hint = f"write {key.value}(x), or leave it out"
            file.wrong(key, f"nothing calls {key.value}", hint)


def check_set(
    file: YamlFile,
    items: Sequence[Node],
    statements: Sequence[Statement],
    rest: Iterable[Expression],
    states: Iterable[State] = (),
) -> None:
    """Check that each name that a statement sets is read by another one, the rest, or the user."""
    is_observed = {state.name: state.observed for state in states}
    read = set().union(*map(names, rest)).union(filter(is_observed.get, is_observed))
    for statement in statements:
        read |= names(statement.expression) - set(statement.targets)
    read |= {name.removeprefix(PREVIOUS) for name in read}
    for item, statement in zip(items, statements):
        for target in statement.targets:
            if target in read or target == DROPPED:
                continue
            hint = READ
            if len(statement.targets) > 1:
                hint = f"read it, or write {DROPPED} in its place"
            if target in is_observed:
                hint = READ_STATE
            file.wrong(item, f"nothing reads {target}", hint)
            read.add(target)


def problem_of_unset(name: str, others: Iterable[str]) -> tuple[str, str]:
    """Return message and hint for a state that no statement sets."""
    close = get_close_matches(name, others)
    hint = f"write {name} = ..., or leave the state out"
    return f"nothing sets {name}", f"{close[0]} is set: should it be {name}?" if close else hint
