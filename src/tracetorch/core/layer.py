"""The base class of all layers with states."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from math import prod
from typing import Any, ClassVar, NamedTuple, NoReturn

import torch
from torch import Tensor, nn

from .axis import FeatureAxis
from .inputs import is_plain, refusal
from .memory import Memory, Run
from .parameters import Constrained, TensorFunction, Value
from .precision import state_dtype


class _NoState(NamedTuple):
    """The empty `State` of a layer that defines none."""


def _like(new: Tensor, state: Tensor) -> Tensor:
    """Return the new value of a state with the dtype and the shape of its old value."""
    if new.dtype != state.dtype:  # autocast may return lower precision than states need
        new = new.to(state.dtype)
    return new if new.shape == state.shape else new.expand(state.shape)


def _moved(state: Tensor, like: Tensor) -> Tensor | None:
    """Return a copy of a state with the device and dtype of `like`, which `to_empty` leaves
    uninitialized; `None` for a state on the meta device, which has no values."""
    return None if state.is_meta and not like.is_meta else state.to(like)


Timestep = Callable[["Layer", Tensor, Run], Tensor | None]
"""Runs one timestep in inference: returns the output and stores the states in the run; `None` if
`Layer.forward` has to."""


def _no_compiled_step(layer: Layer) -> Timestep | None:
    return None


class Layer(Constrained):
    """Base class of all layers with states: derive from it to write a layer by hand.

    A layer stores its own states. They are `None` until the first call creates them, and they
    are kept until `zero_states()` is called on the layer or on a `tt.Model` that contains it.

    There are two ways to define one timestep:

    - set `State` to a `NamedTuple` of the states and define `step(x, states)`, a pure function
      with the features last; `forward` creates, reads and stores the states; or
    - override `forward`, with `_initialize_state`, `_ensure_states`, `_to_working_dim` and
      `_from_working_dim`; it must not return a state tensor itself, since the caller may modify
      the output in place.

    Args:
        num_neurons: Size of the feature dimension of the output and the states, at least 1.
        dim: The feature dimension of the input: -1 for `[B, F]`, -3 for
            `[B, C, H, W]`, or any other, negative or not. Default -1.
        in_features: The number of input features, at least 1. Default `None`: not checked.

    Raises:
        TypeError: An argument is not an integer; when called, the input is not a dense tensor of
            real numbers.
        ValueError: `num_neurons` or `in_features` is below 1; when called, the input has the wrong
            number of features, or its shape, device or dtype does not match the current states.

    Example:
        >>> import torch, tracetorch as tt
        >>> class Accumulator(tt.Layer):
        ...     def __init__(self, num_neurons, dim=-1):
        ...         super().__init__(num_neurons, dim)
        ...         self._initialize_state("total")
        ...     def forward(self, x):
        ...         self._ensure_states(x)
        ...         self.total = self.total + x
        ...         return self.total.clone()
        >>> layer = Accumulator(2)
        >>> layer(torch.ones(2)), layer(torch.ones(2))
        (tensor([1., 1.]), tensor([2., 2.]))
    """

    State: ClassVar[Any] = _NoState
    """The `NamedTuple` of states that `step` takes and returns; each field without a default
    declares a state."""

    _find_compiled_step: ClassVar[Callable[[Any], Timestep | None]] = staticmethod(
        _no_compiled_step
    )
    """Returns a faster way to run one timestep of a layer, if there is one; set where it is."""

    _is_random: ClassVar[bool] = False
    """Whether `step` itself draws random numbers."""

    _output_size: ClassVar[str] = "num_neurons"
    """The constructor argument that is the size of the output, for error messages."""

    def __init__(self, num_neurons: int, dim: int = -1, in_features: int | None = None) -> None:
        super().__init__()
        self.num_neurons = self._check_size(self._output_size, num_neurons)
        self.dim = self._check_integer("dim", dim)
        self.in_features = (
            None if in_features is None else self._check_size("in_features", in_features)
        )
        self._state_sizes: dict[str, tuple[int, ...]] = {}
        self._memory = Memory()
        self._compiled_step: Timestep | None = None
        for name in self.State._fields:
            if name not in self.State._field_defaults:
                self._initialize_state(name)

    def forward(self, x: Tensor) -> Tensor:
        """Run one timestep: return the output and update the states."""
        run, axis = self._memory.enter_scope(), self._axis
        if self._compiled_step is not None and not torch.compiler.is_dynamo_compiling():
            if (output := self._compiled_step(self, x, run)) is not None:
                return output
        is_first = not run.existing
        self._ensure_states(x)
        trailing = {name: len(sizes) - 1 for name, sizes in self._state_sizes.items()}
        before = {name: axis.to_last(state, trailing[name]) for name, state in run.existing.items()}
        dtype = next((state.dtype for state in before.values()), x.dtype)
        try:
            output, after = self.step(axis.to_last(x).to(dtype), self.State(**before))
        except Exception:
            if is_first:
                run.clear()
            raise
        run.states.update(
            (name, axis.from_last(_like(getattr(after, name), state), trailing[name]))
            for name, state in before.items()
        )
        # The caller may modify the output in place, which must not change a state.
        is_state = any(output is state for state in after)
        output = axis.from_last(output.clone() if is_state else output)
        return output.contiguous() if x.is_contiguous() else output

    def step(self, x: Tensor, states: Any) -> tuple[Tensor, Any]:
        """Return the output and the next states of one timestep: pure, with the features last."""
        raise NotImplementedError(
            f"{self._title} must define step(x, states), or override forward(x)"
        )

    # States

    def zero_states(self) -> None:
        """Reset all states to `None`: the next call begins a new sequence."""
        self._memory.enter_scope().clear()

    def detach_states(self) -> None:
        """Detach the states from the graph: they keep their values, but pass no gradient back."""
        run = self._memory.enter_scope()
        for name, state in run.existing.items():
            # Autograd cannot use a tensor created in inference_mode.
            run.states[name] = state.clone() if state.is_inference() else state.detach()

    def _initialize_state(self, name: str, *sizes: int) -> None:
        """Declare a state, which is `None` at first and managed by `tt.Model`.

        The fields of `State` without a default are declared already, with `num_neurons` features;
        declare one here to give it other sizes.

        Args:
            name: Name of the state, an attribute of the layer.
            *sizes: Its number of features, and the sizes of additional trailing dimensions. By
                default `num_neurons`, and no additional dimensions.
        """
        if name not in self._state_sizes or name not in self.State._fields:
            self._refuse_taken(name)
        self._state_sizes[name] = sizes or (self.num_neurons,)
        self._memory.enter_scope().states[name] = None

    def _ensure_states(self, x: Tensor) -> None:
        """Create the states that are `None`, as zeros with the shape of `x`, but their own number
        of features; raise an error if `x` is invalid or does not match the existing states."""
        self._check_features(x)
        run = self._memory.enter_scope()
        self._check_scope(run)
        existing = run.existing
        if not torch.compiler.is_dynamo_compiling():  # Dynamo does not support is_inference
            for name, state in existing.items():
                if state.is_inference() and not torch.is_inference_mode_enabled():
                    # Left from validation; autograd cannot use it.
                    existing[name] = run.states[name] = state.clone()
        self._check_continues(x, existing, run.input_dtype)
        if len(existing) == len(self._state_sizes) and run.input_dtype is not None:
            return
        dtype = state_dtype(self, x)
        if run.input_dtype is None or not existing:
            run.input_dtype = x.dtype
            for name, state in existing.items():
                if name in self.State._fields or state.is_floating_point():
                    run.states[name] = state.to(dtype)
        for name in self._state_sizes.keys() - existing.keys():
            run.states[name] = state = self._initial_state(name, x, dtype)
            if run.created is not None:
                run.created[name] = state.detach().clone()  # a layer may modify it in place

    def _initial_state(self, name: str, x: Tensor, dtype: torch.dtype) -> Tensor:
        """Return a state as it begins a sequence of inputs like `x`."""
        sizes = self._state_sizes[name]
        state = self._zeros(x, sizes, dtype)
        values = self._initial_values()
        if name not in values:
            return state
        trailing = len(sizes) - 1
        return self._axis.from_last(self._axis.to_last(state, trailing) + values[name], trailing)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0: with the features last,
        but before the additional dimensions of a state; they are broadcast to its shape."""
        return {}

    def _zeros(self, x: Tensor, sizes: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        shape = self._axis.of_state(x.shape, sizes)
        if x.shape == shape:
            return torch.zeros_like(x, dtype=dtype)  # in the memory format of x
        return x.new_zeros(shape, dtype=dtype)

    def _check_features(self, x: Tensor) -> None:
        if not is_plain(x):
            raise TypeError(f"{self._title}: the input {refusal(x)}")
        if not self._axis.is_in(x.shape, self.in_features):
            raise ValueError(
                f"{self._title}: the input must have {self.in_features or 'its'} features in "
                f"dimension dim = {self.dim}, got shape {tuple(x.shape)} "
                f"(num_neurons = {self.num_neurons})"
            )

    def _check_scope(self, run: Run) -> None:
        if run.is_outdated:
            raise RuntimeError(
                f"{self._title}: recomputed in a backward pass from states that are newer than "
                "in the forward pass; call torch.utils.checkpoint.checkpoint with "
                "use_reentrant=False and context_fn=model.replay_states"
            )
        traced = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        if (torch.compiler.is_exporting() or traced) and not run.is_explicit:
            raise RuntimeError(
                f"{self._title}: an exported program would drop the states; export "
                "tt.Stateless(model), which takes and returns them"
            )

    def _check_continues(
        self, x: Tensor, states: Mapping[str, Tensor], begun_with: torch.dtype | None
    ) -> None:
        for name, state in states.items():
            shape = self._axis.of_state(x.shape, self._state_sizes[name])
            if state.shape != shape and (
                # A layer written by hand may choose any other shape.
                name in self.State._fields
                or state.dim() == len(shape)
            ):
                self._refuse_input(
                    f"of shape {tuple(x.shape)}", f"{name}, of shape {tuple(state.shape)}"
                )
            if state.device != x.device:
                self._refuse_input(f"on {x.device}", f"{name}, on {state.device}")
            if begun_with not in (None, x.dtype):
                self._refuse_input(f"of {x.dtype}", f"{name}, begun with {begun_with}")

    def _refuse_input(self, given: str, state: str) -> NoReturn:
        raise ValueError(
            f"{self._title}: the input, {given}, does not continue the sequence of the state "
            f"{state}; call zero_states() before a new sequence"
        )

    def _check_states(self, states: Mapping[str, Tensor]) -> list[str]:
        """Return the reasons why these tensors cannot be the states of this layer."""
        known = {name: state for name, state in states.items() if name in self.State._fields}
        # Other states are declared by a hand-written layer, which chooses their shapes.
        problems = [
            f"{name} has shape {tuple(states[name].shape)}, but had {tuple(before.shape)}"
            for name, before in self._memory.enter_scope().existing.items()
            if name in states.keys() - known.keys() and states[name].shape != before.shape
        ]
        batches = {}
        for name, state in known.items():
            first, *rest = self._state_sizes[name]
            if not is_plain(state):
                problems.append(f"{name} {refusal(state)}")
                continue
            batches[name], sizes = self._axis.divide(tuple(state.shape), len(rest))
            if sizes != (first, *rest):
                problems.append(
                    f"{name} has shape {tuple(state.shape)}, which lacks {first} features in "
                    f"dimension {self.dim}" + f" and {tuple(rest)} at the end" * bool(rest)
                )
        if not problems and len(set(batches.values())) > 1:
            problems.append(f"the states of one layer differ in batch shape: {batches}")
        return problems

    # The dimension of the features

    @property
    def dim(self) -> int:
        """The feature dimension of the input."""
        return self._axis.dim

    @dim.setter
    def dim(self, dim: int) -> None:
        self._axis = FeatureAxis(dim)

    def _to_working_dim(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Return the tensor with the features last, where parameter vectors broadcast, but before
        the `trailing` dimensions that only a state has."""
        return self._axis.to_last(t, trailing)

    def _from_working_dim(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Return the tensor with the features moved back to `dim`."""
        return self._axis.from_last(t, trailing)

    def _over_batch(self, module: nn.Module, value: Tensor, x: Tensor) -> Tensor:
        """Return the output of a module that takes one batch dimension, for a value with those of
        `x`, whose features are last."""
        batch = x.shape[:-1]
        output: Tensor = module(value.reshape(prod(batch), *value.shape[len(batch) :]))
        return output.reshape(*batch, *output.shape[1:])

    # nn.Module

    def extra_repr(self) -> str:
        """The number of neurons, `dim`, and the parameter options that are not the default."""
        words = [str(self.num_neurons), f"dim={self.dim}", super().extra_repr()]
        return ", ".join(filter(None, words))

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_state_sizes", ()):
            return self._memory.enter_scope().states[name]
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_state_sizes", ()):
            self._memory.enter_scope().states[name] = value
        else:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        inherited: list[str] = super().__dir__()  # type: ignore[no-untyped-call]
        return [*inherited, *self._activations, *self._state_sizes]

    def _apply(self, fn: TensorFunction, recurse: bool = True) -> Layer:
        super()._apply(fn, recurse)
        run = self._memory.enter_scope()
        moved = {name: _moved(state, fn(state)) for name, state in run.existing.items()}
        run.continue_from(moved)
        return self

    def TTcompile(self) -> None:
        """Compute the usable values once and cache them; raw values become buffers.

        After an in-place change of the tensors of the `state_dict` they are computed again, if
        PyTorch counts the change: not if it was made through `.data` or NumPy. Where a layer has a
        kernel, its timesteps run by it when no gradients are needed.
        """
        super().TTcompile()
        self._compiled_step = type(self)._find_compiled_step(self)

    def TTdecompile(self) -> None:
        """Undo `TTcompile`, restoring the original `nn.Parameter` objects."""
        super().TTdecompile()
        self._compiled_step = None

    def __prepare_scriptable__(self) -> NoReturn:
        raise RuntimeError(
            f"{self._title}: torch.jit.script cannot compile layers that keep states; use "
            "torch.compile(model), or export tt.Stateless(model) by torch.export"
        )

    def _replicate_for_data_parallel(self) -> NoReturn:
        raise RuntimeError(
            f"{self._title}: nn.DataParallel would lose the states of its replicas; use "
            "nn.parallel.DistributedDataParallel"
        )

    def _check_integer(self, name: str, value: int) -> int:
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise TypeError(f"{self._title}: {name} must be an integer, got {value!r}")
        return int(value)

    def _check_size(self, name: str, value: int, least: int = 1) -> int:
        size = self._check_integer(name, value)
        if size < least:
            raise ValueError(f"{self._title}: {name} must be at least {least}, got {value}")
        return size
