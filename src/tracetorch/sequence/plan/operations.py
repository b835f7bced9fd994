"""The operations that a reader has found, and how they are made of what names mean."""

from __future__ import annotations

import ast
import operator
import types
from typing import Any

from torch import nn

from .functions import DIVISIONS, Computed, Function, Rank, Size, Slot
from .graph import Apply, Compute, Path, Unread
from .meanings import Frame, Parts, Value, is_plain, slots

_MOST_OPERATIONS = 10_000


class Operations:
    """The operations found so far, and the functions that are read."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.operations: list[Apply | Compute] = []
        self.read: list[tuple[Path, str, Any]] = []
        self.inputs = 0
        self.frames: list[Frame] = []
        self.now: ast.AST = ast.Pass()
        """The statement that is read."""

    def at(self, path: Path) -> nn.Module:
        module = self.module
        for name in path:
            module = module._modules[name]  # type: ignore[assignment]
        return module

    def operation(self, name: str, *operands: Any) -> Any:
        if any(isinstance(operand, Value) for operand in operands):
            return self.computed(f"operator.{name}", [*operands])
        if any(isinstance(operand, Size | Rank | Computed) for operand in operands):
            return Computed(name, operands)
        if all(isinstance(operand, int | float) for operand in operands):
            try:
                return getattr(operator, name)(*operands)
            except ArithmeticError:
                pass
        raise self.unread(self.now)

    def computed(self, name: str, arguments: list[Any], keywords: dict[str, Any] = {}) -> Any:
        """The value of a function of the table, or the parts that it makes."""
        if name in DIVISIONS:
            return Parts(name, tuple(arguments), tuple(keywords.items()))
        inputs = slots((tuple(arguments), tuple(keywords.values())))
        function = Function(
            name,
            tuple(self.template(argument, inputs) for argument in arguments),
            tuple((key, self.template(argument, inputs)) for key, argument in keywords.items()),
        )
        if not inputs or keywords.keys() & {"out", "return_indices"}:
            raise self.unread(self.now)
        if name in ("torch.where", "Tensor.where") and len(arguments) + len(keywords) < 3:
            raise self.unread(self.now)
        return self.made(Compute(function, tuple(inputs)))

    def template(self, part: Any, inputs: list[int]) -> Any:
        """An argument, with indices among the inputs in the place of those of values."""
        if isinstance(part, Value):
            return Slot(inputs.index(part.index))
        if isinstance(part, Size):
            return Size(inputs.index(part.index), part.dim)
        if isinstance(part, Rank):
            return Rank(inputs.index(part.index))
        if isinstance(part, Computed):
            return Computed(part.operator, self.template(part.operands, inputs))
        if isinstance(part, tuple):
            return tuple(self.template(one, inputs) for one in part)
        if is_plain(part) or isinstance(part, slice | types.EllipsisType):
            return part
        raise self.unread(self.now)

    def part(self, parts: Parts, index: int) -> Any:
        return self.computed("part", [index, parts.name, *parts.arguments], dict(parts.keywords))

    def made(self, operation: Apply | Compute) -> Value:
        if len(self.operations) == _MOST_OPERATIONS:
            raise self.unread(self.now)
        self.operations.append(operation)
        return Value(self.inputs + len(self.operations) - 1)

    def unread(self, node: ast.AST) -> Unread:
        """Where the reading ends, and at what."""
        file = self.frames[-1].code.co_filename.rpartition("/")[2]
        text = ast.unparse(node).split("\n")[0]
        return Unread(f"{file}:{getattr(node, 'lineno', 0)}: `{text}` cannot be followed")
