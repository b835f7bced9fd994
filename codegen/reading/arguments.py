"""Reads the sizes in the constructor of a layer declared under `layers`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..language.constants import Samples
from ..language.expressions import Expression, Name, names
from ..model import DIM, IN_FEATURES, NUM_NEURONS, Size
from .format import FamilyRecord, LayerRecord, SizeRecord
from .names import Names
from .nodes import Scalar
from .record import Record
from .sizes import read_size, samples_of

_KNOWN = {size.name: size for size in (NUM_NEURONS, IN_FEATURES, DIM)}


@dataclass(frozen=True)
class Arguments:
    """The sizes of a layer.

    Attributes:
        features: The sizes of the feature dimension of the input and of the output.
        samples: Some possible values of each size.
    """

    sizes: tuple[Size, ...]
    features: tuple[Expression, Expression]
    samples: Samples


def read_arguments(record: LayerRecord, names: Names) -> Arguments:
    """Read the sizes of a layer; by default `num_neurons` and `dim`."""
    attempt = record.file.attempt()
    sizes, samples = [NUM_NEURONS, DIM], {NUM_NEURONS.name: samples_of(1)}
    if "arguments" in record:
        sizes, samples = [], {}
        for key, argument in record.arguments:
            size = _size(key, argument, names, samples)
            sizes.append(size)
            if size is not DIM:
                samples[size.name] = samples_of(size.least, size.default)
    arguments = Arguments(tuple(sizes), _features(record, samples), samples)
    if attempt.succeeded:
        _check(record, arguments)
    return arguments


def read_sizes(record: FamilyRecord, names: Names) -> tuple[Size, ...]:
    """Read the sizes of a family besides `num_neurons`."""
    attempt = record.file.attempt()
    sizes: list[Size] = []
    for key, argument in record.arguments:
        known = {NUM_NEURONS.name: samples_of(1), **samples_of_sizes(sizes)}
        sizes.append(_size(key, argument, names, known))
    arguments = Arguments(tuple(sizes), (Name(NUM_NEURONS.name),) * 2, {})
    if attempt.succeeded:
        _check_each(record, arguments)
    return arguments.sizes


def samples_of_sizes(sizes: Iterable[Size]) -> Samples:
    """Return some possible values of each size."""
    return {size.name: samples_of(size.least, size.default) for size in sizes}


def _size(key: Scalar, record: Record, names: Names, samples: Samples) -> Size:
    if not isinstance(record, SizeRecord):
        return _KNOWN[key.value]
    return Size(
        name=names.declare(key, "a size"),
        doc=record.doc,
        default=record.default,
        least=record.least,
        auto=read_size(record.file, record.auto, samples) if record.auto else None,
    )


def _features(record: LayerRecord, samples: Samples) -> tuple[Expression, Expression]:
    default = Name(NUM_NEURONS.name)
    node = record.features
    if node is None:
        return default, default
    attempt = record.file.attempt()
    items = record.file.sequence(node, "features")
    sizes = [read_size(record.file, item, samples) for item in items]
    if len(sizes) != 2:
        record.file.wrong(node, "features must be two sizes", "write [in_features, out_features]")
    return (sizes[0], sizes[1]) if attempt.succeeded else (default, default)


def _check(record: LayerRecord, arguments: Arguments) -> None:
    file = record.file
    if DIM not in arguments.sizes:
        file.wrong(record["arguments"], "the layer lacks dim", "add dim: {}")
    _check_each(record, arguments)


def _check_each(record: LayerRecord | FamilyRecord, arguments: Arguments) -> None:
    keys = {key.value: key for key in record.arguments.keys}
    for size, message, hint in (*_problems_of_order(arguments), *_problems_of_sizes(arguments)):
        record.file.wrong(keys.get(size.name) or record["features"], message, hint)


def _problems_of_order(arguments: Arguments) -> Iterator[tuple[Size, str, str]]:
    """Yield required sizes that follow one with a default."""
    before = ""
    for size in arguments.sizes:
        if size.default is not None:
            before = before or size.name
        elif before:
            message = f"{size.name} must be given, but follows {before}, which has a default"
            yield size, message, f"put {size.name} before {before}"


def _problems_of_sizes(arguments: Arguments) -> Iterator[tuple[Size, str, str]]:
    """Yield feature sizes with a default or a minimum, and defaults below the minimum."""
    read = set().union(*map(names, arguments.features))
    for size in arguments.sizes:
        default, least = size.default, size.least
        is_feature = Name(size.name) in arguments.features
        if size in (NUM_NEURONS, IN_FEATURES) and size.name not in read:
            yield size, f"{size.name} is no feature size", "name it in features"
        elif is_feature and (default, least, size.auto) != (None, 1, None):
            message = f"{size.name} is a feature size, which must be given"
            yield size, message, "leave out its default, least and auto"
        elif size.auto and size.name in read:
            message = f"{size.name} is part of a feature size, and its default depends on others"
            yield size, message, "leave out its auto"
        elif default is not None and least is not None and default < least and not size.auto:
            message = f"the default of {size.name} is {default}, its least {least}"
            yield size, message, "raise the default, or set least:"
