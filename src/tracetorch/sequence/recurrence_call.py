"""One call of the kernel of a recurrence: its arguments, and the tensors for its results.

Kernels read the inputs of timesteps as timesteps x samples x elements, and states as samples x
elements. The batch dimensions are collapsed into the samples. The elements of an array with several
dimensions have the neurons last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .call import CHUNK
from .kernel import Kernel, Recurrence


@dataclass(frozen=True)
class Call:
    """The arguments that the forward and the backward pass share.

    Attributes:
        streams: What the recurrence reads at each timestep.
        parameters: What it reads at all timesteps.
        matrices: The matrices that it multiplies vectors with, outputs x inputs.
        numbers: The numbers of the layer's functions.
        sizes: The sizes that the kernel takes.
    """

    kernel: Kernel
    streams: list[Tensor]
    parameters: list[Tensor]
    matrices: list[Tensor]
    numbers: list[float]
    sizes: list[int]

    @property
    def dtype(self) -> torch.dtype:
        return self.streams[0].dtype

    @property
    def device(self) -> torch.device:
        return self.streams[0].device

    @property
    def timesteps(self) -> int:
        return self.streams[0].shape[0]

    @property
    def rows(self) -> int:
        """The number of samples."""
        return self.streams[0].shape[1]

    @property
    def work(self) -> int:
        """About how many elements are computed."""
        wide = sum(parameter.numel() for parameter in self.parameters)
        deep = sum(matrix.numel() // 16 for matrix in self.matrices)
        return sum(stream.numel() for stream in self.streams) + self.timesteps * self.rows * (
            wide + deep
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of streams and so on that the kernel takes."""
        return self._recurrence.counts

    @property
    def addends(self) -> Sequence[int | None]:
        """For each product, the stream that is added to it, if there is one."""
        return self._recurrence.addends

    @property
    def lanes(self) -> Mapping[str, Sequence[int | None]]:
        """For each kind of array, which dimension of each is the neurons."""
        return self._recurrence.lanes

    @property
    def _recurrence(self) -> Recurrence:
        assert self.kernel.facts.recurrence
        return self.kernel.facts.recurrence

    def check(self, states: Sequence[Tensor]) -> None:
        """Check the number of tensors, since a kernel reads as many as it was generated with.

        Raises:
            RuntimeError: There are more or fewer than the kernel takes.
        """
        counts = self.counts
        given = {
            "STREAMS": len(self.streams),
            "PARAMETERS": len(self.parameters),
            "PRODUCTS": len(self.matrices),
            "SIZES": len(self.sizes),
            "STATES": len(states),
        }
        for name, number in given.items():
            if number != counts[name]:
                raise RuntimeError(
                    f"tt.unroll: the kernel {self.kernel} takes {counts[name]} {name.lower()}, got "
                    f"{number}"
                )

    def results(
        self, states: Sequence[Tensor], widths: Sequence[int], keep: bool, record: bool
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
        """Return uninitialized tensors for all that the forward pass returns."""
        first, whole = self.streams[0], (self.timesteps, self.rows)
        outputs = [first.new_empty((*whole, width)) for width in widths]
        after = [torch.empty_like(state) for state in states]
        history = [state.new_empty((self.timesteps, *state.shape)) for state in states if record]
        return outputs, after, self._kept(states) if keep else [], history

    def _kept(self, states: Sequence[Tensor]) -> list[Tensor]:
        """The states before each chunk, the results of products, and what was multiplied."""
        first, whole = self.streams[0], (self.timesteps, self.rows)
        chunks = (self.timesteps + CHUNK - 1) // CHUNK
        return [
            first.new_empty(chunks * sum(state.numel() for state in states)),
            first.new_empty((*whole, sum(matrix.shape[0] for matrix in self.matrices))),
            first.new_empty((*whole, sum(matrix.shape[1] for matrix in self.matrices))),
        ]
