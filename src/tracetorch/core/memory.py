"""What a layer remembers from one call to the next, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

# PyTorch tells nobody in public whether a transform still runs.
_functorch: Any = torch._C._functorch


@dataclass
class Sequence:
    """A running sequence: the states of one layer by name, `None` before the first timestep."""

    states: dict[str, Tensor | None] = field(default_factory=dict)
    input_dtype: torch.dtype | None = None
    """The dtype of its inputs; while it is `None`, the next input decides."""
    is_explicit: bool = False
    """Whether somebody takes the states who would otherwise lose them."""
    is_outdated: bool = False
    """Whether a recomputation found them, which must start from those of before instead."""

    @classmethod
    def explicit(cls, names: Iterable[str]) -> Sequence:
        """A new sequence whose states will be handed out."""
        return cls(dict.fromkeys(names), is_explicit=True)

    @property
    def existing(self) -> dict[str, Tensor]:
        """The states that are not `None`."""
        return {name: state for name, state in self.states.items() if state is not None}

    def forget(self) -> None:
        """Begin anew."""
        self.continue_from(dict.fromkeys(self.states))

    def continue_from(self, states: Mapping[str, Tensor | None]) -> None:
        """Replace the states of these names; the next input decides the dtype."""
        self.states |= states
        self.input_dtype = None
        self.is_outdated = False

    def copy(self) -> Sequence:
        """The same tensors, kept in a sequence of its own."""
        return replace(self, states=dict(self.states))


@dataclass(frozen=True)
class _Scope:
    """Where a sequence runs: within which `torch.func` transform, within which backward pass.

    A scope that was opened by being there is over when its transform or its backward pass is;
    a detour is over when whoever began it ends it.
    """

    sequence: Sequence
    transform: int = 0
    backward: int = -1
    is_detour: bool = False
    life: Tensor | None = None
    """A tensor that dies with the transform."""

    def is_over(self, transform: int, backward: int) -> bool:
        if self.is_detour:
            return False
        if self.transform > transform or self.backward not in (-1, backward):
            return True
        return self.life is not None and _functorch.is_dead_tensor_wrapper(self.life)


class _Scopes(threading.local):
    """The scopes that a thread is in, the innermost last; the first is the same for all threads."""

    def __init__(self, sequence: Sequence) -> None:
        self.stack = [_Scope(sequence)]


class Memory:
    """The states of one layer, which a detour through it leaves as they were.

    Detours are a `torch.func` transform, the recomputation of a checkpoint in the backward pass,
    and whatever is run within `Detour`. Each begins with the states of before, or with those
    handed in, and keeps the new ones to itself. A detour belongs to its thread, as the modes of
    PyTorch do: the others go on with the states of the layer.
    """

    def __init__(self) -> None:
        self._scopes = _Scopes(Sequence())

    def current(self) -> Sequence:
        """The sequence that runs here."""
        stack = self._scopes.stack
        transform, backward = _place()
        while stack[-1].is_over(transform, backward):
            stack.pop()
        scope = stack[-1]
        if torch.compiler.is_dynamo_compiling():  # where a place cannot be told
            return scope.sequence
        if (scope.transform, scope.backward) != (transform, backward):
            sequence = scope.sequence.copy()
            sequence.is_outdated = backward != scope.backward
            self._open(sequence)
        return stack[-1].sequence

    def begin_detour(self, sequence: Sequence) -> None:
        """Run another sequence until `end_detour`."""
        self._open(sequence, is_detour=True)

    def end_detour(self) -> None:
        """Return to the sequence of before `begin_detour`."""
        while not self._scopes.stack.pop().is_detour:
            pass

    def _open(self, sequence: Sequence, is_detour: bool = False) -> None:
        transform, backward = _place()
        life = _tensor_of_transform(transform) if transform else None
        self._scopes.stack.append(_Scope(sequence, transform, backward, is_detour, life))

    def __getstate__(self) -> dict[str, Tensor | None]:
        """What a copy gets: the values alone, as tensors of their own."""
        states = self.current().states.items()
        return {name: None if state is None else state.detach().clone() for name, state in states}

    def __setstate__(self, states: dict[str, Tensor | None]) -> None:
        self._scopes = _Scopes(Sequence(states))


class Detour:
    """A context in which layers run other sequences; each time it is entered, from their start."""

    def __init__(self, sequences: Iterable[tuple[Memory, Sequence]]) -> None:
        self._sequences = list(sequences)

    def __enter__(self) -> None:
        for memory, sequence in self._sequences:
            memory.begin_detour(sequence.copy())

    def __exit__(self, *exception: object) -> None:
        for memory, _ in self._sequences:
            memory.end_detour()


def _place() -> tuple[int, int]:
    """The levels of the innermost `torch.func` transform and backward pass that run now."""
    if torch.compiler.is_dynamo_compiling():  # not is_compiling: it is true in other threads too
        return 0, -1
    return _functorch.maybe_current_level() or 0, torch._C._current_graph_task_id()


def is_transformed() -> bool:
    """Whether a `torch.func` transform runs here, or gradients are carried forwards."""
    return _place()[0] > 0 or torch.autograd.forward_ad._current_level >= 0


def _tensor_of_transform(level: int) -> Tensor:
    life = torch.empty(0, device="cpu")
    if _functorch.maybe_get_level(life) == level:
        return life
    wrapped: Tensor = _functorch._wrap_for_grad(life, level)
    return wrapped
