"""From flat layers to kernels that run a whole sequence, one neuron's timestep at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .expressions import Call, Expression, Name, Operation, names, nodes, transform
from .functions import FUNCTIONS
from .gradient import GRADIENT_OF, OUTPUT, Backward, differentiate
from .model import NUM_NEURONS, Layer, Statement

NOISE = "noise"
QUANTIZER = "identity"
"""The default of the functions that are quantizers."""


@dataclass(frozen=True)
class Kernel:
    """One timestep of a layer whose neurons do not see each other, forwards and backwards.

    Attributes:
        statements: The timestep. It sets `output`, and quantizers have a second argument: a random
            number of their own, `noise_0` and so on in the order in which they are called.
    """

    layer: Layer
    statements: tuple[Statement, ...]
    backward: Backward

    @property
    def forward(self) -> tuple[tuple[Statement, ...], Expression]:
        """What a timestep computes, and what it returns then: a value that has a name already."""
        *before, last = self.statements
        if last.targets == (OUTPUT,) and isinstance(last.expression, Name):
            return tuple(before), last.expression
        return self.statements, Name(OUTPUT)


def kernel(layer: Layer) -> Kernel | None:
    """The kernel of a layer, or None if its neurons see each other or its states have sizes."""
    if not _is_elementwise(layer):
        return None
    statements = layer.statements
    if layer.output != Name(OUTPUT):
        statements = (*statements, Statement((OUTPUT,), layer.output))
    numbered = _Numbered(layer)
    statements = tuple(
        replace(statement, expression=transform(statement.expression, numbered.change))
        for statement in statements
    )
    states = [state.name for state in layer.states]
    given = ["x", *(parameter.name for parameter in layer.parameters)]
    return Kernel(layer, statements, differentiate(statements, given, states))


def quantizers(layer: Layer) -> list[str]:
    """The functions of a layer that may draw random numbers."""
    return [function.name for function in layer.functions if function.default == QUANTIZER]


def noises(kernel: Kernel) -> list[str]:
    """The random numbers that a timestep may use."""
    read = set().union(*(names(statement.expression) for statement in kernel.statements))
    return sorted((name for name in read if name.startswith(NOISE)), key=lambda n: (len(n), n))


def _is_elementwise(layer: Layer) -> bool:
    """Whether each neuron computes with numbers of its own alone, whose names serve a kernel."""
    known = {"x", *(part.name for part in (*layer.parameters, *layer.states))}
    known |= {target for statement in layer.statements for target in statement.targets}
    parts = [node for expression in layer.timestep for node in nodes(expression)]
    called = {part.function for part in parts if isinstance(part, Call)}
    operators = {part.operator for part in parts if isinstance(part, Operation)}
    return (
        not (layer.weights or layer.modules)
        and layer.features == (NUM_NEURONS.name, NUM_NEURONS.name)
        and all(state.shape == (Name(NUM_NEURONS.name),) for state in layer.states)
        and all(name.name in known for name in parts if isinstance(name, Name))
        and all(FUNCTIONS[function].elementwise for function in called & FUNCTIONS.keys())
        and not operators & {"@", "//"}
        and not any(name.startswith((GRADIENT_OF, NOISE)) for name in known)
    )


class _Numbered:
    """Numbers the calls of quantizers in the order in which they are made."""

    def __init__(self, layer: Layer) -> None:
        self.quantizers = quantizers(layer)
        self.count = 0

    def change(self, node: Expression) -> Expression:
        if not (isinstance(node, Call) and node.function in self.quantizers):
            return node
        self.count += 1
        return replace(node, arguments=(*node.arguments, Name(f"{NOISE}_{self.count - 1}")))
