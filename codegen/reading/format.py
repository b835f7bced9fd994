"""The format of a spec: which keys a mapping has, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]
"""A JSON Schema."""


@dataclass(frozen=True)
class Record:
    """A mapping with known keys, each with the schema of what stands there."""

    required: Mapping[str, Schema] = field(default_factory=dict)
    optional: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return [*self.required, *self.optional]

    @property
    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {**self.required, **self.optional},
            "required": list(self.required),
            "additionalProperties": False,
        }


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _many(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _named(item: Schema) -> Schema:
    return {"type": "object", "additionalProperties": item}


def _one_of(*words: str | int) -> Schema:
    return {"enum": list(words)}


_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer"}
_BOOLEAN: Schema = {"type": "boolean"}
_EXPRESSION: Schema = {"type": ["string", "number"]}
_STATEMENT = _described(_TEXT, "name = expression")
_DOC = _described(_TEXT, "what it means, for the docstring")
_SOURCE = _described(_TEXT, "the paper that the mathematics comes from")
_TITLE = _described(_TEXT, "what it is called in a sentence")
_SIZES = _many(_EXPRESSION)

CONSTRAINT = Record(
    {
        "activation": _described(_EXPRESSION, "what makes a raw value usable, of `raw`"),
        "domain": _described(_TEXT, 'an open interval, "(0, inf)"'),
    },
    {
        "register": _described(_NAME, "the method of the base class that knows it"),
        "inverse": _described(_EXPRESSION, "what leads back to the raw value, of `value`"),
    },
)
PARAMETER = Record(
    {
        "constraint": _described(_NAME, "`decay`, `threshold`, `bias`, `free` or one of the file"),
        "default": _described(_NUMBER, "its usable value, inside the domain"),
        "doc": _DOC,
    },
    {
        "rank": _described(_one_of(0, 1), "0: one value for all neurons by default"),
        "learn": _described(_BOOLEAN, "whether it is trained by default"),
    },
)
FUNCTION_DEFAULTS = (
    *("identity", "sigmoid4x", "arctan", "fast_sigmoid", "triangular", "rectangular", "gaussian"),
)
FUNCTION = Record({"default": _one_of(*FUNCTION_DEFAULTS), "doc": _DOC})
BRANCH = Record(
    {
        "function": _described(_one_of("negative", "positive"), "which part of a drive it hears"),
        "reset_share": _described(_NUMBER, "how much of a reset leaves it"),
    }
)
MODULE = Record(
    {"linear": _described(_SIZES, "[inputs, outputs]")},
    {
        "bias": _described(
            {"type": ["boolean", "number"]}, "whether it has one, or at which number that starts"
        )
    },
)
TRACE = Record(
    {
        "state": _NAME,
        "decay": _described(_NAME, "the parameter that is its decay"),
        "input": _described(_EXPRESSION, "what drives it"),
        "doc": _DOC,
    },
    {
        "average": _described(_BOOLEAN, "whether the input is weighted by 1 - decay"),
        "split": _described(_BOOLEAN, "whether D splits it"),
    },
)
PREFIX = Record(
    {"name": _TITLE, "doc": _DOC},
    {
        "source": _SOURCE,
        "families": _described(_many(_NAME), "the families that take it"),
        "split": _described(_named(BRANCH.schema), "the branches that every trace is split into"),
        "modules": _described(_named(MODULE.schema), "linear maps that its expressions apply"),
        "update": _described(_many(_STATEMENT), "what runs before its traces"),
        "trace": _described({"anyOf": [TRACE.schema, _many(TRACE.schema)]}, "traces of its own"),
        "replaces": _described(_named(_EXPRESSION), "what a family reads in the place of a name"),
        "drive": _described(_EXPRESSION, "what drives the family's trace too"),
    },
)
RESET = Record(
    {"by": _described(_EXPRESSION, "what leaves the trace")},
    {"at": _described(_one_of("start", "end"), "of the timestep; by default the end")},
)
FAMILY_STATE = Record({"doc": _DOC})
_FIRING = {
    "source": _SOURCE,
    "fire": _described(_many(_STATEMENT), "what runs after the traces"),
    "reset": _described(
        {"anyOf": [_EXPRESSION, RESET.schema]}, "what leaves the trace when it fires"
    ),
    "states": _described(_named(FAMILY_STATE.schema), "what it remembers beside its trace"),
}
_NEURON: dict[str, Schema] = {
    "prefixes": _described(_many(_NAME), "the letters that it takes"),
    "trace": _described(TRACE.schema, "its membrane"),
    "output": _described(_EXPRESSION, "what the layer returns"),
}
FAMILY = Record({"name": _TITLE, "doc": _DOC, **_NEURON}, _FIRING)
EXTENDED_FAMILY = Record(
    {"extends": _described(_NAME, "the family it is like"), "name": _TITLE, "doc": _DOC},
    {
        "without": _described(_many(_one_of("reset", "prefixes", "states")), "what it leaves out"),
        **_NEURON,
        **_FIRING,
    },
)
KNOWN_SIZE = Record()
SIZE = Record(
    {"doc": _DOC},
    {
        "default": _described(_WHOLE, "by default it must be given"),
        "least": _described({}, "the least it may be, 1 by default, or `any`"),
        "auto": _described(_EXPRESSION, "what the default -1 stands for"),
    },
)
WEIGHT = Record(
    {
        "shape": _described(_SIZES, "of sizes"),
        "initial": _described(_EXPRESSION, "a number, `count(n)`, `normal(std)`, `uniform(a, b)`"),
        "doc": _DOC,
    },
    {"with": _described(_NAME, "the state without which it does not exist")},
)
STATE = Record(
    {"doc": _DOC},
    {
        "shape": _described(_SIZES, "in the place of the features, and after them"),
        "only_if": _described(_EXPRESSION, "when it exists, of sizes"),
        "initial": _described(_EXPRESSION, "what it starts from, of parameters"),
    },
)
OPTIONAL_UPDATE = Record(
    {
        "with": _described(_NAME, "the state without which it does not run"),
        "do": _described(_many(_STATEMENT), "what runs then"),
    }
)
LAYER = Record(
    {
        "name": _TITLE,
        "doc": _DOC,
        "states": _described(_named(STATE.schema), "what it remembers"),
        "update": _described(
            _many({"anyOf": [_STATEMENT, OPTIONAL_UPDATE.schema]}), "one timestep, in order"
        ),
        "output": _described(_EXPRESSION, "what the layer returns"),
    },
    {
        "source": _SOURCE,
        "arguments": _described(
            _named({"anyOf": [SIZE.schema, KNOWN_SIZE.schema]}), "the constructor, in its order"
        ),
        "features": _described(_many(_NAME), "the sizes of input and output"),
        "modules": _described(_named(MODULE.schema), "linear maps that it holds"),
        "weights": _described(_named(WEIGHT.schema), "tensors that are trained as they are"),
    },
)
PACKAGE = Record({"doc": _DOC}, {"beside": _many(_NAME)})
EXTENSION_PACKAGE = Record(
    {"doc": _DOC}, {"reference": _described(_TEXT, "a NumPy file beside, for the tests")}
)
_SECTIONS = {
    "parameters": _described(_named(PARAMETER.schema), "numbers, in the constructor's order"),
    "functions": _described(_named(FUNCTION.schema), "what a layer applies and its user chooses"),
    "prefixes": _described(_named(PREFIX.schema), "letters, in the order of a layer's name"),
    "families": _described(
        _named({"anyOf": [FAMILY.schema, EXTENDED_FAMILY.schema]}), "neurons that take letters"
    ),
    "layers": _described(_named(LAYER.schema), "layers on their own"),
}
FILE = Record({"package": PACKAGE.schema}, _SECTIONS)
_VALUE = {
    "doc": _DOC,
    "value": _described(_EXPRESSION, "what it returns, of `x`"),
}
_UPDATE = {"update": _described(_many(_STATEMENT), "what is computed before")}
SPIKE = Record({**_VALUE, "source": _SOURCE}, _UPDATE)
QUANTIZER = Record(_VALUE, {**_UPDATE, "numbers": _described(_many(_NAME), "that it is made with")})
FUNCTIONAL = Record(
    {
        "package": PACKAGE.schema,
        "spikes": _named(SPIKE.schema),
        "quantizers": _named(QUANTIZER.schema),
    }
)
EXTENSION = Record(
    {"package": EXTENSION_PACKAGE.schema},
    {
        "constraints": _described(_named(CONSTRAINT.schema), "how raw values become usable"),
        **_SECTIONS,
    },
)
"""A file of one's own."""


@dataclass(frozen=True)
class Section:
    """What a reader is told about a record."""

    title: str
    doc: str
    record: Record


SECTIONS = (
    Section("The file", "", EXTENSION),
    Section("`package`", "What the file is about.", EXTENSION_PACKAGE),
    Section(
        "`constraints`",
        "How a raw value, which training may move anywhere, becomes a usable one inside its domain.",
        CONSTRAINT,
    ),
    Section("`parameters`", "A number of each neuron, or of all.", PARAMETER),
    Section("`functions`", "What a layer applies and its user chooses, as `spike_fn`.", FUNCTION),
    Section("`prefixes`", "What a letter before a family's name does to it.", PREFIX),
    Section("`split` of a prefix", "One of the branches into which traces are split.", BRANCH),
    Section(
        "`trace`",
        "A state that decays and is driven: `state = decay * state + input`, or with `average: true` "
        "`state = decay * state + (1 - decay) * input`.",
        TRACE,
    ),
    Section("`families`", "How a neuron fires.", FAMILY),
    Section(
        "`families` that extend another", "What it does not say is as in that one.", EXTENDED_FAMILY
    ),
    Section("`states` of a family", "What it remembers beside its trace.", FAMILY_STATE),
    Section("`reset`", "Where it is more than an expression.", RESET),
    Section("`layers`", "A layer on its own: its states, modules, weights and updates.", LAYER),
    Section("`states` of a layer", "What it remembers.", STATE),
    Section("`arguments`", "`num_neurons`, `in_features` and `dim` are known: `dim: {}`.", SIZE),
    Section("`modules`", "A linear map.", MODULE),
    Section("`weights`", "A tensor that is trained as it is.", WEIGHT),
    Section("`with` in an update", "Statements that run only if a state exists.", OPTIONAL_UPDATE),
)
"""The records in the order of their explanation."""
