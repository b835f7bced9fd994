"""The operations that a reader has found, and how they are made of what names mean."""

from __future__ import annotations

import ast
import operator
import types
from dataclasses import replace
from typing import Any

from torch import nn

from .functions import DIVISIONS, Computed, Function, Measure, Slot
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
        self.pending: list[Any] = []
        """What may fail, such as the size in a dimension, and no operation has computed yet."""
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
        if any(isinstance(operand, Measure | Computed) for operand in operands):
            return self.wait(Computed(name, operands))
        if all(isinstance(operand, int | float) for operand in operands):
            try:
                return getattr(operator, name)(*operands)
            except ArithmeticError:
                pass
        raise self.unread(self.now)

    def computed(
        self, name: str, arguments: list[Any], keywords: dict[str, Any] = {}, origin: Any = None
    ) -> Any:
        """The value of a function of the table, or the parts that it makes."""
        if name in DIVISIONS:
            return self.wait(Parts(name, tuple(arguments), tuple(keywords.items())))
        given = (tuple(arguments), tuple(keywords.values()))
        inputs = slots(given)
        function = Function(
            name,
            tuple(self.template(argument, inputs) for argument in arguments),
            tuple((key, self.template(argument, inputs)) for key, argument in keywords.items()),
        )
        if not inputs or keywords.keys() & {"out", "return_indices"}:
            raise self.unread(self.now)
        if name in ("torch.where", "Tensor.where") and len(arguments) + len(keywords) < 3:
            raise self.unread(self.now)
        used = [part for part in self.pending if part is origin or _contains(given, part)]
        self.pending = [part for part in self.pending if not any(part is one for one in used)]
        return self.made(Compute(function, tuple(inputs)))

    def wait(self, part: Any) -> Any:
        """Remember to compute something before the next operation, in which it may be used."""
        self.pending.append(part)
        return part

    def settle(self) -> None:
        """Compute what is pending, which fails here if it fails."""
        pending, self.pending = self.pending, []
        for part in pending:
            if isinstance(part, Parts):
                self.computed("part", [None, None, part.name, *part.arguments], dict(part.keywords))
            else:
                self.computed("measured", [Value(slots(part)[0]), part])

    def template(self, part: Any, inputs: list[int]) -> Any:
        """An argument, with indices among the inputs in the place of those of values."""
        if isinstance(part, Value):
            return Slot(inputs.index(part.index))
        if isinstance(part, Measure):
            return replace(part, index=inputs.index(part.index))
        if isinstance(part, Computed):
            return Computed(part.operator, self.template(part.operands, inputs))
        if isinstance(part, tuple):
            return tuple(self.template(one, inputs) for one in part)
        if isinstance(part, list):
            return [self.template(one, inputs) for one in part]
        if is_plain(part) or isinstance(part, slice | types.EllipsisType):
            return part
        raise self.unread(self.now)

    def part(self, parts: Parts, index: int, count: int | None = None) -> Any:
        arguments = [index, count, parts.name, *parts.arguments]
        return self.computed("part", arguments, dict(parts.keywords), parts)

    def made(self, operation: Apply | Compute) -> Value:
        if self.pending:
            self.settle()
        if len(self.operations) == _MOST_OPERATIONS:
            raise self.unread(self.now)
        self.operations.append(operation)
        return Value(self.inputs + len(self.operations) - 1)

    def unread(self, node: ast.AST) -> Unread:
        """Where the reading ends, and at what."""
        file = self.frames[-1].code.co_filename.rpartition("/")[2]
        text = ast.unparse(node).split("\n")[0]
        return Unread(f"{file}:{getattr(node, 'lineno', 0)}: `{text}` cannot be followed")


def _contains(whole: Any, part: Any) -> bool:
    """Whether an argument is or contains something."""
    if isinstance(whole, Computed) and whole is not part:
        whole = whole.operands
    if isinstance(whole, tuple | list):
        return any(_contains(one, part) for one in whole)
    return whole is part
