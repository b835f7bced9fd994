"""What names mean in a spec: each one thing, and only after it is set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from yaml import Node

from .expressions import (
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
)
from .functions import CONDITION, FUNCTIONS, TENSOR, VALUE, WHOLE, Function
from .model import Statement
from .previous import OUTPUT, PREVIOUS
from .problems import one_of
from .yaml_file import YamlFile, problem_of_name


class Names:
    """The names declared so far, each of which means one thing.

    Args:
        file: Where they stand.
        taken: Names with a meaning already, beside the functions of the language.
        arguments: A pattern of names that the constructors give to arguments of their own.
    """

    def __init__(self, file: YamlFile, taken: Collection[str] = (), arguments: str = "") -> None:
        self.file = file
        self.taken = {*taken, *FUNCTIONS}
        self.arguments = arguments
        self.owners: dict[str, str] = {}
        """Where each name is declared, in words."""

    def take(self, names: Iterable[str], owner: str) -> None:
        """Names that are declared in another file."""
        self.owners |= {name: f"in {owner}" for name in names}

    def fresh(self, node: Node | None) -> str:
        """A name that is not declared."""
        name = self.file.name(node)
        if name in self.taken:
            self.file.wrong(node, f"{name} has a meaning already", "choose another name")
        elif name.startswith(PREVIOUS):
            self.file.wrong(node, f"{name} is the previous value of something", _OF_ITSELF)
        elif name and re.fullmatch(self.arguments, name):
            self.file.wrong(node, f"{name} is the name of an argument", "choose another name")
        elif name in self.owners:
            hint = f"it is declared {self.owners[name]} already; choose another name"
            self.file.wrong(node, f"{name} would mean two things", hint)
        return name

    def declare(self, node: Node | None) -> str:
        """A name that is not declared, but is from now on."""
        name = self.fresh(node)
        if name:
            self.owners.setdefault(name, f"in line {node.start_mark.line + 1}")
        return name


_WHERE = "write mask(a > b) or where(a > b, c, d)"
_OF_ITSELF = f"{PREVIOUS}... is set by itself, wherever it is read; choose another name"


class Scope:
    """What expressions may read and call, as they run one after the other.

    Args:
        file: Where the expressions stand.
        known: The names that have a value at the beginning.
        functions: What may be called.
        split: Names that exist in some layers only, since a prefix splits them; what is wrong
            where one is read, and what to do about it.
        operators: The operators that may be used.
        numbers: The names that are sizes, not tensors.
    """

    def __init__(
        self,
        file: YamlFile,
        known: Collection[str],
        functions: Mapping[str, Function],
        split: Mapping[str, tuple[str, str]] = {},
        operators: Collection[str] = ("+", "-", "*", "/", "@"),
        numbers: Collection[str] = (),
    ) -> None:
        self.file = file
        self.operators = operators
        self.numbers = set(numbers)
        self.known = set(known)
        self.functions = functions
        self.split = split
        self.later: set[str] = set()
        self.previous = {OUTPUT, *known} - self.numbers
        """Of what the previous value may be read."""

    def expression(self, node: Node | None) -> Expression:
        """An expression over what is known."""
        expression = self.file.expression(node)
        self._check(node, expression)
        return expression

    def output(self, node: Node | None) -> Expression:
        """An expression that depends on something."""
        expression = self.expression(node)
        if node is not None and not self._is_tensor(expression):
            self.file.wrong(node, "the output reads nothing", "return a state, or what it makes")
        return expression

    def drive(self, node: Node | None) -> Expression:
        """An expression that drives a trace."""
        expression = self.expression(node)
        if node is not None and not self._is_tensor(expression):
            self.file.wrong(node, "this drives nothing", "write x, or what is made of it")
        return expression

    def statements(self, items: list[Node], fixed: Collection[str]) -> list[Statement]:
        """Statements in their order, none of which sets a name that is fixed."""
        parsed = [self.file.statement(node) for node in items]
        self.later = {target for targets, _ in parsed for target in targets}
        self.previous |= self.later
        for node, (targets, expression) in zip(items, parsed):
            self._check(node, expression)
            self._check_parts(node, targets, expression)
            if targets and not self._is_tensor(expression):
                self.file.wrong(node, "this is a number, not a tensor", "write it where it is used")
            for target in targets:
                self._check_target(node, target, fixed)
            self.known.update(targets)
        return [Statement(targets, expression) for targets, expression in parsed]

    def set_by(self, statements: Iterable[Statement]) -> None:
        """Take the names that statements from elsewhere have set."""
        targets = {target for statement in statements for target in statement.targets}
        self.known |= targets
        self.previous |= targets

    def _check_parts(self, node: Node, targets: tuple[str, ...], expression: Expression) -> None:
        """Only chunk and split make parts, and each part gets a name of its own."""
        match expression:
            case Call("chunk", (whole, Number(parts))):
                pass
            case Call("split", (whole, *sizes)):
                parts = len(sizes)
            case _:
                whole, parts = expression, 1
        if len(set(targets)) != parts:
            message = f"{len(set(targets))} names for {parts} part" + "s" * (parts != 1)
            self.file.wrong(node, message, "write a, b = chunk(x, 2)")
        if functions(whole) & {"chunk", "split"}:
            self.file.wrong(node, "parts must get their names at once", "write a, b = chunk(x, 2)")

    def _check_target(self, node: Node, target: str, fixed: Collection[str]) -> None:
        problem = problem_of_name(target)
        if target in self.functions:
            problem = f"{target} is a function", "choose another name"
        elif target.startswith(PREVIOUS):
            problem = f"{target} cannot be set", _OF_ITSELF
        elif target in fixed:
            problem = f"{target} cannot be set", "set a state, or a name of your own"
        if problem:
            self.file.wrong(node, *problem)

    def _check(self, node: Node | None, expression: Expression) -> None:
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
        return bool(names(expression) - self.numbers)

    def _problem_of_value(self, name: str) -> tuple[str, str]:
        if name.removeprefix(PREVIOUS) in self.split:
            return self.split[name.removeprefix(PREVIOUS)]
        if name in self.later:
            return f"{name} is used before it is set", "move the line that sets it up"
        if name in self.functions:
            return f"{name} is a function", f"call it: {name}(...)"
        return f"unknown name {name}", one_of(sorted(self.known), name)

    def _problem_of_call(
        self, name: str, arguments: Sequence[Expression]
    ) -> tuple[str, str] | None:
        function = self.functions.get(name)
        if function is None:
            return f"unknown function {name}", one_of(sorted(self.functions), name)
        least, given = len(function.takes), len(arguments)
        if given < least or (given > least and not function.more):
            at_least = "at least " if function.more else ""
            return f"{name} has {given} arguments", f"it takes {at_least}{least}"
        kinds = (*function.takes, *[function.more] * (given - least))
        if VALUE in kinds and not any(
            self._is_tensor(argument)
            for kind, argument in zip(kinds, arguments)
            if kind != CONDITION
        ):
            return f"{name} needs a tensor", "write mask(a > b) * number"
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
        if kind == TENSOR and not self._is_tensor(argument):
            return f"{name} needs a tensor", "numbers and sizes are none"
        if kind == WHOLE and not all(map(self._is_whole, nodes(argument))):
            return f"{name} needs a whole number", "write a number, or sizes with + - * //"
        return None

    def _is_whole(self, part: Expression) -> bool:
        match part:
            case Name(size):
                return size in self.numbers
            case Number(int()) | Negative() | Operation(_, "+" | "-" | "*" | "//", _):
                return True
        return False
