"""Storage of the states of a layer between calls, also within transforms and backward passes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

# PyTorch has no public function that returns whether a transform is still active.
_functorch: Any = torch._C._functorch


@dataclass
class Run:
    """The states of a layer within one sequence, by name; `None` before the first timestep."""

    _states: dict[str, Tensor | None] = field(default_factory=dict)
    packed: Tensor | None = None
    """All states of a layer in one tensor, the first dimension the states, until `states` is read."""
    input_dtype: torch.dtype | None = None
    """The dtype of the inputs; `None` until the next input sets it."""
    is_explicit: bool = False
    """Whether the states are returned to the caller, so that an exported program keeps them."""
    is_outdated: bool = False
    """Whether a recomputation started it, from newer states than those of the forward pass."""
    created: dict[str, Tensor] | None = None
    """Collects copies of the states as they are created; copies of the run share it."""

    @classmethod
    def explicit(cls, names: Iterable[str], created: dict[str, Tensor] | None = None) -> Run:
        """Return a new run whose states are returned to the caller."""
        return cls(dict.fromkeys(names), is_explicit=True, created=created)

    @property
    def states(self) -> dict[str, Tensor | None]:
        """The states by name, each in a tensor of its own."""
        if (packed := self.packed) is not None:
            self._states.update(zip(self._states, map(torch.clone, packed)))
            self.packed = None
        return self._states

    @property
    def existing(self) -> dict[str, Tensor]:
        """The states that are not `None`."""
        return {name: state for name, state in self.states.items() if state is not None}

    def clear(self) -> None:
        """Set all states to `None`: the next input begins a new sequence."""
        self.continue_from(dict.fromkeys(self._states))

    def continue_from(self, states: Mapping[str, Tensor | None]) -> None:
        """Replace the states of these names; the next input sets the dtype."""
        self.states.update(states)
        self.input_dtype = None
        self.is_outdated = False

    def copy(self) -> Run:
        """Return a separate run with the same tensors."""
        return replace(self, _states=dict(self._states))


@dataclass(frozen=True)
class _Scope:
    """A run, with the `torch.func` transform and the backward pass that it belongs to.

    A scope that `enter_scope` opened ends with its transform or backward pass; a detour ends at
    `end_detour`.
    """

    run: Run
    transform: int = 0
    backward: int = -1
    is_detour: bool = False
    life: Tensor | None = None
    """A tensor that becomes invalid when the transform ends."""

    def is_over(self, backward: int) -> bool:
        if self.is_detour:
            return False
        if self.backward not in (-1, backward):
            return True
        return self.life is not None and _functorch.is_dead_tensor_wrapper(self.life)


class _Scopes(threading.local):
    """The active scopes of a thread, the innermost last; all threads share the first."""

    def __init__(self, run: Run) -> None:
        self.stack = [_Scope(run)]


class Memory:
    """The states of one layer, which detours do not change.

    Detours are a `torch.func` transform, the recomputation of a checkpoint in the backward pass,
    and code run within `Detour`. Each starts from the current states, or from those passed in, and
    does not store its new states in the layer. A detour is local to its thread, as the modes of
    PyTorch are: other threads continue with the states of the layer.
    """

    def __init__(self) -> None:
        self._scopes = _Scopes(Run())

    def enter_scope(self) -> Run:
        """Return the run of the innermost scope, after closing scopes that have ended and opening
        one if a transform or a backward pass has begun."""
        stack = self._scopes.stack
        levels = _levels()
        while stack[-1].is_over(levels[1]):
            stack.pop()
        scope = stack[-1]
        # The compiler cannot report the current transform and backward pass.
        if torch.compiler.is_dynamo_compiling() or levels == (scope.transform, scope.backward):
            return scope.run
        run = scope.run.copy()
        run.is_outdated = levels[1] != scope.backward
        self._open(run)
        return run

    def begin_detour(self, run: Run) -> None:
        """Use another run until `end_detour`."""
        self._open(run, is_detour=True)

    def end_detour(self) -> None:
        """Return to the run that was active before `begin_detour`."""
        while not self._scopes.stack.pop().is_detour:
            pass

    def _open(self, run: Run, is_detour: bool = False) -> None:
        transform, backward = _levels()
        life = _tensor_of_transform(transform) if transform else None
        self._scopes.stack.append(_Scope(run, transform, backward, is_detour, life))

    def __getstate__(self) -> dict[str, Tensor | None]:
        """Return detached copies of the states, for copying and pickling."""
        states = self.enter_scope().states.items()
        return {name: None if state is None else state.detach().clone() for name, state in states}

    def __setstate__(self, states: dict[str, Tensor | None]) -> None:
        self._scopes = _Scopes(Run(states))


class Detour:
    """A context in which layers use copies of other runs, made each time it is entered."""

    def __init__(self, runs: Iterable[tuple[Memory, Run]]) -> None:
        self._runs = list(runs)

    def __enter__(self) -> None:
        for memory, run in self._runs:
            memory.begin_detour(run.copy())

    def __exit__(self, *exception: object) -> None:
        for memory, _ in self._runs:
            memory.end_detour()


def _levels() -> tuple[int, int]:
    """Return the levels of the innermost active `torch.func` transform and backward pass."""
    if torch.compiler.is_dynamo_compiling():  # not is_compiling: it is true in other threads too
        return 0, -1
    return _functorch.maybe_current_level() or 0, torch._C._current_graph_task_id()


def is_transformed() -> bool:
    """Whether a `torch.func` transform or forward-mode differentiation is active."""
    return is_in_transform() or torch.autograd.forward_ad._current_level >= 0


def is_in_transform() -> bool:
    """Whether a `torch.func` transform is active."""
    return _levels()[0] > 0


def is_in_backward() -> bool:
    """Whether a backward pass is running, in which a checkpoint recomputes."""
    return _levels()[1] != -1


def _tensor_of_transform(level: int) -> Tensor:
    life = torch.empty((), device="cpu")
    # A derivative wraps what is made within it; functionalize does so too, but not to mark its end.
    if _functorch.is_gradtrackingtensor(life) and _functorch.maybe_get_level(life) == level:
        return life
    wrapped: Tensor = _functorch._wrap_for_grad(life, level)
    return wrapped
