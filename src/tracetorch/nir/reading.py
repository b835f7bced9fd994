"""Reads a graph as a model."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

import nir

from ..core import Layer, Model
from ..core.parameters import TensorFunction
from . import modules, neurons
from .declared import Known, declaration
from .modules import METADATA, Refused, Shape
from .network import LoopedNetwork, Network
from .neurons import Reading
from .parts import Scale, Threshold
from .time import INTEGRATIONS, checked

_MOST_DEPTH = 16
_NEURONS = ("LI", "LIF", "CubaLI", "CubaLIF", "I", "IF")

Edge = tuple[str, str]


@dataclass
class _Flat:
    """The nodes of a graph and of those within it.

    Attributes:
        parts: The modules in a row that each node became, by name.
        shapes: The shapes of the outputs of nodes, where they say them.
        passing: The nodes that return the sum that they take.
        names: The names of all nodes, also of graphs.
    """

    parts: dict[str, list[nn.Module]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    passing: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class Reader:
    """Reads a graph, and collects what cannot be said here.

    Args:
        graph: The graph.
        dt, integration, reset, whole_input: As in `from_nir`.
        layers: Classes that nodes may become, before those of the library.
        functions: The functions of layers whose node does not say them.
    """

    def __init__(
        self,
        graph: nir.NIRGraph,
        dt: float | None,
        integration: str | None,
        reset: str | None,
        whole_input: bool,
        layers: Sequence[type[Layer]],
        functions: Mapping[str, TensorFunction],
    ) -> None:
        if reset not in (None, "set", "subtract"):
            raise ValueError(f"from_nir: reset must be 'set' or 'subtract', got {reset!r}")
        for layer in layers:
            if declaration(layer) is None:
                raise ValueError(f"from_nir: nothing says which node {layer.__name__} is")
        said = _said(graph)
        dt = said.get("dt") if dt is None else dt
        integration = integration or said.get("integration") or INTEGRATIONS[0]
        self.graph = graph
        self.reading = Reading(
            time=None if dt is None else checked(dt, integration),
            reset=reset or "",
            whole_input=whole_input,
            layers=Known(tuple(layers)),
            functions=functions,
            dtype=_dtype(graph),
        )
        self.problems: list[str] = []

    def read(self) -> Model:
        """Return the model.

        Raises:
            ValueError: With everything that cannot be said.
        """
        flat = _Flat()
        self._flatten(self.graph, "", flat, 0)
        inputs, outputs = (_of_type(self.graph, kind) for kind in (nir.Input, nir.Output))
        if len(inputs) != 1 or len(outputs) != 1:
            counts = f"{len(inputs)} inputs and {len(outputs)} outputs"
            self.problems.append(f"the graph has {counts}; a model has one of each")
        self._raise()
        model = self._model(flat, inputs[0], outputs[0])
        self._check_shapes(model, self.graph.nodes[inputs[0]], self.graph.nodes[outputs[0]])
        self._raise()
        return model

    def _check_shapes(self, model: Model, first: nir.Input, last: nir.Output) -> None:
        """Check that the parts fit each other, and the shapes that the graph declares."""
        try:
            given, expected = (_declared_shape(node) for node in (first, last))
            x = torch.zeros((0, *given), dtype=self.reading.dtype)  # which takes no memory
            y = copy.deepcopy(model)(x)
        except (Refused, RuntimeError, ValueError, IndexError, TypeError) as error:
            self.problems.append(f"the nodes do not fit each other: {error}")
            return
        if tuple(y.shape[1:]) != expected:
            found = f"{expected}, and the nodes return {tuple(y.shape[1:])}"
            self.problems.append(f"the output is declared with the shape {found}")

    def _raise(self) -> None:
        if self.problems:
            raise ValueError("from_nir:\n" + "\n".join(f"- {one}" for one in self.problems))

    def _flatten(self, graph: nir.NIRGraph, above: str, flat: _Flat, depth: int) -> None:
        if depth > _MOST_DEPTH:
            self.problems.append(f"{above}: it is nested too deeply")
            return
        is_connected = self._check_edges(graph, above)
        for name, node in graph.nodes.items():
            path = f"{above}.{name}".lstrip(".")
            if path in flat.names:
                self.problems.append(f"{path}: two nodes have this name")
            flat.names.add(path)
            if isinstance(node, (nir.Input, nir.Output)):
                flat.passing.append(path)
                continue
            made = self._parts(node, path)
            if made is None:
                self._flatten(node, path, flat, depth + 1)
                continue
            flat.parts[path] = made
            if shape := _shape_after(node):
                flat.shapes[path] = shape
        for source, target in graph.edges if is_connected else ():
            flat.edges.append(
                (
                    _end(graph, above, source, nir.Output, flat),
                    _end(graph, above, target, nir.Input, flat),
                )
            )

    def _check_edges(self, graph: nir.NIRGraph, above: str) -> bool:
        """Note edges that are none, and return whether there are none of these."""
        where, before = above or "the graph", len(self.problems)
        for edge in graph.edges:
            if len(edge) != 2 or not all(end in graph.nodes for end in edge):
                self.problems.append(f"{where}: the edge {edge!r} is not between two of its nodes")
        if len(set(map(tuple, graph.edges))) < len(graph.edges):
            self.problems.append(f"{where}: it has an edge twice")
        return len(self.problems) == before

    def _parts(self, node: Any, path: str) -> list[nn.Module] | None:
        """Return the modules that a node becomes; None for a graph."""
        is_graph, is_neuron = isinstance(node, nir.NIRGraph), type(node).__name__ in _NEURONS
        try:
            if is_graph or is_neuron:
                made = neurons.own(node, self.reading)
                return made or (neurons.layers_of(node, self.reading) if is_neuron else None)
            part = modules.module_of(node)
        except (Refused, TypeError, ValueError) as problem:
            self.problems.append(f"{path} ({type(node).__name__}): {problem}")
            return []
        if isinstance(part, (Scale, Threshold)):
            part.to(self.reading.dtype)
        return [part]

    def _model(self, flat: _Flat, start: str, end: str) -> Model:
        sources = _sources(flat)
        late = _fed_back(flat, sources)
        order = _ordered(sources, late, start, end)
        unused = [name for name in flat.parts if name not in order]
        if unused:
            self.problems.append(f"{', '.join(unused)}: the output does not depend on it")
        self.problems += [
            f"{name}: nothing leads to it" for name in (*order, end) if not sources[name]
        ]
        self._raise()
        parts: dict[str, nn.Module] = {}
        places, rows = {start: 0}, list[tuple[int, ...]]()
        fed = list(dict.fromkeys(source for source, _ in late))
        count = sum(len(flat.parts[name]) for name in order) + 1
        last = 0
        for name in order:
            given = tuple(
                count + fed.index(source) if (source, name) in late else places[source]
                for source in sources[name]
            )
            for number, part in enumerate(flat.parts[name]):
                is_last = number == len(flat.parts[name]) - 1
                parts[_unique(name if is_last else f"{name}_scale", parts)] = part
                rows.append(given)
                last += 1
                given = (last,)
            places[name] = last
        outputs = tuple(places[source] for source in sources[end])
        if not late:
            return Network(parts, rows, outputs)
        shapeless = [name for name in fed if name not in flat.shapes]
        self.problems += [
            f"{name}: it is fed back, and its shape is not known" for name in shapeless
        ]
        self._raise()
        loops = {places[name]: flat.shapes[name] for name in fed}
        return LoopedNetwork(parts, rows, outputs, loops)


def _said(graph: nir.NIRGraph) -> dict[str, Any]:
    """Return what a graph says of itself."""
    said = graph.metadata.get(METADATA) if isinstance(graph.metadata, Mapping) else None
    try:
        found = json.loads(said) if isinstance(said, str) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _dtype(graph: nir.NIRGraph) -> torch.dtype:
    """Return the type of the weights of a graph, or the default."""
    kinds = {str(weight.dtype) for weight in _weights(graph, 0)}
    named = {"float32": torch.float32, "float64": torch.float64, "float16": torch.float16}
    found = named.get(kinds.pop()) if len(kinds) == 1 else None
    return found or torch.get_default_dtype()


def _weights(graph: nir.NIRGraph, depth: int) -> Iterator[Any]:
    """Yield the weights of a graph, and of those within it."""
    for node in graph.nodes.values():
        if isinstance(node, nir.NIRGraph):
            if depth < _MOST_DEPTH:
                yield from _weights(node, depth + 1)
        elif getattr(node, "weight", None) is not None:
            yield node.weight


def _of_type(graph: nir.NIRGraph, kind: type) -> list[str]:
    return [name for name, node in graph.nodes.items() if isinstance(node, kind)]


def _end(graph: nir.NIRGraph, above: str, name: str, kind: type, flat: _Flat) -> str:
    """Return the node that an edge reaches, which may be within a graph."""
    path, node = f"{above}.{name}".lstrip("."), graph.nodes[name]
    while path not in flat.parts and isinstance(node, nir.NIRGraph):
        inner = _of_type(node, kind)
        if len(inner) != 1:
            raise ValueError(
                f"from_nir:\n- {path}: a graph within a graph has one input and output"
            )
        path, node = f"{path}.{inner[0]}", node.nodes[inner[0]]
    return path


def _shape_after(node: nir.NIRNode) -> Shape | None:
    """Return the shape of the output of a node that says it."""
    output = getattr(node, "output_type", None) or {}
    shape = next(iter(output.values()), None)
    return None if shape is None else tuple(int(size) for size in shape)


def _declared_shape(node: nir.Input | nir.Output) -> Shape:
    values = np.asarray(next(iter(node.input_type.values())))
    if values.dtype.kind not in "iu" or values.ndim != 1 or (values < 1).any():
        raise Refused(f"{values!r} is no shape")
    shape = tuple(int(size) for size in values)
    if math.prod(shape) > _MOST_ELEMENTS:
        raise Refused(f"a value has {math.prod(shape)} elements")
    return shape


_MOST_ELEMENTS = 2**28


def _sources(flat: _Flat) -> dict[str, list[str]]:
    """Return the nodes that each node takes the sum of, in the order of the edges."""
    before: dict[str, list[str]] = {name: [] for name in (*flat.parts, *flat.passing)}
    for source, target in flat.edges:
        before[target].append(source)

    def resolved(name: str, seen: tuple[str, ...] = ()) -> list[str]:
        if name not in flat.passing or not before[name]:
            return [name]
        if name in seen:
            raise ValueError("from_nir:\n- the graph has a loop without a node")
        return [end for source in before[name] for end in resolved(source, (*seen, name))]

    return {
        name: [end for source in sources for end in resolved(source)]
        for name, sources in before.items()
    }


def _fed_back(flat: _Flat, sources: Mapping[str, list[str]]) -> list[Edge]:
    """Return the edges that close loops, which take a value of one timestep before.

    A loop is closed where it comes back to the node by which the input enters it; maps without
    states between that and the last state are applied after the delay, so that they are applied to
    0 at first.
    """
    readers: dict[str, list[str]] = {name: [] for name in sources}
    for target, before in sources.items():
        for source in before:
            readers[source].append(target)
    closing: list[Edge] = []
    is_open: dict[str, bool] = {}
    for start in flat.passing:  # nothing reads those that pass on what others return
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(readers[start]))]
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                is_open[name] = False
                stack.pop()
            elif is_open.get(following):
                closing.append((name, following))
            elif following not in is_open:
                is_open[following] = True
                stack.append((following, iter(readers[following])))
    return [_moved(edge, flat, sources, readers) for edge in closing]


def _moved(
    edge: Edge,
    flat: _Flat,
    sources: Mapping[str, list[str]],
    readers: Mapping[str, list[str]],
) -> Edge:
    source, target = edge
    while (
        not any(isinstance(part, (Layer, Threshold)) for part in flat.parts[source])
        and len(sources[source]) == 1
        and readers[source] == [target]
    ):
        source, target = sources[source][0], source
    return source, target


def _ordered(
    sources: Mapping[str, list[str]], late: Sequence[Edge], start: str, end: str
) -> list[str]:
    """Return the nodes that the output depends on, each after those that it takes in time.

    Raises:
        ValueError: They have a loop that the input does not enter.
    """
    order: dict[str, None] = {}
    waiting = {end: None}
    while waiting:
        name = next(reversed(waiting))
        missing = [
            source
            for source in sources[name]
            if source not in order and (source, name) not in late and source != start
        ]
        if missing and missing[0] in waiting:
            raise ValueError(f"from_nir:\n- {missing[0]}: it is in a loop without an input")
        if missing:
            waiting[missing[0]] = None
        else:
            order[name] = waiting.pop(name)
        if not waiting:  # what is fed back alone
            needed = [source for source, target in late if target in order and source not in order]
            waiting.update(dict.fromkeys(needed[:1]))
    del order[end]
    return list(order)


def _unique(name: str, taken: Mapping[str, nn.Module]) -> str:
    """Return a name for a part: without dots, and not that of a method."""
    plain = re.sub(r"\W", "_", name)
    found, number = plain or "node", 2
    while found in taken or hasattr(nn.ModuleDict(), found):
        found, number = f"{plain}_{number}", number + 1
    return found
