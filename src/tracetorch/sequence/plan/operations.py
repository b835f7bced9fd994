"""The operations that a reader has found, and how they are made of what names mean."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from .foreign import may_use_modules
from .functions import (
    COMPUTATIONS,
    DIVISIONS,
    FUNCTIONS,
    RANDOM,
    Computed,
    Function,
    Measure,
    Slot,
    leaves,
    mapped,
)
from .graph import Apply, Arguments, Compute, Held, Path, Unread
from .lookups import Lookup
from .meanings import Frame, Parts, Value, is_held, is_plain, slots

_MOST_OPERATIONS = 10_000


class Operations:
    """The operations found so far, and the functions that are read."""

    inputs: int

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.operations: list[Apply | Compute] = []
        self.read: list[tuple[Path, str, Any]] = []
        self.pending: list[Any] = []
        """What may fail, such as the size in a dimension, and no operation has computed yet."""
        self.tensors: list[int] = []
        """The values that were found not to be None."""
        self.strange: set[int] = set()
        """The values that may be no tensors, or may change in ways of their own."""
        self.frames: list[Frame] = []
        self.lookups: list[Lookup] = []
        self.is_complete = True
        """Whether the lookups are all that decides what the graph is."""
        self.now: ast.expr | ast.stmt = ast.Pass()
        """The statement that is read."""

    def look(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of the module that is read returns, which decides what the graph is."""
        found = function(self.module, *arguments)
        self.lookups.append(Lookup(function, arguments, found))
        return found

    def operation(self, name: str, *operands: Any) -> Any:
        if any(isinstance(operand, Value) for operand in operands):
            return self.computed(f"operator.{name}", [*operands])
        if any(map(is_held, operands)):
            return self.computed(f"operator.{name}", [*operands])
        return self.constant(f"operator.{name}", operands)

    def constant(self, name: str, operands: tuple[Any, ...]) -> Any:
        """The result of a function for numbers and measures, which has no effects."""
        if any(isinstance(part, Measure) for part in leaves(operands)):
            return self.wait(Computed(name, operands))
        if not all(isinstance(part, int | float | str) for part in leaves(operands)):
            raise self.unread(self.now)
        try:
            return COMPUTATIONS[name](*operands)
        except (ArithmeticError, TypeError, ValueError):
            raise self.unread(self.now) from None

    def computed(
        self, name: str, arguments: list[Any], keywords: dict[str, Any] = {}, origin: Any = None
    ) -> Any:
        """The value of a function of the table, or the parts that it makes."""
        if name in DIVISIONS:
            return self.wait(Parts(name, tuple(arguments), tuple(keywords.items())))
        given = (tuple(arguments), tuple(keywords.values()))
        inputs = slots(given)
        function = Function(name, *self.templates(arguments, keywords, inputs))
        if keywords.keys() & {"out", "return_indices"}:
            return self.looped(
                self.reason(self.now), name, FUNCTIONS[name], arguments, keywords, True
            )
        if name == "torch.where" and len(arguments) + len(keywords) < 3:
            return self.looped(self.reason(self.now), name, FUNCTIONS[name], arguments, keywords)
        held = [one for one in leaves(given) if isinstance(one, Held)]
        if not inputs and held and not function.works_in_place and name not in RANDOM:
            return self.wait(Computed(name, tuple(arguments), tuple(keywords.items())))
        is_written = function.works_in_place and isinstance(arguments[0], Value)
        if not inputs or (held and function.may_return_input and not is_written):
            raise self.unread(self.now)
        self.use(given, origin)
        return self.made(Compute(function, tuple(inputs), held=tuple(dict.fromkeys(held))))

    def looped(
        self,
        why: str,
        name: str,
        function: Callable[..., Any],
        arguments: list[Any],
        keywords: dict[str, Any],
        is_writing: bool = False,
    ) -> Value:
        """The value of a function that is called timestep by timestep."""
        self.is_complete = False  # what the function uses was examined too
        given = (arguments, [*keywords.values()])
        inputs = slots(given)
        if is_held(given):  # which it may change
            raise self.unread(self.now)
        templates = self.templates(arguments, keywords, inputs)
        called = Function(name, *templates, function, is_writing)
        self.use(given, None)
        value = self.made(Compute(called, tuple(inputs or [0]), why))
        if is_writing or not name.startswith(("torch.", "Tensor.")):
            self.strange.add(value.index)
        return value

    def templates(
        self, arguments: list[Any], keywords: dict[str, Any], inputs: list[int]
    ) -> Arguments:
        """Arguments with indices among the inputs, and the held tensors after them, in the place of
        those."""
        whole = (tuple(arguments), tuple(keywords.values()))
        held = [*dict.fromkeys(one for one in leaves(whole) if isinstance(one, Held))]

        def one(leaf: Any) -> Any:
            if isinstance(leaf, Held):
                return Slot(len(inputs) + held.index(leaf))
            if isinstance(leaf, Value):
                return Slot(inputs.index(leaf.index))
            if isinstance(leaf, Measure):
                return replace(leaf, index=inputs.index(leaf.index))
            if is_plain(leaf) or leaf is ...:
                return leaf
            if inspect.isroutine(leaf) or isinstance(leaf, type):
                self.is_complete = False
                if not may_use_modules(leaf):
                    return leaf
            raise self.unread(self.now)

        given, values = mapped(whole, one)
        return given, tuple(zip(keywords, values))

    def use(self, given: Any, origin: Any) -> None:
        """Remove what an operation with these arguments computes from what is pending."""
        used = [part for part in self.pending if part is origin or _contains(given, part)]
        self.pending = [part for part in self.pending if not any(part is one for one in used)]

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
                self.computed("measured", [Value(0), part])

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

    def unread(self, node: ast.expr | ast.stmt) -> Unread:
        """Where the reading ends, and at what."""
        return Unread(self.reason(node))

    def reason(self, node: ast.expr | ast.stmt) -> str:
        file = self.frames[-1].code.co_filename.rpartition("/")[2]
        text = ast.unparse(node).split("\n")[0]
        return f"{file}:{node.lineno}: `{text}` cannot be followed"


def _contains(whole: Any, part: Any) -> bool:
    """Whether an argument is or contains something."""
    if isinstance(whole, Computed) and whole is not part:
        whole = (whole.operands, whole.keywords)
    if isinstance(whole, slice):
        whole = (whole.start, whole.stop, whole.step)
    if isinstance(whole, tuple | list):
        return any(_contains(one, part) for one in whole)
    return whole is part
