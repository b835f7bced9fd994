"""The states of all layers that a module holds: reset, detached, saved and loaded."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .layer import Layer
from .precision import own_tensor
from .tree import named_layers, named_modules, states_by_key


class Manager(nn.Module):
    """A module that may reset and detach the layers below it in its own way: `tt.Model`.

    Whatever holds it calls its methods, which a subclass may override, instead of those layers'.
    """

    def zero_states(self) -> None:
        """Reset all states to `None`: the next call begins a new sequence."""
        for member in members_below(self):
            member.zero_states()

    def detach_states(self) -> None:
        """Detach all states from the graph: they keep their values, but pass no gradient back."""
        for member in members_below(self):
            member.detach_states()

    def TTcompile(self) -> None:
        """Prepare for inference: cache the usable parameter values, and run timesteps by kernels.

        Outputs stay equal, up to rounding, and the `state_dict` keeps its keys; `parameters()` no
        longer contains the parameters of the layers.
        """
        for member in members_below(self):
            member.TTcompile()

    def TTdecompile(self) -> None:
        """Undo `TTcompile`, restoring the original `nn.Parameter` objects."""
        for member in members_below(self):
            member.TTdecompile()


def zero_states(module: nn.Module) -> None:
    """Set the states of all layers in a module to `None`: the next call begins a new sequence.

    Each layer is reached once, through `nn.Sequential`, through nested modules and wrappers, and
    through plain lists, tuples and dicts held as attributes. Where a `tt.Model` overrides
    `zero_states`, its method is called.

    Args:
        module: A layer, a model, or any other module; one without layers is left as it is.

    Raises:
        TypeError: `module` is no module.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4))
        >>> y = net(torch.rand(2, 3))
        >>> tt.zero_states(net)
        >>> net[1].mem is None
        True
    """
    _check("zero_states", module)
    for member in _members(module):
        member.zero_states()


def detach_states(module: nn.Module) -> None:
    """Keep the values of the states in a module, but cut the gradients that flow back through them.

    Layers and models are reached as by `tt.zero_states`.

    Args:
        module: A layer, a model, or any other module; one without layers is left as it is.

    Raises:
        TypeError: `module` is no module.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4))
        >>> y = net(torch.rand(2, 3))
        >>> tt.detach_states(net)
        >>> net[1].mem.requires_grad
        False
    """
    _check("detach_states", module)
    for member in _members(module):
        member.detach_states()


def save_states(module: nn.Module) -> dict[str, Tensor]:
    """Copy the states in a module that exist, detached, as `{"net.1.mem": tensor, ...}`.

    Args:
        module: A layer, a model, or any other module.

    Returns:
        A contiguous tensor for each state, under the name of its layer in `module.named_modules()`
        and its own; of a layer itself, under its own.

    Raises:
        TypeError: `module` is no module.
        ValueError: Two states have the same key.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4))
        >>> y = net(torch.rand(2, 3))
        >>> {key: tuple(state.shape) for key, state in tt.save_states(net).items()}
        {'1.mem': (2, 4)}
    """
    _check("save_states", module)
    return {
        key: getattr(layer, name).detach().clone(memory_format=torch.contiguous_format)
        for key, (layer, name) in states_by_key(module).items()
        if getattr(layer, name) is not None
    }


def load_states(
    module: nn.Module,
    states: Mapping[str, Tensor],
    strict: bool = True,
    device: torch.device | str | None = None,
) -> None:
    """Restore states that `save_states` returned, to continue the sequence from there.

    After an error the states of the module are as they were.

    Args:
        module: A layer, a model, or any other module, whose layers have the same names as when the
            states were saved.
        states: Tensors as returned by `save_states`; they are copied.
        strict: Whether every state of the module must be given, so all its layers must have run
            when the states were saved, and whether every key must be known. Without it unknown
            keys are passed over, and states not given stay as they are. Default True.
        device: Where to put the states. Default: where the parameters of their layer are.

    Raises:
        TypeError: `module` is no module, or a state is not a tensor.
        ValueError: Keys are missing or unknown (`strict`), or a state has the wrong shape.

    Example:
        >>> import torch, tracetorch as tt
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4))
        >>> x, y = torch.rand(2, 3), torch.rand(2, 3)
        >>> first = net(x)
        >>> saved = tt.save_states(net)
        >>> second = net(y)
        >>> tt.load_states(net, saved)
        >>> torch.equal(net(y), second)
        True
    """
    _check("load_states", module)
    expected = states_by_key(module)
    known = {key: state for key, state in states.items() if key in expected}
    for key, state in known.items():
        if not isinstance(state, Tensor):
            raise TypeError(f"load_states: {key} must be a tensor, got {state!r}")
    problems = _problems_of_shape(module, known)
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


def members_below(root: nn.Module) -> list[Layer | Manager]:
    """The managers right below a module, and the layers that are in none of them.

    A manager that refers back to the module is not below it.
    """
    below = _layers_and_managers(root)
    managers = [m for m in below if isinstance(m, Manager) and root not in _modules(m)]
    deeper = {member for manager in managers for member in _layers_and_managers(manager)}
    return [
        member
        for member in below
        if member not in deeper and (member in managers or isinstance(member, Layer))
    ]


def _members(module: nn.Module) -> list[Layer | Manager]:
    if isinstance(module, Manager):
        return [module]
    own: list[Layer | Manager] = [module] if isinstance(module, Layer) else []
    return own + members_below(module)  # a layer may be made of others


def _layers_and_managers(root: nn.Module) -> list[Layer | Manager]:
    return [m for m in _modules(root) if m is not root and isinstance(m, (Layer, Manager))]


def _modules(root: nn.Module) -> list[nn.Module]:
    return [module for _, module in named_modules(root)]


def _problems_of_shape(root: nn.Module, states: Mapping[str, Tensor]) -> list[str]:
    problems = []
    for path, layer in named_layers(root):
        prefix = f"{path}." if path else ""
        after = layer._memory.enter_scope().existing | {
            name: states[f"{prefix}{name}"]
            for name in layer._state_sizes
            if f"{prefix}{name}" in states
        }
        title = f"{path}: " if path else ""
        problems += [f"{title}{problem}" for problem in layer._check_states(after)]
    return problems


def _check(function: str, module: nn.Module) -> None:
    if not isinstance(module, nn.Module):
        raise TypeError(f"{function}: module must be a torch.nn.Module, got {module!r}")
