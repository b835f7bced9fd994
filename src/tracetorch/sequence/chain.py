"""A module as a chain of steps, of which some may take a whole sequence at once."""

from __future__ import annotations

import operator
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from ..core import Layer
from .source import draws, has_hooks, is_known, kernel_of, kind, missing
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
    if has_hooks(module):
        return [_opaque(module, name, "it has hooks")]
    if isinstance(module, Layer):
        return [_layer(module, name)]
    if kind(module) is nn.Sequential:
        children = module._modules.items()  # with those that stand there twice
        return [
            step for child, part in children if part for step in _steps(part, _below(name, child))
        ]
    return _stateless(module, name) or _followed(module, name)


def _layer(layer: Layer, name: str) -> Step:
    is_random = any(draws(getattr(layer, function)) for function in layer._functions)
    kernel = kernel_of(layer)
    if kernel:
        return Step(name, layer, Way.KERNEL, kernel, None, is_random)
    return Step(name, layer, Way.LOOP, missing(layer), None, is_random or not is_known(layer))


def _stateless(module: nn.Module, name: str) -> list[Step]:
    """The step of a module of PyTorch that has no memory."""
    if isinstance(module, _DROPOUTS) and module.training and module.p > 0:
        why = "it draws random numbers at each timestep"
        return [Step(name, module, Way.LOOP, why, is_entangled=True)]
    if isinstance(module, _BATCH_NORMS) and (module.training or module.running_mean is None):
        return [Step(name, module, Way.LOOP, "its statistics are those of a timestep")]
    sequence = whole(module)
    return [Step(name, module, Way.WHOLE, "it has no memory", sequence)] if sequence else []


_DROPOUTS = nn.modules.dropout._DropoutNd
_BATCH_NORMS = nn.modules.batchnorm._BatchNorm


def _opaque(module: nn.Module, name: str, why: str) -> Step:
    return Step(name, module, Way.LOOP, why, is_entangled=True)


def _followed(module: nn.Module, name: str) -> list[Step]:
    """The steps of a module whose forward is a chain."""
    before = [(part, _contents(vars(part))) for part in module.modules()]
    try:
        graph = _Tracer().trace(module)
    except Exception:  # whatever a forward may raise that is not given a tensor
        return [_opaque(module, name, "its forward cannot be followed")]
    finally:
        has_changed = [_restore(vars(part), contents) for part, contents in before]
    if any(has_changed):
        return [_opaque(module, name, "its forward changes its attributes")]
    found: list[Step] = []
    previous, *nodes = graph.nodes
    for node in nodes:
        if node.all_input_nodes != [previous] or len(previous.users) != 1:
            return [_opaque(module, name, "its forward is no chain")]
        if node.op == "output":
            is_tensor = node.args[0] is previous
            return found if is_tensor else [_opaque(module, name, "it returns no tensor")]
        found += _node(module, node, name)
        previous = node
    return found


def _node(root: nn.Module, node: fx.Node, name: str) -> list[Step]:
    if node.op == "call_module" and len(node.args) == 1 and not node.kwargs:
        target = str(node.target)
        return _steps(root.get_submodule(target), _below(name, target))
    function = _Node(root, node)
    label = _below(name, node.name)
    if node.target in _ELEMENTWISE:
        return [Step(label, function, Way.WHOLE, "it is elementwise", function)]
    return [Step(label, function, Way.LOOP, "it may mix timesteps", is_entangled=True)]


@dataclass(frozen=True)
class _Node:
    """What a node of a chain computes."""

    root: nn.Module
    node: fx.Node

    def __call__(self, x: Any) -> Any:
        args, kwargs = fx.map_arg((self.node.args, self.node.kwargs), lambda _: x)
        if self.node.op == "call_module":
            return self.root.get_submodule(str(self.node.target))(*args, **kwargs)
        if self.node.op == "call_method":
            return getattr(args[0], str(self.node.target))(*args[1:], **kwargs)
        return self.node.target(*args, **kwargs)  # type: ignore[operator]


_ELEMENTWISE = {
    *(operator.add, operator.mul, operator.neg, operator.sub, operator.truediv),
    *(torch.abs, torch.exp, torch.neg, torch.relu, torch.sigmoid, torch.sin, torch.tanh),
    *(F.elu, F.gelu, F.hardtanh, F.leaky_relu, F.relu, F.silu, F.softplus),
    *("abs", "exp", "neg", "relu", "sigmoid", "sin", "tanh"),
}
"""Functions that treat each number by itself, given numbers only beside the sequence."""


class _Tracer(fx.Tracer):
    """Follows a forward, but not into the modules it calls."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def _contents(attributes: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Attributes, and what they contain."""
    return {
        name: (value, copy(value) if isinstance(value, _CONTAINERS) else None)
        for name, value in attributes.items()
    }


def _restore(attributes: dict[str, Any], before: dict[str, tuple[Any, Any]]) -> bool:
    """Undo all changes of attributes, and say whether there were any."""
    is_same = attributes.keys() == before.keys() and all(
        attributes[name] is value and (inside is None or _same(value, inside))
        for name, (value, inside) in before.items()
    )
    if not is_same:
        attributes.clear()
        for name, (value, inside) in before.items():
            attributes[name] = value
            if inside is not None:
                value.clear()
                (value.extend if isinstance(value, list) else value.update)(inside)
    return not is_same


_CONTAINERS = (dict, list, set)


def _same(left: Any, right: Any) -> bool:
    pairs = zip(left.items(), right.items()) if isinstance(left, dict) else zip(left, right)
    return len(left) == len(right) and all(map(_identical, pairs))


def _identical(pair: tuple[Any, Any]) -> bool:
    left, right = pair
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_identical, zip(left, right)))
    return left is right


def _untangled(chain: list[Step]) -> list[Step]:
    """The steps, with a loop for all between the first and the last whose turns matter."""
    entangled = [place for place, step in enumerate(chain) if step.is_entangled]
    repeated = [place for place, step in enumerate(chain) if _is_repeated(step, chain)]
    for places, why in (
        (entangled, "it stands among steps whose turns matter"),
        (repeated, "it stands between two turns of one layer"),
    ):
        if len(places) > 1:
            span = range(places[0], places[-1] + 1)
            chain = [s.in_loop(why) if place in span else s for place, s in enumerate(chain)]
    return chain


def _is_repeated(step: Step, chain: list[Step]) -> bool:
    return isinstance(step.module, Layer) and sum(s.module is step.module for s in chain) > 1


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
