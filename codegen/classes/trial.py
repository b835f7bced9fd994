"""The sizes of a layer in its generated tests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

from ..language.constants import value_of
from ..language.expressions import Call, Expression, Number, names, nodes
from ..model import IN_FEATURES, Layer, TorchModule


def sizes(layer: Layer) -> dict[str, int]:
    """Return small, different values for the required sizes, by name."""
    parts = math.lcm(*_parts(layer))
    others = count(3)
    return {
        name: parts * (2 if name == IN_FEATURES.name else next(others)) for name in layer.required
    }


def features(layer: Layer) -> tuple[int, int]:
    """Return the number of features of input and output."""
    return layer.features_of(sizes(layer))


def _parts(layer: Layer) -> Iterator[int]:
    """Yield the number of parts of each `chunk`, and of groups of channels."""
    for module in layer.modules:
        if isinstance(module, TorchModule):
            for name, value in module.arguments:
                if name in ("groups", "num_groups") and isinstance(value, Expression):
                    if not names(value) - layer.defaults.keys():
                        yield int(value_of(value, layer.defaults))
    for expression in layer.timestep:
        for node in nodes(expression):
            match node:
                case Call("chunk", (_, Number(int() as parts))):
                    yield parts
