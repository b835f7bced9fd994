"""Reads layers declared under `layers`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..grammar import furnish, layer_names, replaced
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Number,
    functions,
    names,
    nodes,
    to_python,
)
from ..language.functions import (
    APPLIED,
    CONSTRUCTION,
    FUNCTIONS,
    INITIAL_FUNCTIONS,
    SIZE_FUNCTIONS,
    TIMESTEP,
)
from ..model import (
    DIM,
    DROPPED,
    IN_FEATURES,
    NUM_NEURONS,
    Constraint,
    FunctionArgument,
    FunctionKind,
    Layer,
    Module,
    Package,
    Parameter,
    State,
    Statement,
    Weight,
)
from ..previous import OUTPUT, PREVIOUS, resolve
from .arguments import read_arguments
from .defaults import changed_functions, own_parameters
from .format import LayerRecord, OptionalUpdateRecord, StateRecord, WeightRecord
from .kinds import Entries
from .modules import read_module
from .names import Names
from .nir import problems_of_nir, read_nir
from .nodes import Node, Pairs, Scalar
from .scope import Scope
from .shapes import Shape, Shapes, parameter_shape, state_shape, weight_shape
from .sizes import read_shape, read_size
from .unused import check_called, check_read, check_set, problem_of_unset
from .yaml_file import YamlFile, misread_statement


@dataclass(frozen=True)
class Shared:
    """The parameters and functions of a file; a layer has those that it uses.

    Attributes:
        constraints: The constraints that parameters may have.
        owners: A description of the declaration of each name.
        defaults: The functions that may be defaults.
    """

    parameters: tuple[Parameter, ...] = ()
    functions: tuple[FunctionArgument, ...] = ()
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, FunctionKind] = field(default_factory=dict)

    @property
    def taken(self) -> dict[str, str]:
        """The names already in use, with descriptions."""
        parts: tuple[Parameter | FunctionArgument, ...] = (*self.parameters, *self.functions)
        shared = {part.name for part in parts}
        return {name: f"declared {self.owners[name]}" for name in self.owners if name in shared}


def read_layers(
    file: YamlFile, layers: Entries[LayerRecord], shared: Shared, base: Package | None
) -> tuple[Layer, ...]:
    """Read all layers of a section, with names that the base does not use."""
    names = Names(file)
    for one in (base, *base.bases) if base else ():
        names.take(layer_names(one), "a layer", f"the {one.name} spec")
    for key in layers.keys:
        names.declare(key, "a layer")
    return tuple(_LayerReader(key.value, record, shared).read() for key, record in layers)


class _LayerReader:
    """Reads one layer: its sizes, then its states, weights and modules, then its timestep."""

    def __init__(self, name: str, record: LayerRecord, shared: Shared) -> None:
        self.name = name
        self.file = record.file
        self.record = record
        changed = changed_functions(self.file, record.functions, shared.functions, shared.defaults)
        self.functions = replaced(shared.functions, changed)
        self.taken = {
            **dict.fromkeys(SIZE_FUNCTIONS, "a function of sizes"),
            **dict.fromkeys(INITIAL_FUNCTIONS, "a function of initial values"),
            **shared.taken,
            OUTPUT: "the output of a layer",
            f"{name}State": "the tuple of its states",
        }
        self.names = Names(self.file, self.taken)
        own = own_parameters(
            self.file, record.parameters, shared.parameters, shared.constraints, self.names
        )
        self.parameters = replaced(shared.parameters, own)
        self.arguments = read_arguments(record, self.names)
        self.sizes = self.arguments.samples
        self.inputs, self.outputs = (state_shape([size]) for size in self.arguments.features)
        self.optional: dict[str, Expression] = {}
        """The conditions of optional states."""

    def read(self) -> Layer:
        layer = self._declared()
        layer = replace(layer, states=self._started(layer))
        scope = self._scope(layer)
        if self.record.succeeded:
            scope.shapes = self._shapes(layer)
        items, update = self._update(scope, layer.weights)
        output = self._output(scope)
        places = {state.name: Name(state.name) for state in layer.states}
        statements, returned, kept = resolve(update, output, places, layer.features)
        # Optional states come last, since they have a default.
        states = sorted((*layer.states, *kept), key=lambda state: bool(state.only_if))
        layer = replace(layer, states=tuple(states), statements=statements, output=returned)
        if self.record.succeeded:
            self._check_shapes_of_states(scope, items, update, layer.states)
            self._check_use(items, update, output, layer)
            self._check_sizes(layer)
        is_whole = DIM in layer.arguments
        layer = furnish(layer, self.parameters, self.functions) if is_whole else layer
        if self.record.succeeded:
            for message, hint, wrong in problems_of_nir(layer):
                for name in sorted(wrong):
                    self.file.wrong(self.record["nir"], message.format(name), hint)
        return layer

    def _declared(self) -> Layer:
        """Read the layer without its timestep."""
        record = self.record
        states = tuple(self._state(*pair) for pair in record.states)
        if "states" in record and not states:
            self.file.wrong(record["states"], "the layer has no states", "add a state")
        self.optional = {state.name: state.only_if for state in states if state.only_if}
        construction = self._construction()
        return Layer(
            package=self.file.path.stem,
            name=self.name,
            title=record.name,
            docs=(record.doc,),
            sources=(record.source,) if record.source else (),
            arguments=self.arguments.sizes,
            features=self.arguments.features,
            functions=(),
            modules=tuple(
                read_module(key, module, self.names, self.sizes) for key, module in record.modules
            ),
            setup=self._setup(construction),
            weights=tuple(self._weight(*pair, construction) for pair in record.weights),
            states=states,
            statements=(),
            output=Number(0),
            nir=read_nir(self.file, record.nir, [part.name for part in self.parameters]),
        )

    def _construction(self) -> Scope:
        """Return the scope of what is computed once, when a layer is made."""
        operators = ("+", "-", "*", "/", "//", "@", "**")
        shapes = Shapes(samples=self.sizes)
        return Scope(self.file, self.sizes, CONSTRUCTION, operators, self.sizes, shapes)

    def _scope(self, layer: Layer) -> Scope:
        """Return the scope of a timestep."""
        parts: tuple[State | Weight | Parameter, ...]
        parts = (*layer.states, *layer.weights, *self.parameters)
        called: tuple[Module | FunctionArgument, ...] = (*layer.modules, *self.functions)
        return Scope(
            self.file,
            known={"x", *self.sizes, *(part.name for part in parts)},
            functions=TIMESTEP | {part.name: APPLIED for part in called},
            operators=("+", "-", "*", "/", "//", "@"),
            samples=self.sizes,
            has_past=True,
        )

    def _shapes(self, layer: Layer) -> Shapes:
        """Return the shapes of the names that a timestep may read."""
        features = self.arguments.features[1]
        states = {state.name: state_shape(state.shape) for state in layer.states}
        known: dict[str, Shape | None] = {
            "x": self.inputs,
            **{p.name: parameter_shape(p, features) for p in self.parameters},
            **{weight.name: weight_shape(weight.shape) for weight in layer.weights},
            **states,
        }
        before = {PREVIOUS + name: states.get(name, self.outputs) for name in [*known, OUTPUT]}
        before[f"{PREVIOUS}x"] = self.inputs
        return Shapes({**known, **before}, layer.modules, self.sizes)

    # Its parts

    def _setup(self, scope: Scope) -> tuple[Statement, ...]:
        """Read the statements that run once, which may set no argument of the constructor."""
        words = (w for p in self.parameters for w in (f"{p.name}_rank", f"learn_{p.name}"))
        sizes = dict.fromkeys(self.sizes, "a size")
        fixed = {**self.taken, **sizes, **dict.fromkeys(words, "an argument")}
        return tuple(scope.statements(self.record.setup, fixed))

    def _weight(self, key: Scalar, record: WeightRecord, scope: Scope) -> Weight:
        shape = read_shape(self.file, record.shape, self.sizes)
        attempt = self.file.attempt()
        state = self.file.choice(record.with_, "optional state", self.optional)
        scope.shapes.drawn = weight_shape(shape)
        fits = scope.expands(scope.shapes.drawn, "the weight")
        initial: Expression = Number(0)
        if attempt.succeeded:
            initial = scope.expression(record.initial, self.optional.get(state), fits)
        name = self.names.declare(key, "a weight")
        return Weight(name, shape, initial, record.doc, state, record.learn)

    def _state(self, key: Scalar, record: StateRecord) -> State:
        shape: tuple[Expression, ...] = (Name(NUM_NEURONS.name),)
        if record.shape:
            shape = read_shape(self.file, record.shape, self.sizes)
        only_if = None
        if record.only_if:
            attempt = self.file.attempt()
            only_if = read_size(self.file, record.only_if, self.sizes, "+ - * // >")
            only_if = only_if if attempt.succeeded else Number(0)  # so that nothing follows from it
        name = self.names.declare(key, "a state")
        return State(name, record.doc, shape, only_if, observed=record.observed)

    def _started(self, layer: Layer) -> tuple[State, ...]:
        """Return the states with their initial values: expressions of parameters and weights."""
        features = self.arguments.features[1]
        known = {p.name: parameter_shape(p, features) for p in self.parameters}
        known |= {w.name: weight_shape(w.shape) for w in layer.weights if not w.state}
        shapes = Shapes(known, samples=self.sizes)
        scope = Scope(
            self.file, {*known, *self.sizes}, FUNCTIONS, samples=self.sizes, shapes=shapes
        )
        states: list[State] = []
        for state, (_, record) in zip(layer.states, self.record.states):
            fits = scope.expands(state_shape(state.shape), "the state")
            initial = scope.expression(record.initial, fits=fits) if record.initial else None
            states.append(replace(state, initial=initial))
        return tuple(states)

    # Its timestep

    def _update(
        self, scope: Scope, weights: Sequence[Weight]
    ) -> tuple[list[Node], tuple[Statement, ...]]:
        """Read the statements; return their nodes and themselves."""
        grouped = list(self._grouped())
        items, owners = [item for item, _ in grouped], [owner for _, owner in grouped]
        fixed = {
            "x": "the input",
            **dict.fromkeys((parameter.name for parameter in self.parameters), "a parameter"),
            **self.taken,
            **dict.fromkeys(self.sizes, "a size"),
            **{weight.name: _what(weight) for weight in weights},
        }
        conditions = [self.optional.get(owner) for owner in owners]
        statements = scope.statements(items, fixed, conditions)
        optional = {weight.name: weight.state for weight in weights if weight.state}
        self._check_optional(items, statements, owners, optional | {n: n for n in self.optional})
        return items, tuple(replace(s, state=owner) for s, owner in zip(statements, owners))

    def _grouped(self) -> Iterator[tuple[Node, str]]:
        """Yield each statement with the optional state that it requires, or "".

        A mapping `{with: state, do: [...]}` groups optional ones.
        """
        for item in self.record.update:
            if not isinstance(item, Pairs) or misread_statement(item):
                yield item, ""
                continue
            part = OptionalUpdateRecord(self.file, item, "an optional part of update")
            owner = self.file.choice(part.with_, "optional state", self.optional)
            yield from ((statement, owner) for statement in part.do)

    def _output(self, scope: Scope) -> Expression:
        node = self.record.output
        output = scope.output(node, self.outputs)
        if node:
            for name in sorted(names(output) & self.optional.keys()):
                message = f"{name} does not always exist"
                self.file.wrong(node, message, "return something that does")
        return output

    # Checks of the whole layer

    def _check_sizes(self, layer: Layer) -> None:
        """Check the sizes whose names mean that of the input, or of the output, once it is made."""
        for size, held, what in zip(
            (IN_FEATURES, NUM_NEURONS), layer.features, ("input", "output")
        ):
            if size.name in self.sizes and held != Name(size.name):
                message = (
                    f"{size.name} is the size of the {what}, but here that is {to_python(held)}"
                )
                self.file.wrong(self.record["features"], message, "name the argument otherwise")

    def _check_shapes_of_states(
        self,
        scope: Scope,
        items: Sequence[Node],
        update: Sequence[Statement],
        states: Iterable[State],
    ) -> None:
        """Check that new values of states, also of `prev_...`, have the shape of the state."""
        setters = {t: item for item, s in zip(items, update) for t in s.targets}
        for state in states:
            source = state.name.removeprefix(PREVIOUS)
            if source in setters:
                what = source if source == state.name else f"{state.name}, which keeps {source},"
                fits = scope.expands(state_shape(state.shape), what)
                scope.check(setters[source], Name(source), fits)

    def _check_use(
        self,
        items: Sequence[Node],
        update: Sequence[Statement],
        output: Expression,
        layer: Layer,
    ) -> None:
        """Check that all states are set, and that all declarations and values are used."""
        targets = {target for statement in update for target in statement.targets}
        states = {state.name for state in layer.states}
        for key in self.record.states.keys:
            if key.value not in targets:
                self.file.wrong(key, *problem_of_unset(key.value, targets - states))
        check_set(self.file, items, update, [output], layer.states)
        check_set(self.file, self.record.setup, layer.setup, [w.initial for w in layer.weights])
        read = set().union(*map(names, (*layer.timestep, *layer.start)))
        called = set().union(*map(functions, layer.timestep))
        check_read(self.file, (*self.record.weights.keys, *self.record.parameters.keys), read)
        check_called(self.file, (*self.record.modules.keys, *self.record.functions.keys), called)
        self._check_names_of_parameters(read)

    def _check_names_of_parameters(self, read: set[str]) -> None:
        """Check that nothing is named like what each parameter that is read brings."""
        brought = {
            name: parameter.name
            for parameter in self.parameters
            if parameter.name in read
            for name in (
                f"raw_{parameter.name}",
                f"learn_{parameter.name}",
                f"{parameter.name}_rank",
            )
        }
        record = self.record
        sections = (
            record.arguments,
            record.parameters,
            record.modules,
            record.weights,
            record.states,
        )
        for key in (key for section in sections for key in section.keys):
            if key.value in brought:
                hint = f"it belongs to the parameter {brought[key.value]}; choose another name"
                self.file.wrong(key, f"{key.value} would mean two things", hint)

    def _check_optional(
        self,
        items: Sequence[Node],
        statements: Sequence[Statement],
        owners: Sequence[str],
        optional: Mapping[str, str],
    ) -> None:
        """Check that optional names are used under their condition only, and others always set."""
        always = set(self.names.owners) - optional.keys()
        for item, statement, owner in zip(items, statements, owners):
            for name in sorted({*names(statement.expression), *statement.targets}):
                if optional.get(name, owner) != owner:
                    message = f"{name} does not always exist"
                    self.file.wrong(item, message, f"use it below with: {optional[name]} only")
            for target in statement.targets:
                if owner and target not in {*always, *optional, DROPPED}:
                    message = f"{target} is set only where {owner} exists"
                    self.file.wrong(item, message, "set it before the optional part too")
            always.update(statement.targets)


def _what(weight: Weight) -> str:
    return "a weight, which only training changes" if weight.learn else "a fixed weight"
