"""The sentences of a layer's docstring."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..language.expressions import Name, to_python
from ..language.functions import INITIAL_FUNCTIONS, TIMESTEP
from ..model import (
    NUM_NEURONS,
    Firing,
    FunctionArgument,
    FunctionKind,
    Layer,
    Linear,
    Module,
    Parameter,
    Size,
    State,
    Weight,
)
from .listing import created

WIDTH = 100
"""The line length of generated code and docstrings."""

IDENTITY = "identity"
"""The quantizer that is a module of PyTorch."""


def function_in_python(argument: FunctionArgument) -> str:
    """Return the Python source of the default of a function."""
    if argument.default == IDENTITY:
        return "nn.Identity()"
    return f"{argument.default}()" if argument.kind is FunctionKind.QUANTIZER else argument.default


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Wrap a text to the line length; the first line is already indented."""
    first, rest = " " * indent, " " * (indent + hanging)
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).strip()


def notes_on_functions(called: Iterable[str]) -> list[str]:
    """Return explanations of the functions in the equations."""
    rows = TIMESTEP | INITIAL_FUNCTIONS
    found = [rows[name] for name in sorted(rows.keys() & called)]
    return [f"`{row.name}` {row.doc}." for row in found if row.doc]


def note_on_parameters(layer: Layer) -> str:
    """Explain how parameters are passed, read and trained; "" if there are none."""
    if not layer.parameters:
        return ""
    shown = next((p for p in layer.parameters if p.learn), layer.parameters[0])
    name = shown.name
    return (
        "Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` "
        f"values. For example, `layer.{name}` is the value inside its domain, computed from "
        f"`layer.raw_{name}`, which is stored{' and trained' * shown.learn}."
    )


def notes(layer: Layer, called: Iterable[str]) -> list[str]:
    """Return explanations of the equations."""
    of_functions = " ".join(notes_on_functions(called))
    return [note for note in (of_functions, note_on_parameters(layer)) if note]


class Section(NamedTuple):
    """A section of a docstring."""

    title: str
    texts: list[str]
    hanging: int = 4


def sections(layer: Layer) -> list[Section]:
    """Return the sections of the docstring of a layer that are not empty."""
    attributes = [
        *(f"{held.name}: {module(held)}" for held in layer.modules),
        *(f"{weight.name}: {tensor(weight, layer)}" for weight in layer.weights),
    ]
    states = [f"{state.name}: {tensor(state, layer)}" for state in layer.states]
    every = [
        Section("Args", arguments(layer)),
        Section("Attributes", attributes),
        Section("States", states),
        Section("Shape", shapes(layer), hanging=0),
        Section("Raises", raises(layer)),
        Section("Source", [sentence(source) for source in layer.sources]),
    ]
    return [section for section in every if section.texts]


def arguments(layer: Layer) -> list[str]:
    """Describe the arguments of the constructor."""
    given = [argument(each) for each in layer.arguments]
    if layer.parameters:
        given += [
            "<parameter>_rank: For a parameter given as a number: 0 for one value that all neurons "
            f"share, 1 for a value each. Default {rank_of_all(layer)}.",
            "learn_<parameter>: Whether training may change the parameter. Default "
            f"{learning_of_all(layer)}.",
        ]
    return given + [function(each) for each in layer.functions]


def raises(layer: Layer) -> list[str]:
    """Describe the errors of a layer."""
    refused = (
        "A parameter is outside its domain or misshapen"
        if layer.parameters
        else "A size is too small"
    )
    return [
        "TypeError: An argument has the wrong type; when called, the input is not a dense tensor "
        "of real numbers.",
        f"ValueError: {refused}; when called, the input has the wrong shape, or its shape, device "
        "or dtype does not match the current states.",
    ]


def rank_of_all(layer: Layer) -> str:
    """Describe the default ranks of the parameters."""
    return _of_all("1", "0", {f"`{p.name}_rank`": p.rank == 0 for p in layer.parameters})


def learning_of_all(layer: Layer) -> str:
    """Describe whether the parameters are trained by default."""
    return _of_all("True", "False", {f"`learn_{p.name}`": not p.learn for p in layer.parameters})


def _of_all(usual: str, other: str, is_other: Mapping[str, bool]) -> str:
    if all(is_other.values()):
        return other
    others = ", ".join(name for name, differs in is_other.items() if differs)
    return f"{usual}, but {other} of {others}" if others else usual


def meaning(argument: Size | Parameter) -> str:
    """Describe a size or a parameter and its domain."""
    if isinstance(argument, Parameter):
        return sentence(f"{argument.doc}, {argument.constraint.domain}")
    return sentence(argument.doc + (f", at least {argument.least}" if argument.least else ""))


def default(argument: Size | Parameter) -> str:
    """Return the default of a size or a parameter, or ""."""
    if argument.default is None:
        return ""
    if isinstance(argument, Size) and argument.auto:
        return f"{argument.default}, for `{to_python(argument.auto)}`"
    return str(argument.default)


def argument(argument: Size | Parameter) -> str:
    """Describe a size or a parameter, with its name and default."""
    text = f"{argument.name}: {meaning(argument)}"
    return f"{text} Default {default(argument)}." if default(argument) else text


def function(argument: FunctionArgument) -> str:
    """Describe a function that the user chooses."""
    default = function_in_python(argument)
    return f"{argument.name}: {sentence(argument.doc)} Default `{default}`."


def module(module: Module) -> str:
    """Describe a module."""
    match module:
        case Linear(bias=float(bias)):
            return f"`{created(module)}`, its bias starting at {bias:g}."
    return f"`{created(module)}`."


def tensor(tensor: State | Weight, layer: Layer) -> str:
    """Describe a state or a weight and its shape."""
    batch = ["..."] if isinstance(tensor, State) else []
    shape = ", ".join([*batch, *map(to_python, tensor.shape)])
    doc = tensor.doc if _like_the_input(tensor) else f"{tensor.doc}, `[{shape}]`"
    if isinstance(tensor, State) and tensor.initial:
        doc += f", at first `{to_python(tensor.initial)}`"
    if isinstance(tensor, State) and tensor.observed:
        doc += ", for the user to read"
    owner = tensor.state if isinstance(tensor, Weight) else tensor.name
    for state in layer.states:
        if state.name == owner and state.only_if:
            doc += f", only if `{to_python(state.only_if)}`"
    if isinstance(tensor, Weight):
        begins = "at first" if tensor.learn else "fixed at"
        doc += f", {begins} `{to_python(tensor.initial)}`"
    return sentence(doc)


def shapes(layer: Layer) -> list[str]:
    """Describe the shapes of input, output and states."""
    inputs, outputs = map(to_python, layer.features)
    if inputs == outputs and all(map(_like_the_input, layer.states)):
        return [
            "Input, output and states have the same shape, with `num_neurons` features in "
            "dimension `dim`."
        ]
    if inputs == outputs:
        shapes = (
            f"Input and output have the same shape, with `{inputs}` features in dimension `dim`."
        )
    else:
        shapes = (
            f"Input: `{inputs}` features in dimension `dim`. Output: the same shape, but "
            f"`{outputs}` features."
        )
    return [shapes, "States: as listed, the first size in dimension `dim`, any others at the end."]


def example(layer: Layer) -> dict[str, str]:
    """Return the sizes of a layer for its example, and the features of input and output."""
    inputs, outputs = layer.features
    shown = {inputs: 8, outputs: 16}
    given = {name: shown.get(Name(name), 4) for name in layer.required}
    in_order = [Name(name) for name in given] == list(dict.fromkeys(layer.features))
    sizes = [f"{size}" if in_order else f"{name}={size}" for name, size in given.items()]
    before, after = layer.features_of(given)
    return {
        "example": ", ".join(sizes),
        "example_input": str(before),
        "example_output": str(after),
    }


def _like_the_input(tensor: State | Weight) -> bool:
    return isinstance(tensor, State) and tensor.shape == (Name(NUM_NEURONS.name),)


def value_of(function: Firing) -> str:
    """Describe what a function returns."""
    *before, last = function.statements
    where = "".join(f", where `{s.targets[0]} = {to_python(s.expression)}`" for s in before)
    return f"`{to_python(last.expression)}`{where}"
