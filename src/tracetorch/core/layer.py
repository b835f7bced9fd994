"""The base of every layer that remembers something between calls."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

Value = float | Tensor
"""What a parameter may be given as: a number for all neurons, or a tensor."""

TensorFunction = Callable[[Tensor], Tensor]
"""An elementwise function of one tensor."""


def _identity(x: Tensor) -> Tensor:
    return x


def _full(size: tuple[int, ...], value: float) -> Tensor:
    return torch.full(size, value, dtype=torch.float64)


class _NoState(NamedTuple):
    """The states of a layer that declares them otherwise, or has none."""


class Layer(nn.Module):
    """Base of all layers with memory: derive from it to write a layer by hand.

    A layer owns its hidden states. They are `None` until the first call creates them, and they
    live until a `tt.Model` that holds the layer (or the layer itself) is told `zero_states()`.

    There are two ways to say what one timestep does:

    - set `State` to a `NamedTuple` of the states and define `step(x, states)`, a pure function
      with the features last; `forward` creates, fetches and stores the states; or
    - override `forward`, with `_ensure_states`, `_to_working_dim` and `_from_working_dim`.

    Args:
        num_neurons: Size of the feature dimension of the output and the states, at least 1.
        dim: Which dimension of the input holds the features: -1 for `[B, F]`, -3 for
            `[B, C, H, W]`, or any other, negative or not. Default -1.
        in_features: How many features the input must have, at least 1. Default `None`: any number.

    Raises:
        TypeError: An argument is not an integer.
        ValueError: `num_neurons` or `in_features` is below 1; at the call, the input has the wrong
            number of features, or does not continue the sequence that the states remember.

    Example:
        >>> import torch, tracetorch as tt
        >>> class Accumulator(tt.Layer):
        ...     def __init__(self, num_neurons, dim=-1):
        ...         super().__init__(num_neurons, dim)
        ...         self._initialize_state("total")
        ...     def forward(self, x):
        ...         self._ensure_states(x)
        ...         self.total = self.total + x
        ...         return self.total
        >>> layer = Accumulator(2)
        >>> layer(torch.ones(2)), layer(torch.ones(2))
        (tensor([1., 1.]), tensor([2., 2.]))
    """

    State: ClassVar[Any] = _NoState
    """The `NamedTuple` of states that `step` takes and returns."""

    def __init__(self, num_neurons: int, dim: int = -1, in_features: int | None = None) -> None:
        super().__init__()
        self.num_neurons = self._check_size("num_neurons", num_neurons)
        self.dim = self._check_integer("dim", dim)
        self.in_features = (
            None if in_features is None else self._check_size("in_features", in_features)
        )
        self._state_sizes: dict[str, tuple[int, ...]] = {}
        self._activations: dict[str, TensorFunction] = {}
        self._compiled = False
        self._usable: dict[str, Tensor] = {}
        self._set_aside: dict[str, nn.Parameter] = {}

    def forward(self, x: Tensor) -> Tensor:
        """Run one timestep: one tensor in, one tensor out."""
        self._check_input(x)
        self._ensure_states(x)
        trailing = {name: len(sizes) - 1 for name, sizes in self._state_sizes.items()}
        states = self.State(
            **{name: self._to_working_dim(getattr(self, name), n) for name, n in trailing.items()}
        )
        output, states = self.step(self._to_working_dim(x), states)
        for name, n in trailing.items():
            setattr(self, name, self._from_working_dim(getattr(states, name), n))
        # What comes next may work in place, which must not reach a state that is the output.
        is_state = any(output is state for state in states)
        return self._from_working_dim(output.clone() if is_state else output)

    def step(self, x: Tensor, states: Any) -> tuple[Tensor, Any]:
        """Compute one timestep, features last, as a pure function of the input and the states."""
        raise NotImplementedError(
            f"{self._title} must define step(x, states), or override forward(x)"
        )

    # States

    def zero_states(self) -> None:
        """Forget everything: the next call begins a new sequence."""
        for name in self._state_sizes:
            setattr(self, name, None)

    def detach_states(self) -> None:
        """Keep the values of the states, but let no gradient flow back through them."""
        for name, state in self._existing_states():
            setattr(self, name, state.detach())

    def _initialize_state(self, name: str, *sizes: int) -> None:
        """Declare a hidden state: it exists, is `None`, and is managed by `tt.Model`.

        Args:
            name: Name of the state, an attribute of the layer.
            *sizes: Its size in the feature dimension, and the sizes of further dimensions of its
                own, which come last. By default `num_neurons`, and no further ones.
        """
        self._refuse_taken(name)
        self._state_sizes[name] = sizes or (self.num_neurons,)
        setattr(self, name, None)

    def _existing_states(self) -> list[tuple[str, Tensor]]:
        states = ((name, getattr(self, name)) for name in self._state_sizes)
        return [(name, state) for name, state in states if state is not None]

    def _ensure_states(self, x: Tensor) -> None:
        """Create the states that are `None`, as zeros with the shape, dtype and device of `x`, but
        with their own sizes in the place of its features."""
        for name, sizes in self._state_sizes.items():
            if getattr(self, name) is None:
                setattr(self, name, x.new_zeros(self._state_shape(x, sizes)))

    def _state_shape(self, x: Tensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
        axis = self.dim % x.dim()
        return (*x.shape[:axis], sizes[0], *x.shape[axis + 1 :], *sizes[1:])

    def _check_input(self, x: Tensor) -> None:
        """Refuse an input with the wrong number of features, or of another batch than before."""
        has_dim = -x.dim() <= self.dim < x.dim()
        if not has_dim or self.in_features not in (None, x.shape[self.dim]):
            raise ValueError(
                f"{self._title}: the input must have {self.in_features or 'its'} features in "
                f"dimension dim = {self.dim}, got shape {tuple(x.shape)} "
                f"(num_neurons = {self.num_neurons})"
            )
        for name, state in self._existing_states():
            if state.shape != self._state_shape(x, self._state_sizes[name]):
                raise ValueError(
                    f"{self._title}: the input, of shape {tuple(x.shape)}, does not continue the "
                    f"sequence that {name}, of shape {tuple(state.shape)}, remembers; call "
                    "zero_states() before a new sequence"
                )

    def _check_states(self, states: dict[str, Tensor]) -> list[str]:
        """Say what keeps these tensors from being this layer's states; nothing if all is well."""
        known = {name: state for name, state in states.items() if name in self.State._fields}
        # The other states are a hand-written layer's own, of whatever shape it gave them.
        problems = [
            f"{name} has shape {tuple(states[name].shape)}, but had {tuple(before.shape)}"
            for name, before in self._existing_states()
            if name in states.keys() - known.keys() and states[name].shape != before.shape
        ]
        batches = {}
        for name, state in known.items():
            first, *rest = self._state_sizes[name]
            batches[name], sizes = self._divide(tuple(state.shape), len(rest))
            if sizes != (first, *rest):
                problems.append(
                    f"{name} has shape {tuple(state.shape)}, which lacks {first} features in "
                    f"dimension {self.dim}" + f" and {tuple(rest)} at the end" * bool(rest)
                )
        if not problems and len(set(batches.values())) > 1:
            problems.append(f"the states of one layer differ in batch shape: {batches}")
        return problems

    def _divide(
        self, shape: tuple[int, ...], trailing: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shape of the batch and the sizes of the state itself, which lie apart in a shape."""
        batch = list(shape[: len(shape) - trailing])
        has_dim = -len(batch) <= self.dim < len(batch)
        sizes = ([batch.pop(self.dim)] if has_dim else []) + list(shape[len(shape) - trailing :])
        return tuple(batch), tuple(sizes)

    def _to_working_dim(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Move the features to the end, where vectors of parameters broadcast; but not past the
        `trailing` dimensions that only a state has."""
        axis = self.dim if self.dim >= 0 else self.dim - trailing
        return t if self.dim == -1 else t.movedim(axis, -1 - trailing)

    def _from_working_dim(self, t: Tensor, trailing: int = 0) -> Tensor:
        """Move the features back to `dim`."""
        axis = self.dim if self.dim >= 0 else self.dim - trailing
        return t if self.dim == -1 else t.movedim(-1 - trailing, axis)

    # Parameters

    def _register_parameter(
        self,
        name: str,
        value: Value,
        rank: int = 1,
        learnable: bool = True,
        init_fn: Callable[[tuple[int, ...], float], Tensor] = _full,
        inverse_fn: TensorFunction = _identity,
        activation_fn: TensorFunction = _identity,
        domain: str = "finite",
    ) -> None:
        """Register a parameter that is stored raw and read usable.

        `self.raw_<name>` is what is stored and trained; `self.<name>` is
        `activation_fn(self.raw_<name>)`.

        Args:
            name: Name of the usable value.
            value: The usable value to start from: a number, or a tensor that is 0-d or holds
                `num_neurons` values.
            rank: For a number: 0 for a scalar that all neurons share, 1 for a vector.
            learnable: Whether the raw value is an `nn.Parameter` or a buffer.
            init_fn: Makes a tensor of usable values from a shape and a number; by default all are
                that number.
            inverse_fn: Maps a usable value to its raw value; the raw value of whatever lies
                outside the domain is not finite.
            activation_fn: Maps a raw value to its usable value.
            domain: The domain in words, for the error message.

        Raises:
            TypeError: `value` is neither a number nor a tensor of numbers.
            ValueError: `value` has the wrong shape or lies outside the domain, or `rank` is
                neither 0 nor 1.
        """
        self._refuse_taken(name)
        usable = self._as_tensor(name, value, rank, init_fn)
        dtype = torch.get_default_dtype()
        raw = inverse_fn(usable).to(dtype)
        stored = activation_fn(raw).to(torch.float64)
        outside = ~(usable.isfinite() & raw.isfinite() & inverse_fn(stored).isfinite())
        if outside.any():
            raise ValueError(
                f"{self._title}: {name} must be {domain} once stored as {dtype}, "
                f"got {usable[outside].flatten()[0].item()!r}"
            )
        raw = raw.to(torch.get_default_device())
        if learnable:
            self.register_parameter(f"raw_{name}", nn.Parameter(raw))
        else:
            self.register_buffer(f"raw_{name}", raw)
        self._activations[name] = activation_fn

    def _as_tensor(
        self,
        name: str,
        value: Value,
        rank: int,
        init_fn: Callable[[tuple[int, ...], float], Tensor],
    ) -> Tensor:
        """The value as float64 on the CPU, so that inverting it loses nothing."""
        if rank not in (0, 1) or not isinstance(rank, int):
            raise ValueError(f"{self._title}: {name}_rank must be 0 or 1, got {rank!r}")
        if isinstance(value, Tensor):
            if value.is_complex() or value.dtype == torch.bool:
                raise TypeError(f"{self._title}: {name} must be real, got {value.dtype}")
            if value.shape not in ((), (self.num_neurons,)):
                raise ValueError(
                    f"{self._title}: {name} must be a number, a 0-d tensor or a tensor of "
                    f"num_neurons = {self.num_neurons} values, got shape {tuple(value.shape)}"
                )
            return value.detach().to("cpu", torch.float64, copy=True)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(f"{self._title}: {name} must be a number or a tensor, got {value!r}")
        with torch.device("cpu"):
            return init_fn((self.num_neurons,) * rank, float(value)).to(torch.float64)

    def __getattr__(self, name: str) -> Any:
        activation = self.__dict__.get("_activations", {}).get(name)
        if activation is None:
            return super().__getattr__(name)
        if self._compiled:
            return self._usable[name]
        return activation(getattr(self, f"raw_{name}"))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_activations", {}):
            raise AttributeError(
                f"{self._title}: {name} is computed from raw_{name} and cannot be set; "
                f"pass {name} to the constructor, or set raw_{name}"
            )
        super().__setattr__(name, value)

    # Inference

    def TTcompile(self) -> None:
        """Compute the usable values once and keep them; the raw ones leave `parameters()`."""
        if self._compiled:
            return
        for raw in (f"raw_{name}" for name in self._activations):
            parameter = self._parameters.pop(raw, None)
            if parameter is not None:
                self._set_aside[raw] = parameter
                self.register_buffer(raw, parameter.detach())
        self._compiled = True
        self._compute_usable()

    def TTdecompile(self) -> None:
        """Undo `TTcompile`, with the very `nn.Parameter` objects of before."""
        for raw, parameter in self._set_aside.items():
            gradient, parameter.grad = parameter.grad, None
            parameter.data = self.get_buffer(raw)
            parameter.grad = None if gradient is None else gradient.to(parameter)
            delattr(self, raw)
            self.register_parameter(raw, parameter)
        self._compiled = False
        self._set_aside, self._usable = {}, {}

    def _compute_usable(self) -> None:
        if self._compiled:
            self._usable = {
                name: activation(getattr(self, f"raw_{name}"))
                for name, activation in self._activations.items()
            }

    # nn.Module

    def extra_repr(self) -> str:
        return f"{self.num_neurons}, dim={self.dim}"

    def _apply(self, fn: TensorFunction, recurse: bool = True) -> Layer:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, state in self._existing_states():
            setattr(self, name, fn(state))
        self._compute_usable()
        return self

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._compute_usable()

    def _check_integer(self, name: str, value: int) -> int:
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise TypeError(f"{self._title}: {name} must be an integer, got {value!r}")
        return int(value)

    def _check_size(self, name: str, value: int, least: int = 1) -> int:
        size = self._check_integer(name, value)
        if size < least:
            raise ValueError(f"{self._title}: {name} must be at least {least}, got {value}")
        return size

    @property
    def _title(self) -> str:
        return type(self).__name__

    def _refuse_taken(self, name: str) -> None:
        if not name.isidentifier() or hasattr(self, name):
            raise ValueError(f"{self._title}: {name!r} is already taken, or is not a name")
