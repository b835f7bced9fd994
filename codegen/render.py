"""From flat layers to formatted source."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path, PurePosixPath

import black
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .classes import docstrings, trial
from .classes.docstrings import PYTHON
from .classes.listing import linear, lines, timestep
from .grammar import layers
from .kernels import c, triton
from .kernels.kernel import Kernel, digest, kernel, why_not
from .language.expressions import (
    Call,
    Expression,
    Name,
    Number,
    Spelling,
    differentiated,
    functions,
    names,
    to_python,
)
from .language.functions import FUNCTIONS, INITIAL_FUNCTIONS, Function
from .model import (
    DIM,
    IN_FEATURES,
    NUM_NEURONS,
    Constraint,
    Functional,
    FunctionArgument,
    Layer,
    Linear,
    Package,
    Parameter,
    Size,
    State,
    Weight,
)
from .provenance import stamp

_STYLE = black.Mode(line_length=docstrings.WIDTH, target_versions={black.mode.TargetVersion.PY310})
_PLAIN = {Number(0): "zeros", Number(1): "ones"}


def render(
    packages: Iterable[Package], functional: Functional | None = None
) -> dict[PurePosixPath, str]:
    """The text of every generated file of the library, by its path below the library's folder."""
    files = {
        PurePosixPath(package.name, name): text
        for package in packages
        for name, text in _files(package, f"spec/{package.name}.yaml").items()
    }
    return files | (_functions(functional) if functional else {})


def _functions(functional: Functional) -> dict[PurePosixPath, str]:
    """What spiking layers fire with: for PyTorch, and for kernels."""
    origin = "spec/functional.yaml"
    spikes = fill(
        "spikes.py.j2",
        functional=functional,
        equation=docstrings.value_of,
        torch=Spelling(call=lambda name, *arguments: FUNCTIONS[name].torch(*arguments)),
    )
    firing = (*functional.spikes, *functional.quantizers)
    in_triton = fill("functions.py.j2", **triton.function_parts(firing))
    in_c = fill("functions.h.j2", functions=map(c.function_parts, firing))
    in_python = {"functional/spikes": spikes, "sequence/triton/functions": in_triton}
    files = _finish(in_python, origin)
    files["sequence/c/functions.h"] = stamp(origin, in_c, comment="//")
    return {PurePosixPath(name): text for name, text in files.items()}


def render_extension(package: Package, reference: str = "") -> dict[PurePosixPath, str]:
    """The text of every file that a package outside the library has, by its name.

    Args:
        package: What to render.
        reference: The path from there to the package's reference.
    """
    files = _files(package, f"{package.name}.yaml")
    files |= _finish(
        {
            f"test_{package.name}": fill(
                "tests.py.j2",
                origin=f"{package.name}.yaml",
                layers=layers(package),
                rough=[layer for layer in layers(package) if _is_rough(layer)],
                fused=[layer for layer in layers(package) if kernel(layer)],
                reference=reference,
                sizes=trial.sizes,
                features=trial.features,
            )
        },
        f"{package.name}.yaml",
    )
    return {PurePosixPath(name): text for name, text in files.items()}


def _files(package: Package, origin: str) -> dict[str, str]:
    zoo = layers(package)
    sources = {layer.module: _layer_source(layer, package) for layer in zoo}
    sources["__init__"] = fill("package.py.j2", package=package, layers=zoo)
    return _finish(sources, origin) | _kernels(package, origin)


def _finish(sources: Mapping[str, str], origin: str) -> dict[str, str]:
    """Formatted, compiled and stamped source, by the name of its file."""
    return {f"{stem}.py": stamp(origin, _formatted(source)) for stem, source in sources.items()}


@functools.lru_cache(maxsize=256)  # most files stay as they were when a spec is edited
def _formatted(source: str) -> str:
    source = black.format_str(source, mode=_STYLE)
    compile(source, "generated", "exec")
    return source


def _kernels(package: Package, origin: str) -> dict[str, str]:
    """The kernels of the layers, and what is known of them, by the name of the file."""
    others, in_triton = {}, {}
    for layer in layers(package):
        made = kernel(layer)
        facts = json.dumps(_facts(layer, made), indent=2) + "\n"
        others[f"kernels/{layer.module}.jsonc"] = stamp(origin, facts, comment="//")
        if made:
            in_c = fill("kernel.c.j2", **c.parts(made))
            others[f"kernels/c/{layer.module}.c"] = stamp(origin, in_c, comment="//")
            in_triton[f"kernels/triton/{layer.module}"] = fill("kernel.py.j2", **triton.parts(made))
    return others | _finish(in_triton, origin)


def _facts(layer: Layer, made: Kernel | None) -> dict[str, object]:
    """What whoever runs a kernel must know of it and of the class that it serves."""
    if not made:
        return {"layer": layer.name, "why_not": why_not(layer)}
    return {
        "layer": layer.name,
        "digest": made.digest,
        "parameters": [parameter.name for parameter in layer.parameters],
        "states": [state.name for state in layer.states],
        "functions": dict(zip((function.name for function in layer.functions), made.functions)),
        "calls": made.calls,
        "shared": sorted(made.shared),
        "step": _formatted(_step(layer)).splitlines(),
    }


def _is_rough(layer: Layer) -> bool:
    """Whether the gradient is not the slope of what the layer computes."""
    parts = (part for expression in layer.timestep for part in differentiated(expression))
    return any(isinstance(part, Call) and part.function in _ROUGH for part in parts)


_ROUGH = {"detach", "straight_through", "floor", "round", "sign"}


def _step(layer: Layer) -> str:
    """The method that is one timestep."""
    torch = _torch_spelling(layer)
    return fill(
        "step.py.j2",
        layer=layer,
        locals=_locals(layer, layer.timestep),
        code=[line for _, line in lines(layer, torch, lambda state: f"{state} is not None")],
        torch=torch,
    )


def _layer_source(layer: Layer, package: Package) -> str:
    expressions = (*layer.timestep, *layer.start)
    called = set().union(*map(functions, expressions)) & FUNCTIONS.keys()
    defaults = {function.default for function in layer.functions} - PYTHON.keys()
    inputs, outputs = layer.features
    held = [size for size in layer.arguments if isinstance(size, Size) and size is not DIM]
    sizes = [size for size in held if size not in (NUM_NEURONS, IN_FEATURES)]
    checked = layer.features if inputs != outputs else ()
    torch = _torch_spelling(layer)
    started = [state for state in layer.states if state.initial]
    of_start = _locals(layer, layer.start)
    body = fill(
        "layer.py.j2",
        layer=layer,
        equations=[line for _, line in timestep(layer)],
        notes=docstrings.notes(layer, called),
        shapes=docstrings.shapes(layer),
        raises=(
            "A parameter is outside its domain or misshapen"
            if layer.parameters
            else "A size is too small"
        ),
        is_ours=not package.extends,
        **docstrings.example(layer),
        base_arguments=_base_arguments(layer),
        sizes=sizes,
        checked=checked,
        shown=[size for size in sizes if size.name not in checked],
        digest="" if why_not(layer) else digest(layer),
        step=_step(layer),
        started=started,
        locals_of_start=of_start,
        constraints=_constraints(layer),
        unusual=docstrings.unusual(layer),
        state_sizes={state.name: _sizes_of_state(state, outputs) for state in layer.states},
        raw=_torch_spelling(layer, "raw"),
        value=_torch_spelling(layer, "value"),
        torch=torch,
        torch_of_start=_torch_spelling(layer, next(iter(sum(of_start, [])), "")),
    )
    read = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    known = {name for name, function in FUNCTIONS.items() if function.imported} | defaults
    base = "tracetorch.snn" if inputs == outputs else "tracetorch.rnn"
    return fill(
        "module.py.j2",
        body=body,
        read=read,
        core=[name for name in ("TensorFunction", "Value") if name in read],
        functional=sorted(known & read),
        library="tracetorch." if package.extends else "..",
        base=base if package.extends else ".layer",
    )


def _locals(layer: Layer, expressions: Iterable[Expression]) -> list[list[str]]:
    """The parameters that are read, those of a pair in one line."""
    read = set().union(*map(names, expressions))
    needed = (parameter.name for parameter in layer.parameters if parameter.name in read)
    return [list(group) for _, group in groupby(needed, key=_stem)]


def _constraints(layer: Layer) -> list[Constraint]:
    """The constraints that no method of the base class knows."""
    constraints = {p.constraint.name: p.constraint for p in layer.parameters}
    return [constraint for constraint in constraints.values() if not constraint.register]


def _base_arguments(layer: Layer) -> list[str]:
    """What the base class is told; it knows the features of the output as `num_neurons`."""
    inputs, outputs = layer.features
    if inputs == outputs:
        return [outputs, DIM.name]
    outputs, inputs = (f'self._check_size("{size}", {size})' for size in (outputs, inputs))
    return [outputs, DIM.name, inputs]


def _torch_spelling(layer: Layer, like: str = "x") -> Spelling:
    """How expressions are written in the class: by PyTorch's functions and the layer's attributes.

    Args:
        like: The tensor whose dtype a mask has.
    """
    sizes = {size.name for size in layer.arguments if isinstance(size, Size)}
    attributes = sizes | {weight.name for weight in layer.weights}
    called: tuple[Linear | FunctionArgument, ...] = (*layer.modules, *layer.functions)
    attributes |= {part.name for part in called}

    def name(text: str) -> str:
        return f"self.{text}" if text in attributes else text

    def call(function: str, *arguments: str) -> str:
        if function in attributes:
            return f"self.{function}({', '.join(arguments)})"
        if function == "mask":
            return f"({arguments[0]}).to({like}.dtype)"
        return FUNCTIONS[function].torch(*arguments)

    return Spelling(name, call)


def _sizes_of_state(state: State, outputs: str) -> list[str]:
    """The sizes that the base class must be told, where they are not just the features."""
    return [] if state.shape == (Name(outputs),) else [to_python(size) for size in state.shape]


def _stem(name: str) -> str:
    """What the two sides of a pair share: `alpha` in `pos_alpha` and `neg_alpha`."""
    return name.partition("_")[2] or name


def fill(template: str, **values: object) -> str:
    """A template with its values."""
    return _TEMPLATES.get_template(template).render(values)


def _signature(argument: Size | Parameter) -> str:
    kind = "Value" if isinstance(argument, Parameter) else "int"
    default = "" if argument.default is None else f" = {argument.default}"
    return f"{argument.name}: {kind}{default}"


def _python(function: str) -> str:
    return PYTHON.get(function, function)


def _initial(weight: Weight) -> str:
    """The tensor at which a weight starts."""
    size = ", ".join(to_python(size) for size in weight.shape)
    called = functions(weight.initial)
    if "count" in called:
        vector = to_python(
            weight.initial, _spelling(FUNCTIONS | {"count": INITIAL_FUNCTIONS["count"]})
        )
        return vector if len(weight.shape) == 1 else f"{vector}.expand({size}).clone()"
    size = f"({size},)" if len(weight.shape) == 1 else f"({size})"
    if called & {"normal", "uniform"}:
        return to_python(weight.initial, _spelling(INITIAL_FUNCTIONS)).format(size=size)
    if weight.initial in _PLAIN:
        return f"torch.{_PLAIN[weight.initial]}{size.replace(',)', ')')}"
    number = to_python(weight.initial, _spelling(INITIAL_FUNCTIONS))
    is_float = called or "/" in re.sub("//", "", number)
    return f"torch.full({size}, {number if is_float else f'float({number})'})"


def _spelling(table: Mapping[str, Function]) -> Spelling:
    return Spelling(call=lambda name, *arguments: table[name].torch(*arguments))


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "c": c.name_in_c,
    "argument": docstrings.argument,
    "expression": to_python,
    "function": docstrings.function,
    "initial": _initial,
    "linear": linear,
    "literal": repr,
    "module": docstrings.module,
    "python": _python,
    "sentence": docstrings.sentence,
    "signature": _signature,
    "tensor": docstrings.tensor,
    "wrap": docstrings.wrap,
}
