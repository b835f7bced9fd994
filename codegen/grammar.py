"""Prefixes times families make flat layers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import chain, product
from typing import TypeVar

from .language.expressions import Call, Expression, Name, Number, Operation
from .language.expressions import functions as called_in
from .language.expressions import names, rename, subtract
from .model import (
    DIM,
    NUM_NEURONS,
    Branch,
    Family,
    FunctionArgument,
    Layer,
    Nir,
    NirNode,
    Package,
    Parameter,
    Prefix,
    State,
    Statement,
    Trace,
)
from .previous import resolve


@dataclass(frozen=True)
class Member:
    """A family with some of its prefixes: one layer of the grammar."""

    family: Family
    prefixes: tuple[Prefix, ...]
    parameters: frozenset[str]
    """The names of all parameters of the package and of the family."""

    @property
    def name(self) -> str:
        return "".join(prefix.letter for prefix in self.prefixes) + self.family.name

    @property
    def parts(self) -> tuple[Family | Prefix, ...]:
        return (self.family, *self.prefixes)

    @property
    def branches(self) -> tuple[Branch, ...]:
        return tuple(branch for prefix in self.prefixes for branch in prefix.branches)

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of the prefixes that play a role: that have this attribute."""
        return tuple(prefix.letter for prefix in self.prefixes if getattr(prefix, role))

    @property
    def drives(self) -> tuple[Expression, ...]:
        """What its prefixes add to the input of the family."""
        return tuple(prefix.drive for prefix in self.prefixes if prefix.drive)

    def branches_of(self, trace: Trace) -> tuple[Branch, ...]:
        return self.branches if trace.splits else ()

    def parameters_that_split(self) -> set[str]:
        """The parameters of the traces that are split."""
        return parameters_that_split(self.family, self.prefixes, self.parameters)


def traces_that_split(family: Family, prefixes: Iterable[Prefix]) -> list[Trace]:
    """Return the traces of a family and its prefixes that are split by one of the prefixes."""
    prefixes = tuple(prefixes)
    traces = [*family.traces, *(own for prefix in prefixes for own in prefix.traces)]
    return [one for one in traces if one.splits] if any(p.branches for p in prefixes) else []


def parameters_that_split(
    family: Family, prefixes: Iterable[Prefix], parameters: Set[str]
) -> set[str]:
    """Return the parameters that each branch has its own copy of: the decays of the traces that are
    split, and the parameters that their drives read."""
    prefixes = tuple(prefixes)
    split = traces_that_split(family, prefixes)
    drives = [drive for one in split for drive in one.drives]
    if family.trace in split:
        drives += [prefix.drive for prefix in prefixes if prefix.drive]
    read = set().union(*map(names, drives)) & parameters
    return {one.decay for one in split} | read


def available(prefixes: Iterable[Prefix], family: str, letters: Collection[str]) -> list[Prefix]:
    """Return the prefixes that apply to a family, in order: named by it, or naming it."""
    return [prefix for prefix in prefixes if prefix.letter in letters or family in prefix.families]


def members(package: Package, family: Family) -> Iterator[Member]:
    """Yield all layers of a family, their prefixes in the order of the package. A prefix that splits
    traces is left out where there are none."""
    prefixes = available(package.prefixes, family.name, family.prefixes)
    parameters = frozenset(p.name for p in (*package.parameters, *family.parameters))
    for chosen in product((False, True), repeat=len(prefixes)):
        taken = tuple(prefix for prefix, is_taken in zip(prefixes, chosen) if is_taken)
        if traces_that_split(family, taken) or not any(prefix.branches for prefix in taken):
            yield Member(family, taken, parameters)


def new_members(package: Package) -> Iterator[Member]:
    """Yield all layers of the grammar except those of the package that this one extends."""
    for member in all_new_members(package):
        if not package.only or member.name in package.only:
            yield member


def all_new_members(package: Package) -> Iterator[Member]:
    """Yield these, also those that the package leaves out."""
    old = (*package.extends.families, *package.extends.prefixes) if package.extends else ()
    for family in package.families:
        for member in members(package, family):
            if any(part not in old for part in member.parts):
                yield member


def layer_names(package: Package) -> set[str]:
    """Return the names of the new layers."""
    named: tuple[Member | Layer, ...] = (*new_members(package), *package.layers)
    return {layer.name for layer in named}


@lru_cache(maxsize=64)
def layers(package: Package) -> tuple[Layer, ...]:
    """Return the new layers of all families, in order, then those declared under `layers`."""
    flat = (flatten(package, member) for member in new_members(package))
    also_called = dict(package.also_called)
    return tuple(
        replace(
            layer,
            package=package.place or package.name,
            also_called=also_called.get(layer.name, ()),
        )
        for layer in (*flat, *package.layers)
    )


def flatten(package: Package, member: Member) -> Layer:
    """Convert a member of the grammar to ordered statements over parameters and states."""
    family, prefixes = member.family, member.prefixes
    renamed, body = _body(member)
    features = Name(NUM_NEURONS.name), Name(NUM_NEURONS.name)
    output = rename(family.output, renamed)
    statements, output, kept = resolve(body, output, _places(member), features)
    layer = Layer(
        package=package.name,
        name=member.name,
        title=" ".join([*(prefix.name for prefix in prefixes), family.title]),
        docs=(family.doc, *(prefix.doc for prefix in prefixes)),
        sources=tuple(dict.fromkeys(part.source for part in member.parts if part.source)),
        arguments=(NUM_NEURONS, *family.arguments, DIM),
        features=features,
        functions=(),
        modules=tuple(module for prefix in prefixes for module in prefix.modules),
        weights=(),
        states=tuple(_states(member, kept)),
        statements=statements,
        output=output,
        nir=_nir(member),
    )
    parameters = replaced(package.parameters, family.parameters)
    variants = (_variants(parameter, member) for parameter in parameters)
    functions = replaced(package.functions, family.functions)
    return furnish(layer, chain.from_iterable(variants), functions)


Part = TypeVar("Part", bound=Parameter | FunctionArgument)


def replaced(parts: Iterable[Part], by: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts, some of them replaced by others of their names, and then the rest of these."""
    named = {part.name: part for part in parts} | {part.name: part for part in by}
    return tuple(named.values())


def furnish(
    layer: Layer, parameters: Iterable[Parameter], functions: Iterable[FunctionArgument]
) -> Layer:
    """Return the layer with the parameters and functions that its statements use."""
    expressions = (*layer.timestep, *layer.start)
    read = set().union(*map(names, expressions))
    called = set().union(*map(called_in, expressions))
    needed = (parameter for parameter in parameters if parameter.name in read)
    at_dim = layer.arguments.index(DIM)
    before, after = layer.arguments[:at_dim], layer.arguments[at_dim:]
    return replace(
        layer,
        arguments=(*before, *needed, *after),
        functions=tuple(function for function in functions if function.name in called),
    )


def wrap(expression: Expression, branch: Branch, parameters: Set[str]) -> Expression:
    """Apply a branch's function to each summand of a drive, but not to factors of parameters."""
    match expression:
        case Operation(left, "+" | "-" as operator, right):
            parts = (wrap(part, branch, parameters) for part in (left, right))
            return Operation(next(parts), operator, next(parts))
        case Operation(left, "*", right) if names(left) <= parameters:
            weight = rename(left, {name: branch.of(name) for name in names(left)})
            return Operation(weight, "*", wrap(right, branch, parameters))
        case Operation(left, "*" | "/" as operator, right) if names(right) <= parameters:
            weight = rename(right, {name: branch.of(name) for name in names(right)})
            return Operation(wrap(left, branch, parameters), operator, weight)
    return Call(branch.function, (expression,))


def split(trace: Trace, branch: Branch, parameters: Set[str]) -> Trace:
    """Return one branch of a trace, with its own names and its part of each drive."""
    drives = tuple(wrap(drive, branch, parameters) for drive in trace.drives)
    return replace(trace, state=branch.of(trace.state), decay=branch.of(trace.decay), drives=drives)


def update(trace: Trace) -> Expression:
    """Return the expression of the next value of a trace."""
    average = Operation(Number(1), "-", Name(trace.decay)) if trace.average else None
    drives = (_product(average, drive) if average else drive for drive in trace.drives)
    return _sum([Operation(Name(trace.decay), "*", Name(trace.state)), *drives])


def _body(member: Member) -> tuple[dict[str, str], list[Statement]]:
    """Return a mapping of replaced names to new names, and the statements of a timestep."""
    family, renamed, body = member.family, dict[str, str](), list[Statement]()
    if family.resets_first:
        body += _reset(member, renamed)
    for prefix in member.prefixes:
        body += _prefix(member, prefix, renamed)
    body += _charge(member, renamed)
    body += _renamed(family.fire, renamed, family.name)
    if not family.resets_first:
        body += _reset(member, renamed)
    return renamed, body


def _renamed(
    statements: Iterable[Statement], renamed: Mapping[str, str], origin: str
) -> Iterator[Statement]:
    for statement in statements:
        expression = rename(statement.expression, renamed)
        yield replace(statement, expression=expression, origin=(origin,))


def _charge(member: Member, renamed: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the update of the family's trace, or its own update, for which the drives of prefixes
    are added to the input."""
    family = member.family
    drives = [rename(drive, renamed) for drive in member.drives]
    if family.trace:
        own = (rename(drive, renamed) for drive in family.trace.drives)
        letters = dict.fromkeys((*member.letters("replaces"), *member.letters("drive")))
        trace = replace(family.trace, drives=(*own, *drives))
        yield from _move(member, trace, (*letters, family.name))
        return
    if drives:
        x = Name(renamed.get("x", "x"))
        yield Statement((DRIVE,), _sum([x, *drives]), member.letters("drive"))
        renamed = {**renamed, "x": DRIVE}
    yield from _renamed(family.update, renamed, family.name)


DRIVE = "drive"
"""The input of a family's own update, with the drives of prefixes."""


def _prefix(member: Member, prefix: Prefix, renamed: dict[str, str]) -> Iterator[Statement]:
    """Yield the statements of a prefix. A name that it replaces by another name is added to
    `renamed`; one that it replaces by an expression is assigned."""
    yield from _renamed(prefix.update, renamed, prefix.letter)
    for trace in prefix.traces:
        drives = tuple(rename(drive, renamed) for drive in trace.drives)
        yield from _move(member, replace(trace, drives=drives), (prefix.letter,))
    read = set().union(*map(names, member.family.expressions))
    for name, expression in prefix.replaces:
        expression = rename(expression, renamed)
        if isinstance(expression, Name):
            renamed[name] = expression.name
        elif name in read:
            renamed.pop(name, None)
            yield Statement((name,), expression, (prefix.letter,))


def _move(member: Member, trace: Trace, origin: tuple[str, ...]) -> Iterator[Statement]:
    """Yield the update of a trace, and of its branches if it is split."""
    branches = member.branches_of(trace)
    if not branches:
        yield Statement((trace.state,), update(trace), origin)
        return
    origin = (*member.letters("branches"), *origin)
    for branch in branches:
        moved = update(split(trace, branch, member.parameters))
        yield Statement((branch.of(trace.state),), moved, origin)
    yield Statement((trace.state,), _merged(trace, branches), origin)


def _merged(trace: Trace, branches: Iterable[Branch]) -> Expression:
    return _sum(Name(branch.of(trace.state)) for branch in branches)


def _reset(member: Member, renamed: Mapping[str, str]) -> Iterator[Statement]:
    """Yield statements that subtract the reset from the membrane or from its branches."""
    family, trace = member.family, member.family.trace
    if not family.reset:
        return
    reset = rename(family.reset, renamed)
    branches = member.branches_of(trace) if trace else ()
    if not (trace and branches):
        membrane = family.membrane
        yield Statement((membrane,), subtract(Name(membrane), reset), (family.name,))
        return
    origin = (*member.letters("branches"), family.name)
    if family.resets_first and trace.state in names(reset):
        yield Statement((trace.state,), _merged(trace, branches), origin)
    yield Statement(("reset",), reset, (family.name,))
    for branch in branches:
        state, share = Name(branch.of(trace.state)), Number(branch.reset_share)
        yield Statement((state.name,), subtract(state, _product(share, Name("reset"))), origin)
    if trace.state in names(family.output):
        yield Statement((trace.state,), _merged(trace, branches), origin)


def _places(member: Member) -> dict[str, Expression]:
    """Return the expression of each state before a timestep."""
    traces = [*(t for prefix in member.prefixes for t in prefix.traces), *member.family.traces]
    places: dict[str, Expression] = {}
    for trace in traces:
        branches = member.branches_of(trace)
        places[trace.state] = _merged(trace, branches) if branches else Name(trace.state)
    return places | {state.name: Name(state.name) for state in member.family.states}


def _states(member: Member, kept: Iterable[State]) -> Iterator[State]:
    """Yield all states: those of each part, followed by the previous values that the part reads."""
    left = {state.name: state for state in kept}
    for part in (*member.prefixes, None):
        traces = part.traces if part else member.family.traces
        for trace in traces:
            yield from _trace_states(trace, member.branches_of(trace))
        if part:
            for name in sorted(set().union(*map(names, part.expressions)) & left.keys()):
                yield left.pop(name)
    yield from member.family.states
    yield from left.values()


def _trace_states(trace: Trace, branches: tuple[Branch, ...]) -> Iterator[State]:
    if not branches:
        yield State(trace.state, trace.doc, observed=trace.observed)
    for branch in branches:
        doc = f"{trace.doc}, {branch.function} branch"
        yield State(branch.of(trace.state), doc, observed=trace.observed)


def _variants(parameter: Parameter, member: Member) -> Iterator[Parameter]:
    """Yield a parameter, or the parameters of the branches if it belongs to a split trace."""
    if parameter.name not in member.parameters_that_split():
        yield parameter
        return
    for branch in member.branches:
        doc = f"{parameter.doc}, {branch.function} branch"
        yield replace(parameter, name=branch.of(parameter.name), doc=doc)


def _nir(member: Member) -> Nir | None:
    """Return the nodes of a member, if those of its family and all its prefixes are declared."""
    own, added = member.family.nir, [prefix.nir for prefix in member.prefixes]
    if own is None or not all(added):
        return None
    entry: tuple[str, ...] = ("x",)
    nodes, inverse = list[NirNode](), dict(own.inverse)
    for prefix in member.prefixes:
        assert prefix.nir
        nodes += [_reading(node, "output", own.output) for node in prefix.nir.nodes]
        entry = prefix.nir.output if "x" in dict(prefix.replaces) else entry + prefix.nir.output
        inverse |= dict(prefix.nir.inverse)
    nodes += [_reading(node, "x", entry) for node in own.nodes]
    return _merged_nodes(replace(own, nodes=tuple(nodes), inverse=tuple(inverse.items())))


def _reading(node: NirNode, name: str, others: tuple[str, ...]) -> NirNode:
    """Return the node with other sources in the place of one."""
    parts = (others if source == name else (source,) for source in node.sources)
    return replace(node, sources=tuple(chain.from_iterable(parts)))


def _merged_nodes(nir: Nir) -> Nir:
    """Return one node for a leaky integrator that is the only input of a second node."""
    if [node.kind for node in nir.nodes] not in (["LI", "LI"], ["LI", "LIF"]):
        return nir
    first, second = nir.nodes
    synapse, membrane = dict(first.fields), dict(second.fields)
    fields = {
        "tau_syn": synapse["tau"],
        "tau_mem": membrane.pop("tau"),
        **membrane,
        "w_in": synapse["r"],
    }
    node = NirNode(second.name, f"Cuba{second.kind}", first.sources, tuple(fields.items()))
    inverse = ((name, rename(formula, {"tau": "tau_mem"})) for name, formula in nir.inverse)
    return replace(nir, nodes=(node,), inverse=tuple(inverse))


def _product(left: Expression, right: Expression) -> Expression:
    """Return `left * right`, without parentheses around a product on the right."""
    match right:
        case Operation(first, "*" | "/" as operator, second):
            return Operation(_product(left, first), operator, second)
    return Operation(left, "*", right)


def _sum(terms: Iterable[Expression]) -> Expression:
    return reduce(lambda left, right: Operation(left, "+", right), terms)
