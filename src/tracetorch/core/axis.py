"""The feature dimension of inputs and states, and the computations of shapes that depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class FeatureAxis:
    """The feature dimension of an input and of the states of its layer.

    States may have additional trailing dimensions, after all dimensions of the input. A negative
    `dim` does not count these.

    Attributes:
        dim: The index of the dimension in the input, negative or not.
    """

    dim: int

    def is_in(self, shape: Sequence[int], features: int | None) -> bool:
        """Whether the shape has the dimension, and this number of features unless it is `None`."""
        has_dim = -len(shape) <= self.dim < len(shape)
        return has_dim and (features is None or features == shape[self.dim])

    def to_last(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Return the tensor with the features last, but before its trailing dimensions."""
        return t if self.dim == -1 else t.movedim(self._before(trailing), -1 - trailing)

    def from_last(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Return the tensor with the features moved back to `dim`; the inverse of `to_last`."""
        return t if self.dim == -1 else t.movedim(-1 - trailing, self._before(trailing))

    def of_state(self, shape: Sequence[int], sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a state: that of the input, with the first of `sizes` as the number
        of features, and the other sizes appended."""
        axis = self.dim % len(shape)
        return (*shape[:axis], sizes[0], *shape[axis + 1 :], *sizes[1:])

    def divide(
        self, shape: tuple[int, ...], trailing: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the batch shape and the sizes of a state; the inverse of `of_state`."""
        end = len(shape) - trailing
        batch = list(shape[:end])
        features = [batch.pop(self.dim)] if self.is_in(batch, None) else []
        return tuple(batch), (*features, *shape[end:])

    def _before(self, trailing: int) -> int:
        return self.dim if self.dim >= 0 else self.dim - trailing
