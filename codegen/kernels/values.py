"""The values of a timestep: their unique names, what they depend on, and their shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum

from ..language.expressions import (
    Call,
    Expression,
    Name,
    Operation,
    functions,
    names,
    nodes,
    parse,
    rename,
    to_python,
)
from ..language.functions import FUNCTIONS
from ..language.sizes import Polynomial, size_of
from ..model import DIM, DROPPED, Layer, Linear, Size, Statement, TorchModule
from ..reading.names import RESERVED
from ..reading.shapes import Shape, ShapeError, Shapes, state_shape, weight_shape
from ..reading.sizes import samples_of

LINEAR = "nn.functional.linear"
"""The function of a vector, a matrix of the outputs x the inputs, and perhaps a bias."""

TRANSPOSED = "torch.t"
"""The function that transposes a matrix."""

FILTERED = "filtered"
"""The function of a buffer of the last inputs and weights that returns their weighted sum."""

PER_MATRIX = "per_matrix"
"""The function of a value and a weight of several matrices that multiplies each of them."""

LAGGED = "lagged"
"""The function of a state and its next value that returns the state before each timestep."""

DIVIDING = ("chunk", "split")
JOINING = ("cat", "push")
MIXING = (*JOINING, LINEAR, TRANSPOSED, *DIVIDING, LAGGED, "reshape", "select")
"""Functions whose elements depend on other features of their arguments."""


class NoParts(Exception):
    """A timestep has no recurrence that a kernel can compute; the message says why."""


class Level(IntEnum):
    """What a value depends on: parameters alone, the input but no state, or states."""

    ONCE = 0
    INPUT = 1
    STATE = 2


class Values:
    """The values of a timestep by unique names, such as `mem`, `mem#1` and `mem#2`.

    Args:
        layer: The layer, whose parameters, weights, states and sizes have a value at the beginning.
        ordered: Whether the functions that the user chooses are called in order, one timestep after
            the other, since they may be random.

    Attributes:
        functions: The functions called in order.
        linear: The linear maps, by name.
        others: The other modules, by name.
        sources: The name in the layer that each value is named after.
        windows: The names of the states that only the input determines.
    """

    def __init__(self, layer: Layer, ordered: bool = True) -> None:
        inputs, outputs = layer.features
        linear = [module for module in layer.modules if isinstance(module, Linear)]
        others = [module for module in layer.modules if isinstance(module, TorchModule)]
        self.linear = {module.name: module for module in linear}
        self.others = {module.name: module for module in others}
        called = {function.name for function in layer.functions}
        self.functions = called if ordered else set()
        sizes = [a for a in layer.arguments if isinstance(a, Size) and a is not DIM]
        self.sizes = {size.name: samples_of(size.least, size.default) for size in sizes}
        once = {
            **{p.name: weight_shape([outputs]) for p in layer.parameters},  # of any rank
            **{weight.name: weight_shape(weight.shape) for weight in layer.weights},
            **{f"{m.name}.weight": weight_shape([m.outputs, m.inputs]) for m in linear},
            **{f"{m.name}.bias": weight_shape([m.outputs]) for m in linear},
        }
        states = {state.name: state_shape(state.shape) for state in layer.states}
        known = {**once, "x": state_shape([inputs]), **states}
        self.shapes = _Shapes(known, layer.modules, self.sizes)
        self.levels = {
            **dict.fromkeys([*once, *self.sizes], Level.ONCE),
            "x": Level.INPUT,
            **dict.fromkeys(states, Level.STATE),
        }
        self.sources = {name: name for name in self.levels}
        self.taken = {*self.levels, *self.linear, *self.others, *called, *FUNCTIONS, *RESERVED}
        self.windows = set[str]()

    def new(self, source: str) -> str:
        """Return a unique name for a value."""
        name = f"{source}#{len(self.sources)}"
        self.sources[name] = source
        return name

    def define(self, statement: Statement, level: Level | None = None) -> Statement:
        """Record what the targets of a statement depend on, and their shapes."""
        expression, targets = statement.expression, statement.targets
        level = self.level(expression) if level is None else level
        try:
            shapes = self.shapes.parts(expression, len(targets))
        except ShapeError as error:  # it is right where all neurons share a parameter
            raise NoParts(f"with parameters of each neuron, {error.message}") from error
        for target, shape in zip(targets, shapes):
            if target != DROPPED:
                self._check_known(shape, expression)
                self.levels[target] = max(level, self.levels.get(target, level))
                self.shapes.known[target] = shape
        return statement

    def level(self, expression: Expression) -> Level:
        """Return what an expression depends on; only the recurrence calls functions in order."""
        if functions(expression) & self.functions:
            return Level.STATE
        return max((self.levels[name] for name in names(expression)), default=Level.ONCE)

    def shape(self, expression: Expression) -> Shape:
        """Return the shape of an expression."""
        return self._check_known(self.shapes.of(expression), expression)

    def _check_known(self, shape: Shape | None, expression: Expression) -> Shape:
        if shape is None:
            unknown = (node for node in nodes(expression) if self.shapes.of(node) is None)
            raise NoParts(f"the shape of {self.text([*unknown][-1])} is not known")
        return shape

    def last_size(self, expression: Expression) -> Expression:
        """Return the size of the last dimension of an expression."""
        return size_expression(self.shape(expression).sizes[-1])

    def is_number(self, expression: Expression) -> bool:
        """Whether an expression is made of numbers and sizes."""
        return names(expression) <= self.sizes.keys()

    def is_mixing(self, node: Expression) -> bool:
        """Whether an element of a node depends on other features of its operands."""
        match node:
            case Call(function):
                return function in (*self.linear, *self.others, *MIXING)
            case Operation(_, "@" | "//", _):
                return True
        return False

    def mixes(self, expression: Expression, level: Level) -> bool:
        """Whether a part of an expression mixes values of this level."""
        parts = (node for node in nodes(expression) if self.is_mixing(node))
        return any(self.level(node) == level for node in parts)

    def reads_window(self, expression: Expression) -> bool:
        return not self.windows.isdisjoint(names(expression))

    def text(self, expression: Expression) -> str:
        """Return an expression in the names of the layer."""
        return to_python(rename(expression, self.sources))


class _Shapes(Shapes):
    """Shapes of expressions with the functions of this module too."""

    def of(self, expression: Expression) -> Shape | None:
        match expression:
            case Call(function, (operand, matrix, *_)) if function == LINEAR:
                vector, map_ = self.of(operand), self.of(matrix)
                assert vector and map_, "values of a timestep have shapes"
                return replace(vector, sizes=(*vector.sizes[:-1], map_.sizes[0]))
            case Call(function, (matrix,)) if function == TRANSPOSED:
                shape = self.of(matrix)
                return shape and replace(shape, sizes=shape.sizes[::-1])
            case Call(function, (buffer, _)) if function == FILTERED:
                shape = self.of(buffer)
                return shape and replace(shape, sizes=shape.sizes[:-1])
        return super().of(expression)


def size_expression(size: Polynomial, divide: str = "//") -> Expression:
    """Return a size as an expression of the arguments of the layer."""
    return parse(str(size).replace(" / ", f" {divide} "))


def reads(statements: Iterable[Statement]) -> dict[str, None]:
    """Return the names that statements read, in order."""
    parts = (node for statement in statements for node in nodes(statement.expression))
    return dict.fromkeys(node.name for node in parts if isinstance(node, Name))
