"""The module that manages the states of the layers below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .layer import Layer

_OWN_ATTRIBUTES = frozenset(vars(nn.Module()))


class Model(nn.Module):
    """An `nn.Module` that says when a sequence starts, where gradients are cut, what is saved.

    Its methods reach every traceTorch layer below it, each layer once: through `nn.Sequential`,
    through nested modules, and through plain lists, tuples and dicts held as attributes.

    Example:
        >>> import torch, tracetorch as tt
        >>> from torch import nn
        >>> class Net(tt.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.net = nn.Sequential(nn.Linear(8, 16), tt.snn.LIB(16), nn.Linear(16, 2))
        ...     def forward(self, x):
        ...         return self.net(x)
        >>> model = Net()
        >>> for sequence in torch.rand(3, 5, 4, 8):
        ...     model.zero_states()
        ...     for x in sequence:
        ...         y = model(x)
        >>> {name: tuple(state.shape) for name, state in model.save_states().items()}
        {'net.1.mem': (4, 16)}
    """

    def zero_states(self) -> None:
        """Forget all states: the next call begins a new sequence."""
        for _, layer in self._named_layers():
            layer.zero_states()

    def detach_states(self) -> None:
        """Keep the values of all states, but cut the gradients that flow back through them."""
        for _, layer in self._named_layers():
            layer.detach_states()

    def save_states(self) -> dict[str, Tensor]:
        """Copy the states that exist, detached, as `{"net.1.mem": tensor, ...}`.

        Returns:
            A tensor for each state, under the name of its layer in `named_modules()` and its own.
        """
        return {
            key: getattr(layer, name).detach().clone()
            for key, (layer, name) in self._states_by_key().items()
            if getattr(layer, name) is not None
        }

    def load_states(
        self,
        states: Mapping[str, Tensor],
        strict: bool = True,
        device: torch.device | str | None = None,
    ) -> None:
        """Continue from states that `save_states` gave: the next outputs are those that came next.

        Args:
            states: Tensors as returned by `save_states`; they are copied.
            strict: Whether every state of the model must be given, so all its layers must have
                run when the states were saved, and whether every key must be known. Without it
                unknown keys are passed over, and states not given stay as they are.
            device: Where to put the states; by default they stay on the device they are on.

        Raises:
            TypeError: A state is not a tensor.
            ValueError: Keys are missing or unknown (`strict`), or a state has the wrong shape.

        After an error the model's states are as they were.
        """
        expected = self._states_by_key()
        known = {key: state for key, state in states.items() if key in expected}
        for key, state in known.items():
            if not isinstance(state, Tensor):
                raise TypeError(f"load_states: {key} must be a tensor, got {state!r}")
        problems = self._problems_of_shape(known)
        if strict:
            problems += [f"{key} is missing" for key in expected if key not in states]
            problems += [f"{key} is unknown" for key in states if key not in expected]
        if problems:
            raise ValueError("load_states: " + "; ".join(problems))
        copies = {key: state.detach().to(device=device, copy=True) for key, state in known.items()}
        for key, state in copies.items():
            layer, name = expected[key]
            setattr(layer, name, state)

    def TTcompile(self) -> None:
        """Prepare for inference: usable parameter values are computed once and kept.

        Outputs stay equal and the `state_dict` keeps its keys; the parameters of the layers are
        no longer offered by `parameters()`.
        """
        for _, layer in self._named_layers():
            layer.TTcompile()

    def TTdecompile(self) -> None:
        """Return to training, with the very `nn.Parameter` objects of before `TTcompile`."""
        for _, layer in self._named_layers():
            layer.TTdecompile()

    def _states_by_key(self) -> dict[str, tuple[Layer, str]]:
        found: dict[str, tuple[Layer, str]] = {}
        for path, layer in self._named_layers():
            for name in layer._state_sizes:
                key = f"{path}.{name}"
                if key in found:
                    raise ValueError(f"two states have the key {key}; rename what holds the layers")
                found[key] = layer, name
        return found

    def _problems_of_shape(self, states: Mapping[str, Tensor]) -> list[str]:
        problems = []
        for path, layer in self._named_layers():
            after = dict(layer._existing_states()) | {
                name: states[f"{path}.{name}"]
                for name in layer._state_sizes
                if f"{path}.{name}" in states
            }
            problems += [f"{path}: {problem}" for problem in layer._check_states(after)]
        return problems

    def _named_layers(self) -> Iterator[tuple[str, Layer]]:
        """Each layer once, under its name in `named_modules()` if it has one."""
        seen: set[nn.Module] = set()
        containers: set[int] = set()
        roots: list[tuple[str, nn.Module]] = [("", self)]
        for prefix, root in roots:
            for path, module in root.named_modules(seen, prefix):
                if isinstance(module, Layer):
                    yield path, module
                for attribute, value in vars(module).items():
                    if attribute not in _OWN_ATTRIBUTES:
                        below = f"{path}.{attribute}".lstrip(".")
                        roots.extend(_modules_within(below, value, containers))


def _modules_within(path: str, value: Any, seen: set[int]) -> Iterator[tuple[str, nn.Module]]:
    """The modules that plain containers hold, which `nn.Module` does not look into."""
    if isinstance(value, nn.Module):
        yield path, value
    elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
        seen.add(id(value))
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _modules_within(f"{path}.{key}", item, seen)
