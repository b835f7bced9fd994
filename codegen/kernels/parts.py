"""Splits a timestep into its recurrence and what a whole sequence computes at once.

What a timestep computes falls into four parts, by what it depends on:

    once        parameters and weights alone: computed once per sequence, by PyTorch
    before      the input, but no state: computed for all timesteps at once, by PyTorch
    recurrence  what states depend on, and elementwise computations beside it: a kernel
    after       the rest, which reads states that nothing feeds back: by PyTorch again

PyTorch computes what mixes features, such as linear maps; where that is part of the recurrence, it
is a product of the kernel with a matrix. For an LSTM, of which `gate_layers` maps `[H, x]`:

    once        gate_layers_1, gate_layers_2 = split(gate_layers.weight, out_features, in_features)
    before      mapped = linear(x, gate_layers_2, gate_layers.bias)
    recurrence  i = product_1_0(H)  # the first part of the product of gate_layers_1 and H, + mapped
                f = product_1_1(H)
                o = product_1_2(H)
                g = product_1_3(H)
                C = sigmoid(f) * C + sigmoid(i) * tanh(g)
                H = sigmoid(o) * tanh(C)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..language.expressions import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    rename,
    to_python,
    transform,
)
from ..model import Layer, State, Statement
from ..reading.shapes import Shape
from .lags import with_lags
from .recurrence import PRODUCT, Piece, Product, Reshape
from .single import Line, Part, Single, common_names, single
from .split import Split, define
from .values import FILTERED, PER_MATRIX, Level, NoParts, Values, reads

__all__ = ["PRODUCT", "NoParts", "Parts", "Piece", "Product", "Reshape", "parts"]


@dataclass(frozen=True)
class Parts:
    """The four parts of a timestep.

    Attributes:
        once: Statements over parameters and weights.
        before: Statements over the inputs of all timesteps.
        streams: What the recurrence reads at each timestep, from the input and `before`.
        parameters: What it reads at all timesteps, from `once`, parameters and weights.
        sizes: The sizes that it reads.
        states: The states that it updates.
        windows: The states that `before` updates: the last input, and buffers of several.
        statements: Its statements, each with one target.
        products: The products with a matrix among them.
        pieces: The parts of values among them, and the values of other sizes.
        outputs: What `after` and the output read of it.
        after: Statements over the outputs of all timesteps.
        output: The output of the layer.
        shapes: The shapes of the names of the recurrence.
    """

    layer: Layer
    once: tuple[Statement, ...]
    before: tuple[Statement, ...]
    streams: tuple[str, ...]
    parameters: tuple[str, ...]
    sizes: tuple[str, ...]
    states: tuple[State, ...]
    windows: tuple[State, ...]
    statements: tuple[Statement, ...]
    products: tuple[Product, ...]
    pieces: tuple[Piece | Reshape, ...]
    outputs: tuple[str, ...]
    after: tuple[Statement, ...]
    output: Expression
    shapes: Mapping[str, Shape]

    @property
    def all_sizes(self) -> tuple[str, ...]:
        """The sizes that the recurrence reads, and those of its values."""
        sizes = [size for shape in self.shapes.values() for size in shape.sizes]
        sizes += [size for piece in self.pieces for size in piece.sizes]
        found = {*self.sizes}.union(*(size.names() for size in sizes))
        return tuple(a.name for a in self.layer.arguments if a.name in found)


def parts(layer: Layer) -> Parts:
    """Split the timestep of a layer.

    Raises:
        NoParts: It has no recurrence that a kernel can compute.
    """
    if layer.is_random:
        raise NoParts("a timestep draws random numbers")
    values, timestep, windows = _defined(layer, ordered=False)
    if len(windows) < len(layer.states):
        values, timestep, windows = _defined(layer, ordered=True)
    split = Split(timestep, layer, values)
    states = tuple(state for state in layer.states if state not in windows)
    lines, output = _without_old_states(split.lines(), timestep.output, states, values)
    products = split.recurrence.products
    outputs = _outputs(lines, output, values)
    new = _names(lines, replace(timestep, output=output), products, values)
    lines += _last_values(states, timestep, new)
    lines = [replace(line, statement=_faster(line.statement, values)) for line in lines]
    once, before, recurrence, after = (_renamed(lines, part, new) for part in Part)
    own = {*(s.targets[0] for s in recurrence), *(state.name for state in states)}
    read = [name for name in reads(recurrence) if name not in own]
    products = [_product(product, new) for product in products]
    read += [product.addend for product in products if product.addend]
    streams = [name for name in dict.fromkeys(["x", *_targets(before)]) if name in read]
    others = [name for name in read if name not in streams]
    return Parts(
        layer=layer,
        once=once,
        before=before,
        streams=tuple(streams),
        parameters=tuple(name for name in others if name not in values.sizes),
        sizes=tuple(name for name in others if name in values.sizes),
        states=states,
        windows=windows,
        statements=recurrence,
        products=tuple(products),
        pieces=tuple(split.recurrence.pieces),
        outputs=tuple(new[name] for name in outputs),
        after=after,
        output=Name(new[output]),
        shapes={
            new[name]: shape
            for name, shape in values.shapes.known.items()
            if shape and new.get(name) in {*own, *read}
        },
    )


def _defined(layer: Layer, ordered: bool) -> tuple[Values, Single, tuple[State, ...]]:
    """Return the values of a layer, its timestep, and the states that only the input determines.

    Without other states there is no recurrence to call functions of the user in order. One that is
    random has no kernel then.
    """
    values = Values(layer, ordered)
    timestep, lags = with_lags(layer, single(layer, values), values)
    return values, timestep, (*define(layer, timestep, values), *lags)


def _names(
    lines: Sequence[Line], timestep: Single, products: Iterable[Product], values: Values
) -> dict[str, str]:
    """Return a name for each value.

    The values of products have names of their own, since a backward pass needs them later, and no
    statement reads what is added to them. The name of a state is that of its values in the timestep
    alone.
    """
    of_products = {
        name for product in products for name in (product.operand, product.addend, *product.results)
    }
    added = {*values.sources} - {*_targets(timestep.statements)}
    of_states = {name for name in added if values.levels.get(values.sources[name]) == Level.STATE}
    return common_names(lines, timestep, (of_products | of_states) - timestep.last.keys(), values)


def _outputs(lines: Sequence[Line], output: str, values: Values) -> list[str]:
    """Return the values of the recurrence that are read after it."""
    inside = {*_targets(_of(lines, Part.RECURRENCE))}
    found = [name for name in {**reads(_of(lines, Part.AFTER)), output: None} if name in inside]
    for name in found:
        if not values.shape(Name(name)).has_batch:
            raise NoParts(f"{values.sources[name]} depends neither on the input nor on a state")
    return found


def _of(lines: Iterable[Line], part: Part) -> list[Statement]:
    return [line.statement for line in lines if line.part == part]


def _targets(statements: Iterable[Statement]) -> list[str]:
    return [target for statement in statements for target in statement.targets]


def _product(product: Product, new: Mapping[str, str]) -> Product:
    return replace(
        product,
        operand=new[product.operand],
        matrix=new[product.matrix],
        results=tuple(new[result] for result in product.results),
        addend=new.get(product.addend, ""),
    )


def _renamed(lines: Iterable[Line], part: Part, new: Mapping[str, str]) -> tuple[Statement, ...]:
    """Return the statements of a part by their new names, without those that set nothing new."""
    renamed = (
        replace(
            statement,
            targets=tuple(new.get(target, target) for target in statement.targets),
            expression=rename(statement.expression, new),
        )
        for statement in _of(lines, part)
    )
    return tuple(s for s in renamed if s.targets != (to_python(s.expression),))


def _faster(statement: Statement, values: Values) -> Statement:
    """Return a statement with the same values in less time and memory.

    Weighted sums of the last inputs become filters, without a product of all buffers and the
    weights. Products with weights of several matrices do not copy these for each timestep.
    """

    def change(node: Expression) -> Expression:
        match node:
            case Call("sum", (Operation(left, "*", right), Number(-1))):
                pairs = [(left, right), (right, left)]
            case Operation(left, "@", right) if _copies(left, right, values):
                return Call(PER_MATRIX, (left, right))
            case Operation(left, "@", right) if len(values.shape(right).sizes) == 1:
                pairs = [(left, right)]
            case _:
                return node
        found = (pair for pair in pairs if _is_filter(*pair, values))
        return next((Call(FILTERED, pair) for pair in found), node)

    return replace(statement, expression=transform(statement.expression, change))


def _copies(left: Expression, right: Expression, values: Values) -> bool:
    """Whether PyTorch would copy a weight of several matrices for each matrix on the left."""
    rows, weight = values.shape(left), values.shape(right)
    return rows.has_batch and not weight.has_batch and len(weight.sizes) > 2


def _is_filter(buffer: Expression, weights: Expression, values: Values) -> bool:
    """Whether a buffer of the last inputs is multiplied with weights that do not widen it."""
    if not isinstance(buffer, Name) or not values.reads_window(buffer):
        return False
    if values.level(weights) != Level.ONCE or not values.shape(weights).sizes:
        return False
    return values.shape(Operation(buffer, "*", weights)) == values.shape(buffer)


def _without_old_states(
    lines: Sequence[Line], output: str, states: Iterable[State], values: Values
) -> tuple[list[Line], str]:
    """Return lines of which those after the recurrence read no state before its timestep."""
    read = {*reads(_of(lines, Part.AFTER)), output}
    copies = {s.name: values.new(s.name) for s in states if s.name in read}
    kept = [
        Line(Part.RECURRENCE, values.define(Statement((copy,), Name(state))))
        for state, copy in copies.items()
    ]
    changed = [
        replace(line, statement=_with(line.statement, copies)) if line.part == Part.AFTER else line
        for line in lines
    ]
    return sorted([*kept, *changed], key=lambda line: line.part), copies.get(output, output)


def _with(statement: Statement, new: Mapping[str, str]) -> Statement:
    return replace(statement, expression=rename(statement.expression, new))


def _last_values(
    states: Iterable[State], timestep: Single, new: Mapping[str, str]
) -> Iterator[Line]:
    """Yield statements that set states whose last value has a name of its own."""
    for state in states:
        last = timestep.last[state.name]
        if new[last] != state.name:
            yield Line(Part.RECURRENCE, Statement((state.name,), Name(last)))
