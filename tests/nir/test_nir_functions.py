"""A function of `tt.functional` is written as its name and its numbers, and no other function is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support.equal import identical
from tracetorch import functional
from tracetorch.functional import quantizers, spikes
from tracetorch.nir.functions import described, restored


def arctan(x: Tensor) -> Tensor:
    """Another function with the name of one of ours."""
    return x


class OtherIdentity(nn.Identity):
    def forward(self, x: Tensor) -> Tensor:
        return -x


class OtherQuantizer(type(functional.round_ste())):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        return x.floor()


KNOWN: list[tuple[Callable[[Tensor], Tensor], str, dict[str, float]]] = [
    (nn.Identity(), "identity", {}),
    (functional.round_ste(), "round_ste", {"step_size": 1.0}),
    (functional.round_ste(0.5), "round_ste", {"step_size": 0.5}),
    (functional.stochastic_round_ste(2), "stochastic_round_ste", {"step_size": 2}),
    (functional.probabilistic_ste(), "probabilistic_ste", {}),
    *((getattr(spikes, name), name, {}) for name in spikes.__all__),
    (functools.partial(spikes.arctan), "arctan", {}),
    (functools.partial(spikes.arctan, alpha=3), "arctan", {"alpha": 3}),
    (functools.partial(spikes.fast_sigmoid, slope=2.5), "fast_sigmoid", {"slope": 2.5}),
]


@pytest.mark.parametrize("function, name, numbers", KNOWN)
def test_a_function_of_ours(
    function: Callable[[Tensor], Tensor], name: str, numbers: dict[str, float]
) -> None:
    said = described(function)
    assert said == {"name": name, "numbers": numbers}
    again, xs, results = restored(said), torch.linspace(0, 1, 7), []
    assert described(again) == said
    for one in (function, again):
        torch.manual_seed(0)
        results.append(one(xs))
    assert identical(*results)


def test_a_function_without_numbers_comes_back_itself() -> None:
    assert restored({"name": "gaussian", "numbers": {}}) is spikes.gaussian


def test_all_quantizers_are_known() -> None:
    names = {name for _, name, _ in KNOWN}
    assert {one.name for one in quantizers.BUILT_IN} < names


@pytest.mark.parametrize(
    "function",
    [
        arctan,
        torch.sigmoid,
        lambda x: x,
        nn.Sigmoid(),
        OtherIdentity(),
        OtherQuantizer(0.5),
        functional.round_ste,
        functools.partial(arctan),
        functools.partial(torch.add, other=1),
        functools.partial(spikes.arctan, torch.zeros(3)),
        functools.partial(spikes.arctan, alpha=torch.ones(3)),
        functools.partial(spikes.arctan, alpha=2.0, more=None),
        None,
    ],
)
def test_another_function(function: Any) -> None:
    assert described(function) is None


@pytest.mark.parametrize("name", ["sigmoid", "Tensor", "round", "__all__"])
def test_a_name_of_none(name: str) -> None:
    with pytest.raises(ValueError, match=f"^there is no function '{name}' in tt.functional$"):
        restored({"name": name, "numbers": {}})
