"""The parameters, functions and states of a layer, for code that runs, tests or exports it.

States are set as attributes of the layer, `_ensure_states(x)` creates those that are `None`, and
`zero_states()` begins a new sequence. All other private attributes may change in any release.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from .layer import Layer
from .parameters import Constrained, TensorFunction
from .precision import own_tensor, state_dtype

__all__ = [
    "accepts",
    "functions",
    "kept_parameters",
    "own_tensor",
    "parameters",
    "raw_parameters",
    "state_dtype",
    "states",
]


def parameters(layer: Constrained) -> dict[str, Tensor]:
    """Return the usable value of each parameter by name, in the order of registration."""
    return {name: getattr(layer, name) for name in layer._activations}


def raw_parameters(layer: Constrained) -> dict[str, Tensor]:
    """Return the raw value of each parameter, which is stored and trained, by parameter name."""
    return {name: getattr(layer, f"raw_{name}") for name in layer._activations}


def kept_parameters(layer: Constrained) -> object:
    """Return an object that is the same as long as `TTcompile` keeps the same usable values; `None`
    while one of them is not kept, or no longer that of its raw value."""
    return layer._usable if layer._is_current() else None


def accepts(layer: Layer, shape: Sequence[int]) -> bool:
    """Whether an input of this shape has the features of the layer."""
    return layer._axis.is_in(shape, layer.in_features)


def functions(layer: Constrained) -> dict[str, TensorFunction]:
    """Return the functions passed by the user, such as `spike_fn`, by name."""
    return {name: getattr(layer, name) for name in layer._functions}


def states(layer: Layer) -> dict[str, Tensor | None]:
    """Return each state by name; `None` before the first timestep."""
    return {name: getattr(layer, name) for name in layer._state_sizes}
