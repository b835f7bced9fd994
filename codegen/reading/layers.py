"""From YAML to the layers that stand on their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TypeVar

from yaml import MappingNode, Node

from ..grammar import furnish, layer_names
from ..language.expressions import Call, Expression, Name, functions, names, nodes
from ..language.functions import APPLIED, FUNCTIONS, INITIAL_FUNCTIONS, SIZE_FUNCTIONS
from ..model import (
    DIM,
    DROPPED,
    IN_FEATURES,
    NUM_NEURONS,
    FunctionArgument,
    Layer,
    Linear,
    Package,
    Parameter,
    Size,
    State,
    Statement,
    Weight,
)
from ..previous import OUTPUT, PREVIOUS, resolve
from .format import KNOWN_SIZE, LAYER, OPTIONAL_UPDATE, SIZE, STATE, WEIGHT
from .scope import READ, Names, Scope
from .shapes import Shape, Shapes, parameter_shape, state_shape, weight_shape
from .sizes import read_linear, read_shape, read_size, samples_of
from .yaml_file import YamlFile

T = TypeVar("T")


def read_layers(
    file: YamlFile,
    node: Node | None,
    parameters: Sequence[Parameter] = (),
    functions: Sequence[FunctionArgument] = (),
    declared: Mapping[str, str] = {},
    base: Package | None = None,
) -> tuple[Layer, ...]:
    """All layers of a section `layers`, with those of the parameters and functions they read,
    which are declared in these places. None is called as a layer of the base is."""
    names = Names(file)
    if base:
        names.take(layer_names(base), "a layer", f"the {base.name} spec")
    shared = {part.name for part in (*parameters, *functions)}
    taken = {name: f"declared {where}" for name, where in declared.items() if name in shared}
    pairs = file.mapping(node, "layers")
    return tuple(
        _LayerReader(file, names.declare(key, "a layer"), parameters, functions, taken).read(value)
        for key, value in pairs.items()
    )


class _LayerReader:
    """Reads one layer: its sizes, then what is made of them, then what is done with that."""

    def __init__(
        self,
        file: YamlFile,
        name: str,
        parameters: Sequence[Parameter],
        functions: Sequence[FunctionArgument],
        taken: Mapping[str, str],
    ) -> None:
        self.file = file
        self.name = name
        self.parameters = parameters
        self.functions = functions
        self.taken = {
            **dict.fromkeys(SIZE_FUNCTIONS, "a function of sizes"),
            **dict.fromkeys(INITIAL_FUNCTIONS, "a function of initial values"),
            **taken,
            OUTPUT: "what a layer returns",
            f"{name}State": "the tuple of its states",
        }
        self.names = Names(file, self.taken)
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.features = (NUM_NEURONS.name, NUM_NEURONS.name)
        self.optional: dict[str, Expression] = {}
        self.items: list[Node] = []
        """The statements, as they are written."""

    def read(self, node: Node) -> Layer:
        file, attempt = self.file, self.file.attempt()
        record = file.record(node, f"layer {self.name}", LAYER)
        sizes = self._sizes(record.get("arguments"))
        features = self.features = self._features(record.get("features"))
        if "arguments" in record:
            self._check_sizes(record["arguments"], sizes, features)
        states = self._each(record, "states", self._state)
        if "states" in record and not states:
            file.wrong(record["states"], "the layer remembers nothing", "add a state")
        self.optional = {state.name: state.only_if for state in states if state.only_if}
        modules = self._each(record, "modules", self._module)
        weights = self._each(record, "weights", self._weight)
        inputs, outputs = (state_shape([Name(size)]) for size in features)
        declared = {state.name: state_shape(state.shape) for state in states}
        scope = self._scope(modules, weights, declared)
        if attempt.succeeded:
            scope.shapes = self._shapes(modules, weights, declared, inputs, outputs)
        update = self._update(record.get("update"), scope, weights)
        output = self._output(record.get("output"), scope, outputs)
        places = {state.name: Name(state.name) for state in states}
        resolved, returned, kept = resolve(update, output, places, features)
        layer = Layer(
            package=file.path.stem,
            name=self.name,
            title=file.text(record.get("name")),
            docs=(file.text(record.get("doc")),),
            sources=tuple(filter(None, [file.text(record.get("source"))])),
            arguments=sizes,
            features=features,
            functions=(),
            modules=modules,
            weights=weights,
            states=(*states, *kept),
            statements=resolved,
            output=returned,
        )
        if attempt.succeeded:
            both = declared | dict.fromkeys((state.name for state in kept), outputs)
            self._check_shapes_of_states(scope, update, both, kept)
            self._check_use(record, scope, layer, update, output)
        return furnish(layer, self.parameters, self.functions) if DIM in sizes else layer

    def _scope(
        self, modules: Iterable[Linear], weights: Iterable[Weight], states: Iterable[str]
    ) -> Scope:
        """What a timestep may read and call."""
        named = (*weights, *self.parameters)
        return Scope(
            self.file,
            known={"x", *self.sizes, *states, *(part.name for part in named)},
            functions=FUNCTIONS | {f.name: APPLIED for f in (*modules, *self.functions)},
            operators=("+", "-", "*", "/", "//", "@"),
            samples=self.sizes,
            has_past=True,
        )

    def _shapes(
        self,
        modules: Iterable[Linear],
        weights: Iterable[Weight],
        states: Mapping[str, Shape],
        inputs: Shape,
        outputs: Shape,
    ) -> Shapes:
        """The shapes of what a timestep may read."""
        known: dict[str, Shape | None] = {
            "x": inputs,
            **{p.name: parameter_shape(p, self.features[1]) for p in self.parameters},
            **{weight.name: weight_shape(weight.shape) for weight in weights},
            **states,
        }
        before = {PREVIOUS + name: states.get(name, outputs) for name in [*known, OUTPUT]}
        return Shapes({**known, **before, f"{PREVIOUS}x": inputs}, modules, self.sizes)

    def _check_shapes_of_states(
        self,
        scope: Scope,
        update: Sequence[Statement],
        states: Mapping[str, Shape],
        kept: Iterable[State],
    ) -> None:
        """What a state becomes has its sizes, also where it keeps a previous value."""
        setters = {t: item for item, s in zip(self.items, update) for t in s.targets}
        sources = {state.name: state.name.removeprefix(PREVIOUS) for state in kept}
        for name, shape in states.items():
            source = sources.get(name, name)
            if source in setters:
                what = name if name == source else f"{name}, which keeps {source},"
                scope.check(setters[source], Name(source), scope.expands(shape, what))

    def _check_use(
        self,
        record: Mapping[str, Node],
        scope: Scope,
        layer: Layer,
        update: Sequence[Statement],
        output: Expression,
    ) -> None:
        """All states are set, and all that is declared or set is read."""
        targets = {target for statement in update for target in statement.targets}
        states = {state.name for state in layer.states}
        for key in self.file.mapping(record.get("states"), "states"):
            if key.value not in targets:
                self.file.wrong(key, *problem_of_unset(key.value, targets - states))
        scope.check_read(self.items, update, [output])
        read = set().union(*map(names, layer.timestep))
        called = set().union(*map(functions, layer.timestep))
        for key in self.file.mapping(record.get("weights"), "weights"):
            if key.value not in read:
                self.file.wrong(key, f"nothing reads {key.value}", READ)
        for key in self.file.mapping(record.get("modules"), "modules"):
            if key.value not in called:
                hint = f"write {key.value}(x), or leave it out"
                self.file.wrong(key, f"nothing calls {key.value}", hint)

    def _output(self, node: Node | None, scope: Scope, shape: Shape) -> Expression:
        output = scope.output(node, shape)
        for name in sorted(names(output) & self.optional.keys()):
            self.file.wrong(node, f"{name} does not always exist", "return something that does")
        return output

    def _each(
        self, record: Mapping[str, Node], key: str, read: Callable[[Node, Node], T]
    ) -> tuple[T, ...]:
        return tuple(read(*pair) for pair in self.file.mapping(record.get(key), key).items())

    def _sizes(self, node: Node | None) -> tuple[Size, ...]:
        """The sizes of the constructor; by default what every layer has."""
        if node is not None:
            return tuple(self._size(*pair) for pair in self.file.mapping(node, "arguments").items())
        self.sizes = {NUM_NEURONS.name: samples_of(1)}
        return NUM_NEURONS, DIM

    def _size(self, key: Node, node: Node) -> Size:
        for known in (NUM_NEURONS, IN_FEATURES, DIM):
            if key.value == known.name:
                if known is not DIM:
                    self.sizes[known.name] = samples_of(1)
                self.file.record(node, known.name, KNOWN_SIZE)
                return known
        record = self.file.record(node, f"argument {key.value}", SIZE)
        auto = read_size(self.file, record["auto"], self.sizes) if "auto" in record else None
        size = Size(
            name=self.names.declare(key, "a size"),
            doc=self.file.text(record.get("doc")),
            default=self.file.integer(record["default"]) if "default" in record else None,
            least=self._least(record.get("least")),
            auto=auto,
        )
        self.sizes[size.name] = samples_of(size.least, size.default)
        return size

    def _least(self, node: Node | None) -> int | None:
        """The least a size may be: 1, another number, or any."""
        if node is None:
            return 1
        return None if node.value == "any" else self.file.integer(node)

    def _check_sizes(self, node: Node, sizes: Sequence[Size], features: tuple[str, str]) -> None:
        if DIM not in sizes:
            self.file.wrong(node, "the layer lacks dim", "add dim: {}")
        keys = {key.value: key for key in self.file.mapping(node, "arguments")}
        before = ""
        for size in sizes:
            key, is_feature = keys[size.name], size.name in features
            if size.default is None and before:
                message = f"{size.name} must be given, but follows {before}, which has a default"
                self.file.wrong(key, message, f"put {size.name} before {before}")
            if size.default is not None:
                before = before or size.name
            if size in (NUM_NEURONS, IN_FEATURES) and not is_feature:
                self.file.wrong(key, f"{size.name} is no feature size", "name it in features")
            elif is_feature and (size.default, size.least, size.auto) != (None, 1, None):
                hint = "leave out its default, least and auto"
                self.file.wrong(key, f"{size.name} is a feature size, which must be given", hint)
            elif (
                size.default is not None
                and size.least is not None
                and size.default < size.least
                and not size.auto
            ):
                message = f"the default of {size.name} is {size.default}, its least {size.least}"
                self.file.wrong(key, message, "raise the default, or say least:")

    def _features(self, node: Node | None) -> tuple[str, str]:
        if node is None:
            return NUM_NEURONS.name, NUM_NEURONS.name
        attempt = self.file.attempt()
        items = self.file.sequence(node, "features")
        if len(items) != 2:
            self.file.wrong(node, "features must be two sizes", "write [in_features, out_features]")
        names = [self.file.choice(item, "size", self.sizes) for item in items]
        return (names[0], names[-1]) if attempt.succeeded else (NUM_NEURONS.name,) * 2

    def _module(self, key: Node, node: Node) -> Linear:
        return read_linear(self.file, key, node, self.names, self.sizes)

    def _weight(self, key: Node, node: Node) -> Weight:
        record = self.file.record(node, f"weight {key.value}", WEIGHT)
        shape = read_shape(self.file, record.get("shape"), self.sizes)
        state = self.file.choice(record.get("with"), "optional state", self.optional)
        samples = self.sizes if state in ("", *self.optional) else {}
        scope = Scope(self.file, self.sizes, INITIAL_FUNCTIONS, samples=samples)
        initial = scope.expression(record.get("initial"), self.optional.get(state))
        problem = _problem_of_initial(initial, shape)
        if problem:
            self.file.wrong(record["initial"], *problem)
        return Weight(
            name=self.names.declare(key, "a weight"),
            shape=shape,
            initial=initial,
            doc=self.file.text(record.get("doc")),
            state=state,
        )

    def _state(self, key: Node, node: Node) -> State:
        record = self.file.record(node, f"state {key.value}", STATE)
        plain = (Name(NUM_NEURONS.name),)
        shape = read_shape(self.file, record["shape"], self.sizes) if "shape" in record else plain
        return State(
            name=self.names.declare(key, "a state"),
            doc=self.file.text(record.get("doc")),
            shape=shape,
            only_if=(
                read_size(self.file, record["only_if"], self.sizes, "+ - * // >")
                if "only_if" in record
                else None
            ),
            initial=self._initial(record["initial"], shape) if "initial" in record else None,
        )

    def _initial(self, node: Node, shape: Sequence[Expression]) -> Expression:
        """What a state starts from: made of parameters, a value for each feature."""
        if len(shape) != 1:
            message = "a state with dimensions of its own starts from 0"
            self.file.wrong(node, message, "leave out initial")
        known = {p.name: parameter_shape(p, self.features[1]) for p in self.parameters}
        scope = Scope(self.file, known, FUNCTIONS, shapes=Shapes(known, samples=self.sizes))
        return scope.expression(node, fits=scope.expands(state_shape(shape), "the state"))

    def _update(
        self, node: Node | None, scope: Scope, weights: Iterable[Weight]
    ) -> tuple[Statement, ...]:
        """The statements; a mapping `{with: state, do: [...]}` groups optional ones."""
        items = self.items
        owners: list[str] = []
        for item in self.file.sequence(node, "update"):
            group, owner = [item], ""
            if isinstance(item, MappingNode) and not self.file.is_misread_statement(item):
                record = self.file.record(item, "an optional part of update", OPTIONAL_UPDATE)
                group = self.file.sequence(record.get("do"), "do")
                owner = self.file.choice(record.get("with"), "optional state", self.optional)
            items += group
            owners += [owner] * len(group)
        weights = list(weights)
        fixed = {
            "x": "the input",
            **self.taken,
            **dict.fromkeys(self.sizes, "a size"),
            **{weight.name: "a weight, which training alone changes" for weight in weights},
        }
        conditions = [self.optional.get(owner) for owner in owners]
        statements = scope.statements(items, fixed, conditions)
        optional = {weight.name: weight.state for weight in weights if weight.state}
        self._check_optional(items, statements, owners, optional | {n: n for n in self.optional})
        return tuple(replace(s, state=owner) for s, owner in zip(statements, owners))

    def _check_optional(
        self,
        items: Sequence[Node],
        statements: Sequence[Statement],
        owners: Sequence[str],
        optional: Mapping[str, str],
    ) -> None:
        """What exists under a condition is used under it only, and what is set there elsewhere too."""
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


def problem_of_unset(name: str, others: Iterable[str]) -> tuple[str, str]:
    """What to say and to do about a state that no statement sets."""
    close = get_close_matches(name, sorted(others), n=1)
    hint = f"write {name} = ..., or leave the state out"
    return f"nothing sets {name}", f"{close[0]} is set: should it be {name}?" if close else hint


def _problem_of_initial(initial: Expression, shape: Sequence[Expression]) -> tuple[str, str] | None:
    """What keeps an expression from being the initial value of a weight of this shape."""
    random = functions(initial) & {"normal", "uniform"}
    if random:
        parts = initial.arguments if isinstance(initial, Call) else (initial,)
        if any(functions(part) - {"log", "sqrt"} for part in parts):
            return "a random value cannot be part of another", f"write {min(random)}(...) alone"
    for part in nodes(initial):
        match part:
            case Call("count", arguments) if arguments != tuple(shape[-1:]):
                return "count must count the last size of the shape", "write count(<last size>)"
            case Call("log" | "sqrt", (argument,)) if "count" in functions(
                initial
            ) and "count" not in functions(argument):
                return "log and sqrt must be of the count here", "move them around count(...)"
    return None
