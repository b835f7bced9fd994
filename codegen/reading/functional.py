"""Reads spike functions and quantizers."""

from __future__ import annotations

from collections.abc import Iterable

from ..language.functions import FUNCTIONS
from ..model import Firing, Functional, Statement
from ..previous import OUTPUT
from .format import FunctionalRecord, QuantizerRecord, SpikeRecord
from .names import Names
from .nodes import Scalar
from .scope import Scope
from .yaml_file import YamlFile


def read_functional(file: YamlFile) -> Functional:
    """Read all functions of a file."""
    sections = FunctionalRecord(file, file.root, "the file")
    about = sections.package
    names = Names(file)
    return Functional(
        doc=about.doc if about else "",
        spikes=tuple(_spike(*pair, names) for pair in sections.spikes),
        quantizers=tuple(_quantizer(*pair, names) for pair in sections.quantizers),
    )


def _spike(key: Scalar, record: SpikeRecord, names: Names) -> Firing:
    name = names.declare(key, "a function")
    return Firing(name, record.doc, record.source, (), _statements(record, ["x"]))


def _quantizer(key: Scalar, record: QuantizerRecord, names: Names) -> Firing:
    name = names.declare(key, "a function")
    statements = _statements(record, ["x", "noise", *record.numbers])
    return Firing(name, record.doc, "", record.numbers, statements)


def _statements(
    record: SpikeRecord | QuantizerRecord, known: Iterable[str]
) -> tuple[Statement, ...]:
    """Read the statements of a function, its value last."""
    scope = Scope(record.file, [*known], FUNCTIONS)
    fixed = {"x": "the input", "noise": "the random number"}
    update = scope.statements(record.update, fixed)
    return (*update, Statement((OUTPUT,), scope.output(record.value)))
