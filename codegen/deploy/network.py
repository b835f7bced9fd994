"""All files of a network in C, and the files on disk."""

from __future__ import annotations

import copy
import functools
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath

import torch
from torch import Tensor, nn

from ..language.functions import FUNCTIONS
from ..model import Firing, Library
from ..provenance import stamp
from ..reading.load import extend, load_library
from ..render import fill
from ..root import ROOT
from ..write import Plan, apply, plan
from .chain import DeployError, Link, Refused, chain, is_layer
from .kinds import Kind
from .layers import Specs, layer_part
from .literals import array, declared
from .modules import module_part
from .part import Part, Value
from .printing import called, library, lines, name_of, needs_math, to_c


def deploy(
    model: nn.Module,
    out: Path | str,
    inputs: Tensor | None = None,
    spec: Path | str | None = None,
) -> None:
    """Write a trained network as C99: `net.c`, `net.h`, its weights, and a program that checks it.

    Args:
        model: A chain of linear maps, convolutions, pooling, flatten, dropout and layers with an
            elementwise kernel, of single precision. Neither its states nor its mode change.
        out: The folder for the files, made if needed.
        inputs: Timesteps by which the program in C is compared with the model, of the shape
            `[timesteps, ...]`, without a batch. Default `None`: 16 timesteps of random numbers,
            if the first module says how many.
        spec: A file of your own that declares layers or spike functions of the model.

    Raises:
        DeployError: The model is no such chain; with everything that is wrong. Or a file in the
            folder would be overwritten that was edited, or not generated.

    Example:
        >>> import tempfile, tracetorch as tt
        >>> from pathlib import Path
        >>> from torch import nn
        >>> from tracetorch_codegen.deploy import deploy
        >>> model = nn.Sequential(nn.Linear(4, 8), tt.snn.LIB(8), nn.Linear(8, 2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     deploy(model, folder)
        ...     print(*sorted(path.name for path in Path(folder).iterdir()))
        main.c net.c net.h recorded.h weights.c weights.h
    """
    todo = planned(model, Path(out), inputs, Path(spec) if spec else None)
    if todo.refused:
        raise DeployError(f"{path}: {whose.value}" for path, whose in todo.refused.items())
    apply(todo)


def planned(
    model: nn.Module, out: Path, inputs: Tensor | None, spec: Path | None, root: Path = ROOT
) -> Plan:
    """Return what must be written for a network.

    Args:
        root: The folder of the spec.
    """
    library = _library(root)
    assert library.functional
    own = (extend(root / "spec", spec),) if spec else ()
    packages = (*library.packages, *library.zoo.packages, *own)
    files = rendered(model, inputs, Specs(packages, library.functional))
    return plan(files, out, beside=(), specs="")


@functools.cache
def _library(root: Path) -> Library:
    return load_library(root / "spec")


def rendered(model: nn.Module, inputs: Tensor | None, specs: Specs) -> dict[PurePosixPath, str]:
    """Return the text of every file, by its name."""
    own = copy.deepcopy(model).cpu().eval()
    _zero_states(own)
    links = chain(own)
    if inputs is not None and not (are_timesteps(inputs) and inputs.isfinite().all()):
        raise DeployError(["inputs must be finite numbers of the shape [timesteps, ...]"])
    xs = _random_inputs(links[0]) if inputs is None else inputs.cpu().float()
    with torch.no_grad():
        named = _parts(links, xs[0], specs)
        _zero_states(own)
        ys = torch.stack([own(x[None])[0] for x in xs])
    if not ys.isfinite().all():
        raise DeployError(["the recorded outputs are not finite; give other inputs"])
    return _files(type(model), named, xs, ys)


def are_timesteps(inputs: Tensor) -> bool:
    """Whether these are the inputs of some timesteps."""
    return inputs.dim() > 1 and len(inputs) > 0


def _zero_states(model: nn.Module) -> None:
    for module in model.modules():
        if zero := getattr(module, "zero_states", None):
            zero()


def _random_inputs(first: Link) -> Tensor:
    module = first.module
    size = getattr(module, "in_features", None)
    if not isinstance(size, int) or getattr(module, "dim", -1) != -1:
        problem = "does not say which shape its input has; give recorded inputs (--inputs FILE)"
        raise DeployError([f"{first}: {problem}"])
    return torch.randn(16, size, generator=torch.Generator().manual_seed(0))


@dataclass(frozen=True)
class _Named:
    """A part with its name in C, what it is given, and where that and what it returns is."""

    name: str
    title: list[str]
    part: Part
    inputs: Value
    source: str
    target: str

    @property
    def outputs(self) -> Value:
        return self.part.outputs

    @property
    def arguments(self) -> str:
        """The parameters of its function."""
        states = "struct net *net, " if self.part.states else ""
        given, made = self.inputs.kind.stored, self.outputs.kind.stored
        return f"{states}const {given} *inputs, {made} *outputs"

    @property
    def call(self) -> str:
        states = "net, " if self.part.states else ""
        return f"{self.name}({states}{self.source}, {self.target});"

    @property
    def body(self) -> str:
        cast = "" if self.outputs.kind.stored == "float" else "(signed char)"
        return fill(
            self.part.template,
            name=self.name,
            inputs=self.inputs,
            outputs=self.outputs,
            states=self.part.states,
            cast=cast,
            **self.part.given,
        )

    @property
    def arrays(self) -> dict[str, Tensor]:
        return {f"{self.name}_{key}": value for key, value in self.part.constants.items()}


def _parts(links: Sequence[Link], x: Tensor, specs: Specs) -> list[_Named]:
    """Return the parts of a network.

    Raises:
        DeployError: With the problems of all modules.
    """
    value, made, problems = Value(tuple(x.shape)), list[tuple[Link, Value, Part]](), list[str]()
    batch = x[None]
    for link in links:
        try:
            batch = link.module(batch)
            if not isinstance(batch, Tensor):
                raise TypeError("returns no tensor; write the forward as modules that do")
            if batch.dim() < 2 or len(batch) != 1:
                raise Refused("changes the dimension of the batch; leave it as it is")
            inputs, value = value, Value(tuple(batch.shape[1:]))
            part = _part(link.module, inputs, value, specs)
        except Refused as problem:
            problems.append(f"{link}: {problem}")
        except (RuntimeError, ValueError, TypeError) as error:
            raise DeployError([*problems, f"{link}: {error}"]) from error
        else:
            if part:
                made.append((link, inputs, part))
            value = part.outputs if part else replace(value, kind=inputs.kind)
    if problems or not made:
        raise DeployError(problems or ["the model computes nothing"])
    return _named(made)


def _part(module: nn.Module, inputs: Value, outputs: Value, specs: Specs) -> Part | None:
    part = (
        layer_part(module, inputs, outputs, specs)
        if is_layer(module)
        else module_part(module, inputs, outputs)
    )
    for value in part.constants.values() if part else ():
        if value.dtype != torch.float32:
            raise Refused(f"is of {value.dtype}; convert the model by .float()")
        if not value.isfinite().all():
            raise Refused("has weights that are not finite; train it again")
    return part


def _named(made: Sequence[tuple[Link, Value, Part]]) -> list[_Named]:
    """Return the parts with names; the last returns real numbers."""
    taken = {"net_reset", "net_step", *FUNCTIONS}
    taken |= {function.name for _, _, part in made for function in part.firing}
    found, source = list[_Named](), "input"
    for place, (link, inputs, part) in enumerate(made):
        name = _free(link, part.constants, taken)
        target = f"net->{('even', 'odd')[place % 2]}.{name}"
        if place == len(made) - 1:
            target, kind = "output", Kind(None, part.outputs.kind.is_sparse)
            part = replace(part, outputs=replace(part.outputs, kind=kind))
        title = f"{link.name}: {type(link.module).__name__}({link.module.extra_repr()})"
        found.append(_Named(name, textwrap.wrap(title, 96), part, inputs, source, target))
        source = target
    return found


def _free(link: Link, ends: Iterable[str], taken: set[str]) -> str:
    """Return a name for a module, and add it and those of its constants to the names taken."""
    path = re.sub(r"\W", "_", link.name)
    stem = f"{'m' * path[0].isdigit()}{path}_{type(link.module).__name__.lower()}"
    name = stem
    for number in count(2):
        names = {name, *(f"{name}_{end}" for end in ends)}
        if not names & taken:
            break
        name = f"{stem}_{number}"
    taken |= names
    return name


def _files(
    model: type, parts: Sequence[_Named], xs: Tensor, ys: Tensor
) -> dict[PurePosixPath, str]:
    used = set().union(*(named.part.called for named in parts))
    firing = {function.name: function for named in parts for function in named.part.firing}
    used |= set().union(*(called(function.statements) for function in firing.values()))
    arrays = {key: value for named in parts for key, value in named.arrays.items()}
    values = {
        "model": model.__name__,
        "parts": parts,
        "functions": library(used),
        "firing": [_function(function) for function in firing.values()],
        "math": needs_math(used),
        "inputs": parts[0].inputs,
        "outputs": parts[-1].outputs,
        "even": [named for named in parts[:-1:2]],
        "odd": [named for named in parts[1:-1:2]],
        "declared": {key: declared(key, value.shape) for key, value in arrays.items()},
        "arrays": [array(key, value) for key, value in arrays.items()],
        "recorded": [
            array("recorded_inputs", xs.flatten(1)),
            array("recorded_outputs", ys.flatten(1)),
        ],
        "timesteps": len(xs),
        "c": name_of,
    }
    weights = ("weights.h", "weights.c") if arrays else ()
    origin = f"{model.__module__}.{model.__qualname__}"
    return {
        PurePosixPath(file): stamp(
            origin,
            fill(f"deploy_{file}.j2", **values),
            comment="//",
            advice="Deploy again, do not edit this file.",
        )
        for file in ("net.h", "net.c", *weights, "recorded.h", "main.c")
    }


def _function(function: Firing) -> dict[str, object]:
    """Return the arguments of a function that a layer fires with."""
    *before, last = function.statements
    return {
        "name": function.name,
        "doc": textwrap.wrap(function.doc, 96),
        "statements": lines(before, {}, ["x"]),
        "output": to_c(last.expression, {}),
    }
