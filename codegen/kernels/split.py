"""Assigns the statements of a timestep to its parts, by what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from ..language.expressions import (
    Call,
    Expression,
    Name,
    functions,
    names,
    nodes,
    to_python,
    with_operands,
)
from ..model import DROPPED, Layer, State, Statement
from .inline import Inlined
from .recurrence import Recurrence
from .single import Line, Part, Single
from .values import Level, NoParts, Values, reads


def define(layer: Layer, timestep: Single, values: Values) -> tuple[State, ...]:
    """Record what all values depend on; return the states that only the input determines."""
    initial = {state.name: state for state in layer.states}
    windows: list[State] = []
    optional: list[Statement] = []
    for statement in timestep.statements:
        level = values.level(statement.expression)
        state = initial.get(_pushed(statement, timestep.statements, values))
        if state:
            level = Level.INPUT
            windows.append(state)
            values.windows |= {state.name, *statement.targets}
        values.define(statement, level)
        differs = any(values.levels.get(target, level) != level for target in statement.targets)
        if statement.state and (differs or level == Level.STATE):
            optional.append(statement)
    for state in layer.states:
        if state.only_if and state not in windows:
            raise NoParts(f"its state {state.name} exists only if {to_python(state.only_if)}")
    for statement in optional:
        name = values.sources[next(target for target in statement.targets if target != DROPPED)]
        raise NoParts(f"what {name} depends on differs with and without {statement.state}")
    return tuple(windows)


def _pushed(statement: Statement, timestep: Sequence[Statement], values: Values) -> str:
    """Return the state to which a statement pushes what depends on no state, or "".

    Nothing else may set it, or read its old value.
    """
    match statement.expression:
        case Call("push", (Name(state), new)) if values.level(new) < Level.STATE:
            readers = [other for other in timestep if state in names(other.expression)]
            setters = [
                other
                for other in timestep
                if state in (values.sources.get(target) for target in other.targets)
            ]
            return state if readers == setters == [statement] else ""
    return ""


class Split:
    """Assigns the statements of a timestep to parts.

    Attributes:
        recurrence: What rewrites the statements of the recurrence.
    """

    def __init__(self, timestep: Single, layer: Layer, values: Values) -> None:
        self.output = timestep.output
        self.next = {timestep.last[state.name] for state in layer.states}
        self.values = values
        self.recurrence = Recurrence(values)
        results = {self.output, *self.next}
        self.statements = _needed(Inlined(timestep.statements, results, values), results, values)

    def lines(self) -> list[Line]:
        """Return all statements, part by part."""
        of_states = self._of_states()
        before = self._before(of_states)
        lines: list[Line] = []
        for place, statement in enumerate(self.statements):
            if place in of_states:
                lines += of_states[place]
            elif self._level(statement) == Level.ONCE:
                lines.append(Line(Part.ONCE, statement))
            elif place in before:
                lines.append(Line(Part.BEFORE, statement))
            else:
                lines += self.recurrence.lines(statement)
        return sorted(lines, key=lambda line: line.part)

    def _level(self, statement: Statement) -> Level:
        return self.values.levels[next(t for t in statement.targets if t != DROPPED)]

    def _of_states(self) -> dict[int, list[Line]]:
        """Return what each statement that depends on states turns into."""
        recurrent = self._recurrent()
        lines = dict[int, list[Line]]()
        after = set[str]()
        for place, statement in enumerate(self.statements):
            if self._level(statement) < Level.STATE:
                continue
            is_fused = not (
                self.values.mixes(statement.expression, Level.STATE)
                or after & names(statement.expression)
            )
            if place in recurrent or is_fused:
                lines[place] = self.recurrence.lines(statement)
            else:
                after.update(statement.targets)
                lines[place] = self._after(statement, after)
        return lines

    def _recurrent(self) -> set[int]:
        """Return the places of the statements that the next states depend on, and of those that
        call functions of the user."""
        wanted = {*self.next}
        found = set[int]()
        for place, statement in reversed([*enumerate(self.statements)]):
            called = functions(statement.expression) & self.values.functions
            if self._level(statement) == Level.STATE and (
                called or wanted.intersection(statement.targets)
            ):
                found.add(place)
                wanted |= names(statement.expression)
        return found

    def _after(self, statement: Statement, after: set[str]) -> list[Line]:
        """Return a statement after the recurrence, and what the recurrence computes of it."""
        lines: list[Line] = []
        source = self.values.sources[next(t for t in statement.targets if t != DROPPED)]

        def fused(node: Expression) -> Expression:
            if self.values.level(node) < Level.STATE or isinstance(node, Name):
                return node
            if self.values.mixes(node, Level.STATE) or after & names(node):
                return with_operands(node, fused)
            target = self.values.new(source)
            new = self.values.define(Statement((target,), node))
            lines.extend(self.recurrence.lines(new))
            return Name(target)

        expression = fused(statement.expression)
        return [*lines, Line(Part.AFTER, replace(statement, expression=expression))]

    def _before(self, of_states: Mapping[int, Iterable[Line]]) -> set[int]:
        """Return the places of the statements over the input that PyTorch computes."""
        outside = (Part.BEFORE, Part.AFTER)
        lines = [line for some in of_states.values() for line in some if line.part in outside]
        wanted = {self.output, *reads(line.statement for line in lines)}
        found = set[int]()
        for place, statement in reversed([*enumerate(self.statements)]):
            if place in of_states:
                continue
            if self._is_for_pytorch(statement) or wanted.intersection(statement.targets):
                found.add(place)
                wanted |= names(statement.expression)
                if statement.state:
                    wanted.update(statement.targets)  # their values where it is not run
            for node in nodes(statement.expression):
                if self.values.is_mixing(node):
                    wanted |= names(node)
        return found

    def _is_for_pytorch(self, statement: Statement) -> bool:
        values, expression = self.values, statement.expression
        is_large = values.reads_window(expression) or bool(statement.state)
        return is_large or len(statement.targets) > 1 or values.is_mixing(expression)


def _needed(
    statements: Iterable[Statement], results: Set[str], values: Values
) -> tuple[Statement, ...]:
    """Return the statements that results depend on, and those that may draw random numbers."""
    wanted = {*results}
    needed: list[Statement] = []
    for statement in reversed([*statements]):
        is_own = functions(statement.expression) & values.functions
        if is_own or wanted.intersection(statement.targets):
            needed.insert(0, statement)
            wanted |= names(statement.expression)
    return tuple(needed)
