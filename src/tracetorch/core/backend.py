"""What a layer holds, for code that runs, tests or exports it by other means than calling it.

States are set as attributes of the layer, `_ensure_states(x)` creates those that are `None`, and
`zero_states()` begins a new sequence. Everything else a layer keeps may change at any time.
"""

from __future__ import annotations

from torch import Tensor

from .layer import Layer
from .parameters import Constrained, TensorFunction
from .precision import own_tensor, state_dtype

__all__ = ["functions", "own_tensor", "parameters", "raw_parameters", "state_dtype", "states"]


def parameters(layer: Constrained) -> dict[str, Tensor]:
    """The usable value of each parameter, by its name, as registered."""
    return {name: getattr(layer, name) for name in layer._activations}


def raw_parameters(layer: Constrained) -> dict[str, Tensor]:
    """What is stored and trained of each parameter, by the name of its usable value."""
    return {name: getattr(layer, f"raw_{name}") for name in layer._activations}


def functions(layer: Constrained) -> dict[str, TensorFunction]:
    """The functions that the user chose, such as `spike_fn`, by their names."""
    return {name: getattr(layer, name) for name in layer._functions}


def states(layer: Layer) -> dict[str, Tensor | None]:
    """Each state by its name, `None` before the first timestep."""
    return {name: getattr(layer, name) for name in layer._state_sizes}
