"""A module as a chain of steps, and how each step runs for a whole sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias, cast

from torch import Tensor, nn

from ...core import Layer, backend
from ...core.tree import named_modules
from ..choice import draws, is_known, kernel_of, why_not
from ..kernel import Kernel
from ..modules import constant, has_hooks, kind
from .forward import Apply, Each, Elementwise, Link, links
from .whole import whole


class Way(Enum):
    """How a step runs for a sequence."""

    KERNEL = "kernel"
    WHOLE = "whole"
    LOOP = "loop"


@dataclass(frozen=True)
class Step:
    """One module or function of a chain.

    Attributes:
        name: The path of the module within the one that is run, or the name of the function.
        module: The module or function to call at a timestep.
        way: How it runs for a sequence.
        why: The reason for `way`.
        sequence: The function of a whole sequence, time first, if `way` is `WHOLE`.
        is_ordered: Whether its calls must stay in order with those of other such steps, because it
            draws random numbers or may have side effects.
    """

    name: str
    module: Callable[[Any], Any]
    way: Way
    why: str
    sequence: Callable[[Tensor], Tensor] | None = None
    is_ordered: bool = False

    def in_loop(self, why: str) -> Step:
        """Return the same step, run in the loop."""
        return replace(self, way=Way.LOOP, why=self.why if self.way is Way.LOOP else why)


def steps(module: nn.Module) -> list[Step]:
    """Return the steps of a module, in order; a module that cannot be analysed is one step."""
    return _in_order(_steps(module, ""))


def _steps(module: nn.Module, name: str) -> list[Step]:
    own = kind(module)
    if has_hooks(module):
        return [_opaque(module, name, "it has hooks")]
    if not _is_called_as_usual(module):
        return [_opaque(module, name, "it has a __call__ of its own")]
    if isinstance(module, Layer):
        return [_layer(module, name)]
    if own is nn.Sequential and own.forward is _SEQUENTIAL_FORWARD:
        children = module._modules.items()  # including repeated modules
        found = [_steps(part, _below(name, child)) for child, part in children if part is not None]
        if len(found) == len(children):
            return [step for part in found for step in part]
    return _stateless(module, name) or _followed(module, name)


_SEQUENTIAL_FORWARD = nn.Sequential.forward  # before it can be replaced


@constant
def _is_called_as_usual(module: nn.Module) -> bool:
    """Whether `__call__` is that of PyTorch, which replaces it itself during export."""
    call: Any = kind(module).__call__
    home = getattr(call, "__globals__", {}).get("__name__", "")
    return call is nn.Module.__call__ and home.partition(".")[0] == "torch"


def _layer(layer: Layer, name: str) -> Step:
    is_random = any(map(draws, backend.functions(layer).values()))
    kernel = kernel_of(layer)
    if kernel:
        return Step(name, layer, Way.KERNEL, Kernel.parse(kernel).choice, None, is_random)
    return Step(name, layer, Way.LOOP, why_not(layer), None, is_random or not is_known(layer))


def _stateless(module: nn.Module, name: str) -> list[Step]:
    """Return the step of a PyTorch module without states; nothing for other modules."""
    if isinstance(module, _DROPOUTS) and module.training and module.p > 0:
        why = "it draws random numbers at each timestep"
        return [Step(name, module, Way.LOOP, why, is_ordered=True)]
    if kind(module) in _BATCH_NORMS and (module.training or module.running_mean is None):
        return [Step(name, module, Way.LOOP, "its statistics are those of one timestep")]
    sequence = whole(module)
    return [Step(name, module, Way.WHOLE, "it has no memory", sequence)] if sequence else []


_DROPOUTS = nn.modules.dropout._DropoutNd
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def _opaque(module: nn.Module, name: str, why: str) -> Step:
    return Step(name, module, Way.LOOP, why, is_ordered=True)


def _followed(module: nn.Module, name: str) -> list[Step]:
    """Return the steps of a module whose forward is a chain, or one step for the whole module."""
    chain = links(kind(module).forward)
    if isinstance(chain, str):
        return [_opaque(module, name, chain)]
    parts = _parts(module, chain, name)
    if any(part is None for _, part in parts):
        return [_opaque(module, name, "its forward is no plain chain")]
    return [step for part_name, part in parts for step in _part(part, part_name)]


_Part: TypeAlias = nn.Module | Elementwise | None


def _parts(
    module: nn.Module, chain: tuple[Link, ...], name: str, item: tuple[str, _Part] = ("", None)
) -> list[tuple[str, _Part]]:
    """Return the modules and functions that a chain calls, in order; None for a missing submodule.

    Args:
        item: The current module of the loop around the chain, with its name.
    """
    found: list[tuple[str, _Part]] = []
    for link in chain:  # without `match`, which older torch.compile does not support
        if isinstance(link, Elementwise):
            # A copy, since torch.compile cannot call an object that a constant function returned.
            function = Elementwise(link.name, link.numbers)
            found.append((_below(name, link.name.rpartition(".")[2]), function))
        elif isinstance(link, Apply):
            found.append((_below(name, link.name), _submodule(module, link.name)))
        elif isinstance(link, Each):
            for inner in _items(module, link.modules, name):
                is_none = inner[1] is None
                found += [inner] if is_none else _parts(module, link.links, name, inner)
        else:
            found.append(item)
    return found


def _items(module: nn.Module, container: str, name: str) -> list[tuple[str, _Part]]:
    """Return the modules of a container with their names; one None if it is not a container."""
    found = _submodule(module, container)
    if found is None or kind(found) not in _CONTAINERS:
        return [("", None)]
    return [(_below(name, f"{container}.{child}"), item) for child, item in found._modules.items()]


def _part(part: _Part, name: str) -> list[Step]:
    if isinstance(part, Elementwise):
        return [Step(name, part, Way.WHOLE, "it is elementwise", part)]
    return _steps(cast(nn.Module, part), name)


def _submodule(module: nn.Module, name: str) -> nn.Module | None:
    """Return the submodule of a name; None if Python may look up something else by that name."""
    for part in name.split("."):
        found = module._modules.get(part)
        if found is None or not (_is_item if part.isdigit() else _is_attribute)(module, part):
            return None
        module = found
    return module


def _is_item(module: nn.Module, index: str) -> bool:
    return kind(module) in _CONTAINERS and [*module._modules].index(index) == int(index)


@constant
def _is_attribute(module: nn.Module, name: str) -> bool:
    own = type(module)
    is_looked_up = (
        own.__getattribute__ is nn.Module.__getattribute__
        and own.__getattr__ is nn.Module.__getattr__
        and name not in vars(module)
    )
    return is_looked_up and not hasattr(own, name)


_CONTAINERS = (nn.ModuleList, nn.Sequential)


def _in_order(chain: list[Step]) -> list[Step]:
    """Return the steps, with one loop from the first to the last whose calls must stay in order."""
    ordered = [index for index, step in enumerate(chain) if step.is_ordered]
    repeated = [index for index, step in enumerate(chain) if _is_repeated(step, chain)]
    for indices, why in (
        (ordered, "it is among steps whose order matters"),
        (repeated, "it is among steps that call one module twice"),
    ):
        if len(indices) > 1:
            span = range(indices[0], indices[-1] + 1)
            chain = [s.in_loop(why) if index in span else s for index, s in enumerate(chain)]
    return chain


def _modules(step: Step) -> list[nn.Module]:
    """Return the modules in a step that a timestep may change: layers, and those with tensors."""
    if not isinstance(step.module, nn.Module):
        return []
    modules = (module for _, module in named_modules(step.module))
    return [m for m in modules if isinstance(m, Layer) or m._parameters or m._buffers]


def _is_repeated(step: Step, chain: list[Step]) -> bool:
    """Whether a step shares a module with another step, and one of them may change it."""
    return any(
        module is found and (isinstance(module, Layer) or Way.LOOP in (step.way, other.way))
        for module in _modules(step)
        for other in chain
        if other is not step
        for found in _modules(other)
    )


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
