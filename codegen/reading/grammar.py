"""From YAML to prefixes, families, and the parameters and functions that they use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, product
from typing import TypeVar

from yaml import MappingNode, Node, SequenceNode

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
    Statement,
    Trace,
)
from ..previous import OUTPUT, PREVIOUS
from .format import (
    BRANCH,
    EXTENDED_FAMILY,
    FAMILY,
    FAMILY_STATE,
    FUNCTION,
    FUNCTION_DEFAULTS,
    PARAMETER,
    PREFIX,
    RESET,
    TRACE,
)
from .layers import problem_of_unset
from .scope import TRACE_OF_FAMILY, Names, Scope
from .shapes import Shapes, parameter_shape, state_shape
from .sizes import read_linear, samples_of
from .yaml_file import YamlFile

T = TypeVar("T")

_FEATURES = state_shape([Name(NUM_NEURONS.name)])
"""The shape of all that a timestep of the grammar computes."""

SPLITS = ("negative", "positive")
"""What may divide a signal between the branches of a trace."""


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
        if base:
            self._take_names(base)

    def _take_names(self, base: Package) -> None:
        where = f"the {base.name} spec"
        named = {
            "a parameter": [parameter.name for parameter in base.parameters],
            "a function": [function.name for function in base.functions],
            "a layer": [part.name for part in (*base.families, *base.layers)],
            "the state of a prefix": [t.state for prefix in base.prefixes for t in prefix.traces],
            "a branch": [branch.name for prefix in base.prefixes for branch in prefix.branches],
            "a module": [module.name for prefix in base.prefixes for module in prefix.modules],
        }
        for what, names in named.items():
            self.names.take(names, what, where)
        for prefix in base.prefixes:
            if prefix.branches:
                self.split_by = f"{prefix.letter} does in {where}"

    def read(self, sections: Mapping[str, Node]) -> None:
        """Read all sections, after which `parameters`, `functions`, ... hold what there is."""
        self.parameters += self._each(sections, "parameters", self._parameter)
        self.functions += self._each(sections, "functions", self._function)
        for key, node in self.file.mapping(sections.get("prefixes"), "prefixes").items():
            self.prefixes += (self._prefix(key, node),)
        for key, node in self.file.mapping(sections.get("families"), "families").items():
            self.families += (self._family(key, node),)
        self._check_families_of_prefixes(sections.get("prefixes"))
        self._check_branch_names()

    def _each(
        self, sections: Mapping[str, Node], name: str, read: Callable[[Node, Node], T]
    ) -> tuple[T, ...]:
        pairs = self.file.mapping(sections.get(name), name)
        return tuple(read(key, node) for key, node in pairs.items())

    def _parameter(self, key: Node, node: Node) -> Parameter:
        record = self.file.record(node, f"parameter {key.value}", PARAMETER)
        choice = self.file.choice(record.get("constraint"), "constraint", self.constraints)
        constraint = self.constraints.get(choice)
        default = self.file.number(record.get("default"))
        if constraint and default is not None and default not in constraint.domain:
            message = f"the default {default} is outside the domain of {choice}"
            self.file.wrong(record["default"], message, f"it must be {constraint.domain}")
        rank = self.file.integer(record["rank"]) if "rank" in record else 1
        if rank not in (0, 1):
            self.file.wrong(record["rank"], f"the rank is {rank}", "it must be 0 or 1")
        learn = self.file.boolean(record["learn"]) if "learn" in record else True
        doc = self.file.text(record.get("doc"))
        name = self.names.declare(key, "a parameter")
        return Parameter(name, constraint, default or 0.0, doc, rank, learn)

    def _function(self, key: Node, node: Node) -> FunctionArgument:
        record = self.file.record(node, f"function {key.value}", FUNCTION)
        default = self.file.choice(record.get("default"), "function", FUNCTION_DEFAULTS)
        name = self.names.declare(key, "a function")
        return FunctionArgument(name, default, self.file.text(record.get("doc")))

    # Prefixes

    def _prefix(self, key: Node, node: Node) -> Prefix:
        letter = self.file.text(key)
        if letter and not re.fullmatch("[A-Z]", letter):
            self.file.wrong(key, f"prefix {letter} is not a letter", "write one capital letter")
        if letter in [prefix.letter for prefix in self.prefixes]:
            self.file.wrong(key, f"there is a prefix {letter} already", "take another letter")
        record = self.file.record(node, f"prefix {letter}", PREFIX)
        if not record.keys() & {"split", "update", "trace", "replaces", "drive"}:
            self.file.wrong(key, f"prefix {letter} does nothing", "add trace: or split:")
        if "split" in record:
            self._check_single_split(record["split"])
        modules = tuple(
            self._module(*pair)
            for pair in self.file.mapping(record.get("modules"), "modules").items()
        )
        scope = self._scope(["x"], modules)
        statements = self.file.sequence(record.get("update"), "update")
        attempt = self.file.attempt()
        update = scope.statements(statements, self._fixed())
        traces = self._traces(record.get("trace"), scope)
        prefix = Prefix(
            letter=letter,
            name=self.file.text(record.get("name")),
            doc=self.file.text(record.get("doc")),
            source=self.file.text(record.get("source")),
            location=self.file.location(key),
            families=tuple(
                self.file.text(item)
                for item in self.file.sequence(record.get("families"), "families")
            ),
            branches=self._branches(record.get("split")),
            modules=modules,
            update=tuple(update),
            traces=traces,
            replaces=self._replaces(record.get("replaces"), scope),
            drive=(
                scope.value(record["drive"], _FEATURES, "the trace") if "drive" in record else None
            ),
        )
        if attempt.succeeded:
            scope.check_read(statements, update, prefix.expressions)
            called = set().union(*map(functions, prefix.expressions))
            for own in self.file.mapping(record.get("modules"), "modules"):
                if own.value not in called:
                    hint = f"write {own.value}(x), or leave it out"
                    self.file.wrong(own, f"nothing calls {own.value}", hint)
        return prefix

    def _check_single_split(self, node: Node) -> None:
        if self.split_by:
            hint = f"only one prefix may, and {self.split_by}"
            self.file.wrong(node, "a second prefix splits the traces", hint)
        self.split_by = f"one does in line {node.start_mark.line + 1}"

    def _module(self, key: Node, node: Node) -> Linear:
        return read_linear(self.file, key, node, self.names, {NUM_NEURONS.name: samples_of(1)})

    def _fixed(self) -> dict[str, str]:
        """The names that no statement sets, and what they are."""
        declared = {name: f"declared {where}" for name, where in self.names.owners.items()}
        return {"x": "the input", **declared}

    def _scope(self, known: Iterable[str], modules: Iterable[Linear] = ()) -> Scope:
        """What expressions of the grammar may read and call."""
        known, modules = list(known), list(modules)
        shapes = {p.name: parameter_shape(p, NUM_NEURONS.name) for p in self.parameters}
        shapes |= dict.fromkeys([*known, PREVIOUS + OUTPUT], _FEATURES)
        shapes |= {PREVIOUS + name: _FEATURES for name in shapes}
        return Scope(
            self.file,
            known={*known, *(parameter.name for parameter in self.parameters)},
            functions=FUNCTIONS | {f.name: APPLIED for f in (*self.functions, *modules)},
            shapes=Shapes(shapes, modules),
            has_past=True,
        )

    def _traces(self, node: Node | None, scope: Scope) -> tuple[Trace, ...]:
        traces = []
        for item in self.file.one_or_many(node, "trace"):
            traces.append(self._trace(item, scope, self._new_state))
            scope.known.add(traces[-1].state)
            scope.shapes.known[traces[-1].state] = _FEATURES
        return tuple(traces)

    def _new_state(self, node: Node | None) -> str:
        return self.names.declare(node, "the state of a prefix")

    def _trace(self, node: Node, scope: Scope, new_name: Callable[[Node | None], str]) -> Trace:
        record = self.file.record(node, "trace", TRACE)
        return Trace(
            state=new_name(record.get("state")),
            decay=self._parameter_name(record.get("decay")),
            drives=(scope.value(record.get("input"), _FEATURES, "the trace"),),
            average=self.file.boolean(record.get("average")),
            doc=self.file.text(record.get("doc")),
            splits=self.file.boolean(record["split"]) if "split" in record else True,
        )

    def _replaces(self, node: Node | None, scope: Scope) -> tuple[tuple[str, Expression], ...]:
        replaced = []
        allowed = ["x", *(parameter.name for parameter in self.parameters)]
        for key, value in self.file.mapping(node, "replaces").items():
            name = self.file.choice(key, "signal or parameter", allowed)
            replaced.append((name, scope.value(value, _FEATURES, name)))
        return tuple(replaced)

    def _branches(self, node: Node | None) -> tuple[Branch, ...]:
        branches, shares = [], []
        for key, value in self.file.mapping(node, "split").items():
            record = self.file.record(value, f"branch {key.value}", BRANCH)
            function = self.file.choice(record.get("function"), "function", SPLITS)
            shares.append(self.file.number(record.get("reset_share")))
            branches.append(
                Branch(self.names.declare(key, "a branch"), function, shares[-1] or 0.0)
            )
        if node is not None and not branches:
            self.file.wrong(node, "nothing to split into", "write two branches")
        if branches and None not in shares and abs(sum(shares) - 1) > 1e-12:
            message = f"the branches take {sum(shares)} of a reset"
            self.file.wrong(node, message, "their reset_share must add up to 1")
        return tuple(branches)

    def _parameter_name(self, node: Node | None) -> str:
        return self.file.choice(node, "parameter", [p.name for p in self.parameters])

    def _check_families_of_prefixes(self, node: Node | None) -> None:
        families = [family.name for family in self.families]
        for key, value in self.file.mapping(node, "prefixes").items():
            if isinstance(value, MappingNode):
                for name, item in value.value:
                    if name.value == "families" and isinstance(item, SequenceNode):
                        for family in item.value:
                            self.file.choice(family, "family", families)

    # Families

    def _family(self, key: Node, node: Node) -> Family:
        extends = isinstance(node, MappingNode) and any(k.value == "extends" for k, _ in node.value)
        form = EXTENDED_FAMILY if extends else FAMILY
        attempt = self.file.attempt()
        record = self.file.record(node, f"family {key.value}", form)
        extended = self._extended(record)
        if extends and not (extended and extended.trace):
            return self._unread_family(key)
        letters = [prefix.letter for prefix in self.prefixes]
        prefixes = tuple(
            self.file.choice(item, "prefix", letters)
            for item in self.file.sequence(record.get("prefixes"), "prefixes")
        )
        if "prefixes" not in record and extended:
            taken = grammar.available(self.prefixes, extended.name, extended.prefixes)
            prefixes = tuple(prefix.letter for prefix in taken)
        trace = extended.trace if extended else None
        if "trace" in record:
            trace = self._trace(record["trace"], self._scope(["x"]), self.names.fresh)
        states = extended.states if extended else ()
        if "states" in record:
            pairs = self.file.mapping(record["states"], "states").items()
            states = tuple(self._state(*pair) for pair in pairs)
        traced = [trace.state] if trace else []
        scope = self._scope(["x", *traced, *(state.name for state in states)])
        taken = grammar.available(self.prefixes, str(key.value), prefixes)
        scope.split = self._names_that_split(trace, taken)
        fire = extended.fire if extended else ()
        if "fire" in record:
            statements = self.file.sequence(record["fire"], "fire")
            fixed = self._fixed() | dict.fromkeys(traced, TRACE_OF_FAMILY)
            fire = tuple(scope.statements(statements, fixed))
        else:
            scope.set_by(fire)
        reset, resets_first = (extended.reset, extended.resets_first) if extended else (None, False)
        if "reset" in record:
            reset, resets_first = self._reset(record["reset"], scope)
        if extended:
            self._check_inherited(key, record, extended, scope)
        output = extended.output if extended else Number(0)
        if "output" in record:
            output = scope.output(record["output"], _FEATURES)
        if attempt.succeeded and extended:
            for inherited in (*([reset] if reset else []), output):
                scope.check_taken_over(key, inherited, _FEATURES)
        if attempt.succeeded:
            self._check_states(key, record, states, fire)
            items = self.file.sequence(record.get("fire"), "fire")
            rest = [*([reset] if reset else []), output]
            scope.check_read(items, fire if items else (), rest)
        return Family(
            name=self.names.fresh(key),
            title=self.file.text(record.get("name")),
            doc=self.file.text(record.get("doc")),
            source=self.file.text(record.get("source")) or (extended.source if extended else ""),
            location=self.file.location(key),
            prefixes=prefixes,
            states=states,
            trace=trace,
            fire=fire,
            reset=reset,
            resets_first=resets_first,
            output=output,
        )

    def _unread_family(self, key: Node) -> Family:
        """What stands for a family that extends none, so that nobody is told more than that."""
        name, location = self.names.fresh(key), self.file.location(key)
        return Family(name, "", "", "", location, (), (), None, (), None, False, Number(0))

    def _extended(self, record: Mapping[str, Node]) -> Family | None:
        """The family that another one extends, without what that leaves out."""
        name = self.file.choice(
            record.get("extends"), "family", [family.name for family in self.families]
        )
        extended = next((family for family in self.families if family.name == name), None)
        left_out = {
            self.file.choice(item, "part", ("reset", "prefixes", "states"))
            for item in self.file.sequence(record.get("without"), "without")
        }
        if extended and "reset" in left_out:
            extended = replace(extended, reset=None, resets_first=False)
        if extended and "prefixes" in left_out:
            extended = replace(extended, prefixes=())
        if extended and "states" in left_out:
            extended = replace(extended, states=())
        return extended

    def _check_inherited(
        self, key: Node, record: Mapping[str, Node], extended: Family, scope: Scope
    ) -> None:
        """What a family takes over must not read what a prefix splits."""
        parts = {
            "fire": [statement.expression for statement in extended.fire],
            "reset": [extended.reset] if extended.reset else [],
            "output": [extended.output],
        }
        inherited = chain.from_iterable(parts[part] for part in parts.keys() - record.keys())
        for name in sorted(set().union(*map(names, inherited)) & scope.split.keys()):
            self.file.wrong(key, *scope.split[name])

    def _state(self, key: Node, node: Node) -> State:
        record = self.file.record(node, f"state {key.value}", FAMILY_STATE)
        return State(self.names.fresh(key), self.file.text(record.get("doc")))

    def _check_states(
        self,
        key: Node,
        record: Mapping[str, Node],
        states: Iterable[State],
        fire: Iterable[Statement],
    ) -> None:
        """Each state is set where the family fires, though it may be taken over."""
        targets = {target for statement in fire for target in statement.targets}
        declared = {own.value: own for own in self.file.mapping(record.get("states"), "states")}
        for state in states:
            if state.name in targets:
                continue
            others = targets - {other.name for other in states}
            message, hint = problem_of_unset(state.name, others)
            if state.name not in declared:
                hint = f"set {state.name} in fire, or leave it out: without: [states]"
            self.file.wrong(declared.get(state.name, key), message, hint)

    def _reset(self, node: Node | None, scope: Scope) -> tuple[Expression | None, bool]:
        """What leaves the trace, and whether it does at the start of the next timestep."""
        if node is None:
            return None, False
        fits = scope.expands(_FEATURES, "the trace")
        if not isinstance(node, MappingNode):
            return scope.expression(node, fits=fits), False
        record = self.file.record(node, "reset", RESET)
        at = self.file.choice(record.get("at"), "time", ("start", "end"))
        return scope.expression(record.get("by"), fits=fits), at == "start"

    def _names_that_split(
        self, trace: Trace | None, prefixes: Sequence[Prefix]
    ) -> dict[str, tuple[str, str]]:
        """The parameters of traces, which some layers have twice, if a prefix splits traces: what
        to say and to do where something else reads them."""
        if trace is None:
            return {}
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
            if family.trace and prefix in taken:
                split |= grammar.parameters_that_split(family.trace, taken, self._parameter_names)
                traces = grammar.traces_that_split(family.trace, taken)
                split |= {trace.state for trace in traces}
        return split

    @property
    def _parameter_names(self) -> set[str]:
        return {parameter.name for parameter in self.parameters}


def _problem_of_split(name: str, prefix: Prefix, letters: Iterable[str]) -> tuple[str, str]:
    """What is wrong where something else than a trace reads a parameter that a prefix splits."""
    branches = " and ".join(branch.of(name) for branch in prefix.branches)
    others = ", ".join(letter for letter in letters if letter != prefix.letter)
    message = f"{prefix.letter} splits {name} into {branches}, so only a trace can read it"
    return message, f"leave {prefix.letter} out: prefixes: [{others}]"
