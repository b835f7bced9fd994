"""Reads spike functions and quantizers."""

from __future__ import annotations

from collections.abc import Iterable

from ..language.functions import FUNCTIONS
from ..model import Firing, FiringNumber, Functional, Statement
from ..previous import OUTPUT
from .format import FiringNumberRecord, FunctionalRecord, QuantizerRecord, SpikeRecord
from .kinds import Entries
from .names import Names
from .nodes import Scalar
from .scope import Scope
from .unused import check_set
from .yaml_file import YamlFile

_NOISE = {"noise": "the random number"}
_ELEMENTWISE = {name: function for name, function in FUNCTIONS.items() if function.elementwise}


def read_functional(file: YamlFile) -> Functional:
    """Read all functions of a file."""
    sections = FunctionalRecord(file, file.root, "the file")
    about = sections.package
    names = Names(file, taken=_NOISE)
    return Functional(
        doc=about.doc if about else "",
        spikes=_spikes(sections.spikes, names),
        quantizers=tuple(_quantizer(*pair, names) for pair in sections.quantizers),
    )


def read_spikes(file: YamlFile, written: Entries[SpikeRecord]) -> tuple[Firing, ...]:
    """Read the spike functions of a file that extends the spec."""
    return _spikes(written, Names(file, taken=_NOISE))


def _spikes(written: Entries[SpikeRecord], names: Names) -> tuple[Firing, ...]:
    return tuple(_firing(key, record, record.source, ["x"], names) for key, record in written)


def _quantizer(key: Scalar, record: QuantizerRecord, names: Names) -> Firing:
    return _firing(key, record, "", ["x", *_NOISE], names)


def _firing(
    key: Scalar,
    record: SpikeRecord | QuantizerRecord,
    source: str,
    tensors: Iterable[str],
    names: Names,
) -> Firing:
    """A function of some tensors, and of the numbers that it declares."""
    name = names.declare(key, "a function")
    numbers = tuple(_number(*pair, names) for pair in record.numbers)
    given = [number.name for number in numbers]
    scope = Scope(record.file, [*tensors, *given], _ELEMENTWISE)
    fixed = {"x": "the input", **_NOISE, **dict.fromkeys(given, "a number of the function")}
    update = scope.statements(record.update, fixed)
    value = Statement((OUTPUT,), scope.expression(record.value))
    made = Firing(name, record.doc, source, numbers, (*update, value))
    if record.succeeded:
        check_set(record.file, record.update, update, [value.expression])
    if record.succeeded and not made.reads("x"):
        record.file.wrong(record["value"], f"{name} does not depend on x", "write a function of x")
    return made


def _number(key: Scalar, record: FiringNumberRecord, names: Names) -> FiringNumber:
    default = record.default
    if default is not None and default <= 0:
        record.file.wrong(
            record["default"],
            f"the default {default:g} is no number of a function",
            "it must be above 0",
        )
    return FiringNumber(names.fresh(key), default or 1.0, record.doc)
