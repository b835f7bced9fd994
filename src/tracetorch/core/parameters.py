"""Parameters with constraints: an unconstrained raw value is trained, a usable value is read."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypedDict

import torch
from torch import Tensor, nn

from ..functional import sigmoid_inverse, softplus, softplus_inverse
from .memory import is_transformed

Value = float | Tensor
"""The value of a parameter: a number for all neurons, or a tensor."""

TensorFunction = Callable[[Tensor], Tensor]
"""An elementwise function of one tensor."""


def _identity(x: Tensor) -> Tensor:
    return x


def _full(size: tuple[int, ...], value: float) -> Tensor:
    return torch.full(size, value, dtype=torch.float64)


def _spelled(function: partial[Tensor]) -> str:
    """A function with its numbers, for a reader."""
    name = getattr(function.func, "__name__", repr(function.func))
    given = [f"{key}={value!r}" for key, value in function.keywords.items()]
    return f"partial({', '.join([name, *map(repr, function.args), *given])})"


class _Constraint(TypedDict):
    """The mapping between raw and usable values, and the domain in words."""

    inverse_fn: TensorFunction
    activation_fn: TensorFunction
    domain: str


_DECAY = _Constraint(inverse_fn=sigmoid_inverse, activation_fn=torch.sigmoid, domain="in (0, 1)")
_THRESHOLD = _Constraint(
    inverse_fn=softplus_inverse, activation_fn=softplus, domain="above 0 and finite"
)
_BIAS = _Constraint(inverse_fn=torch.sinh, activation_fn=torch.arcsinh, domain="finite")


class _Kept(NamedTuple):
    """A cached usable value, and the raw tensor that it was computed from, with its name."""

    name: str
    raw: Tensor
    pointer: int
    version: int
    usable: Tensor

    def is_unchanged(self) -> bool:
        """Whether the raw value was not written to since."""
        return self.version == self.raw._version and self.pointer == self.raw.data_ptr()


def _is_counted(raw: Tensor) -> bool:
    """Whether PyTorch counts all in-place changes of a tensor, so that they can be detected."""
    if type(raw) not in (Tensor, nn.Parameter) or raw.is_inference():
        return False
    # Another process may write to shared memory; all GPU memory counts as shared.
    return raw.device.type != "cpu" or not raw.untyped_storage().is_shared()


class Constrained(nn.Module):
    """Base class of modules whose parameter `name` is computed from the trained `raw_name`."""

    num_neurons: int

    def __init__(self) -> None:
        super().__init__()
        self._activations: dict[str, TensorFunction] = {}
        self._decays: list[str] = []  # the parameters that parameter_groups treats as decays
        self._functions: list[str] = []
        self._compiled = False
        self._usable: dict[str, _Kept] = {}
        self._set_aside: dict[str, nn.Parameter] = {}

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
        """Register a parameter with a constraint.

        `self.raw_<name>` is stored and trained; `self.<name>` is `activation_fn(self.raw_<name>)`.

        Args:
            name: Name of the usable value.
            value: The initial usable value: a number, or a tensor that is 0-d or holds
                `num_neurons` values.
            rank: If `value` is a number: 0 for a scalar that all neurons share, 1 for a vector.
            learnable: Whether the raw value is an `nn.Parameter` or a buffer.
            init_fn: Returns a tensor of usable values, given a shape and a number; by default all
                are that number.
            inverse_fn: Maps a usable value to its raw value; not finite for values outside the
                domain.
            activation_fn: Maps a raw value to its usable value.
            domain: The domain in words, for the error message.

        Raises:
            TypeError: `value` is neither a number nor a tensor of numbers.
            ValueError: `value` has the wrong shape or lies outside the domain, `rank` is neither 0
                nor 1, or `activation_fn` does not undo `inverse_fn`.
        """
        self._refuse_taken(name)
        # In PyTorch 2.7, get_default_device ignores `with torch.device(...)`.
        device, dtype = torch.empty(()).device, torch.get_default_dtype()
        with torch.device("cpu"):
            usable = self._as_tensor(name, value, rank, init_fn)
            exact = inverse_fn(usable)
            raw, again = exact.to(dtype), activation_fn(exact)
            stored = activation_fn(raw).to(torch.float64)
            outside = ~(usable.isfinite() & raw.isfinite() & inverse_fn(stored).isfinite())
        if not outside.is_meta and outside.any():
            raise ValueError(
                f"{self._title}: {name} must be {domain} once stored as {dtype}, "
                f"got {usable[outside][0].item()!r}"
            )
        if not raw.is_meta and not torch.allclose(again, usable, rtol=1e-6):
            raise ValueError(
                f"{self._title}: {name} = {usable.flatten()[0].item()!r} would become "
                f"{again.flatten()[0].item()!r}, since the inverse of its constraint "
                "does not undo the activation"
            )
        raw = raw if raw.is_meta else raw.to(device)
        if learnable:
            self.register_parameter(f"raw_{name}", nn.Parameter(raw))
        else:
            self.register_buffer(f"raw_{name}", raw)
        self._activations[name] = activation_fn

    def _register_decay(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register a decay, in (0, 1), as the sigmoid of its raw value."""
        self._register_parameter(name, value, rank, learnable, **_DECAY)
        self._decays.append(f"raw_{name}")

    def _register_threshold(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register a threshold, above 0, as the softplus of its raw value."""
        self._register_parameter(name, value, rank, learnable, **_THRESHOLD)

    def _register_bias(
        self, name: str, value: Value, rank: int = 1, learnable: bool = True
    ) -> None:
        """Register a bias, any number, as the arcsinh of its raw value: large ones grow slowly."""
        self._register_parameter(name, value, rank, learnable, **_BIAS)

    def _register_function(self, name: str, function: TensorFunction) -> None:
        """Register a function passed by the user, such as `spike_fn`."""
        self._functions.append(name)
        # Layers share the module that is the default argument; hooks on one must not affect others.
        setattr(self, name, nn.Identity() if type(function) is nn.Identity else function)

    def _as_tensor(
        self,
        name: str,
        value: Value,
        rank: int,
        init_fn: Callable[[tuple[int, ...], float], Tensor],
    ) -> Tensor:
        """Return the value in float64 on the CPU, to invert it without loss, or on meta."""
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
            device = "meta" if value.is_meta else "cpu"
            return value.detach().to(device, torch.float64, copy=True)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(f"{self._title}: {name} must be a number or a tensor, got {value!r}")
        return init_fn((self.num_neurons,) * rank, float(value)).to(torch.float64)

    def __getattr__(self, name: str) -> Any:
        activation = self.__dict__.get("_activations", {}).get(name)
        if activation is None:
            return super().__getattr__(name)
        raw = getattr(self, f"raw_{name}")
        kept = self._usable.get(name)
        # functional_call may have replaced the raw value, or it may have been written to.
        if kept is not None and kept.raw is raw and not torch.compiler.is_dynamo_compiling():
            if kept.is_unchanged():
                return kept.usable
            if not is_transformed():
                self._compute_usable()
        return activation(raw)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_activations", {}):
            raise AttributeError(
                f"{self._title}: {name} is computed from raw_{name} and cannot be set; "
                f"pass {name} to the constructor, or set raw_{name}"
            )
        super().__setattr__(name, value)

    def TTcompile(self) -> None:
        """Compute the usable values once and cache them; raw values become buffers.

        After an in-place change of the tensors of the `state_dict` they are computed again, if
        PyTorch counts the change: not if it was made through `.data` or NumPy.
        """
        for raw in (f"raw_{name}" for name in self._activations):
            parameter = self._parameters.pop(raw, None)
            if parameter is not None:
                self._set_aside[raw] = parameter
                with torch.inference_mode(False):  # autograd cannot use inference tensors
                    self.register_buffer(raw, parameter.detach().clone())
        self._compiled = True
        self._compute_usable()

    def TTdecompile(self) -> None:
        """Undo `TTcompile`, restoring the original `nn.Parameter` objects."""
        for raw, parameter in self._set_aside.items():
            gradient, parameter.grad = parameter.grad, None
            value = self.get_buffer(raw)
            if value.device.type == parameter.device.type:
                parameter.data = value
            else:
                trained = nn.Parameter(value, requires_grad=parameter.requires_grad)
                torch.utils.swap_tensors(parameter, trained)  # type: ignore[no-untyped-call]
            parameter.grad = None if gradient is None else gradient.to(parameter)
            delattr(self, raw)
            self.register_parameter(raw, parameter)
        self._compiled = False
        self._set_aside, self._usable = {}, {}

    def train(self, mode: bool = True) -> Constrained:
        """Switch between training and evaluation, as in any `nn.Module`.

        Raises:
            RuntimeError: `mode` is `True`, but the module is compiled by `TTcompile`.
        """
        self._check_mode(mode)
        return super().train(mode)

    def _check_mode(self, mode: bool) -> None:
        if mode and self._set_aside:
            raise RuntimeError(
                f"{self._title}: compiled for inference, so {', '.join(self._set_aside)} would "
                "not be trained; call TTdecompile() before train()"
            )

    def _compute_usable(self) -> None:
        if not self._compiled:
            return
        # Autograd cannot use tensors created in inference_mode.
        with torch.inference_mode(False), torch.no_grad():
            raw = {name: getattr(self, f"raw_{name}") for name in self._activations}
            self._usable = {
                name: _Kept(
                    f"raw_{name}", value, value.data_ptr(), value._version, activation(value)
                )
                for (name, activation), value in zip(self._activations.items(), raw.values())
                if _is_counted(value)
            }

    def _is_current(self) -> bool:
        """Whether the usable values of all parameters are cached and still up to date."""
        for kept in self._usable.values():  # faster than all()
            name, raw, pointer, version, _ = kept
            if (
                self._buffers.get(name) is not raw
                or raw._version != version
                or raw.data_ptr() != pointer
            ):
                return False
        return len(self._usable) == len(self._activations)

    def _apply(self, fn: TensorFunction, recurse: bool = True) -> Constrained:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._compute_usable()
        return self

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._compute_usable()

    def extra_repr(self) -> str:
        """The forms of the parameters that are not the default, and functions with their numbers."""
        forms = []
        for name in self._activations:
            raw = f"raw_{name}"
            is_buffer = raw in self._buffers and raw not in self._set_aside
            forms += [f"{name}_rank=0"] * (getattr(self, raw).dim() == 0)
            forms += [f"learn_{name}=False"] * is_buffer
        for name in self._functions:
            function = getattr(self, name)
            if isinstance(function, partial):
                forms.append(f"{name}={_spelled(function)}")
        return ", ".join(forms + ["compiled"] * self._compiled)

    @property
    def _title(self) -> str:
        return type(self).__name__

    def _refuse_taken(self, name: str) -> None:
        if not name.isidentifier() or hasattr(self, name):
            raise ValueError(f"{self._title}: {name!r} is already taken, or is not a name")
