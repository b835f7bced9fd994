"""Reverse-mode differentiation: from the statements of a timestep to those of its gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..language.derivatives import ARGUMENTS, GRADIENT, RESULT, rules
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    computed,
    names,
    nodes,
    rename,
    substitute,
)
from ..model import Statement

OUTPUT = "output"
GRADIENT_OF = "d_"
"""How the name of a gradient begins."""


@dataclass(frozen=True)
class Backward:
    """One timestep backwards.

    Attributes:
        values: The timestep once more, every value under a name of its own, but only those that a
            gradient is computed from. A state's plain name is its value before the timestep.
        gradients: What follows. At first, `d_...` of the output and of the states are the gradients
            of those after the timestep; in the end, of those before it. That of a parameter is
            what the timestep adds to it.
        reached: Of whom there is a gradient in the end: of the input, of parameters and states.
    """

    values: tuple[Statement, ...]
    gradients: tuple[Statement, ...]
    reached: frozenset[str]


def differentiate(
    statements: tuple[Statement, ...], given: Sequence[str], states: Sequence[str] = ()
) -> Backward:
    """Differentiate one timestep of a layer whose neurons do not see each other.

    Args:
        statements: The timestep; one of them sets `output`.
        given: The names that have a gradient and a value before it, beside the states.
        states: Those whose latest value is what the next timestep finds.
    """
    values = _Values(statements, (*given, *states))
    flow = _Flow(values, states)
    reached = frozenset({*given, *states} & flow.reached)
    gradients = _needed(flow.statements, {GRADIENT_OF + name for name in reached})
    forward = _needed(values.statements(), _read(gradients))
    in_order = values.in_order((*forward, *gradients))
    return Backward(
        tuple(_renamed(statement, in_order) for statement in forward),
        tuple(_renamed(statement, in_order) for statement in gradients),
        reached,
    )


class _Values:
    """A timestep in which no name changes its value, and names for the values inside."""

    def __init__(self, timestep: tuple[Statement, ...], before: Sequence[str]) -> None:
        now = {name: name for name in before}
        self.taken = {*before, *(s.targets[0] for s in timestep)}
        self.versions: list[Statement] = []
        self.meant: dict[str, str] = {name: name for name in before}
        for statement in timestep:
            expression = rename(computed(statement.expression), now)
            name = statement.targets[0]
            now[name] = self.fresh(name) if name in now else name
            self.meant[now[name]] = name
            self.versions.append(replace(statement, targets=(now[name],), expression=expression))
        self.inner: set[str] = set()
        self.names: dict[Expression, Name] = {}
        for version in self.versions:
            if not isinstance(version.expression, Name):
                self.names.setdefault(version.expression, Name(version.targets[0]))

    def fresh(self, name: str) -> str:
        """A name like this one that nothing has."""
        number = next(n for n in range(1, 10_000) if f"{name}_{n}" not in self.taken)
        self.taken.add(f"{name}_{number}")
        return f"{name}_{number}"

    def in_order(self, statements: Iterable[Statement]) -> dict[str, str]:
        """New names for the inner values, counted in the order in which they are set."""
        targets = dict.fromkeys(s.targets[0].removeprefix(GRADIENT_OF) for s in statements)
        inner = [target for target in targets if target in self.inner]
        new = dict(zip(inner, sorted(self.inner, key=lambda name: (len(name), name))))
        return new | {GRADIENT_OF + old: GRADIENT_OF + name for old, name in new.items()}

    def of(self, node: Expression) -> Expression:
        """A value by its name, so that nothing is computed twice."""
        match node:
            case Operation(left, operator, right) if operator in COMPARISONS:
                return Operation(self.of(left), operator, self.of(right))
            case Name() | Number() | Negative(Name() | Number()):
                return node
        return self.names[node] if node in self.names else Name(self.inner_name(node))

    def inner_name(self, node: Expression) -> str:
        """What an inner value is called, or would be."""
        name = self.names.get(node)
        if name is None or name.name not in self.inner:
            name = Name(self.fresh("inner"))
            self.inner.add(name.name)
            self.names.setdefault(node, name)
        return name.name

    def statements(self) -> Iterator[Statement]:
        """The timestep, every inner value that has a name before it is read."""
        done: set[Name] = set()
        for version in self.versions:
            for part in reversed(list(nodes(version.expression))):
                name = self.names.get(part)
                if name and name not in done:
                    done.add(name)
                    yield replace(version, targets=(name.name,), expression=self._by_names(part))
            target = Name(version.targets[0])
            if target not in done:
                done.add(target)
                yield replace(
                    version, expression=self.names.get(version.expression, version.expression)
                )

    def _by_names(self, node: Expression) -> Expression:
        """An expression whose parts stand under their names, if they have any."""

        def shortened(part: Expression) -> Expression:
            return self.names[part] if part in self.names else self._by_names(part)

        match node:
            case Negative(operand):
                return Negative(shortened(operand))
            case Operation(left, operator, right):
                return Operation(shortened(left), operator, shortened(right))
            case Call(function, arguments):
                return Call(function, tuple(map(shortened, arguments)))
        return node


class _Flow:
    """The gradients that flow back through a timestep.

    The gradient of a name serves all its values: what comes before a statement reads the one that
    the statement replaces.
    """

    def __init__(self, values: _Values, states: Sequence[str]) -> None:
        self.values = values
        self.reached = {OUTPUT, *states}
        self.statements: list[Statement] = []
        for version in reversed(values.versions):
            self._through(values.meant[version.targets[0]], version.expression)

    def _through(self, target: str, expression: Expression) -> None:
        """Hand the gradient of a target on to what its value is computed from."""
        if target not in self.reached:
            return
        self.reached.remove(target)
        shares: dict[str, Expression] = {}
        for name, share in self._shares(expression, Name(GRADIENT_OF + target)):
            name = self.values.meant.get(name, name)
            shares[name] = _sum(shares[name], share) if name in shares else share
        # Its own comes last, since the others read the gradient of before.
        for name in sorted(shares, key=lambda name: name == target):
            gradient = Name(GRADIENT_OF + name)
            value = _sum(gradient, shares[name]) if name in self.reached else shares[name]
            self.reached.add(name)
            if value != gradient:
                self.statements.append(Statement((gradient.name,), value))

    def _shares(self, node: Expression, gradient: Expression) -> Iterator[tuple[str, Expression]]:
        """What reaches each name that an expression reads, where this gradient reaches it."""
        if isinstance(node, Name):
            yield node.name, gradient
            return
        branches = [(part, rule) for part, rule in self._rules(node) if names(part) and names(rule)]
        uses = sum(part == Name(GRADIENT) for _, rule in branches for part in nodes(rule))
        if uses > 1 and not _is_short(gradient):
            kept = GRADIENT_OF + self.values.inner_name(node)
            self.statements.append(Statement((kept,), gradient))
            gradient = Name(kept)
        for part, rule in branches:
            yield from self._shares(part, self._applied(rule, node, gradient))

    def _rules(self, node: Expression) -> Iterable[tuple[Expression, Expression]]:
        match node:
            case Negative(operand):
                return zip((operand,), rules("negate"))
            case Operation(left, operator, right):
                return zip((left, right), rules(operator))
            case Call(function, arguments):
                return zip(arguments, rules(function))
        return ()

    def _applied(self, rule: Expression, node: Expression, gradient: Expression) -> Expression:
        """A rule, with the values that it asks for."""
        match node:
            case Negative(operand):
                operands: tuple[Expression, ...] = (operand,)
            case Operation(left, _, right):
                operands = (left, right)
            case Call(_, operands):
                pass
        meaning = {GRADIENT: gradient}
        for name, part in zip((RESULT, *ARGUMENTS), (node, *operands)):
            if name in names(rule):
                meaning[name] = self.values.of(part)
        return _tidy(substitute(rule, meaning))


def _needed(statements: Iterable[Statement], wanted: set[str]) -> tuple[Statement, ...]:
    """The statements that the wanted names depend on."""
    needed: list[Statement] = []
    wanted = set(wanted)
    for statement in reversed(list(statements)):
        if wanted.intersection(statement.targets):
            needed.insert(0, statement)
            wanted |= names(statement.expression)
    return tuple(needed)


def _renamed(statement: Statement, new: Mapping[str, str]) -> Statement:
    target = new.get(statement.targets[0], statement.targets[0])
    return replace(statement, targets=(target,), expression=rename(statement.expression, new))


def _read(statements: Iterable[Statement]) -> set[str]:
    return set().union(*(names(statement.expression) for statement in statements))


def _is_short(gradient: Expression) -> bool:
    return isinstance(gradient, Name | Negative) and len(list(nodes(gradient))) <= 2


def _sum(left: Expression, right: Expression) -> Expression:
    match left, right:
        case _, Negative(operand):
            return Operation(left, "-", operand)
        case Negative(operand), _:
            return Operation(right, "-", operand)
    return Operation(left, "+", right)


def _tidy(expression: Expression) -> Expression:
    """A product with its sign before it."""
    match expression:
        case Negative(Negative(operand)):
            return _tidy(operand)
        case Operation(left, "*" | "/" as operator, right):
            match _tidy(left), _tidy(right):
                case Negative(a), Negative(b):
                    return Operation(a, operator, b)
                case Negative(a), b:
                    return Negative(Operation(a, operator, b))
                case a, Negative(b):
                    return Negative(Operation(a, operator, b))
    return expression
