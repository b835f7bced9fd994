"""Writes a model as a graph."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

import nir

from ..core import Layer
from ..core.tree import named_layers
from ..sequence.modules import has_hooks
from ..sequence.plan.forward import graph
from ..sequence.plan.functions import Slot
from ..sequence.plan.graph import Apply, Compute
from . import modules, neurons
from .modules import METADATA, Refused, Shape
from .network import LoopedNetwork
from .time import Time


@dataclass(frozen=True)
class _Value:
    """A value of a timestep: the sum of the outputs of some nodes, and an example of it."""

    sources: tuple[str, ...]
    example: Tensor

    @property
    def shape(self) -> Shape:
        return tuple(self.example.shape[1:])


class Writer:
    """Writes the parts of a model as nodes, and collects what cannot be said.

    Args:
        time: How the equations of nodes are timesteps.
        expand: Whether a layer may become several nodes.
        with_current: Whether a LIF becomes a CubaLIF with a current whose decay is 0.
    """

    def __init__(self, time: Time, expand: bool, with_current: bool) -> None:
        self.time = time
        self.expand = expand
        self.with_current = with_current
        self.nodes: dict[str, nir.NIRNode] = {}
        self.edges: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self.layers: set[Layer] = set()

    def write(self, model: nn.Module, input_shape: Shape) -> nir.NIRGraph:
        """Return a model as a graph.

        Raises:
            ValueError: With everything that cannot be said.
        """
        running = [path for path, layer in named_layers(model) if _is_running(layer)]
        for path in running:
            self.problems.append(
                f"{path or 'the model'}: a sequence is running; call zero_states()"
            )
        example = copy.deepcopy(model)
        first = next(example.parameters(), torch.zeros(()))
        x = torch.zeros((1, *input_shape), dtype=first.dtype, device=first.device)
        self.nodes["input"] = nir.Input(np.array(input_shape))
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            try:
                result = self._module(example, "", _Value(("input",), x))
            except _Stopped:
                pass
        if self.problems:
            raise ValueError("to_nir:\n" + "\n".join(f"- {one}" for one in self.problems))
        self.nodes["output"] = nir.Output(np.array(result.shape))
        self._connect(result, "output")
        self._merge_scales()
        said = {"dt": self.time.dt, "integration": self.time.integration}
        return nir.NIRGraph(
            self.nodes, self.edges, metadata={METADATA: json.dumps(said)}, type_check=False
        )

    def _merge_scales(self) -> None:
        """Scale the input of a neuron by its own fields, which other libraries read."""
        for name, node in [*self.nodes.items()]:
            following = [target for source, target in self.edges if source == name]
            if not isinstance(node, nir.Scale) or len(following) != 1:
                continue
            neuron = self.nodes[following[0]]
            sources = [source for source, target in self.edges if target == following[0]]
            if sources == [name] and neurons.is_scalable(neuron):
                self.nodes[following[0]] = neurons.scaled(neuron, node.scale)
                del self.nodes[name]
                self.edges = [
                    (source, following[0] if target == name else target)
                    for source, target in self.edges
                    if source != name
                ]

    def _connect(self, value: _Value, name: str) -> None:
        if len(set(value.sources)) < len(value.sources):
            self.problems.append(f"{name}: it adds a value to itself; multiply it by 2 instead")
        self.edges += [(source, name) for source in value.sources]

    def _add(self, name: str, node: nir.NIRNode, value: _Value, example: Tensor) -> _Value:
        unique = next(one for one in _numbered(name) if one not in (*self.nodes, "output"))
        self.nodes[unique] = node
        self._connect(value, unique)
        return _Value((unique,), example)

    def _module(self, module: nn.Module, name: str, value: _Value) -> _Value:
        """Write a module, and return its output; of one that cannot be written an example alone."""
        title = f"{name} ({type(module).__name__})" if name else type(module).__name__
        try:
            return self._written(module, name, value)
        except Refused as problem:
            self.problems.append(f"{title}: {problem}")
        try:
            example = module(value.example)
        except Exception as error:  # it may be any class
            self.problems.append(f"{title}: it does not run for this input_shape: {error}")
            raise _Stopped from None
        if not isinstance(example, Tensor):
            raise _Stopped
        return _Value(value.sources, example)

    def _written(self, module: nn.Module, name: str, value: _Value) -> _Value:
        if has_hooks(module):
            raise Refused("it has hooks, which NIR cannot say; remove them")
        label = name or type(module).__name__.lower()
        if isinstance(module, Layer):
            if module in self.layers:
                raise Refused("it runs twice in a timestep, and a node once; use two layers")
            self.layers.add(module)
            example = _run(module, value)
            node = neurons.node_of(module, value.shape, self.time, self.expand, self.with_current)
            return self._add(label, node, value, example)
        if isinstance(module, LoopedNetwork):
            return self._looped(module, name, value)
        if type(module) is nn.Sequential:
            for child, part in zip(module._modules, module):  # which may be there twice
                value = self._module(part, _below(name, child), value)
            return value
        if type(module).__module__.startswith(("torch.nn.", f"{__package__}.parts")):
            found, example = modules.node_of(module, value.shape), _run(module, value)
            if found is None:
                return _Value(value.sources, example)
            return self._add(label, found, value, example)
        return self._followed(module, name, value)

    def _followed(self, module: nn.Module, name: str, value: _Value) -> _Value:
        """Write what the forward of a module does."""
        read = graph(module, 1)
        if isinstance(read, str):
            raise Refused(f"{read}; write it as a chain of modules and sums")
        values = [value]
        for operation in read.operations:
            given = [values[index] for index in operation.inputs]
            if isinstance(operation, Apply):
                part = module.get_submodule(".".join(operation.path))
                if len(given) != 1 or operation.arguments:
                    raise Refused("it calls a module with more than one value")
                values.append(self._module(part, _below(name, ".".join(operation.path)), *given))
            else:
                values.append(self._computed(module, name, operation, given))
        return values[read.output]

    def _computed(
        self, module: nn.Module, name: str, operation: Compute, given: list[_Value]
    ) -> _Value:
        function = operation.function
        slots = [one.index for one in function.arguments if isinstance(one, Slot)]
        is_sum = function.name.rpartition(".")[2] in ("add", "iadd") and not function.keywords
        if is_sum and len(slots) == len(function.arguments) == 2 and not operation.held:
            first, second = (given[index] for index in slots)
            if first.shape != second.shape:
                raise Refused(f"it adds values of the shapes {first.shape} and {second.shape}")
            return _Value(first.sources + second.sources, first.example + second.example)
        raise Refused(f"NIR has no node for {function.name}; use modules and sums")

    def _looped(self, module: LoopedNetwork, name: str, value: _Value) -> _Value:
        """Write a network whose values are fed back."""
        values, later = [value], list[tuple[str, int]]()
        count = len(module.parts) + 1
        for (label, part), (first, more) in zip(module.parts.items(), module.sources):
            given = [index for index in (first, *more) if index < count]
            back = [index - count for index in (first, *more) if index >= count]
            shapes = [values[index].example for index in given]
            shapes += [value.example.new_zeros(1, *module.loops[index].shape) for index in back]
            sources = tuple(name for index in given for name in values[index].sources)
            made = self._module(part, _below(name, label), _Value(sources, shapes[0]))
            later += [(made.sources[0], module.fed_back[index]) for index in back]
            values.append(made)
        for target, index in later:
            self.edges += [(source, target) for source in values[index].sources]
        first, more = module.outputs
        sources = sum((values[index].sources for index in more), values[first].sources)
        return _Value(sources, values[first].example)


def _run(module: nn.Module, value: _Value) -> Tensor:
    try:
        output: Tensor = module(value.example)
    except (RuntimeError, ValueError, IndexError):
        raise Refused("it is given values of another shape than it takes") from None
    return output


class _Stopped(Exception):
    """A module does not run, or returns no tensor, so that nothing after it can be followed."""


def _is_running(layer: Layer) -> bool:
    return any(getattr(layer, name) is not None for name in layer._state_sizes)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _below(name: str, child: str) -> str:
    return f"{name}.{child}".lstrip(".")
