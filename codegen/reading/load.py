"""Reads a folder of specs, or one file that extends it, and raises all errors at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from .. import grammar
from ..language.expressions import Expression, names
from ..language.functions import FUNCTIONS
from ..model import (
    DROPPED,
    SPIKES,
    Constraint,
    Family,
    Functional,
    FunctionKind,
    Layer,
    Library,
    Location,
    Package,
    Prefix,
    Zoo,
    module_name,
)
from .format import (
    CONSTRAINTS,
    ConstraintRecord,
    ExtensionPackageRecord,
    ExtensionRecord,
    FileRecord,
    PackageRecord,
)
from .functional import read_functional, read_spikes
from .grammar import GrammarReader
from .kinds import Entries
from .layers import Shared, read_layers
from .names import problem_of_name, read_name
from .nir import problems_of_nir
from .nodes import Node
from .problems import Notes, SpecError
from .scope import Scope
from .unused import READ, READ_STATE, check_called, check_read
from .yaml_file import YamlFile
from .zoo import Offered, inherited


def load(folder: Path) -> tuple[Package, ...]:
    """Read the spec in a folder: its constraints and its packages, one file each.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    packages = _load(folder, notes).packages
    _raise(notes)
    return packages


def load_functional(folder: Path) -> Functional | None:
    """Read the spike functions and quantizers, if a spec has a file for them.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    functional = _load_functional(folder, notes)
    _raise(notes)
    return functional


def _load_functional(folder: Path, notes: Notes) -> Functional | None:
    path = _relative(folder) / f"{FUNCTIONAL}.yaml"
    return read_functional(YamlFile(path, notes)) if path.exists() else None


def extend(folder: Path, path: Path) -> Package:
    """Read a file that extends the spiking layers of the spec in a folder.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    spec = _load(folder, notes)
    base = next(package for package in spec.packages if package.name == BASE)
    file = YamlFile(_relative(path), notes)

    def zoo() -> tuple[Package, ...]:
        return tuple(_read_literature(folder, notes, spec, base).values())

    package = _read_package(file, spec.constraints, spec.defaults, base, zoo)
    _raise(notes)
    return package


def load_library(folder: Path) -> Library:
    """Read the spec in a folder, and the files of its folder `zoo`, which extend the spiking layers.

    Raises:
        SpecError: With everything that is wrong.
    """
    notes = Notes()
    spec = _load(folder, notes)
    base = next((package for package in spec.packages if package.name == BASE), None)
    literature = _read_literature(folder, notes, spec, base)
    paths = sorted((_relative(folder) / ZOO / PEERS).glob("*.yaml"))
    peers = [_read_of_zoo(path, f"{ZOO}.{path.stem}", notes, spec, base) for path in paths]
    _check_literature(notes, literature, [package.name for package in peers])
    _raise(notes)
    return Library(spec.packages, spec.functional, Zoo(tuple(literature.values()), tuple(peers)))


def _read_literature(
    folder: Path, notes: Notes, spec: _Spec, base: Package | None
) -> dict[Path, Package]:
    """Read the neurons of papers, by path."""
    paths = sorted((_relative(folder) / ZOO).glob("*.yaml"))
    return {path: _read_of_zoo(path, ZOO, notes, spec, base) for path in paths}


def _read_of_zoo(
    path: Path, place: str, notes: Notes, spec: _Spec, base: Package | None
) -> Package:
    package = _read_package(YamlFile(path, notes), spec.constraints, spec.defaults, base)
    return replace(package, place=place)


def _check_literature(
    notes: Notes, literature: Mapping[Path, Package], peers: Iterable[str]
) -> None:
    """Check that layers which are offered together, and prefixes, have different names."""
    owners = {**dict.fromkeys(peers, PEERS), **{path.stem: path.name for path in literature}}
    for path, package in literature.items():
        old = package.extends.prefixes if package.extends else ()
        letters = {prefix.letter for prefix in package.prefixes if prefix not in old}
        for name in sorted(grammar.layer_names(package) | letters):
            if name in owners:
                here = Location(path.as_posix(), 1, 1)
                notes.add(here, f"{name} is in {owners[name]} too", "rename one of them")
            owners[name] = path.name


ZOO, PEERS = "zoo", "peers"
"""The folder of neurons of papers, which is also their package, and in it that of other libraries."""

_MOST_PREFIXES = 8
"""The maximum number per family, since each doubles the number of layers."""

FUNCTIONAL = "functional"
"""The file of spike functions and quantizers, and their package."""

BASE = "snn"
"""The package whose parameters, functions, prefixes and families an extension inherits."""


class _Spec(NamedTuple):
    """The contents of a folder, and the functions that may be defaults."""

    constraints: Mapping[str, Constraint]
    functional: Functional | None
    defaults: Mapping[str, FunctionKind]
    packages: tuple[Package, ...]


def _load(folder: Path, notes: Notes) -> _Spec:
    functional = _load_functional(folder, notes)
    defaults = functional.defaults if functional else {}
    folder = _relative(folder)
    file = YamlFile(folder / "constraints.yaml", notes)
    written = CONSTRAINTS.read(file, file.root, "constraints") if file.root else CONSTRAINTS.absent
    constraints = _read_constraints(file, written)
    others = ("constraints", FUNCTIONAL)
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.stem not in others]
    if not paths:
        here = Location(folder.as_posix(), 1, 1)
        notes.add(here, "no layers are declared here", "add a file such as snn.yaml")
    files = (YamlFile(path, notes) for path in paths)
    packages = tuple(_read_package(file, constraints, defaults) for file in files)
    return _Spec(constraints, functional, defaults, packages)


def _relative(path: Path) -> Path:
    """Return the path relative to the working directory, if possible."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _raise(notes: Notes) -> None:
    if notes.problems:
        raise SpecError(notes.problems, notes.sources)


def _read_package(
    file: YamlFile,
    constraints: Mapping[str, Constraint],
    defaults: Mapping[str, FunctionKind],
    base: Package | None = None,
    zoo: Callable[[], tuple[Package, ...]] = tuple,
) -> Package:
    """Read a file with a grammar, layers, or both.

    Args:
        base: The package that the file extends, if it does.
        zoo: Reads packages whose families and prefixes it may name too.
    """
    sections = (ExtensionRecord if base else FileRecord)(file, file.root, "the file")
    if isinstance(sections, ExtensionRecord):
        own = _read_constraints(file, sections.constraints, constraints)
        constraints = {**constraints, **own}
        spikes = (key.value for key in sections.spikes.keys)
        defaults = {**defaults, **dict.fromkeys(spikes, FunctionKind.OWN_SPIKE)}
    _check_file(file, sections)
    offered = Offered()
    if base and isinstance(sections, ExtensionRecord):
        base, offered = inherited(file, sections, base, zoo)
    reader = GrammarReader(file, constraints, defaults, base, offered)
    reader.read(sections)
    package = _package(file, sections, reader, base)
    _check_package(file, sections, package)
    return package


def _check_file(file: YamlFile, sections: FileRecord | ExtensionRecord) -> None:
    """Check that a file declares something, and that its name can be a package."""
    own = ["prefixes", "spikes"] * isinstance(sections, ExtensionRecord)
    makes_something = any(
        sections[key].value for key in ("families", "layers", *own) if key in sections
    )
    if file.root and any(key in sections for key in sections.keys()) and not makes_something:
        file.wrong(file.root, "the file declares no layers", "add families: or layers:")
    problem = problem_of_name(file.path.stem)
    if problem:
        file.notes.add(Location(file.path.as_posix(), 1, 1), *problem)


def _package(
    file: YamlFile,
    sections: FileRecord | ExtensionRecord,
    reader: GrammarReader,
    base: Package | None,
) -> Package:
    about = sections.package
    declared = reader.declared
    shared = Shared(
        declared.parameters,
        declared.functions,
        declared.constraints,
        declared.names.owners,
        declared.defaults,
    )
    return Package(
        name=file.path.stem,
        doc=about.doc if about else "",
        beside=about.beside if isinstance(about, PackageRecord) else (),
        parameters=declared.parameters,
        functions=declared.functions,
        prefixes=declared.prefixes,
        families=reader.families,
        layers=read_layers(file, sections.layers, shared, base),
        also_called=tuple(
            (key.value, tuple(map(file.text, file.sequence(names, key.value))))
            for key, names in sections.also_called.items()
        ),
        extends=base,
        reference=about.reference if isinstance(about, ExtensionPackageRecord) else "",
        only=_only(file, sections),
        spikes=(
            read_spikes(file, sections.spikes) if isinstance(sections, ExtensionRecord) else ()
        ),
    )


def _only(file: YamlFile, sections: FileRecord | ExtensionRecord) -> tuple[str, ...]:
    names = sections.only if isinstance(sections, ExtensionRecord) else ()
    return tuple(map(file.text, names))


def _check_package(
    file: YamlFile, sections: FileRecord | ExtensionRecord, package: Package
) -> None:
    """Check the parts of a package together."""
    for family in package.families:
        letters = grammar.available(package.prefixes, family.name, family.prefixes)
        if len(letters) > _MOST_PREFIXES:
            message = f"{family.name} takes {len(letters)} prefixes, which make too many layers"
            hint = f"at most {_MOST_PREFIXES} may apply to it"
            file.wrong(sections["prefixes"], message, hint)
            return
    _check_layer_names(file, package)
    if isinstance(sections, ExtensionRecord):
        made = sorted(member.name for member in grammar.all_new_members(package))
        for name in sections.only:
            file.choice(name, "layer", made)
    for key in sections.also_called:
        file.choice(key, "layer", sorted(grammar.layer_names(package)))
    if not file.notes.problems:
        _check_members(file, package)
    if not file.notes.problems:
        _check_shared(file, sections, package)


def _check_layer_names(file: YamlFile, package: Package) -> None:
    """Check that layers have different names and files."""
    by_hand = ("layer", *map(module_name, package.beside))
    owners = dict.fromkeys(by_hand, "a hand-written module")
    if package.extends:
        tests = [f"test_{package.name}", *[f"test_{package.name}_{SPIKES}"] * bool(package.spikes)]
        owners |= dict.fromkeys(map(module_name, tests), "the tests")
        owners |= dict.fromkeys([SPIKES] * bool(package.spikes), "the spike functions")
        _check_layers_of_base(file, package)
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


def _check_layers_of_base(file: YamlFile, package: Package) -> None:
    """Check that no combination of prefixes and family has the name of a layer of a base."""
    taken = {name: base.name for base in package.bases for name in grammar.layer_names(base)}
    noted: set[Location] = set()
    for member in grammar.new_members(package):
        here = _location(file, member)
        if member.name in taken and here not in noted:
            noted.add(here)
            hint = (
                f"it is declared in the {taken[member.name]} spec, as a layer; choose another name"
            )
            file.notes.add(here, f"{member.name} would mean two things", hint)


def _location(file: YamlFile, member: grammar.Member) -> Location:
    """Return where this file declares a part of a member."""
    here = file.path.as_posix()
    return next(part.location for part in member.parts if part.location.file == here)


def _check_members(file: YamlFile, package: Package) -> None:
    """Check the flat layers for errors that appear only in combinations of parts."""
    seen: set[tuple[Location, str, str]] = set()
    for member in grammar.new_members(package):
        layer = grammar.flatten(package, member)
        own = [name for part in member.parts for name in _set_by(part)]
        own += [grammar.DRIVE] * bool(member.family.update and member.drives)
        here = _location(file, member)
        doubled = _doubled(layer, own)
        problems = [("{} would mean two things", _DRIVE, doubled & {grammar.DRIVE})]
        problems += [("{} would mean two things", "rename one of them", doubled - {grammar.DRIVE})]
        unset = layer.unset()
        shared = {n for n in unset if n in {parameter.name for parameter in package.parameters}}
        problems += [("{} is read, but never set", _SPLIT, shared)]
        problems += [("{} is read, but never set", _UNSET, unset - shared)]
        unread, states = layer.unread(), {state.name for state in layer.states}
        problems += [("nothing reads {}", READ, unread - states)]
        problems += [("nothing reads {}", READ_STATE, unread & states)]
        problems += problems_of_nir(layer)
        for message, hint, wrong in problems:
            for name in sorted(wrong):
                if (here, message, name) not in seen:
                    seen.add((here, message, name))
                    file.notes.add(here, f"in {layer.name}, {message.format(name)}", hint)


def _set_by(part: Family | Prefix) -> set[str]:
    """Return the names that the statements of a part set, besides its states."""
    statements = (*part.update, *part.fire) if isinstance(part, Family) else part.update
    states = {state.name for state in part.states} if isinstance(part, Family) else set()
    return {target for s in statements for target in s.targets} - states - {DROPPED}


def _check_shared(file: YamlFile, sections: FileRecord | ExtensionRecord, package: Package) -> None:
    """Check that a layer of the file uses each parameter, possibly split, and each function."""
    layers = grammar.layers(package)
    read = {parameter.name for layer in layers for parameter in layer.parameters}
    branches = [branch for prefix in package.prefixes for branch in prefix.branches]
    split = {p.name for p in package.parameters for b in branches if b.of(p.name) in read}
    check_read(file, sections.parameters.keys, read | split)
    called = {function.name for layer in layers for function in layer.functions}
    check_called(file, sections.functions.keys, called)


_SPLIT = "a trace that is split reads it too; use another parameter, or set split: false there"
_DRIVE = "it is the input of update with the drives of prefixes; rename the other one"
_UNSET = "set it in fire, or declare it under states"


def _doubled(layer: Layer, own: Iterable[str]) -> set[str]:
    """Return the names that more than one part of a layer declares or sets."""
    parts = (*layer.states, *layer.arguments, *layer.functions, layer)
    counted = Counter([*(part.name for part in parts), f"{layer.name}State", *own])
    return {name for name, count in counted.items() if count > 1}


def _read_constraints(
    file: YamlFile, written: Entries[ConstraintRecord], known: Mapping[str, Constraint] = {}
) -> dict[str, Constraint]:
    constraints: dict[str, Constraint] = {}
    for key, record in written:
        what = f"constraint {key.value}"
        if key.value in known:
            file.wrong(key, f"there is a {what} already", "choose another name")
        if "register" not in record and "inverse" not in record:
            file.wrong(key, f"{what} has no inverse", "add inverse: ...")
        constraints[key.value] = Constraint(
            name=read_name(file, key),
            domain=record.domain,
            activation=_read_map(file, record.activation, "raw"),
            register=record.register,
            inverse=_read_map(file, record.inverse, "value") if record.inverse else None,
        )
    return constraints


def _read_map(file: YamlFile, node: Node | None, of: str) -> Expression:
    """Read an expression of one name alone."""
    attempt = file.attempt()
    expression = Scope(file, [of], FUNCTIONS).expression(node)
    if node and attempt.succeeded and of not in names(expression):
        file.wrong(node, f"this does not depend on {of}", f"write an expression of {of}")
    return expression
