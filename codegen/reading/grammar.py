"""Reads the parameters, functions and prefixes of a grammar; `families` reads its families."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import product

from .. import grammar
from ..language.expressions import Expression, Name, functions
from ..model import (
    NUM_NEURONS,
    Branch,
    Constraint,
    Family,
    FunctionArgument,
    FunctionKind,
    Location,
    Package,
    Parameter,
    Prefix,
    Trace,
)
from .declared import FEATURES, Declared
from .defaults import default_of_function, read_parameter
from .families import read_families
from .format import (
    ExtensionRecord,
    FileRecord,
    FunctionRecord,
    ParameterRecord,
    PrefixRecord,
)
from .modules import read_module
from .nir import read_nir_of_prefix
from .nodes import Scalar
from .scope import Scope
from .sizes import samples_of
from .unused import check_called, check_set
from .yaml_file import YamlFile
from .zoo import Offered


class GrammarReader:
    """Reads the grammar of a file: declarations first, then what refers to them.

    Args:
        file: The file.
        constraints: The constraints that parameters may have.
        defaults: The functions that may be defaults.
        base: A package whose grammar the file extends, if it does.
        offered: What it could extend too.
    """

    def __init__(
        self,
        file: YamlFile,
        constraints: Mapping[str, Constraint],
        defaults: Mapping[str, FunctionKind],
        base: Package | None = None,
        offered: Offered = Offered(),
    ) -> None:
        self.file = file
        self.defaults = defaults
        self.declared = Declared(file, constraints, defaults, base, offered)
        self.families = base.families if base else ()
        self.split_by: str | None = None
        if base:
            splits = [prefix.letter for prefix in base.prefixes if prefix.branches]
            self.split_by = f"{splits[0]} does in the {base.name} spec" if splits else None

    def read(self, sections: FileRecord | ExtensionRecord) -> None:
        """Read all sections into `declared` and `families`."""
        declared = self.declared
        declared.parameters += tuple(self._parameter(*pair) for pair in sections.parameters)
        declared.functions += tuple(self._function(*pair) for pair in sections.functions)
        for key, prefix in sections.prefixes:
            declared.prefixes += (self._prefix(key, prefix),)
        self.families, names = read_families(declared, self.families, sections.families)
        for _, prefix in sections.prefixes:
            for family in prefix.families:
                self.file.choice(family, "family", [*names, *declared.offered.families])
        self._check_branch_names()
        self._check_replaced()

    def _parameter(self, key: Scalar, record: ParameterRecord) -> Parameter:
        name = self.declared.names.declare(key, "a parameter")
        return read_parameter(name, record, self.declared.constraints)

    def _function(self, key: Scalar, record: FunctionRecord) -> FunctionArgument:
        name = self.declared.names.declare(key, "a function")
        default, kind = default_of_function(record, self.defaults)
        return FunctionArgument(name, default, record.doc, kind)

    # Prefixes

    def _prefix(self, key: Scalar, record: PrefixRecord) -> Prefix:
        self._check_letter(key, record)
        modules = tuple(
            read_module(name, module, self.declared.names, {NUM_NEURONS.name: samples_of(1)})
            for name, module in record.modules
        )
        scope = self.declared.scope(["x"], modules)
        attempt = self.file.attempt()
        prefix = Prefix(
            letter=key.value,
            name=record.name,
            doc=record.doc,
            source=record.source,
            location=key.location,
            families=tuple(map(self.file.text, record.families)),
            modules=modules,
            update=tuple(scope.statements(record.update, self.declared.fixed)),
            traces=self._traces(record, scope),
            branches=self._branches(record),
            replaces=self._replaces(record, scope),
            drive=self.declared.drive(record.drive, scope) if record.drive else None,
            nir=read_nir_of_prefix(self.file, record.nir, self.declared.parameter_names),
        )
        if attempt.succeeded:
            check_set(self.file, record.update, prefix.update, prefix.expressions)
            called = set().union(*map(functions, prefix.expressions))
            check_called(self.file, record.modules.keys, called)
        return prefix

    def _check_letter(self, key: Scalar, record: PrefixRecord) -> None:
        """Check that a prefix is a new capital letter, has an effect, and alone splits traces."""
        letter = key.value
        if not re.fullmatch("[A-Z]", letter):
            self.file.wrong(key, f"prefix {letter} is not a letter", "write one capital letter")
        if letter in [prefix.letter for prefix in self.declared.prefixes]:
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

    def _traces(self, record: PrefixRecord, scope: Scope) -> tuple[Trace, ...]:
        traces = []
        for own in record.trace:
            state = self.declared.names.declare(own.state, "the state of a prefix")
            traces.append(self.declared.trace(own, state, scope))
            scope.words.known.add(state)
            scope.shapes.known[state] = FEATURES
        return tuple(traces)

    def _replaces(self, record: PrefixRecord, scope: Scope) -> tuple[tuple[str, Expression], ...]:
        allowed = ["x", *self.declared.parameter_names]
        replaced = []
        for key, value in record.replaces.items():
            name = self.file.choice(key, "signal or parameter", allowed)
            replaced.append((name, scope.value(value, FEATURES, name)))
        return tuple(replaced)

    def _branches(self, record: PrefixRecord) -> tuple[Branch, ...]:
        branches, shares = [], []
        for key, branch in record.split:
            share = branch.reset_share
            shares += [] if share is None else [share]
            name = self.declared.names.declare(key, "a branch")
            branches.append(Branch(name, branch.function, share or 0.0))
        if "split" in record and not branches:
            self.file.wrong(record["split"], "nothing to split into", "write two branches")
        if branches and len(shares) == len(branches) and abs(sum(shares) - 1) > 1e-12:
            message = f"the shares of a reset add up to {sum(shares)}"
            self.file.wrong(record["split"], message, "their reset_share must add up to 1")
        return tuple(branches)

    def _check_branch_names(self) -> None:
        """Check that splitting a trace does not create a name that is already declared."""
        for prefix in self.declared.prefixes:
            for branch, name in product(prefix.branches, sorted(self._names_split_by(prefix))):
                owner = self.declared.names.owners.get(branch.of(name))
                if owner:
                    message = f"splitting {name} makes a second {branch.of(name)}"
                    hint = f"{branch.of(name)} is declared {owner}; rename it"
                    self._wrong(prefix, message, hint)

    def _check_replaced(self) -> None:
        """Check that no prefix replaces the decay of a family that it applies to."""
        for prefix in self.declared.prefixes:
            for family, _ in self._families_of(prefix):
                decays = {trace.decay for trace in family.traces}
                for name in sorted(decays & dict(prefix.replaces).keys()):
                    message = f"{prefix.letter} replaces {name}, the decay of {family.name}"
                    self._wrong(prefix, message, "leave it out: a decay cannot be replaced")

    def _wrong(self, prefix: Prefix, message: str, hint: str) -> None:
        """Report a problem of a prefix, which the file may take over from another one."""
        here = Location(self.file.path.as_posix(), 1, 1)
        is_here = prefix.location.file == here.file
        self.file.notes.add(prefix.location if is_here else here, message, hint)

    def _families_of(self, prefix: Prefix) -> Iterator[tuple[Family, list[Prefix]]]:
        """Yield the families that a prefix applies to, each with all its prefixes."""
        for family in self.families:
            taken = grammar.available(self.declared.prefixes, family.name, family.prefixes)
            if prefix in taken:
                yield family, taken

    def _names_split_by(self, prefix: Prefix) -> set[str]:
        """Return the states and parameters that a prefix splits in some family."""
        split = set[str]()
        for family, taken in self._families_of(prefix):
            split |= grammar.parameters_that_split(family, taken, self.declared.parameter_names)
            split |= {trace.state for trace in grammar.traces_that_split(family, taken)}
        return split
