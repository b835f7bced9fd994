"""The frozen records that the modules of the generator exchange."""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from .language.constants import value_of
from .language.expressions import Call, Expression, Name, Number, functions, names, transform
from .language.functions import DRAWS, INITIAL_FUNCTIONS, NOISES
from .language.torch_classes import TORCH_CLASSES, TorchClass, Value


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


# The parts of a spec


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
    """How a usable value is computed from a raw one.

    Attributes:
        activation: The usable value, an expression of `raw`.
        register: The method of the base class that registers parameters with it, or "".
        inverse: The raw value, an expression of `value`, if there is no `register`.
    """

    name: str
    domain: Domain
    activation: Expression
    register: str = ""
    inverse: Expression | None = None


@dataclass(frozen=True)
class Parameter:
    """A parameter: one value for each neuron, or one for all.

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
    """An integer argument of the constructor.

    Attributes:
        default: Its default; None if it is required.
        least: Its minimum, if the layer checks that.
        auto: The value that the default -1 is replaced by.
    """

    name: str
    doc: str
    default: int | None = None
    least: int | None = None
    auto: Expression | None = None


@dataclass(frozen=True)
class Linear:
    """A linear map, as `nn.Linear`.

    Attributes:
        bias: Whether it has a bias, or the initial value of its bias.
    """

    name: str
    inputs: Expression
    outputs: Expression
    bias: bool | float


@dataclass(frozen=True)
class TorchModule:
    """A module of a class of `torch.nn`.

    Attributes:
        kind: The name of the class.
        arguments: The arguments of its constructor that are given, in order.
    """

    name: str
    kind: str
    arguments: tuple[tuple[str, Value], ...]

    @property
    def torch_class(self) -> TorchClass:
        return TORCH_CLASSES[self.kind]


Module = Linear | TorchModule
"""A module that a layer makes and applies."""


@dataclass(frozen=True)
class Weight:
    """A tensor without a constraint.

    Attributes:
        state: The optional state that the weight requires, or "".
        learn: Whether it is trained; otherwise it is a buffer.
    """

    name: str
    shape: tuple[Expression, ...]
    initial: Expression
    doc: str
    state: str
    learn: bool

    @property
    def value(self) -> Expression:
        """The initial value, in which random numbers have a shape: by default that of the weight."""
        return transform(self.initial, self._with_shape)

    def _with_shape(self, node: Expression) -> Expression:
        if isinstance(node, Call) and node.function in DRAWS:
            if len(node.arguments) == len(INITIAL_FUNCTIONS[node.function].takes):
                return replace(node, arguments=(*node.arguments, *self.shape))
        return node


class FunctionKind(Enum):
    """What a function that a layer applies is."""

    SPIKE = "a spike function"
    OWN_SPIKE = "a spike function of the same file"
    QUANTIZER = "a quantizer"


@dataclass(frozen=True)
class FunctionArgument:
    """A function that a layer applies, passed by the user.

    Attributes:
        default: The name of a function.
        kind: The kind of the default.
    """

    name: str
    default: str
    doc: str
    kind: FunctionKind


@dataclass(frozen=True)
class Trace:
    """A state that decays and is driven: `state = decay * state + drives`.

    Attributes:
        splits: Whether prefixes may split it.
        observed: Whether its state is one that the user reads, and perhaps no statement.
    """

    state: str
    decay: str
    drives: tuple[Expression, ...]
    average: bool
    doc: str
    splits: bool
    observed: bool


@dataclass(frozen=True)
class Branch:
    """One of the traces into which a trace is split, and its share of a reset."""

    name: str
    function: str
    reset_share: float

    def of(self, name: str) -> str:
        """Return the name of this branch of a state or a parameter."""
        return f"{self.name}_{name}"


@dataclass(frozen=True)
class State:
    """A state of a layer.

    Attributes:
        shape: The sizes of the dimensions that replace the feature dimension.
        only_if: The condition under which the state exists.
        initial: Its initial value, if that is not 0.
        observed: Whether the user reads it, and perhaps no statement.
    """

    name: str
    doc: str
    shape: tuple[Expression, ...] = (Name("num_neurons"),)
    only_if: Expression | None = None
    initial: Expression | None = None
    observed: bool = field(default=False, repr=False)  # no part of the digest of a timestep


@dataclass(frozen=True)
class Statement:
    """An assignment of one timestep.

    Attributes:
        targets: The names that the value, or its parts, are assigned to.
        origin: The prefixes and the family that the statement comes from.
        state: The optional state that the statement requires, or "".
    """

    targets: tuple[str, ...]
    expression: Expression
    origin: tuple[str, ...] = ()
    state: str = ""


NIR_FIELDS = {
    "LI": ("tau", "r", "v_leak"),
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "I": ("r",),
    "IF": ("r", "v_threshold", "v_reset"),
    "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    "Scale": ("scale",),
    "Threshold": ("threshold",),
}
"""The elementwise nodes of the Neuromorphic Intermediate Representation, and their fields."""


@dataclass(frozen=True)
class NirNode:
    """A node of the Neuromorphic Intermediate Representation.

    Attributes:
        sources: The names of the nodes whose sum it takes; `x` is the input of the layer, and
            `output` what it returned one timestep before.
        fields: The value of each field, of parameters.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    fields: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Nir:
    """A layer in the Neuromorphic Intermediate Representation.

    Attributes:
        output: The nodes whose sum the layer returns; of a prefix, the node that the family reads.
        reset: What a spike does to the membrane, `subtract` or `set`; "" if no node fires.
        inverse: The parameters, of the fields of the only node.
    """

    nodes: tuple[NirNode, ...]
    output: tuple[str, ...]
    reset: str
    inverse: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Prefix:
    """The effect of a letter before a family's name.

    Attributes:
        families: Families that take the prefix, besides those that list it themselves.
        branches: The branches that it splits every trace of the layer into, if any.
        modules: Modules that its expressions apply.
        update: The statements before its traces.
        traces: The traces that it adds.
        replaces: The expressions that the family reads instead of names.
        drive: An additional drive of the family's trace, if any.
        nir: The nodes that it adds to those of the family, if they are declared.
    """

    letter: str
    name: str
    doc: str
    source: str
    location: Location
    families: tuple[str, ...]
    branches: tuple[Branch, ...]
    modules: tuple[Module, ...]
    update: tuple[Statement, ...]
    traces: tuple[Trace, ...]
    replaces: tuple[tuple[str, Expression], ...]
    drive: Expression | None
    nir: Nir | None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All expressions of the prefix."""
        return (
            *(statement.expression for statement in self.update),
            *(drive for trace in self.traces for drive in trace.drives),
            *(expression for _, expression in self.replaces),
            *([self.drive] if self.drive else []),
        )


@dataclass(frozen=True)
class Family:
    """How a neuron fires and resets.

    Attributes:
        arguments: Its sizes.
        parameters: Those with other defaults than in the package.
        functions: Likewise.
        states: Its states besides the trace.
        update: The statements in the place of a trace.
        fire: The statements after the traces or the update.
        reset: The expression that is subtracted from the membrane, if any.
        resets_first: Whether the reset is at the start of the next timestep, not after `fire`.
        nir: Its nodes, if they are declared.
    """

    name: str
    title: str
    doc: str
    source: str
    location: Location
    prefixes: tuple[str, ...] = ()
    arguments: tuple[Size, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    functions: tuple[FunctionArgument, ...] = ()
    states: tuple[State, ...] = ()
    trace: Trace | None = None
    update: tuple[Statement, ...] = ()
    fire: tuple[Statement, ...] = ()
    reset: Expression | None = None
    resets_first: bool = False
    output: Expression = Number(0)
    nir: Nir | None = None

    @property
    def traces(self) -> tuple[Trace, ...]:
        """Its trace, if it has one."""
        return (self.trace,) if self.trace else ()

    @property
    def membrane(self) -> str:
        """The state that the reset is subtracted from."""
        return self.trace.state if self.trace else self.states[0].name

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All expressions of the family."""
        return (
            *(drive for trace in self.traces for drive in trace.drives),
            *(statement.expression for statement in (*self.update, *self.fire)),
            *([self.reset] if self.reset else []),
            self.output,
        )


@dataclass(frozen=True)
class FiringNumber:
    """A number above 0 that a function takes beside its tensors, as the slope of a spike function."""

    name: str
    default: float
    doc: str


@dataclass(frozen=True)
class Firing:
    """A spike function or quantizer, of `x`, and of `noise` if it is random.

    Attributes:
        statements: Its statements; the last sets `output`.
    """

    name: str
    doc: str
    source: str
    numbers: tuple[FiringNumber, ...]
    statements: tuple[Statement, ...]

    @property
    def is_random(self) -> bool:
        return self.reads("noise")

    def reads(self, name: str) -> bool:
        return any(name in names(statement.expression) for statement in self.statements)


@dataclass(frozen=True)
class Functional:
    """The spike functions and quantizers."""

    doc: str
    spikes: tuple[Firing, ...]
    quantizers: tuple[Firing, ...]

    @property
    def defaults(self) -> dict[str, FunctionKind]:
        """The functions that may be defaults of layers."""
        quantizers = [f.name for f in self.quantizers if not f.is_random]
        return {
            **dict.fromkeys(quantizers, FunctionKind.QUANTIZER),
            **{function.name: FunctionKind.SPIKE for function in self.spikes},
        }


SPIKES = "spikes"
"""The module of the spike functions of a package."""


DROPPED = "_"
"""The target for a part that nothing reads."""


# Layers and packages


@dataclass(frozen=True)
class Layer:
    """A flat layer, without prefixes and families.

    The statements run in order, as in Python, over the input `x`, the sizes, the weights, the
    usable values of the parameters, and the states; the last value of a state is passed to the
    next timestep.

    Attributes:
        arguments: The sizes and parameters of the constructor, in order.
        features: The sizes of the feature dimension of the input and of the output.
        also_called: Its names in papers and other libraries.
        nir: Its nodes in the Neuromorphic Intermediate Representation, if they are declared.
        setup: The statements that run once, when a layer is made; weights begin as what they set.
    """

    package: str
    name: str
    title: str
    docs: tuple[str, ...]
    sources: tuple[str, ...]
    arguments: tuple[Size | Parameter, ...]
    features: tuple[Expression, Expression]
    functions: tuple[FunctionArgument, ...]
    modules: tuple[Module, ...]
    weights: tuple[Weight, ...]
    states: tuple[State, ...]
    statements: tuple[Statement, ...]
    output: Expression
    also_called: tuple[str, ...] = ()
    nir: Nir | None = None
    setup: tuple[Statement, ...] = ()

    @property
    def description(self) -> tuple[str, ...]:
        """Its sentences, and one with its other names."""
        also = [f"Also called {', '.join(self.also_called)}."] if self.also_called else []
        return (*self.docs, *also)

    @property
    def timestep(self) -> tuple[Expression, ...]:
        """All expressions of a timestep."""
        return (*(statement.expression for statement in self.statements), self.output)

    @property
    def start(self) -> tuple[Expression, ...]:
        """The initial values that are not 0."""
        return tuple(state.initial for state in self.states if state.initial)

    @property
    def construction(self) -> tuple[Expression, ...]:
        """All expressions that are computed once, when a layer is made."""
        return (
            *(statement.expression for statement in self.setup),
            *(weight.initial for weight in self.weights),
        )

    @property
    def is_random(self) -> bool:
        """Whether a timestep itself draws random numbers."""
        return any(functions(expression) & NOISES.keys() for expression in self.timestep)

    def unset(self) -> set[str]:
        """Return the names that are read, but have no value."""
        parts = (*self.arguments, *self.weights, *self.states)
        known, unset = {"x", *(part.name for part in parts)}, set[str]()
        for statement in (*self.statements, Statement((), self.output)):
            unset |= names(statement.expression) - known
            known |= set(statement.targets)
        return unset

    def unread(self) -> set[str]:
        """Return the names that are set, but read by no other statement, the output or the user."""
        read = names(self.output).union(s.name for s in self.states if s.observed)
        for statement in self.statements:
            read |= names(statement.expression) - set(statement.targets)
        targets = {target for statement in self.statements for target in statement.targets}
        return targets - read - {DROPPED}

    @property
    def required(self) -> tuple[str, ...]:
        """The sizes without a default."""
        sizes = (a for a in self.arguments if isinstance(a, Size))
        return tuple(size.name for size in sizes if size.default is None)

    @property
    def defaults(self) -> dict[str, int]:
        """The sizes with a default, and these."""
        sizes = (a for a in self.arguments if isinstance(a, Size))
        return {size.name: size.default for size in sizes if size.default is not None}

    def features_of(self, sizes: Mapping[str, int]) -> tuple[int, int]:
        """Return the number of features of input and output, given the required sizes."""
        inputs, outputs = (value_of(size, {**self.defaults, **sizes}) for size in self.features)
        return int(inputs), int(outputs)

    @property
    def module(self) -> str:
        return module_name(self.name)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(a for a in self.arguments if isinstance(a, Parameter))


def module_name(layer: str) -> str:
    """Return the module of a layer: its name in lower case, with a _ if that is a keyword."""
    small = layer.lower()
    return f"{small}_" if keyword.iskeyword(small) else small


NUM_NEURONS = Size("num_neurons", "Size of the feature dimension of input and output", least=1)
IN_FEATURES = Size("in_features", "Size of the feature dimension of the input", least=1)
DIM = Size("dim", "Which dimension of the input holds the features", default=-1)
"""The arguments of the base class."""


@dataclass(frozen=True)
class Package:
    """One spec file: the layers of one subpackage, and the hand-written modules beside them.

    Attributes:
        also_called: The names of layers in papers and other libraries, by layer.
        extends: The package whose grammar it extends, if it does.
        place: Where the library offers it, if it extends another and is part of the library:
            `zoo`, or `zoo.snntorch`.
        only: The layers of its grammar that are made; all if there are none.
        reference: A file in the folder of the spec with the same mathematics in NumPy, or "".
        spikes: The spike functions of a package outside the library.
    """

    name: str
    doc: str
    beside: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    functions: tuple[FunctionArgument, ...]
    prefixes: tuple[Prefix, ...]
    families: tuple[Family, ...]
    layers: tuple[Layer, ...]
    also_called: tuple[tuple[str, tuple[str, ...]], ...] = ()
    extends: Package | None = None
    reference: str = ""
    spikes: tuple[Firing, ...] = ()
    place: str = ""
    only: tuple[str, ...] = ()

    @property
    def bases(self) -> tuple[Package, ...]:
        """The package that it extends, the one that that one extends, and so on."""
        return (self.extends, *self.extends.bases) if self.extends else ()


@dataclass(frozen=True)
class Zoo:
    """The neurons of papers and of other libraries, which extend the spiking layers.

    Attributes:
        literature: The packages whose layers are offered together, as `tt.zoo.ALIF`.
        peers: Those that are offered by their names, as `tt.zoo.snntorch.Leaky`.
    """

    literature: tuple[Package, ...]
    peers: tuple[Package, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        return (*self.literature, *self.peers)


@dataclass(frozen=True)
class Library:
    """All that the spec declares.

    Attributes:
        packages: The packages of layers.
        functional: The functions that layers fire with, if a spec has them.
        zoo: The neurons that extend the spiking layers.
    """

    packages: tuple[Package, ...]
    functional: Functional | None
    zoo: Zoo
