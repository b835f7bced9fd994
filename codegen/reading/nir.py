"""Reads the nodes of the Neuromorphic Intermediate Representation that a layer is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..language.expressions import Expression, names
from ..language.functions import FUNCTIONS, NIR_FUNCTIONS, TENSOR
from ..model import NIR_FIELDS, Layer, Nir, NirNode
from .format import NirGraphRecord, NirNodeRecord, NirPrefixRecord, NirRecord
from .kinds import Entries
from .nodes import Node, Pairs, Scalar
from .scope import Scope
from .yaml_file import YamlFile

_OF_ONE = {name: function for name, function in FUNCTIONS.items() if function.takes == (TENSOR,)}
_TO_FIELDS = _OF_ONE | {"time_constant": NIR_FUNCTIONS["time_constant"]}
_TO_PARAMETERS = _OF_ONE | {"decay": NIR_FUNCTIONS["decay"]}

_DT = "dt"
"""The duration of a timestep."""

_ALONE = "neuron"
"""The name of the only node."""

_OF_GRAPHS = ("x", "input", "output")
"""The names of the input and the output, in a spec or in a file."""


def read_nir(file: YamlFile, node: Node | None, parameters: Collection[str]) -> Nir | None:
    """Read the nodes of a family or a layer, whose formulas may read these parameters."""
    if node is None:
        return None
    reader = _NirReader(file, parameters)
    if isinstance(node, Pairs) and any(key.value == "nodes" for key, _ in node.value):
        graph = NirGraphRecord(file, node, "nir")
        nodes = reader.nodes(graph.nodes, ["x"])
        known = [one.name for one in nodes]
        output = reader.sources(graph.output, known)
        return Nir(nodes, output, reader.reset(graph, nodes), reader.inverse(graph, nodes))
    record = NirRecord(file, node, "nir")
    nodes = (reader.node(_ALONE, record, ["x"]),)
    return Nir(nodes, (_ALONE,), reader.reset(record, nodes), reader.inverse(record, nodes))


def read_nir_of_prefix(
    file: YamlFile, record: NirPrefixRecord | None, parameters: Collection[str]
) -> Nir | None:
    """Read the nodes that a prefix adds."""
    if record is None:
        return None
    reader = _NirReader(file, parameters)
    nodes = reader.nodes(record.nodes, ["x", "output"])
    scope = Scope(file, _FIELDS_OF_ANY, _TO_PARAMETERS)
    inverse = reader.formulas(record.inverse, "parameter", parameters, scope)
    return Nir(nodes, tuple(node.name for node in nodes[-1:]), "", inverse)


def problems_of_nir(layer: Layer) -> list[tuple[str, str, set[str]]]:
    """Return errors about the parameters in the formulas of nodes, each with a hint and names."""
    if not layer.nir:
        return []
    own = {parameter.name for parameter in layer.parameters}
    formulas = [formula for node in layer.nir.nodes for _, formula in node.fields]
    unknown = set().union(*map(names, formulas)) - {*own, _DT}
    problems = [("its node reads {}, which it lacks", "read another parameter", unknown)]
    if len(layer.nir.nodes) == 1:
        missing = own - {name for name, _ in layer.nir.inverse}
        problems += [("no field of its node gives {}", "add it to inverse:", missing)]
    return problems


_FIELDS_OF_ANY = {field for fields in NIR_FIELDS.values() for field in fields}


class _NirReader:
    """Reads nodes, whose formulas may read these parameters."""

    def __init__(self, file: YamlFile, parameters: Collection[str]) -> None:
        self.file = file
        self.parameters = parameters

    def nodes(self, records: Entries[NirNodeRecord], known: Collection[str]) -> tuple[NirNode, ...]:
        """Read nodes, which may take one another and the values of these names."""
        known = [*known, *(key.value for key in records.keys)]
        for key in records.keys:
            if key.value in _OF_GRAPHS:
                message = f"{key.value} is a name of the whole graph"
                self.file.wrong(key, message, "choose another name")
        return tuple(self.node(key.value, record, known) for key, record in records)

    def node(self, name: str, record: NirNodeRecord, known: Collection[str]) -> NirNode:
        sources = self.sources(record.from_, known) or ("x",)
        scope = Scope(self.file, {*self.parameters, _DT}, _TO_FIELDS)
        allowed = NIR_FIELDS.get(record.node, ())
        fields = self.formulas(record.fields, "field", allowed, scope)
        if "fields" in record:
            for missing in [field for field in allowed if field not in dict(fields)]:
                message = f"{record.node} needs {missing}"
                self.file.wrong(record["fields"], message, f"add {missing}: ...")
        return NirNode(name, record.node, sources, fields)

    def sources(self, written: Sequence[Node], known: Collection[str]) -> tuple[str, ...]:
        """Read the nodes that edges lead from, of which a graph has only one to the same node."""
        found: list[str] = []
        for node in written:
            name = self.file.choice(node, "node", known)
            if name in found:
                self.file.wrong(node, f"{name} is here twice", "write it once; a Scale doubles it")
            found.append(name)
        return tuple(found)

    def inverse(
        self, record: NirRecord | NirGraphRecord, nodes: Collection[NirNode]
    ) -> tuple[tuple[str, Expression], ...]:
        fields = {field for node in nodes for field in NIR_FIELDS.get(node.kind, ())}
        scope = Scope(self.file, {*fields, _DT}, _TO_PARAMETERS)
        return self.formulas(record.inverse, "parameter", self.parameters, scope)

    def formulas(
        self, section: Mapping[Scalar, Node], what: str, allowed: Collection[str], scope: Scope
    ) -> tuple[tuple[str, Expression], ...]:
        return tuple(
            (self.file.choice(key, what, allowed), scope.expression(node))
            for key, node in section.items()
        )

    def reset(self, record: NirRecord | NirGraphRecord, nodes: Collection[NirNode]) -> str:
        """Read what a spike does; it must be said where a node fires, and only there."""
        fires = any("v_reset" in NIR_FIELDS.get(node.kind, ()) for node in nodes)
        if fires and "reset" not in record:
            message = "nir does not say what a spike does to the membrane"
            hint = "add reset: subtract, by v_threshold - v_reset, or reset: set, to v_reset"
            self.file.wrong(self._anchor(record), message, hint)
        if not fires and "reset" in record:
            self.file.wrong(record["reset"], "no node fires", "leave reset out")
        return record.reset

    def _anchor(self, record: NirRecord | NirGraphRecord) -> Node:
        return record["node"] if "node" in record else record["nodes"]
