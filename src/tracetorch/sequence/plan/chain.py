"""A module as a chain of steps, of which some may take a whole sequence at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from torch import Tensor, nn

from ...core import Layer, backend
from ...core.tree import named_modules
from ..choice import draws, is_known, kernel_of, missing
from ..kernel import Kernel
from ..modules import constant, has_hooks, kind
from .forward import Elementwise, links
from .whole import whole


class Way(Enum):
    """How a step takes a sequence."""

    KERNEL = "kernel"
    WHOLE = "whole"
    LOOP = "loop"


@dataclass(frozen=True)
class Step:
    """One module or function of a chain.

    Attributes:
        name: Where it stands, or what it is called.
        module: What runs at a timestep.
        way: How it takes a sequence.
        why: The reason.
        sequence: What runs on a sequence, time first, where that is not `module` in a loop.
        is_entangled: Whether its turn among others like it matters: it draws random numbers, or
            nobody knows what it does.
    """

    name: str
    module: Callable[[Any], Any]
    way: Way
    why: str
    sequence: Callable[[Tensor], Tensor] | None = None
    is_entangled: bool = False

    def in_loop(self, why: str) -> Step:
        """The same step, but through the loop."""
        return replace(self, way=Way.LOOP, why=self.why if self.way is Way.LOOP else why)


def steps(module: nn.Module) -> list[Step]:
    """What a module does, step by step, as far as that can be followed."""
    return _untangled(_steps(module, ""))


def _steps(module: nn.Module, name: str) -> list[Step]:
    own = kind(module)
    if has_hooks(module):
        return [_opaque(module, name, "it has hooks")]
    if not _is_called_as_usual(module):
        return [_opaque(module, name, "it is called in a way of its own")]
    if isinstance(module, Layer):
        return [_layer(module, name)]
    if own is nn.Sequential and own.forward is _ONE_AFTER_THE_OTHER:
        children = module._modules.items()  # with those that stand there twice
        found = [_steps(part, _below(name, child)) for child, part in children if part is not None]
        if len(found) == len(children):
            return [step for part in found for step in part]
    return _stateless(module, name) or _followed(module, name)


_ONE_AFTER_THE_OTHER = nn.Sequential.forward  # before anybody could replace it


@constant
def _is_called_as_usual(module: nn.Module) -> bool:
    """Whether PyTorch alone decides what a call runs; it replaces that itself as it exports."""
    call: Any = kind(module).__call__
    home = getattr(call, "__globals__", {}).get("__name__", "")
    return call is nn.Module.__call__ and home.partition(".")[0] == "torch"


def _layer(layer: Layer, name: str) -> Step:
    is_random = any(map(draws, backend.functions(layer).values()))
    kernel = kernel_of(layer)
    if kernel:
        return Step(name, layer, Way.KERNEL, Kernel.parse(kernel).choice, None, is_random)
    return Step(name, layer, Way.LOOP, missing(layer), None, is_random or not is_known(layer))


def _stateless(module: nn.Module, name: str) -> list[Step]:
    """The step of a module of PyTorch that has no memory."""
    if isinstance(module, _DROPOUTS) and module.training and module.p > 0:
        why = "it draws random numbers at each timestep"
        return [Step(name, module, Way.LOOP, why, is_entangled=True)]
    if kind(module) in _BATCH_NORMS and (module.training or module.running_mean is None):
        return [Step(name, module, Way.LOOP, "its statistics are those of a timestep")]
    sequence = whole(module)
    return [Step(name, module, Way.WHOLE, "it has no memory", sequence)] if sequence else []


_DROPOUTS = nn.modules.dropout._DropoutNd
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def _opaque(module: nn.Module, name: str, why: str) -> Step:
    return Step(name, module, Way.LOOP, why, is_entangled=True)


def _followed(module: nn.Module, name: str) -> list[Step]:
    """The steps of a module whose forward is a chain."""
    chain = links(kind(module).forward)
    if isinstance(chain, str):
        return [_opaque(module, name, chain)]
    found = _linked(module, chain, name)
    return [_opaque(module, name, "its forward is no plain chain")] if found is None else found


def _linked(
    module: nn.Module,
    chain: tuple[Any, ...],
    name: str,
    item: tuple[nn.Module, str] | None = None,
) -> list[Step] | None:
    """The steps of a chain; None if what it calls is no submodule.

    Args:
        item: The module at which a loop over modules is, with its name.
    """
    found: list[Step] = []
    for what, *rest in chain:
        if what == "function":
            found.append(_function(name, *rest))
        elif what == "item" and item:
            found += _steps(*item)
        else:
            part = _submodule(module, rest[0])
            if part is None:
                return None
            linked = _called(module, part, what, rest, name)
            if linked is None:
                return None
            found += linked
    return found


def _called(
    module: nn.Module, part: nn.Module, what: str, rest: list[Any], name: str
) -> list[Step] | None:
    """The steps of a submodule that is called, or whose modules are, one after the other."""
    below = _below(name, rest[0])
    if what == "module":
        return _steps(part, below)
    if kind(part) not in _CONTAINERS:
        return None
    found: list[Step] = []
    for child, item in part._modules.items():
        if item is None:
            return None
        linked = _linked(module, tuple(rest[1:]), name, (item, _below(below, child)))
        if linked is None:
            return None
        found += linked
    return found


def _function(name: str, function: str, *numbers: str) -> Step:
    plain = tuple(int(n) if n.isdigit() else float(n) for n in numbers)
    applied = Elementwise(function, plain)
    label = _below(name, function.rpartition(".")[2])
    return Step(label, applied, Way.WHOLE, "it is elementwise", applied)


def _submodule(module: nn.Module, name: str) -> nn.Module | None:
    """The module that a name is of; None if what Python finds there may be something else."""
    for part in name.split("."):
        found = module._modules.get(part)
        if found is None or not (_is_item if part.isdigit() else _is_attribute)(module, part):
            return None
        module = found
    return module


def _is_item(module: nn.Module, place: str) -> bool:
    return kind(module) in _CONTAINERS and [*module._modules].index(place) == int(place)


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


def _untangled(chain: list[Step]) -> list[Step]:
    """The steps, with a loop for all between the first and the last whose turns matter."""
    entangled = [place for place, step in enumerate(chain) if step.is_entangled]
    repeated = [place for place, step in enumerate(chain) if _is_repeated(step, chain)]
    for places, why in (
        (entangled, "it stands among steps whose turns matter"),
        (repeated, "it stands between two turns of one module"),
    ):
        if len(places) > 1:
            span = range(places[0], places[-1] + 1)
            chain = [s.in_loop(why) if place in span else s for place, s in enumerate(chain)]
    return chain


def _modules(step: Step) -> list[nn.Module]:
    """The modules that a step runs, or may reach, of which something may change in a timestep."""
    if not isinstance(step.module, nn.Module):
        return []
    modules = (module for _, module in named_modules(step.module))
    return [m for m in modules if isinstance(m, Layer) or m._parameters or m._buffers]


def _is_repeated(step: Step, chain: list[Step]) -> bool:
    """Whether a module of a step is one of another step too, and either may change it."""
    return any(
        module is found and (isinstance(module, Layer) or Way.LOOP in (step.way, other.way))
        for module in _modules(step)
        for other in chain
        if other is not step
        for found in _modules(other)
    )


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
