"""Whatever a forward does, `tt.unroll` returns what the loop returns, or fails as it does."""

from __future__ import annotations

import copy
import importlib.util
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, note, settings
from torch import Tensor, nn

import tracetorch as tt
from tests.support.forwards import EXPRESSIONS, HEADER, STATEMENTS, Drawn, filled, forwards, signs
from tests.support.plans import described, layers
from tests.support.reviewed import assert_as_reviewed

TIMESTEPS = 5

OF_COPIES = (
    "is a view and is being modified inplace",
    "has been modified by an inplace operation",
    "view size is not compatible with input",
)
"""What the loop may fail with where `tt.unroll` does not, since it works on copies."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drawn=forwards())
def test_a_drawn_forward_is_what_the_loop_makes_of_it(drawn: Drawn, folder: Path) -> None:
    note(drawn.source)
    assert_as_the_loop(made(drawn.source, folder), drawn.shape, drawn.is_transposed)


def made(source: str, folder: Path) -> nn.Module:
    """The module of a class in a file of its own, whose name is new."""
    path = folder / f"written_{len([*folder.iterdir()])}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    written: nn.Module = module.Written().double()
    return written


def assert_as_the_loop(module: nn.Module, shape: tuple[int, ...], is_transposed: bool) -> None:
    expected = result(module, shape, is_transposed, lambda m, xs: torch.stack([m(x) for x in xs]))
    assume(not any(refusal in str(expected) for refusal in OF_COPIES))
    actual = result(module, shape, is_transposed, tt.unroll)
    if isinstance(expected, Exception) or isinstance(actual, Exception):
        assert type(actual) is type(expected), f"{actual!r} instead of {expected!r}"
        return
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(
            actual[name],
            value,
            rtol=1e-9,
            atol=1e-9,
            equal_nan=True,
            msg=lambda message: f"{name}: {message}",
        )


def result(
    module: nn.Module,
    shape: tuple[int, ...],
    is_transposed: bool,
    way: Callable[[nn.Module, Tensor], Tensor],
) -> dict[str, Any] | Exception:
    """Outputs, gradients, states and random numbers after a way of running, or how it fails."""
    module = copy.deepcopy(module)
    torch.manual_seed(0)
    values = torch.randn(TIMESTEPS, *shape, dtype=torch.float64)
    if is_transposed:
        values = values.transpose(0, 1).contiguous().transpose(0, 1)
    xs = values.requires_grad_()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "tt.unroll: no kernel for|Converting a tensor with")
            ys = way(module, xs)
            if ys.requires_grad:
                weights = torch.arange(ys.numel()).view(ys.shape).cos()
                (ys * weights).sum().backward()
    except Exception as error:
        return error
    found: dict[str, Any] = {"outputs": ys, "inputs": xs.grad, "random": torch.get_rng_state()}
    found |= {f"gradient of {name}": p.grad for name, p in module.named_parameters()}
    found |= {f"{name} after": buffer for name, buffer in module.named_buffers()}
    for place, layer in enumerate(layers(module)):
        found |= {f"{name} of {place}": getattr(layer, name) for name in layer._state_sizes}
    return {name: value for name, value in found.items() if value is not None}


GIVEN = {"V": "x", "W": "y", "N": "2", "D": "-1", "R": "r", "E": "self.li(y)"}


def bodies() -> Iterator[str]:
    """Every expression and every statement that forwards are drawn from, once."""
    for template in dict.fromkeys(sum(EXPRESSIONS.values(), [])):
        above = "y = self.linear(x)\n" if {"E", "W"} & signs(template) else ""
        yield f"{above}return {filled(template, GIVEN)}"
    for template in dict.fromkeys(sum(STATEMENTS.values(), [])):
        above = "y = self.linear(x)" if {"E", "W"} & signs(template) else "y = x"
        rest = "return r" if "R" in signs(template) else "return x + y"
        yield f"{above}\n{filled(template, GIVEN)}\n{rest}"


def test_the_plans_are_as_reviewed(tmp_path: Path) -> None:
    methods = [(b, f"def forward(self, x):\n{textwrap.indent(b, '    ')}") for b in bodies()]
    found = described(HEADER, methods, tmp_path)
    assert_as_reviewed(found, Path(__file__).parent / "golden" / "expressions.txt")
