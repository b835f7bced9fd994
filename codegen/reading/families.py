"""From YAML to families, each with all its parts, its own and those of the family it extends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .. import grammar
from ..language.expressions import Expression, Number, names
from ..model import Family, Prefix, State, Trace
from .declared import FEATURES, Declared
from .format import (
    ExtendedFamilyRecord,
    FamilyRecord,
    FamilyStateRecord,
    ResetRecord,
)
from .kinds import Entries
from .nodes import Node, Pairs, Scalar
from .scope import TRACE_OF_FAMILY, Scope
from .unused import check_set, problem_of_unset

_NO_TRACE = Trace("", "", (), average=False, doc="", splits=False)
"""Of a family that does not say what its trace is."""


def read_families(
    declared: Declared, before: tuple[Family, ...], section: Entries[FamilyRecord]
) -> tuple[tuple[Family, ...], list[str]]:
    """The families before and those of a section; and the names of all, even if not readable."""
    families, known = before, [family.name for family in before]
    for key, record in section:
        family = _FamilyReader(declared, families, known).read(key, record)
        families += (family,) if family else ()
        known.append(declared.names.fresh(key))
    return families, known


class _FamilyReader:
    """Reads one family.

    Args:
        declared: What its parts may refer to.
        families: What it may extend.
        names: The names of those, and of families that could not be read.
    """

    def __init__(
        self, declared: Declared, families: Sequence[Family], names: Sequence[str]
    ) -> None:
        self.declared = declared
        self.file = declared.file
        self.families = families
        self.names = names

    def read(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """A family, in which each part that is not written is that of the family it extends.

        None if that one, or its trace, could not be read.
        """
        base = self._base(key, record)
        if base is None:
            return None
        family, scope = self._with_states(record, base)
        family = self._with_firing(record, family, scope)
        if isinstance(record, ExtendedFamilyRecord):
            self._check_inherited(key, record, family, scope)
        if record.succeeded:
            self._check_use(key, record, family)
        return None if family.trace is _NO_TRACE else family

    def _base(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """What a family is before its own parts: the family it extends, without what it leaves out,
        or nothing."""
        location, name = key.location, key.value
        if not isinstance(record, ExtendedFamilyRecord):
            parts = (), (), _NO_TRACE, (), None, False, Number(0)
            return Family(name, record.name, record.doc, record.source, location, *parts)
        extends = self.file.choice(record.extends, "family", self.names)
        without = record.without
        family = next((family for family in self.families if family.name == extends), None)
        if family is None:
            return None
        taken = grammar.available(
            self.declared.prefixes, family.name, () if "prefixes" in without else family.prefixes
        )
        return replace(
            family,
            name=name,
            title=record.name,
            doc=record.doc,
            source=record.source or family.source,
            location=location,
            prefixes=tuple(prefix.letter for prefix in taken),
            states=() if "states" in without else family.states,
            reset=None if "reset" in without else family.reset,
            resets_first=family.resets_first and "reset" not in without,
        )

    def _with_states(self, record: FamilyRecord, family: Family) -> tuple[Family, Scope]:
        """A family with its own prefixes, trace and states; and what its expressions may read."""
        letters = [prefix.letter for prefix in self.declared.prefixes]
        if "prefixes" in record:
            chosen = (self.file.choice(item, "prefix", letters) for item in record.prefixes)
            family = replace(family, prefixes=tuple(chosen))
        trace = record.trace
        if trace:
            state = self.declared.names.fresh(trace.state)
            family = replace(
                family, trace=self.declared.trace(trace, state, self.declared.scope(["x"]))
            )
        if "states" in record:
            family = replace(family, states=tuple(self._state(*pair) for pair in record.states))
        remembered = [*_traced(family), *(state.name for state in family.states)]
        scope = self.declared.scope(["x", *remembered])
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        scope.words.split = self._names_that_split(family.trace, taken)
        return family, scope

    def _with_firing(self, record: FamilyRecord, family: Family, scope: Scope) -> Family:
        """A family with its own `fire`, `reset` and `output`."""
        if "fire" in record:
            fixed = self.declared.fixed | dict.fromkeys(_traced(family), TRACE_OF_FAMILY)
            family = replace(family, fire=tuple(scope.statements(record.fire, fixed)))
        else:
            scope.set_by(family.fire)
        if record.reset:
            reset, resets_first = self._reset(record.reset, scope)
            family = replace(family, reset=reset, resets_first=resets_first)
        if record.output:
            family = replace(family, output=scope.output(record.output, FEATURES))
        return family

    def _check_inherited(
        self, key: Scalar, record: FamilyRecord, family: Family, scope: Scope
    ) -> None:
        """What a family takes over must not read what a prefix splits, and must fit."""
        parts = {
            "fire": [statement.expression for statement in family.fire],
            "reset": _reset_of(family),
            "output": [family.output],
        }
        inherited = [part for name in parts if name not in record for part in parts[name]]
        for name in sorted(set().union(*map(names, inherited)) & scope.words.split.keys()):
            self.file.wrong(key, *scope.words.split[name])
        if record.succeeded:
            for part in (*_reset_of(family), family.output):
                scope.check_taken_over(key, part, FEATURES)

    def _state(self, key: Scalar, record: FamilyStateRecord) -> State:
        return State(self.declared.names.fresh(key), record.doc)

    def _check_use(self, key: Scalar, record: FamilyRecord, family: Family) -> None:
        """Each state is set where the family fires, though it may be taken over, and all is read."""
        targets = {target for statement in family.fire for target in statement.targets}
        declared = {own.value: own for own in record.states.keys}
        states = {state.name for state in family.states}
        for name in [state.name for state in family.states if state.name not in targets]:
            message, hint = problem_of_unset(name, targets - states)
            if name not in declared:
                hint = f"set {name} in fire, or leave it out: without: [states]"
            self.file.wrong(declared.get(name, key), message, hint)
        rest = [*_reset_of(family), family.output]
        check_set(self.file, record.fire, family.fire, rest)

    def _reset(self, node: Node, scope: Scope) -> tuple[Expression, bool]:
        """What leaves the trace, and whether it does at the start of the next timestep."""
        fits = scope.expands(FEATURES, "the trace")
        if not isinstance(node, Pairs):
            return scope.expression(node, fits=fits), False
        record = ResetRecord(self.file, node, "reset")
        return scope.expression(record.by, fits=fits), record.at == "start"

    def _names_that_split(
        self, trace: Trace, prefixes: Sequence[Prefix]
    ) -> dict[str, tuple[str, str]]:
        """The parameters of traces, which some layers have twice, if a prefix splits traces: what
        to say and to do where something else reads them."""
        letters = [prefix.letter for prefix in prefixes]
        splits = [prefix for prefix in prefixes if prefix.branches]
        names = grammar.parameters_that_split(trace, prefixes, self.declared.parameter_names)
        return {
            name: _problem_of_split(name, prefix, letters) for prefix in splits for name in names
        }


def _traced(family: Family) -> list[str]:
    """The state of a family's trace, if it has one."""
    return [] if family.trace is _NO_TRACE else [family.trace.state]


def _reset_of(family: Family) -> list[Expression]:
    return [family.reset] if family.reset else []


def _problem_of_split(name: str, prefix: Prefix, letters: Iterable[str]) -> tuple[str, str]:
    """What is wrong where something else than a trace reads a parameter that a prefix splits."""
    branches = " and ".join(branch.of(name) for branch in prefix.branches)
    others = ", ".join(letter for letter in letters if letter != prefix.letter)
    message = f"{prefix.letter} splits {name} into {branches}, so only a trace can read it"
    return message, f"leave {prefix.letter} out: prefixes: [{others}]"
