"""The frozen records that the parts of the generator pass to each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .expressions import Expression


@dataclass(frozen=True)
class Location:
    """Where in a spec something was said; lines and columns count from 1."""

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
    """How a raw value becomes a usable one, and which method of the base class does it."""

    name: str
    register: str
    activation: str
    domain: Domain


@dataclass(frozen=True)
class Parameter:
    name: str
    constraint: Constraint
    default: float
    doc: str


@dataclass(frozen=True)
class FunctionArgument:
    """A function that a layer applies and its user chooses."""

    name: str
    default: str
    doc: str


@dataclass(frozen=True)
class Drive:
    """One summand of what drives a trace."""

    signal: Expression
    weight: str | None = None


@dataclass(frozen=True)
class Trace:
    """A state that decays and is driven: `state = decay * state + drives`."""

    state: str
    decay: str
    drives: tuple[Drive, ...]
    average: bool
    doc: str


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
    name: str
    doc: str


@dataclass(frozen=True)
class Prefix:
    """What a letter before a family's name does to it.

    Attributes:
        branches: What every trace of the layer is split into, if it is.
        trace: A trace of the prefix's own, if it has one.
        replaces: The signal in whose place the family reads that trace, or "".
        weight: The parameter that weighs that trace as one more drive of the family's, or "".
        keeps: A state that holds the output until the next timestep, if there is one.
    """

    letter: str
    name: str
    doc: str
    source: str
    location: Location
    branches: tuple[Branch, ...]
    trace: Trace | None
    replaces: str
    weight: str
    keeps: State | None


@dataclass(frozen=True)
class Assignment:
    """An expression of a family, and the name that its value gets."""

    target: str
    expression: Expression


@dataclass(frozen=True)
class Family:
    name: str
    title: str
    doc: str
    source: str
    location: Location
    prefixes: tuple[str, ...]
    trace: Trace
    fire: tuple[Assignment, ...]
    reset: Assignment | None
    output: Assignment


@dataclass(frozen=True)
class Package:
    """One spec file: the layers of one subpackage, and the hand-written modules beside them."""

    name: str
    doc: str
    beside: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    functions: tuple[FunctionArgument, ...]
    prefixes: tuple[Prefix, ...]
    families: tuple[Family, ...]


# What the grammar makes of it


@dataclass(frozen=True)
class Statement:
    """`target = expression`, and the prefixes or the family it comes from."""

    target: str
    expression: Expression
    origin: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """A layer, flat and complete in itself: nothing of the grammar is left.

    The statements run in order, as Python would run them, over the input `x`, the usable values
    of the parameters and the states; a state's latest value is what the next timestep finds.
    """

    package: str
    name: str
    title: str
    docs: tuple[str, ...]
    sources: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    functions: tuple[FunctionArgument, ...]
    states: tuple[State, ...]
    statements: tuple[Statement, ...]
    output: Expression
