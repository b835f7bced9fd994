"""Reads expressions and statements in order, each checked against those before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..language.constants import ConstantError, Samples, check_constants
from ..language.expressions import Call, Expression, Number, functions, nodes, to_python
from ..language.functions import Function
from ..model import DROPPED, Statement
from ..previous import OUTPUT, PREVIOUS
from .names import OF_ITSELF, problem_of_name
from .nodes import Node
from .shapes import Shape, ShapeError, Shapes
from .vocabulary import Vocabulary
from .yaml_file import YamlFile

TRACE_OF_FAMILY = "the trace of the family"
_OF_TRACE = (
    "set its input under trace: and what is subtracted from it under reset:, or write another "
    "update under update:, in the place of trace:"
)

Fits = Callable[[Expression, Shape | None], None]
"""Raises a `ShapeError` if an expression with this shape does not fit."""


class Scope:
    """Reads expressions and statements in order, and collects errors.

    Args:
        file: The file of the expressions.
        known: The names that have a value at the beginning.
        functions: The functions that may be called.
        operators: The operators that may be used.
        samples: The names that are sizes, not tensors, with some possible values.
        shapes: The shapes of tensors, if they have any.
        has_past: Whether `prev_...` may be read.
    """

    def __init__(
        self,
        file: YamlFile,
        known: Collection[str],
        functions: Mapping[str, Function],
        operators: Collection[str] = ("+", "-", "*", "/", "@"),
        samples: Samples = {},
        shapes: Shapes | None = None,
        has_past: bool = False,
    ) -> None:
        previous = {OUTPUT, *known} - samples.keys() if has_past else set[str]()
        self.file = file
        self.words = Vocabulary(functions, operators, samples, set(known), previous)
        self.shapes = shapes or Shapes(samples=samples)

    def expression(
        self, node: Node | None, condition: Expression | None = None, fits: Fits | None = None
    ) -> Expression:
        """Read an expression.

        Args:
            condition: The condition on sizes under which it is computed.
            fits: An additional check of the expression and its shape.
        """
        if node is None:
            return Number(0)
        attempt = self.file.attempt()
        expression = self.file.expression(node)
        self._check(node, expression, condition)
        if attempt.succeeded:
            self._check_undivided(node, expression)
        if attempt.succeeded:
            self.check(node, expression, fits)
        return self._numbered(node, expression) if attempt.succeeded else expression

    def _numbered(self, node: Node, expression: Expression) -> Expression:
        """Return an expression in which dimensions are numbers."""
        with self._noting(node):
            return self.shapes.numbered(expression)
        return expression

    def check(self, node: Node, expression: Expression, fits: Fits | None = None) -> None:
        """Check the shapes within an expression, and its own."""
        with self._noting(node):
            shape = self.shapes.of(expression)
            if fits:
                fits(expression, shape)

    def output(self, node: Node | None, shape: Shape) -> Expression:
        """Read an expression that reads a tensor, and has exactly this shape."""

        def fits(part: Expression, found: Shape | None) -> None:
            if not self.words.is_tensor(part):
                hint = "return a state, or an expression of it"
                raise ShapeError(part, "the output reads nothing", hint)
            self.shapes.check_equal(part, found, shape, "the output")

        return self.expression(node, fits=fits)

    def value(self, node: Node | None, shape: Shape, what: str) -> Expression:
        """Read an expression that reads a tensor, and broadcasts to this shape."""

        def fits(part: Expression, found: Shape | None) -> None:
            if not self.words.is_tensor(part):
                hint = "write x, or an expression of it"
                raise ShapeError(part, f"{what} reads nothing here", hint)
            self.shapes.check_fits(part, found, shape, what)

        return self.expression(node, fits=fits)

    def expands(self, shape: Shape, what: str) -> Fits:
        """Return a check that an expression broadcasts to this shape."""
        return lambda part, found: self.shapes.check_fits(part, found, shape, what)

    def statements(
        self,
        items: Sequence[Node],
        fixed: Mapping[str, str],
        conditions: Sequence[Expression | None] = (),
    ) -> list[Statement]:
        """Read statements in order; none may set a fixed name.

        Args:
            fixed: The fixed names, with descriptions.
            conditions: The condition of each statement, if it has one.
        """
        conditions = conditions or [None] * len(items)
        read: list[tuple[Statement, bool]] = []
        for node in items:
            attempt = self.file.attempt()
            read.append((Statement(*self.file.statement(node)), attempt.succeeded))
        later = {target for statement, _ in read for target in statement.targets} - {DROPPED}
        self.words.later = later
        self.words.previous |= later
        found: list[Statement] = []
        for node, (statement, succeeded), condition in zip(items, read, conditions):
            if succeeded:
                statement = self._checked(node, statement, fixed, condition)
            self.words.known |= {*statement.targets} - {DROPPED}
            found.append(statement)
        return found

    def _checked(
        self,
        node: Node,
        statement: Statement,
        fixed: Mapping[str, str],
        condition: Expression | None,
    ) -> Statement:
        """Return a statement in which dimensions are numbers, after all checks."""
        targets, expression = statement.targets, statement.expression
        attempt = self.file.attempt()
        self._check(node, expression, condition)
        if attempt.succeeded:
            self._check_parts(node, targets, expression)
        if attempt.succeeded and not self.words.is_tensor(expression):
            self.file.wrong(node, "this is a number, not a tensor", "write it where it is used")
        for target in targets:
            self._check_target(node, target, fixed)
        shapes: Sequence[Shape | None] = [None] * len(targets)
        if attempt.succeeded:
            with self._noting(node):
                shapes = self.shapes.parts(expression, len(targets))
        if attempt.succeeded:
            expression = self._numbered(node, expression)
        for target, shape in zip(targets, shapes):
            before = self.shapes.known.get(target, shape)
            self.shapes.known[target] = None if condition and shape != before else shape
        return replace(statement, expression=expression)

    def check_inherited(self, node: Node, expression: Expression, shape: Shape) -> None:
        """Check the shape of an inherited expression."""
        text = to_python(expression)
        try:
            self.shapes.check_fits(expression, self.shapes.of(expression), shape, text)
        except ShapeError as error:
            message = f"{text}, which is inherited, does not fit: {error.message}"
            self.file.wrong(node, message, "replace it, or change what it reads")

    @contextmanager
    def _noting(self, node: Node) -> Iterator[None]:
        """Collect shape errors within the context."""
        try:
            yield
        except ShapeError as error:
            self.file.wrong_within(node, error.column, error.message, error.hint)

    def set_by(self, statements: Iterable[Statement]) -> None:
        """Add the names that inherited statements set."""
        for statement in statements:
            self.words.known |= {*statement.targets}
            self.words.previous |= {*statement.targets}
            shapes = self.shapes.parts(statement.expression, len(statement.targets))
            self.shapes.known |= dict(zip(statement.targets, shapes))

    def _check_parts(self, node: Node, targets: tuple[str, ...], expression: Expression) -> None:
        """Check that there is one name for each part that chunk and split return, and else one."""
        match expression:
            case Call("chunk", (whole, Number(parts))):
                pass
            case Call("split", (whole, *sizes)):
                parts = len(sizes)
            case Call("chunk", _):
                hint = "write a, b = chunk(x, 2), or give their sizes: a, b = split(x, n, n)"
                self.file.wrong(node, "the number of parts must be written as a number", hint)
                return
            case _:
                whole, parts = expression, 1
        kept = [target for target in targets if target != DROPPED]
        twice = next((target for target in kept if kept.count(target) > 1), None)
        if twice:
            hint = f"give each part a name of its own, or {DROPPED} where nothing reads it"
            self.file.wrong(node, f"{twice} names two parts", hint)
        elif len(targets) != parts:
            message = f"{len(targets)} name{'s' * (len(targets) != 1)} for {parts} "
            message += "part" + "s" * (parts != 1)
            hint = f"write {parts} names, with {DROPPED} for a part that nothing reads"
            if parts == 1:
                hint = "write one name; several are for the parts that chunk and split return"
            self.file.wrong(node, message, hint)
        elif not kept:
            self.file.wrong(node, "this value is not assigned", "give it a name, or leave it out")
        self._check_undivided(node, whole)

    def _check_undivided(self, node: Node, expression: Expression) -> None:
        """Check that an expression is not made of parts that chunk and split return."""
        if functions(expression) & {"chunk", "split"}:
            hint = f"give them names in a line before: a, b = {_call_of(expression)}"
            self.file.wrong(node, "parts must get their names at once", hint)

    def _check_target(self, node: Node, target: str, fixed: Mapping[str, str]) -> None:
        problem = None if target == DROPPED else problem_of_name(target)
        if target in self.words.functions:
            problem = f"{target} is a function", "choose another name"
        elif target.startswith(PREVIOUS):
            problem = f"{target} cannot be set", OF_ITSELF
        elif target in fixed:
            problem = f"{target} cannot be set: it is {fixed[target]}", "choose another name"
            if fixed[target] == TRACE_OF_FAMILY:
                problem = problem[0], _OF_TRACE
        if problem:
            self.file.wrong(node, *problem)

    def _check(self, node: Node, expression: Expression, condition: Expression | None) -> None:
        """Check the names of an expression, and then its numbers."""
        misuses = list(self.words.misuses(expression))
        for column, message, hint in misuses:
            if column is None:
                self.file.wrong(node, message, hint)
            else:
                self.file.wrong_within(node, column, message, hint)
        if not misuses:
            try:
                check_constants(expression, self.words.samples, condition)
            except ConstantError as error:
                self.file.wrong(node, error.message, error.hint)


def _call_of(expression: Expression) -> str:
    """Return the first call of chunk or split."""
    calls = (part for part in nodes(expression) if isinstance(part, Call))
    return to_python(next(call for call in calls if call.function in ("chunk", "split")))
