"""One module of a network in C."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from torch import Tensor

from ..model import Firing
from .kinds import REAL, Kind


@dataclass(frozen=True)
class Value:
    """What a module is given or returns at a timestep.

    Attributes:
        shape: Its sizes, without that of the batch.
    """

    shape: tuple[int, ...]
    kind: Kind = REAL

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Part:
    """What a module becomes.

    Attributes:
        template: The template of its function.
        given: The arguments of the template.
        outputs: What it returns.
        constants: Its arrays, by the end of their names.
        states: Its states, of the shape of what it returns.
        firing: The functions that it fires with.
        called: The functions of the language that it calls.
    """

    template: str
    given: Mapping[str, object]
    outputs: Value
    constants: Mapping[str, Tensor] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    firing: tuple[Firing, ...] = ()
    called: frozenset[str] = frozenset()
