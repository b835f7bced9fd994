"""Reads defaults: of declared parameters and functions, and what layers and families change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..model import Constraint, FunctionArgument, FunctionKind, Parameter
from .format import (
    FunctionDefaultRecord,
    FunctionRecord,
    ParameterDefaultsRecord,
    ParameterRecord,
)
from .kinds import Entries
from .yaml_file import YamlFile


def default_of_parameter(
    record: ParameterRecord | ParameterDefaultsRecord, constraint: Constraint
) -> float | None:
    """Return a default, which must be inside the domain."""
    default = record.default
    if default is not None and default not in constraint.domain:
        message = f"the default {default} is outside the domain of {constraint.name}"
        record.file.wrong(record["default"], message, f"it must be {constraint.domain}")
    return default


def default_of_function(
    record: FunctionRecord | FunctionDefaultRecord, known: Mapping[str, FunctionKind]
) -> tuple[str, FunctionKind]:
    """Return the name of a function, and its kind."""
    name = record.file.choice(record.default, "function", known)
    return name, known.get(name, FunctionKind.SPIKE)


def changed_parameters(
    file: YamlFile, section: Entries[ParameterDefaultsRecord], known: Collection[Parameter]
) -> tuple[Parameter, ...]:
    """Return the parameters that a layer or a family declares other defaults of."""
    parameters = {parameter.name: parameter for parameter in known}
    changed: list[Parameter] = []
    for key, record in section:
        parameter = parameters.get(file.choice(key, "parameter", parameters))
        if not parameter:
            continue
        default = default_of_parameter(record, parameter.constraint)
        changed.append(
            replace(
                parameter,
                default=parameter.default if default is None else default,
                rank=record.rank if "rank" in record else parameter.rank,
                learn=record.learn if "learn" in record else parameter.learn,
            )
        )
    return tuple(changed)


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
