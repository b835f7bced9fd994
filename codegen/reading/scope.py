"""What names mean in a spec: each one thing, and only after it is set."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from yaml import Node

from ..language import instead
from ..language.constants import ConstantError, Samples, check_constants, value_of
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    functions,
    names,
    nodes,
    to_python,
)
from ..language.functions import CONDITION, FUNCTIONS, TENSOR, VALUE, WHOLE, Function
from ..model import DROPPED, Statement
from ..previous import OUTPUT, PREVIOUS
from .problems import one_of
from .shapes import Shape, ShapeError, Shapes
from .yaml_file import YamlFile, problem_of_name


class Names:
    """The names declared so far, each of which means one thing.

    Args:
        file: Where they stand.
        taken: Names with a meaning already, and that meaning.
        arguments: A pattern of names that the constructors give to arguments of their own.
    """

    def __init__(self, file: YamlFile, taken: Mapping[str, str] = {}, arguments: str = "") -> None:
        self.file = file
        self.taken = dict.fromkeys(FUNCTIONS, "a function of the language") | dict(taken)
        self.arguments = arguments
        self.owners: dict[str, str] = {}
        """Where each name is declared, and as what, in words."""

    def take(self, names: Iterable[str], what: str, where: str) -> None:
        """Names that are declared in another file."""
        self.owners |= {name: f"in {where}, as {what}" for name in names}

    def fresh(self, node: Node | None) -> str:
        """A name that is not declared."""
        name = self.file.name(node)
        if name in self.taken:
            message = f"{name} has a meaning already: it is {self.taken[name]}"
            self.file.wrong(node, message, "choose another name")
        elif name.startswith(PREVIOUS):
            self.file.wrong(node, f"{name} is the previous value of something", _OF_ITSELF)
        elif name and re.fullmatch(self.arguments, name):
            self.file.wrong(node, f"{name} is the name of an argument", _ARGUMENT)
        elif name in self.owners:
            hint = f"it is declared {self.owners[name]}; choose another name"
            self.file.wrong(node, f"{name} would mean two things", hint)
        return name

    def declare(self, node: Node | None, what: str) -> str:
        """A name that is not declared, but is from now on."""
        name = self.fresh(node)
        if name:
            self.owners.setdefault(name, f"in line {node.start_mark.line + 1}, as {what}")
        return name


READ = "read it, or leave it out"
"""What to do about what nothing reads."""

_ARGUMENT = "choose another name: each parameter p has the arguments p_rank and learn_p, and raw_p"
TRACE_OF_FAMILY = "the trace of the family"
_OF_TRACE = (
    "say under trace: what drives it and under reset: what leaves it; one that is set freely is a "
    "state of a layer under layers:"
)
_WHERE = "write mask(a > b) or where(a > b, c, d)"
_OF_ITSELF = f"{PREVIOUS}... is set by itself, wherever it is read; choose another name"


Fits = Callable[[Expression, Shape | None], None]
"""Raises a `ShapeError` where an expression, which has this shape, does not fit."""


class Scope:
    """What expressions may read and call, as they run one after the other.

    Args:
        file: Where the expressions stand.
        known: The names that have a value at the beginning.
        functions: What may be called.
        split: Names that exist in some layers only, since a prefix splits them; what is wrong
            where one is read, and what to do about it.
        operators: The operators that may be used.
        samples: The names that are sizes, not tensors, with some of their values.
        shapes: The shapes of tensors, if they have any.
        has_past: Whether there is a timestep before, so that `prev_...` means something.
    """

    def __init__(
        self,
        file: YamlFile,
        known: Collection[str],
        functions: Mapping[str, Function],
        split: Mapping[str, tuple[str, str]] = {},
        operators: Collection[str] = ("+", "-", "*", "/", "@"),
        samples: Samples = {},
        shapes: Shapes | None = None,
        has_past: bool = False,
    ) -> None:
        self.file = file
        self.operators = operators
        self.samples = samples
        self.known = set(known)
        self.functions = functions
        self.split = split
        self.shapes = shapes or Shapes()
        self.later: set[str] = set()
        self.previous = {OUTPUT, *known} - samples.keys() if has_past else set()
        """Of what the previous value may be read."""

    def expression(
        self, node: Node | None, condition: Expression | None = None, fits: Fits | None = None
    ) -> Expression:
        """An expression over what is known.

        Args:
            condition: Of sizes: when it is computed at all.
            fits: What else to ask of it and its shape.
        """
        attempt = self.file.attempt()
        expression = self.file.expression(node)
        self._check(node, expression, condition)
        if node is not None and attempt.succeeded:
            self.check(node, expression, fits)
        return expression

    def check(self, node: Node, expression: Expression, fits: Fits | None = None) -> None:
        """Note where the shapes within an expression, or its own, do not fit."""
        with self._noting(node):
            shape = self.shapes.of(expression)
            if fits:
                fits(expression, shape)

    def output(self, node: Node | None, shape: Shape | None = None) -> Expression:
        """An expression that depends on something, and has just this shape."""

        def fits(part: Expression, found: Shape | None) -> None:
            if not self._is_tensor(part):
                hint = "return a state, or what it makes"
                raise ShapeError(part, "the output reads nothing", hint)
            if shape:
                self.shapes.check_equal(part, found, shape, "the output")

        return self.expression(node, fits=fits)

    def value(self, node: Node | None, shape: Shape, what: str) -> Expression:
        """An expression that depends on something, for what has this shape."""

        def fits(part: Expression, found: Shape | None) -> None:
            if not self._is_tensor(part):
                hint = "write x, or what is made of it"
                raise ShapeError(part, f"{what} reads nothing here", hint)
            self.shapes.check_fits(part, found, shape, what)

        return self.expression(node, fits=fits)

    def expands(self, shape: Shape, what: str) -> Fits:
        """Whether something can become the value of what has this shape."""
        return lambda part, found: self.shapes.check_fits(part, found, shape, what)

    def statements(
        self,
        items: Sequence[Node],
        fixed: Mapping[str, str],
        conditions: Sequence[Expression | None] = (),
    ) -> list[Statement]:
        """Statements in their order, none of which sets a name that is fixed.

        Args:
            fixed: The names that none may set, and what they are.
            conditions: When each of the statements runs at all, if that depends on sizes.
        """
        conditions = conditions or [None] * len(items)
        read: list[tuple[tuple[str, ...], Expression, bool]] = []
        for node in items:
            attempt = self.file.attempt()
            read.append((*self.file.statement(node), attempt.succeeded))
        self.later = {target for targets, _, _ in read for target in targets} - {DROPPED}
        self.previous |= self.later
        for node, (targets, expression, succeeded), condition in zip(items, read, conditions):
            if succeeded:
                self._statement(node, targets, expression, fixed, condition)
            self.known |= set(targets) - {DROPPED}
        return [Statement(targets, expression) for targets, expression, _ in read]

    def _statement(
        self,
        node: Node,
        targets: tuple[str, ...],
        expression: Expression,
        fixed: Mapping[str, str],
        condition: Expression | None,
    ) -> None:
        attempt = self.file.attempt()
        self._check(node, expression, condition)
        if attempt.succeeded:
            self._check_parts(node, targets, expression)
        if attempt.succeeded and not self._is_tensor(expression):
            self.file.wrong(node, "this is a number, not a tensor", "write it where it is used")
        for target in targets:
            self._check_target(node, target, fixed)
        shapes: Sequence[Shape | None] = [None] * len(targets)
        if attempt.succeeded:
            with self._noting(node):
                shapes = self.shapes.parts(expression, len(targets))
        for target, shape in zip(targets, shapes):
            before = self.shapes.known.get(target, shape)
            self.shapes.known[target] = None if condition and shape != before else shape

    def check_taken_over(self, node: Node, expression: Expression, shape: Shape) -> None:
        """Note where an expression that is written elsewhere does not fit here."""
        text = to_python(expression)
        try:
            self.shapes.check_fits(expression, self.shapes.of(expression), shape, text)
        except ShapeError as error:
            message = f"{text}, which is taken over, does not fit: {error.message}"
            self.file.wrong(node, message, "write it anew, or what it reads otherwise")

    def check_read(
        self, items: Sequence[Node], statements: Sequence[Statement], rest: Iterable[Expression]
    ) -> None:
        """Each name that the statements set is read by another one of them, or by the rest."""
        read = set().union(*map(names, rest))
        for statement in statements:
            read |= names(statement.expression) - set(statement.targets)
        read |= {name.removeprefix(PREVIOUS) for name in read}
        for item, statement in zip(items, statements):
            for target in statement.targets:
                if target in read or target == DROPPED:
                    continue
                is_part = len(statement.targets) > 1
                hint = f"read it, or write {DROPPED} in its place" if is_part else READ
                self.file.wrong(item, f"nothing reads {target}", hint)
                read.add(target)

    @contextmanager
    def _noting(self, node: Node) -> Iterator[None]:
        """Note what does not fit within."""
        try:
            yield
        except ShapeError as error:
            self.file.wrong_within(node, error.column, error.message, error.hint)

    def set_by(self, statements: Iterable[Statement]) -> None:
        """Take the names that statements from elsewhere have set."""
        for statement in statements:
            self.known |= {*statement.targets}
            self.previous |= {*statement.targets}
            shapes = self.shapes.parts(statement.expression, len(statement.targets))
            self.shapes.known |= dict(zip(statement.targets, shapes))

    def _check_parts(self, node: Node, targets: tuple[str, ...], expression: Expression) -> None:
        """Only chunk and split make parts, and each part gets a name of its own."""
        match expression:
            case Call("chunk", (whole, Number(parts))):
                pass
            case Call("split", (whole, *sizes)):
                parts = len(sizes)
            case _:
                whole, parts = expression, 1
        kept = [target for target in targets if target != DROPPED]
        twice = next((target for target in kept if kept.count(target) > 1), None)
        if twice:
            hint = f"give each part a name of its own, or {DROPPED} where nothing reads it"
            self.file.wrong(node, f"{twice} stands for two parts", hint)
        elif len(targets) != parts:
            message = f"{len(targets)} name{'s' * (len(targets) != 1)} for {parts} "
            message += "part" + "s" * (parts != 1)
            hint = f"write {parts} names, with {DROPPED} for a part that nothing reads"
            if parts == 1:
                hint = "write one name; several are for the parts that chunk and split make"
            self.file.wrong(node, message, hint)
        elif not kept:
            self.file.wrong(node, "nothing keeps this value", "give it a name, or leave it out")
        if functions(whole) & {"chunk", "split"}:
            hint = f"give them names in a line before: a, b = {_call_of(whole)}"
            self.file.wrong(node, "parts must get their names at once", hint)

    def _check_target(self, node: Node, target: str, fixed: Mapping[str, str]) -> None:
        problem = None if target == DROPPED else problem_of_name(target)
        if target in self.functions:
            problem = f"{target} is a function", "choose another name"
        elif target.startswith(PREVIOUS):
            problem = f"{target} cannot be set", _OF_ITSELF
        elif target in fixed:
            problem = f"{target} cannot be set: it is {fixed[target]}", "choose another name"
            if fixed[target] == TRACE_OF_FAMILY:
                problem = problem[0], _OF_TRACE
        if problem:
            self.file.wrong(node, *problem)

    def _check(
        self, node: Node | None, expression: Expression, condition: Expression | None
    ) -> None:
        attempt = self.file.attempt()
        self._check_names(node, expression)
        if attempt.succeeded:
            try:
                check_constants(expression, self.samples, condition)
            except ConstantError as error:
                self.file.wrong(node, error.message, error.hint)

    def _check_names(self, node: Node | None, expression: Expression) -> None:
        conditions: set[int] = set()
        for part in nodes(expression):
            match part:
                case Name(name, column) if not self._has_value(name):
                    self.file.wrong_within(node, column, *self._problem_of_value(name))
                case Operation(_, operator, _) if operator not in self.operators:
                    if id(part) not in conditions:
                        self.file.wrong(node, *self._problem_of_operator(operator))
                case Call(function, arguments, column):
                    conditions |= {id(argument) for argument in arguments}
                    problem = self._problem_of_call(function, arguments)
                    if problem:
                        self.file.wrong_within(node, column, *problem)

    def _problem_of_operator(self, operator: str) -> tuple[str, str]:
        if operator in COMPARISONS and "/" in self.operators:
            return "a comparison is not a value", _WHERE
        return f"{operator} has no place here", f"use {' '.join(self.operators)}"

    def _has_value(self, name: str) -> bool:
        source = name.removeprefix(PREVIOUS)
        if source in self.split:
            return False
        return name in self.known or (source != name and source in self.previous)

    def _is_tensor(self, expression: Expression) -> bool:
        return bool(names(expression) - self.samples.keys())

    def _problem_of_value(self, name: str) -> tuple[str, str]:
        if name.removeprefix(PREVIOUS) in self.split:
            return self.split[name.removeprefix(PREVIOUS)]
        if name in self.later:
            return f"{name} is used before it is set", "move the line that sets it up"
        if name in self.functions:
            return f"{name} is a function", f"call it: {name}(...)"
        if name == DROPPED:
            return f"{DROPPED} keeps no value", "give the part a name"
        return f"unknown name {name}", one_of(sorted(self.known), name)

    def _problem_of_call(
        self, name: str, arguments: Sequence[Expression]
    ) -> tuple[str, str] | None:
        function = self.functions.get(name)
        if function is None:
            others = instead.FUNCTIONS if "where" in self.functions else {}
            hint = others.get(name.lower()) or one_of(sorted(self.functions), name)
            return f"unknown function {name}", hint
        least, given = len(function.takes), len(arguments)
        if given < least or (given > least and not function.more):
            at_least = "at least " if function.more else ""
            plural = "s" * (given != 1)
            return f"{name} has {given} argument{plural}", f"it takes {at_least}{least}"
        kinds = (*function.takes, *[function.more] * (given - least))
        if kinds == (CONDITION, VALUE, VALUE) and not any(map(self._is_tensor, arguments[1:])):
            return f"{name} chooses between two numbers", _masked(*arguments)
        problems = (self._problem_of_argument(name, *pair) for pair in zip(kinds, arguments))
        return next(filter(None, problems), None)

    def _problem_of_argument(
        self, name: str, kind: str, argument: Expression
    ) -> tuple[str, str] | None:
        is_comparison = isinstance(argument, Operation) and argument.operator in COMPARISONS
        if kind == CONDITION and not (is_comparison and self._is_tensor(argument)):
            return f"{name} needs a comparison of tensors", "write, for example, mem > threshold"
        if kind != CONDITION and is_comparison:
            return "a comparison is not a value", _WHERE
        if kind == TENSOR and not self._is_tensor(argument) and not functions(argument):
            return self._problem_of_number(name, argument)
        if kind == WHOLE and not all(map(self._is_whole, nodes(argument))):
            message = f"{name} needs a whole number, known when the layer is made"
            return message, "write a number, or sizes with + - * //"
        return None

    def _problem_of_number(self, name: str, argument: Expression) -> tuple[str, str]:
        """What to do where a function of tensors is handed a number or a size."""
        text = to_python(argument)
        message = f"{name} works on tensors, and {text} is a number"
        if not self.functions[name].elementwise:
            hint = "hand it a tensor"
        elif names(argument):
            hint = f"add a tensor to it: {name}({text} + 0 * x)"
        elif hasattr(math, name):
            try:
                hint = f"write its value, {getattr(math, name)(value_of(argument, {}))!r}"
            except (ArithmeticError, ValueError, ConstantError):
                hint = "it has no value there"
        else:
            hint = "write the number that it makes"
        return message, hint

    def _is_whole(self, part: Expression) -> bool:
        match part:
            case Name(size):
                return size in self.samples
            case Number(int()) | Negative() | Operation(_, "+" | "-" | "*" | "//", _):
                return True
        return False


def _call_of(expression: Expression) -> str:
    """The first call that makes parts."""
    calls = (part for part in nodes(expression) if isinstance(part, Call))
    return to_python(next(call for call in calls if call.function in ("chunk", "split")))


def _masked(condition: Expression, here: Expression, elsewhere: Expression) -> str:
    """What to write in the place of a choice between two numbers."""
    mask = f"mask({to_python(condition)})"
    if elsewhere == Number(0):
        return f"write {mask} * {to_python(here)}"
    difference = Operation(here, "-", elsewhere)
    if not names(difference):
        difference = Number(value_of(difference, {}))
    return f"write {to_python(elsewhere)} + {to_python(Operation(difference, '*', _MASK))}".replace(
        _MASK.name, mask
    )


_MASK = Name("mask")
