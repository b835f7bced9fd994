"""The models that graphs become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ..core import Layer, Model


class Network(Model):
    """A model that was read from a graph: each part takes the sum of some values before it.

    The parts, `model.parts["name"]`, have the names of the nodes, with `_` for a dot.

    Args:
        parts: The parts in the order in which they run.
        sources: For each part, the indices of the values whose sum it takes: 0 is the input, and
            the output of a part is numbered from 1.
        outputs: The indices of the values whose sum is returned.
    """

    def __init__(
        self,
        parts: Mapping[str, nn.Module],
        sources: Sequence[tuple[int, ...]],
        outputs: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(parts)
        self.sources = tuple((first, tuple(more)) for first, *more in sources)
        first, *more = outputs
        self.outputs = first, tuple(more)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of one timestep, and update the states."""
        values: tuple[Tensor, ...] = (x,)
        for part, (first, more) in zip(self.parts.values(), self.sources):
            total = values[first]
            for other in more:
                total = total + values[other]
            values = (*values, part(total))
        first, more = self.outputs
        total = values[first]
        for other in more:
            total = total + values[other]
        return total


class Feedback(Layer):
    """The value of one timestep before, of a part that is fed back; 0 at first.

    Args:
        shape: The shape of the value without the batch.

    States:
        value: The value.
    """

    value: Tensor | None

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape[0], dim=-len(shape))
        self.shape = shape
        self._initialize_state("value")

    def forward(self, x: Tensor) -> Tensor:
        """Return the value, for an input with a batch of this size."""
        if self.value is None:
            return x.new_zeros((len(x), *self.shape))
        return self.value

    def keep(self, value: Tensor) -> None:
        """Store the value for the next timestep."""
        self.value = value


class LoopedNetwork(Network):
    """A `Network` in which some values are fed back, one timestep later.

    Args:
        parts: As in `Network`.
        sources: As in `Network`; after the values of the parts come those that are fed back.
        outputs: As in `Network`.
        loops: The index of each value that is fed back, and its shape without the batch.
    """

    def __init__(
        self,
        parts: Mapping[str, nn.Module],
        sources: Sequence[tuple[int, ...]],
        outputs: tuple[int, ...],
        loops: Mapping[int, tuple[int, ...]],
    ) -> None:
        super().__init__(parts, sources, outputs)
        self.fed_back = tuple(loops)
        self.loops: Any = nn.ModuleList(map(Feedback, loops.values()))

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of one timestep, and update the states."""
        before = [loop(x) for loop in self.loops]
        values = [x]
        for part, (first, more) in zip(self.parts.values(), self.sources):
            given = [self._value(values, before, index) for index in (first, *more)]
            values.append(part(sum(given[1:], given[0])))
        for loop, index in zip(self.loops, self.fed_back):
            loop.keep(values[index])
        first, more = self.outputs
        return sum((values[index] for index in more), values[first])

    def _value(self, values: list[Tensor], before: list[Tensor], index: int) -> Tensor:
        count = len(self.parts) + 1
        return values[index] if index < count else before[index - count]
