"""The format of a spec: the keys of each mapping, and their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..language.functions import TIMESTEP
from ..language.torch_classes import TORCH_CLASSES, instead_of_class
from ..model import DIM, IN_FEATURES, NIR_FIELDS, NUM_NEURONS
from .kinds import (
    ARGUMENTS,
    BOOLEAN,
    BOOLEAN_OR_NUMBER,
    DOMAIN,
    EXPRESSION,
    EXPRESSIONS,
    LEAST,
    LISTS,
    METHOD,
    NAME,
    NAMES,
    NEIGHBOUR,
    NEW_NAMES,
    NUMBER,
    SIZES,
    STATEMENTS,
    TEXT,
    WHOLE,
    by_default,
    chosen,
    either,
    entries,
    named,
    nodes,
    one_or_many,
    record,
    unread,
    whole,
    word,
    words,
)
from .nodes import Node, Pairs, Scalar
from .record import Key, Record, Schema, optional, required

_DOC = "the description, for the docstring"
_SOURCE = "the paper that the mathematics comes from"
_TITLE = "its name in a sentence"


class ConstraintRecord(Record):
    activation = required(EXPRESSION, "the usable value, of `raw`")
    domain = required(DOMAIN, 'an open interval, "(0, inf)"')
    register = optional(METHOD, "the method of the base class that registers it")
    inverse = optional(EXPRESSION, "the raw value, of `value`")


CONSTRAINTS = entries("constraint", ConstraintRecord)


class ParameterRecord(Record):
    constraint = required(NAME, "`decay`, `threshold`, `bias`, `free` or one declared in the file")
    default = required(NUMBER, "its usable value, inside the domain")
    doc = required(TEXT, _DOC)
    rank = optional(by_default(whole(0, 1), 1), "0: one value for all neurons by default")
    learn = optional(by_default(BOOLEAN, True), "whether it is trained by default")


class FunctionRecord(Record):
    default = required(unread({"$ref": "#/$defs/function"}), "a spike function or a quantizer")
    doc = required(TEXT, _DOC)


class OwnParameterRecord(Record):
    constraint = ParameterRecord.constraint.as_optional()
    default = ParameterRecord.default.as_optional()
    doc = ParameterRecord.doc.as_optional()
    rank = ParameterRecord.rank
    learn = ParameterRecord.learn


class FunctionDefaultRecord(Record):
    default = FunctionRecord.default


_PARAMETERS = optional(
    entries("parameter", OwnParameterRecord), "parameters that it changes or adds"
)
_FUNCTIONS = optional(
    entries("function", FunctionDefaultRecord), "other defaults of functions that it uses"
)


class BranchRecord(Record):
    function = required(word("function", "negative", "positive"), "its part of a drive")
    reset_share = required(NUMBER, "the share of a reset that is subtracted from it")


class LinearRecord(Record):
    linear = required(SIZES, "[inputs, outputs]")
    bias = optional(
        by_default(BOOLEAN_OR_NUMBER, True),
        "whether it has one, or its initial value",
    )


class TorchModuleRecord(Record):
    """A module of PyTorch: its only key is the name of a class."""

    @classmethod
    def keys(cls) -> dict[str, Key[Any]]:
        return {
            name: optional(ARGUMENTS, of.signature and f"`{of.signature}`")
            for name, of in TORCH_CLASSES.items()
        }

    def hint(self, key: str) -> str:
        return instead_of_class(key) or super().hint(key)


def _linear_or_torch(key: Scalar, node: Node) -> tuple[type[LinearRecord | TorchModuleRecord], str]:
    is_linear = isinstance(node, Pairs) and any(name.value == "linear" for name, _ in node.value)
    return LinearRecord if is_linear else TorchModuleRecord, f"module {key.value}"


_MODULES = optional(
    chosen(either(LinearRecord.schema(), TorchModuleRecord.schema()), _linear_or_torch),
    "linear maps, and modules of PyTorch, that it applies",
)


class TraceRecord(Record):
    state = required(NAME)
    decay = required(NAME, "the parameter that is its decay")
    input = required(EXPRESSION, "its input")
    doc = required(TEXT, _DOC)
    average = optional(BOOLEAN, "whether the input is weighted by 1 - decay")
    split = optional(by_default(BOOLEAN, True), "whether D splits it")
    observed = optional(BOOLEAN, "whether nothing but the user needs to read the state")


class NirNodeRecord(Record):
    node = required(word("node", *NIR_FIELDS), "its type")
    fields = required(EXPRESSIONS, "the value of each field, of parameters")
    from_ = optional(NAMES, "the nodes whose sum it takes, `x` or `output`; by default `x`")


class _NirRecord(Record):
    inverse = optional(EXPRESSIONS, "the parameters, of the fields of the only node")


class NirPrefixRecord(_NirRecord):
    nodes = required(entries("node", NirNodeRecord), "that it adds, in order")


class NirRecord(_NirRecord, NirNodeRecord):
    reset = optional(word("reset", "subtract", "set"), "what a spike does to the membrane")


class NirGraphRecord(_NirRecord):
    nodes = required(entries("node", NirNodeRecord), "in order")
    output = required(NAMES, "the nodes whose sum it returns")
    reset = NirRecord.reset


_NIR = optional(
    unread(either(NirRecord.schema(), NirGraphRecord.schema())),
    "its node in the Neuromorphic Intermediate Representation, or several; not inherited",
)


class PrefixRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    source = optional(TEXT, _SOURCE)
    families = optional(NAMES, "the families that take it")
    split = optional(entries("branch", BranchRecord), "the branches that every trace is split into")
    modules = _MODULES
    update = optional(STATEMENTS, "the statements before its traces")
    trace = optional(one_or_many(TraceRecord), "the traces that it adds")
    replaces = optional(EXPRESSIONS, "what a family reads instead of a name")
    drive = optional(EXPRESSION, "an additional input of the family's trace")
    nir = optional(record(NirPrefixRecord), "its nodes for interchange, which lead to the family's")


class ResetRecord(Record):
    by = required(EXPRESSION, "what is subtracted from the trace, or from the first state")
    at = optional(word("time", "start", "end"), "of the timestep; by default the end")


class SizeRecord(Record):
    doc = required(TEXT, _DOC)
    default = optional(WHOLE, "without one it is required")
    least = optional(LEAST, "its minimum, 1 by default")
    auto = optional(EXPRESSION, "the value that the default -1 is replaced by")


class FamilyStateRecord(Record):
    doc = required(TEXT, _DOC)
    initial = optional(EXPRESSION, "its initial value, of parameters")
    observed = optional(BOOLEAN, "whether nothing but the user needs to read it")


class FamilyRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    prefixes = required(NAMES, "the letters that it takes")
    output = required(EXPRESSION, "what the layer returns")
    source = optional(TEXT, _SOURCE)
    trace = optional(record(TraceRecord), "its membrane")
    update = optional(
        STATEMENTS, "the statements in the place of a trace, whose `x` has the drives of prefixes"
    )
    fire = optional(STATEMENTS, "the statements after the traces or the update")
    reset = optional(
        unread(either(EXPRESSION.schema, ResetRecord.schema())),
        "what is subtracted from the trace, or from the first state, when it fires",
    )
    states = optional(entries("state", FamilyStateRecord), "its states besides the trace")
    nir = _NIR
    arguments = optional(entries("argument", SizeRecord), "sizes of the constructor")
    parameters = _PARAMETERS
    functions = _FUNCTIONS


class ExtendedFamilyRecord(FamilyRecord):
    extends = required(NAME, "the family to inherit from")
    without = optional(words("part", "reset", "prefixes", "states"), "what it does not inherit")
    prefixes = FamilyRecord.prefixes.as_optional()
    output = FamilyRecord.output.as_optional()


class KnownSizeRecord(Record):
    """A size that every layer declares; it has no keys."""


class WeightRecord(Record):
    shape = required(SIZES, "of sizes")
    initial = required(EXPRESSION, "its initial value, of sizes and of what `setup` sets")
    doc = required(TEXT, _DOC)
    with_ = optional(NAME, "the optional state that it requires")
    learn = optional(by_default(BOOLEAN, True), "whether it is trained; otherwise it is a buffer")


class StateRecord(Record):
    doc = required(TEXT, _DOC)
    shape = optional(SIZES, "the number of features, and additional trailing sizes")
    only_if = optional(EXPRESSION, "when it exists, of sizes")
    initial = optional(EXPRESSION, "its initial value, of parameters and weights; by default 0")
    observed = FamilyStateRecord.observed


class OptionalUpdateRecord(Record):
    with_ = required(NAME, "the optional state that it requires")
    do = required(STATEMENTS, "the statements")


def _size_or_known(key: Scalar, node: Node) -> tuple[type[Record], str]:
    is_known = key.value in (NUM_NEURONS.name, IN_FEATURES.name, DIM.name)
    return (KnownSizeRecord, key.value) if is_known else (SizeRecord, f"argument {key.value}")


class LayerRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    states = required(entries("state", StateRecord), "its states")
    update = required(
        nodes(either(STATEMENTS.schema["items"], OptionalUpdateRecord.schema())),
        "one timestep, in order",
    )
    output = required(EXPRESSION, "what the layer returns")
    source = optional(TEXT, _SOURCE)
    arguments = optional(
        chosen(either(SizeRecord.schema(), KnownSizeRecord.schema()), _size_or_known),
        "the arguments of the constructor, in order",
    )
    features = optional(SIZES, "the sizes of input and output")
    modules = _MODULES
    weights = optional(entries("weight", WeightRecord), "tensors without a constraint")
    nir = _NIR
    setup = optional(STATEMENTS, "what is computed once, when a layer is made, for weights")
    parameters = _PARAMETERS
    functions = _FUNCTIONS


class PackageRecord(Record):
    doc = required(TEXT, _DOC)
    beside = optional(NEW_NAMES, "its hand-written modules")


class ExtensionPackageRecord(Record):
    doc = required(TEXT, _DOC)
    reference = optional(NEIGHBOUR, "a NumPy file in the same folder, for the tests")


def _family_or_extended(key: Scalar, node: Node) -> tuple[type[FamilyRecord], str]:
    extends = isinstance(node, Pairs) and any(name.value == "extends" for name, _ in node.value)
    return ExtendedFamilyRecord if extends else FamilyRecord, f"family {key.value}"


class _Sections(Record):
    """The sections of a file of layers."""

    parameters = optional(entries("parameter", ParameterRecord), "in the order of the constructor")
    functions = optional(entries("function", FunctionRecord), "functions that the user passes")
    prefixes = optional(entries("prefix", PrefixRecord), "letters, in the order of a layer's name")
    families = optional(
        chosen(either(FamilyRecord.schema(), ExtendedFamilyRecord.schema()), _family_or_extended),
        "neurons that take prefixes",
    )
    layers = optional(entries("layer", LayerRecord), "layers without prefixes")
    also_called = optional(
        LISTS, "names that layers have elsewhere, for their description and the search"
    )


class FileRecord(_Sections):
    package = required(record(PackageRecord))


class FiringNumberRecord(Record):
    default = required(NUMBER, "its value unless it is given, above 0")
    doc = required(TEXT, _DOC)


class _FiringRecord(Record):
    doc = required(TEXT, _DOC)
    value = required(EXPRESSION, "what it returns, of `x`")
    numbers = optional(entries("number", FiringNumberRecord), "that it takes, each above 0")
    update = optional(STATEMENTS, "the statements before it")


class SpikeRecord(_FiringRecord):
    source = optional(TEXT, _SOURCE)


class ExtensionRecord(_Sections):
    """A file of one's own."""

    package = required(record(ExtensionPackageRecord))
    only = optional(NAMES, "the layers of the grammar that are made; by default all new ones")
    constraints = optional(CONSTRAINTS, "how usable values are computed from raw ones")
    spikes = optional(entries("function", SpikeRecord), "functions for `spike_fn`")


def schema_of_extension(defaults: Iterable[str]) -> Schema:
    """Return the schema of a file of one's own, whose functions have one of these defaults.

    Others may be among the `spikes` of the file.
    """
    own = {"type": "string", "pattern": r"^[A-Za-z_]\w*$", "description": "one of `spikes`"}
    language = f"in Python's syntax, with the functions {', '.join(sorted(TIMESTEP))}"
    argument = either(EXPRESSION.schema, {"type": "boolean"}, SIZES.schema)
    definitions: dict[str, Schema] = {
        "function": {"anyOf": [{"enum": [*defaults]}, own]},
        "expression": {"type": ["string", "number"], "description": f"an expression {language}"},
        "arguments": either({"type": "array", "items": argument}, named(argument)),
        "statement": {"type": "string", "description": f"`name = expression`, {language}"},
    }
    return {**ExtensionRecord.schema(), "$defs": definitions}


class QuantizerRecord(_FiringRecord):
    """A function whose value may depend on `noise` too."""


class FunctionalRecord(Record):
    package = required(record(PackageRecord))
    spikes = required(entries("function", SpikeRecord))
    quantizers = required(entries("function", QuantizerRecord))


@dataclass(frozen=True)
class Section:
    """The documentation of a record."""

    title: str
    doc: str
    record: type[Record]


SECTIONS = (
    Section("The file", "", ExtensionRecord),
    Section("`package`", "The contents of the file.", ExtensionPackageRecord),
    Section(
        "`constraints`",
        "How a usable value inside its domain is computed from a raw one, which is trained.",
        ConstraintRecord,
    ),
    Section("`parameters`", "One value for each neuron, or one for all.", ParameterRecord),
    Section("`functions`", "Functions that the user passes, such as `spike_fn`.", FunctionRecord),
    Section("`prefixes`", "The effect of a letter before a family's name.", PrefixRecord),
    Section(
        "`split` of a prefix", "One of the branches into which traces are split.", BranchRecord
    ),
    Section(
        "`trace`",
        "A decaying state with an input: `state = decay * state + input`, or with `average: true` "
        "`state = decay * state + (1 - decay) * input`.",
        TraceRecord,
    ),
    Section(
        "`families`",
        "How a neuron integrates, fires and resets. It has a trace, or an update of its own, which "
        "prefixes change by its input alone: `D` splits their traces only.",
        FamilyRecord,
    ),
    Section(
        "`families` that extend another",
        "Missing keys are inherited.",
        ExtendedFamilyRecord,
    ),
    Section("`states` of a family", "The states besides the trace.", FamilyStateRecord),
    Section("`reset`", "If it is more than an expression.", ResetRecord),
    Section(
        "`nir` of a family or a layer",
        "The node of the Neuromorphic Intermediate Representation that it is. In the formulas "
        "`time_constant(beta)` is the time constant of a decay, `decay(tau)` the decay of a time "
        "constant, and `dt` the duration of a timestep.",
        NirRecord,
    ),
    Section(
        "`nir` with several nodes", "A graph of nodes that together are the layer.", NirGraphRecord
    ),
    Section(
        "`nir` of a prefix",
        "The last node takes the place of the input if the prefix replaces it, and is added to it "
        "otherwise.",
        NirPrefixRecord,
    ),
    Section("`nodes` of `nir`", "A node.", NirNodeRecord),
    Section(
        "`parameters` of a family or a layer",
        "Changes of parameters that it takes over. A parameter of another name is its own, and needs "
        "`constraint`, `default` and `doc`.",
        OwnParameterRecord,
    ),
    Section(
        "`functions` of a family or a layer",
        "Other defaults of functions that it takes over.",
        FunctionDefaultRecord,
    ),
    Section(
        "`layers`", "A layer without prefixes: states, modules, weights and updates.", LayerRecord
    ),
    Section("`states` of a layer", "The states.", StateRecord),
    Section(
        "`arguments`",
        "Sizes. In a layer `num_neurons`, `in_features` and `dim` have no keys: `dim: {}`; a family "
        "has `num_neurons` and `dim` anyway.",
        SizeRecord,
    ),
    Section("`modules`", "A linear map.", LinearRecord),
    Section(
        "`modules` of PyTorch",
        "A module of a class of `torch.nn`, with its arguments in a list or by name: numbers, sizes, "
        "`true` or `false`. Where dimensions differ, a list has the size of each; in brackets is "
        "which text an argument may be. As in PyTorch, convolutions, pooling and `GroupNorm` take "
        "channels before other features: `unsqueeze(x, -2)` is one channel. All classes compute each "
        "sample of a batch by itself, so that dropout, batch normalization and modules with states "
        "are not among them.",
        TorchModuleRecord,
    ),
    Section(
        "`weights`", "A tensor without a constraint, trained unless `learn: false`.", WeightRecord
    ),
    Section(
        "`with` in an update", "Statements that run only if a state exists.", OptionalUpdateRecord
    ),
    Section(
        "`spikes`",
        "A spike function: a smooth step from 0 to 1 of the distance `x` from the threshold, at which "
        "it is 0.5.",
        SpikeRecord,
    ),
    Section("`numbers` of a function", "Arguments of the function.", FiringNumberRecord),
)
"""The records in the order of the documentation."""
