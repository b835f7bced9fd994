"""Reads the modules that a layer makes and applies."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.constants import Samples
from ..language.expressions import Expression, Number
from ..language.functions import SIZE_FUNCTIONS
from ..language.sizes import size_of
from ..language.torch_classes import TORCH_CLASSES, Argument, TorchClass, Value
from ..model import Linear, Module, TorchModule
from .format import LinearRecord, TorchModuleRecord
from .names import Names
from .nodes import Items, Node, Pairs, Scalar
from .problems import one_of
from .scope import Scope
from .sizes import read_shape, read_size


def read_module(
    key: Scalar, record: LinearRecord | TorchModuleRecord, names: Names, sizes: Samples
) -> Module:
    """Read a module."""
    name = names.declare(key, "a module")
    if isinstance(record, LinearRecord):
        return _linear(name, record, sizes)
    kinds = [kind for kind in TORCH_CLASSES if kind in record]
    if len(kinds) == 1:
        arguments = tuple(_Arguments(record, TORCH_CLASSES[kinds[0]], sizes).read())
        if record.succeeded:
            return TorchModule(name, kinds[0], arguments)
    elif record.succeeded:
        hint = "write one class of torch.nn, as in {LayerNorm: [num_neurons]}"
        record.file.wrong(key, f"module {name} has {len(kinds) or 'no'} classes", hint)
    return TorchModule(name, "Identity", ())  # fits everywhere, so that reading goes on


def _linear(name: str, record: LinearRecord, sizes: Samples) -> Linear:
    shape = read_shape(record.file, record.linear, sizes)
    if record.linear and len(shape) != 2:
        hint = "write [inputs, outputs]"
        record.file.wrong(record.linear, "linear needs two sizes", hint)
    inputs, outputs = shape if len(shape) == 2 else (Number(1), Number(1))
    return Linear(name, inputs, outputs, record.bias)


class _Arguments:
    """Reads the arguments of a class of `torch.nn`."""

    def __init__(self, record: TorchModuleRecord, kind: TorchClass, sizes: Samples) -> None:
        self.file = record.file
        self.node = record[kind.name]
        self.kind = kind
        self.sizes = sizes

    def read(self) -> Iterator[tuple[str, Value]]:
        """Yield the name and the value of each that is given, in the order of the class."""
        given = self._given()
        for name, argument in self.kind.arguments.items():
            if name in given:
                yield name, self._value(name, given[name], argument)
            elif argument.is_required and isinstance(self.node, Items | Pairs):
                self._wrong(self.node, f"{self.kind.name} lacks {name}")

    def _given(self) -> dict[str, Node]:
        """Return the arguments that are given, by name."""
        names = [*self.kind.arguments]
        match self.node:
            case Items(_, items):
                for item in items[len(names) :]:
                    self._wrong(item, f"{self.kind.name} takes no argument {len(names) + 1}")
                return dict(zip(names, items))
            case Pairs():
                given = self.file.mapping(self.node, self.kind.name)
                for key in given:
                    if key.value not in names:
                        message = f"{self.kind.name} takes no argument {key.value}"
                        self.file.wrong(key, message, one_of(names, key.value))
                return {key.value: value for key, value in given.items()}
        self._wrong(self.node, f"the arguments of {self.kind.name} must be a list or a mapping")
        return {}

    def _wrong(self, node: Node, message: str) -> None:
        self.file.wrong(node, message, f"its arguments are ({self.kind.signature})")

    def _value(self, name: str, node: Node, argument: Argument) -> Value:
        if argument.kind == "boolean":
            return self.file.boolean(node)
        if argument.kind == "word" or node.value in argument.words:
            return self.file.choice(node, name, argument.words)
        if argument.kind == "number":
            return self._number(node)
        if argument.kind == "sizes" and isinstance(node, Items):
            return self._several(name, node)
        return self._size(name, node)

    def _number(self, node: Node) -> Expression:
        operators = ("+", "-", "*", "/", "//")
        scope = Scope(self.file, self.sizes, SIZE_FUNCTIONS, operators, self.sizes)
        return scope.expression(node)

    def _several(self, name: str, node: Items) -> tuple[Expression, ...]:
        """Read a size for each dimension."""
        count, space = len(node.value), self.kind.space or len(node.value)
        if count != space or not count:
            some = f"{count} size{'s' * (count != 1)}"
            hint = "write one size" + f", or {space}" * (space > 1)
            self.file.wrong(node, f"{self.kind.name} has {some} for {name}", hint)
        return tuple(self._size(name, item) for item in node.value)

    def _size(self, name: str, node: Node) -> Expression:
        size, least = read_size(self.file, node, self.sizes), 0 if "padding" in name else 1
        constant = size_of(size).constant
        if constant is not None and constant < least:
            self.file.wrong(node, f"{name} is {constant}", f"it must be at least {least}")
        return size
