"""The modules of a network in the order in which its forward applies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import fx, nn


class DeployError(Exception):
    """What of a network cannot be written as C.

    Args:
        problems: A line for each problem, which names the module and says what to do.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("\n".join(problems))


class Refused(Exception):
    """Why one module cannot be written as C, and what to do."""


class Link(NamedTuple):
    """A module of a chain, and its name in the network."""

    name: str
    module: nn.Module

    def __str__(self) -> str:
        return f"{self.name} ({type(self.module).__name__})"


def chain(model: nn.Module) -> tuple[Link, ...]:
    """Return the modules that the forward of a model applies, in order.

    Raises:
        DeployError: The forward does something else.
    """
    root = nn.Sequential(model) if _is_leaf(model) else model
    try:
        graph = _Tracer().trace(root)
    except Exception as error:  # of any type, since the forward of the user runs
        words = f"the forward of {type(model).__name__} cannot be followed: {error}"
        raise DeployError([f"{words}; {_ADVICE}"]) from error
    links, problems = list[Link](), list[str]()
    for node, previous in _steps(graph):
        link = _link(node, root)
        found = (*_departures(node, previous, link), *(_obstacles(link, links) if link else ()))
        problems += [f"{link or node.name}: {problem}" for problem in found]
        links += [link] if link else []
    *_, last, output = graph.nodes
    if output.args != (last,):
        problems.append(f"the result: is not that of the last module alone; {_ADVICE}")
    if problems or not links:
        raise DeployError(problems or ["the model computes nothing"])
    return tuple(links)


_ADVICE = "write the forward as modules in order, as nn.Sequential does"


def _steps(graph: fx.Graph) -> Iterator[tuple[fx.Node, fx.Node]]:
    """Yield each node between the input and the output, and the node before it."""
    nodes = list(graph.nodes)[:-1]
    yield from zip(nodes[1:], nodes)


def _link(node: fx.Node, root: nn.Module) -> Link | None:
    """Return the module that a node applies, also for `flatten`."""
    if node.op == "call_module":
        return Link(str(node.target), root.get_submodule(str(node.target)))
    if node.target in ("flatten", torch.flatten):
        given: dict[str, Any] = dict(zip(("start_dim", "end_dim"), node.args[1:])) | node.kwargs
        return Link(node.name, nn.Flatten(given.get("start_dim", 0), given.get("end_dim", -1)))
    return None


def _departures(node: fx.Node, previous: fx.Node, link: Link | None) -> Iterator[str]:
    """Yield how a node departs from a chain."""
    if node.op == "placeholder":
        yield f"is a second input; {_ADVICE}"
    elif not link:
        yield f"is not a module; {_ADVICE}"
    elif node.all_input_nodes != [previous]:
        yield f"is not given the result of the module before; {_ADVICE}"
    elif len(node.users) != 1:
        yield f"has a result that is used {len(node.users)} times; {_ADVICE}"


def _obstacles(link: Link, before: Iterable[Link]) -> Iterator[str]:
    if any(link.module is other.module for other in before):
        yield "is applied twice; use two modules, as each has states of its own in C"
    if any(part._forward_hooks or part._forward_pre_hooks for part in link.module.modules()):
        yield "has hooks; remove them, as with torch.nn.utils.remove_weight_norm"


class _Tracer(fx.Tracer):
    """Follows a forward down to layers and PyTorch's modules."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return _is_leaf(module)


def _is_leaf(module: nn.Module) -> bool:
    if isinstance(module, nn.Sequential):
        return False
    library = type(module).__module__.partition(".")[0]
    return library in ("torch", "tracetorch") or is_layer(module) or not [*module.children()]


def is_layer(module: nn.Module) -> bool:
    """Whether the class of a module, or one that it is derived from, is generated from a spec."""
    return any(vars(base).get("_digest") for base in type(module).__mro__)
