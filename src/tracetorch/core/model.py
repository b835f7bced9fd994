"""The module that manages the states of the layers it contains."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from .memory import Detour
from .states import Manager, load_states, save_states
from .tree import named_layers


class Model(Manager):
    """An `nn.Module` that resets, detaches, saves and loads the states of all its layers.

    Its methods apply to every tracetorch layer that it contains, each layer once: in
    `nn.Sequential`, in nested modules, and in plain lists, tuples and dicts held as attributes.
    The functions `tt.zero_states`, `tt.detach_states`, `tt.save_states` and `tt.load_states` do the
    same for any other module.

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

    def save_states(self) -> dict[str, Tensor]:
        """Return detached copies of the states that are not `None`: `{"net.1.mem": tensor, ...}`.

        Returns:
            A contiguous tensor for each state. Its key is the name of the layer in
            `named_modules()`, a dot and the name of the state.
        """
        return save_states(self)

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
        load_states(self, states, strict, device)

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
