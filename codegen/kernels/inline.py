"""Joins states where they are mapped, and maps them where the result is divided.

A linear map is recognised in `lin(cat(H, x))`, and divided in `chunk(lin(H), 2)`, also if
`cat(H, x)` or `lin(H)` has a name of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    functions,
    nodes,
    transform,
    with_operands,
)
from ..model import Statement
from .values import DIVIDING, Level, Values


class Inlined:
    """The statements of a timestep in single assignment form, with such names replaced.

    Args:
        statements: The timestep.
        results: The values that it returns: the output and the next states.
        values: What the values depend on.
    """

    def __init__(
        self, statements: Iterable[Statement], results: Iterable[str], values: Values
    ) -> None:
        self._statements = tuple(statements)
        self._values = values
        self._reads = Counter(results)
        for statement in self._statements:
            parts = nodes(statement.expression)
            self._reads.update(node.name for node in parts if isinstance(node, Name))
        self._known = dict[str, Expression]()
        """The values that depend on states."""

    def __iter__(self) -> Iterator[Statement]:
        for statement in self._statements:
            expression = transform(statement.expression, self._joined)
            match expression:
                case Call(function, (whole, *sizes)) if function in DIVIDING:
                    expression = Call(function, (self._whole(whole), *sizes))
            if len(statement.targets) == 1 and self._values.level(expression) == Level.STATE:
                self._known[statement.targets[0]] = expression
            yield replace(statement, expression=expression)

    def _joined(self, node: Expression) -> Expression:
        """Return a linear map, or `cat`, of what its operands join; of a product with a vector, a
        sum."""
        match node:
            case Operation(left, "@", right) if self._is_vector(left, right):
                return Call("sum", (Operation(left, "*", right), Negative(Number(1))))
            case Operation(left, "@", right):
                return Operation(self._pieces(left), "@", right)
            case Call(function, arguments) if function in (*self._values.linear, "cat"):
                return Call(function, tuple(map(self._pieces, arguments)))
        return node

    def _is_vector(self, left: Expression, right: Expression) -> bool:
        """Whether a value that depends on states is multiplied with a vector."""
        is_state = self._values.level(left) == Level.STATE
        return is_state and len(self._values.shape(right).sizes) == 1

    def _pieces(self, node: Expression) -> Expression:
        match node:
            case Name(name):
                known = self._known.get(name)
                return known if isinstance(known, Call) and known.function == "cat" else node
        return node

    def _whole(self, node: Expression) -> Expression:
        """Return what is divided, by values that nothing else reads."""
        match node:
            case Name(name) if name in self._known and self._reads[name] == 1:
                if not functions(self._known[name]) & self._values.functions:
                    return self._whole(self._known[name])
        return node if self._values.is_mixing(node) else with_operands(node, self._whole)
