"""A layer of a spec in C: its statements for one element, in a loop over all elements."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from ..classes.source import in_torch
from ..grammar import layers
from ..kernels.kernel import digest, why_not
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Number,
    Operation,
    functions,
    names,
    to_python,
    with_operands,
)
from ..model import Firing, Functional, FunctionKind, Layer, Package, Statement
from ..previous import OUTPUT
from .chain import Refused
from .firing import declared, limit
from .kinds import REAL, Kind, kind
from .literals import literal
from .part import Part, Value
from .printing import called, lines, name_of, to_c


@dataclass(frozen=True)
class Specs:
    """The layers and the functions that specs declare."""

    packages: tuple[Package, ...]
    functional: Functional

    def layer(self, module: nn.Module) -> Layer:
        """Return the layer of a spec that a module was generated from.

        Raises:
            Refused: There is none, or it is not elementwise.
        """
        own = type(module)
        made = vars(own).get("_digest")
        if not made or "step" in vars(module):
            raise Refused(f"is not generated from a spec; {_ADVICE}")
        found = [layer for package in self.packages for layer in layers(package)]
        named = [layer for layer in found if layer.name == own.__name__]
        if not named:
            raise Refused("is in no spec that is read here; give its file by --spec")
        if all(map(why_not, named)):
            raise Refused(f"is not elementwise: {why_not(named[0])}; {_ADVICE}")
        same = [layer for layer in named if digest(layer) == made]
        if not same:
            raise Refused(
                "has other equations than the spec that is read here; generate its class again"
            )
        if same[0].is_random:
            raise Refused("draws random numbers at each timestep")
        return same[0]


_ADVICE = "use a spiking layer, a leaky integrator or a neuron of your own spec"


def layer_part(module: nn.Module, inputs: Value, outputs: Value, specs: Specs) -> Part:
    """Return the part of a layer.

    Raises:
        Refused: It cannot be written as C.
    """
    layer = specs.layer(module)
    fire, constants = _Fire(module, layer, specs), _Constants(module, layer)
    written = [*layer.statements, Statement((OUTPUT,), layer.output)]
    statements = [
        replace(s, expression=fire.replaced(constants.folded(s.expression))) for s in written
    ]
    known = _kinds(statements, layer, fire, inputs)
    read = set().union(*(names(statement.expression) for statement in statements))
    *before, last = statements
    if isinstance(last.expression, Name):  # a statement before set it
        statements = before
    numbers, arrays = constants.divided(read)
    initial, initial_arrays = _initial(module, layer)
    axis = _axis(module, inputs)
    given = {
        "features": inputs.shape[axis],
        "inner": prod(inputs.shape[axis + 1 :]),
        "numbers": numbers,
        "arrays": list(arrays),
        "texts": constants.texts,
        "changed": {target for statement in statements for target in statement.targets},
        "input": known["x"].local,
        "statements": lines(statements, known, ["x", *constants.values, *_states(layer)]),
        "output": to_c(last.expression, known) if statements is before else OUTPUT,
        "limits": {text: literal(value) for text, value in fire.limits.items()},
        "initial": initial,
        "c": name_of,
    }
    return Part(
        template="deploy_layer.c.j2",
        given=given,
        outputs=replace(outputs, kind=known[OUTPUT]),
        constants=arrays | initial_arrays,
        states=tuple(_states(layer)),
        firing=tuple(fire.called.values()),
        called=frozenset(called(statements)),
    )


def _initial(module: Any, layer: Layer) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Return the initial value of each state in C, or "" if it differs between features, and the
    arrays of those."""
    values = {name: torch.as_tensor(v) for name, v in module._initial_values().items()}
    arrays = {name: value for name, value in values.items() if not is_uniform(value)}
    numbers = {name: literal(float(values[name].flatten()[0])) for name in values.keys() - arrays}
    texts = {name: numbers.get(name, "" if name in arrays else "0") for name in _states(layer)}
    return texts, {f"initial_{name}": value for name, value in arrays.items()}


def _states(layer: Layer) -> list[str]:
    return [state.name for state in layer.states]


def _stored(of: Kind) -> Kind:
    return of if of.is_small else Kind(None, of.is_sparse)


def _axis(module: Any, inputs: Value) -> int:
    """Return the dimension of the features in the shape without the batch."""
    axis = int(module.dim) % (len(inputs.shape) + 1) - 1
    if axis < 0:
        raise Refused("has its features in the dimension of the batch; give it another dim")
    return axis


def _kinds(
    statements: Iterable[Statement], layer: Layer, fire: _Fire, inputs: Value
) -> dict[str, Kind]:
    """Return the kinds of all names and functions; a name set several times has one kind."""
    known = {"x": inputs.kind, **dict.fromkeys(_states(layer), REAL)}
    known |= {function: Kind(None, is_sparse=True) for function in fire.discrete}
    before: dict[str, Kind] = {}
    while known != before:
        before = dict(known)
        for statement in statements:
            target = statement.targets[0]
            found = _stored(kind(statement.expression, known))
            known[target] = found if known.get(target, found) == found else REAL
    return known


class _Fire:
    """Replaces calls of the functions that the user chose.

    Attributes:
        called: The functions that must be written as C, by name.
        discrete: Those that are quantizers.
        limits: The compositions that are comparisons, as text, and what they compare with.
    """

    def __init__(self, module: nn.Module, layer: Layer, specs: Specs) -> None:
        self._module = module
        self._chosen = {
            f.name: declared(f.name, getattr(module, f.name), specs.functional, specs.packages)
            for f in layer.functions
        }
        kinds = {f.name: f.kind for f in layer.functions}
        self._quantizers = {name for name in kinds if kinds[name] is FunctionKind.QUANTIZER}
        self.called = dict[str, Firing]()
        self.discrete = set[str]()
        self.limits = dict[str, float]()

    def replaced(self, node: Expression) -> Expression:
        match node:
            case Call(outer, (Call(inner, (x,)),)) if {outer, inner} <= self._chosen.keys():
                found = self._limit(outer, inner)
                if found is not None:
                    return Call("mask", (Operation(self.replaced(x), ">", Number(found)),))
        match node:
            case Call(function, (x,)) if function in self._chosen:
                chosen = self._chosen[function]
                if chosen is None:
                    return self.replaced(x)
                self.called[chosen.name] = chosen
                if function in self._quantizers:
                    self.discrete.add(chosen.name)
                return Call(chosen.name, (self.replaced(x),))
        return with_operands(node, self.replaced)

    def _limit(self, outer: str, inner: str) -> float | None:
        chosen = (self._chosen[inner], self._chosen[outer])
        first, second = getattr(self._module, inner), getattr(self._module, outer)
        found = limit(chosen, lambda x: second(first(x)))
        if found is not None:
            names = [function.name if function else "identity" for function in chosen]
            self.limits[f"{names[1]}({names[0]}(v))"] = found
        return found


class _Constants:
    """The parameters of a layer, and what is computed from them alone.

    Attributes:
        values: Their values, by name.
    """

    def __init__(self, module: nn.Module, layer: Layer) -> None:
        self.values: dict[str, Tensor] = {
            parameter.name: getattr(module, parameter.name) for parameter in layer.parameters
        }
        self.texts = dict[str, str]()
        self._scope = vars(sys.modules[type(module).__module__])
        self._torch = in_torch(layer, next(iter(self.values), ""))
        targets = {target for statement in layer.statements for target in statement.targets}
        self._fixed = dict(self.values)
        for name in targets & self._fixed.keys():
            del self._fixed[name]
        self._called = {function.name for function in layer.functions}
        self._taken = {*self.values, *targets}  # states are targets too

    def folded(self, node: Expression) -> Expression:
        """Return an expression with what depends on parameters alone as a constant."""
        if not self._is_constant(node):
            return with_operands(node, self.folded)
        text = to_python(node)
        same = [name for name, other in self.texts.items() if other == text]
        return Name(same[0] if same else self._new(node, text))

    def _is_constant(self, node: Expression) -> bool:
        match node:
            case Name() | Number():
                return False
            case Operation(_, operator, _) if operator in COMPARISONS:
                return False
        read = names(node)
        return bool(read) and read <= self._fixed.keys() and not functions(node) & self._called

    def _new(self, node: Expression, text: str) -> str:
        new = next(name for i in count() if (name := f"constant_{i}") not in self._taken)
        self._taken.add(new)
        self.texts[new] = text
        source = to_python(node, self._torch)
        self.values[new] = eval(source, self._scope, self._fixed)  # as the class writes it
        return new

    def divided(self, read: Iterable[str]) -> tuple[dict[str, str], dict[str, Tensor]]:
        """Return the numbers that all elements share, in C, and the arrays, of what is read."""
        values = {name: value for name, value in self.values.items() if name in read}
        shared = {name: value for name, value in values.items() if is_uniform(value)}
        numbers = {name: literal(float(value.flatten()[0])) for name, value in shared.items()}
        return numbers, {name: value for name, value in values.items() if name not in shared}


def is_uniform(value: Tensor) -> bool:
    """Whether all elements are the same finite number."""
    first = value.flatten()[0]
    return bool(first.isfinite() and (value == first).all())
