"""The frozen records that the parts of the generator pass to each other."""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass

from .language.expressions import Expression, Name, functions, names


@dataclass(frozen=True)
class Location:
    """A position in a spec; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def shifted(self, columns: int) -> Location:
        return Location(self.file, self.line, self.column + columns)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


# What the spec says


@dataclass(frozen=True)
class Domain:
    """An open interval."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low < value < self.high

    def __str__(self) -> str:
        if self == Domain(-math.inf, math.inf):
            return "any finite number"
        return (
            f"above {self.low:g}" if self.high == math.inf else f"in ({self.low:g}, {self.high:g})"
        )


@dataclass(frozen=True)
class Constraint:
    """How a raw value becomes a usable one.

    Attributes:
        activation: The usable value, an expression of `raw`.
        register: The method of the base class that registers parameters with it, or "".
        inverse: The raw value, an expression of `value`, where no method is named.
    """

    name: str
    domain: Domain
    activation: Expression
    register: str = ""
    inverse: Expression | None = None


@dataclass(frozen=True)
class Parameter:
    """A number of each neuron, or of all.

    Attributes:
        rank: 0 if all neurons share one value by default, 1 if each has its own.
        learn: Whether it is trained by default.
    """

    name: str
    constraint: Constraint
    default: float
    doc: str
    rank: int = 1
    learn: bool = True


@dataclass(frozen=True)
class Size:
    """A whole number that a layer is made for.

    Attributes:
        default: Its default; without one it must be given.
        least: The least it may be, if that is checked by the layer itself.
        auto: The meaning of its default, -1.
    """

    name: str
    doc: str
    default: int | None = None
    least: int | None = None
    auto: Expression | None = None


@dataclass(frozen=True)
class Linear:
    """A linear map that a layer holds.

    Attributes:
        bias: Whether it has a bias, or the number at which its bias starts.
    """

    name: str
    inputs: Expression
    outputs: Expression
    bias: bool | float


@dataclass(frozen=True)
class Weight:
    """A tensor that is trained as it is.

    Attributes:
        state: The state without which the weight does not exist, or "".
    """

    name: str
    shape: tuple[Expression, ...]
    initial: Expression
    doc: str
    state: str


@dataclass(frozen=True)
class FunctionArgument:
    """A function that a layer applies and its user chooses."""

    name: str
    default: str
    doc: str


@dataclass(frozen=True)
class Trace:
    """A state that decays and is driven: `state = decay * state + drives`.

    Attributes:
        splits: Whether a prefix that splits traces splits this one.
    """

    state: str
    decay: str
    drives: tuple[Expression, ...]
    average: bool
    doc: str
    splits: bool = True


@dataclass(frozen=True)
class Branch:
    """One of the traces into which a trace is split, and its share of a reset."""

    name: str
    function: str
    reset_share: float

    def of(self, name: str) -> str:
        """What this branch of something is called."""
        return f"{self.name}_{name}"


@dataclass(frozen=True)
class State:
    """What a layer remembers.

    Attributes:
        shape: The sizes of its last dimensions, in the place of the feature dimension.
        only_if: The condition under which the state exists.
        initial: What it starts from, if that is not 0.
    """

    name: str
    doc: str
    shape: tuple[Expression, ...] = (Name("num_neurons"),)
    only_if: Expression | None = None
    initial: Expression | None = None


@dataclass(frozen=True)
class Statement:
    """An assignment of one timestep.

    Attributes:
        targets: The names that get the value, or its parts.
        origin: The prefixes and the family that the statement comes from.
        state: The optional state without which the statement does not run, or "".
    """

    targets: tuple[str, ...]
    expression: Expression
    origin: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True)
class Prefix:
    """What a letter before a family's name does to it.

    Attributes:
        families: Families that take the prefix, beside those that say so themselves.
        branches: What every trace of the layer is split into, if it is.
        modules: Modules that its expressions apply.
        update: What runs before its traces.
        traces: Traces of the prefix's own.
        replaces: What the family reads in the place of a name.
        drive: One more drive of the family's trace, if there is one.
    """

    letter: str
    name: str
    doc: str
    source: str
    location: Location
    families: tuple[str, ...]
    branches: tuple[Branch, ...]
    modules: tuple[Linear, ...]
    update: tuple[Statement, ...]
    traces: tuple[Trace, ...]
    replaces: tuple[tuple[str, Expression], ...]
    drive: Expression | None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All that the prefix computes."""
        return (
            *(statement.expression for statement in self.update),
            *(drive for trace in self.traces for drive in trace.drives),
            *(expression for _, expression in self.replaces),
            *([self.drive] if self.drive else []),
        )


@dataclass(frozen=True)
class Family:
    """How a neuron fires.

    Attributes:
        states: What it remembers beside its trace.
        fire: What runs after the traces.
        reset: What leaves the trace, if anything does.
        resets_first: Whether that happens before the next timestep's traces, and not after `fire`.
    """

    name: str
    title: str
    doc: str
    source: str
    location: Location
    prefixes: tuple[str, ...]
    states: tuple[State, ...]
    trace: Trace
    fire: tuple[Statement, ...]
    reset: Expression | None
    resets_first: bool
    output: Expression

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All that the family computes."""
        return (
            *self.trace.drives,
            *(statement.expression for statement in self.fire),
            *([self.reset] if self.reset else []),
            self.output,
        )


@dataclass(frozen=True)
class Firing:
    """A function that a spiking layer fires with, of `x`, and of `noise` if it is random.

    Attributes:
        numbers: What it is made with.
        statements: What it computes; the last sets `output`.
    """

    name: str
    doc: str
    source: str
    numbers: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def is_random(self) -> bool:
        return any("noise" in names(statement.expression) for statement in self.statements)


@dataclass(frozen=True)
class Functional:
    """The functions that spiking layers fire with."""

    doc: str
    spikes: tuple[Firing, ...]
    quantizers: tuple[Firing, ...]

    @property
    def defaults(self) -> tuple[str, ...]:
        """The functions that a layer may have by default: those without arguments or noise."""
        plain = (function for function in self.quantizers if not function.numbers)
        functions = (*plain, *self.spikes)
        return tuple(function.name for function in functions if not function.is_random)


DROPPED = "_"
"""In the place of a target: a part that nothing reads."""


# What the grammar makes of it, and what a layer of its own is from the start


@dataclass(frozen=True)
class Layer:
    """A layer, flat and complete in itself: nothing of the grammar is left.

    The statements run in order, as Python would run them, over the input `x`, the sizes, the
    weights, the usable values of the parameters, and the states; a state's latest value is what
    the next timestep finds.

    Attributes:
        arguments: The sizes and parameters of the constructor, in its order.
        features: The sizes of the feature dimension of the input and of the output.
    """

    package: str
    name: str
    title: str
    docs: tuple[str, ...]
    sources: tuple[str, ...]
    arguments: tuple[Size | Parameter, ...]
    features: tuple[str, str]
    functions: tuple[FunctionArgument, ...]
    modules: tuple[Linear, ...]
    weights: tuple[Weight, ...]
    states: tuple[State, ...]
    statements: tuple[Statement, ...]
    output: Expression

    @property
    def timestep(self) -> tuple[Expression, ...]:
        """All that a timestep computes."""
        return (*(statement.expression for statement in self.statements), self.output)

    @property
    def start(self) -> tuple[Expression, ...]:
        """What the states start from, where that is not 0."""
        return tuple(state.initial for state in self.states if state.initial)

    def unset(self) -> set[str]:
        """The names that are read, but have no value."""
        parts = (*self.arguments, *self.weights, *self.states)
        known, unset = {"x", *(part.name for part in parts)}, set[str]()
        for statement in (*self.statements, Statement((), self.output)):
            unset |= names(statement.expression) - known
            known |= set(statement.targets)
        return unset

    def unread(self) -> set[str]:
        """The states and values that no other statement reads, nor the output."""
        read = names(self.output)
        for statement in self.statements:
            read |= names(statement.expression) - set(statement.targets)
        targets = {target for statement in self.statements for target in statement.targets}
        return targets - read - {DROPPED}

    @property
    def module(self) -> str:
        return module_name(self.name)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(a for a in self.arguments if isinstance(a, Parameter))


def module_name(layer: str) -> str:
    """The module that holds a layer: its name in small letters, with a _ if that is a keyword."""
    small = layer.lower()
    return f"{small}_" if keyword.iskeyword(small) else small


NUM_NEURONS = Size("num_neurons", "Size of the feature dimension of input and output", least=1)
IN_FEATURES = Size("in_features", "Size of the feature dimension of the input", least=1)
DIM = Size("dim", "Which dimension of the input holds the features", default=-1)
"""The arguments that the base class knows."""


@dataclass(frozen=True)
class Package:
    """One spec file: the layers of one subpackage, and the hand-written modules beside them.

    Attributes:
        extends: The package whose grammar it extends, outside the library, if it does.
        reference: A file beside the spec that states the same mathematics in NumPy, or "".
    """

    name: str
    doc: str
    beside: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    functions: tuple[FunctionArgument, ...]
    prefixes: tuple[Prefix, ...]
    families: tuple[Family, ...]
    layers: tuple[Layer, ...]
    extends: Package | None = None
    reference: str = ""
