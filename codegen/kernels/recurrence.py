"""Rewrites statements for a recurrence: elementwise, with sums, parts of values side by side, and
products with a matrix.

What mixes features otherwise is computed before, or has no kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import count

from ..language.derivatives import PIECE
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    children,
    nodes,
    transform,
    with_operands,
)
from ..language.functions import FUNCTIONS
from ..language.sizes import ONE, ZERO, Polynomial, size_of
from ..model import DROPPED, Statement
from ..reading.shapes import integer
from .single import Line, Part
from .values import (
    DIVIDING,
    JOINING,
    LINEAR,
    TRANSPOSED,
    Level,
    NoParts,
    Values,
    size_expression,
)

PRODUCT = "product"
"""The prefix of the functions that are products with a matrix in a recurrence."""

MAPPED = "mapped"
"""What a linear map of the input is named after, which is divided only when states are added."""


@dataclass(frozen=True)
class Product:
    """The product of a vector with a matrix, once per timestep; the result is divided into parts.

    Attributes:
        name: The statements of the recurrence call `<name>_0(operand, addend)` for its first part.
        operand: The vector, a name of the recurrence.
        matrix: The matrix, of the outputs x the inputs.
        results: The parts of the result.
        addend: What is added to the whole result: a name of what is computed before, or "".
    """

    name: str
    operand: str
    matrix: str
    results: tuple[str, ...]
    addend: str


@dataclass(frozen=True)
class Piece:
    """A part of a value along one dimension, with zeros around it.

    Attributes:
        name: The function of the recurrence that returns it.
        of: The size of the value in this dimension.
        start: The number of elements before the part, in the value.
        size: The number of elements of the part.
        before: The number of zeros before it, in the result.
        whole: The size of the result.
        dim: The dimension, counted from the end.
    """

    name: str
    of: Polynomial
    start: Polynomial
    size: Polynomial
    before: Polynomial
    whole: Polynomial
    dim: int = -1

    @property
    def sizes(self) -> tuple[Polynomial, ...]:
        return self.of, self.start, self.size, self.before, self.whole


@dataclass(frozen=True)
class Reshape:
    """A value with other sizes of its features, in which their order is the same.

    Attributes:
        name: The function of the recurrence that returns it.
        of: The sizes of the value.
        to: Those of the result.
    """

    name: str
    of: tuple[Polynomial, ...]
    to: tuple[Polynomial, ...]

    @property
    def sizes(self) -> tuple[Polynomial, ...]:
        return self.of + self.to


@dataclass(frozen=True)
class _Division:
    """How a value is divided into those that a statement sets.

    Attributes:
        sources: What the parts are named after.
        call: `chunk` or `split`; None if the value is not divided.
        dropped: The places of the parts that are not used.
    """

    sources: tuple[str, ...]
    call: Call | None = None
    dropped: frozenset[int] = frozenset()

    def of(self, whole: Expression) -> Expression:
        """Return an expression, divided."""
        return (
            replace(self.call, arguments=(whole, *self.call.arguments[1:])) if self.call else whole
        )


@dataclass(frozen=True)
class _Map:
    """A linear map.

    Attributes:
        name: The name of the module or weight.
        whole: What is mapped.
    """

    name: str
    whole: Expression
    matrix: Expression
    bias: Expression | None = None


class Recurrence:
    """Rewrites statements one by one, and collects the lines that each turns into.

    Attributes:
        products: The products with a matrix so far.
        pieces: The parts of values so far.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.products: list[Product] = []
        self.pieces: list[Piece | Reshape] = []
        self._lines: list[Line] = []
        self._once: dict[Expression, str] = {}

    def lines(self, statement: Statement) -> list[Line]:
        """Return what a statement of the recurrence turns into."""
        self._lines, expression = [], self._numbered(statement.expression)
        statement = replace(statement, expression=expression)
        if len(statement.targets) > 1:
            self._divide(statement)
        elif self._is_map(expression):
            (target,) = statement.targets
            self._map(expression, (target,), _Division((self.values.sources[target],)))
        elif _is_joined(expression):
            (target,) = statement.targets
            self._join(expression, target)
        else:
            (target,) = statement.targets
            value = self._value(expression, self.values.sources[target])
            self._lines.append(Line(Part.RECURRENCE, replace(statement, expression=value)))
        self._check_order(statement.expression)
        return self._lines

    # Functions chosen by the user, which may draw random numbers in the order of their calls

    def _numbered(self, expression: Expression) -> Expression:
        """Number the calls of functions of the user in order, as their columns."""
        numbers = count()

        def number(node: Expression) -> Expression:
            match node:
                case Call(function) if function in self.values.functions:
                    return replace(node, column=next(numbers))
            return node

        return transform(expression, number)

    def _check_order(self, expression: Expression) -> None:
        """Check that the lines call functions of the user in the same order as an expression."""
        columns: list[int] = []

        def collect(node: Expression) -> Expression:
            if isinstance(node, Call) and node.function in self.values.functions:
                columns.append(node.column)
            return node

        for line in self._lines:
            transform(line.statement.expression, collect)
        if columns != sorted(columns):
            text = self.values.text(expression)
            raise NoParts(f"{text} calls functions beside a linear map, which comes first")

    # Elementwise expressions

    def _value(self, node: Expression, source: str) -> Expression:
        """Return an expression without what mixes features; that is assigned before.

        Args:
            node: The expression.
            source: What new values are named after.
        """
        if self._is_map(node):
            result = self.values.new(source)
            self._map(node, (result,), _Division((source,)))
            return Name(result)
        if self._is_computed_before(node):
            return self._before(node, source)
        if _is_joined(node):
            result = self.values.new(source)
            self._join(node, result)
            return Name(result)
        match node:
            case Operation(left, "@", right):
                return self._value(self._summed_product(left, right, source), source)
            case Call("reshape", (whole, *_)):
                return self._reshaped(node, whole, source)
            case Call("select", (whole, _, _)):
                return self._selected(node, whole, source)
            case Call("mean" | "max" | "softmax" as function, (whole, dim)):
                reduced = {"mean": self._mean, "max": self._largest, "softmax": self._softmax}
                return self._value(reduced[function](self._named(whole, source), dim), source)
            case Call(name) if name in self.values.others:
                kind = self.values.others[name].kind
                raise NoParts(f"the recurrence applies {name}, an nn.{kind}")
        if self.values.is_mixing(node):
            raise NoParts(f"{self.values.text(node)} is computed by //, which kernels lack")
        return with_operands(node, lambda operand: self._value(operand, source))

    def _named(self, node: Expression, source: str) -> Name:
        """Return the name of the value of an expression; assign it if it has none."""
        value = self._value(node, source)
        if isinstance(value, Name):
            return value
        name = self.values.new(source)
        self._assign(name, value)
        return Name(name)

    def _is_computed_before(self, node: Expression) -> bool:
        """Whether a part of an expression is computed before the recurrence."""
        values, level = self.values, self.values.level(node)
        if level == Level.STATE or isinstance(node, Name | Number) or values.is_number(node):
            return False
        if level == Level.ONCE:
            return values.is_mixing(node) or any(map(_is_costly, nodes(node)))
        return values.is_mixing(node) or values.reads_window(node)

    def _before(self, node: Expression, source: str) -> Name:
        """Assign an expression before the recurrence; return its name."""
        if self.values.level(node) == Level.INPUT:
            return self._set(Part.BEFORE, (source,), node)[0]
        if node not in self._once:
            self._once[node] = self._set(Part.ONCE, (source,), node)[0].name
        return Name(self._once[node])

    def _set(self, part: Part, sources: Sequence[str], value: Expression) -> tuple[Name, ...]:
        """Assign an expression to new names; return them."""
        targets = tuple(map(self.values.new, sources))
        self._lines.append(Line(part, self.values.define(Statement(targets, value))))
        return tuple(map(Name, targets))

    # Along a dimension

    def _mean(self, value: Name, dim: Expression) -> Expression:
        size = size_expression(self.values.shape(value).sizes[_number(dim)], "/")
        return Operation(Call("sum", (value, dim)), "/", size)

    def _largest(self, value: Name, dim: Expression) -> Expression:
        """Return the largest element, with a gradient that equal ones share."""
        peak = self._peak(value, dim)
        is_largest = Operation(value, ">=", Call("unsqueeze", (peak, dim)))
        ties = self._new(Call("sum", (Call("mask", (is_largest,)), dim)), value)
        share = Operation(value, "/", Call("unsqueeze", (ties, dim)))
        surrogate = Call("sum", (Call("where", (is_largest, share, Number(0))), dim))
        return Call("straight_through", (peak, surrogate))

    def _softmax(self, value: Name, dim: Expression) -> Expression:
        peak = Call("detach", (Call("unsqueeze", (self._peak(value, dim), dim)),))
        powers = self._new(Call("exp", (Operation(value, "-", peak),)), value)
        total = Call("unsqueeze", (Call("sum", (powers, dim)), dim))
        return Operation(powers, "/", total)

    def _peak(self, value: Name, dim: Expression) -> Name:
        """Return the name of the largest element, which has no gradient."""
        return self._new(Call("max", (value, dim)), value)

    def _new(self, value: Expression, like: Name) -> Name:
        """Assign an expression to a new name; return it."""
        name = self.values.new(self.values.sources[like.name])
        self._assign(name, value)
        return Name(name)

    def _reshaped(self, node: Expression, whole: Expression, source: str) -> Name:
        operand, result = self._named(whole, source), self.values.new(source)
        self.values.define(Statement((result,), node), Level.STATE)
        sizes = (self.values.shape(of).sizes for of in (operand, Name(result)))
        reshape = Reshape(self._free(PIECE, len(self.pieces)), *sizes)
        self.pieces.append(reshape)
        call = Call(reshape.name, (operand,))
        self._lines.append(Line(Part.RECURRENCE, Statement((result,), call)))
        return Name(result)

    def _selected(self, node: Call, whole: Expression, source: str) -> Expression:
        """Return an element along a dimension: the sum of a part of size 1."""
        _, dim, index = node.arguments
        place, number = _number(dim), _number(index)
        operand, part = self._named(whole, source), self.values.new(source)
        size = self.values.shape(operand).sizes[place]
        if not size.grows:
            raise NoParts(f"{self.values.text(node)} may be beyond the {size} elements")
        start = size_of(Number(number)) + (size if number < 0 else ZERO)
        kept = Call("unsqueeze", (replace(node, arguments=(operand, *node.arguments[1:])), dim))
        self.values.define(Statement((part,), kept), Level.STATE)
        piece = self._piece(operand, start, ONE, ZERO, ONE, place)
        self._lines.append(Line(Part.RECURRENCE, Statement((part,), piece)))
        return Call("sum", (Name(part), dim))

    # Products with a matrix

    def _summed_product(self, left: Expression, right: Expression, source: str) -> Expression:
        """Return a product with matrices as a sum of products of elements."""
        last, second, third = (Negative(Number(place)) for place in (1, 2, 3))
        is_row = len(self.values.shape(left).sizes) == 1
        rows, columns = self._apart(left, (-1,), source), self._apart(right, (-2, -1), source)
        columns = columns if is_row else Call("unsqueeze", (columns, third))
        elements = Operation(Call("unsqueeze", (rows, last)), "*", columns)
        return Call("sum", (elements, second))

    def _apart(self, node: Expression, dims: Iterable[int], source: str) -> Expression:
        """Return a copy of a value, with loops of its own along dimensions: not those along which
        it is read or set elsewhere, since a state may be multiplied with itself."""
        if self.values.level(node) == Level.ONCE:
            return self._value(node, source)
        found = self._named(node, source)
        for dim in dims:
            size = self.values.shape(found).sizes[dim]
            copy = self.values.new(source)
            self._assign(copy, self._piece(found, ZERO, size, ZERO, size, dim))
            found = Name(copy)
        return found

    def _is_map(self, node: Expression) -> bool:
        """Whether an expression is a linear map of states."""
        values = self.values
        match node:
            case Call(function) if function in values.linear:
                return values.level(node) == Level.STATE
            case Operation(left, "@", right):
                is_matrix = len(values.shape(right).sizes) == 2
                of_states = values.level(left) == Level.STATE
                return of_states and is_matrix and values.level(right) == Level.ONCE
        return False

    def _map(self, node: Expression, results: tuple[str, ...], division: _Division) -> None:
        """Assign a linear map of states to names, divided into parts.

        What it maps of the input is the addend of the first product, which is added to the next.
        """
        linear = self._linear(node)
        pairs = self._pairs(linear)
        of_states = [pair for pair in pairs if self.values.level(pair[0]) == Level.STATE]
        of_input = [pair for pair in pairs if pair not in of_states]
        bias = linear.bias if not of_input else None
        whole, addends = "", tuple[Name, ...]()
        if of_input:
            source = MAPPED if division.call else division.sources[0]
            whole = self._set(Part.BEFORE, (source,), _mapped(of_input, linear.bias))[0].name
        for place, (piece, matrix) in enumerate(of_states, start=1):
            is_last = place == len(of_states) and not bias
            targets = results if is_last else tuple(map(self.values.new, division.sources))
            operand = self._operand(piece, linear.name, division.sources[0])
            self._product(operand, matrix, targets, whole or addends, division)
            whole, addends = "", tuple(map(Name, targets))
        if bias:
            shares = self._shares(bias, f"{linear.name}_bias", division)
            for result, addend, share in zip(results, addends, shares):
                self._assign(result, Operation(addend, "+", share))

    def _linear(self, node: Expression) -> _Map:
        match node:
            case Call(function, (whole,)):
                has_bias = self.values.linear[function].bias is not False
                bias = Name(f"{function}.bias") if has_bias else None
                return _Map(function, whole, Name(f"{function}.weight"), bias)
            case Operation(left, "@", right):
                name = self.values.sources[right.name] if isinstance(right, Name) else "matrix"
                return _Map(name, left, Call(TRANSPOSED, (right,)))
        raise AssertionError(node)

    def _pairs(self, linear: _Map) -> list[tuple[Expression, Name]]:
        """Return each of the values that a map is applied to, and its part of the matrix."""
        pieces = _pieces(linear.whole)
        if len(pieces) > 1:
            divided = Call("split", (linear.matrix, *map(self.values.last_size, pieces)))
            return [*zip(pieces, self._set(Part.ONCE, [linear.name] * len(pieces), divided))]
        if isinstance(linear.matrix, Name):
            return [(linear.whole, linear.matrix)]
        return [(linear.whole, self._before(linear.matrix, linear.name))]

    def _shares(self, bias: Expression, name: str, division: _Division) -> tuple[Name, ...]:
        """Return the parts of a bias."""
        if division.call:
            return self._set(Part.ONCE, division.sources, division.of(bias))
        return (self._before(bias, name),)

    def _operand(self, piece: Expression, name: str, source: str) -> Name:
        """Return the name of what a matrix is multiplied with; assign it if it has none."""
        shape = self.values.shape(piece)
        if len(shape.sizes) != 1 or not shape.has_batch:
            raise NoParts(f"{name} maps {self.values.text(piece)}, which is {shape}")
        return self._named(piece, source)

    def _product(
        self,
        operand: Name,
        matrix: Name,
        results: tuple[str, ...],
        added: str | tuple[Name, ...],
        division: _Division,
    ) -> None:
        """Assign the parts of the product of a matrix with a state.

        Args:
            added: What is added to the product: a name, or one for each part, if any.
        """
        name = self._free(f"{PRODUCT}_", len(self.products))
        whole, addends = (added, ()) if isinstance(added, str) else ("", added)
        self.products.append(Product(name, operand.name, matrix.name, results, whole))
        linear = Call(LINEAR, (operand, matrix))
        self.values.define(Statement(results, division.of(linear)), Level.STATE)
        for place, result in enumerate(results):
            call = Call(f"{name}_{place}", (operand, *addends[place : place + 1]))
            self._lines.append(Line(Part.RECURRENCE, Statement((result,), call)))

    def _free(self, prefix: str, made: int) -> str:
        """Return an unused name for a function, after so many with this prefix."""
        taken = (*self.values.taken, *self.values.sources.values())
        names = (f"{prefix}{number}" for number in count(made + 1))
        return next(name for name in names if not any(t.startswith(f"{name}_") for t in taken))

    def _assign(self, target: str, value: Expression) -> None:
        statement = self.values.define(Statement((target,), value), Level.STATE)
        self._lines.append(Line(Part.RECURRENCE, statement))

    # Values side by side

    def _join(self, node: Expression, result: str) -> None:
        """Assign values side by side to a name: the sum of pieces at different places."""
        assert isinstance(node, Call)
        whole, before = self.values.shape(node).sizes[-1], ZERO
        terms: list[Expression] = []
        for operand, start in self._side_by_side(node, self.values.sources[result]):
            size = self.values.shape(operand).sizes[-1] - start
            if size != ZERO:
                terms.append(self._piece(operand, start, size, before, whole))
            before += size
        self.values.define(Statement((result,), node), Level.STATE)
        self._lines.append(Line(Part.RECURRENCE, Statement((result,), _sum(terms))))

    def _side_by_side(self, node: Call, source: str) -> Iterator[tuple[Expression, Polynomial]]:
        """Yield the values that a call puts side by side, each with where its part begins."""
        if node.function == "cat":
            yield from ((self._named(argument, source), ZERO) for argument in node.arguments)
            return
        buffer, new = node.arguments
        yield self._named(buffer, source), ONE
        yield Call("unsqueeze", (self._named(new, source), Negative(Number(1)))), ZERO

    def _piece(
        self,
        operand: Expression,
        start: Polynomial,
        size: Polynomial,
        before: Polynomial,
        whole: Polynomial,
        dim: int = -1,
    ) -> Expression:
        """Return a part of a value."""
        name, of = self._free(PIECE, len(self.pieces)), self.values.shape(operand).sizes[dim]
        self.pieces.append(Piece(name, of, start, size, before, whole, dim))
        return Call(name, (operand,))

    # Statements with several targets

    def _divide(self, statement: Statement) -> None:
        """Assign the parts of an expression, each computed from the parts of what it reads."""
        call = statement.expression
        assert isinstance(call, Call) and call.function in DIVIDING, call
        source = next(self.values.sources[t] for t in statement.targets if t != DROPPED)
        targets = tuple(self.values.new(source) if t == DROPPED else t for t in statement.targets)
        dropped = frozenset(place for place, t in enumerate(statement.targets) if t == DROPPED)
        sources = tuple(self.values.sources[target] for target in targets)
        division = _Division(sources, call, dropped)
        whole = call.arguments[0]
        if self._is_map(whole):
            self._map(whole, targets, division)
        elif _is_divided(whole):
            for target, value in zip(targets, self._parts(whole, division)):
                self._assign(target, value)
        else:
            self._cut(whole, targets, division)

    def _parts(self, node: Expression, division: _Division) -> tuple[Expression, ...]:
        """Return the parts of an expression."""
        values, level = self.values, self.values.level(node)
        if self._is_map(node):
            results = tuple(map(values.new, division.sources))
            self._map(node, results, division)
            return tuple(map(Name, results))
        sizes = values.shape(node).sizes
        if not sizes or sizes[-1] == ONE:
            find = self._named if level == Level.STATE else self._value
            return (find(node, division.sources[0]),) * len(division.sources)
        if level < Level.STATE:
            part = Part.ONCE if level == Level.ONCE else Part.BEFORE
            return self._set(part, division.sources, division.of(node))
        if not _is_divided(node):
            results = tuple(map(values.new, division.sources))
            self._cut(node, results, division)
            return tuple(map(Name, results))
        divided = [self._parts(operand, division) for operand in children(node)]
        return tuple(_with_children(node, operands) for operands in zip(*divided))

    def _cut(self, node: Expression, results: tuple[str, ...], division: _Division) -> None:
        """Assign the parts of a value to names."""
        values, start = self.values, ZERO
        operand = self._named(node, division.sources[0])
        values.define(Statement(results, division.of(operand)), Level.STATE)
        sizes = [values.shape(Name(result)).sizes[-1] for result in results]
        for place, (result, size) in enumerate(zip(results, sizes)):
            if place not in division.dropped:
                piece = self._piece(operand, start, size, ZERO, size)
                self._lines.append(Line(Part.RECURRENCE, Statement((result,), piece)))
            start += size
        of = values.shape(operand).sizes[-1]
        if start != of or not all(size.is_whole for size in sizes):
            text = values.text(division.of(node))
            raise NoParts(f"{text} divides {of} features, which may leave a rest")


def _mapped(pairs: Sequence[tuple[Expression, Name]], bias: Expression | None) -> Expression:
    """Return the sum of pieces, each mapped by its matrix, and a bias."""
    first, *rest = pairs
    mapped = Call(LINEAR, (*first, bias) if bias else first)
    return _sum([mapped, *(Call(LINEAR, pair) for pair in rest)])


def _sum(terms: Iterable[Expression]) -> Expression:
    return reduce(lambda total, term: Operation(total, "+", term), terms)


def _pieces(whole: Expression) -> tuple[Expression, ...]:
    """Return what `cat` joins."""
    match whole:
        case Call("cat", arguments):
            return tuple(piece for argument in arguments for piece in _pieces(argument))
    return (whole,)


def _is_joined(node: Expression) -> bool:
    """Whether an expression puts values side by side; if no state is among them, it is a stream."""
    return isinstance(node, Call) and node.function in JOINING


def _is_divided(node: Expression) -> bool:
    """Whether the parts of an expression are computed from the parts of its operands."""
    return not isinstance(node, Name) and _is_elementwise(node)


def _is_elementwise(node: Expression) -> bool:
    match node:
        case Call(function):
            return function in FUNCTIONS and FUNCTIONS[function].elementwise
        case Operation(_, operator, _):
            return operator not in ("@", "//")
    return True


def _with_children(node: Expression, operands: Iterable[Expression]) -> Expression:
    """Return an expression with other operands."""
    following = iter(operands)
    return with_operands(node, lambda _: next(following))


def _is_costly(node: Expression) -> bool:
    """Whether parameters alone should not be computed with at every timestep."""
    match node:
        case Call("sum" | "unsqueeze", (_, Number(dim))):
            return dim >= 0  # counted from the first dimension, which no kernel does
        case Call("mean" | "max" | "softmax"):
            return True
        case Call():
            return _is_elementwise(node)
        case Operation(_, "/", _):
            return True
    return False


def _number(expression: Expression) -> int:
    number = integer(expression)
    assert number is not None, expression
    return number
