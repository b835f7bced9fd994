"""From YAML to the model, noting every mistake on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from yaml import Node

from . import grammar
from .functions import FUNCTIONS
from .load_grammar import GrammarReader
from .load_layers import read_layers
from .model import Constraint, Domain, Layer, Location, Package
from .problems import SpecError
from .scope import Scope
from .yaml_file import Notes, YamlFile


def load(folder: Path) -> tuple[Package, ...]:
    """Read the spec in a folder: its constraints and its packages, one file each.

    Raises:
        SpecError: With everything that is wrong.
    """
    if folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())
    notes = Notes()
    file = YamlFile(folder / "constraints.yaml", notes)
    constraints = _read_constraints(file, file.root)
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.stem != "constraints"]
    if not paths:
        here = Location(folder.as_posix(), 1, 1)
        notes.add(here, "no layers are declared here", "add a file such as snn.yaml")
    packages = tuple(_read_package(YamlFile(path, notes), constraints) for path in paths)
    if notes.problems:
        raise SpecError(notes.problems, notes.sources)
    return packages


def _read_package(file: YamlFile, constraints: Mapping[str, Constraint]) -> Package:
    """A file holds a grammar of layers, layers of their own, or both."""
    sections = file.record(
        file.root, "the file", "package", "parameters functions prefixes families layers"
    )
    made = [sections[key] for key in ("families", "layers") if key in sections]
    if sections and not any(node.value for node in made):
        file.wrong(file.root, "the file makes no layers", "add families: or layers:")
    problem = file.problem_of_name(file.path.stem)
    if problem:
        file.notes.add(Location(file.path.as_posix(), 1, 1), *problem)
    about = file.record(sections.get("package"), "package", "doc", "beside")
    reader = GrammarReader(file, constraints)
    reader.read(sections)
    package = Package(
        name=file.path.stem,
        doc=file.text(about.get("doc")),
        beside=tuple(file.name(node) for node in file.sequence(about.get("beside"), "beside")),
        parameters=reader.parameters,
        functions=reader.functions,
        prefixes=reader.prefixes,
        families=reader.families,
        layers=read_layers(file, sections.get("layers"), reader.parameters, reader.functions),
    )
    _check_layer_names(file, package)
    if not file.notes.problems:
        _check_members(file, package)
    return package


def _check_layer_names(file: YamlFile, package: Package) -> None:
    """Each layer has a file, and a name in the package, of its own."""
    owners = dict.fromkeys(["layer", *package.beside], "a module by hand")
    for layer in package.layers:
        owner = owners.setdefault(layer.name.lower(), layer.name)
        if owner != layer.name or layer.name in package.beside:
            message = f"{layer.name} and {owner} would share a file"
            file.notes.add(Location(file.path.as_posix(), 1, 1), message, "rename one of them")
    for family in package.families:
        for member in grammar.members(package, family):
            owner = owners.setdefault(member.name.lower(), family.name)
            if owner != family.name:
                message = f"{family.name} and {owner} both make a layer {member.name}"
                file.notes.add(family.location, message, "rename one of them")


def _check_members(file: YamlFile, package: Package) -> None:
    """What the rules for a family cannot see, since it shows only with some prefixes."""
    for family in package.families:
        flat = [grammar.flatten(package, m) for m in grammar.members(package, family)]
        own = [target for statement in family.fire for target in statement.targets]
        doubled = {name: layer for layer in reversed(flat) for name in _doubled(layer, own)}
        unread = {name: layer for layer in reversed(flat) for name in layer.unread()}
        for name, layer in sorted(doubled.items()):
            message = f"in {layer.name}, {name} would mean two things"
            file.notes.add(family.location, message, "rename one of them")
        for name, layer in sorted(unread.items()):
            message = f"in {layer.name}, nothing reads {name}"
            file.notes.add(family.location, message, "read it, or leave it out")


def _doubled(layer: Layer, own: Iterable[str]) -> set[str]:
    """The names that more than one part of a layer has, or what its family sets."""
    parts = (*layer.states, *layer.arguments, *layer.functions, layer)
    counted = Counter([*(part.name for part in parts), f"{layer.name}State", *dict.fromkeys(own)])
    return {name for name, count in counted.items() if count > 1}


def _read_constraints(file: YamlFile, node: Node | None) -> dict[str, Constraint]:
    constraints = {}
    for key, value in file.mapping(node, "constraints").items():
        what = f"constraint {key.value}"
        record = file.record(value, what, "activation domain", "register inverse")
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
