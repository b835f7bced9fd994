"""The format of a spec: which keys each mapping has, and what their values are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import DIM, IN_FEATURES, NUM_NEURONS
from .kinds import (
    BOOLEAN,
    BOOLEAN_OR_NUMBER,
    DOMAIN,
    EXPRESSION,
    EXPRESSIONS,
    LEAST,
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
    nodes,
    one_or_many,
    record,
    unread,
    whole,
    word,
    words,
)
from .nodes import Node, Pairs, Scalar
from .record import Record, Schema, optional, required

_DOC = "what it means, for the docstring"
_SOURCE = "the paper that the mathematics comes from"
_TITLE = "what it is called in a sentence"


class ConstraintRecord(Record):
    activation = required(EXPRESSION, "what makes a raw value usable, of `raw`")
    domain = required(DOMAIN, 'an open interval, "(0, inf)"')
    register = optional(METHOD, "the method of the base class that knows it")
    inverse = optional(EXPRESSION, "what leads back to the raw value, of `value`")


CONSTRAINTS = entries("constraint", ConstraintRecord)


class ParameterRecord(Record):
    constraint = required(NAME, "`decay`, `threshold`, `bias`, `free` or one of the file")
    default = required(NUMBER, "its usable value, inside the domain")
    doc = required(TEXT, _DOC)
    rank = optional(by_default(whole(0, 1), 1), "0: one value for all neurons by default")
    learn = optional(by_default(BOOLEAN, True), "whether it is trained by default")


class FunctionRecord(Record):
    default = required(
        unread({"$ref": "#/$defs/function"}), "`identity`, or a spike function of `tt.functional`"
    )
    doc = required(TEXT, _DOC)


class BranchRecord(Record):
    function = required(word("function", "negative", "positive"), "which part of a drive it gets")
    reset_share = required(NUMBER, "how much of a reset leaves it")


class ModuleRecord(Record):
    linear = required(SIZES, "[inputs, outputs]")
    bias = optional(
        by_default(BOOLEAN_OR_NUMBER, True),
        "whether it has one, or at which number that starts",
    )


class TraceRecord(Record):
    state = required(NAME)
    decay = required(NAME, "the parameter that is its decay")
    input = required(EXPRESSION, "what drives it")
    doc = required(TEXT, _DOC)
    average = optional(BOOLEAN, "whether the input is weighted by 1 - decay")
    split = optional(by_default(BOOLEAN, True), "whether D splits it")


class PrefixRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    source = optional(TEXT, _SOURCE)
    families = optional(NAMES, "the families that take it")
    split = optional(entries("branch", BranchRecord), "the branches that every trace is split into")
    modules = optional(entries("module", ModuleRecord), "linear maps that its expressions apply")
    update = optional(STATEMENTS, "what runs before its traces")
    trace = optional(one_or_many(TraceRecord), "traces of its own")
    replaces = optional(EXPRESSIONS, "what a family reads in the place of a name")
    drive = optional(EXPRESSION, "what drives the family's trace too")


class ResetRecord(Record):
    by = required(EXPRESSION, "what leaves the trace")
    at = optional(word("time", "start", "end"), "of the timestep; by default the end")


class FamilyStateRecord(Record):
    doc = required(TEXT, _DOC)


class FamilyRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    prefixes = required(NAMES, "the letters that it takes")
    trace = required(record(TraceRecord), "its membrane")
    output = required(EXPRESSION, "what the layer returns")
    source = optional(TEXT, _SOURCE)
    fire = optional(STATEMENTS, "what runs after the traces")
    reset = optional(
        unread(either(EXPRESSION.schema, ResetRecord.schema())),
        "what leaves the trace when it fires",
    )
    states = optional(entries("state", FamilyStateRecord), "what it remembers beside its trace")


class ExtendedFamilyRecord(FamilyRecord):
    extends = required(NAME, "the family it is like")
    without = optional(words("part", "reset", "prefixes", "states"), "what it leaves out")
    prefixes = FamilyRecord.prefixes.as_optional()
    trace = FamilyRecord.trace.as_optional()
    output = FamilyRecord.output.as_optional()


class KnownSizeRecord(Record):
    """A size that every layer knows; there is nothing to say about it."""


class SizeRecord(Record):
    doc = required(TEXT, _DOC)
    default = optional(WHOLE, "by default it must be given")
    least = optional(LEAST, "the least it may be, 1 by default, or `any`")
    auto = optional(EXPRESSION, "what the default -1 means")


class WeightRecord(Record):
    shape = required(SIZES, "of sizes")
    initial = required(EXPRESSION, "a number, `count(n)`, `normal(std)`, `uniform(a, b)`")
    doc = required(TEXT, _DOC)
    with_ = optional(NAME, "the state without which it does not exist")


class StateRecord(Record):
    doc = required(TEXT, _DOC)
    shape = optional(SIZES, "in the place of the features, and after them")
    only_if = optional(EXPRESSION, "when it exists, of sizes")
    initial = optional(EXPRESSION, "what it starts from, of parameters")


class OptionalUpdateRecord(Record):
    with_ = required(NAME, "the state without which it does not run")
    do = required(STATEMENTS, "what runs then")


def _size_or_known(key: Scalar, node: Node) -> tuple[type[Record], str]:
    is_known = key.value in (NUM_NEURONS.name, IN_FEATURES.name, DIM.name)
    return (KnownSizeRecord, key.value) if is_known else (SizeRecord, f"argument {key.value}")


class LayerRecord(Record):
    name = required(TEXT, _TITLE)
    doc = required(TEXT, _DOC)
    states = required(entries("state", StateRecord), "what it remembers")
    update = required(
        nodes(either(STATEMENTS.schema["items"], OptionalUpdateRecord.schema())),
        "one timestep, in order",
    )
    output = required(EXPRESSION, "what the layer returns")
    source = optional(TEXT, _SOURCE)
    arguments = optional(
        chosen(either(SizeRecord.schema(), KnownSizeRecord.schema()), _size_or_known),
        "the constructor, in its order",
    )
    features = optional(NAMES, "the sizes of input and output")
    modules = optional(entries("module", ModuleRecord), "linear maps that it holds")
    weights = optional(entries("weight", WeightRecord), "tensors that are trained as they are")


class PackageRecord(Record):
    doc = required(TEXT, _DOC)
    beside = optional(NEW_NAMES)


class ExtensionPackageRecord(Record):
    doc = required(TEXT, _DOC)
    reference = optional(NEIGHBOUR, "a NumPy file beside, for the tests")


def _family_or_extended(key: Scalar, node: Node) -> tuple[type[FamilyRecord], str]:
    extends = isinstance(node, Pairs) and any(name.value == "extends" for name, _ in node.value)
    return ExtendedFamilyRecord if extends else FamilyRecord, f"family {key.value}"


class _Sections(Record):
    """The sections of a file of layers."""

    parameters = optional(
        entries("parameter", ParameterRecord), "numbers, in the constructor's order"
    )
    functions = optional(
        entries("function", FunctionRecord), "what a layer applies and its user chooses"
    )
    prefixes = optional(entries("prefix", PrefixRecord), "letters, in the order of a layer's name")
    families = optional(
        chosen(either(FamilyRecord.schema(), ExtendedFamilyRecord.schema()), _family_or_extended),
        "neurons that take letters",
    )
    layers = optional(entries("layer", LayerRecord), "layers on their own")


class FileRecord(_Sections):
    package = required(record(PackageRecord))


class ExtensionRecord(_Sections):
    """A file of one's own."""

    package = required(record(ExtensionPackageRecord))
    constraints = optional(CONSTRAINTS, "how raw values become usable")


def schema_of_extension(defaults: Iterable[str]) -> Schema:
    """The schema of a file of one's own, whose functions have one of these defaults."""
    return {**ExtensionRecord.schema(), "$defs": {"function": {"enum": [*defaults]}}}


class _FiringRecord(Record):
    doc = required(TEXT, _DOC)
    value = required(EXPRESSION, "what it returns, of `x`")
    update = optional(STATEMENTS, "what is computed before")


class SpikeRecord(_FiringRecord):
    source = required(TEXT, _SOURCE)


class QuantizerRecord(_FiringRecord):
    numbers = optional(NEW_NAMES, "that it is made with")


class FunctionalRecord(Record):
    package = required(record(PackageRecord))
    spikes = required(entries("function", SpikeRecord))
    quantizers = required(entries("function", QuantizerRecord))


@dataclass(frozen=True)
class Section:
    """What the documentation says about a record."""

    title: str
    doc: str
    record: type[Record]


SECTIONS = (
    Section("The file", "", ExtensionRecord),
    Section("`package`", "What the file is about.", ExtensionPackageRecord),
    Section(
        "`constraints`",
        "How a raw value, which training may move anywhere, becomes a usable one inside its domain.",
        ConstraintRecord,
    ),
    Section("`parameters`", "A number of each neuron, or of all.", ParameterRecord),
    Section(
        "`functions`", "What a layer applies and its user chooses, as `spike_fn`.", FunctionRecord
    ),
    Section("`prefixes`", "What a letter before a family's name does to it.", PrefixRecord),
    Section(
        "`split` of a prefix", "One of the branches into which traces are split.", BranchRecord
    ),
    Section(
        "`trace`",
        "A state that decays and is driven: `state = decay * state + input`, or with `average: true` "
        "`state = decay * state + (1 - decay) * input`.",
        TraceRecord,
    ),
    Section("`families`", "How a neuron fires.", FamilyRecord),
    Section(
        "`families` that extend another",
        "What it does not say is as in that one.",
        ExtendedFamilyRecord,
    ),
    Section("`states` of a family", "What it remembers beside its trace.", FamilyStateRecord),
    Section("`reset`", "Where it is more than an expression.", ResetRecord),
    Section(
        "`layers`", "A layer on its own: its states, modules, weights and updates.", LayerRecord
    ),
    Section("`states` of a layer", "What it remembers.", StateRecord),
    Section(
        "`arguments`", "`num_neurons`, `in_features` and `dim` are known: `dim: {}`.", SizeRecord
    ),
    Section("`modules`", "A linear map.", ModuleRecord),
    Section("`weights`", "A tensor that is trained as it is.", WeightRecord),
    Section(
        "`with` in an update", "Statements that run only if a state exists.", OptionalUpdateRecord
    ),
)
"""The records in the order of their explanation."""
