"""The dimension that holds the features, and the arithmetic of shapes that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class FeatureAxis:
    """The dimension of an input, and of the states of its layer, that holds the features.

    States may have trailing dimensions of their own. These come after all those of the input, so
    a negative `dim` counts from before them.

    Attributes:
        dim: Which dimension of the input it is, negative or not.
    """

    dim: int

    def is_in(self, shape: Sequence[int], features: int | None) -> bool:
        """Whether an input of this shape has it, and this many features, if that is not `None`."""
        has_dim = -len(shape) <= self.dim < len(shape)
        return has_dim and (features is None or features == shape[self.dim])

    def to_last(self, t: Tensor, trailing: int = 0) -> Tensor:
        """The tensor with the features last, but before its trailing dimensions."""
        return t if self.dim == -1 else t.movedim(self._before(trailing), -1 - trailing)

    def from_last(self, t: Tensor, trailing: int = 0) -> Tensor:
        """The tensor with the features back in their dimension."""
        return t if self.dim == -1 else t.movedim(-1 - trailing, self._before(trailing))

    def of_state(self, shape: Sequence[int], sizes: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a state: that of the input, but with the first of its sizes in the place of
        the features, and the others at the end."""
        axis = self.dim % len(shape)
        return (*shape[:axis], sizes[0], *shape[axis + 1 :], *sizes[1:])

    def divide(
        self, shape: tuple[int, ...], trailing: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The reverse of `of_state`: the shape of the batch, and the sizes of the state."""
        end = len(shape) - trailing
        batch = list(shape[:end])
        features = [batch.pop(self.dim)] if self.is_in(batch, None) else []
        return tuple(batch), (*features, *shape[end:])

    def _before(self, trailing: int) -> int:
        return self.dim if self.dim >= 0 else self.dim - trailing
