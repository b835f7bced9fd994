"""Where the features of inputs and states are."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tracetorch.core.axis import FeatureAxis

SHAPES: list[tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [
    (-1, (3,), (4,), (4,), ()),
    (-1, (2, 5, 3), (4,), (2, 5, 4), (2, 5)),
    (-1, (2, 3), (4, 8, 9), (2, 4, 8, 9), (2,)),
    (0, (3,), (4,), (4,), ()),
    (0, (3, 2, 5), (4, 8), (4, 2, 5, 8), (2, 5)),
    (1, (2, 3, 5), (4, 8, 9), (2, 4, 5, 8, 9), (2, 5)),
    (2, (2, 5, 3), (4, 8), (2, 5, 4, 8), (2, 5)),
    (-2, (2, 3, 5), (4,), (2, 4, 5), (2, 5)),
    (-3, (3, 2, 5), (4, 8, 9), (4, 2, 5, 8, 9), (2, 5)),
]
"""The dimension, the shape of an input, the sizes of a state, its shape, and the batch."""


@pytest.mark.parametrize(("dim", "shape", "sizes", "state", "batch"), SHAPES)
def test_the_shape_of_a_state(dim: int, shape: Any, sizes: Any, state: Any, batch: Any) -> None:
    axis, trailing = FeatureAxis(dim), len(sizes) - 1
    assert axis.of_state(shape, sizes) == state
    assert axis.divide(state, trailing) == (batch, sizes)
    numbers = torch.arange(torch.Size(state).numel()).reshape(state)
    last = axis.to_last(numbers, trailing)
    assert last.shape == (*batch, *sizes)
    assert torch.equal(axis.from_last(last, trailing), numbers)
    x = torch.empty(shape)
    assert axis.to_last(x).shape == (*batch, 3)
    assert axis.from_last(axis.to_last(x)).shape == shape
    layer = tt.Layer(3, dim)
    assert layer._to_working_dim(x).shape == (*batch, 3)
    assert layer._from_working_dim(layer._to_working_dim(x)).shape == shape
    assert layer._to_working_dim(numbers, trailing).shape == last.shape
    assert layer._from_working_dim(last, trailing).shape == state


@pytest.mark.parametrize(
    ("dim", "shape", "features", "is_in"),
    [
        (-1, (), None, False),
        (-1, (3,), None, True),
        (-1, (2, 3), 3, True),
        (-1, (3, 2), 3, False),
        (-2, (3,), None, False),
        (-2, (3, 2), 3, True),
        (0, (), None, False),
        (0, (3,), 3, True),
        (1, (3,), 3, False),
        (1, (3,), None, False),
        (1, (2, 3), 3, True),
        (1, (2, 3), 2, False),
    ],
)
def test_whether_a_shape_has_the_features(dim: int, shape: Any, features: Any, is_in: bool) -> None:
    assert FeatureAxis(dim).is_in(shape, features) is is_in


def test_features_of_any_number_are_still_somewhere() -> None:
    with pytest.raises(ValueError) as error:
        tt.Layer(3, 1)._ensure_states(torch.ones(3))
    assert str(error.value) == (
        "Layer: the input must have its features in dimension dim = 1, got shape (3,) "
        "(num_neurons = 3)"
    )


def test_a_state_without_the_dimension_has_no_features() -> None:
    assert FeatureAxis(1).divide((5, 8), 1) == ((5,), (8,))


@pytest.mark.parametrize("batch", [(), (2,), (2, 5)])
def test_a_module_with_one_batch_dimension_takes_them_all(batch: tuple[int, ...]) -> None:
    x, value = torch.empty(*batch, 3), torch.randn(*batch, 3, 4)
    layer = tt.Layer(3)
    assert torch.equal(layer._over_batch(nn.Flatten(), value, x), value.flatten(-2))
    assert torch.equal(layer._over_batch(nn.Identity(), value, x), value)
    assert layer._over_batch(nn.Unflatten(1, (3, 1)), value, x).shape == (*batch, 3, 1, 4)


class Begun(tt.Layer):
    """Its state begins at a value for each feature and for what follows it."""

    def __init__(self, dim: int) -> None:
        super().__init__(3, dim)
        self._initialize_state("memory", 3, 2)
        self._initialize_state("zero", 2)

    def _initial_values(self) -> dict[str, Tensor]:
        return {"memory": torch.arange(6.0).view(3, 2)}


@pytest.mark.parametrize(("dim", "shape"), [(-1, (5, 4, 3)), (0, (3, 5, 4)), (1, (5, 3, 4))])
def test_initial_values_lie_along_the_features(dim: int, shape: tuple[int, ...]) -> None:
    layer = Begun(dim)
    layer._ensure_states(torch.ones(shape))
    expected = torch.arange(6.0).view(3, 2).expand(5, 4, 3, 2)
    assert torch.equal(layer._to_working_dim(layer.memory, 1), expected)
    assert layer.memory.shape == (*shape, 2) and not layer.zero.any()
