"""From YAML to prefixes, families, and the parameters and functions that they use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import TypeVar

from yaml import Node

from .expressions import Name
from .functions import FUNCTIONS, Function
from .model import (
    Branch,
    Constraint,
    Drive,
    Family,
    FunctionArgument,
    Parameter,
    Prefix,
    State,
    Trace,
)
from .problems import one_of
from .scope import Names, Scope
from .yaml_file import YamlFile

T = TypeVar("T")

SPLITS = ("negative", "positive")
"""What may divide a signal between the branches of a trace."""

FUNCTION_DEFAULTS = ("identity", "sigmoid4x")
"""What a function argument may default to."""


class GrammarReader:
    """Reads the grammar of a file: what is declared first, then what refers to it."""

    def __init__(self, file: YamlFile, constraints: Mapping[str, Constraint]) -> None:
        self.file = file
        self.constraints = constraints
        self.names = Names(file, taken=("output", "reset"), arguments=r"(raw|learn)_.*|.*_rank")
        self.split_in_line: int | None = None

    def read(self, sections: Mapping[str, Node]) -> tuple[
        tuple[Parameter, ...],
        tuple[FunctionArgument, ...],
        tuple[Prefix, ...],
        tuple[Family, ...],
    ]:
        self.parameters = self._each(sections, "parameters", self._parameter)
        self.functions = self._each(sections, "functions", self._function)
        self.prefixes = self._each(sections, "prefixes", self._prefix)
        families = self._each(sections, "families", self._family)
        self._check_branch_names(families)
        return self.parameters, self.functions, self.prefixes, families

    def _each(
        self, sections: Mapping[str, Node], name: str, read: Callable[[Node, Node], T]
    ) -> tuple[T, ...]:
        pairs = self.file.mapping(sections.get(name), name)
        return tuple(read(key, node) for key, node in pairs.items())

    def _parameter(self, key: Node, node: Node) -> Parameter:
        record = self.file.record(node, f"parameter {key.value}", "constraint default doc")
        choice = self.file.choice(record.get("constraint"), "constraint", self.constraints)
        constraint = self.constraints.get(choice)
        default = self.file.number(record.get("default"))
        if constraint and default is not None and default not in constraint.domain:
            message = f"the default {default} is outside the domain of {choice}"
            self.file.wrong(record["default"], message, f"it must be {constraint.domain}")
        doc = self.file.text(record.get("doc"))
        return Parameter(self.names.declare(key), constraint, default or 0.0, doc)

    def _function(self, key: Node, node: Node) -> FunctionArgument:
        record = self.file.record(node, f"function {key.value}", "default doc")
        default = self.file.choice(record.get("default"), "function", FUNCTION_DEFAULTS)
        return FunctionArgument(self.names.declare(key), default, self.file.text(record.get("doc")))

    def _prefix(self, key: Node, node: Node) -> Prefix:
        letter = self.file.text(key)
        if letter and not re.fullmatch("[A-Z]", letter):
            self.file.wrong(key, f"prefix {letter} is not a letter", "write one capital letter")
        record = self.file.record(
            node, f"prefix {letter}", "name doc", "source split keeps trace replaces weight"
        )
        if not record.keys() & {"split", "trace", "keeps", "replaces", "weight"}:
            self.file.wrong(key, f"prefix {letter} does nothing", "add trace: or split:")
        if record.keys() & {"replaces", "weight"} and "trace" not in record:
            self.file.wrong(key, f"prefix {letter} has no trace to use", "add trace: ...")
        if "split" in record:
            self._check_single_split(record["split"])
        keeps = self._keeps(record.get("keeps"))
        signals = ["x", keeps.name] if keeps else ["x"]
        return Prefix(
            letter=letter,
            name=self.file.text(record.get("name")),
            doc=self.file.text(record.get("doc")),
            source=self.file.text(record.get("source")),
            location=self.file.location(key),
            branches=self._branches(record.get("split")),
            trace=self._trace(record.get("trace"), signals, self.names.declare),
            replaces=self.file.choice(record.get("replaces"), "signal", ["x"]),
            weight=self._parameter_name(record.get("weight")),
            keeps=keeps,
        )

    def _check_single_split(self, node: Node) -> None:
        if self.split_in_line:
            hint = f"only one prefix may, and one does in line {self.split_in_line}"
            self.file.wrong(node, "a second prefix splits the traces", hint)
        self.split_in_line = node.start_mark.line + 1

    def _branches(self, node: Node | None) -> tuple[Branch, ...]:
        branches, shares = [], []
        for key, value in self.file.mapping(node, "split").items():
            record = self.file.record(value, f"branch {key.value}", "function reset_share")
            function = self.file.choice(record.get("function"), "function", SPLITS)
            shares.append(self.file.number(record.get("reset_share")))
            branches.append(Branch(self.names.declare(key), function, shares[-1] or 0.0))
        if node is not None and not branches:
            self.file.wrong(node, "nothing to split into", "write two branches")
        if branches and None not in shares and abs(sum(shares) - 1) > 1e-12:
            message = f"the branches take {sum(shares)} of a reset"
            self.file.wrong(node, message, "their reset_share must add up to 1")
        return tuple(branches)

    def _keeps(self, node: Node | None) -> State | None:
        if node is None:
            return None
        record = self.file.record(node, "keeps", "name doc")
        return State(self.names.declare(record.get("name")), self.file.text(record.get("doc")))

    def _trace(
        self, node: Node | None, signals: Iterable[str], new_name: Callable[[Node | None], str]
    ) -> Trace | None:
        if node is None:
            return None
        record = self.file.record(node, "trace", "state decay input doc", "average")
        signal = Name(self.file.choice(record.get("input"), "signal", signals))
        return Trace(
            state=new_name(record.get("state")),
            decay=self._parameter_name(record.get("decay")),
            drives=(Drive(signal),),
            average=self.file.boolean(record.get("average")),
            doc=self.file.text(record.get("doc")),
        )

    def _parameter_name(self, node: Node | None) -> str:
        return self.file.choice(node, "parameter", [p.name for p in self.parameters])

    def _family(self, key: Node, node: Node) -> Family:
        record = self.file.record(
            node, f"family {key.value}", "name doc prefixes trace output", "source fire reset"
        )
        letters = [prefix.letter for prefix in self.prefixes]
        prefixes = [
            self.file.choice(item, "prefix", letters)
            for item in self.file.sequence(record.get("prefixes"), "prefixes")
        ]
        trace = self._trace(record.get("trace"), ["x"], self.names.fresh)
        applied = [prefix for prefix in self.prefixes if prefix.letter in prefixes]
        fixed = {"x", *self.names.lines, *([trace.state] if trace else [])}
        functions = {function.name: Function(str) for function in self.functions}
        scope = Scope(
            self.file,
            known={"x", *(p.name for p in self.parameters), *([trace.state] if trace else [])},
            functions={**FUNCTIONS, **functions},
            split=_names_that_split(trace, applied),
        )
        statements = self.file.sequence(record.get("fire"), "fire")
        return Family(
            name=self.names.fresh(key),
            title=self.file.text(record.get("name")),
            doc=self.file.text(record.get("doc")),
            source=self.file.text(record.get("source")),
            location=self.file.location(key),
            prefixes=tuple(prefixes),
            trace=trace,
            fire=tuple(scope.statements(statements, fixed)),
            reset=scope.expression(record["reset"]) if "reset" in record else None,
            output=scope.output(record.get("output")),
        )

    def _check_branch_names(self, families: Sequence[Family]) -> None:
        """Splitting a trace must not make a name that something else has."""
        traces = [part.trace for part in (*self.prefixes, *families) if part.trace]
        names = {name for trace in traces for name in (trace.state, trace.decay)}
        names |= {prefix.weight for prefix in self.prefixes if prefix.weight}
        for prefix in self.prefixes:
            for branch, name in product(prefix.branches, sorted(names)):
                line = self.names.lines.get(branch.of(name))
                if line:
                    message = f"splitting {name} makes a second {branch.of(name)}"
                    hint = f"{branch.of(name)} is declared in line {line}; rename it"
                    self.file.notes.add(prefix.location, message, hint)


def _names_that_split(trace: Trace | None, prefixes: Sequence[Prefix]) -> set[str]:
    """The parameters of traces, which some layers have twice, if a prefix splits traces."""
    if not any(prefix.branches for prefix in prefixes):
        return set()
    traces = [trace, *(prefix.trace for prefix in prefixes)]
    weights = {prefix.weight for prefix in prefixes if prefix.weight}
    return weights | {trace.decay for trace in traces if trace}
