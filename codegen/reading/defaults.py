"""Reads defaults: of declared parameters and functions, and what layers and families change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..language.expressions import Name
from ..model import Constraint, FunctionArgument, FunctionKind, Parameter
from .format import (
    FunctionDefaultRecord,
    FunctionRecord,
    OwnParameterRecord,
    ParameterRecord,
)
from .kinds import ANY, Entries
from .names import Names
from .problems import one_of
from .yaml_file import YamlFile


def read_parameter(
    name: str, record: ParameterRecord | OwnParameterRecord, constraints: Mapping[str, Constraint]
) -> Parameter:
    """Read a parameter that is declared."""
    constraint = _constraint(record, constraints)
    if record.default is not None:
        _check_default(record, "default", record.default, constraint)
    default = record.default or 0.0
    return Parameter(name, constraint, default, record.doc, record.rank, record.learn)


def _constraint(
    record: ParameterRecord | OwnParameterRecord, constraints: Mapping[str, Constraint]
) -> Constraint:
    choice = record.file.choice(record.constraint, "constraint", constraints)
    return constraints.get(choice, _NO_CONSTRAINT)


_NO_CONSTRAINT = Constraint("", ANY, Name("raw"))
"""The constraint of a parameter with an invalid one."""


def _check_default(
    record: ParameterRecord | OwnParameterRecord, key: str, default: float, constraint: Constraint
) -> None:
    """Check that a default is inside the domain."""
    if default not in constraint.domain:
        message = f"the default {default} is outside the domain of {constraint.name}"
        hint = f"it must be {constraint.domain}"
        record.file.wrong(
            record[key], message, hint if key == "default" else f"add default: {hint}"
        )


def default_of_function(
    record: FunctionRecord | FunctionDefaultRecord, known: Mapping[str, FunctionKind]
) -> tuple[str, FunctionKind]:
    """Return the name of a function, and its kind."""
    name = record.file.choice(record.default, "function", known)
    return name, known.get(name, FunctionKind.SPIKE)


def own_parameters(
    file: YamlFile,
    section: Entries[OwnParameterRecord],
    known: Collection[Parameter],
    constraints: Mapping[str, Constraint],
    names: Names,
) -> tuple[Parameter, ...]:
    """Return the parameters that a layer or a family changes, and those that it adds."""
    parameters = {parameter.name: parameter for parameter in known}
    own: list[Parameter] = []
    for key, record in section:
        parameter = parameters.get(key.value)
        if parameter:
            own.append(_changed(parameter, record, constraints))
        elif _NEEDED <= {part for part in _NEEDED if part in record}:
            own.append(read_parameter(names.declare(key, "a parameter"), record, constraints))
        else:
            hint = f"{one_of(parameters, key.value)}. One of its own needs {', '.join(_NEEDED)}"
            file.wrong(key, f"unknown parameter {key.value}", hint)
    return tuple(own)


_NEEDED = dict.fromkeys(("constraint", "default", "doc")).keys()
"""The keys of a parameter that is declared."""


def _changed(
    parameter: Parameter, record: OwnParameterRecord, constraints: Mapping[str, Constraint]
) -> Parameter:
    constraint = parameter.constraint
    if "constraint" in record:
        constraint = _constraint(record, constraints)
    default = parameter.default if record.default is None else record.default
    for key in ("default", "constraint"):
        if key in record:
            _check_default(record, key, default, constraint)
            break
    return replace(
        parameter,
        constraint=constraint,
        default=default,
        doc=record.doc or parameter.doc,
        rank=record.rank if "rank" in record else parameter.rank,
        learn=record.learn if "learn" in record else parameter.learn,
    )


def changed_functions(
    file: YamlFile,
    section: Entries[FunctionDefaultRecord],
    known: Collection[FunctionArgument],
    defaults: Mapping[str, FunctionKind],
) -> tuple[FunctionArgument, ...]:
    """Return the functions that a layer or a family declares another default of."""
    functions = {function.name: function for function in known}
    changed: list[FunctionArgument] = []
    for key, record in section:
        function = functions.get(file.choice(key, "function", functions))
        default, kind = default_of_function(record, defaults)
        if function and default:
            changed.append(replace(function, default=default, kind=kind))
    return tuple(changed)
