"""Finds what a file takes over from the zoo: families that it extends, and prefixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from .. import grammar
from ..grammar import Part
from ..language.expressions import functions, names
from ..model import Family, Package, Prefix
from .format import ExtendedFamilyRecord, ExtensionRecord
from .nodes import Node
from .yaml_file import YamlFile

NAME = "zoo"
"""The name of a package of parts of the zoo."""


class Offered(NamedTuple):
    """The other parts of the zoo that a file could name, for hints."""

    families: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


def inherited(
    file: YamlFile,
    sections: ExtensionRecord,
    base: Package,
    read: Callable[[], tuple[Package, ...]],
) -> tuple[Package, Offered]:
    """Return the package that a file extends: the base, with the parts of the zoo that the file
    names. The zoo is read only if there is a name that neither the file nor the base declares."""
    declared = {family.name for family in base.families} | {p.letter for p in base.prefixes}
    declared |= {key.value for key in (*sections.families.keys, *sections.prefixes.keys)}
    named = {file.text(node): node for node in _named(sections)}
    missing = {name: node for name, node in named.items() if name not in declared}
    if not missing:
        return base, Offered()
    package, offered = base, Offered()
    for one in read():
        parts = _own(one)
        wanted = [name for name in missing if name in parts]
        others = {name: part for name, part in parts.items() if name not in wanted}
        families = tuple(name for name, part in others.items() if isinstance(part, Family))
        letters = tuple(name for name in others if name not in families)
        offered = Offered(offered.families + families, offered.letters + letters)
        if wanted:
            taken = [parts[name] for name in wanted]
            package = _extended(file, missing[wanted[0]], package, one, taken)
    return package, offered


def _named(sections: ExtensionRecord) -> Iterator[Node]:
    """Yield where the file names a family or a prefix."""
    for _, family in sections.families:
        if isinstance(family, ExtendedFamilyRecord) and family.extends:
            yield family.extends
        yield from family.prefixes
    for _, prefix in sections.prefixes:
        yield from prefix.families


def _own(package: Package) -> dict[str, Family | Prefix]:
    """Return the families and prefixes that a package adds to those it extends, by name."""
    assert package.extends
    families = {f.name: f for f in package.families if f not in package.extends.families}
    prefixes = {p.letter: p for p in package.prefixes if p not in package.extends.prefixes}
    return families | prefixes


def _extended(
    file: YamlFile, node: Node, base: Package, package: Package, wanted: list[Family | Prefix]
) -> Package:
    """Return the base with some parts of another package, and with the parameters, functions and
    prefixes that these need."""
    families = [part for part in wanted if isinstance(part, Family)]
    letters = {part.letter for part in wanted if isinstance(part, Prefix)}
    for family in families:
        taken = grammar.available(package.prefixes, family.name, family.prefixes)
        letters |= {prefix.letter for prefix in taken}
    prefixes = [
        replace(prefix, families=tuple(f.name for f in families if f.name in prefix.families))
        for prefix in package.prefixes
        if prefix.letter in letters and prefix not in base.prefixes
    ]
    parts: tuple[Family | Prefix, ...] = (*families, *prefixes)
    traces = [trace for part in parts for trace in part.traces]
    expressions = [expression for part in parts for expression in part.expressions]
    read = set().union(*map(names, expressions), {trace.decay for trace in traces})
    called = set().union(*map(functions, expressions))
    return Package(
        name=NAME,
        doc="",
        beside=(),
        parameters=_joined(file, node, base.parameters, package.parameters, read),
        functions=_joined(file, node, base.functions, package.functions, called),
        prefixes=(*base.prefixes, *prefixes),
        families=(*base.families, *families),
        layers=(),
        extends=base,
    )


def _joined(
    file: YamlFile, node: Node, parts: tuple[Part, ...], more: tuple[Part, ...], used: set[str]
) -> tuple[Part, ...]:
    """Return the parts with those of another package that are used."""
    known = {part.name: part for part in parts}
    new = [part for part in more if part.name in used and known.get(part.name) != part]
    for part in new:
        if part.name in known:
            message = f"{file.text(node)} has another {part.name} than what is taken over before"
            file.wrong(node, message, "take over one of them")
    return (*parts, *(part for part in new if part.name not in known))
