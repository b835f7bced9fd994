"""Whether a layer computes what its nodes say, by running both."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ..core import Layer
from .declared import Declaration, Node, Values, parameters
from .equations import timesteps
from .time import Time

_TIMESTEPS = 48
_CLOSE = 1e-9


def difference(layer: Layer, declared: Declaration, time: Time) -> str:
    """Return how a layer differs from its nodes, or "".

    Both run in float64, for inputs between well below and well above any threshold.
    """
    ours = copy.deepcopy(layer).cpu().double().eval()
    ours.dim = -1
    ours.zero_states()
    theirs = simulation(declared, parameters(ours), time)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        generator = torch.Generator().manual_seed(0)
        shape = _TIMESTEPS, 10, layer.num_neurons
        xs = torch.randn(shape, generator=generator, dtype=torch.float64)
        xs *= 4.0 ** torch.arange(-5, 5, dtype=torch.float64)[:, None]
        for x in xs:
            ys, expected = ours(x), theirs(x)
            if not torch.allclose(ys, expected, rtol=_CLOSE, atol=_CLOSE):
                return _explained(ys, expected)
    return ""


def _explained(ys: Tensor, expected: Tensor) -> str:
    is_discrete = bool((expected == expected.round()).all())
    if is_discrete and bool((ys != ys.round()).any()):
        return "its spikes are smooth, and those of a node are 0 or 1; set quant_fn=round_ste()"
    return (
        "it does not compute what its node does; its functions must fire strictly above the "
        "threshold, and its spec must declare the node that it is"
    )


def simulation(
    declared: Declaration, values: Mapping[str, Tensor], time: Time
) -> Callable[[Tensor], Tensor]:
    """Return a function that runs the nodes of a layer, for one timestep at each call."""
    steps = {
        name: _step(node, node.values(values, time), declared.reset, time)
        for name, node in declared.nodes.items()
    }
    latest: Values = {name: torch.zeros(()) for name in steps}

    def step(x: Tensor) -> Tensor:
        latest["x"] = x
        for name, node in declared.nodes.items():  # a later node still has its previous value
            latest[name] = steps[name](_sum(latest, node.sources))
        return _sum(latest, declared.output)

    return step


def _step(node: Node, fields: Values, reset: str, time: Time) -> Callable[[Tensor], Tensor]:
    match node.kind:
        case "Scale":
            return lambda x: x * fields["scale"]
        case "Threshold":
            return lambda x: (x > fields["threshold"]).to(x.dtype)
    return timesteps(node.kind, fields, reset, time)


def _sum(values: Mapping[str, Tensor], names: tuple[str, ...]) -> Tensor:
    first, *others = (values[name] for name in names)
    return sum(others, first)
