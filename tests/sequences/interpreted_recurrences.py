"""The kernels of recurrences in Triton against the loop, in Triton's interpreter; see
`test_triton.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy
import pytest
import torch
from torch import nn

import tracetorch as tt
from tests.support.bounds import check_bounds
from tests.support.recurrences import (
    PARTS,
    assert_equal,
    generated,
    inputs,
    loop,
    own,
    results,
    unroll,
)
from tests.support.zoo import OTHERS, build
from tracetorch.sequence import choice
from tracetorch.sequence.kernel import Kernel
from tracetorch.sequence.recurrence import operator
from tracetorch.sequence.triton import products, recurrence

RULES = """
    SeveralStates SplitBySizes Sizes Fires Stored Reshaped OddNamesOfBlocks LargestOfEqual Attention
""".split()
"""Layers with chained products, sizes and functions as values, several dimensions, odd names."""


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    torch.manual_seed(0)
    monkeypatch.setattr(operator, "_backend", lambda device: recurrence)
    check_bounds(monkeypatch)
    with numpy.errstate(all="ignore"):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("interpreted")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def rules(folder: Path) -> ModuleType:
    return generated(PARTS, folder)


@pytest.mark.parametrize("name", OTHERS)
def test_every_layer(name: str) -> None:
    layer = build(name, 5).double()
    assert_equal(layer, inputs(layer, timesteps=18, batch=1))


@pytest.mark.parametrize("name", RULES)
def test_rules(name: str, rules: ModuleType) -> None:
    layer = own(getattr(rules, name))
    assert_equal(layer, inputs(layer, timesteps=2, batch=2))


@pytest.mark.parametrize("name", ["OddNames", "SpikesAtLags", "Heads"])
def test_parts_of_states_have_no_kernel(name: str, rules: ModuleType) -> None:
    layer = own(getattr(rules, name))
    with pytest.raises(RuntimeError, match="none in Triton where states are pushed, joined"):
        tt.unroll(layer, inputs(layer, timesteps=2, batch=2), strict=True)


def test_functions_with_numbers(rules: ModuleType) -> None:
    functions = {"spike_fn": tt.functional.arctan, "quant_fn": tt.functional.round_ste(0.5)}
    layer = rules.Fires(3, **functions).double()
    assert_equal(layer, inputs(layer, timesteps=3, batch=2))


def test_cut_sequences() -> None:
    layer = build("LSTM", 3).double()
    assert_equal(layer, inputs(layer, timesteps=5, batch=2), cuts=(1, 3))


@pytest.mark.parametrize("name", ["Mamba", "S4"])
def test_several_blocks_of_neurons(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrence, "ELEMENTS", 32)
    layer = build(name, 5, d_state=7).double()
    assert_equal(layer, inputs(layer, timesteps=4, batch=2))


def test_neurons_that_depend_on_each_other_are_in_one_block(
    rules: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurrence, "ELEMENTS", 1)
    layer = own(rules.SplitBySizes)
    assert_equal(layer, inputs(layer, timesteps=3, batch=2))


def test_matrices_of_several_tiles() -> None:
    size = products.TILE.value + 3
    layer = tt.rnn.GRU(2, size).double()
    assert_equal(layer, inputs(layer, timesteps=2, batch=1))


@pytest.mark.parametrize("name", ["GRU", "S6"])
def test_dimensions_in_any_order(name: str) -> None:
    layer = build(name, 3, dim=-2).double()
    assert_equal(layer, torch.randn(2, 4, 3, 2, dtype=torch.float64), dim=1)


@pytest.mark.parametrize("name", ["LSTM", "S6"])
def test_single_precision_without_gradients(name: str) -> None:
    layer = build(name, 4)
    xs = inputs(layer, timesteps=3, dtype=torch.float32)
    with torch.no_grad():
        found = unroll(layer, xs, 0)
        layer.zero_states()
        torch.testing.assert_close(found, loop(layer, xs, 0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
def test_states_are_recorded(name: str) -> None:
    layer = build(name, 3).double()
    xs, records = inputs(layer, timesteps=3), []
    for way in (loop, unroll):
        layer.zero_states()
        with tt.record(layer, *layer._state_sizes) as record:
            way(layer, xs, 0)
        records.append(dict(record.items()))
    torch.testing.assert_close(records[1], records[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["GRU", "S6"])
def test_empty_batches(name: str) -> None:
    layer = build(name, 4).double()
    assert_equal(layer, inputs(layer, batch=0))


ROUNDED = """
package: {doc: A layer whose gradient does not pass a product}
layers:
  Rounded:
    name: a rounded product
    doc: For a test.
    modules: {lin: {linear: [num_neurons, num_neurons]}}
    states: {a: {doc: state}}
    update: ["a = 0.5 * a + round(lin(a)) + x"]
    output: a
"""


def test_an_error_at_the_first_launch_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no such instruction")

    kernel = Kernel.parse(choice.kernel_of(build("LSTM", 3)))
    monkeypatch.setattr(recurrence._tried, "ends", {})
    monkeypatch.setattr(recurrence.timestep(kernel), "forward_step", fails)
    why = recurrence.why_not(kernel, torch.float64, torch.device("cpu"))
    assert "no such instruction" in why


def test_a_product_without_a_gradient(folder: Path, tmp_path: Path) -> None:
    spec = tmp_path / "rounded.yaml"
    spec.write_text(ROUNDED, encoding="utf-8")
    layer = own(generated(spec, folder).Rounded)
    xs = inputs(layer, timesteps=3)
    expected, found = (results(layer, xs, way) for way in (loop, unroll))
    torch.testing.assert_close(found["d_xs"], expected["d_xs"])
    assert not found["lin.weight"].any()


def test_linear_maps_of_other_sizes() -> None:
    """An array is never read beyond its end."""
    layer = tt.rnn.GRU(4, 4).double()
    layer.gate_layers = nn.Linear(8, 9, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="takes arrays of .* and matrices of"):
        unroll(layer, inputs(layer), 0)
    assert layer.H is None
