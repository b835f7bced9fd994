"""From YAML to prefixes, families, and the parameters and functions that they use."""

from __future__ import annotations

import re
from collections.abc import Iterable, KeysView, Mapping, Sequence
from dataclasses import replace
from itertools import product

from .. import grammar
from ..language.expressions import Expression, Name, Number, functions, names
from ..language.functions import APPLIED, FUNCTIONS
from ..model import (
    NUM_NEURONS,
    Branch,
    Constraint,
    Family,
    FunctionArgument,
    Linear,
    Location,
    Package,
    Parameter,
    Prefix,
    State,
    Trace,
)
from ..previous import OUTPUT, PREVIOUS
from .format import (
    BranchRecord,
    ExtendedFamilyRecord,
    ExtensionRecord,
    FamilyRecord,
    FamilyStateRecord,
    FileRecord,
    FunctionRecord,
    ParameterRecord,
    PrefixRecord,
    ResetRecord,
    TraceRecord,
)
from .kinds import ANY
from .names import Names
from .nodes import Node, Pairs, Scalar
from .scope import TRACE_OF_FAMILY, Scope
from .shapes import Shapes, parameter_shape, state_shape
from .sizes import read_linear, samples_of
from .unused import check_called, check_set, problem_of_unset
from .yaml_file import YamlFile

_FEATURES = state_shape([Name(NUM_NEURONS.name)])
"""The shape of all that a timestep of the grammar computes."""

_NO_CONSTRAINT = Constraint("", ANY, Name("raw"))
"""Of a parameter whose own is not known."""

_NO_TRACE = Trace("", "", (), average=False, doc="", splits=False)
"""Of a family that does not say what its trace is."""


class GrammarReader:
    """Reads the grammar of a file: what is declared first, then what refers to it.

    Args:
        file: The file.
        constraints: What parameters may be held to.
        base: A package whose grammar the file extends, if it does.
    """

    def __init__(
        self, file: YamlFile, constraints: Mapping[str, Constraint], base: Package | None = None
    ) -> None:
        self.file = file
        self.constraints = constraints
        taken = {OUTPUT: "what a layer returns", "reset": "what leaves a trace"}
        self.names = Names(file, taken, arguments=rf"(raw|learn|{PREVIOUS[:-1]})_.*|.*_rank")
        self.split_by: str | None = None
        self.parameters = base.parameters if base else ()
        self.functions = base.functions if base else ()
        self.prefixes = base.prefixes if base else ()
        self.families = base.families if base else ()
        self.family_names = [family.name for family in self.families]
        """Those that could not be read among them."""
        if base:
            self._take_names(base)

    def _take_names(self, base: Package) -> None:
        where = f"the {base.name} spec"
        named = {
            "a parameter": [parameter.name for parameter in base.parameters],
            "a function": [function.name for function in base.functions],
            "a layer": [*(f.name for f in base.families), *(layer.name for layer in base.layers)],
            "the state of a prefix": [t.state for prefix in base.prefixes for t in prefix.traces],
            "a branch": [branch.name for prefix in base.prefixes for branch in prefix.branches],
            "a module": [module.name for prefix in base.prefixes for module in prefix.modules],
        }
        for what, names in named.items():
            self.names.take(names, what, where)
        for prefix in base.prefixes:
            if prefix.branches:
                self.split_by = f"{prefix.letter} does in {where}"

    def read(self, sections: FileRecord | ExtensionRecord) -> None:
        """Read all sections, after which `parameters`, `functions`, ... hold what there is."""
        self.parameters += tuple(self._parameter(*pair) for pair in sections.parameters)
        self.functions += tuple(self._function(*pair) for pair in sections.functions)
        for key, prefix in sections.prefixes:
            self.prefixes += (self._prefix(key, prefix),)
        for key, written in sections.families:
            family = self._family(key, written)
            self.families += (family,) if family else ()
            self.family_names.append(self.names.fresh(key))
        for _, prefix in sections.prefixes:
            for name in prefix.families:
                self.file.choice(name, "family", self.family_names)
        self._check_branch_names()

    def _parameter(self, key: Scalar, record: ParameterRecord) -> Parameter:
        choice = self.file.choice(record.constraint, "constraint", self.constraints)
        constraint = self.constraints.get(choice, _NO_CONSTRAINT)
        default = record.default
        if default is not None and default not in constraint.domain:
            message = f"the default {default} is outside the domain of {choice}"
            self.file.wrong(record["default"], message, f"it must be {constraint.domain}")
        name = self.names.declare(key, "a parameter")
        return Parameter(name, constraint, default or 0.0, record.doc, record.rank, record.learn)

    def _function(self, key: Scalar, record: FunctionRecord) -> FunctionArgument:
        name = self.names.declare(key, "a function")
        return FunctionArgument(name, record.default, record.doc)

    # Prefixes

    def _prefix(self, key: Scalar, record: PrefixRecord) -> Prefix:
        self._check_letter(key, record)
        modules = tuple(
            read_linear(name, module, self.names, {NUM_NEURONS.name: samples_of(1)})
            for name, module in record.modules
        )
        scope = self._scope(["x"], modules)
        attempt = self.file.attempt()
        prefix = Prefix(
            letter=key.value,
            name=record.name,
            doc=record.doc,
            source=record.source,
            location=key.location,
            families=tuple(map(self.file.text, record.families)),
            modules=modules,
            update=tuple(scope.statements(record.update, self._fixed())),
            traces=self._traces(record, scope),
            branches=self._branches(record),
            replaces=self._replaces(record, scope),
            drive=scope.value(record.drive, _FEATURES, "the trace") if record.drive else None,
        )
        if attempt.succeeded:
            check_set(self.file, record.update, prefix.update, prefix.expressions)
            called = set().union(*map(functions, prefix.expressions))
            check_called(self.file, record.modules.keys, called)
        return prefix

    def _check_letter(self, key: Scalar, record: PrefixRecord) -> None:
        """A prefix is a capital letter of its own, does something, and is the only one to split."""
        letter = key.value
        if not re.fullmatch("[A-Z]", letter):
            self.file.wrong(key, f"prefix {letter} is not a letter", "write one capital letter")
        if letter in [prefix.letter for prefix in self.prefixes]:
            self.file.wrong(key, f"there is a prefix {letter} already", "take another letter")
        if not any(part in record for part in ("split", "update", "trace", "replaces", "drive")):
            self.file.wrong(key, f"prefix {letter} does nothing", "add trace: or split:")
        if "split" not in record:
            return
        node = record["split"]
        if self.split_by:
            hint = f"only one prefix may, and {self.split_by}"
            self.file.wrong(node, "a second prefix splits the traces", hint)
        self.split_by = f"one does in line {node.location.line}"

    def _fixed(self) -> dict[str, str]:
        """The names that no statement sets, and what they are."""
        declared = {name: f"declared {where}" for name, where in self.names.owners.items()}
        return {"x": "the input", **declared}

    def _scope(self, known: Sequence[str], modules: Sequence[Linear] = ()) -> Scope:
        """What expressions of the grammar may read and call."""
        called = [*(f.name for f in self.functions), *(module.name for module in modules)]
        shapes = {p.name: parameter_shape(p, NUM_NEURONS.name) for p in self.parameters}
        shapes |= dict.fromkeys([*known, PREVIOUS + OUTPUT], _FEATURES)
        shapes |= {PREVIOUS + name: _FEATURES for name in shapes}
        return Scope(
            self.file,
            known={*known, *self._parameter_names},
            functions=FUNCTIONS | dict.fromkeys(called, APPLIED),
            shapes=Shapes(shapes, modules),
            has_past=True,
        )

    def _traces(self, record: PrefixRecord, scope: Scope) -> tuple[Trace, ...]:
        traces = []
        for own in record.trace:
            state = self.names.declare(own.state, "the state of a prefix")
            traces.append(self._trace(own, state, scope))
            scope.words.known.add(state)
            scope.shapes.known[state] = _FEATURES
        return tuple(traces)

    def _trace(self, record: TraceRecord, state: str, scope: Scope) -> Trace:
        return Trace(
            state=state,
            decay=self.file.choice(record.decay, "parameter", self._parameter_names),
            drives=(scope.value(record.input, _FEATURES, "the trace"),),
            average=record.average,
            doc=record.doc,
            splits=record.split,
        )

    def _replaces(self, record: PrefixRecord, scope: Scope) -> tuple[tuple[str, Expression], ...]:
        allowed = ["x", *self._parameter_names]
        replaced = []
        for key, value in record.replaces.items():
            name = self.file.choice(key, "signal or parameter", allowed)
            replaced.append((name, scope.value(value, _FEATURES, name)))
        return tuple(replaced)

    def _branches(self, record: PrefixRecord) -> tuple[Branch, ...]:
        branches, shares = [], []
        for key, branch in record.split:
            share = branch.reset_share
            shares += [] if share is None else [share]
            name = self.names.declare(key, "a branch")
            branches.append(Branch(name, branch.function, share or 0.0))
        if "split" in record and not branches:
            self.file.wrong(record["split"], "nothing to split into", "write two branches")
        if branches and len(shares) == len(branches) and abs(sum(shares) - 1) > 1e-12:
            message = f"the branches take {sum(shares)} of a reset"
            self.file.wrong(record["split"], message, "their reset_share must add up to 1")
        return tuple(branches)

    # Families

    def _family(self, key: Scalar, record: FamilyRecord) -> Family | None:
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
        extends = self.file.choice(record.extends, "family", self.family_names)
        without = record.without
        family = next((family for family in self.families if family.name == extends), None)
        if family is None:
            return None
        taken = grammar.available(
            self.prefixes, family.name, () if "prefixes" in without else family.prefixes
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
        letters = [prefix.letter for prefix in self.prefixes]
        if "prefixes" in record:
            chosen = (self.file.choice(item, "prefix", letters) for item in record.prefixes)
            family = replace(family, prefixes=tuple(chosen))
        trace = record.trace
        if trace:
            state = self.names.fresh(trace.state)
            family = replace(family, trace=self._trace(trace, state, self._scope(["x"])))
        if "states" in record:
            family = replace(family, states=tuple(self._state(*pair) for pair in record.states))
        remembered = [*_traced(family), *(state.name for state in family.states)]
        scope = self._scope(["x", *remembered])
        taken = grammar.available(self.prefixes, family.name, family.prefixes)
        scope.words.split = self._names_that_split(family.trace, taken)
        return family, scope

    def _with_firing(self, record: FamilyRecord, family: Family, scope: Scope) -> Family:
        """A family with its own `fire`, `reset` and `output`."""
        if "fire" in record:
            fixed = self._fixed() | dict.fromkeys(_traced(family), TRACE_OF_FAMILY)
            family = replace(family, fire=tuple(scope.statements(record.fire, fixed)))
        else:
            scope.set_by(family.fire)
        if record.reset:
            reset, resets_first = self._reset(record.reset, scope)
            family = replace(family, reset=reset, resets_first=resets_first)
        if record.output:
            family = replace(family, output=scope.output(record.output, _FEATURES))
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
                scope.check_taken_over(key, part, _FEATURES)

    def _state(self, key: Scalar, record: FamilyStateRecord) -> State:
        return State(self.names.fresh(key), record.doc)

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
        fits = scope.expands(_FEATURES, "the trace")
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
        names = grammar.parameters_that_split(trace, prefixes, self._parameter_names)
        return {
            name: _problem_of_split(name, prefix, letters) for prefix in splits for name in names
        }

    def _check_branch_names(self) -> None:
        """Splitting a trace must not make a name that something else has."""
        for prefix in self.prefixes:
            for branch, name in product(prefix.branches, sorted(self._names_split_by(prefix))):
                owner = self.names.owners.get(branch.of(name))
                if owner:
                    message = f"splitting {name} makes a second {branch.of(name)}"
                    hint = f"{branch.of(name)} is declared {owner}; rename it"
                    here = Location(self.file.path.as_posix(), 1, 1)
                    is_here = prefix.location.file == here.file
                    self.file.notes.add(prefix.location if is_here else here, message, hint)

    def _names_split_by(self, prefix: Prefix) -> set[str]:
        """The states and parameters that a prefix splits in some family."""
        split = set[str]()
        for family in self.families:
            taken = grammar.available(self.prefixes, family.name, family.prefixes)
            if prefix in taken:
                split |= grammar.parameters_that_split(family.trace, taken, self._parameter_names)
                traces = grammar.traces_that_split(family.trace, taken)
                split |= {trace.state for trace in traces}
        return split

    @property
    def _parameter_names(self) -> KeysView[str]:
        """In their order."""
        return dict.fromkeys(parameter.name for parameter in self.parameters).keys()


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
