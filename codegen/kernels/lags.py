"""States that hold what the input alone determined one timestep before, such as `prev_x`.

They are no part of the recurrence: their values at all timesteps are known at once. In

    change = last - x
    last = 2 * x

the state `last` is `2 * x`, one timestep later, which the first statements then say:

    last_1 = 2 * x
    last = lagged(last, last_1)
    change = last - x
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..language.expressions import Call, Expression, Name, functions, names, rename
from ..model import Layer, State, Statement
from .single import Single
from .values import LAGGED, Level, Values


def with_lags(layer: Layer, timestep: Single, values: Values) -> tuple[Single, tuple[State, ...]]:
    """Return a timestep in which such states are set first, and these states."""
    for state in layer.states:
        statements = _determining(state, timestep.statements, values)
        if statements and values.levels[state.name] == Level.STATE:
            timestep = _lagged(state.name, statements, timestep, values)
            timestep, others = with_lags(layer, timestep, values)  # those that depend on this one
            return timestep, (state, *others)
    return timestep, ()


def _determining(state: State, timestep: Sequence[Statement], values: Values) -> list[Statement]:
    """Return the statements that a state depends on, the last of which sets it; none if it depends
    on a state, or on parameters alone."""
    setters = [s for s in timestep if state.name in map(values.sources.get, s.targets)]
    if state.only_if or len(setters) != 1 or len(setters[0].targets) != 1:
        return []
    found: list[Statement] = []
    wanted = {*setters[0].targets}
    for statement in reversed(timestep):
        if wanted.intersection(statement.targets):
            found.insert(0, statement)
            wanted |= names(statement.expression)
    called = set().union(*(functions(statement.expression) for statement in found))
    levels = {values.levels[name] for name in wanted & values.levels.keys()}
    if called & values.functions or max(levels, default=Level.ONCE) != Level.INPUT:
        return []
    if any(statement.state for statement in found):
        return []
    for statement in found:
        values.define(statement)
    new = values.shape(Name(setters[0].targets[0]))
    return found if new == values.shape(Name(state.name)) else []


def _lagged(state: str, first: Sequence[Statement], timestep: Single, values: Values) -> Single:
    """Return a timestep that begins with the statements that a state depends on."""
    setter, before = first[-1], values.new(state)
    new: Expression = Name(setter.targets[0])
    if isinstance(setter.expression, Name):
        new = setter.expression
    values.levels[state] = Level.INPUT
    lag = Statement((before,), Call(LAGGED, (Name(state), new)))
    rest = (
        replace(statement, expression=rename(statement.expression, {state: before}))
        for statement in timestep.statements
        if statement not in first
    )
    return replace(
        timestep,
        statements=(*first, lag, *rest),
        output=before if timestep.output == state else timestep.output,
        last={**timestep.last, state: before},
    )
