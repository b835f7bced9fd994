"""From YAML to the layers that stand on their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from yaml import MappingNode, Node

from .expressions import Call, Expression, Name, functions, names, nodes
from .format import KNOWN_SIZE, LAYER, OPTIONAL_UPDATE, SIZE, STATE, WEIGHT
from .functions import APPLIED, FUNCTIONS, INITIAL_FUNCTIONS, SIZE_FUNCTIONS
from .load_sizes import read_linear, read_shape, read_size
from .grammar import furnish, layer_names
from .model import (
    DIM,
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
from .previous import OUTPUT, resolve
from .scope import Names, Scope
from .yaml_file import YamlFile

T = TypeVar("T")


def read_layers(
    file: YamlFile,
    node: Node | None,
    parameters: Sequence[Parameter] = (),
    functions: Sequence[FunctionArgument] = (),
    base: Package | None = None,
) -> tuple[Layer, ...]:
    """All layers of a section `layers`, with those of the parameters and functions they read.
    None is called as a layer of the base is."""
    names = Names(file)
    if base:
        names.take(layer_names(base), f"the {base.name} spec")
    pairs = file.mapping(node, "layers")
    return tuple(
        _LayerReader(file, names.declare(key), parameters, functions).read(value)
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
    ) -> None:
        self.file = file
        self.name = name
        self.parameters = parameters
        self.functions = functions
        shared = {part.name for part in (*parameters, *functions)}
        taken = {f"{name}State", OUTPUT, *SIZE_FUNCTIONS, *INITIAL_FUNCTIONS, *shared}
        self.names = Names(file, taken)
        self.sizes: list[str] = []
        self.optional: list[str] = []

    def read(self, node: Node) -> Layer:
        file = self.file
        record = file.record(node, f"layer {self.name}", LAYER)
        sizes = self._sizes(record.get("arguments"))
        features = self._features(record.get("features"))
        if "arguments" in record:
            self._check_sizes(record["arguments"], sizes, features)
        states = self._each(record, "states", self._state)
        if "states" in record and not states:
            file.wrong(record["states"], "the layer remembers nothing", "add a state")
        self.optional = [state.name for state in states if state.only_if]
        modules = self._each(record, "modules", self._module)
        weights = self._each(record, "weights", self._weight)
        constants = {"x", *self.sizes, *(part.name for part in (*weights, *self.parameters))}
        scope = Scope(
            file,
            known=constants | {state.name for state in states},
            functions=FUNCTIONS | {f.name: APPLIED for f in (*modules, *self.functions)},
            operators=("+", "-", "*", "/", "//", "@"),
            numbers=self.sizes,
        )
        fixed = {*constants, f"{self.name}State"}
        update = self._update(record.get("update"), scope, fixed, weights)
        places = {state.name: Name(state.name) for state in states}
        output = self._output(record.get("output"), scope)
        update, output, kept = resolve(update, output, places, Name(features[1] or "num_neurons"))
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
            statements=update,
            output=output,
        )
        for unread in sorted(layer.unread()) if "output" in record else ():
            file.wrong(record["output"], f"nothing reads {unread}", "read it, or leave it out")
        return furnish(layer, self.parameters, self.functions) if DIM in sizes else layer

    def _output(self, node: Node | None, scope: Scope) -> Expression:
        output = scope.output(node)
        for name in sorted(names(output) & set(self.optional)):
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
        self.sizes = [NUM_NEURONS.name]
        return NUM_NEURONS, DIM

    def _size(self, key: Node, node: Node) -> Size:
        for known in (NUM_NEURONS, IN_FEATURES, DIM):
            if key.value == known.name:
                self.sizes += [known.name] if known is not DIM else []
                self.file.record(node, known.name, KNOWN_SIZE)
                return known
        record = self.file.record(node, f"argument {key.value}", SIZE)
        auto = read_size(self.file, record["auto"], self.sizes) if "auto" in record else None
        self.sizes.append(self.names.declare(key))
        return Size(
            name=self.sizes[-1],
            doc=self.file.text(record.get("doc")),
            default=self.file.integer(record["default"]) if "default" in record else None,
            least=self._least(record.get("least")),
            auto=auto,
        )

    def _least(self, node: Node | None) -> int | None:
        """The least a size may be: 1, another number, or any."""
        if node is None:
            return 1
        return None if node.value == "any" else self.file.integer(node)

    def _check_sizes(self, node: Node, sizes: Sequence[Size], features: tuple[str, str]) -> None:
        if DIM not in sizes:
            self.file.wrong(node, "the layer lacks dim", "add dim: {}")
        required = [size.default is None for size in sizes]
        if required != sorted(required, reverse=True):
            self.file.wrong(node, "a size without default follows one with", "reorder them")
        for size in sizes:
            is_feature = size.name in features
            if size in (NUM_NEURONS, IN_FEATURES) and not is_feature:
                self.file.wrong(node, f"{size.name} is no feature size", "name it in features")
            elif is_feature and (size.default, size.least, size.auto) != (None, 1, None):
                hint = "leave out its default, least and auto"
                self.file.wrong(node, f"{size.name} is a feature size, which must be given", hint)
            elif (
                None not in (size.default, size.least)
                and size.default < size.least
                and not size.auto
            ):
                self.file.wrong(node, f"the default of {size.name} is too small", "raise it")

    def _features(self, node: Node | None) -> tuple[str, str]:
        if node is None:
            return NUM_NEURONS.name, NUM_NEURONS.name
        items = self.file.sequence(node, "features")
        if node is not None and len(items) != 2:
            self.file.wrong(node, "features must be two sizes", "write [in_features, out_features]")
        names = [self.file.choice(item, "size", self.sizes) for item in items]
        return (names[0], names[-1]) if names else ("", "")

    def _module(self, key: Node, node: Node) -> Linear:
        return read_linear(self.file, key, node, self.names, self.sizes)

    def _weight(self, key: Node, node: Node) -> Weight:
        record = self.file.record(node, f"weight {key.value}", WEIGHT)
        shape = read_shape(self.file, record.get("shape"), self.sizes)
        initial = Scope(self.file, self.sizes, INITIAL_FUNCTIONS).expression(record.get("initial"))
        problem = _problem_of_initial(initial, shape)
        if problem:
            self.file.wrong(record["initial"], *problem)
        return Weight(
            name=self.names.declare(key),
            shape=shape,
            initial=initial,
            doc=self.file.text(record.get("doc")),
            state=self.file.choice(record.get("with"), "optional state", self.optional),
        )

    def _state(self, key: Node, node: Node) -> State:
        record = self.file.record(node, f"state {key.value}", STATE)
        plain = (Name(NUM_NEURONS.name),)
        shape = read_shape(self.file, record["shape"], self.sizes) if "shape" in record else plain
        return State(
            name=self.names.declare(key),
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
        known = {parameter.name for parameter in self.parameters}
        return Scope(self.file, known, FUNCTIONS).expression(node)

    def _update(
        self,
        node: Node | None,
        scope: Scope,
        constants: Collection[str],
        weights: Iterable[Weight],
    ) -> tuple[Statement, ...]:
        """The statements; a mapping `{with: state, do: [...]}` groups optional ones."""
        items: list[Node] = []
        owners: list[str] = []
        for item in self.file.sequence(node, "update"):
            group, owner = [item], ""
            if isinstance(item, MappingNode):
                record = self.file.record(item, "an optional part of update", OPTIONAL_UPDATE)
                group = self.file.sequence(record.get("do"), "do")
                owner = self.file.choice(record.get("with"), "optional state", self.optional)
            items += group
            owners += [owner] * len(group)
        statements = scope.statements(items, constants)
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
                if owner and target not in always and target not in optional:
                    message = f"{target} is set only where {owner} exists"
                    self.file.wrong(item, message, "set it before the optional part too")
            always.update(statement.targets)


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
