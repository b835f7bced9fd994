"""`tt.record`: what submodules return and the states of layers, over the timesteps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..core import Layer
from ..core.memory import is_in_backward, is_in_transform
from ..core.tree import named_modules, states_by_key

T = TypeVar("T")


class Recorded(Mapping[str, Tensor]):
    """What `tt.record` has collected so far, by name; names without a timestep yet are left out."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parts: dict[str, list[_Part]] = {name: [] for name in names}

    def __getitem__(self, name: str) -> Tensor:
        """All timesteps of a name, `[T, ...]`, or with T in the dimension that `unroll` was given."""
        if name not in self._parts:
            raise KeyError(f"{name} is not recorded, only {', '.join(self._parts)}")
        if not self._parts[name]:
            raise KeyError(
                f"nothing of {name} is recorded yet: its module was not called, or only by code "
                "that torch.compile had compiled before"
            )
        whole = _joined(name, self._parts[name])
        self._parts[name] = [whole]
        return whole.values.movedim(0, whole.dim).contiguous()

    def __iter__(self) -> Iterator[str]:
        return (name for name, parts in self._parts.items() if parts)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _add(self, name: str, values: Tensor) -> None:
        dim = _here.dim if _here.dim >= 0 else _here.dim + values.dim()
        self._parts[name].append(_Part(values, dim))


@dataclass(frozen=True)
class _Part:
    """Some timesteps of one name.

    Attributes:
        values: Time first.
        dim: Where time is in what the user gets.
    """

    values: Tensor
    dim: int


def _joined(name: str, parts: list[_Part]) -> _Part:
    first, *rest = parts
    dims = sorted({part.dim for part in parts})
    if len(dims) > 1:
        raise ValueError(
            f"{name} was recorded with time in dimensions {' and '.join(map(str, dims))}; use one "
            "dim for all sequences within a tt.record (a loop has time in dimension 0)"
        )
    shapes = {tuple(part.values.shape[1:]): None for part in parts}
    if len(shapes) > 1:
        raise ValueError(
            f"{name} was recorded with timesteps of shapes {' and '.join(map(str, shapes))}, which "
            "do not make one tensor; use a tt.record for each"
        )
    return _Part(torch.cat([part.values for part in parts]), first.dim) if rest else first


@dataclass(eq=False, frozen=True)
class _Log:
    """What one `tt.record` observes.

    Attributes:
        outputs: The name of each module whose outputs are recorded.
        states: For each layer whose states are recorded, the states by the keys to record them by.
    """

    seen: Recorded
    outputs: dict[nn.Module, str] = field(default_factory=dict)
    states: dict[nn.Module, dict[str, str]] = field(default_factory=dict)

    @property
    def modules(self) -> set[nn.Module]:
        return {*self.outputs, *self.states}

    def add(self, module: nn.Module, ys: Any) -> None:
        """Record what a module returned in some timesteps, time first."""
        if module not in self.outputs:
            return
        name = self.outputs[module]
        if not isinstance(ys, Tensor):
            raise TypeError(
                f"tt.record: what {name} returns must be a tensor, got {type(ys).__name__}"
            )
        self.seen._add(name, ys.clone())  # since the next module may work in place

    def add_states(self, layer: nn.Module, states: Mapping[str, Tensor]) -> None:
        """Record states of a layer after some timesteps, time first; nothing else may change them."""
        for key, name in self.states.get(layer, {}).items():
            if name in states:
                self.seen._add(key, states[name].detach())


class Hook:
    """The forward hook by which a module that is called records a timestep."""

    def __init__(self, log: _Log | None = None) -> None:
        self._log = log

    def __call__(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """Record what the module returned, and its states."""
        for log in _logs():
            if log is self._log:
                log.add(module, output[None] if isinstance(output, Tensor) else output)
                names = log.states.get(module, {}).values()
                states = ((name, getattr(module, name)) for name in names)
                log.add_states(module, {n: s[None].clone() for n, s in states if s is not None})

    def __reduce__(self) -> tuple[type[Hook], tuple[()]]:
        """A copy of the module records nothing."""
        return Hook, ()


class _Here(threading.local):
    """What this thread records.

    Attributes:
        logs: The innermost last.
        dim: Where time is in the sequence that runs.
        is_paused: Whether modules are called with other tensors than those of a timestep.
    """

    def __init__(self) -> None:
        self.logs: list[_Log] = []
        self.dim = 0
        self.is_paused = False


_here = _Here()


@contextmanager
def record(module: nn.Module, *names: str) -> Iterator[Recorded]:
    """Record what submodules return and the states of layers, in a loop and in `tt.unroll` alike.

    `with tt.record(model, "net.1", "net.1.mem") as seen:` encloses the timesteps to record. Then
    `seen["net.1"]` is what that submodule returned, with its gradient, and `seen["net.1.mem"]` the
    state after each timestep, detached. `seen` is a mapping, and may be read within the `with` and
    after it. Calls by other threads, and those in which a checkpoint recomputes, are not recorded.

    In `tt.unroll`, recording an output takes one copy of it, and kernels write the states that are
    recorded. A layer of which a part is recorded, such as its `quant_fn`, runs in the loop.

    Args:
        module: A layer, a model, or any other module.
        *names: Names of submodules as in `module.named_modules()`, `""` for the module itself, and
            keys of states as in `tt.save_states(module)`.

    Shape:
        `[T, ...]` for outputs or states `[...]`, or with T in the dimension `dim` that `tt.unroll`
        was given. Several sequences follow each other along time, in the order of the calls; so do
        several calls of one module in a timestep.

    Raises:
        TypeError: `module` is no module; at a call, what a recorded submodule returns is no tensor.
        ValueError: A name is unknown, or there is none; at `seen[name]`, the sequences differ in
            shape or in where time is.
        KeyError: At `seen[name]`, nothing is recorded yet, or not by that name.
        RuntimeError: At a call, within a transform of `torch.func`.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 8), tt.snn.LIB(8), torch.nn.Linear(8, 2))
        >>> with tt.record(net, "1", "1.mem") as seen:
        ...     ys = tt.unroll(net, torch.rand(20, 4, 3))
        >>> seen["1"].shape, seen["1.mem"].shape
        (torch.Size([20, 4, 8]), torch.Size([20, 4, 8]))
        >>> rate = seen["1"].mean()  # a loss on it trains the network
        >>> rate.requires_grad, seen["1.mem"].requires_grad
        (True, False)
    """
    log = _log(module, names)
    handles = [observed.register_forward_hook(Hook(log)) for observed in log.modules]
    _here.logs.append(log)
    try:
        yield log.seen
    finally:
        _here.logs.remove(log)
        for handle in handles:
            handle.remove()


def _log(module: nn.Module, names: tuple[str, ...]) -> _Log:
    if not isinstance(module, nn.Module):
        raise TypeError(f"tt.record: module must be a torch.nn.Module, got {module!r}")
    modules, states = dict(named_modules(module)), states_by_key(module)
    unknown = [name for name in names if name not in modules and name not in states]
    if unknown or not names:
        known = ", ".join(filter(None, [*modules, *states]))
        problem = f"there is no {', '.join(map(str, unknown))}" if unknown else "no name is given"
        raise ValueError(f"tt.record: {problem}; submodules and states are {known}")
    log = _Log(Recorded(names))
    for name in names:
        if name in modules:
            log.outputs[modules[name]] = name
        else:
            layer, state = states[name]
            log.states.setdefault(layer, {})[name] = state
    return log


# For `tt.unroll`


def is_recording() -> bool:
    """Whether this thread records anything."""
    return bool(_here.logs)


def recorded_modules() -> set[nn.Module]:
    """The modules whose outputs or states this thread records."""
    return {module for log in _here.logs for module in log.modules}


@contextmanager
def sequence(dim: int) -> Iterator[None]:
    """A context in which what is recorded has time in a dimension."""
    before, _here.dim = _here.dim, dim
    try:
        yield
    finally:
        _here.dim = before


def without_hooks(function: Callable[[], T]) -> T:
    """The result of a function, in which calls of modules are no timesteps to record."""
    if not _here.logs:
        return function()
    before, _here.is_paused = _here.is_paused, True
    try:
        return function()
    finally:
        _here.is_paused = before


def add(modules: Iterable[nn.Module], ys: Tensor) -> None:
    """Record what these modules return in some timesteps, time first."""
    for log in _logs():
        for module in modules:
            log.add(module, ys)


def records_states(layer: Layer) -> bool:
    """Whether the states of a layer are recorded."""
    return any(layer in log.states for log in _logs())


def add_run(layer: Layer, ys: Tensor, states: Mapping[str, Tensor]) -> None:
    """Record what calls of a layer would have recorded: its outputs and states, time first."""
    logs = _logs()
    for log in logs:
        log.add(layer, ys)
        is_last = log is logs[-1]
        log.add_states(layer, states if is_last else {n: s.clone() for n, s in states.items()})


def _logs() -> list[_Log]:
    """What records here: nothing where a checkpoint recomputes what is recorded already."""
    if not _here.logs or _here.is_paused or is_in_backward():
        return []
    if is_in_transform():
        raise RuntimeError(
            "tt.record: nothing can be recorded within a transform of torch.func; return it from the "
            "function that is transformed"
        )
    return _here.logs
