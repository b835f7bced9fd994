"""Kernels in C of recurrences that are not elementwise: loop nests, and products with matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..language.expressions import (
    Call,
    Expression,
    Name,
    Spelling,
    computed,
    functions,
    parse,
    to_python,
    transform,
)
from ..language.sizes import ZERO, Polynomial
from . import c
from .gradient import GRADIENT_OF
from .nests import OWN, Axes, Dimensions, Item, Nest, Recurrence, is_piece
from .parts import Product, Reshape


@dataclass(frozen=True)
class Stage:
    """What a timestep computes between two products, as a function in C.

    Attributes:
        name: The name of the function.
        sizes: The sizes that it reads.
        arrays: Its arrays: name, place among all arrays, and whether it sets elements of it.
        lines: Its loops.
    """

    name: str
    sizes: tuple[str, ...]
    arrays: tuple[tuple[str, int, bool], ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Pass:
    """The forward or the backward computation of a timestep.

    Attributes:
        arrays: The names of its arrays, in the order in which the driver passes them.
        widths: The number of elements of each array, for one sample.
        stages: Its functions.
        calls: The lines that call them, and multiply between them.
    """

    arrays: tuple[str, ...]
    widths: tuple[str, ...]
    stages: tuple[Stage, ...]
    calls: tuple[str, ...]


def parts(made: Recurrence) -> dict[str, object]:
    """Return the arguments of the template of a kernel."""
    printer = _Printer(made)
    return dict(
        layer=made.parts.layer,
        sizes=printer.sizes,
        forward=printer.forward(),
        recompute=printer.recompute(),
        backward=printer.backward(),
        products=[printer.product(product) for product in made.parts.products],
    )


def facts(made: Recurrence) -> dict[str, object]:
    """Return what the driver needs to call a kernel."""
    printer, parts = _Printer(made), made.parts
    states = [state.name for state in parts.states]
    counts = {
        "SIZES": len(printer.sizes),
        "STREAMS": len(parts.streams),
        "PARAMETERS": len(parts.parameters),
        "STATES": len(states),
        "OUTPUTS": len(made.outputs),
        "RESULTS": len(printer.results),
        "PRODUCTS": len(parts.products),
        "PIECES": len(parts.pieces),
        "KEPT": len(made.recomputed.kept),
        "FORWARD": len(printer.forward().arrays),
        "RECOMPUTE": len(printer.recompute().arrays),
        "BACKWARD": len(printer.backward().arrays),
    }
    arrays = {
        "streams": parts.streams,
        "parameters": parts.parameters,
        "states": states,
        "outputs": made.outputs,
    }
    return {
        "counts": counts,
        "states": [name.removeprefix(OWN) for name in states],
        "lanes": {kind: [*map(printer.lane, names)] for kind, names in arrays.items()},
        "addends": [
            parts.streams.index(product.addend) if product.addend else None
            for product in parts.products
        ],
    }


def name_in_c(name: str) -> str:
    """Return the name of an array, with a _ if it is already in use in C."""
    return f"{name}_" if name.rstrip("_") in _WORDS else c.name_in_c(name)


def size_in_c(name: str) -> str:
    """Return the name of a size, with a _ if it begins like that of a gradient."""
    return f"{name}_" if name.startswith(GRADIENT_OF) else name_in_c(name)


class _Printer:
    def __init__(self, made: Recurrence) -> None:
        self.made = made
        self.sizes = made.source.all_sizes
        self.results = [name for product in made.parts.products for name in product.results]
        self.states = [state.name for state in made.parts.states]
        self.pieces = {piece.name: piece for piece in made.parts.pieces}
        self.letter = _letters(made)

    def lane(self, name: str) -> int | None:
        """Return which dimension of an array is the neurons, counted from the end."""
        shape = self.made.dimensions[name]
        places = [place - len(shape) for place, a in enumerate(shape) if a == self.made.lane]
        return places[0] if places else None

    def product(self, product: Product) -> tuple[str, str]:
        """Return the number of elements of the operand and of the result of a product."""
        results = (self._width(self._axes(result)) for result in product.results)
        return self._width(self._axes(product.operand)), " + ".join(results)

    # The passes

    def forward(self) -> Pass:
        made, parts = self.made, self.made.parts
        fixed = [
            *parts.streams,
            *parts.parameters,
            *self.states,
            *(made.next[name] for name in self.states),
            *made.outputs,
            *self.results,
        ]
        kept = [product.operand for product in parts.products]
        return self._pass("forward", made.forward, fixed, kept)

    def recompute(self) -> Pass:
        return self._pass("recompute", self.made.recomputed.states, self._known(), [])

    def backward(self) -> Pass:
        made, parts, steps = self.made, self.made.parts, self.made.recomputed.backward
        d = [GRADIENT_OF + n for n in (*made.outputs, *self.states, *parts.streams)]
        d += [GRADIENT_OF + n for n in (*parts.parameters, *self.results)]
        changed = [step.target for step in steps if isinstance(step, Item)]
        return self._pass("backward", steps, [*self._known(), *d], changed)

    def _known(self) -> list[str]:
        """Return the arrays that the recomputation sets, and those that it reads, too."""
        parts, recomputed = self.made.parts, self.made.recomputed
        after = (recomputed.next[name] for name in self.states)
        given = (*parts.streams, *parts.parameters, *self.states)
        return [*given, *after, *self.results, *recomputed.kept]

    def _pass(
        self, name: str, steps: Sequence[Nest | Item], fixed: list[str], kept: list[str]
    ) -> Pass:
        """Print a pass.

        Args:
            fixed: The arrays that the driver passes.
            kept: Other names that products read or set.
        """
        nests = [step for step in steps if isinstance(step, Nest)]
        temporaries = [n for n in _temporaries(nests, self.made.axes) if n not in fixed]
        temporaries = list(dict.fromkeys([*temporaries, *(n for n in kept if n not in fixed)]))
        arrays = [*fixed, *temporaries]
        stages: list[Stage] = []
        calls: list[str] = []
        group: list[Nest] = []
        for step in (*steps, None):
            if isinstance(step, Nest):
                group.append(step)
                continue
            if group:
                stages.append(self._stage(f"{name}_{len(stages)}", group, arrays))
                calls.append(f"each_row({stages[-1].name}, s, at, rows);")
                group = []
            if step:
                calls += self._product(step, arrays, name)
        if name == "backward":
            calls = self._cleared(nests, arrays, calls)
        widths = tuple(self._width(self._axes(array)) for array in arrays)
        return Pass(tuple(arrays), widths, tuple(stages), tuple(calls))

    def _cleared(self, nests: list[Nest], arrays: list[str], calls: list[str]) -> list[str]:
        """Add what clears the gradients that no statement sets."""
        made, parts = self.made, self.made.parts
        targets = {item.target for nest in nests for item in nest.items}
        unset = [n for n in self.results if GRADIENT_OF + n not in targets]
        addends = [product.addend for product in parts.products]
        given = (*parts.streams, *self.states)
        unreached = [n for n in given if n not in (*made.reached, *addends)]

        def clear(name: str) -> str:
            return f"clear_rows(s, at, {arrays.index(GRADIENT_OF + name)}, rows);"

        return [*map(clear, unset), *calls, *map(clear, unreached)]

    def _axes(self, name: str) -> Axes:
        axes = self.made.axes.get(name)
        return self.made.axes[name.removeprefix(GRADIENT_OF)] if axes is None else axes

    def _product(self, item: Item, arrays: list[str], name: str) -> Iterator[str]:
        """Yield the call that multiplies: its arguments are the places of arrays."""
        assert item.product
        results, count = item.product.results, len(item.product.results)
        place = self.made.parts.products.index(item.product)
        if name == "forward":
            operand, first = arrays.index(item.product.operand), arrays.index(results[0])
            start = arrays.index(item.product.addend) if item.product.addend else first
            if not item.product.addend:
                addends = ", ".join(str(arrays.index(a) if a else -1) for a in item.addends)
                yield f"set(s, at, rows, {first}, {count}, (const int[]){{{addends}}});"
            yield f"product(s, at, rows, {place}, {operand}, {start}, {first});"
        else:
            first, target = arrays.index(GRADIENT_OF + results[0]), arrays.index(item.target)
            given = ", ".join(map(str, (place, target, first, int(item.adds))))
            yield f"product_back(s, at, rows, {given});"

    # Loops

    def _stage(self, name: str, nests: list[Nest], arrays: list[str]) -> Stage:
        lines: list[str] = []
        shared, used, changed = {*arrays}, set[str](), set[str]()
        declared = set[str]()
        for nest in nests:
            lines += [*[""] * bool(lines), *self._nest(nest, shared, declared)]
            for item in nest.items:
                used |= ({item.target} | item.read) & shared
                changed |= {item.target} & shared
        sizes = {n for nest in nests for n in self._sizes_of(nest, shared)}
        rows = [(n, arrays.index(n), n in changed) for n in arrays if n in used]
        ordered = tuple(size for size in self.sizes if size in sizes)
        plain = tuple(line.replace(_UNBROKEN, " ") for line in lines)
        return Stage(name, ordered, tuple(rows), plain)

    def _sizes_of(self, nest: Nest, shared: set[str]) -> set[str]:
        read = {name for item in nest.items for name in (item.target, *item.read)}
        axes = {*nest.space, *(a for n in read & shared for a in self._axes(n))}
        called = {c for item in nest.items for c in functions(item.expression)}
        pieces = (self.pieces[c.removesuffix("_gradient")] for c in called if is_piece(c))
        sizes = (*(self.made.sizes[axis] for axis in axes), *(s for p in pieces for s in p.sizes))
        return {name for size in sizes for name in size.names()} | {
            name.removeprefix(OWN) for name in read & {*self.made.parts.sizes}
        }

    def _nest(self, nest: Nest, shared: set[str], declared: set[str]) -> Iterator[str]:
        """Yield the lines of a nest, in which sums over the innermost loop are local at first.

        Args:
            declared: The local sums of the nests before, outside of all loops.
        """
        space = nest.space
        sums = [n for n in _targets(nest) if set(self._axes(n)) != set(space)]
        local = [n for n in sums if space[-1] not in self._axes(n)]
        started = {item.target for item in nest.items if not item.adds}
        largest = {item.target for item in nest.items if item.largest}
        for name in (n for n in sums if n in started):
            start = "lower" if name in largest else "clear"
            yield f"{start}({name_in_c(name)}, {self._width(self._axes(name))});"
        outer, body = space[:-1], [*self._body(nest, sums, local, shared)]
        if space:
            added = f" reduction(+ : {', '.join(map(_local, local))})" * bool(local)
            before, after = [], []
            for name in local:
                at, own = self._at(name, shared), _local(name)
                kind = "" if own in declared else "real "
                before.append(f"{kind}{own} = {'LOWEST' if name in largest else 0};")
                after.append(
                    f"{at} = maximum({at}, {own});" if name in largest else f"{at} += {own};"
                )
            loop = self._loop(space[-1], body)
            if not largest.intersection(local):  # a compiler would drop NaN
                loop.insert(0, f"#pragma omp simd{added}")
            body = [*before, *loop, *after]
            if not outer:
                declared.update(map(_local, local))
        for axis in reversed(outer):
            body = self._loop(axis, body)
        yield from body

    def _loop(self, axis: int, body: Iterable[str]) -> list[str]:
        letter = self.letter[axis]
        head = f"for (size {letter} = 0; {letter} < {self._size(axis)}; {letter}++) {{"
        return [head, *(f"    {line}" for line in body), "}"]

    def _body(
        self, nest: Nest, sums: Sequence[str], local: Sequence[str], shared: set[str]
    ) -> Iterator[str]:
        """Yield the statements of a nest; each local value is declared where it is first set."""
        turns = Counter(item.target for item in nest.items)
        declared = {*shared}
        for item in nest.items:
            name, value = item.target, self._value(item.expression, shared)
            kind = "" if name in declared else "const real " if turns[name] == 1 else "real "
            target = _local(name) if name in local else self._at(name, shared)
            declared.add(name)
            if name in sums and item.largest:
                text = f"{target} = maximum({target}, {value});"
            elif name in sums or item.adds:
                text = f"{target} += {value};"
            else:
                text = f"{kind}{target} = {value};"
            yield from c.wrapped(text, len(nest.space))

    def _value(self, expression: Expression, shared: set[str]) -> str:
        """Print an expression of elements."""
        pieces = dict[str, str]()

        def change(node: Expression) -> Expression:
            match node:
                case Call(function, (Name(operand),)) if is_piece(function):
                    pieces[f"{function}({operand})"] = self._piece(function, operand, shared)
                    return Name(f"{function}({operand})")
            return node

        def name(name: str) -> str:
            return pieces.get(name) or self._at(name, shared)

        changed = transform(computed(expression), change)
        return to_python(changed, replace(c.SPELLING, name=name))

    def _piece(self, function: str, operand: str, shared: set[str]) -> str:
        """Print an element of a part of an array with zeros around it, or of the gradient of one.

        The zeros are negative: added to them, any number stays what it is, and so does -0.
        """
        name = function.removesuffix("_gradient")
        piece, (from_, to) = self.pieces[name], self.made.ends[name]
        if name != function:
            from_, to = to, from_
        if isinstance(piece, Reshape):
            return self._at(operand, shared, self._places(from_, to))
        (axis,), (of,) = from_, to
        start, before, whole = piece.start, piece.before, piece.whole
        if name != function:
            start, before, whole = before, start, piece.of
        letter = "" if of is None else self.letter[of]
        places = {} if axis is None else {axis: _moved(letter, start - before)}
        conditions = [f"{letter} >= {_polynomial(before)}"] * (before != ZERO)
        end = before + piece.size
        conditions += [f"{letter} < {_polynomial(end)}"] * (end != whole)
        element = self._at(operand, shared, places)
        return f"({' && '.join(conditions)} ? {element} : (real)-0.0)" if conditions else element

    def _places(self, axes: Dimensions, others: Dimensions) -> dict[int, str]:
        """Return the indices along axes of an element that is in the same place in the order of
        the elements along others."""
        used = [axis for axis in others if axis is not None]
        index = self.letter[used[0]] if used else "0"
        for axis in used[1:]:
            index = f"({index}) * {self._size(axis)} + {self.letter[axis]}"
        places: dict[int, str] = {}
        wanted = [axis for axis in axes if axis is not None]
        for place, axis in enumerate(wanted):
            after = " * ".join(self._size(other) for other in wanted[place + 1 :])
            text = f"({index}) / ({after})" if after else index
            if place:
                text = f"({text}) % {self._size(axis)}"
            places[axis] = text
        return places

    def _at(self, name: str, shared: set[str], places: dict[int, str] = {}) -> str:
        """Print an element of an array, or a local value.

        Args:
            places: The indices along axes of which that is not the letter.
        """
        if name in self.made.parts.sizes:
            return f"(real){size_in_c(name.removeprefix(OWN))}"
        if name not in shared:
            return name_in_c(name)
        axes = self._stored(name)
        if not axes:
            return f"{name_in_c(name)}[0]"
        letter = self.letter | places
        index = letter[axes[0]]
        for axis in axes[1:]:
            inner = f"({index})" if " " in index.replace(" * ", "") else index
            index = f"{inner} * {self._size(axis)} + {letter[axis]}"
        return f"{name_in_c(name)}[{index.replace(' ', _UNBROKEN)}]"

    def _stored(self, name: str) -> Axes:
        axes, lane = self._axes(name), self.made.lane
        return (*(a for a in axes if a != lane), *(a for a in axes if a == lane))

    def _size(self, axis: int) -> str:
        text = _polynomial(self.made.sizes[axis])
        return f"({text})" if " " in text else text

    def _width(self, axes: Axes) -> str:
        return " * ".join(self._size(axis) for axis in axes) or "1"


def _letters(made: Recurrence) -> dict[int, str]:
    """Return the name of the index along each axis, which differ within a nest."""
    letters = {made.lane: "n"}
    recomputed = made.recomputed
    spaces = [s.space for s in (*made.forward, *recomputed.states, *recomputed.backward)]
    for axis in sorted({axis for axes in made.axes.values() for axis in axes} - {made.lane}):
        beside = {other for space in spaces if axis in space for other in space}
        taken = {letters.get(other) for other in beside}
        letters[axis] = next(letter for letter in "klmpqrs" if letter not in taken)
    return letters


def _moved(letter: str, by: Polynomial) -> str:
    """Print an index that is moved by a size."""
    if by == ZERO or not letter:
        return letter or _polynomial(by)
    text = _polynomial(by)
    return f"{letter} - {text[1:]}" if text.startswith("-") else f"{letter} + {text}"


def _targets(nest: Nest) -> list[str]:
    return [*dict.fromkeys(item.target for item in nest.items)]


def _local(name: str) -> str:
    """Return the name of a sum within the innermost loop."""
    return f"sum_of_{name}"


def _temporaries(nests: Iterable[Nest], axes: Mapping[str, Axes]) -> list[str]:
    """Return the names that several nests share, or that are sums."""
    of: dict[str, set[int]] = {}
    sums: list[str] = []
    for number, nest in enumerate(nests):
        for item in nest.items:
            for name in (item.target, *item.read):
                of.setdefault(name, set()).add(number)
            if set(axes[item.target]) != set(nest.space):
                sums.append(item.target)
    targets = dict.fromkeys(item.target for nest in nests for item in nest.items)
    return [name for name in targets if len(of[name]) > 1 or name in sums]


def _polynomial(size: Polynomial) -> str:
    def call(function: str, *arguments: str) -> str:
        return f"larger({', '.join(arguments)})"

    text = to_python(parse(str(size)), Spelling(size_in_c, call))
    return text.replace("//", "/")


_UNBROKEN = "\N{NO-BREAK SPACE}"
"""The space within an index, where no line is broken."""

_WORDS = frozenset("""
    n k l m p q r s at sizes size numbers clear lower set larger LOWEST
    SIZES STREAMS PARAMETERS STATES OUTPUTS RESULTS PRODUCTS FORWARD BACKWARD
    forward recompute backward inputs outputs
    """.split())
"""The names in use by the functions of a recurrence."""
