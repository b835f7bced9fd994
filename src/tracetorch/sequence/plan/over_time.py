"""Functions of the values of a timestep, applied to those of all timesteps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..modules import stacked
from .direct import Undecided, aligned, moved
from .functions import FUNCTIONS, Function, filled, leaves, mapped

T = TypeVar("T")


def _uncompiled(function: T) -> T:
    """Mark a function for `torch.compile` to leave as it is, without importing the compiler."""
    function._torchdynamo_disable = True  # type: ignore[attr-defined]
    return function


@dataclass(frozen=True)
class OverTime:
    """A function of the values of a timestep, applied to those of all timesteps."""

    function: Function

    def __call__(self, *sequences: Tensor) -> Any:
        """The result for all timesteps, time first."""
        ranks = {sequence.dim() for sequence in sequences}
        held = {one.dim() for one in self.function.held}
        is_aligned = not held or max(held) < max(ranks) > 1
        if self.function.is_elementwise and len(ranks) == 1 and is_aligned:
            return self.function(*sequences)
        return self._of_timesteps(*sequences)

    @_uncompiled
    def _of_timesteps(self, *sequences: Tensor) -> Any:
        function = self.function
        if function.is_check:
            function(*(sequence[0] for sequence in sequences))
            return sequences[0]
        if function.works_in_place:  # on copies, since nothing reads this input again
            copies = (map(torch.clone, values) for values in zip(*sequences))
            return stacked([function(*values) for values in copies])
        dtypes = {sequence.dtype for sequence in (*sequences, *function.held)}
        has_numbers = any(sequence.dim() == 1 for sequence in sequences)
        if len(dtypes) == 1 or not has_numbers:  # one number a timestep decides no dtype
            try:
                return _at_once(function, sequences)
            except Undecided:
                pass
            try:
                return torch.vmap(function)(*sequences)
            except Exception:  # what vmap cannot do, or what a timestep fails at too
                pass
        return stacked([function(*values) for values in zip(*sequences)])


def _at_once(function: Function, sequences: tuple[Tensor, ...]) -> Any:
    """The result for all timesteps, with the dimensions moved by one.

    Raises:
        Undecided: There is no rule for it.
    """
    timesteps = tuple(sequence[0] for sequence in sequences)
    if function.is_elementwise:
        return _broadcast(function, sequences, timesteps)
    if function.held:
        raise Undecided
    arguments, pairs = filled((function.arguments, function.keywords), timesteps)
    taken = [one for one in leaves(arguments) if isinstance(one, Tensor)]
    if len({one.dim() for one in taken}) != 1:
        raise Undecided
    if any(isinstance(one, Tensor) for one in leaves(pairs)):
        raise Undecided

    def whole(leaf: Any) -> Any:
        return next((s for s, one in zip(sequences, timesteps) if one is leaf), leaf)

    given = mapped(arguments, whole)
    before = [*given[:3]] if function.name == "part" else []
    name = (given[2] if before else function.name).rpartition(".")[2]
    rest, keywords = moved(name, [*given[len(before) :]], dict(pairs), taken[0].dim())
    return FUNCTIONS[function.name](*before, *rest, **keywords)


def _broadcast(
    function: Function, sequences: tuple[Tensor, ...], timesteps: tuple[Tensor, ...]
) -> Any:
    """The result of an elementwise function for values of different ranks."""
    rank = max(timestep.dim() for timestep in timesteps)
    if any(one.dim() > rank for one in function.held):
        raise Undecided
    return function(*aligned(sequences, timesteps))
