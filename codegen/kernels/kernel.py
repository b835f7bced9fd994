"""Converts flat layers to kernels: one timestep of one neuron, forward and backward."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..classes.listing import timestep
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Operation,
    computed,
    names,
    nodes,
    rename,
    to_python,
    transform,
)
from ..language.functions import FUNCTIONS, NOISES
from ..model import (
    NUM_NEURONS,
    Firing,
    FunctionKind,
    Layer,
    Linear,
    Size,
    State,
    Statement,
    TorchModule,
    Weight,
)
from ..previous import OUTPUT
from .gradient import GRADIENT_OF, Backward, differentiate

NOISE = "noise"

_TAKEN = rf"({GRADIENT_OF}|{NOISE}|own_).*|.*_gradient"
"""Names that a kernel adds to those of a timestep."""


@dataclass(frozen=True)
class Body:
    """The forward and the backward computation of a kernel or a function.

    Attributes:
        given: The inputs, besides the states.
        statements: The statements before the output.
    """

    given: tuple[str, ...]
    states: tuple[str, ...]
    statements: tuple[Statement, ...]
    output: Expression
    backward: Backward

    @property
    def forward(self) -> tuple[Expression, ...]:
        """All expressions of the forward computation."""
        return (*(statement.expression for statement in self.statements), self.output)

    @property
    def backwards(self) -> tuple[Expression, ...]:
        """All expressions of the backward computation."""
        statements = (*self.backward.values, *self.backward.gradients)
        return tuple(statement.expression for statement in statements)

    def printed(
        self,
        lines: Callable[[Sequence[Statement], Iterable[str]], list[str]],
        value: Callable[[Expression], str],
    ) -> dict[str, object]:
        """Return the arguments that all templates of kernels and functions share.

        Args:
            lines: Prints statements, given the names that are already declared.
            value: Prints an expression.
        """
        before = (*self.given, *self.states)
        gradients = [GRADIENT_OF + name for name in (OUTPUT, *self.states)]
        return {
            "statements": lines(self.statements, before),
            "output": value(self.output),
            "values": lines(self.backward.values, before),
            "gradients": lines(self.backward.gradients, gradients),
        }


def read(expressions: Iterable[Expression]) -> set[str]:
    """Return the names that expressions read."""
    return set().union(*map(names, expressions))


def own(function: Firing) -> Firing:
    """Return a function of a file of the user's own, by names that kernels do not use."""
    targets = (target for statement in function.statements[:-1] for target in statement.targets)
    known = (*(number.name for number in function.numbers), *targets)
    new = {name: f"own_{name}" for name in known if re.fullmatch(_TAKEN, name)}
    return replace(
        function,
        name=f"own_{function.name}",
        numbers=tuple(replace(n, name=new.get(n.name, n.name)) for n in function.numbers),
        statements=tuple(_renamed(statement, new) for statement in function.statements),
    )


def digest_of(functions: Iterable[Firing]) -> str:
    """Return a checksum of spike functions, which their module and their kernels contain."""
    lines = [
        f"{function.name}({', '.join(number.name for number in function.numbers)})"
        + "".join(f"\n{s.targets[0]} = {to_python(s.expression)}" for s in function.statements)
        for function in functions
    ]
    return _checksum("\n".join(lines))


def body_of(function: Firing) -> Body:
    """Return the computation of a function of `x`."""
    *before, last = function.statements
    backward = differentiate(function.statements, ["x"])
    return Body(("x",), (), tuple(before), last.expression, backward)


@dataclass(frozen=True)
class Kernel:
    """One timestep of an elementwise layer, forward and backward.

    The names are those of the layer, except where they are reserved in kernels.

    Attributes:
        parameters: Those of the layer, and after them the sizes that a timestep reads.
        sizes: These sizes, by their names in the layer.
        body: The timestep. Each call of a quantizer has its own random number as a second argument:
            `noise_0`, `noise_1`, ... in the order of the calls.
        calls: The quantizer of each call, or the function that draws, in order.
        shared: The quantizers that are called with parameters alone, once for the whole batch.
    """

    layer: Layer
    parameters: tuple[str, ...]
    sizes: tuple[str, ...]
    states: tuple[str, ...]
    functions: tuple[str, ...]
    body: Body
    calls: tuple[str, ...]
    shared: frozenset[str]

    @property
    def digest(self) -> str:
        return digest(self.layer)

    @property
    def noises(self) -> tuple[str, ...]:
        """The names of the random numbers of a timestep."""
        return tuple(f"{NOISE}_{place}" for place in range(len(self.calls)))


def digest(layer: Layer) -> str:
    """Return a checksum of the timestep of a layer, which its class and its kernel contain."""
    declared = [
        *(parameter.name for parameter in layer.parameters),
        *(state.name for state in layer.states),
        *(f"{function.name} = {function.default}" for function in layer.functions),
    ]
    return _checksum("\n".join([*declared, *(line for _, line in timestep(layer))]))


def digest_of_all(layer: Layer) -> str:
    """Return a checksum of the timestep of a layer, and of the shapes of all that it reads."""
    tensors: tuple[State | Weight, ...] = (*layer.weights, *layer.states)
    declared = [*map(repr, layer.modules), *(f"{t.name} {_shape(t)}" for t in tensors)]
    return _checksum("\n".join([digest(layer), *declared]))


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=256)
def kernel(layer: Layer) -> Kernel | None:
    """Return the kernel of a layer, or None if it has none."""
    if why_not(layer):
        return None
    statements = layer.statements
    if layer.output != Name(OUTPUT):
        statements = (*statements, Statement((OUTPUT,), layer.output))
    own = _names(layer)
    quantizers = {own[name]: name for name in _quantizers(layer)}
    numbered = _Numbered(quantizers, ["x", *(own[state.name] for state in layer.states)])
    statements = tuple(numbered.changed(_renamed(statement, own)) for statement in statements)
    states = tuple(own[state.name] for state in layer.states)
    parameters = tuple(own[parameter.name] for parameter in layer.parameters)
    sizes = _sizes(layer)
    backward = differentiate(statements, ("x", *parameters), states)
    parameters += tuple(own[size] for size in sizes)
    return Kernel(
        layer=layer,
        parameters=parameters,
        sizes=sizes,
        states=states,
        functions=tuple(own[function.name] for function in layer.functions),
        body=_body(statements, ("x", *parameters), states, backward),
        calls=tuple(numbered.calls),
        shared=frozenset(numbered.shared),
    )


def _body(
    statements: tuple[Statement, ...],
    given: tuple[str, ...],
    states: tuple[str, ...],
    backward: Backward,
) -> Body:
    """Return the computation of a timestep; its output is a name."""
    *before, last = statements
    if last.targets == (OUTPUT,) and isinstance(last.expression, Name):
        return Body(given, states, tuple(before), last.expression, backward)
    return Body(given, states, statements, Name(OUTPUT), backward)


def why_not(layer: Layer) -> str:
    """Return why a layer has no kernel, or "" if it has one."""
    return next(_obstacles(layer), "")


def _obstacles(layer: Layer) -> Iterator[str]:
    for module in layer.modules:
        match module:
            case TorchModule(name, kind):
                yield f"{name} is an nn.{kind}"
            case Linear(name):
                yield f"{name} mixes its features"
    for weight in layer.weights:
        yield f"{weight.name} is a weight of the shape {_shape(weight)}"
    for state in layer.states:
        if state.shape != (Name(NUM_NEURONS.name),):
            yield f"its state {state.name} has the shape {_shape(state)}"
    for size in layer.features:
        if size != Name(NUM_NEURONS.name):
            yield f"the size of its features is {to_python(size)}, not {NUM_NEURONS.name}"
    for expression in map(computed, layer.timestep):
        for node in nodes(expression):
            match node:
                case Call(name) if name in FUNCTIONS and not FUNCTIONS[name].elementwise:
                    yield f"{name} is not elementwise"
                case Operation(_, "@" | "//" as operator, _):
                    yield f"{operator} is not elementwise"
    numbered = _Numbered({}, ["x", *(state.name for state in layer.states)])
    for statement in layer.statements:
        numbered.changed(statement)
    for name in sorted(numbered.shared):
        yield f"{name} draws random numbers for parameters alone"


def _shape(tensor: State | Weight) -> str:
    return f"[{', '.join(map(to_python, tensor.shape))}]"


def _quantizers(layer: Layer) -> list[str]:
    """Return the functions of a layer that may draw random numbers."""
    quantizer = FunctionKind.QUANTIZER
    return [function.name for function in layer.functions if function.kind is quantizer]


def _sizes(layer: Layer) -> tuple[str, ...]:
    """Return the sizes that a timestep reads."""
    found = read(layer.timestep)
    sizes = (size for size in layer.arguments if isinstance(size, Size))
    return tuple(size.name for size in sizes if size.name in found)


def _names(layer: Layer) -> dict[str, str]:
    """Return the names in the kernel, by the names in the layer."""
    known = [
        *(parameter.name for parameter in layer.parameters),
        *_sizes(layer),
        *(state.name for state in layer.states),
        *(function.name for function in layer.functions),
        *(target for statement in layer.statements for target in statement.targets),
    ]
    return {name: f"own_{name}" if re.fullmatch(_TAKEN, name) else name for name in known}


def _renamed(statement: Statement, new: Mapping[str, str]) -> Statement:
    """Return the statement with new names of values and functions, and with constants folded."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Call):
            return replace(node, function=new.get(node.function, node.function))
        return node

    return replace(
        statement,
        targets=tuple(new.get(target, target) for target in statement.targets),
        expression=computed(transform(rename(statement.expression, new), change)),
    )


class _Numbered:
    """Numbers the calls of quantizers in order, and adds their random numbers, which take the place
    of calls that only draw.

    Args:
        quantizers: The names of the quantizers in the layer, by their names in the kernel.
        batched: The names that differ between the samples of a batch before the timestep.
    """

    def __init__(self, quantizers: Mapping[str, str], batched: Iterable[str]) -> None:
        self.quantizers = quantizers
        self.batched = set(batched)
        self.calls: list[str] = []
        self.shared: set[str] = set()

    def changed(self, statement: Statement) -> Statement:
        expression = transform(statement.expression, self._change)
        if names(expression) & self.batched:
            self.batched.update(statement.targets)
        else:
            self.batched.difference_update(statement.targets)
        return replace(statement, expression=expression)

    def _change(self, node: Expression) -> Expression:
        if not (isinstance(node, Call) and node.function in self.quantizers.keys() | NOISES):
            return node
        name = self.quantizers.get(node.function, node.function)
        self.calls.append(name)
        noise = Name(f"{NOISE}_{len(self.calls) - 1}")
        if names(node) & self.batched:
            self.batched.add(noise.name)
        else:
            self.shared.add(name)
        return noise if name in NOISES else replace(node, arguments=(*node.arguments, noise))
