"""Reads families, each with its own parts and those inherited from the family it extends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .. import grammar
from ..language.expressions import Expression, Number, functions, names
from ..model import Family, Prefix, State, Trace
from .declared import FEATURES, Declared
from .defaults import changed_functions, changed_parameters
from .format import (
    ExtendedFamilyRecord,
    FamilyRecord,
    FamilyStateRecord,
    ResetRecord,
)
from .kinds import Entries
from .nir import read_nir
from .nodes import Node, Pairs, Scalar
from .scope import TRACE_OF_FAMILY, Scope
from .unused import check_called, check_read, check_set, problem_of_unset

_NO_TRACE = Trace("", "", (), average=False, doc="", splits=False)
"""The trace of a family without a valid trace."""


def read_families(
    declared: Declared, before: tuple[Family, ...], section: Entries[FamilyRecord]
) -> tuple[tuple[Family, ...], list[str]]:
    """Return all families with those of a section, and their names, including invalid ones."""
    families, known = before, [family.name for family in before]
    for key, record in section:
        family = _FamilyReader(declared, families, known).read(key, record)
        families += (family,) if family else ()
        known.append(declared.names.fresh(key))
    return families, known


class _FamilyReader:
    """Reads one family.

    Args:
        declared: The declarations that its parts may refer to.
        families: The families that it may extend.
        names: The names of these, and of invalid families.
    """

    def __init__(
        self, declared: Declared, families: Sequence[Family], names: Sequence[str]
    ) -> None:
        self.declared = declared
        self.file = declared.file
        self.families = families
        self.names = names

    def read(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """Read a family, with missing parts inherited from the family it extends.

        None if that family, or the trace, is invalid.
        """
        base = self._base(key, record)
        if base is None:
            return None
        family, scope = self._with_states(record, base)
        family = self._with_defaults(record, self._with_firing(record, family, scope))
        if isinstance(record, ExtendedFamilyRecord):
            self._check_inherited(key, record, family, scope)
        if record.succeeded:
            self._check_use(key, record, family)
        return None if family.trace is _NO_TRACE else family

    def _base(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """Return the family to add parts to: the one it extends, without what `without` lists, or
        an empty one."""
        location, name = key.location, key.value
        if not isinstance(record, ExtendedFamilyRecord):
            parts = (), (), (), (), _NO_TRACE, (), None, False, Number(0), None
            return Family(name, record.name, record.doc, record.source, location, *parts)
        allowed = [*self.names, *self.declared.offered.families]
        extends = self.file.choice(record.extends, "family", allowed)
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
            nir=None,
        )

    def _with_states(self, record: FamilyRecord, family: Family) -> tuple[Family, Scope]:
        """Add prefixes, trace and states to a family; return it and the scope of its expressions."""
        letters = [prefix.letter for prefix in self.declared.prefixes]
        letters += self.declared.offered.letters
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
        states = [*_traced(family), *(state.name for state in family.states)]
        scope = self.declared.scope(["x", *states])
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        scope.words.split = self._names_that_split(family.trace, taken)
        return family, scope

    def _with_firing(self, record: FamilyRecord, family: Family, scope: Scope) -> Family:
        """Add `fire`, `reset` and `output` to a family."""
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

    def _with_defaults(self, record: FamilyRecord, family: Family) -> Family:
        """Add the defaults that the family changes, and its nodes."""
        declared, file = self.declared, self.file
        known = grammar.replaced(declared.parameters, family.parameters)
        parameters = changed_parameters(file, record.parameters, known)
        changed = changed_functions(file, record.functions, declared.functions, declared.defaults)
        return replace(
            family,
            parameters=grammar.joined(family.parameters, parameters),
            functions=grammar.joined(family.functions, changed),
            nir=read_nir(file, record.nir, declared.parameter_names),
        )

    def _check_inherited(
        self, key: Scalar, record: FamilyRecord, family: Family, scope: Scope
    ) -> None:
        """Check that inherited parts read no split parameter, and that their shapes fit."""
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
                scope.check_inherited(key, part, FEATURES)

    def _state(self, key: Scalar, record: FamilyStateRecord) -> State:
        return State(self.declared.names.fresh(key), record.doc, observed=record.observed)

    def _check_use(self, key: Scalar, record: FamilyRecord, family: Family) -> None:
        """Check that `fire` sets every state, and that every value is read."""
        targets = {target for statement in family.fire for target in statement.targets}
        declared = {own.value: own for own in record.states.keys}
        states = {state.name for state in family.states}
        for name in [state.name for state in family.states if state.name not in targets]:
            message, hint = problem_of_unset(name, targets - states)
            if name not in declared:
                hint = f"set {name} in fire, or leave it out: without: [states]"
            self.file.wrong(declared.get(name, key), message, hint)
        rest = [*_reset_of(family), family.output]
        check_set(self.file, record.fire, family.fire, rest, family.states)
        self._check_defaults(record, family)

    def _check_defaults(self, record: FamilyRecord, family: Family) -> None:
        """Check that a layer of the family uses what it changes the default of."""
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        expressions = [*family.expressions, *(e for prefix in taken for e in prefix.expressions)]
        traces = [family.trace, *(trace for prefix in taken for trace in prefix.traces)]
        read = set().union(*map(names, expressions), {trace.decay for trace in traces})
        check_read(self.file, record.parameters.keys, read)
        called = set().union(*map(functions, expressions))
        check_called(self.file, record.functions.keys, called)

    def _reset(self, node: Node, scope: Scope) -> tuple[Expression, bool]:
        """Read the reset, and whether it is at the start of the next timestep."""
        fits = scope.expands(FEATURES, "the trace")
        if not isinstance(node, Pairs):
            return scope.expression(node, fits=fits), False
        record = ResetRecord(self.file, node, "reset")
        return scope.expression(record.by, fits=fits), record.at == "start"

    def _names_that_split(
        self, trace: Trace, prefixes: Sequence[Prefix]
    ) -> dict[str, tuple[str, str]]:
        """Return the parameters of traces that a prefix splits, each with the message and hint for
        expressions other than traces that read it."""
        letters = [prefix.letter for prefix in prefixes]
        splits = [prefix for prefix in prefixes if prefix.branches]
        names = grammar.parameters_that_split(trace, prefixes, self.declared.parameter_names)
        return {
            name: _problem_of_split(name, prefix, letters) for prefix in splits for name in names
        }


def _traced(family: Family) -> list[str]:
    """Return the state of a family's trace, if it has one."""
    return [] if family.trace is _NO_TRACE else [family.trace.state]


def _reset_of(family: Family) -> list[Expression]:
    return [family.reset] if family.reset else []


def _problem_of_split(name: str, prefix: Prefix, letters: Iterable[str]) -> tuple[str, str]:
    """Return message and hint where a parameter is read that a prefix splits."""
    branches = " and ".join(branch.of(name) for branch in prefix.branches)
    others = ", ".join(letter for letter in letters if letter != prefix.letter)
    message = f"{prefix.letter} splits {name} into {branches}, so only a trace can read it"
    return message, f"leave {prefix.letter} out: prefixes: [{others}]"
