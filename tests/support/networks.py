"""A small network with fixed weights, which several libraries can make, and its inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import nir
import tracetorch as tt
from tracetorch.functional import round_ste

INPUTS, HIDDEN, OUTPUTS = 8, 32, 10


def linear(scale: float = 1.0) -> tuple[nn.Linear, nn.Linear]:
    """Two linear maps."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for inputs, outputs in ((INPUTS, HIDDEN), (HIDDEN, OUTPUTS)):
        layer = nn.Linear(inputs, outputs)
        for parameter, size in zip(layer.parameters(), (0.4, 0.05)):
            values = torch.randn(parameter.shape, generator=generator)
            parameter.data = size * scale * values
        made.append(layer)
    return made[0], made[1]


def sequence(neuron: Callable[[int], Any], scale: float = 1.0) -> nn.Sequential:
    """A network with neurons of any library."""
    first, second = linear(scale)
    return nn.Sequential(first, neuron(HIDDEN), second, neuron(OUTPUTS))


def ours(layer: Any, scale: float = 1.0, **options: Any) -> nn.Sequential:
    """A network with hard spikes of ours."""
    return sequence(lambda size: layer(size, quant_fn=round_ste(), **options), scale)


def inputs() -> Tensor:
    """A hundred timesteps of a batch of four."""
    return torch.rand(100, 4, INPUTS, generator=torch.Generator().manual_seed(1))


def outputs(network: nn.Module) -> Tensor:
    """What a network of ours returns from the beginning of a sequence."""
    tt.zero_states(network)
    found = tt.unroll(network, inputs()).detach()
    tt.zero_states(network)
    return found


def through_a_file(graph: nir.NIRGraph, folder: Path) -> Path:
    """Write a graph, and return the path of the file."""
    path = folder / "network.nir"
    nir.write(path, graph)
    return path
