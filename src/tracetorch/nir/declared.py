"""The nodes that a layer is, as its spec declares them."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from torch import Tensor

from .. import functional, snn, zoo
from ..core import Layer, backend
from .time import Time

Values = dict[str, Tensor]
"""Numbers in float64, by the names of parameters or of fields."""


@dataclass(frozen=True)
class Node:
    """A node of a layer, and the formulas of its fields."""

    kind: str
    sources: tuple[str, ...]
    fields: Mapping[str, CodeType]

    def values(self, parameters: Mapping[str, Tensor], time: Time) -> Values:
        """Return the fields, each 0-d or with a value for each neuron."""
        return {name: _value(formula, parameters, time) for name, formula in self.fields.items()}


@dataclass(frozen=True)
class Declaration:
    """What a layer is.

    Attributes:
        nodes: In order; one that takes the output of a later one takes it a timestep late.
        output: The nodes whose sum the layer returns.
        reset: What a spike does to the membrane, `subtract` or `set`; "" if no node fires.
        inverse: The formulas of the parameters, of the fields of the only node.
    """

    nodes: Mapping[str, Node]
    output: tuple[str, ...]
    reset: str
    inverse: Mapping[str, CodeType]

    @property
    def only(self) -> Node | None:
        """The node, if there is only one."""
        return next(iter(self.nodes.values())) if len(self.nodes) == 1 else None

    def parameters(self, fields: Mapping[str, Tensor], time: Time) -> Values:
        """Return the parameters of a layer that is a node with these fields."""
        return {name: _value(formula, fields, time) for name, formula in self.inverse.items()}


def _value(formula: CodeType, values: Mapping[str, Tensor], time: Time) -> Tensor:
    known = {"time_constant": time.time_constant, "decay": time.decay, "dt": time.dt, **values}
    found = eval(formula, {"torch": torch, **vars(functional), **known})
    return torch.as_tensor(found, dtype=torch.float64)


def parameters(layer: Layer) -> Values:
    """Return the usable values of a layer in float64."""
    usable = backend.parameters(layer)
    return {name: value.detach().cpu().to(torch.float64) for name, value in usable.items()}


def declaration(layer: type[Layer]) -> Declaration | None:
    """Return what the layers of a class are, from the description beside its module, if it says so."""
    file = getattr(sys.modules.get(layer.__module__), "__file__", None) or "-"
    return _declaration(file, layer.__name__, vars(layer).get("_digest"))


@functools.lru_cache(maxsize=1024)
def _declaration(file: str, name: str, digest: str | None) -> Declaration | None:
    path = Path(file).with_name("kernels") / f"{Path(file).stem}.jsonc"
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    facts = json.loads("\n".join(line for line in lines if not line.startswith("//")))
    if "nir" not in facts or (facts["layer"], facts.get("digest")) != (name, digest):
        return None
    found = facts["nir"]
    nodes = {
        name: Node(node["node"], tuple(node["from"]), _compiled(node["fields"], path))
        for name, node in found["nodes"].items()
    }
    inverse = _compiled(found["inverse"], path)
    return Declaration(nodes, tuple(found["output"]), found["reset"], inverse)


def _compiled(formulas: Mapping[str, str], path: Path) -> dict[str, CodeType]:
    return {name: compile(text, str(path), "eval") for name, text in formulas.items()}


@dataclass(frozen=True)
class Known:
    """The layers that a node may become.

    Attributes:
        given: Classes of the user's own, before those of the library.
    """

    given: tuple[type[Layer], ...] = ()

    def candidates(self) -> Iterator[tuple[type[Layer], Declaration]]:
        """Yield the layers that are nodes, and what they are."""
        for layer in (*self.given, *_of_library()):
            if declared := declaration(layer):
                yield layer, declared

    def name(self, layer: type[Layer]) -> str:
        """Return the name by which `named` finds a layer of the library, or that of another."""
        package = layer.__module__.split(".")[1:2]
        name = ".".join([*package, layer.__name__])
        return name if self.named(name) is layer else layer.__name__

    def named(self, name: str) -> type[Layer] | None:
        """Return the layer of this name, such as `snn.LIB`, that is a node."""
        for layer in self.given:
            if layer.__name__ == name:
                return layer
        first, *rest = name.split(".")
        found: Any = {"snn": snn, "zoo": zoo}.get(first)
        for part in rest:
            found = getattr(found, part) if part in getattr(found, "__all__", ()) else None
        is_layer = isinstance(found, type) and issubclass(found, Layer)
        return found if is_layer and declaration(found) else None


def _of_library() -> Iterator[type[Layer]]:
    for package in (snn, zoo):
        for name in package.__all__:
            found = getattr(package, name)
            if isinstance(found, type) and issubclass(found, Layer):
                yield found
