"""A module as a pure function that takes and returns its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .inputs import is_dense, refusal
from .layer import Layer
from .memory import Detour, Run
from .tree import named_layers, states_by_key


class Stateless(nn.Module):
    """A module as a pure function of one timestep, which takes and returns the states.

    The states stored in the module do not change; its parameters are shared. Use it for
    `torch.export`, to differentiate with respect to states, or to pass states through a
    `torch.func` transform.

    Args:
        module: A layer with states, or any module that contains such layers.

    Shape:
        `forward(x, states)` takes the input of the module and a dict of tensors as returned by
        `save_states`, and returns the output and a dict of the next states. An empty dict begins a
        sequence. Further inputs of the module are passed after the states, or by name.

    Raises:
        TypeError: When called, the states are not a dict of tensors.
        ValueError: When called, the module has no state of a given name, or a state has the wrong
            shape.

    Example:
        >>> import torch, tracetorch as tt
        >>> pure = tt.Stateless(tt.snn.LI(2, beta=0.5))
        >>> states = pure.initial_states(torch.ones(2))
        >>> for _ in range(2):
        ...     y, states = pure(torch.ones(2), states)
        >>> states["mem"].tolist()
        [1.5, 1.5]
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(
        self, x: Any, states: Mapping[str, Tensor], *more: Any, **named: Any
    ) -> tuple[Any, dict[str, Tensor]]:
        """Run one timestep from these states; return the output and the next states."""
        if not isinstance(states, Mapping):
            raise TypeError(
                "Stateless: states must be a dict of tensors, as save_states returns it, got "
                f"{type(states).__name__}; an empty one begins a sequence"
            )
        places = states_by_key(self.module)
        unknown = states.keys() - places.keys()
        if unknown:
            raise ValueError(
                f"Stateless: no state is called {', '.join(sorted(unknown))}; the states are "
                f"{', '.join(places)}"
            )
        layers = [layer for _, layer in named_layers(self.module)]
        with Detour((layer._memory, Run.explicit(layer._state_sizes)) for layer in layers):
            for key, state in states.items():
                if not is_dense(state):
                    raise TypeError(f"Stateless: {key} {refusal(state)}")
                layer, name = places[key]
                setattr(layer, name, state)
            output = self.module(x, *more, **named)
            after = {key: getattr(layer, name) for key, (layer, name) in places.items()}
        return output, {key: state for key, state in after.items() if state is not None}

    def initial_states(self, x: Any, *more: Any, **named: Any) -> dict[str, Tensor]:
        """Return the states with which a sequence of such inputs begins.

        They give the same output as an empty dict, and are an example of the states for
        `torch.export`. The module is run once, in its mode: call `eval()` before, since batch
        normalization in training updates its statistics.

        Args:
            x: The input of one timestep; only its shape, dtype and device matter.
            *more: Further inputs of the module.
            **named: Further inputs by name.

        Returns:
            A dict of tensors without gradients, as `forward` takes it: zeros, except where a layer
            has other initial values.

        Raises:
            RuntimeError: A hand-written layer creates a state itself, not by `_ensure_states`.

        Example:
            >>> import torch, tracetorch as tt
            >>> pure = tt.Stateless(tt.zoo.Izhikevich(1))
            >>> pure.initial_states(torch.zeros(1))
            {'mem': tensor([-65.]), 'recovery': tensor([-13.])}
        """
        places = states_by_key(self.module)
        created: dict[Layer, dict[str, Tensor]] = {layer: {} for layer, _ in places.values()}
        runs = [
            (layer._memory, Run.explicit(layer._state_sizes, found))
            for layer, found in created.items()
        ]
        with torch.no_grad(), Detour(runs):
            self.module(x, *more, **named)
            for key, (layer, name) in places.items():
                if name not in created[layer] and getattr(layer, name) is not None:
                    raise RuntimeError(
                        f"Stateless: the initial value of {key} is unknown, since the layer does "
                        "not create it by _ensure_states; pass it to the first timestep"
                    )
        return {
            key: created[layer][name]
            for key, (layer, name) in places.items()
            if name in created[layer]
        }
