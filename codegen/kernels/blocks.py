"""Kernels in Triton of recurrences that are not elementwise: one timestep of a block of neurons.

A block has a dimension for each axis of the arrays, the neurons last; what an array lacks has the
size 1. Statements are those of the loop nests, in their order: each works on all elements of a
block, and a sum over an axis is one over a dimension. Products with a matrix go through memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..language.expressions import Expression, Name, Negative, Operation, Spelling, parse, to_python
from ..language.sizes import Polynomial
from .gradient import GRADIENT_OF
from .nests import OWN, Axes, Item, Nest, Recurrence
from .parts import Product
from .triton import Printer, imported, name_in_triton, targets_of, tuple_of


def parts(made: Recurrence) -> dict[str, object]:
    """Return the arguments of the template of a kernel."""
    printer = _Printer(made)
    return dict(
        layer=made.parts.layer,
        imported=printer.imported(),
        sizes=", ".join(map(name_in_triton, made.source.all_sizes)),
        mixes=printer.mixes(),
        dimensions=tuple_of(map(str, printer.extents)),
        letters=targets_of(printer.letter.values()),
        capitals=targets_of(letter.upper() for letter in printer.letter.values()),
        arrays=printer.arrays(),
        matrices=tuple_of(map(printer.matrix, made.parts.products)),
        operands=tuple_of(printer.place(product.operand) for product in made.parts.products),
        results=tuple_of(map(printer.place_of_result, printer.results)),
        given=printer.given(made.forward),
        statements=[*printer.lines(made.forward)],
        outputs=tuple_of(map(name_in_triton, made.outputs)),
        states=tuple_of(name_in_triton(made.next[name]) for name in printer.states),
        given_backward=[*printer.given_backward()],
        gradients=[*printer.lines(made.backward)],
        d_streams=printer.gradients(printer.names["streams"]),
        d_parameters=tuple_of(map(_gradient, made.parts.parameters)),
        d_states=printer.gradients(printer.states),
    )


SUM, LARGEST = "sum_of_block", "largest_of_block"
PRODUCT, PRODUCT_BACK, RESULTS = "product_of", "product_back", "product_results"
"""The functions that a step calls; `nests.py` renames names that begin like them."""


class _Printer:
    def __init__(self, made: Recurrence) -> None:
        self.made = made
        self.states = [state.name for state in made.parts.states]
        self.results = [name for product in made.parts.products for name in product.results]
        self.addends = {product.addend for product in made.parts.products}
        self.names = {
            "streams": [name for name in made.parts.streams if name not in self.addends],
            "parameters": made.parts.parameters,
            "states": self.states,
            "outputs": made.outputs,
        }
        self.axes = (*sorted({*self._others()}), made.lane)
        self.letter = dict(zip(self.axes, [*"klmpqrs"[: len(self.axes) - 1], "n"]))
        self.extents = [_polynomial(made.sizes[axis]) for axis in self.axes]
        self.printer = Printer([function.name for function in made.parts.layer.functions])

    def _others(self) -> Iterator[int]:
        """Yield the axes beside the neurons."""
        for name, axes in self.made.axes.items():
            if name not in self.addends:
                yield from (axis for axis in axes if axis != self.made.lane)

    def mixes(self) -> bool:
        """Whether neurons depend on each other within a timestep, so that a block needs all.

        Otherwise the gradients of what all neurons share are sums over the blocks.
        """
        if self.made.parts.products:
            return True
        names = (*self.states, *self.made.outputs)
        sums = (axis for item in _items(self.made.forward) for axis in self._summed(item))
        return self.made.lane in sums or any(self.made.lane not in self._of(n) for n in names)

    def arrays(self) -> dict[str, tuple[str, str]]:
        """Return, for each kind of arrays, their numbers of elements and the places of a block."""
        return {
            kind: (tuple_of(map(self._width, names)), tuple_of(map(self.place, names)))
            for kind, names in self.names.items()
        }

    def imported(self) -> list[str]:
        """Return the functions to import from `language.py`."""
        items = [*_items((*self.made.forward, *self.made.backward))]
        reductions = {_reduction(item) for item in items if self._summed(item)}
        return sorted([*imported(item.expression for item in items), *reductions])

    # Arrays

    def _of(self, name: str) -> Axes:
        axes = self.made.axes.get(name)
        return self.made.axes[name.removeprefix(GRADIENT_OF)] if axes is None else axes

    def _stored(self, name: str) -> Axes:
        """Return the axes of an array in the order in which they are stored."""
        axes, lane = self._of(name), self.made.lane
        return (*(a for a in axes if a != lane), *(a for a in axes if a == lane))

    def _width(self, name: str) -> str:
        extents = dict(zip(self.axes, self.extents))
        factors = (extents[axis] for axis in self._stored(name))
        return " * ".join(f"({f})" if " " in f else f for f in factors) or "1"

    def matrix(self, product: Product) -> str:
        """Return the numbers of rows and of columns of a matrix."""
        rows = " + ".join(map(self._width, product.results))
        return f"({rows}, {self._width(product.operand)})"

    def place_of_result(self, name: str) -> str:
        """Return which elements of the result of a product are a part of it."""
        product = next(p for p in self.made.parts.products if name in p.results)
        before = product.results[: product.results.index(name)]
        extents = [self._extent(self._stored(other)) for other in before]
        return " + ".join([*extents, self.place(name)])

    def _extent(self, axes: Axes) -> str:
        return " * ".join(self.letter[axis].upper() for axis in axes) or "1"

    def place(self, name: str) -> str:
        """Return which elements of an array are in a block."""
        letters = [self.letter[axis] for axis in self._stored(name)]
        text = letters[0] if letters else "0"
        for letter in letters[1:]:
            text = f"({text})" if " + " in text else text
            text = f"{text} * {letter.upper()} + {letter}"
        return text

    # Statements

    def given(self, steps: Iterable[Nest | Item]) -> list[str]:
        """Return lines that unpack the arguments of a step, with _ for parts it does not need."""
        needed = self._needed(steps)
        read = ("streams", "parameters", "states")
        unpacked = (_unpacked(kind, self.names[kind], needed) for kind in read)
        return [*filter(None, unpacked), *self._numbers(needed)]

    def given_backward(self) -> Iterator[str]:
        """Yield lines that unpack the arguments of a step backward."""
        needed = self._needed(self.made.backward)
        yield from self.given(self.made.backward)
        for item in _items(self.made.forward):
            if item.product and needed.intersection(item.product.results):
                yield from self._result(item, RESULTS, needed)
        for kind in ("outputs", "states", "parameters"):
            if names := self.names[kind]:
                yield f"{targets_of(map(_gradient, names))} = d_{kind}"

    def _needed(self, steps: Iterable[Nest | Item]) -> set[str]:
        """Return the names that statements read."""
        needed: set[str] = set()
        for item in _items(steps):
            needed |= {item.target, *item.read, *item.addends}
            if item.product:
                needed |= {item.product.operand, *self._unset(item.product)}
        for item in reversed([*_items(self.made.forward)]):  # what is added to results, too
            if item.product and needed.intersection(item.product.results):
                needed |= {*item.addends}
        return needed

    def _numbers(self, needed: set[str]) -> Iterator[str]:
        """Yield lines that set the sizes that are values."""
        sizes = self.made.source.all_sizes
        for name in self.made.parts.sizes:
            if name in needed:
                place, like = sizes.index(name.removeprefix(OWN)), name_in_triton(self.states[0])
                yield f"{name_in_triton(name)} = tl.cast(sizes[{place}], {like}.dtype)"

    def lines(self, steps: Iterable[Nest | Item]) -> Iterator[str]:
        """Yield the statements."""
        for item in _items(steps):
            if item.product and item.target in self.results:
                yield from self._result(item, PRODUCT, {*item.product.results})
                continue
            yield f"{name_in_triton(item.target)} = {self._value(item)}"

    def _value(self, item: Item) -> str:
        """Print what a statement sets its target to."""
        target = Name(item.target)
        if item.product:
            text = self._product_back(item.product)
        elif summed := self._summed(item):
            text = self.printer.value(item.expression)
            for axis in summed:
                text = f"{_reduction(item)}({text}, used, {self.axes.index(axis)})"
        else:
            return self.printer.value(
                _added(target, item.expression) if item.adds else item.expression
            )
        return f"{self.printer.value(target)} + {text}" if item.adds else text

    def _result(self, item: Item, function: str, needed: set[str]) -> Iterator[str]:
        """Yield lines that set the parts of a product, with what is added to them."""
        assert item.product
        results = item.product.results
        targets = targets_of(name_in_triton(name) if name in needed else "_" for name in results)
        operand = [name_in_triton(item.product.operand)] * (function == PRODUCT)
        place = self.made.parts.products.index(item.product)
        numbers = map(str, (place, self.results.index(results[0]), len(results)))
        yield f"{targets} = {function}({', '.join(['products', *numbers, *operand])})"
        for result, addend in zip(results, item.addends):
            if addend and result in needed:
                name = name_in_triton(result)
                yield f"{name} = {name} + {name_in_triton(addend)}"

    def _product_back(self, product: Product) -> str:
        """Print the gradient of the operand of a product."""
        unset = self._unset(product)
        gradients = tuple_of(
            f"tl.zeros_like({name_in_triton(name)})" if name in unset else _gradient(name)
            for name in product.results
        )
        place = self.made.parts.products.index(product)
        first = self.results.index(product.results[0])
        return f"{PRODUCT_BACK}(products, {place}, {first}, {gradients})"

    def _unset(self, product: Product) -> list[str]:
        """Return the results of a product that have no gradient."""
        targets = {item.target for item in _items(self.made.backward)}
        return [name for name in product.results if f"{GRADIENT_OF}{name}" not in targets]

    def _summed(self, item: Item) -> list[int]:
        """Return the axes that a statement sums over."""
        return [axis for axis in item.space if axis not in self._of(item.target)]

    def gradients(self, names: Sequence[str]) -> str:
        """Return the gradients of names, zeros for those without."""
        zeros = f"tl.zeros([1], {_gradient(self.states[0])}.dtype)"
        return tuple_of(_gradient(name) if name in self.made.reached else zeros for name in names)


def _items(steps: Iterable[Nest | Item]) -> Iterator[Item]:
    for step in steps:
        yield from step.items if isinstance(step, Nest) else (step,)


def _reduction(item: Item) -> str:
    return LARGEST if item.largest else SUM


def _unpacked(whole: str, names: Iterable[str], needed: set[str]) -> str:
    """Return a line that unpacks a tuple, or "" if nothing in it is needed."""
    names = [*names]
    targets = targets_of(name_in_triton(name) if name in needed else "_" for name in names)
    return f"{targets} = {whole}" if needed.intersection(names) else ""


def _gradient(name: str) -> str:
    return name_in_triton(f"{GRADIENT_OF}{name}")


def _added(target: Name, expression: Expression) -> Expression:
    match expression:
        case Negative(operand):
            return Operation(target, "-", operand)
    return Operation(target, "+", expression)


def _polynomial(size: Polynomial) -> str:
    return to_python(parse(str(size)), Spelling(name_in_triton))
