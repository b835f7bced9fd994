"""Loop nests: the statements of a recurrence, grouped into loops over the elements of arrays.

A statement runs for each element of its space, which are the axes of all that it reads. If its
target lacks some of them, it adds up over these. The innermost loop is over the neurons, since
there are many of them: arrays are stored with the neurons last, and compilers make vector code of
such a loop.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from ..language.derivatives import PIECE, PRODUCT
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    children,
    names,
    nodes,
    rename,
    to_python,
    transform,
)
from ..language.sizes import ONE, Polynomial, size_of
from ..model import Statement
from .gradient import GRADIENT_OF, Backward, differentiate
from .parts import NoParts, Parts, Piece, Product, Reshape

Axes = tuple[int, ...]
"""The dimensions of an array, as numbers; equal numbers are one loop."""

Dimensions = tuple[int | None, ...]
"""The same, with None for a size of 1."""


@dataclass(frozen=True)
class Item:
    """A statement in a loop nest, or a product with a matrix.

    Attributes:
        adds: Whether it adds to its target.
        largest: Whether its target is the largest value over the axes that it lacks, not the sum.
        space: The axes of its loops, the innermost last.
        product: The product, for one; its expression is then 0.
        addends: What is added to each part of the product, unless it has one addend.
    """

    target: str
    expression: Expression
    adds: bool
    space: Axes
    product: Product | None = None
    addends: tuple[str, ...] = ()
    largest: bool = False

    @property
    def read(self) -> set[str]:
        """The names that it reads, besides the target that it adds to."""
        return names(self.expression)

    @property
    def cut(self) -> set[str]:
        """The names of which it reads other elements than the one that it sets."""
        calls = (node for node in nodes(self.expression) if isinstance(node, Call))
        return {name for call in calls if is_piece(call.function) for name in names(call)}


def is_piece(function: str) -> bool:
    """Whether a function returns a part of a value, or the gradient of one."""
    return function.startswith(PIECE)


@dataclass(frozen=True)
class Nest:
    """Statements in one loop nest."""

    space: Axes
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Recurrence:
    """A recurrence as loop nests.

    Attributes:
        source: What it was made from.
        parts: The same, with the names in the kernel.
        axes: The axes of each name, in the order of its dimensions.
        sizes: The size of each axis.
        dimensions: The axes of each input, output and state, with None for a size of 1.
        ends: The axes of the operand that each piece is a part of, and those of its result in their
            place; None for a size of 1.
        lane: The axis of the neurons, which is stored last.
        outputs: The names of its outputs.
        next: The name of each state after the timestep.
        forward: The nests and products of a timestep.
        backward: Those of its gradients.
        reached: The inputs, parameters and states that have a gradient.
        recomputed: The same gradients, where the states of several timesteps are recomputed first.
    """

    source: Parts
    parts: Parts
    axes: Mapping[str, Axes]
    sizes: Mapping[int, Polynomial]
    dimensions: Mapping[str, Dimensions]
    ends: Mapping[str, tuple[Dimensions, Dimensions]]
    lane: int
    outputs: tuple[str, ...]
    next: Mapping[str, str]
    forward: tuple[Nest | Item, ...]
    backward: tuple[Nest | Item, ...]
    reached: frozenset[str]
    recomputed: Recomputed


@dataclass(frozen=True)
class Recomputed:
    """The gradients of a timestep whose states are recomputed before.

    Attributes:
        states: The nests that recompute the states after a timestep, and what is kept.
        next: The name in these of each state after the timestep.
        kept: What they compute besides: values that the gradients read, of slow functions.
        backward: The nests and products of the gradients.
    """

    states: tuple[Nest | Item, ...]
    next: Mapping[str, str]
    kept: tuple[str, ...]
    backward: tuple[Nest | Item, ...]


_SLOW = frozenset("""
    arcsinh atan cos cosh erf exp expm1 log log1p sigmoid sigmoid_inverse silu sin sinh softplus
    softplus_inverse tan tanh
""".split())
"""Functions that take longer to compute than to load their value."""

OUT = "_out"
"""The ending of the names of outputs."""

OWN = "own_"
"""The prefix of names that would be those of gradients or functions of the kernel."""

_TAKEN = rf"({GRADIENT_OF}|{OWN}|{PRODUCT}|{PIECE}|inner_|sum_of_).*|.*({OUT}|_gradient)"


def recurrence(parts: Parts) -> Recurrence:
    """Return the recurrence of a layer as loop nests; there are none if only the input determines
    its states.

    Raises:
        NoParts: A value is used along two dimensions.
    """
    if not parts.states:
        nothing = Recomputed((), {}, (), ())
        return Recurrence(parts, parts, {}, {}, {}, {}, 0, (), {}, (), (), frozenset(), nothing)
    if not parts.streams:
        raise NoParts("no state depends on the input")
    source, parts = parts, _renamed(parts)
    states = tuple(state.name for state in parts.states)
    outputs = tuple(f"{name}{OUT}" for name in parts.outputs)
    final = (Statement((f"{n}{OUT}",), Name(n)) for n in parts.outputs)
    given = (*parts.streams, *parts.parameters)
    statements = tuple(_flat(_single((*parts.statements, *final), (*given, *parts.sizes), states)))
    axes = _Axes(parts)
    for statement in statements:
        axes.add(statement)
    plain = tuple(Statement(s.targets, _stripped(s.expression)) for s in statements)
    return _Maker(parts, axes, plain, outputs).recurrence(source)


def _renamed(parts: Parts) -> Parts:
    """Return the parts with other names for those that differentiation adds."""
    for function in parts.layer.functions:
        if re.fullmatch(_TAKEN, function.name):
            raise NoParts(f"{function.name} begins or ends like a name that its kernel adds")
    targets = {target for statement in parts.statements for target in statement.targets}
    known = {*parts.streams, *parts.parameters, *parts.sizes, *parts.shapes, *targets}
    new = {name: f"{OWN}{name}" for name in known if re.fullmatch(_TAKEN, name)}

    def one(name: str) -> str:
        return new.get(name, name)

    def many(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(one, names))

    return replace(
        parts,
        streams=many(parts.streams),
        parameters=many(parts.parameters),
        sizes=many(parts.sizes),
        states=tuple(replace(state, name=one(state.name)) for state in parts.states),
        statements=tuple(
            replace(s, targets=many(s.targets), expression=rename(s.expression, new))
            for s in parts.statements
        ),
        products=tuple(
            replace(p, operand=one(p.operand), results=many(p.results), addend=one(p.addend))
            for p in parts.products
        ),
        outputs=many(parts.outputs),
        shapes={one(name): shape for name, shape in parts.shapes.items()},
    )


# Statements with one meaning for each name


def _single(
    statements: Iterable[Statement], given: Iterable[str], states: Sequence[str]
) -> Iterator[Statement]:
    """Yield the statements with a new name for each further value of a name that is no state."""
    now = {name: name for name in (*given, *states)}
    for statement in statements:
        target, expression = statement.targets[0], rename(statement.expression, now)
        new = target
        if target in now and target not in states:
            new = next(n for i in count(1) if (n := f"{target}_{i}") not in now.values())
        now[target] = new
        yield replace(statement, targets=(new,), expression=expression)


def _flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield the statements, with each sum or maximum over a dimension as one of its own."""
    statements = tuple(statements)
    taken = {target for statement in statements for target in statement.targets}
    for statement in statements:
        found: list[Statement] = []

        def change(node: Expression) -> Expression:
            match node:
                case Call("sum" | "max" as function, (inner, dim)):
                    if not isinstance(inner, Name):
                        inner = fresh("summand", inner)
                    return fresh("total", Call(function, (inner, dim)))
            return node

        def fresh(stem: str, expression: Expression) -> Name:
            name = next(n for i in count(1) if (n := f"{stem}_{i}") not in taken)
            taken.add(name)
            found.append(Statement((name,), expression))
            return Name(name)

        match statement.expression:
            case Call("sum" | "max" as function, (inner, dim)):
                inner = transform(inner, change)
                if not isinstance(inner, Name):
                    inner = fresh("summand", inner)
                expression: Expression = Call(function, (inner, dim))
            case other:
                expression = transform(other, change)
        yield from found
        yield replace(statement, expression=expression)


def _stripped(expression: Expression) -> Expression:
    """Return an expression of elements, which are broadcast by the names of their axes."""

    def change(node: Expression) -> Expression:
        match node:
            case Call("unsqueeze", (inner, _)):
                return inner
        return node

    return transform(expression, change)


# Axes


class _Axes:
    """Finds which dimensions of values are one loop: those that are combined element by element."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.parent: dict[int, int] = {}
        self.size: dict[int, Polynomial] = {}
        self.numbers = set(parts.sizes)
        self.pieces = {piece.name: piece for piece in parts.pieces}
        self.ends: dict[str, tuple[Dimensions, Dimensions]] = {}
        names_of = {parameter.name for parameter in parts.layer.parameters}
        own = {name for name in parts.parameters if name.removeprefix(OWN) in names_of}
        states = [state.name for state in parts.states]
        self.of_name: dict[str, Dimensions] = {}
        self.expressions: dict[str, Expression] = {}
        for name in [*states, *parts.streams, *(p for p in parts.parameters if p not in own)]:
            self.of_name[name] = self._declared(name)
        found = [axis for name in states for axis in self.of_name[name] if axis is not None]
        if not found:
            raise NoParts(f"its state {states[0]} has no features")
        neurons = size_of(parts.layer.features[1])  # the size of parameters
        self.lane = next((axis for axis in found if self.size[axis] == neurons), found[0])
        self.of_name |= dict.fromkeys(own, (self._new(neurons),))

    def _declared(self, name: str) -> Dimensions:
        return tuple(map(self._new, self.parts.shapes[name].sizes))

    def _new(self, size: Polynomial) -> int | None:
        """Return a new axis; None for a size of 1."""
        if size == ONE:
            return None
        axis = len(self.parent)
        self.parent[axis], self.size[axis] = axis, size
        return axis

    def root(self, axis: int) -> int:
        while self.parent[axis] != axis:
            axis = self.parent[axis]
        return axis

    def add(self, statement: Statement) -> None:
        """Learn from a statement."""
        name, expression = statement.targets[0], statement.expression
        self.expressions[name] = expression
        match expression:
            case Call(function, (_, *addend)) if function.startswith(PRODUCT):
                found = self._declared(name)
                if addend:
                    found = self._joined([found, self.of(addend[0])])
            case _:
                found = self.of(expression)
        if name in self.of_name:
            found = self._joined([self.of_name[name], found])
        self.of_name[name] = found

    def of(self, expression: Expression) -> Dimensions:
        match expression:
            case Name(name):
                return () if name in self.numbers else self.of_name[name]
            case Number():
                return ()
            case Negative(operand):
                return self.of(operand)
            case Operation(left, _, right):
                return self._joined([self.of(left), self.of(right)])
            case Call("unsqueeze", (inner, dim)):
                axes = self.of(inner)
                place = len(axes) + 1 + _whole(dim)
                return (*axes[:place], None, *axes[place:])
            case Call("sum" | "max", (inner, dim)):
                axes = self.of(inner)
                place = len(axes) + _whole(dim)
                return (*axes[:place], *axes[place + 1 :])
            case Call(function, (operand,)) if function in self.pieces:
                return self._of_piece(self.of(operand), self.pieces[function])
            case Call(_, arguments):
                return self._joined([self.of(argument) for argument in arguments])

    def _of_piece(self, axes: Dimensions, piece: Piece | Reshape) -> Dimensions:
        match piece:
            case Reshape(name, _, to):
                ends = axes, tuple(map(self._new, to))
                found = ends[1]
            case Piece(name, whole=whole, dim=dim):
                place = len(axes) + dim
                ends = (axes[place],), (self._new(whole),)
                found = (*axes[:place], *ends[1], *axes[place + 1 :])
        self.ends[name] = ends
        return found

    def _joined(self, parts: Sequence[Dimensions]) -> Dimensions:
        longest = max(map(len, parts))
        padded = [(*[None] * (longest - len(part)), *part) for part in parts]
        return tuple(map(self._one, zip(*padded)))

    def _one(self, axes: tuple[int | None, ...]) -> int | None:
        roots = [self.root(axis) for axis in axes if axis is not None]
        for other in roots:
            if self.size[other] != self.size[roots[0]]:
                raise NoParts(
                    f"{self.size[other]} and {self.size[roots[0]]} may be different sizes"
                )
            self.parent[self.root(other)] = self.root(roots[0])
        return self.root(roots[0]) if roots else None

    def dimensions(self, name: str) -> Dimensions:
        return self._known(self.of_name[name])

    def ends_of(self, piece: str) -> tuple[Dimensions, Dimensions]:
        """Return the axes of the operand that a piece is a part of, and those of its result."""
        of, whole = self.ends[piece]
        return self._known(of), self._known(whole)

    def _known(self, axes: Dimensions) -> Dimensions:
        return tuple(None if axis is None else self.root(axis) for axis in axes)

    def axes(self, name: str) -> Axes:
        """Return the axes of a name, of sizes other than 1."""
        found = tuple(axis for axis in self.dimensions(name) if axis is not None)
        if len(set(found)) < len(found):
            text = to_python(self.expressions[name]) if name in self.expressions else name
            raise NoParts(f"{text} is used along two of its dimensions at once")
        return found


def _whole(expression: Expression) -> int:
    match expression:
        case Number(int() as value):
            return value
        case Negative(Number(int() as value)):
            return -value
    raise NotImplementedError(expression)


# Loop nests


class _Maker:
    def __init__(
        self, parts: Parts, axes: _Axes, statements: tuple[Statement, ...], outputs: tuple[str, ...]
    ) -> None:
        self.parts, self.statements, self.outputs = parts, statements, outputs
        self.states = tuple(state.name for state in parts.states)
        self.lane = axes.root(axes.lane)
        self.sizes = {axis: axes.size[axis] for axis in axes.parent}
        self.axes = {name: axes.axes(name) for name in axes.of_name}
        self.dimensions = {name: axes.dimensions(name) for name in axes.of_name}
        self.ends = {piece: axes.ends_of(piece) for piece in axes.ends}
        self.products = {product.name: product for product in parts.products}
        self.addends: dict[str, str] = {}

    def recurrence(self, source: Parts) -> Recurrence:
        given = (*self.parts.streams, *self.parts.parameters, *self.parts.sizes)
        forward, last = self._versions()
        operands = {product.operand for product in self.parts.products}
        results = {*self.outputs, *last.values(), *operands, *self.addends.values()}
        forward = _live(forward, results)
        backward = differentiate(self.statements, given, self.states, self.outputs)
        self._know(backward)
        return Recurrence(
            source=source,
            parts=self.parts,
            axes=self.axes,
            sizes=self.sizes,
            dimensions=self.dimensions,
            ends=self.ends,
            lane=self.lane,
            outputs=self.outputs,
            next=last,
            forward=tuple(_grouped(self, forward)),
            backward=tuple(_grouped(self, self._backward(backward))),
            reached=backward.reached,
            recomputed=self._recomputed(backward),
        )

    def sums(self, item: Item) -> bool:
        """Whether a statement adds up over axes that its target lacks."""
        return set(self.axes[item.target]) != set(item.space)

    def space(self, axes: Iterable[int]) -> Axes:
        return tuple(sorted(set(axes), key=lambda axis: (axis == self.lane, axis)))

    def of(self, expression: Expression) -> Axes:
        return self.space(self._axes(expression))

    def _axes(self, expression: Expression) -> Iterator[int]:
        """Yield the axes of what an expression reads, without those of which a piece is read."""
        match expression:
            case Name(name):
                yield from self.axes.get(name, ())
            case Call(function, (operand,)) if is_piece(function):
                ends = self.ends[function.removesuffix("_gradient")][function.endswith("_gradient")]
                yield from (axis for axis in self._axes(operand) if axis not in ends)
            case _:
                for part in children(expression):
                    yield from self._axes(part)

    def _versions(self) -> tuple[list[Item], dict[str, str]]:
        """Return the forward statements, with a name for each value of a state, and the last."""
        now = {name: name for name in self.states}
        items: list[Item] = []
        for statement in self.statements:
            target = statement.targets[0]
            expression = rename(transform(statement.expression, _value_alone), now)
            if target in now:
                source, target = target, self._copy(target)
                now[source] = target
            items += self._items(target, expression)
        return items, now

    def _items(self, target: str, expression: Expression, fixed: bool = False) -> Iterator[Item]:
        """Yield a statement: a product, or terms that are added up over other axes than others.

        Args:
            fixed: Whether the target has a value already that is added to.
        """
        match expression:
            case Call(function, (Name(operand), *_)) if function.startswith(PRODUCT):
                yield from self._product(target, function, expression.arguments[1:])
                return
            case Call("max", (inner, _)):
                space = self.space((*self.axes[target], *self.of(inner)))
                yield Item(target, inner, False, space, largest=True)
                return
            case Call("sum", (inner, _)):
                expression = inner
        own = self.space(self.axes[target])
        if target in Item(target, expression, False, own).cut:
            copy = self._copy(target)
            yield Item(copy, expression, False, own)
            expression = Name(copy)
        terms = list(_terms(expression))
        rest = [term for term in terms if term != Name(target)]
        adds = len(rest) < len(terms) or fixed
        inside = [term for term in rest if set(self.of(term)) <= set(own)]
        summed = [term for term in rest if term not in inside]
        if inside:
            yield Item(target, _added(inside), adds, own)
            adds = True
        for term in summed:
            yield Item(target, term, adds, self.space((*own, *self.of(term))))
            adds = True

    def _copy(self, name: str) -> str:
        """Return a new name with the axes of another."""
        taken = {*self.axes, *self.parts.sizes}
        copy = next(n for i in count(1) if (n := f"{name}_{i}") not in taken)
        self.axes[copy] = self.axes[name]
        return copy

    def _product(
        self, target: str, function: str, addend: tuple[Expression, ...]
    ) -> Iterator[Item]:
        """Yield a product after the statement of the last of its parts."""
        product = self.products[function.rpartition("_")[0]]
        self.addends |= {target: part.name for part in addend if isinstance(part, Name)}
        if target == product.results[-1]:
            addends = tuple(self.addends.get(result, "") for result in product.results)
            yield Item(target, Number(0), True, (), product, addends)

    def _know(self, backward: Backward) -> None:
        """Learn the axes of the names in the backward computation."""
        for name in (*self.states, *self.outputs):
            self.axes[GRADIENT_OF + name] = self.axes[name]
        for statement in (*backward.recomputed, *backward.gradients):
            target = statement.targets[0]
            value = target.removeprefix(GRADIENT_OF)
            if target in self.axes:
                continue
            if value in self.axes:
                self.axes[target] = self.axes[value]
            else:
                self.axes[target] = self.of(statement.expression)

    def _recomputed(self, backward: Backward) -> Recomputed:
        after = set(backward.next.values())
        slow = (s.targets[0] for s in backward.values if _is_slow(s.expression))
        kept = tuple(n for n in slow if n not in after and len(self.axes[n]) > 1)
        plain = (
            replace(statement, expression=transform(statement.expression, _value_alone))
            for statement in backward.recomputed
        )
        gradients = self._backward(backward, {*after, *kept})
        items = _recomputed([*self._values(plain)], gradients, {*kept}, backward.next)
        return Recomputed(
            states=tuple(_grouped(self, items)),
            next=backward.next,
            kept=kept,
            backward=tuple(_grouped(self, gradients)),
        )

    def _values(self, values: Iterable[Statement]) -> Iterator[Item]:
        """Yield the items of values, but for the results of products."""
        results = {result for product in self.parts.products for result in product.results}
        for statement in values:
            if statement.targets[0] not in results:
                yield from self._items(statement.targets[0], statement.expression)

    def _backward(self, backward: Backward, known: Container[str] = ()) -> list[Item]:
        """Return the items of the gradients, and of the values that they read but are not known."""
        items = [*self._values(s for s in backward.values if s.targets[0] not in known)]
        starts: dict[str, bool] = {}
        for statement in backward.gradients:
            items += self._gradient(statement, starts)
        return _live(items, self._wanted(backward))

    def _gradient(self, statement: Statement, starts: dict[str, bool]) -> Iterator[Item]:
        target, expression = statement.targets[0], statement.expression
        terms = list(_terms(expression))
        for term in terms:
            match term:
                case Call(function) if function.startswith(PRODUCT):
                    name = function.removesuffix("_gradient").rpartition("_")[0]
                    starts.setdefault(name, Name(target) in terms)
                    if function.endswith("_0_gradient"):
                        yield Item(target, Number(0), starts[name], (), self.products[name])
        rest = [t for t in terms if not (isinstance(t, Call) and t.function.startswith(PRODUCT))]
        if rest:
            is_parameter = target.removeprefix(GRADIENT_OF) in self.parts.parameters
            yield from self._items(target, _added(rest), is_parameter)

    def _wanted(self, backward: Backward) -> set[str]:
        results = {result for product in self.parts.products for result in product.results}
        return {GRADIENT_OF + name for name in (*backward.reached, *results)}


def _terms(expression: Expression) -> Iterator[Expression]:
    """Yield the terms of a sum."""
    match expression:
        case Operation(left, "+", right):
            yield from _terms(left)
            yield from _terms(right)
        case Operation(left, "-", right):
            yield from _terms(left)
            yield from (_negated(term) for term in _terms(right))
        case _:
            yield expression


def _negated(term: Expression) -> Expression:
    return term.operand if isinstance(term, Negative) else Negative(term)


def _added(terms: Sequence[Expression]) -> Expression:
    total = terms[0]
    for term in terms[1:]:
        match term:
            case Negative(operand):
                total = Operation(total, "-", operand)
            case _:
                total = Operation(total, "+", term)
    return total


def _is_slow(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function in _SLOW


def _value_alone(node: Expression) -> Expression:
    """Return the value of `straight_through`, without what only its gradient needs."""
    match node:
        case Call("straight_through", (value, _)):
            return value
    return node


def _live(items: Sequence[Item], wanted: set[str]) -> list[Item]:
    """Return the items that the wanted names depend on, and all products."""
    kept: list[Item] = []
    for item in reversed(items):
        if item.target in wanted or item.product:
            kept.insert(0, item)
            wanted = wanted | item.read
    return kept


def _recomputed(
    items: Sequence[Item], gradients: Sequence[Item], wanted: set[str], after: Mapping[str, str]
) -> list[Item]:
    """Return the items of what is wanted, and of the states that gradients or later items read.

    Args:
        after: The name of each state after the timestep.
    """
    live = _live(items, wanted)
    read = set[str]().union(*(item.read for item in (*live, *gradients)))
    states = {new for old, new in after.items() if {old, new} & read}
    return live if states <= wanted else _recomputed(items, gradients, wanted | states, after)


def _grouped(self: _Maker, items: Iterable[Item]) -> Iterator[Nest | Item]:
    """Yield the items in nests, each with as many statements as possible.

    Those of few loops are first, so that those of many can be in one nest.
    """
    pending = list(items)
    while pending:
        if pending[0].product:
            yield pending.pop(0)
            continue
        ready = [item for place, item in enumerate(pending) if _is_ready(item, pending[:place])]
        space = min((item.space for item in ready), key=len)
        chosen: list[Item] = []
        left: list[Item] = []
        for item in pending:
            if item.product or item.space != space or _blocked(self, item, chosen, left):
                left.append(item)
            else:
                chosen.append(item)
        yield Nest(space, tuple(chosen))
        pending = left


def _is_ready(item: Item, before: Sequence[Item]) -> bool:
    """Whether a statement may run before others."""
    return not any(other.product or item.product or _conflict(other, item) for other in before)


def _blocked(self: _Maker, item: Item, chosen: Sequence[Item], left: Sequence[Item]) -> bool:
    """Whether a statement must not run in a nest with the chosen ones, before those left."""

    def needs_sum(one: Item, other: Item) -> bool:
        """Whether a statement depends on the whole sum of another."""
        return self.sums(one) and (one.target in other.read or _sets(other, one.target))

    def moves(one: Item, other: Item) -> bool:
        """Whether a statement sets elements that another reads at other places of the loops."""
        return one.target in other.cut

    return not _is_ready(item, left) or any(
        needs_sum(*pair) or moves(*pair)
        for other in chosen
        for pair in ((other, item), (item, other))
    )


def _sets(item: Item, target: str) -> bool:
    return item.target == target and not item.adds


def _conflict(first: Item, then: Item) -> bool:
    """Whether a statement must run after another, which is before it."""
    both_add = first.target == then.target and then.adds and first.adds
    return (
        first.target in then.read
        or then.target in first.read
        or (first.target == then.target and not both_add)
    )
