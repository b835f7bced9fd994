"""Neurons that we have as other libraries have them, and what is compared with the originals."""

from __future__ import annotations

import csv
import importlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import torch
from torch import Tensor, nn

import tracetorch as tt

PAGES = Path(__file__).parents[2] / "docs" / "migrating"
TIMESTEPS, BATCH, NEURONS = 100, 8, 16
FLOOR = 1e-7
"""A difference that float32 may have by chance."""


def ours(library: str) -> ModuleType:
    """Our layers that are named as in a library."""
    return importlib.import_module(f"tracetorch.zoo.{library}")


def classes(library: str) -> set[str]:
    """The names of our layers that are named as in a library."""
    values = vars(ours(library)).values()
    return {v.__name__ for v in values if isinstance(v, type) and issubclass(v, tt.Layer)}


Runner = Callable[[Tensor], tuple[Tensor, list[Tensor]]]
"""Runs a sequence, time first: returns the outputs and the states of all timesteps, or the last."""


def by_timestep(layer: Callable[[Tensor], Tensor], states: tuple[str, ...]) -> Runner:
    """Run one timestep after the other, and return all states."""

    def forward(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        ys, kept = [], []
        for x in xs:
            y = layer(x)
            ys.append(y[0] if isinstance(y, tuple | list) else y)
            kept.append([getattr(layer, state) for state in states])
        return torch.stack(ys), [torch.stack(values) for values in zip(*kept)]

    return forward


class Results(NamedTuple):
    """The outputs, states and gradients of one layer."""

    ys: Tensor
    states: list[Tensor]
    d_xs: Tensor


def run(runner: Runner, xs: Tensor) -> Results:
    """Run a sequence forward and backward."""
    xs = xs.clone().requires_grad_()
    ys, states = runner(xs)
    (ys * weights_of_loss(ys)).sum().backward()
    assert xs.grad is not None
    return Results(ys.detach(), [state.detach() for state in states], xs.grad)


def weights_of_loss(ys: Tensor) -> Tensor:
    return torch.randn(ys.shape, generator=torch.Generator().manual_seed(1))


def currents(scale: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return scale * torch.rand(TIMESTEPS, BATCH, NEURONS, generator=generator)


def assert_same_results(actual: Results, expected: Results, is_spiking: bool = True) -> None:
    """Compare spikes exactly, states and gradients at 1e-5."""
    if is_spiking:
        assert 0.05 < (expected.ys != 0).float().mean() < 0.5
    assert_close(actual.ys, expected.ys, 0 if is_spiking else 1e-5)
    assert_close(actual.states, expected.states)
    assert_close(actual.d_xs, expected.d_xs)


def difference(actual: object, expected: object) -> float:
    """The largest difference between tensors, relative to 1 plus the value, as `assert_close`."""
    match actual, expected:
        case Tensor(), Tensor():
            distance = (actual - expected).abs() / (1 + expected.abs())
            return distance.max().item() if distance.numel() else 0.0
        case list() | tuple(), list() | tuple():
            return max(map(difference, actual, expected), default=0.0)
    raise TypeError(f"no tensors: {type(actual)}, {type(expected)}")


def rounded(difference: float) -> str:
    """The number with one digit, as tables print it."""
    return f"{difference:.0e}".replace("e-0", "e-") if difference else "0"


def is_about(said: str, difference: float, floor: float = FLOOR) -> bool:
    """Whether a table gives a difference, up to what processors and compilers change."""
    bound = max(float(said), floor)
    return difference <= 10 * bound and bound <= max(100 * difference, 10 * floor)


def table(library: str) -> list[list[str]]:
    """The rows of the table of a library, with its head: their class, ours, the difference."""
    with (PAGES / f"{library}.csv").open(newline="", encoding="utf-8") as file:
        return [*csv.reader(file)]


def in_table(library: str, cell: str) -> str | None:
    """The name of our class that a cell links to."""
    found = re.search(rf"^\[`(\w+)`\]\(#zoo-{library}-\w+\)", cell)
    return found and found[1]


def assert_as_the_table_says(library: str, name: str, actual: object, expected: object) -> None:
    """Compare a difference with the table of a library; to accept a change, set UPDATE_GOLDEN=1."""
    rows, found = table(library), difference(actual, expected)
    (row,) = (row for row in rows if in_table(library, row[1]) == name)
    if "UPDATE_GOLDEN" in os.environ:
        row[2] = rounded(found)
        write_table(PAGES / f"{library}.csv", rows)
    assert is_about(row[2], found), f"{library}.{name}: {found}, not {row[2]}"


def write_table(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def assert_close(actual: object, expected: object, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance, check_dtype=False)


def assert_same_training(
    layer: tt.Layer, theirs: nn.Module, values: list[str], weights: Mapping[str, str]
) -> None:
    """Compare the gradients of usable values, and of weights by our names and theirs."""
    for name in values:
        usable, raw = getattr(layer, name), layer.get_parameter(f"raw_{name}")
        expected = torch.autograd.grad(usable, raw, theirs.get_parameter(name).grad)[0]
        assert_close(raw.grad, expected, 1e-4)
    for name, their_name in weights.items():
        expected = theirs.get_parameter(their_name).grad
        assert_close(layer.get_parameter(name).grad, expected, 1e-4)


def copy_weights(layer: tt.Layer, theirs: nn.Module, weights: Mapping[str, str]) -> None:
    """Give our layer the weights of theirs, by our names and theirs."""
    with torch.no_grad():
        for name, their_name in weights.items():
            layer.get_parameter(name).copy_(theirs.get_parameter(their_name))
