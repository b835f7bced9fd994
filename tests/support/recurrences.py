"""Layers with a recurrence, and all results of `tt.unroll` compared with those of the loop."""

from __future__ import annotations

import importlib
import inspect
import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

import tracetorch as tt
from codegen.__main__ import main

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "tests" / "generator" / "parts.yaml"
RULES = [*re.findall(r"^  ([A-Z]\w+):$", PARTS.read_text(encoding="utf-8"), re.MULTILINE)]


Way = Callable[[tt.Layer, Tensor, int], Tensor]


def loop(layer: tt.Layer, xs: Tensor, dim: int) -> Tensor:
    return torch.stack([layer(x) for x in xs.unbind(dim)], dim)


def unroll(layer: tt.Layer, xs: Tensor, dim: int) -> Tensor:
    return tt.unroll(layer, xs, dim, strict=True)


def results(
    layer: tt.Layer, xs: Tensor, way: Way, dim: int = 0, cuts: tuple[int, ...] = ()
) -> dict[str, Tensor]:
    """Outputs, states and all gradients of a sequence that is cut into parts."""
    layer.zero_grad()
    layer.zero_states()
    xs = xs.detach().requires_grad_()
    parts = torch.tensor_split(xs, cuts, dim)
    ys = torch.cat([way(layer, part, dim) for part in parts], dim)
    states = {name: getattr(layer, name) for name in layer._state_sizes}
    weighted = (ys * torch.linspace(-1, 1, ys.numel(), dtype=ys.dtype).view(ys.shape)).sum()
    (weighted + sum(state.square().sum() for state in states.values())).backward()
    gradients = {name: p.grad for name, p in layer.named_parameters() if p.grad is not None}
    return {"ys": ys, "d_xs": xs.grad, **states, **gradients}


def assert_equal(
    layer: tt.Layer, xs: Tensor, dim: int = 0, cuts: tuple[int, ...] = (), atol: float = 1e-10
) -> None:
    expected, found = (results(layer, xs, way, dim, cuts) for way in (loop, unroll))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(
            found[name], value, rtol=atol, atol=atol, msg=lambda m: f"{name}: {m}"
        )


def inputs(
    layer: tt.Layer, timesteps: int = 19, batch: int = 3, dtype: torch.dtype = torch.float64
) -> Tensor:
    features = layer.in_features or layer.num_neurons
    return torch.randn(timesteps, batch, features, dtype=dtype)


def generated(spec: Path, folder: Path) -> ModuleType:
    """The package that a spec generates."""
    shutil.copy(spec, folder)
    for reference in spec.parent.glob(f"{spec.stem}_reference.py"):
        shutil.copy(reference, folder)
    name = f"{spec.stem}_recurrences"
    assert main(["generate", "--spec", str(folder / spec.name), "--out", str(folder / name)]) == 0
    return importlib.import_module(name)


def own(layer_class: type[tt.Layer]) -> tt.Layer:
    """A layer of small sizes, with random weights."""
    arguments = inspect.signature(layer_class).parameters.values()
    required = [a for a in arguments if a.default is a.empty and a.kind is not a.VAR_KEYWORD]
    layer = layer_class(*itertools.islice((4, 6), len(required))).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return layer
