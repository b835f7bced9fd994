"""From YAML to the model, noting every mistake on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from yaml import Node

from . import grammar
from .expressions import FUNCTIONS, Call, Name, nodes
from .model import (
    Assignment,
    Branch,
    Constraint,
    Domain,
    Drive,
    Family,
    FunctionArgument,
    Location,
    Package,
    Parameter,
    Prefix,
    State,
    Trace,
)
from .problems import SpecError, one_of
from .yaml_file import Notes, YamlFile

FUNCTION_DEFAULTS = ("identity", "sigmoid4x")
"""What a function argument may default to."""


def load(folder: Path) -> tuple[Package, ...]:
    """Read the spec in a folder: its constraints and its packages, one file each.

    Raises:
        SpecError: With everything that is wrong.
    """
    if folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())
    notes = Notes()
    constraints = _read_constraints(YamlFile(folder / "constraints.yaml", notes))
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.stem != "constraints"]
    if not paths:
        here = Location(folder.as_posix(), 1, 1)
        notes.add(here, "no layers are declared here", "add a file such as snn.yaml")
    packages = tuple(_PackageReader(YamlFile(path, notes), constraints).read() for path in paths)
    if notes.problems:
        raise SpecError(notes.problems, notes.sources)
    return packages


def _read_constraints(file: YamlFile) -> dict[str, Constraint]:
    constraints = {}
    for key, node in file.mapping(file.root, "the file").items():
        record = file.record(node, f"constraint {key.value}", "register activation domain")
        constraints[key.value] = Constraint(
            name=file.name(key),
            register=file.method(record.get("register")),
            activation=file.name(record.get("activation")),
            domain=_read_domain(file, record.get("domain")),
        )
    return constraints


def _read_domain(file: YamlFile, node: Node | None) -> Domain:
    text = file.text(node)
    bound = r"\s*(-?inf|-?\d+(?:\.\d+)?)\s*"
    match = re.fullmatch(rf"\({bound},{bound}\)", text)
    if match and float(match[1]) < float(match[2]):
        return Domain(float(match[1]), float(match[2]))
    if text:
        file.wrong(node, f"{text} is not an open interval", 'write "(0, 1)" or "(0, inf)"')
    return Domain(float("-inf"), float("inf"))


class _PackageReader:
    """Reads one file of layers: what is declared first, then what refers to it."""

    def __init__(self, file: YamlFile, constraints: Mapping[str, Constraint]) -> None:
        self.file = file
        self.constraints = constraints
        self.lines: dict[str, int] = {}
        """Where each name of the package was declared."""
        self.split_in_line: int | None = None

    def read(self) -> Package:
        file = self.file
        sections = file.record(
            file.root, "the file", "package parameters functions prefixes families"
        )
        about = file.record(sections.pop("package", None), "package", "doc", "beside")
        pairs = {name: file.mapping(node, name) for name, node in sections.items()}
        self.parameters = [self._parameter(*pair) for pair in pairs.get("parameters", {}).items()]
        self.functions = [self._function(*pair) for pair in pairs.get("functions", {}).items()]
        self.prefixes = [self._prefix(*pair) for pair in pairs.get("prefixes", {}).items()]
        families = [self._family(*pair) for pair in pairs.get("families", {}).items()]
        package = Package(
            name=file.path.stem,
            doc=file.text(about.get("doc")),
            beside=tuple(file.name(node) for node in file.sequence(about.get("beside"), "beside")),
            parameters=tuple(self.parameters),
            functions=tuple(self.functions),
            prefixes=tuple(self.prefixes),
            families=tuple(families),
        )
        self._check_branch_names(package)
        self._check_layer_names(package)
        return package

    def _fresh(self, node: Node | None) -> str:
        """A name that is not declared in the package."""
        name = self.file.name(node)
        if name in FUNCTIONS:
            self.file.wrong(node, f"{name} is a function already", "choose another name")
        elif name in self.lines:
            hint = f"it is declared in line {self.lines[name]} already; choose another name"
            self.file.wrong(node, f"{name} would mean two things", hint)
        return name

    def _declare(self, node: Node | None) -> str:
        """A name that means one thing in the whole package."""
        name = self._fresh(node)
        if name:
            self.lines.setdefault(name, node.start_mark.line + 1)
        return name

    def _parameter(self, key: Node, node: Node) -> Parameter:
        record = self.file.record(node, f"parameter {key.value}", "constraint default doc")
        choice = self.file.choice(record.get("constraint"), "constraint", self.constraints)
        constraint = self.constraints.get(choice)
        default = self.file.number(record.get("default"))
        if constraint and default is not None and default not in constraint.domain:
            message = f"the default {default:g} is outside the domain of {choice}"
            self.file.wrong(record["default"], message, f"it must be {constraint.domain}")
        doc = self.file.text(record.get("doc"))
        return Parameter(self._declare(key), constraint, default or 0.0, doc)

    def _function(self, key: Node, node: Node) -> FunctionArgument:
        record = self.file.record(node, f"function {key.value}", "default doc")
        default = self.file.choice(record.get("default"), "function", FUNCTION_DEFAULTS)
        return FunctionArgument(self._declare(key), default, self.file.text(record.get("doc")))

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
            trace=self._trace(record.get("trace"), signals, self._declare),
            replaces=self.file.choice(record.get("replaces"), "signal", signals),
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
            function = self.file.choice(record.get("function"), "function", FUNCTIONS)
            shares.append(self.file.number(record.get("reset_share")))
            branches.append(Branch(self._declare(key), function, shares[-1] or 0.0))
        if branches and None not in shares and abs(sum(shares) - 1) > 1e-12:
            message = f"the branches take {sum(shares):g} of a reset"
            self.file.wrong(node, message, "their reset_share must add up to 1")
        return tuple(branches)

    def _keeps(self, node: Node | None) -> State | None:
        if node is None:
            return None
        record = self.file.record(node, "keeps", "name doc")
        return State(self._declare(record.get("name")), self.file.text(record.get("doc")))

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
        trace = self._trace(record.get("trace"), ["x"], self._fresh)
        scope = _Scope(self, trace, [p for p in self.prefixes if p.letter in prefixes])
        fire = self.file.mapping(record.get("fire"), "fire")
        scope.later = [target.value for target in fire]
        return Family(
            name=self._fresh(key),
            title=self.file.text(record.get("name")),
            doc=self.file.text(record.get("doc")),
            source=self.file.text(record.get("source")),
            location=self.file.location(key),
            prefixes=tuple(prefixes),
            trace=trace,
            fire=tuple(scope.assignment(self._fresh(target), fire[target]) for target in fire),
            reset=scope.assignment("reset", record["reset"]) if "reset" in record else None,
            output=scope.assignment("output", record.get("output")),
        )

    def _check_branch_names(self, package: Package) -> None:
        """Splitting a trace must not make a name that something else has."""
        splitting = [prefix for prefix in package.prefixes if prefix.branches]
        for prefix in splitting:
            for name in sorted(_names_that_split(package.prefixes, package.families)):
                for clash in (branch.of(name) for branch in prefix.branches):
                    if clash in self.lines:
                        hint = f"{clash} is declared in line {self.lines[clash]}; rename it"
                        message = f"splitting {name} makes a second {clash}"
                        self.file.notes.add(prefix.location, message, hint)

    def _check_layer_names(self, package: Package) -> None:
        owners: dict[str, Family] = {}
        for family in package.families:
            for member in grammar.members(package, family):
                owner = owners.setdefault(member.name.lower(), family)
                if owner is not family:
                    message = f"{family.name} and {owner.name} both make a layer {member.name}"
                    self.file.notes.add(family.location, message, "rename one of the families")


class _Scope:
    """What the expressions of a family may read, as they run one after the other."""

    def __init__(self, reader: _PackageReader, trace: Trace | None, prefixes: Sequence[Prefix]):
        self.file = reader.file
        self.known = {"x"} | {parameter.name for parameter in reader.parameters}
        if trace:
            self.known.add(trace.state)
        self.functions = [*FUNCTIONS, *(function.name for function in reader.functions)]
        traces = [trace, *(prefix.trace for prefix in prefixes)]
        splits = any(prefix.branches for prefix in prefixes)
        self.split = {trace.decay for trace in traces if trace and splits}
        self.later: list[str] = []

    def assignment(self, target: str, node: Node | None) -> Assignment:
        expression = self.file.expression(node)
        for part in nodes(expression):
            match part:
                case Name(name, column) if name not in self.known or name in self.split:
                    self.file.wrong_within(node, column, *self._problem_with(name))
                case Call(function, _, column) if function not in self.functions:
                    hint = one_of(self.functions, function)
                    self.file.wrong_within(node, column, f"unknown function {function}", hint)
        self.known.add(target)
        return Assignment(target, expression)

    def _problem_with(self, name: str) -> tuple[str, str]:
        if name in self.split:
            return f"{name} is split in some of the layers", "only a trace can read it"
        if name in self.later:
            return f"{name} is used before it is set", "move the line that sets it up"
        if name in self.functions:
            return f"{name} is a function", f"call it: {name}(...)"
        return f"unknown name {name}", one_of(sorted(self.known), name)


def _names_that_split(prefixes: Iterable[Prefix], families: Iterable[Family]) -> set[str]:
    """The states, decays and weights that belong to traces."""
    owners = [owner for owner in (*prefixes, *families) if owner.trace]
    names = {name for owner in owners for name in (owner.trace.state, owner.trace.decay)}
    return names | {prefix.weight for prefix in prefixes if prefix.weight}
