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
    {"constraint": _NAME, "default": _NUMBER, "doc": _DOC},
    {
        "rank": _described(_one_of(0, 1), "0: one value for all neurons by default"),
        "learn": _described(_BOOLEAN, "whether it is trained by default"),
    },
)
FUNCTION = Record({"default": _one_of("identity", "sigmoid4x"), "doc": _DOC})
BRANCH = Record({"function": _one_of("negative", "positive"), "reset_share": _NUMBER})
MODULE = Record(
    {"linear": _described(_SIZES, "[inputs, outputs]")}, {"bias": {"type": ["boolean", "number"]}}
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
        "split": _named(BRANCH.schema),
        "modules": _named(MODULE.schema),
        "update": _described(_many(_STATEMENT), "what runs before its traces"),
        "trace": {"anyOf": [TRACE.schema, _many(TRACE.schema)]},
        "replaces": _described(_named(_EXPRESSION), "what a family reads in the place of a name"),
        "drive": _described(_EXPRESSION, "what drives the family's trace too"),
    },
)
RESET = Record({"by": _EXPRESSION}, {"at": _one_of("start", "end")})
FAMILY_STATE = Record({"doc": _DOC})
_FIRING = {
    "source": _SOURCE,
    "fire": _many(_STATEMENT),
    "reset": _described(
        {"anyOf": [_EXPRESSION, RESET.schema]}, "what leaves the trace when it fires"
    ),
    "states": _named(FAMILY_STATE.schema),
}
_NEURON: dict[str, Schema] = {
    "prefixes": _many(_NAME),
    "trace": TRACE.schema,
    "output": _EXPRESSION,
}
FAMILY = Record({"name": _TITLE, "doc": _DOC, **_NEURON}, _FIRING)
EXTENDED_FAMILY = Record(
    {"extends": _NAME, "name": _TITLE, "doc": _DOC},
    {"without": _many(_one_of("reset", "prefixes", "states")), **_NEURON, **_FIRING},
)
KNOWN_SIZE = Record()
SIZE = Record({"doc": _DOC}, {"default": _WHOLE, "least": {}, "auto": _EXPRESSION})
WEIGHT = Record(
    {"shape": _SIZES, "initial": _EXPRESSION, "doc": _DOC},
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
OPTIONAL_UPDATE = Record({"with": _NAME, "do": _many(_STATEMENT)})
LAYER = Record(
    {
        "name": _TITLE,
        "doc": _DOC,
        "states": _named(STATE.schema),
        "update": _many({"anyOf": [_STATEMENT, OPTIONAL_UPDATE.schema]}),
        "output": _EXPRESSION,
    },
    {
        "source": _SOURCE,
        "arguments": _named({"anyOf": [SIZE.schema, KNOWN_SIZE.schema]}),
        "features": _described(_many(_NAME), "the sizes of input and output"),
        "modules": _named(MODULE.schema),
        "weights": _named(WEIGHT.schema),
    },
)
PACKAGE = Record({"doc": _DOC}, {"beside": _many(_NAME)})
EXTENSION_PACKAGE = Record(
    {"doc": _DOC}, {"reference": _described(_TEXT, "a NumPy file beside, for the tests")}
)
_SECTIONS = {
    "parameters": _named(PARAMETER.schema),
    "functions": _named(FUNCTION.schema),
    "prefixes": _named(PREFIX.schema),
    "families": _named({"anyOf": [FAMILY.schema, EXTENDED_FAMILY.schema]}),
    "layers": _named(LAYER.schema),
}
FILE = Record({"package": PACKAGE.schema}, _SECTIONS)
EXTENSION = Record(
    {"package": EXTENSION_PACKAGE.schema},
    {"constraints": _named(CONSTRAINT.schema), **_SECTIONS},
)
"""A file of one's own."""
