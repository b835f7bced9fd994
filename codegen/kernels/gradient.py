"""Reverse-mode differentiation: from the statements of a timestep to those of its gradients.

It takes three passes, shown for a timestep with input `x`, parameter `beta` and state `mem`:

    mem = beta * mem + x
    spikes = atan(mem - 1)
    mem = mem - spikes
    output = spikes

1. Rename: each value gets a unique name (`_versions`). Intermediate values that no statement sets,
   such as `mem_1 - 1`, get one too, for the rules that read them (`_values`).

    mem_1 = beta * mem + x
    spikes = atan(mem_1 - 1)
    mem_2 = mem_1 - spikes
    output = spikes

2. Differentiate, from the last statement to the first (`_flow`). All values of a name share one
   gradient: `d_mem` is first that of `mem_2`, then that of `mem_1`, and finally that of `mem`.

    d_spikes = d_output
    d_spikes = d_spikes - d_mem
    d_mem = d_mem + d_spikes / (1 + inner_4 * inner_4)
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

3. Prune: keep the values and gradients that the final gradients depend on, and renumber the inner
   values (`_pruned`). Nothing reads `mem_2`, `spikes` or `output`, so the values are:

    mem_1 = beta * mem + x
    inner_1 = mem_1 - 1

   and the gradients are those above, with `inner_1` instead of `inner_4`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ..language.derivatives import ARGUMENTS, GRADIENT, RESULT, rules
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    children,
    computed,
    names,
    nodes,
    rename,
    substitute,
)
from ..model import Statement
from ..previous import OUTPUT

GRADIENT_OF = "d_"
"""The prefix of the name of a gradient."""


@dataclass(frozen=True)
class Backward:
    """The backward computation of one timestep.

    Attributes:
        values: The statements that recompute the values that gradients depend on, each value with a
            unique name. The name of a state is its value before the timestep.
        gradients: The statements that follow. Before them, `d_...` of the output and of the states
            are the gradients after the timestep; afterwards, those before it. The gradient of a
            parameter is the contribution of this timestep.
        reached: The inputs, parameters and states that have a gradient.
        recomputed: The statements that recompute the values and the states after the timestep.
        next: The name in these of each state after the timestep.
    """

    values: tuple[Statement, ...]
    gradients: tuple[Statement, ...]
    reached: frozenset[str]
    recomputed: tuple[Statement, ...]
    next: Mapping[str, str]


def differentiate(
    statements: tuple[Statement, ...],
    given: Sequence[str],
    states: Sequence[str] = (),
    outputs: Sequence[str] = (OUTPUT,),
) -> Backward:
    """Differentiate one timestep.

    Args:
        statements: The timestep; some of them set the outputs.
        given: The inputs and the parameters.
        states: The states, whose last values are those before the next timestep.
        outputs: The names of the outputs.
    """
    before = (*given, *states)
    versions = _versions(statements, before)
    values = _values(versions, before)
    gradients, reached = _flow(versions, values, frozenset({*outputs, *states}))
    last = {version.source: version.name for version in versions}
    after = {state: last.get(state, state) for state in states}
    return _pruned(versions, values, gradients, reached & {*before}, after)


# Pass 1: rename


@dataclass(frozen=True)
class _Version:
    """A statement of a timestep in single assignment form.

    Attributes:
        name: The unique name that it sets.
        source: Its name in the timestep.
    """

    name: str
    source: str
    expression: Expression


def _versions(timestep: Iterable[Statement], before: Iterable[str]) -> tuple[_Version, ...]:
    """Return the timestep with a new name for each new value of a name."""
    timestep = tuple(timestep)
    now = {name: name for name in before}
    taken = {*now, *(statement.targets[0] for statement in timestep)}
    versions: list[_Version] = []
    for statement in timestep:
        source = statement.targets[0]
        expression = rename(computed(statement.expression), now)
        now[source] = next(_fresh(source, taken)) if source in now else source
        taken.add(now[source])
        versions.append(_Version(now[source], source, expression))
    return tuple(versions)


def _fresh(name: str, taken: set[str]) -> Iterator[str]:
    """Yield unused names like this one."""
    return (new for number in count(1) if (new := f"{name}_{number}") not in taken)


@dataclass(frozen=True)
class _Values:
    """The names of all values of a timestep.

    Attributes:
        set_by_statement: The names of the values that statements set.
        inner: A name for each intermediate value.
        taken: All other names.
    """

    set_by_statement: Mapping[Expression, str]
    inner: Mapping[Expression, str]
    taken: frozenset[str]

    def name(self, node: Expression) -> Expression:
        """Return the name of a value, so that nothing is computed twice."""
        match node:
            case Operation(left, operator, right) if operator in COMPARISONS:
                return Operation(self.name(left), operator, self.name(right))
            case Name() | Number() | Negative(Name() | Number()):
                return node
        return Name(self.set_by_statement.get(node) or self.inner[node])

    def gradient(self, node: Expression, used: set[str]) -> str:
        """Return an unused name for the gradient of an intermediate value, of which each occurrence
        in a statement has one."""
        name = GRADIENT_OF + self.inner[node]
        taken = used | {GRADIENT_OF + taken for taken in self.taken}
        return next(_fresh(name, taken)) if name in used else name


def _values(versions: Sequence[_Version], before: Sequence[str]) -> _Values:
    taken = {*before, *(v.source for v in versions), *(v.name for v in versions)}
    parts = dict.fromkeys(node for version in versions for node in nodes(version.expression))
    inner = zip((part for part in parts if children(part)), _fresh("inner", taken))
    statements = [v for v in versions if not isinstance(v.expression, Name)]
    by_expression = {v.expression: v.name for v in reversed(statements)}
    return _Values(by_expression, dict(inner), frozenset(taken))


# Pass 2: differentiate


def _flow(
    versions: Sequence[_Version], values: _Values, reached: frozenset[str]
) -> tuple[tuple[Statement, ...], frozenset[str]]:
    """Return the statements of the gradients, from the last statement to the first.

    All values of a name share one gradient: statements before an assignment read the old value.

    Args:
        reached: The names that have a gradient after the timestep.

    Returns:
        The statements, and the names that have a gradient before the timestep.
    """
    sources = {version.name: version.source for version in versions}
    statements: list[Statement] = []
    for version in reversed(versions):
        if version.source in reached:
            reached -= {version.source}
            kept, shares = _shares(version.expression, Name(GRADIENT_OF + version.source), values)
            summed = _summed((sources.get(name, name), share) for name, share in shares)
            statements += [*kept, *_added(summed, version.source, reached)]
            reached = reached.union(summed)
    return tuple(statements), reached


def _summed(shares: Iterable[tuple[str, Expression]]) -> dict[str, Expression]:
    """Return the sum of the contributions to each name."""
    sums: dict[str, Expression] = {}
    for name, share in shares:
        sums[name] = _sum(sums[name], share) if name in sums else share
    return sums


def _added(
    shares: Mapping[str, Expression], target: str, reached: frozenset[str]
) -> Iterator[Statement]:
    """Yield statements that add contributions to existing gradients."""
    # The gradient of the target is updated last, since the others read its old value.
    for name in sorted(shares, key=lambda name: name == target):
        gradient = Name(GRADIENT_OF + name)
        value = _sum(gradient, shares[name]) if name in reached else shares[name]
        if value != gradient:
            yield Statement((gradient.name,), value)


_Shares = tuple[tuple[Statement, ...], tuple[tuple[str, Expression], ...]]


def _shares(
    node: Expression, gradient: Expression, values: _Values, kept: tuple[Statement, ...] = ()
) -> _Shares:
    """Propagate the gradient of an expression to the names that it reads.

    Args:
        kept: Such statements of other parts of the same statement.

    Returns:
        Statements that name gradients which are read several times, and contributions by name.
    """
    if isinstance(node, Name):
        return kept, ((node.name, gradient),)
    branches = [(part, rule) for part, rule in _rules(node) if names(part) and names(rule)]
    uses = sum(part == Name(GRADIENT) for _, rule in branches for part in nodes(rule))
    if uses > 1 and not _is_short(gradient):
        name = values.gradient(node, {statement.targets[0] for statement in kept})
        kept, gradient = (*kept, Statement((name,), gradient)), Name(name)
    shares: tuple[tuple[str, Expression], ...] = ()
    for part, rule in branches:
        kept, found = _shares(part, _applied(rule, node, gradient, values), values, kept)
        shares = (*shares, *found)
    return kept, shares


def _rules(node: Expression) -> Iterable[tuple[Expression, Expression]]:
    """Return the parts of an expression, each with the rule of its gradient."""
    match node:
        case Negative():
            return zip(children(node), rules("negate"))
        case Operation(_, name, _) | Call(name):
            return zip(children(node), rules(name))
    return ()


def _applied(
    rule: Expression, node: Expression, gradient: Expression, values: _Values
) -> Expression:
    """Return a rule with the values that it reads."""
    arguments = dict(zip((RESULT, *ARGUMENTS), (node, *children(node))))
    meaning = {name: values.name(part) for name, part in arguments.items() if name in names(rule)}
    return _tidy(substitute(rule, {GRADIENT: gradient, **meaning}))


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
    """Move minus signs in front of a product."""
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


# Pass 3: prune


def _pruned(
    versions: Sequence[_Version],
    values: _Values,
    gradients: Sequence[Statement],
    reached: frozenset[str],
    after: Mapping[str, str],
) -> Backward:
    """Return the values and gradients that the gradients of these names depend on."""
    named = _named(values, gradients)
    gradients = _needed(gradients, {GRADIENT_OF + name for name in reached})
    read = set().union(*(names(statement.expression) for statement in gradients))
    forward = _needed(_evaluated(versions, named), read)
    recomputed = _needed(_evaluated(versions, named), read | {*after.values()})
    new = _in_order(values, (*forward, *gradients, *recomputed))
    return Backward(
        tuple(_renamed(statement, new) for statement in forward),
        tuple(_renamed(statement, new) for statement in gradients),
        reached,
        tuple(_renamed(statement, new) for statement in recomputed),
        after,
    )


def _named(values: _Values, gradients: Iterable[Statement]) -> dict[Expression, str]:
    """Return the values with a name: those of statements, and those that gradients use."""
    mentioned = set[str]()
    for statement in gradients:
        target = statement.targets[0].removeprefix(GRADIENT_OF)
        mentioned |= {target, *names(statement.expression)}
    inner = {node: name for node, name in values.inner.items() if name in mentioned}
    return inner | dict(values.set_by_statement)


def _needed(statements: Iterable[Statement], wanted: set[str]) -> tuple[Statement, ...]:
    """Return the statements that the wanted names depend on."""
    needed: list[Statement] = []
    for statement in reversed(tuple(statements)):
        if wanted.intersection(statement.targets):
            needed.insert(0, statement)
            wanted = wanted | names(statement.expression)
    return tuple(needed)


def _evaluated(
    versions: Iterable[_Version], named: Mapping[Expression, str]
) -> Iterator[Statement]:
    """Yield the statements of the timestep, with every named value set before it is read."""
    done = set[str]()
    for version in versions:
        parts = [part for part in nodes(version.expression) if part in named]
        for part in reversed(parts):
            if named[part] not in done:
                done.add(named[part])
                yield Statement((named[part],), _by_names(part, named))
        if version.name not in done:
            done.add(version.name)
            same = named.get(version.expression)
            yield Statement((version.name,), Name(same) if same else version.expression)


def _by_names(node: Expression, named: Mapping[Expression, str]) -> Expression:
    """Replace the named parts of an expression by their names."""

    def short(part: Expression) -> Expression:
        return Name(named[part]) if part in named else _by_names(part, named)

    match node:
        case Negative(operand):
            return Negative(short(operand))
        case Operation(left, operator, right):
            return Operation(short(left), operator, short(right))
        case Call(function, arguments):
            return Call(function, tuple(map(short, arguments)))
    return node


def _in_order(values: _Values, statements: Iterable[Statement]) -> dict[str, str]:
    """Return new names for the inner values, numbered in the order in which they are set."""
    targets = dict.fromkeys(s.targets[0].removeprefix(GRADIENT_OF) for s in statements)
    inner = tuple(values.inner.values())
    new = dict(zip((target for target in targets if target in set(inner)), inner))
    return new | {GRADIENT_OF + old: GRADIENT_OF + name for old, name in new.items()}


def _renamed(statement: Statement, new: Mapping[str, str]) -> Statement:
    target = new.get(statement.targets[0], statement.targets[0])
    return Statement((target,), rename(statement.expression, new))
