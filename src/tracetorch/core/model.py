"""The module that manages the states of the layers it contains."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from .layer import Layer
from .memory import Detour
from .precision import own_tensor
from .tree import named_layers, named_modules, states_by_key


class Model(nn.Module):
    """An `nn.Module` that resets, detaches, saves and loads the states of all its layers.

    Its methods apply to every traceTorch layer that it contains, each layer once: in
    `nn.Sequential`, in nested modules, and in plain lists, tuples and dicts held as attributes.

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
        """Reset all states to `None`: the next call begins a new sequence."""
        for member in self._members():
            member.zero_states()

    def detach_states(self) -> None:
        """Detach all states from the graph: they keep their values, but pass no gradient back."""
        for member in self._members():
            member.detach_states()

    def save_states(self) -> dict[str, Tensor]:
        """Return detached copies of the states that are not `None`: `{"net.1.mem": tensor, ...}`.

        Returns:
            A contiguous tensor for each state. Its key is the name of the layer in
            `named_modules()`, a dot and the name of the state.
        """
        return {
            key: getattr(layer, name).detach().clone(memory_format=torch.contiguous_format)
            for key, (layer, name) in states_by_key(self).items()
            if getattr(layer, name) is not None
        }

    def load_states(
        self,
        states: Mapping[str, Tensor],
        strict: bool = True,
        device: torch.device | str | None = None,
    ) -> None:
        """Load states returned by `save_states`: the next call continues their sequence.

        Args:
            states: Tensors as returned by `save_states`; they are copied.
            strict: Whether missing and unknown keys are errors. All layers must then have run
                before the states were saved. If `False`, unknown keys are ignored, and states
                that are not given do not change.
            device: The device for the states; by default that of the parameters of their layer.

        Raises:
            TypeError: A state is not a tensor.
            ValueError: Keys are missing or unknown (with `strict`), or a state has the wrong shape.

        After an error, the states of the model are unchanged.
        """
        expected = states_by_key(self)
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
        copies: dict[Layer, dict[str, Tensor]] = {}
        for key, state in known.items():
            layer, name = expected[key]
            own = own_tensor(layer) if device is None else None
            target = device if own is None else own.device
            copies.setdefault(layer, {})[name] = state.detach().to(device=target, copy=True)
        for layer, loaded in copies.items():
            layer._memory.enter_scope().continue_from(loaded)

    def TTcompile(self) -> None:
        """Prepare for inference: compute the usable parameter values once and cache them.

        Outputs stay equal and the `state_dict` keeps its keys; `parameters()` no longer contains
        the parameters of the layers.
        """
        for member in self._members():
            member.TTcompile()

    def TTdecompile(self) -> None:
        """Undo `TTcompile`, restoring the original `nn.Parameter` objects."""
        for member in self._members():
            member.TTdecompile()

    def train(self, mode: bool = True) -> Model:
        """Switch all modules between training and evaluation, as in any `nn.Module`.

        Raises:
            RuntimeError: `mode` is `True`, but the model is compiled by `TTcompile`.
        """
        for _, layer in named_layers(self):
            layer._check_mode(mode)
        return super().train(mode)

    def replay_states(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Return the contexts with which a checkpoint recomputes timesteps from their first states.

        Returns:
            The contexts of the forward pass and of the recomputation, as the `context_fn` of
            `torch.utils.checkpoint.checkpoint(chunk, xs, use_reentrant=False,
            context_fn=model.replay_states)`.
        """
        memories = [layer._memory for _, layer in named_layers(self)]
        return nullcontext(), Detour((memory, memory.enter_scope().copy()) for memory in memories)

    def _members(self) -> list[Layer | Model]:
        """Return the models directly contained, and the layers that are in none of them.

        A model that contains this one does not count.
        """
        below = _layers_and_models(self)
        models = [m for m in below if isinstance(m, Model) and self not in _layers_and_models(m)]
        deeper = {member for model in models for member in _layers_and_models(model)}
        return [
            member
            for member in below
            if member not in deeper and (member in models or isinstance(member, Layer))
        ]

    def _problems_of_shape(self, states: Mapping[str, Tensor]) -> list[str]:
        problems = []
        for path, layer in named_layers(self):
            after = layer._memory.enter_scope().existing | {
                name: states[f"{path}.{name}"]
                for name in layer._state_sizes
                if f"{path}.{name}" in states
            }
            problems += [f"{path}: {problem}" for problem in layer._check_states(after)]
        return problems


def _layers_and_models(root: nn.Module) -> list[Layer | Model]:
    modules = (module for _, module in named_modules(root))
    return [m for m in modules if m is not root and isinstance(m, (Layer, Model))]
