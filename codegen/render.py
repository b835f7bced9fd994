"""From flat layers to formatted source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path, PurePosixPath

import black
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .expressions import Expression, functions, to_python
from .grammar import layers
from .model import FunctionArgument, Layer, Package, Parameter
from .provenance import stamp

_WIDTH = 100
_STYLE = black.Mode(line_length=_WIDTH, target_versions={black.TargetVersion.PY310})
_PYTHON = {"identity": "nn.Identity()"}
"""How Python writes a function where that is not by its name."""


def render(packages: Iterable[Package]) -> dict[PurePosixPath, str]:
    """The text of every generated file, by its path below the library's folder."""
    files = {}
    for package in packages:
        origin, zoo = f"spec/{package.name}.yaml", layers(package)
        sources = {layer.name.lower(): _layer_source(layer) for layer in zoo}
        sources["__init__"] = _fill("package.py.j2", package=package, layers=zoo)
        for stem, source in sources.items():
            compile(source, f"{stem}.py", "exec")
            files[PurePosixPath(package.name, f"{stem}.py")] = stamp(origin, source)
    return files


def _layer_source(layer: Layer) -> str:
    called = set().union(*(functions(statement.expression) for statement in layer.statements))
    defaults = {function.default for function in layer.functions}
    own = {function.name for function in layer.functions}
    names = [parameter.name for parameter in layer.parameters]
    return _fill(
        "layer.py.j2",
        layer=layer,
        imports=sorted((called | defaults) - own - set(_PYTHON)),
        needs_nn=bool(defaults & set(_PYTHON)),
        locals=[list(group) for _, group in groupby(names, key=_stem)],
        method={name: f"self.{name}" for name in own},
    )


def _stem(name: str) -> str:
    """What the two sides of a pair share: `alpha` in `pos_alpha` and `neg_alpha`."""
    return name.partition("_")[2] or name


def _fill(template: str, **values: object) -> str:
    return black.format_str(_TEMPLATES.get_template(template).render(values), mode=_STYLE)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Lines that fit the page, for a place that is indented already."""
    first, rest = " " * indent, " " * (indent + hanging)
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).strip()


def _value(parameter: Parameter) -> str:
    doc = f"{parameter.doc}, {parameter.constraint.domain}"
    return f"{parameter.name}: {_sentence(doc)} Default {parameter.default}."


def _function(argument: FunctionArgument) -> str:
    return f"{argument.name}: {_sentence(argument.doc)} Default `{_python(argument.default)}`."


def _python(function: str) -> str:
    return _PYTHON.get(function, function)


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "expression": to_python,
    "function": _function,
    "python": _python,
    "sentence": _sentence,
    "value": _value,
    "wrap": _wrap,
}
