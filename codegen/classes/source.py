"""A flat layer as lines of source, for the templates of its class."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from ..language.expressions import Expression, Name, Spelling, functions, names, to_python
from ..language.functions import FUNCTIONS, TIMESTEP, Function
from ..model import (
    DIM,
    IN_FEATURES,
    NUM_NEURONS,
    SPIKES,
    Firing,
    FunctionKind,
    Layer,
    Linear,
    Module,
    Parameter,
    Size,
    State,
    TorchModule,
)
from . import construction, docstrings
from .docstrings import IDENTITY, function_in_python
from .listing import created, lines, setup, timestep


def class_parts(layer: Layer, is_ours: bool) -> dict[str, object]:
    """Return the arguments of a class template, except `step` and the digest.

    Args:
        layer: The layer.
        is_ours: Whether the class is one of the library.
    """
    expressions = (*layer.timestep, *layer.start, *layer.construction)
    called = set().union(*map(functions, expressions))
    return {
        "name": layer.name,
        "fields": [_field(state) for state in layer.states],
        "constraints": _constraints(layer),
        "title": docstrings.sentence(layer.title),
        "doc": " ".join(layer.description),
        "equations": [line for _, line in timestep(layer)],
        "setup": setup(layer),
        "notes": docstrings.notes(layer, called),
        "sections": docstrings.sections(layer),
        **_example(layer, is_ours),
        "attributes": _attributes(layer),
        "signature": _signature(layer),
        "constructor": _constructor(layer),
        "initial_values": _initial_values(layer),
        "shown": ", ".join(f'f"{size.name}={{self.{size.name}}}"' for size in _held(layer)),
    }


def _example(layer: Layer, is_ours: bool) -> dict[str, str]:
    shown = docstrings.example(layer)
    return {
        "example_import": "import torch" + ", tracetorch as tt" * is_ours,
        "example": f"tt.{layer.package}." * is_ours + f"{layer.name}({shown['example']})",
        "example_input": shown["example_input"],
        "example_output": shown["example_output"],
    }


def step_parts(layer: Layer) -> dict[str, object]:
    """Return the arguments of the template of `step`."""
    torch = in_torch(layer)
    states = ", ".join(state.name for state in layer.states)
    return {
        "state": f"{layer.name}State",
        "states": states,
        "unpacked": f"states.{states}" if len(layer.states) == 1 else "states",
        "locals": usable(layer, layer.timestep),
        "code": [line for _, line in lines(layer, torch, lambda state: f"{state} is not None")],
        "output": to_python(layer.output, torch),
    }


def imports(body: str, layer: Layer, is_base: bool) -> list[list[str]]:
    """Return the imports of a module with this class: standard library, PyTorch, and tracetorch."""
    read = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    inputs, outputs = layer.features
    kind = "snn" if inputs == outputs else "rnn"
    core, functional, base = (
        ("..core", "..functional", ".layer")
        if is_base
        else ("tracetorch.core", "tracetorch.functional", f"tracetorch.{kind}")
    )
    offered = {name for name, function in FUNCTIONS.items() if function.imported}
    own = {f.default for f in layer.functions if f.kind is FunctionKind.OWN_SPIKE}
    offered |= {function.default for function in layer.functions} - {IDENTITY, *own}
    return [
        ["import math"] * ("math" in read) + ["from typing import NamedTuple"],
        ["import torch"] * ("torch" in read) + _from("torch", ["Tensor", *({"nn"} & read)]),
        _from(core, sorted({"TensorFunction", "Value"} & read))
        + _from(functional, sorted(offered & read))
        + _from(base, ["Layer"]),
        _from(f".{SPIKES}", sorted(own)),
    ]


def function_imports(spikes: Iterable[Firing]) -> list[str]:
    """Return the imports from tracetorch of a module with these spike functions."""
    called = {name for f in spikes for s in f.statements for name in functions(s.expression)}
    return _from("tracetorch.functional", sorted(n for n in called if FUNCTIONS[n].imported))


def _from(module: str, imported: list[str]) -> list[str]:
    return [f"from {module} import {', '.join(imported)}"] if imported else []


# Before the class


def _field(state: State) -> str:
    return f"{state.name}: Tensor" + " | None = None" * bool(state.only_if)


def _constraints(layer: Layer) -> list[dict[str, str]]:
    """Return the constraints that no method of the base class registers."""
    constraints = {p.constraint.name: p.constraint for p in layer.parameters}
    return [
        {
            "name": name,
            "usable": to_python(constraint.activation, in_torch(layer, "raw")),
            "raw": to_python(constraint.inverse, in_torch(layer, "value")),
        }
        for name, constraint in constraints.items()
        if constraint.inverse and not constraint.register
    ]


def _attributes(layer: Layer) -> list[str]:
    """Return the class attributes that the base class reads."""
    _, outputs = layer.features
    text = to_python(outputs)
    size = [] if text == NUM_NEURONS.name else [f'_output_size = "{text}"']
    random = ["_is_random = True  # a timestep draws random numbers"] * layer.is_random
    return [f"State = {layer.name}State", *size, *random]


# The constructor


def _signature(layer: Layer) -> list[str]:
    """Return the arguments, one per line if there are keyword-only ones."""
    given = ["self", *map(_argument, layer.arguments)]
    keywords = [
        *(keyword for parameter in layer.parameters for keyword in _keywords(parameter)),
        *(f"{f.name}: TensorFunction = {function_in_python(f)}" for f in layer.functions),
    ]
    return (
        [f"{argument}," for argument in (*given, "*", *keywords)]
        if keywords
        else [", ".join(given)]
    )


def _argument(argument: Size | Parameter) -> str:
    kind = "Value" if isinstance(argument, Parameter) else "int"
    default = "" if argument.default is None else f" = {argument.default}"
    return f"{argument.name}: {kind}{default}"


def _keywords(parameter: Parameter) -> tuple[str, str]:
    return (
        f"{parameter.name}_rank: int = {parameter.rank}",
        f"learn_{parameter.name}: bool = {parameter.learn}",
    )


def _constructor(layer: Layer) -> list[list[str]]:
    """Return the statements of the constructor, in paragraphs."""
    sizes = [
        f"super().__init__({to_python(layer.features[1])}, {DIM.name})",
        *_features(layer),
        *(line for size in _held(layer) for line in _size(size)),
        *(_state(state) for state in layer.states if _is_unusual(state, layer)),
    ]
    paragraphs = [
        sizes,
        [_registration(parameter) for parameter in layer.parameters],
        [f'self._register_function("{f.name}", {f.name})' for f in layer.functions],
        [line for module in layer.modules for line in _module(module)],
        [*construction.setup(layer)],
        [construction.weight(weight, layer) for weight in layer.weights if not weight.state],
        *(list(_optional(state, layer)) for state in layer.states if state.only_if),
    ]
    return _joined([paragraph for paragraph in paragraphs if paragraph])


def _joined(paragraphs: list[list[str]]) -> list[list[str]]:
    """Join paragraphs into one if each has only one line."""
    is_short = all(len(paragraph) == 1 for paragraph in paragraphs)
    return [sum(paragraphs, [])] if is_short else paragraphs


def _features(layer: Layer) -> Iterator[str]:
    """Yield lines that store the sizes of input and output, unless the base class does."""
    inputs, outputs = layer.features
    if inputs != outputs:
        text = to_python(inputs)
        yield f'self.{IN_FEATURES.name} = self._check_size("{text}", {text})'
    for size in dict.fromkeys(layer.features):
        if isinstance(size, Name) and size.name not in (IN_FEATURES.name, NUM_NEURONS.name):
            yield f"self.{size.name} = {size.name}"


def _registration(parameter: Parameter) -> str:
    name, constraint = parameter.name, parameter.constraint
    arguments = f'"{name}", {name}, {name}_rank, learn_{name}'
    if constraint.register:
        return f"self.{constraint.register}({arguments})"
    functions = f"inverse_fn=_raw_{constraint.name}, activation_fn=_usable_{constraint.name}"
    return f'self._register_parameter({arguments}, {functions}, domain="{constraint.domain}",)'


def _held(layer: Layer) -> list[Size]:
    """Return the sizes other than those of input and output."""
    sizes = [argument for argument in layer.arguments if isinstance(argument, Size)]
    others = (*layer.features, Name(DIM.name))
    return [size for size in sizes if Name(size.name) not in others]


def _size(size: Size) -> Iterator[str]:
    name = size.name
    if size.auto:
        yield f"{name} = {to_python(size.auto)} if {name} == {size.default} else {name}"
    if size.least is None:
        yield f'self.{name} = self._check_integer("{name}", {name})'
    else:
        least = f", least={size.least}" if size.least != 1 else ""
        yield f'self.{name} = self._check_size("{name}", {name}{least})'


def _module(module: Module) -> Iterator[str]:
    yield f"self.{module.name} = {created(module)}"
    match module:
        case Linear(bias=float(bias)):
            yield f"nn.init.constant_(self.{module.name}.bias, {bias})"


def _is_unusual(state: State, layer: Layer) -> bool:
    """Whether a state always exists and its shape is not the default of the base class."""
    _, outputs = layer.features
    return not state.only_if and state.shape != (outputs,)


def _state(state: State) -> str:
    sizes = ", ".join(map(to_python, state.shape))
    return f'self._initialize_state("{state.name}", {sizes})'


def _optional(state: State, layer: Layer) -> Iterator[str]:
    """Yield the lines of a conditional state and of the weights that belong to it."""
    assert state.only_if
    yield f"if {to_python(state.only_if)}:"
    for weight in layer.weights:
        if weight.state == state.name:
            yield f"    {construction.weight(weight, layer)}"
    yield f"    {_state(state)}"


# The other methods


def _initial_values(layer: Layer) -> list[str]:
    """Return the body of `_initial_values`; empty if all states start from 0."""
    started = {state.name: state.initial for state in layer.states if state.initial}
    read, known = _read(layer, layer.start), set().union(*map(names, layer.start))
    weights = (f"self.{weight.name}" for weight in layer.weights if weight.name in known)
    torch = in_torch(layer, read[0][0] if read else next(weights, ""))
    values = (f'"{name}": {to_python(initial, torch)}' for name, initial in started.items())
    return [*_locals(read), f"return {{ {', '.join(values)} }}"] if started else []


def _read(layer: Layer, expressions: Iterable[Expression]) -> list[list[str]]:
    """Return the parameters that are read, grouped by pairs."""
    read = set().union(*map(names, expressions))
    needed = (parameter.name for parameter in layer.parameters if parameter.name in read)
    return [list(group) for _, group in groupby(needed, key=_stem)]


def usable(layer: Layer, expressions: Iterable[Expression]) -> list[str]:
    """Return statements that assign the usable values of the parameters that expressions read."""
    return _locals(_read(layer, expressions))


def _locals(groups: Iterable[list[str]]) -> list[str]:
    """Return statements that assign parameters to local variables, one per group."""
    return [f"{', '.join(group)} = self.{', self.'.join(group)}" for group in groups]


def _stem(name: str) -> str:
    """Return the common part of the names of a pair: `alpha` in `pos_alpha` and `neg_alpha`."""
    return name.partition("_")[2] or name


def in_torch(layer: Layer, like: str = "x") -> Spelling:
    """Return the spelling of expressions in the class: PyTorch's functions and layer attributes.

    Args:
        layer: The layer.
        like: The name of the tensor whose dtype a mask gets.
    """
    sizes = {size.name for size in layer.arguments if isinstance(size, Size)}
    modules = {module.name for module in layer.modules}
    weights = {weight.name for weight in layer.weights}
    attributes = sizes | modules | weights | {function.name for function in layer.functions}
    made = [module for module in layer.modules if isinstance(module, TorchModule)]
    batched = {module.name for module in made if module.torch_class.has_batch}

    def name(text: str) -> str:
        return f"self.{text}" if text in attributes else text

    def call(function: str, *arguments: str) -> str:
        if function in batched:
            return f"self._over_batch(self.{function}, {arguments[0]}, x)"
        if function in attributes:
            return f"self.{function}({', '.join(arguments)})"
        if function == "mask":
            return f"({arguments[0]}).to({like}.dtype)"
        return TIMESTEP[function].torch(*arguments)

    return Spelling(name, call)


def spelling(table: Mapping[str, Function]) -> Spelling:
    """Return the spelling of expressions by PyTorch's functions."""
    return Spelling(call=lambda name, *arguments: table[name].torch(*arguments))
