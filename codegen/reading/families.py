"""Reads families, each with its own parts and those inherited from the family it extends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .. import grammar
from ..language.expressions import Expression, functions, names
from ..model import Family, Prefix, State
from .arguments import read_sizes, samples_of_sizes
from .declared import FEATURES, Declared
from .defaults import changed_functions, own_parameters
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
        self.declared = declared.of_family(declared.names.local(), ())
        self.file = declared.file
        self.families = families
        self.names = names

    def read(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """Read a family, with missing parts inherited from the family it extends.

        None if that family is invalid, or nothing updates its states.
        """
        base = self._base(key, record)
        if base is None:
            return None
        family = self._with_defaults(record, base)
        self.declared = self.declared.of_family(self.declared.names, family.parameters)
        family, scope = self._with_states(record, self._with_membrane(key, record, family))
        family = self._with_firing(record, family, scope)
        if isinstance(record, ExtendedFamilyRecord):
            self._check_inherited(key, record, family, scope)
        if record.succeeded:
            self._check_use(key, record, family)
        return family if family.trace or family.update else None

    def _base(self, key: Scalar, record: FamilyRecord) -> Family | None:
        """Return the family to add parts to: the one it extends, without what `without` lists, or
        an empty one."""
        location, name = key.location, key.value
        if not isinstance(record, ExtendedFamilyRecord):
            return Family(name, record.name, record.doc, record.source, location)
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
            nir=None,
        )

    def _with_defaults(self, record: FamilyRecord, family: Family) -> Family:
        """Add the parameters and functions that the family changes, and its nodes."""
        declared, file = self.declared, self.file
        known = grammar.replaced(declared.parameters, family.parameters)
        constraints, own = declared.constraints, declared.names
        parameters = own_parameters(file, record.parameters, known, constraints, own)
        changed = changed_functions(file, record.functions, declared.functions, declared.defaults)
        return replace(
            family,
            parameters=grammar.replaced(family.parameters, parameters),
            functions=grammar.replaced(family.functions, changed),
            nir=read_nir(file, record.nir, [parameter.name for parameter in known]),
        )

    def _with_membrane(self, key: Scalar, record: FamilyRecord, family: Family) -> Family:
        """Add sizes, prefixes and the trace to a family, or drop the trace if `update` replaces it."""
        declared = (prefix.letter for prefix in self.declared.prefixes)
        letters = dict.fromkeys((*declared, *self.declared.offered.letters))  # one may be of both
        if "prefixes" in record:
            chosen = (self.file.choice(item, "prefix", letters) for item in record.prefixes)
            family = replace(family, prefixes=tuple(chosen))
        if "arguments" in record:
            family = replace(family, arguments=read_sizes(record, self.declared.names))
        if "trace" in record and "update" in record:
            hint = "leave out one of them"
            self.file.wrong(record["update"], "the family has a trace and an update", hint)
        elif not (family.trace or family.update or "trace" in record or "update" in record):
            hint = "add trace: ..., or update: ..."
            self.file.wrong(key, f"family {key.value} has no trace", hint)
        written = record.trace
        if written:
            state = self.declared.names.declare(written.state, "the trace")
            scope = self.declared.scope(["x"], sizes=samples_of_sizes(family.arguments))
            trace = self.declared.trace(written, state, scope)
            family = replace(family, trace=trace, update=())
        elif "update" in record and family.trace:
            membrane = State(family.trace.state, family.trace.doc)
            family = replace(family, trace=None, states=(membrane, *family.states))
        return family

    def _with_states(self, record: FamilyRecord, family: Family) -> tuple[Family, Scope]:
        """Add states to a family; return it and the scope of its expressions."""
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        split = self._names_that_split(family, taken)
        if "states" in record:
            states = tuple(self._state(*pair, split) for pair in record.states)
            family = replace(family, states=states)
        named = [*_traced(family), *(state.name for state in family.states)]
        scope = self.declared.scope(["x", *named], sizes=samples_of_sizes(family.arguments))
        scope.words.split = split
        return family, scope

    def _with_firing(self, record: FamilyRecord, family: Family, scope: Scope) -> Family:
        """Add `update`, `fire`, `reset` and `output` to a family."""
        states = {state.name for state in family.states}
        fixed = {name: what for name, what in self.declared.fixed.items() if name not in states}
        fixed |= dict.fromkeys(_traced(family), TRACE_OF_FAMILY)
        fixed |= {size.name: "a size" for size in family.arguments}
        if "update" in record:
            family = replace(family, update=tuple(scope.statements(record.update, fixed)))
        else:
            scope.set_by(family.update)
        if "fire" in record:
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
        """Check that inherited parts read no split parameter, and that their shapes fit."""
        parts = {
            "update": [statement.expression for statement in family.update],
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

    def _state(
        self, key: Scalar, record: FamilyStateRecord, split: Mapping[str, tuple[str, str]]
    ) -> State:
        initial = None
        if record.initial:
            scope = self.declared.scope_of_initial()
            scope.words.split = split
            fits = scope.expands(FEATURES, "the state")
            initial = scope.expression(record.initial, fits=fits)
        return State(
            self.declared.names.declare(key, "a state"),
            record.doc,
            initial=initial,
            observed=record.observed,
        )

    def _check_use(self, key: Scalar, record: FamilyRecord, family: Family) -> None:
        """Check that every state is set, that every value is read, and that D has an effect."""
        statements = (*family.update, *family.fire)
        targets = {target for statement in statements for target in statement.targets}
        if not family.trace and not family.states:
            self.file.wrong(key, "the family has no states", "add states: {mem: membrane}")
            return
        targets |= {family.membrane} if family.reset else set()
        declared = {own.value: own for own in record.states.keys}
        states = {state.name for state in family.states}
        for name in [state.name for state in family.states if state.name not in targets]:
            message, hint = problem_of_unset(name, targets - states)
            if name not in declared:
                hint = f"set {name} in fire, or leave it out: without: [states]"
            self.file.wrong(declared.get(name, key), message, hint)
        rest = [*_reset_of(family), family.output]
        fired = [statement.expression for statement in family.fire]
        check_set(self.file, record.update, family.update, [*fired, *rest], family.states)
        updated = [statement.expression for statement in family.update]
        check_set(self.file, record.fire, family.fire, [*updated, *rest], family.states)
        self._check_split(key, record, family)
        self._check_defaults(record, family)

    def _check_split(self, key: Scalar, record: FamilyRecord, family: Family) -> None:
        """Check that a prefix that splits traces has one to split in some layer."""
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        for prefix in taken if not grammar.traces_that_split(family, taken) else ():
            if prefix.branches:
                node = record["prefixes"] if "prefixes" in record else key
                others = ", ".join(other.letter for other in taken if other != prefix)
                message = f"{prefix.letter} has no trace to split in {family.name}"
                self.file.wrong(node, message, f"leave it out: prefixes: [{others}]")

    def _check_defaults(self, record: FamilyRecord, family: Family) -> None:
        """Check that a layer of the family uses what it changes the default of."""
        taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
        expressions = [*family.expressions, *(e for prefix in taken for e in prefix.expressions)]
        traces = [*family.traces, *(trace for prefix in taken for trace in prefix.traces)]
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
        self, family: Family, prefixes: Sequence[Prefix]
    ) -> dict[str, tuple[str, str]]:
        """Return the parameters of traces that a prefix splits, each with the message and hint for
        expressions other than traces that read it."""
        letters = [prefix.letter for prefix in prefixes]
        splits = [prefix for prefix in prefixes if prefix.branches]
        names = grammar.parameters_that_split(family, prefixes, self.declared.parameter_names)
        return {
            name: _problem_of_split(name, prefix, letters) for prefix in splits for name in names
        }


def _traced(family: Family) -> list[str]:
    """Return the state of a family's trace, if it has one."""
    return [trace.state for trace in family.traces]


def _reset_of(family: Family) -> list[Expression]:
    return [family.reset] if family.reset else []


def _problem_of_split(name: str, prefix: Prefix, letters: Iterable[str]) -> tuple[str, str]:
    """Return message and hint where a parameter is read that a prefix splits."""
    branches = " and ".join(branch.of(name) for branch in prefix.branches)
    others = ", ".join(letter for letter in letters if letter != prefix.letter)
    message = f"{prefix.letter} splits {name} into {branches}, so only a trace can read it"
    return message, f"leave {prefix.letter} out: prefixes: [{others}]"
