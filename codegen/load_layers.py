"""From YAML to the layers that stand on their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from yaml import MappingNode, Node

from .expressions import Expression, Number
from .functions import FUNCTIONS, INITIAL_FUNCTIONS, SIZE_FUNCTIONS, Function
from .model import DIM, IN_FEATURES, NUM_NEURONS, Layer, Linear, Size, State, Statement, Weight
from .scope import Names, Scope
from .yaml_file import YamlFile

T = TypeVar("T")


def read_layers(file: YamlFile, node: Node | None) -> tuple[Layer, ...]:
    """All layers of a section `layers`."""
    names = Names(file)
    pairs = file.mapping(node, "layers")
    return tuple(_LayerReader(file, names.declare(key)).read(value) for key, value in pairs.items())


class _LayerReader:
    """Reads one layer: its sizes, then what is made of them, then what is done with that."""

    def __init__(self, file: YamlFile, name: str) -> None:
        self.file = file
        self.name = name
        self.names = Names(file)
        self.sizes: list[str] = []
        self.optional: list[str] = []

    def read(self, node: Node) -> Layer:
        file = self.file
        record = file.record(
            node,
            f"layer {self.name}",
            "name doc arguments features states update output",
            "source modules weights",
        )
        sizes = self._each(record, "arguments", self._size)
        states = self._each(record, "states", self._state)
        self.optional = [state.name for state in states if state.only_if]
        modules = self._each(record, "modules", self._module)
        weights = self._each(record, "weights", self._weight)
        constants = {"x", *self.sizes, *(weight.name for weight in weights)}
        scope = Scope(
            file,
            known=constants | {state.name for state in states},
            functions=FUNCTIONS | {module.name: Function(str) for module in modules},
        )
        return Layer(
            package=file.path.stem,
            name=self.name,
            title=file.text(record.get("name")),
            docs=(file.text(record.get("doc")),),
            sources=tuple(filter(None, [file.text(record.get("source"))])),
            arguments=sizes,
            features=self._features(record.get("features")),
            functions=(),
            modules=modules,
            weights=weights,
            states=states,
            statements=self._update(record.get("update"), scope, constants),
            output=scope.output(record.get("output")),
        )

    def _each(
        self, record: Mapping[str, Node], key: str, read: Callable[[Node, Node], T]
    ) -> tuple[T, ...]:
        return tuple(read(*pair) for pair in self.file.mapping(record.get(key), key).items())

    def _size(self, key: Node, node: Node) -> Size:
        for known in (NUM_NEURONS, IN_FEATURES, DIM):
            if key.value == known.name:
                self.sizes += [known.name] if known is not DIM else []
                self.file.record(node, known.name)
                return known
        record = self.file.record(node, f"argument {key.value}", "doc", "default least auto")
        auto = self._size_expression(record["auto"]) if "auto" in record else None
        self.sizes.append(self.names.declare(key))
        return Size(
            name=self.sizes[-1],
            doc=self.file.text(record.get("doc")),
            default=self.file.integer(record["default"]) if "default" in record else None,
            least=self.file.integer(record["least"]) if "least" in record else 1,
            auto=auto,
        )

    def _features(self, node: Node | None) -> tuple[str, str]:
        items = self.file.sequence(node, "features")
        if items and len(items) != 2:
            self.file.wrong(node, "features must be two sizes", "write [in_features, out_features]")
        names = [self.file.choice(item, "size", self.sizes) for item in items]
        return (names[0], names[-1]) if names else ("", "")

    def _module(self, key: Node, node: Node) -> Linear:
        record = self.file.record(node, f"module {key.value}", "linear", "bias")
        sizes = self._shape(record.get("linear"))
        if "linear" in record and len(sizes) != 2:
            self.file.wrong(record["linear"], "linear needs two sizes", "write [inputs, outputs]")
            sizes = (Number(1), Number(1))
        bias = record.get("bias")
        return Linear(
            name=self.names.declare(key),
            inputs=sizes[0] if sizes else Number(1),
            outputs=sizes[-1] if sizes else Number(1),
            bias=self.file.boolean_or_number(bias) if bias else True,
        )

    def _weight(self, key: Node, node: Node) -> Weight:
        record = self.file.record(node, f"weight {key.value}", "shape initial doc", "with")
        initial = Scope(self.file, self.sizes, INITIAL_FUNCTIONS)
        return Weight(
            name=self.names.declare(key),
            shape=self._shape(record.get("shape")),
            initial=initial.expression(record.get("initial")),
            doc=self.file.text(record.get("doc")),
            state=self.file.choice(record.get("with"), "optional state", self.optional),
        )

    def _state(self, key: Node, node: Node) -> State:
        record = self.file.record(node, f"state {key.value}", "shape doc", "only_if")
        return State(
            name=self.names.declare(key),
            doc=self.file.text(record.get("doc")),
            shape=self._shape(record.get("shape")),
            only_if=self._size_expression(record["only_if"]) if "only_if" in record else None,
        )

    def _shape(self, node: Node | None) -> tuple[Expression, ...]:
        return tuple(self._size_expression(item) for item in self.file.sequence(node, "a shape"))

    def _size_expression(self, node: Node) -> Expression:
        return Scope(self.file, self.sizes, SIZE_FUNCTIONS).expression(node)

    def _update(
        self, node: Node | None, scope: Scope, constants: Collection[str]
    ) -> tuple[Statement, ...]:
        """The statements; a mapping `{with: state, do: [...]}` groups optional ones."""
        items: list[Node] = []
        owners: list[str] = []
        for item in self.file.sequence(node, "update"):
            group, owner = [item], ""
            if isinstance(item, MappingNode):
                record = self.file.record(item, "an optional part of update", "with do")
                group = self.file.sequence(record.get("do"), "do")
                owner = self.file.choice(record.get("with"), "optional state", self.optional)
            items += group
            owners += [owner] * len(group)
        statements = scope.statements(items, constants)
        self._check_optional(items, statements, owners)
        return tuple(replace(s, state=owner) for s, owner in zip(statements, owners))

    def _check_optional(
        self, items: Sequence[Node], statements: Sequence[Statement], owners: Sequence[str]
    ) -> None:
        """An optional statement may change a name, but not be the only one to set it."""
        always = set(self.names.lines)
        for item, statement, owner in zip(items, statements, owners):
            for target in statement.targets:
                if owner and target not in always:
                    message = f"{target} is set only where {owner} exists"
                    self.file.wrong(item, message, "set it before the optional part too")
            always.update(statement.targets)
