"""One call of a kernel: its arguments, and the memory layout of its tensors.

Kernels read tensors as time x outer x features x inner: the dimensions of a timestep before the
features are collapsed into one, and so are those after them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .kernel import Kernel

CHUNK = 16
"""The timesteps between two checkpoints; the backward pass recomputes the states between them."""


@dataclass(frozen=True)
class Call:
    """The arguments that the forward and the backward pass of a kernel share.

    Attributes:
        xs: The inputs, with the dtype of the states; on a GPU also in half precision.
        dim: The time dimension of `xs`.
        axis: The feature dimension of a timestep.
        parameters: The usable values of the parameters, scalars or vectors, and sizes as scalars.
        numbers: The numbers of the layer's functions, such as the step size of a quantizer.
        noise: Random numbers, timesteps x calls of a quantizer x the shape of a timestep.
    """

    kernel: Kernel
    xs: Tensor
    dim: int
    axis: int
    parameters: list[Tensor]
    numbers: list[float]
    noise: Tensor | None

    @property
    def timesteps(self) -> int:
        return self.xs.shape[self.dim]

    @property
    def shape(self) -> tuple[int, int, int]:
        """The collapsed shape of a timestep: outer x features x inner."""
        sizes = [*self.xs.shape]
        del sizes[self.dim]
        before, features, after = sizes[: self.axis], sizes[self.axis], sizes[self.axis + 1 :]
        return math.prod(before), features, math.prod(after)

    def check(self, states: Sequence[Tensor]) -> None:
        """Check the number of parameters, states and numbers.

        Args:
            states: The states before the sequence, or the gradients of those after it.

        Raises:
            RuntimeError: A number is not what the kernel takes.
        """
        facts = self.kernel.facts
        counts = {
            "parameters": (len(self.parameters), len(facts.given)),
            "states": (len(states), len(facts.states)),
            "numbers": (len(self.numbers), sum(self.kernel.numbers)),
        }
        if self.noise is not None:
            counts["random numbers"] = (self.noise.shape[1], len(facts.calls))
        for what, (given, taken) in counts.items():
            if given != taken:
                raise RuntimeError(
                    f"tt.unroll: the kernel {self.kernel} takes {taken} {what}, got {given}"
                )

    def readable(self) -> Call:
        """Return the call with tensors in a layout that kernels can read."""
        return replace(
            self,
            xs=self.collapsible(self.xs),
            parameters=[parameter.contiguous() for parameter in self.parameters],
            noise=None if self.noise is None else self.noise.contiguous(),
        )

    def checkpoints(self, states: Sequence[Tensor], keep: bool) -> Tensor:
        """Return an uninitialized tensor for the states before each chunk; empty unless `keep`."""
        chunks = (self.timesteps + CHUNK - 1) // CHUNK
        shape = (chunks, len(states), self.xs.numel() // max(self.timesteps, 1))
        return states[0].new_empty(shape if keep else 0)

    def history(self, states: Sequence[Tensor], record: bool) -> list[Tensor]:
        """Return an uninitialized tensor for each state after all timesteps; none unless `record`."""
        return [s.new_empty((self.timesteps, *s.shape)) for s in states if record]

    def collapsible(self, tensor: Tensor) -> Tensor:
        """Return the tensor, or a copy of it if `strides` is `None`."""
        if self.strides(tensor):
            return tensor
        return tensor.movedim(self.dim, 0).contiguous().movedim(0, self.dim)

    def strides(self, tensor: Tensor) -> tuple[int, int, int, int] | None:
        """Return the strides of time x outer x features x inner; `None` if there are none."""
        dims = [*zip(tensor.shape, tensor.stride())]
        _, time = dims.pop(self.dim)
        _, features = dims[self.axis]
        outer, inner = _stride(dims[: self.axis]), _stride(dims[self.axis + 1 :])
        return None if outer is None or inner is None else (time, outer, features, inner)


def _stride(dims: list[tuple[int, int]]) -> int | None:
    """Return the stride of collapsed dimensions, given their sizes and strides."""
    dims = [(size, stride) for size, stride in dims if size != 1]
    for (_, above), (size, below) in zip(dims, dims[1:]):
        if above != size * below:
            return None
    return dims[-1][1] if dims else 1


def empty_like(tensor: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Return an uninitialized contiguous tensor of the same shape."""
    return torch.empty_like(tensor, dtype=dtype, memory_format=torch.contiguous_format)
