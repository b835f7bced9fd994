"""What a layer remembers from one call to the next, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

# No public interface of PyTorch says whether a transform still runs.
_functorch: Any = torch._C._functorch


@dataclass
class Run:
    """One layer's run over a sequence: its states by name, `None` before the first timestep."""

    states: dict[str, Tensor | None] = field(default_factory=dict)
    input_dtype: torch.dtype | None = None
    """The dtype of its inputs; while it is `None`, the next input decides."""
    is_explicit: bool = False
    """Whether its states are handed out, which an exported program would drop."""
    is_outdated: bool = False
    """Whether a recomputation began it, from newer states than the computation did."""

    @classmethod
    def explicit(cls, names: Iterable[str]) -> Run:
        """A new run, whose states will be handed out."""
        return cls(dict.fromkeys(names), is_explicit=True)

    @property
    def existing(self) -> dict[str, Tensor]:
        """The states that are not `None`."""
        return {name: state for name, state in self.states.items() if state is not None}

    def forget(self) -> None:
        """Set all states to `None`: the next input begins a sequence."""
        self.continue_from(dict.fromkeys(self.states))

    def continue_from(self, states: Mapping[str, Tensor | None]) -> None:
        """Replace the states of these names; the next input decides the dtype."""
        self.states |= states
        self.input_dtype = None
        self.is_outdated = False

    def copy(self) -> Run:
        """A run of its own from the same tensors."""
        return replace(self, states=dict(self.states))


@dataclass(frozen=True)
class _Scope:
    """Within which `torch.func` transform and which backward pass a run takes place.

    A scope that `enter_scope` opened is over when its transform or its backward pass is; a detour
    is over at `end_detour`.
    """

    run: Run
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

    def __init__(self, run: Run) -> None:
        self.stack = [_Scope(run)]


class Memory:
    """The states of one layer, which a detour leaves as they were.

    Detours are a `torch.func` transform, the recomputation of a checkpoint in the backward pass,
    and whatever is run within `Detour`. Each begins with the states of before, or with those
    handed in, and keeps the new ones to itself. A detour belongs to its thread, as the modes of
    PyTorch do: the others go on with the states of the layer.
    """

    def __init__(self) -> None:
        self._scopes = _Scopes(Run())

    def enter_scope(self) -> Run:
        """Return the run to go on with here: that of the innermost scope, after closing those
        that are over, and opening one if a transform or a backward pass has begun."""
        stack = self._scopes.stack
        levels = _levels()
        while stack[-1].is_over(*levels):
            stack.pop()
        scope = stack[-1]
        # The compiler does not say within what it runs.
        if torch.compiler.is_dynamo_compiling() or levels == (scope.transform, scope.backward):
            return scope.run
        run = scope.run.copy()
        run.is_outdated = levels[1] != scope.backward
        self._open(run)
        return run

    def begin_detour(self, run: Run) -> None:
        """Go on with another run until `end_detour`."""
        self._open(run, is_detour=True)

    def end_detour(self) -> None:
        """Return to the run of before `begin_detour`."""
        while not self._scopes.stack.pop().is_detour:
            pass

    def _open(self, run: Run, is_detour: bool = False) -> None:
        transform, backward = _levels()
        life = _tensor_of_transform(transform) if transform else None
        self._scopes.stack.append(_Scope(run, transform, backward, is_detour, life))

    def __getstate__(self) -> dict[str, Tensor | None]:
        """What a copy gets: the values alone, as tensors of their own."""
        states = self.enter_scope().states.items()
        return {name: None if state is None else state.detach().clone() for name, state in states}

    def __setstate__(self, states: dict[str, Tensor | None]) -> None:
        self._scopes = _Scopes(Run(states))


class Detour:
    """A context in which layers go on with other runs; each time it is entered, from their start."""

    def __init__(self, runs: Iterable[tuple[Memory, Run]]) -> None:
        self._runs = list(runs)

    def __enter__(self) -> None:
        for memory, run in self._runs:
            memory.begin_detour(run.copy())

    def __exit__(self, *exception: object) -> None:
        for memory, _ in self._runs:
            memory.end_detour()


def _levels() -> tuple[int, int]:
    """The levels of the innermost `torch.func` transform and backward pass that run now."""
    if torch.compiler.is_dynamo_compiling():  # not is_compiling: it is true in other threads too
        return 0, -1
    return _functorch.maybe_current_level() or 0, torch._C._current_graph_task_id()


def is_transformed() -> bool:
    """Whether a `torch.func` transform runs here, or gradients are carried forwards."""
    return _levels()[0] > 0 or torch.autograd.forward_ad._current_level >= 0


def _tensor_of_transform(level: int) -> Tensor:
    life = torch.empty(0, device="cpu")
    if _functorch.maybe_get_level(life) == level:
        return life
    wrapped: Tensor = _functorch._wrap_for_grad(life, level)
    return wrapped
