"""The source of a function that computes all timesteps of a sequence, around its recurrence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from ..classes.source import in_torch
from ..language.expressions import (
    Call,
    Expression,
    Name,
    Spelling,
    functions,
    names,
    parse,
    to_python,
    transform,
)
from ..language.functions import FUNCTIONS, SIZE_FUNCTIONS
from ..model import Layer, Size, Statement
from .parts import Parts
from .values import FILTERED, LAGGED, LINEAR, PER_MATRIX, TRANSPOSED


def parts(split: Parts) -> dict[str, object]:
    """Return the arguments of the template of the function.

    Every line works on the timesteps together, since all functions work along the last dimensions.
    """
    text = _printer(split.layer)
    statements = (*split.once, *split.before, *split.after)
    read = [*(s.expression for s in statements), *map(Name, split.parameters), split.output]
    before = (*split.once, *split.before)
    called = set().union(*(functions(statement.expression) for statement in statements))
    return {
        "layer": split.layer,
        "imported": sorted(n for n in called & FUNCTIONS.keys() if FUNCTIONS[n].imported),
        "locals": _parameters(split.layer, read, text),
        "code": [
            *_lines(before, split, text),
            *_recurrence(split, text),
            *_lines(split.after, split, text),
        ],
        "output": text(split.output),
    }


_Printer = Callable[[Expression], str]


def _parameters(layer: Layer, read: Iterable[Expression], text: _Printer) -> list[str]:
    """Return statements that assign the parameters that expressions read, each of every neuron."""
    wanted = set().union(*map(names, read))
    neurons = text(layer.features[1])
    found = (parameter.name for parameter in layer.parameters if parameter.name in wanted)
    return [f"{name} = self.{name}.expand({neurons})" for name in found]


_OF_SIZES = {f"{name}_of_sizes": row for name, row in SIZE_FUNCTIONS.items()}
"""The functions of sizes, by names of their own: `max` is also one of tensors."""


def _printer(layer: Layer) -> _Printer:
    """Return what prints expressions of the class, and those that parts add to them."""
    spelling = _spelling(layer)
    sizes = {argument.name for argument in layer.arguments if isinstance(argument, Size)}

    def change(node: Expression) -> Expression:
        match node:
            case Call(function) if function in SIZE_FUNCTIONS and names(node) <= sizes:
                return replace(node, function=f"{function}_of_sizes")
        return node

    return lambda expression: to_python(transform(expression, change), spelling)


def _spelling(layer: Layer) -> Spelling:
    """Return the spelling of these expressions."""
    spelling = in_torch(layer)
    modules = {module.name for module in layer.modules}

    def name(text: str) -> str:
        return f"self.{text}" if text.partition(".")[0] in modules else spelling.name(text)

    def call(function: str, *arguments: str) -> str:
        if function == FILTERED:
            return f'states.filtered("{arguments[0]}", {arguments[1]})'
        if function == LAGGED:
            return f'states.lagged("{arguments[0]}", {arguments[1]})'
        if function == PER_MATRIX:
            return f'torch.einsum("...ij, ...jk -> ...ik", {", ".join(arguments)})'
        if function in (LINEAR, TRANSPOSED):
            return Spelling().call(function, *arguments)
        if function in _OF_SIZES:
            return _OF_SIZES[function].torch(*arguments)
        return spelling.call(function, *arguments)

    return replace(spelling, name=name, call=call)


def _lines(statements: Iterable[Statement], split: Parts, text: _Printer) -> Iterator[str]:
    """Yield statements, those that require an optional state under its condition."""
    conditions = {state.name: state.only_if for state in split.windows}
    read = _read(split)
    for state, group in groupby(statements, key=lambda statement: statement.state):
        condition = conditions.get(state)
        if condition:
            yield f"if {text(condition)}:"
        for statement in group:
            value = _value(statement, split, text)
            targets = f"{', '.join(statement.targets)} = " * (
                not read.isdisjoint(statement.targets)
            )
            yield f"{'    ' * bool(condition)}{targets}{value}"


def _read(split: Parts) -> set[str]:
    """Return the names that the function reads, besides the buffers that it passes by name."""
    windows = {state.name for state in split.windows}

    def change(node: Expression) -> Expression:
        match node:
            case Call("push" | "filtered" | "lagged", (Name(name), other)) if name in windows:
                return other
        return node

    statements = (*split.once, *split.before, *split.after)
    expressions = (*(s.expression for s in statements), split.output)
    given = (*split.streams, *split.parameters, *(product.matrix for product in split.products))
    return {*given}.union(*(names(transform(e, change)) for e in expressions))


def _value(statement: Statement, split: Parts, text: _Printer) -> str:
    windows = {state.name for state in split.windows}
    match statement:
        case Statement((name,), Call("push", (Name(buffer), new))) if name == buffer in windows:
            return f'states.window("{name}", {text(new)})'
    return text(statement.expression)


def _recurrence(split: Parts, text: _Printer) -> Iterator[str]:
    """Yield the call of the recurrence, if there is one."""
    if split.statements:
        given = {
            "streams": split.streams,
            "parameters": split.parameters,
            "matrices": [product.matrix for product in split.products],
            "sizes": split.all_sizes,
        }
        arguments = ", ".join(
            f"{key}={_joined(map(text, map(Name, names)))}" for key, names in given.items()
        )
        shapes = (
            _joined(text(parse(str(size))) for size in split.shapes[name].sizes)
            for name in split.outputs
        )
        arguments += f", outputs={_joined(shapes)}"
        targets = f"{_joined(split.outputs)} = " * bool(split.outputs)
        yield f"{targets}states.recurrence({arguments})"


def _joined(parts: Iterable[str]) -> str:
    printed = [*parts]
    return f"({', '.join(printed)}{',' * (len(printed) == 1)})"
