"""Shape inference for the statements of a timestep, which finds shapes that do not fit.

An expression whose shape cannot be inferred has the shape `None`, and is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product, zip_longest
from operator import mul

from ..language.constants import Samples
from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    names,
    nodes,
    to_python,
    transform,
)
from ..language.functions import FUNCTIONS, NAMED_DIMENSION
from ..language.sizes import ONE, Polynomial, are_equal, size_of
from ..model import Linear, Module, Parameter, TorchModule


@dataclass(frozen=True)
class Shape:
    """The sizes of a tensor.

    Attributes:
        has_batch: Whether any number of batch dimensions precedes them.
    """

    sizes: tuple[Polynomial, ...] = ()
    has_batch: bool = True

    def __str__(self) -> str:
        return f"[{', '.join([*['...'] * self.has_batch, *map(str, self.sizes)])}]"


SCALAR = Shape((), has_batch=False)


class ShapeError(Exception):
    """Tensors whose shapes do not fit.

    Args:
        part: The expression that combines them.
        message: What is wrong.
        hint: What to write instead.
    """

    def __init__(self, part: Expression, message: str, hint: str) -> None:
        super().__init__(message)
        self.part = part
        self.message = message
        self.hint = hint

    @property
    def column(self) -> int:
        """The column where the expression begins."""
        return next((n.column for n in nodes(self.part) if isinstance(n, Name | Call)), 0)


def state_shape(sizes: Iterable[Expression]) -> Shape:
    """Return the shape of a tensor with batch dimensions."""
    return Shape(tuple(map(size_of, sizes)))


def weight_shape(sizes: Iterable[Expression]) -> Shape:
    """Return the shape of a tensor without batch dimensions."""
    return Shape(tuple(map(size_of, sizes)), has_batch=False)


def parameter_shape(parameter: Parameter, features: Expression) -> Shape:
    """Return the default shape of a parameter."""
    return weight_shape([features] * parameter.rank)


class Shapes:
    """The shapes of names, and of expressions of them.

    Args:
        known: The shapes of the names that have a value at the beginning.
        modules: Those that may be called; other functions do not change a shape.
        samples: Some possible values of the sizes.

    Attributes:
        drawn: The shape of random numbers that are drawn without sizes of their own.
    """

    def __init__(
        self,
        known: Mapping[str, Shape | None] = {},
        modules: Iterable[Module] = (),
        samples: Samples = {},
    ) -> None:
        self.known = dict(known)
        self.modules = {module.name: module for module in modules}
        self.samples = samples
        self.drawn: Shape | None = None

    def of(self, expression: Expression) -> Shape | None:
        """Return the shape of an expression.

        Raises:
            ShapeError: Shapes within it do not fit.
        """
        match expression:
            case Number():
                return SCALAR
            case Name(name):
                return SCALAR if name in self.samples else self.known.get(name)
            case Negative(operand):
                return self.of(operand)
            case Operation(left, "@", right):
                return self._matrix_product(expression, left, right)
            case Operation(left, _, right):
                return self._joined(expression, (left, right))
            case Call("max") if self._is_number(expression):
                return SCALAR  # `max` is a function of sizes, too
            case Call(function, arguments) if function in _OTHERS:
                return _OTHERS[function](self, expression, *arguments)
            case Call(function, (argument,)) if function in self.modules:
                return self._mapped(expression, self.modules[function], argument)
            case Call(_, arguments):
                return self._joined(expression, arguments)

    def parts(self, expression: Expression, number: int) -> Sequence[Shape | None]:
        """Return the shapes of the values that a statement sets: several for `chunk` and `split`.

        Raises:
            ShapeError: Shapes within it do not fit.
        """
        match expression:
            case Call("split", (whole, *sizes)):
                return list(self._split(expression, whole, sizes))
        return [self.of(expression)] * number

    def check_fits(self, part: Expression, shape: Shape | None, wanted: Shape, what: str) -> None:
        """Raise a `ShapeError` unless a shape broadcasts to the wanted one."""
        if shape and not self._expands(shape, wanted):
            hint = f"make it {wanted}"
            if len(shape.sizes) < len(wanted.sizes) and shape.has_batch:
                hint += f", by unsqueeze({to_python(part)}, -1) perhaps" * (
                    len(to_python(part)) < 20
                )
            raise ShapeError(part, f"{what} is {wanted}, but this is {shape}", hint)

    def check_equal(self, part: Expression, shape: Shape | None, wanted: Shape, what: str) -> None:
        """Raise a `ShapeError` unless a shape equals the wanted one."""
        if shape and not (shape.has_batch == wanted.has_batch and self._same(shape, wanted)):
            message = f"{what} is {wanted}, but this is {shape}"
            hint = f"make it {wanted}"
            if not shape.has_batch:
                hint = "return a value that depends on the input or on a state"
            raise ShapeError(part, message, hint)

    # Sizes

    def _is_number(self, expression: Expression) -> bool:
        return names(expression) <= self.samples.keys()

    def _equal(self, left: Polynomial, right: Polynomial) -> bool:
        return are_equal(left, right, self.samples)

    def _same(self, left: Shape, right: Shape) -> bool:
        return len(left.sizes) == len(right.sizes) and all(
            map(self._equal, left.sizes, right.sizes)
        )

    def _expands(self, shape: Shape, wanted: Shape) -> bool:
        if len(shape.sizes) > len(wanted.sizes):
            return False
        if shape.has_batch and len(shape.sizes) < len(wanted.sizes):
            return False
        pairs = zip(reversed(shape.sizes), reversed(wanted.sizes))
        return all(self._equal(mine, ONE) or self._equal(mine, its) for mine, its in pairs)

    # Elementwise operations

    def _joined(self, whole: Expression, parts: Iterable[Expression]) -> Shape | None:
        """Return the shape to which several are broadcast."""
        found = [(part, self.of(part)) for part in parts]
        known = [(part, shape) for part, shape in found if shape]
        return self._joined_shapes(whole, known) if len(known) == len(found) else None

    def _joined_shapes(
        self, whole: Expression, known: Sequence[tuple[Expression, Shape]], dim: int = -1
    ) -> Shape | None:
        """Return the shape to which those of some parts are broadcast.

        Args:
            dim: Where a part lacks dimensions.
        """
        longest = max((shape for _, shape in known), key=lambda shape: len(shape.sizes))
        for part, shape in known:
            over = longest.sizes[: len(longest.sizes) - len(shape.sizes)]
            if shape.has_batch and over and all(size == ONE for size in over):
                return None  # fits if there is a batch
            if shape.has_batch and over:
                message = (
                    f"{shape} does not fit {longest}: a size would be broadcast against the batch"
                )
                match part:
                    case Operation(left, operator, _) if operator in COMPARISONS:
                        side = left
                    case _:
                        side = part
                place = "a last dimension" if dim == -1 else "a dimension"
                hint = f"write unsqueeze({to_python(side)}, {dim}) for {place} of 1"
                raise ShapeError(whole, message, hint)
        joined = SCALAR
        for _, shape in known:
            joined = self._broadcast(whole, joined, shape)
        return joined

    def _broadcast(self, whole: Expression, a: Shape, b: Shape) -> Shape:
        sizes = []
        for mine, its in zip_longest(reversed(a.sizes), reversed(b.sizes), fillvalue=ONE):
            if not (self._equal(mine, ONE) or self._equal(its, ONE) or self._equal(mine, its)):
                message = f"{a} does not fit {b}: {mine} is not {its}"
                raise ShapeError(whole, message, "sizes must be equal, or 1, which unsqueeze adds")
            sizes.append(its if self._equal(mine, ONE) else mine)
        return Shape(tuple(reversed(sizes)), a.has_batch or b.has_batch)

    # Other operations

    def _matrix_product(
        self, whole: Expression, of_left: Expression, of_right: Expression
    ) -> Shape | None:
        left, right = self.of(of_left), self.of(of_right)
        if left is None or right is None:
            return None
        text = f"{left} @ {right}"
        for shape in (left, right):
            if not shape.sizes:
                raise ShapeError(whole, f"{text} has a side without sizes", "write * for numbers")
        is_vector = len(right.sizes) == 1
        if is_vector and right.has_batch:
            message = f"{text}: the right side is interpreted as a matrix, its batch as a size"
            hint = "write sum(a * b, -1) for two vectors, and matrices on the right: x @ B"
            raise ShapeError(whole, message, hint)
        is_row = len(left.sizes) == 1
        if is_row and left.has_batch and (right.has_batch or len(right.sizes) > 2):
            message = f"{text}: the left side is interpreted as a matrix, its batch as a size"
            row = f"{'unsqueeze(' * (len(right.sizes) - 1)}a{', -2)' * (len(right.sizes) - 1)}"
            hint = f"write {row} @ b, or sum(unsqueeze(a, -1) * b, -2)"
            raise ShapeError(whole, message, hint)
        inner = right.sizes[-2:][0]  # of a vector, its one size
        if not self._equal(left.sizes[-1], inner):
            message = f"{text} does not fit: {left.sizes[-1]} is not {inner}"
            raise ShapeError(whole, message, "the last size left must be the first size right")
        if is_vector:
            return replace(left, sizes=left.sizes[:-1])
        if is_row:
            sizes = (*right.sizes[:-2], right.sizes[-1])
            return Shape(sizes, left.has_batch or right.has_batch)
        before = [
            (part, replace(shape, sizes=shape.sizes[:-2]))
            for part, shape in ((of_left, left), (of_right, right))
        ]
        joined = self._joined_shapes(whole, before, dim=-3)
        return joined and replace(joined, sizes=(*joined.sizes, left.sizes[-2], right.sizes[-1]))

    def _mapped(self, whole: Expression, module: Module, argument: Expression) -> Shape | None:
        shape = self.of(argument)
        if shape is None:
            return None
        if isinstance(module, TorchModule):
            return self._returned(whole, module, argument, shape)
        inputs = size_of(module.inputs)
        if not shape.sizes or not self._equal(shape.sizes[-1], inputs):
            message = f"{module.name} maps {inputs} inputs, but {to_python(argument)} is {shape}"
            size = shape.sizes[-1] if shape.sizes else 1
            hint = f"write linear: [{size}, ...], or pass another tensor"
            raise ShapeError(whole, message, hint)
        return replace(shape, sizes=(*shape.sizes[:-1], size_of(module.outputs)))

    def _returned(
        self, whole: Expression, module: TorchModule, argument: Expression, shape: Shape
    ) -> Shape:
        """Return the shape of what a module of PyTorch returns for an argument of this shape."""
        kind, given = module.torch_class, dict(module.arguments)
        takes = kind.takes(given, len(shape.sizes))
        fits = len(takes) == len(shape.sizes) and all(
            wanted is None or self._equal(wanted, size) for wanted, size in zip(takes, shape.sizes)
        )
        if not fits:
            sizes = ", ".join("any" if wanted is None else str(wanted) for wanted in takes)
            message = (
                f"{module.name} ({kind.name}) takes [..., {sizes}], but "
                f"{to_python(argument)} is {shape}"
            )
            hint = "pass another tensor, or change its arguments"
            if 0 < kind.space == len(shape.sizes):
                hint = f"write {module.name}(unsqueeze({to_python(argument)}, -2)) for one channel"
            raise ShapeError(whole, message, hint)
        if kind.has_batch and not shape.has_batch:
            message = f"{module.name} ({kind.name}) takes a batch, but this is {shape}"
            raise ShapeError(whole, message, "a weight has no batch; apply it to a value")
        return replace(shape, sizes=tuple(kind.returns(given, shape.sizes)))

    def _cat(self, whole: Expression, *arguments: Expression) -> Shape | None:
        shapes = [self.of(argument) for argument in arguments]
        known = [shape for shape in shapes if shape]
        for shape in known:
            self._check_joins(whole, known[0], shape)
        if len(known) < len(shapes):
            return None
        total = known[0].sizes[-1]
        for shape in known[1:]:
            total += shape.sizes[-1]
        return replace(known[0], sizes=(*known[0].sizes[:-1], total))

    def _check_joins(self, whole: Expression, first: Shape, other: Shape) -> None:
        """Raise a `ShapeError` if shapes differ in more than the last size."""
        if not first.sizes or not other.sizes:
            message = "cat joins along the last dimension, and this has none"
            raise ShapeError(whole, message, "write unsqueeze(x, -1)")
        message = f"cat joins along the last dimension, and {first} and {other} differ before"
        if first.has_batch != other.has_batch:
            hint = "a weight has no batch; write w + 0 * x to give it that of x"
            raise ShapeError(whole, message, hint)
        before = (replace(shape, sizes=shape.sizes[:-1]) for shape in (first, other))
        if not self._same(next(before), next(before)):
            raise ShapeError(whole, message, "give them the same sizes before the last")

    def _last(self, whole: Expression, argument: Expression) -> Shape | None:
        """Return the shape of a tensor that is divided along its last dimension."""
        shape = self.of(argument)
        if shape and not shape.sizes:
            message = f"{to_python(argument)} is {shape}, which has no size to divide"
            raise ShapeError(whole, message, "divide a tensor with features")
        return shape

    def _chunk(self, whole: Expression, argument: Expression, parts: Expression) -> Shape | None:
        shape = self._last(whole, argument)
        if shape is None or not isinstance(parts, Number):
            return None
        part = shape.sizes[-1] / int(parts.value)
        if part.is_never_whole:
            message = f"{shape.sizes[-1]} features cannot be divided into {parts.value} equal parts"
            raise ShapeError(whole, message, f"make it a multiple of {parts.value}")
        return replace(shape, sizes=(*shape.sizes[:-1], part))

    def _split(
        self, whole: Expression, argument: Expression, sizes: Iterable[Expression]
    ) -> Iterator[Shape | None]:
        shape, parts = self._last(whole, argument), list(map(size_of, sizes))
        if shape is None:
            yield from [None] * len(parts)
            return
        total = parts[0]
        for part in parts[1:]:
            total += part
        if not self._equal(shape.sizes[-1], total):
            message = f"the parts have {total} features together, but there are {shape.sizes[-1]}"
            raise ShapeError(whole, message, f"give parts that add up to {shape.sizes[-1]}")
        for part in parts:
            yield replace(shape, sizes=(*shape.sizes[:-1], part))

    def _sum(self, whole: Expression, argument: Expression, dim: Expression) -> Shape | None:
        return self._without(whole, argument, dim, "sums over")

    def _largest(self, whole: Expression, argument: Expression, dim: Expression) -> Shape | None:
        return self._without(whole, argument, dim, "compares")

    def _softmax(self, whole: Expression, argument: Expression, dim: Expression) -> Shape | None:
        self._without(whole, argument, dim, "sums over")
        return self.of(argument)

    def _without(
        self, whole: Expression, argument: Expression, dim: Expression, does: str
    ) -> Shape | None:
        """Return a shape without one of its dimensions."""
        shape = self.of(argument)
        if shape is None:
            return None
        place = self._dimension(whole, shape, dim)
        if shape == SCALAR and place in (0, -1):
            return shape
        self._check_dim(whole, shape, place, len(shape.sizes), does)
        sizes = list(shape.sizes)
        del sizes[place]
        return replace(shape, sizes=tuple(sizes))

    def _dimension(self, whole: Expression, shape: Shape, dim: Expression) -> int:
        """Return the number of a dimension, which may be given by its size."""
        number = integer(dim)
        if number is not None:
            return number
        count = len(shape.sizes)
        found = [n - count for n, size in enumerate(shape.sizes) if size == size_of(dim)]
        if len(found) != 1:
            size = to_python(dim)
            message = (
                f"{shape} has {len(found) or 'no'} dimension{'s' * bool(found)} of size {size}"
            )
            raise ShapeError(whole, message, "count the dimension from the end: -1 is the last")
        return found[0]

    def numbered(self, expression: Expression) -> Expression:
        """Return an expression in which dimensions are numbers.

        Raises:
            ShapeError: One is given by its size, where the shape is not known.
        """

        def change(node: Expression) -> Expression:
            match node:
                case Call(function, (argument, dim, *rest)) if function in BY_DIMENSION:
                    if integer(dim) is None and not self._is_number(node):
                        shape = self.of(argument)
                        if shape is None:
                            message = f"the shape of {to_python(argument)} is not known"
                            raise ShapeError(node, message, "count the dimension from the end: -1")
                        number = self._dimension(node, shape, dim)
                        dim = Negative(Number(-number))
                    return replace(node, arguments=(argument, dim, *rest))
            return node

        return transform(expression, change)

    def _select(
        self, whole: Expression, argument: Expression, dim: Expression, index: Expression
    ) -> Shape | None:
        shape, number = self.of(argument), integer(index)
        if shape is None or number is None:
            return None
        place = self._dimension(whole, shape, dim)
        self._check_dim(whole, shape, place, len(shape.sizes), "takes an element of")
        self._check_index(whole, shape.sizes[place], number)
        return self._without(whole, argument, dim, "")

    def _check_index(self, whole: Expression, size: Polynomial, index: int) -> None:
        """Raise a `ShapeError` if there may be too few elements for an index."""
        least = index + 1 if index >= 0 else -index
        read = sorted(size.names())
        for values in product(*(self.samples.get(name, ()) for name in read)):
            if size.value(dict(zip(read, values))) < least:
                some = ", ".join(f"{name} = {value}" for name, value in zip(read, values))
                message = f"{to_python(whole)} needs a size of at least {least}, but it is {size}"
                hint = f"for {some} it is too small; least: sets the minimum of a size"
                raise ShapeError(whole, message, hint if some else "choose another element")

    def _reshape(self, whole: Expression, argument: Expression, *sizes: Expression) -> Shape | None:
        shape, wanted = self.of(argument), state_shape(sizes)
        if shape is None:
            return None
        if not shape.has_batch:
            hint = f"declare it with the shape [{', '.join(map(to_python, sizes))}]"
            raise ShapeError(whole, f"{to_python(argument)} is a weight, not a value", hint)
        had, has = (reduce(mul, some.sizes, ONE) for some in (shape, wanted))
        if not self._equal(had, has):
            message = f"{shape} has {had} features, and {wanted} has {has}"
            raise ShapeError(whole, message, "give sizes whose product is the same")
        return wanted

    def _unsqueeze(self, whole: Expression, argument: Expression, dim: Expression) -> Shape | None:
        shape, place = self.of(argument), integer(dim)
        if shape is None or place is None:
            return None
        self._check_dim(whole, shape, place, len(shape.sizes) + 1, "moves")
        sizes = list(shape.sizes)
        sizes.insert(place if place >= 0 else len(sizes) + 1 + place, ONE)
        return replace(shape, sizes=tuple(sizes))

    def _check_dim(self, whole: Expression, shape: Shape, place: int, most: int, does: str) -> None:
        """Raise a `ShapeError` for a batch dimension, or one that does not exist."""
        if -most <= place < (0 if shape.has_batch else most):
            return
        text = to_python(whole)
        message = f"{text} has no dimension {place}: {shape}"
        if shape.has_batch:
            message = f"{text} {does} the batch: {shape} has batch dimensions first"
        allowed = ", ".join(str(-n) for n in range(1, most + 1))
        hint = f"count dimensions from the end: {allowed}" if most else "it has no sizes"
        raise ShapeError(whole, message, hint)

    def _drawn(self, whole: Expression, argument: Expression) -> Shape | None:
        shape = self.of(argument)
        if shape and not shape.has_batch:
            message = f"{to_python(whole)} draws the same numbers for the whole batch"
            raise ShapeError(whole, message, "draw them like x or a state")
        return shape

    def _push(self, whole: Expression, buffer: Expression, new: Expression) -> Shape | None:
        shape, entry = self._last(whole, buffer), self.of(new)
        if shape is None or entry is None:
            return None
        place = replace(shape, sizes=shape.sizes[:-1])
        if entry.has_batch != shape.has_batch or not self._same(entry, place):
            message = f"push({to_python(buffer)}, ...) takes entries {place}, but this is {entry}"
            raise ShapeError(whole, message, f"push what is {place}")
        return shape

    # Initial values

    def _count(self, whole: Expression, size: Expression) -> Shape:
        return weight_shape([size])

    def _eye(self, whole: Expression, size: Expression) -> Shape:
        return weight_shape([size, size])

    def _normal(self, whole: Expression, deviation: Expression, *sizes: Expression) -> Shape:
        return self._of_draw(whole, sizes)

    def _uniform(
        self, whole: Expression, low: Expression, high: Expression, *sizes: Expression
    ) -> Shape:
        return self._of_draw(whole, sizes)

    def _of_draw(self, whole: Expression, sizes: Sequence[Expression]) -> Shape:
        if sizes:
            return weight_shape(sizes)
        if self.drawn is None:
            text = to_python(whole).removesuffix(")")
            message = f"{text}) has no shape here"
            raise ShapeError(whole, message, f"add sizes: {text}, num_neurons), perhaps")
        return self.drawn

    def _argsort(self, whole: Expression, argument: Expression, dim: Expression) -> Shape | None:
        shape, place = self.of(argument), integer(dim)
        if shape and place is not None:
            self._check_dim(whole, shape, place, len(shape.sizes), "sorts")
        return shape

    def _matrix_exp(self, whole: Expression, argument: Expression) -> Shape | None:
        shape = self.of(argument)
        self._check_square(argument, shape)
        return shape

    def _solve(self, whole: Expression, matrix: Expression, other: Expression) -> Shape | None:
        shape, right = self.of(matrix), self.of(other)
        self._check_square(matrix, shape)
        if shape is None or right is None:
            return None
        if len(right.sizes) not in (1, 2) or not self._equal(shape.sizes[-1], right.sizes[0]):
            message = f"solve(A, b) takes a b with {shape.sizes[-1]} rows, but this is {right}"
            raise ShapeError(other, message, "the first size of b must be that of A")
        return right

    def _transpose(self, whole: Expression, argument: Expression) -> Shape | None:
        shape = self.of(argument)
        if shape and len(shape.sizes) != 2:
            message = f"a matrix is needed, but this is {shape}"
            raise ShapeError(argument, message, "make it a matrix, by unsqueeze perhaps")
        return shape and replace(shape, sizes=shape.sizes[::-1])

    def _check_square(self, part: Expression, shape: Shape | None) -> None:
        """Raise a `ShapeError` unless a shape is that of a square matrix."""
        if shape and not (len(shape.sizes) == 2 and self._equal(*shape.sizes)):
            message = f"a square matrix is needed, but this is {shape}"
            raise ShapeError(part, message, "make it a matrix of two equal sizes")


BY_DIMENSION = tuple(name for name, row in FUNCTIONS.items() if NAMED_DIMENSION in row.takes)
"""The functions whose second argument is a dimension, perhaps by its size."""


def integer(expression: Expression) -> int | None:
    """Return the value of an integer literal, or None."""
    match expression:
        case Number(int() as value):
            return value
        case Negative(Number(int() as value)):
            return -value
    return None


_OTHERS: Mapping[str, Callable[..., Shape | None]] = {
    "cat": Shapes._cat,
    "chunk": Shapes._chunk,
    "split": lambda self, whole, argument, *sizes: next(self._split(whole, argument, sizes)),
    "sum": Shapes._sum,
    "mean": Shapes._sum,
    "max": Shapes._largest,
    "softmax": Shapes._softmax,
    "select": Shapes._select,
    "reshape": Shapes._reshape,
    "unsqueeze": Shapes._unsqueeze,
    "push": Shapes._push,
    "rand_like": Shapes._drawn,
    "randn_like": Shapes._drawn,
    "count": Shapes._count,
    "eye": Shapes._eye,
    "normal": Shapes._normal,
    "uniform": Shapes._uniform,
    "argsort": Shapes._argsort,
    "matrix_exp": Shapes._matrix_exp,
    "solve": Shapes._solve,
    "transpose": Shapes._transpose,
}
"""The functions that change shapes, or need certain ones."""
