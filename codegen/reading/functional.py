"""From YAML to the functions that spiking layers fire with."""

from __future__ import annotations

from collections.abc import Iterator

from yaml import Node

from ..language.functions import FUNCTIONS
from ..model import Firing, Functional, Statement
from ..previous import OUTPUT
from .format import FUNCTIONAL, PACKAGE, QUANTIZER, SPIKE
from .scope import Names, Scope
from .yaml_file import YamlFile


def read_functional(file: YamlFile) -> Functional:
    """All functions of a file."""
    sections = file.record(file.root, "the file", FUNCTIONAL)
    about = file.record(sections.get("package"), "package", PACKAGE)
    names = Names(file)
    return Functional(
        doc=file.text(about.get("doc")),
        spikes=tuple(_read(file, sections.get("spikes"), names, is_quantizer=False)),
        quantizers=tuple(_read(file, sections.get("quantizers"), names, is_quantizer=True)),
    )


def _read(file: YamlFile, node: Node | None, names: Names, is_quantizer: bool) -> Iterator[Firing]:
    section, form = ("quantizers", QUANTIZER) if is_quantizer else ("spikes", SPIKE)
    for key, value in file.mapping(node, section).items():
        name = names.declare(key, "a function")
        record = file.record(value, f"function {name}", form)
        numbers = [file.name(number) for number in file.sequence(record.get("numbers"), "numbers")]
        scope = Scope(file, ["x", *(["noise", *numbers] if is_quantizer else [])], FUNCTIONS)
        fixed = {"x": "the input", "noise": "the random number"}
        statements = scope.statements(file.sequence(record.get("update"), "update"), fixed)
        value_of = Statement((OUTPUT,), scope.output(record.get("value")))
        yield Firing(
            name=name,
            doc=file.text(record.get("doc")),
            source=file.text(record.get("source")),
            numbers=tuple(numbers),
            statements=(*statements, value_of),
        )
