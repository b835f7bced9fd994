"""Single assignment form: each value of a timestep has a unique name, and its own name at the end.

A statement can move between the parts of a timestep only if what it reads is not set anew before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import count, groupby

from ..language.expressions import Name, computed, names, rename
from ..model import DROPPED, Layer, Statement
from ..previous import OUTPUT
from .values import Level, Values


class Part(IntEnum):
    """The part of a timestep, in the order in which a sequence is computed."""

    ONCE = 0
    BEFORE = 1
    RECURRENCE = 2
    AFTER = 3


@dataclass(frozen=True)
class Line:
    """A statement, and the part of the timestep that it belongs to."""

    part: Part
    statement: Statement


@dataclass(frozen=True)
class Single:
    """A timestep in single assignment form.

    Attributes:
        output: The name of the output.
        last: The name of the last value of each name of the timestep.
    """

    statements: tuple[Statement, ...]
    output: str
    last: Mapping[str, str]


def single(layer: Layer, values: Values) -> Single:
    """Return the timestep of a layer with a unique name for each value.

    An optional statement sets a value that was set before: a copy of the value if it is not run.
    """
    statements = layer.statements
    if not isinstance(layer.output, Name):
        statements = (*statements, Statement((OUTPUT,), layer.output))
    output = OUTPUT if not isinstance(layer.output, Name) else layer.output.name
    now = {name: name for name in values.sources}
    renamed: list[Statement] = []
    for owner, group in groupby(statements, key=lambda statement: statement.state):
        renamed += _optional([*group], now, values) if owner else _always(group, now, values)
    return Single(tuple(renamed), now[output], now)


def _always(
    statements: Iterable[Statement], now: dict[str, str], values: Values
) -> Iterator[Statement]:
    for statement in statements:
        expression = rename(computed(statement.expression), now)
        now.update((t, values.new(t)) for t in statement.targets if t != DROPPED)
        targets = tuple(now.get(target, DROPPED) for target in statement.targets)
        yield replace(statement, targets=targets, expression=expression)


def _optional(
    statements: Sequence[Statement], now: dict[str, str], values: Values
) -> Iterator[Statement]:
    owner = statements[0].state
    set_here = dict.fromkeys(target for statement in statements for target in statement.targets)
    new = {target: values.new(target) for target in set_here if target != DROPPED}
    for target in new:
        if target != owner:
            yield Statement((new[target],), Name(now[target]))
    for statement in statements:
        expression = rename(computed(statement.expression), now)
        now.update((target, new[target]) for target in statement.targets if target in new)
        targets = tuple(now.get(target, DROPPED) for target in statement.targets)
        yield replace(statement, targets=targets, expression=expression)


# Names at the end


def common_names(
    lines: Sequence[Line],
    timestep: Single,
    fixed: Set[str],
    values: Values,
) -> dict[str, str]:
    """Return a name for each value: the name in the timestep for as many values as is safe.

    Args:
        lines: All statements, part by part.
        timestep: The timestep, with the output that the parts have.
        fixed: The values that share their name with no other.
        values: The values, and their sources.
    """
    part_of = _parts_of(lines, values)
    shared = dict[str, str]()
    for source in dict.fromkeys(values.sources[name] for name in part_of):
        if source in values.taken - part_of.keys():
            continue
        versions = [name for name in part_of if values.sources[name] == source]
        for group in _candidates(versions, timestep.last.get(source, source), source, fixed):
            if _is_safe(group, lines, part_of, timestep, values):
                shared |= dict.fromkeys(group, source)
                break
    taken = values.taken | set(shared.values())
    for name in part_of:
        if name not in shared:
            shared[name] = _free(values.sources[name], taken)
            taken.add(shared[name])
    return shared


def _parts_of(lines: Iterable[Line], values: Values) -> dict[str, Part]:
    """Return the part in which each value is set, beginning with those that nothing sets."""
    initial = {name for name, source in values.sources.items() if name == source}
    parts = {name: _INITIAL[values.levels[name]] for name in values.sources if name in initial}
    parts |= dict.fromkeys(values.windows & initial, Part.BEFORE)
    for line in lines:
        parts |= {t: line.part for t in line.statement.targets if t != DROPPED}
    return parts


_INITIAL = (Part.ONCE, Part.BEFORE, Part.RECURRENCE)
"""The part that the values at the beginning belong to, by level."""


def _candidates(
    versions: Sequence[str], last: str, source: str, fixed: Set[str]
) -> Iterator[tuple[str, ...]]:
    """Yield values that may have the name of their source, the most first."""
    free = tuple(version for version in versions if version not in fixed)
    if source in versions:
        yield free
        yield tuple(version for version in (source, last) if version in free)
        yield (source,)
    elif versions[-1] in fixed:
        yield (versions[-1],)
    else:
        yield from (free[start:] for start in range(len(free)))


def _is_safe(
    group: Sequence[str],
    lines: Iterable[Line],
    part_of: Mapping[str, Part],
    timestep: Single,
    values: Values,
) -> bool:
    """Whether these values can have one name, without any being read after the next is set."""
    parts = {part_of[name] for name in group}
    if Part.RECURRENCE in parts and parts - {Part.RECURRENCE, Part.AFTER}:
        return False
    shapes = values.shapes.known
    if any(shapes.get(name) != shapes.get(group[0]) for name in group):
        return False
    source = values.sources[group[0]]
    held = {source} & {*group}
    for line in lines:
        read, set_here = names(line.statement.expression), {*line.statement.targets} & {*group}
        if not read & {*group} <= held or len(set_here) > 1:
            return False
        if set_here:
            is_copy = any(line.statement.expression == Name(name) for name in held)
            held = set_here | (held if is_copy else set())
    if source in group and len(group) > 1 and timestep.last[source] not in held:
        return False  # the last value is assigned to a state in the end
    return timestep.output not in group or timestep.output in held


def _free(name: str, taken: set[str]) -> str:
    numbered = (f"{name}_{number}" for number in count(1))
    return name if name not in taken else next(new for new in numbered if new not in taken)
