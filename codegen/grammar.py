"""Prefixes times families make flat layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

from . import expressions
from .expressions import Call, Expression, Name, Number, Operation, rename, subtract
from .model import (
    DIM,
    NUM_NEURONS,
    Branch,
    Drive,
    Family,
    Layer,
    Package,
    Parameter,
    Prefix,
    State,
    Statement,
    Trace,
)


@dataclass(frozen=True)
class Member:
    """A family with some of its prefixes: one layer of the grammar."""

    family: Family
    prefixes: tuple[Prefix, ...]

    @property
    def name(self) -> str:
        return "".join(prefix.letter for prefix in self.prefixes) + self.family.name

    @property
    def branches(self) -> tuple[Branch, ...]:
        return tuple(branch for prefix in self.prefixes for branch in prefix.branches)

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of the prefixes that play a role: that have this attribute."""
        return tuple(prefix.letter for prefix in self.prefixes if getattr(prefix, role))

    def parameters_of_traces(self) -> set[str]:
        traces = [self.family.trace, *(prefix.trace for prefix in self.prefixes if prefix.trace)]
        weights = {prefix.weight for prefix in self.prefixes if prefix.weight}
        return {trace.decay for trace in traces} | weights

    def read(self, expression: Expression) -> Expression:
        """An expression of the family, with what the prefixes put in the place of its names."""
        return rename(
            expression,
            {prefix.replaces: prefix.trace.state for prefix in self.prefixes if prefix.replaces},
        )

    def family_trace(self) -> Trace:
        """The family's trace, with what the prefixes change about its drives."""
        own = tuple(
            replace(drive, signal=self.read(drive.signal)) for drive in self.family.trace.drives
        )
        added = tuple(
            Drive(Name(prefix.trace.state), prefix.weight)
            for prefix in self.prefixes
            if prefix.weight
        )
        return replace(self.family.trace, drives=own + added)


def members(package: Package, family: Family) -> Iterator[Member]:
    """All layers of a family, their prefixes in the order of the package."""
    available = [prefix for prefix in package.prefixes if prefix.letter in family.prefixes]
    for chosen in product((False, True), repeat=len(available)):
        yield Member(family, tuple(prefix for prefix, taken in zip(available, chosen) if taken))


def layers(package: Package) -> tuple[Layer, ...]:
    """All layers of a package: family by family, then those of their own."""
    flat = [
        flatten(package, member)
        for family in package.families
        for member in members(package, family)
    ]
    return (*flat, *package.layers)


def flatten(package: Package, member: Member) -> Layer:
    """A member of the grammar as ordered statements over parameters and states."""
    family, prefixes = member.family, member.prefixes
    statements = (*_traces(member), *_fire(member), *_reset(member))
    output = member.read(family.output)
    kept = [prefix for prefix in prefixes if prefix.keeps]
    if kept and not isinstance(output, Name):
        statements += (Statement(("output",), output, (family.name,)),)
        output = Name("output")
    statements += tuple(Statement((p.keeps.name,), output, (p.letter,)) for p in kept)
    everything = [statement.expression for statement in statements] + [output]
    read = set().union(*map(expressions.names, everything))
    called = set().union(*map(expressions.functions, everything))
    parameters = [
        parameter
        for declared in package.parameters
        for parameter in _variants(declared, member)
        if parameter.name in read
    ]
    return Layer(
        package=package.name,
        name=member.name,
        title=" ".join([*(prefix.name for prefix in prefixes), family.title]),
        docs=(family.doc, *(prefix.doc for prefix in prefixes)),
        sources=tuple(dict.fromkeys(part.source for part in (family, *prefixes) if part.source)),
        arguments=(NUM_NEURONS, *parameters, DIM),
        features=("num_neurons", "num_neurons"),
        functions=tuple(function for function in package.functions if function.name in called),
        modules=(),
        weights=(),
        states=tuple(_states(member)),
        statements=statements,
        output=output,
    )


def split(trace: Trace, branch: Branch) -> Trace:
    """One branch of a trace: with names of its own, driven by its part of each signal."""
    drives = tuple(
        Drive(Call(branch.function, (drive.signal,)), drive.weight and branch.of(drive.weight))
        for drive in trace.drives
    )
    return replace(trace, state=branch.of(trace.state), decay=branch.of(trace.decay), drives=drives)


def update(trace: Trace) -> Expression:
    """The next value of a trace."""
    average = (Operation(Number(1), "-", Name(trace.decay)),) if trace.average else ()
    terms = [_product((Name(trace.decay), Name(trace.state)))]
    for drive in trace.drives:
        weight = (Name(drive.weight),) if drive.weight else ()
        terms.append(_product((*average, *weight, drive.signal)))
    return _sum(terms)


def _traces(member: Member) -> Iterator[Statement]:
    """The traces move on, those of the prefixes first."""
    splitting = member.letters("branches")
    for prefix in member.prefixes:
        if prefix.trace:
            yield from _updates(prefix.trace, member.branches, (*splitting, prefix.letter))
    origin = (*splitting, *member.letters("replaces"), *member.letters("weight"))
    yield from _updates(member.family_trace(), member.branches, (*origin, member.family.name))


def _updates(
    trace: Trace, branches: tuple[Branch, ...], origin: tuple[str, ...]
) -> Iterator[Statement]:
    if not branches:
        yield Statement((trace.state,), update(trace), origin)
        return
    for branch in branches:
        yield Statement((branch.of(trace.state),), update(split(trace, branch)), origin)
    yield _merge(trace, branches, origin)


def _merge(trace: Trace, branches: tuple[Branch, ...], origin: tuple[str, ...]) -> Statement:
    parts = (Name(branch.of(trace.state)) for branch in branches)
    return Statement((trace.state,), _sum(parts), origin)


def _fire(member: Member) -> Iterator[Statement]:
    for statement in member.family.fire:
        expression = member.read(statement.expression)
        yield replace(statement, expression=expression, origin=(member.family.name,))


def _reset(member: Member) -> Iterator[Statement]:
    """The reset leaves the family's trace; the branches of a split one share it."""
    family, trace, branches = member.family, member.family.trace, member.branches
    if not family.reset:
        return
    reset = member.read(family.reset)
    if not branches:
        yield Statement((trace.state,), subtract(Name(trace.state), reset), (family.name,))
        return
    origin = (*member.letters("branches"), family.name)
    yield Statement(("reset",), reset, (family.name,))
    for branch in branches:
        state, share = Name(branch.of(trace.state)), Number(branch.reset_share)
        yield Statement((state.name,), subtract(state, _product((share, Name("reset")))), origin)
    if trace.state in expressions.names(family.output):
        yield _merge(trace, branches, origin)


def _states(member: Member) -> Iterator[State]:
    for prefix in member.prefixes:
        if prefix.trace:
            yield from _trace_states(prefix.trace, member.branches)
        if prefix.keeps:
            yield prefix.keeps
    yield from _trace_states(member.family.trace, member.branches)


def _trace_states(trace: Trace, branches: tuple[Branch, ...]) -> Iterator[State]:
    if not branches:
        yield State(trace.state, trace.doc)
    for branch in branches:
        yield State(branch.of(trace.state), f"{trace.doc}, {branch.function} branch")


def _variants(parameter: Parameter, member: Member) -> Iterator[Parameter]:
    """A parameter, or where it belongs to a split trace, the parameters of the branches."""
    if not member.branches or parameter.name not in member.parameters_of_traces():
        yield parameter
        return
    for branch in member.branches:
        doc = f"{parameter.doc}, {branch.function} branch"
        yield replace(parameter, name=branch.of(parameter.name), doc=doc)


def _product(factors: Iterable[Expression]) -> Expression:
    return reduce(lambda left, right: Operation(left, "*", right), factors)


def _sum(terms: Iterable[Expression]) -> Expression:
    return reduce(lambda left, right: Operation(left, "+", right), terms)
