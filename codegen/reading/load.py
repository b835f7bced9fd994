"""From YAML to the model, noting every mistake on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from yaml import Node

from .. import grammar
from ..language.functions import FUNCTIONS
from ..model import (
    DROPPED,
    Constraint,
    Domain,
    Family,
    Functional,
    Layer,
    Location,
    Package,
    Prefix,
    module_name,
)
from .format import CONSTRAINT, EXTENSION, EXTENSION_PACKAGE, FILE, PACKAGE
from .functional import read_functional
from .grammar import GrammarReader
from .layers import read_layers
from .problems import SpecError
from .scope import Scope
from .yaml_file import Notes, YamlFile, problem_of_name


def load(folder: Path) -> tuple[Package, ...]:
    """Read the spec in a folder: its constraints and its packages, one file each.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    _, packages = _load(folder, notes)
    _raise(notes)
    return packages


def load_functional(folder: Path) -> Functional | None:
    """Read the functions that spiking layers fire with, if a spec has a file for them.

    Raises:
        SpecError: With everything that is wrong.
    """
    path = _relative(folder) / f"{FUNCTIONAL}.yaml"
    if not path.exists():
        return None
    notes = Notes()
    functional = read_functional(YamlFile(path, notes))
    _raise(notes)
    return functional


def extend(folder: Path, path: Path) -> Package:
    """Read a file that extends the spiking layers of the spec in a folder.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    constraints, packages = _load(folder, notes)
    base = next(package for package in packages if package.name == BASE)
    package = _read_package(YamlFile(_relative(path), notes), constraints, base)
    _raise(notes)
    return package


_MOST_PREFIXES = 8
"""How many may apply to one family: each doubles its layers."""

FUNCTIONAL = "functional"
"""The file of the functions that spiking layers fire with, and the package they are in."""

BASE = "snn"
"""The package whose parameters, functions, prefixes and families an extension has."""


def _load(folder: Path, notes: Notes) -> tuple[dict[str, Constraint], tuple[Package, ...]]:
    folder = _relative(folder)
    file = YamlFile(folder / "constraints.yaml", notes)
    constraints = _read_constraints(file, file.root)
    others = ("constraints", FUNCTIONAL)
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.stem not in others]
    if not paths:
        here = Location(folder.as_posix(), 1, 1)
        notes.add(here, "no layers are declared here", "add a file such as snn.yaml")
    return constraints, tuple(_read_package(YamlFile(path, notes), constraints) for path in paths)


def _relative(path: Path) -> Path:
    """The path as its reader would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _raise(notes: Notes) -> None:
    if notes.problems:
        raise SpecError(notes.problems, notes.sources)


def _read_package(
    file: YamlFile, constraints: Mapping[str, Constraint], base: Package | None = None
) -> Package:
    """A file holds a grammar of layers, layers of their own, or both."""
    sections = file.record(file.root, "the file", EXTENSION if base else FILE)
    made = [
        sections[key]
        for key in ("families", "layers", *["prefixes"] * bool(base))
        if key in sections
    ]
    if sections and not any(node.value for node in made):
        file.wrong(file.root, "the file makes no layers", "add families: or layers:")
    problem = problem_of_name(file.path.stem)
    if problem:
        file.notes.add(Location(file.path.as_posix(), 1, 1), *problem)
    about = file.record(sections.get("package"), "package", EXTENSION_PACKAGE if base else PACKAGE)
    own = _read_constraints(file, sections.get("constraints"), constraints)
    reader = GrammarReader(file, {**constraints, **own}, base)
    reader.read(sections)
    package = Package(
        name=file.path.stem,
        doc=file.text(about.get("doc")),
        beside=tuple(file.name(node) for node in file.sequence(about.get("beside"), "beside")),
        parameters=reader.parameters,
        functions=reader.functions,
        prefixes=reader.prefixes,
        families=reader.families,
        layers=read_layers(
            file,
            sections.get("layers"),
            reader.parameters,
            reader.functions,
            reader.names.owners,
            base,
        ),
        extends=base,
        reference=file.neighbour(about.get("reference")),
    )
    for family in package.families:
        letters = grammar.available(package.prefixes, family.name, family.prefixes)
        if len(letters) > _MOST_PREFIXES:
            message = f"{family.name} takes {len(letters)} prefixes, which make too many layers"
            file.wrong(
                sections.get("prefixes"), message, f"at most {_MOST_PREFIXES} may apply to it"
            )
            return package
    _check_layer_names(file, package)
    if not file.notes.problems:
        _check_members(file, package)
    if not file.notes.problems:
        _check_parameters(file, sections.get("parameters"), package)
        _check_functions(file, sections.get("functions"), package)
    return package


def _check_layer_names(file: YamlFile, package: Package) -> None:
    """Each layer has a file, and a name in the package, of its own."""
    by_hand = ("layer", *map(module_name, package.beside))
    owners = dict.fromkeys(by_hand, "a module by hand")
    if package.extends:
        owners[module_name(f"test_{package.name}")] = "the tests"
        _check_layers_of_base(file, package, package.extends)
    top = Location(file.path.as_posix(), 1, 1)
    made = [(layer.module, f"layer {layer.name}", top) for layer in package.layers]
    for member in grammar.new_members(package):
        here = _location(file, member)
        made.append((module_name(member.name), f"family {member.family.name}", here))
    for module, maker, here in made:
        owner = owners.setdefault(module, maker)
        if owner != maker:
            message = f"{maker} and {owner} would share the file {module}.py"
            file.notes.add(here, message, "rename one of them")


def _check_layers_of_base(file: YamlFile, package: Package, base: Package) -> None:
    """No combination of prefixes and family is called as a layer of the base is."""
    taken = grammar.layer_names(base)
    noted: set[Location] = set()
    for member in grammar.new_members(package):
        here = _location(file, member)
        if member.name in taken and here not in noted:
            noted.add(here)
            hint = f"it is declared in the {base.name} spec, as a layer; choose another name"
            file.notes.add(here, f"{member.name} would mean two things", hint)


def _location(file: YamlFile, member: grammar.Member) -> Location:
    """Where this file declares a part of a member."""
    here = file.path.as_posix()
    return next(part.location for part in member.parts if part.location.file == here)


def _check_members(file: YamlFile, package: Package) -> None:
    """What the rules for a part cannot see, since it shows only with the others."""
    seen: set[tuple[Location, str, str]] = set()
    for member in grammar.new_members(package):
        layer = grammar.flatten(package, member)
        own = [name for part in member.parts for name in _set_by(part)]
        here = _location(file, member)
        problems = [("{} would mean two things", "rename one of them", _doubled(layer, own))]
        unset = layer.unset()
        shared = {n for n in unset if n in {parameter.name for parameter in package.parameters}}
        problems += [("{} is read, but never set", _SPLIT, shared)]
        problems += [("{} is read, but never set", _UNSET, unset - shared)]
        problems += [("nothing reads {}", "read it, or leave it out", layer.unread())]
        for message, hint, wrong in problems:
            for name in sorted(wrong):
                if (here, message, name) not in seen:
                    seen.add((here, message, name))
                    file.notes.add(here, f"in {layer.name}, {message.format(name)}", hint)


def _set_by(part: Family | Prefix) -> set[str]:
    """The names that the statements of a part set, beside its states."""
    statements = part.fire if isinstance(part, Family) else part.update
    states = {state.name for state in part.states} if isinstance(part, Family) else set()
    return {target for s in statements for target in s.targets} - states - {DROPPED}


def _check_parameters(file: YamlFile, node: Node | None, package: Package) -> None:
    """Each parameter of a file is read by a layer that the file makes, whole or split."""
    read = {parameter.name for layer in grammar.layers(package) for parameter in layer.parameters}
    branches = [branch for prefix in package.prefixes for branch in prefix.branches]
    for key in file.mapping(node, "parameters"):
        if not read & {key.value, *(branch.of(key.value) for branch in branches)}:
            file.wrong(key, f"nothing reads {key.value}", "read it, or leave it out")


def _check_functions(file: YamlFile, node: Node | None, package: Package) -> None:
    """Each function of a file is called by a layer that the file makes."""
    called = {function.name for layer in grammar.layers(package) for function in layer.functions}
    for key in file.mapping(node, "functions"):
        if key.value not in called:
            hint = f"write {key.value}(x), or leave it out"
            file.wrong(key, f"nothing calls {key.value}", hint)


_SPLIT = (
    "a trace reads it too, and is split; read a parameter of its own, or say split: false there"
)
_UNSET = "set it in fire, or declare it under states"


def _doubled(layer: Layer, own: Iterable[str]) -> set[str]:
    """The names that more than one part of a layer has, or what each of them sets."""
    parts = (*layer.states, *layer.arguments, *layer.functions, layer)
    counted = Counter([*(part.name for part in parts), f"{layer.name}State", *own])
    return {name for name, count in counted.items() if count > 1}


def _read_constraints(
    file: YamlFile, node: Node | None, known: Mapping[str, Constraint] = {}
) -> dict[str, Constraint]:
    constraints: dict[str, Constraint] = {}
    for key, value in file.mapping(node, "constraints").items():
        what = f"constraint {key.value}"
        if key.value in known:
            file.wrong(key, f"there is a {what} already", "choose another name")
        record = file.record(value, what, CONSTRAINT)
        if not record.keys() & {"register", "inverse"}:
            file.wrong(key, f"{what} says no way back to the raw value", "add inverse: ...")
        raw, usable = (Scope(file, [name], FUNCTIONS) for name in ("raw", "value"))
        constraints[key.value] = Constraint(
            name=file.name(key),
            domain=_read_domain(file, record.get("domain")),
            activation=raw.expression(record.get("activation")),
            register=file.method(record.get("register")),
            inverse=usable.expression(record["inverse"]) if "inverse" in record else None,
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
