"""Functions of all timesteps at once are, bit for bit, those of each timestep."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.support.equal import identical
from tracetorch.sequence.plan import over_time
from tracetorch.sequence.plan.direct import _RULES
from tracetorch.sequence.plan.functions import Function, Measure, Slot
from tracetorch.sequence.plan.over_time import OverTime

X, Y = Slot(0), Slot(1)

CALLS = {
    **{
        f"{name} {dim} {keepdim}": Function(f"Tensor.{name}", (X, dim, keepdim))
        for name in ("sum", "mean", "amax", "amin", "logsumexp", "prod")
        for dim in (0, -1, 2)
        for keepdim in (False, True)
    },
    **{f"{name} of all": Function(f"torch.{name}", (X,)) for name in ("sum", "mean", "amax")},
    "sum over two": Function("Tensor.sum", (X, (0, -1))),
    "mean by keyword": Function("torch.mean", (X,), (("dim", [1, 2]), ("keepdim", True))),
    "softmax": Function("F.softmax", (X,), (("dim", 0),)),
    "log_softmax": Function("torch.log_softmax", (X, -1)),
    "concat": Function("torch.concat", ([X, Y], 1)),
    "swapaxes": Function("Tensor.swapaxes", (X, -1, 1)),
    "unflatten": Function("Tensor.unflatten", (X, 2, (2, 2))),
    "part of unbind": Function("part", (1, None, "Tensor.unbind", X)),
    "cumsum": Function("Tensor.cumsum", (X, 1)),
    "flatten": Function("Tensor.flatten", (X, 1)),
    "flatten all": Function("torch.flatten", (X,)),
    "flatten some": Function("torch.flatten", (X, 0, 1)),
    "view": Function("Tensor.view", (X, Measure(0, "size", (0,)), -1)),
    "view of a shape": Function("Tensor.view", (X, Measure(0, "shape"))),
    "reshape": Function("Tensor.reshape", (X, (-1, 2))),
    "permute": Function("Tensor.permute", (X, 2, -3, 1)),
    "transpose": Function("torch.transpose", (X, 0, -1)),
    "movedim": Function("Tensor.movedim", (X, 0, -1)),
    "squeeze": Function("Tensor.squeeze", (X, 1)),
    "unsqueeze": Function("Tensor.unsqueeze", (X, 3)),
    "unsqueeze behind": Function("Tensor.unsqueeze", (X, -1)),
    "flip": Function("Tensor.flip", (X, 0, 2)),
    "select": Function("Tensor.select", (X, 0, 1)),
    "narrow": Function("Tensor.narrow", (X, -1, 1, 2)),
    "cat": Function("torch.cat", ([X, Y], 2)),
    "stack": Function("torch.stack", ((X, Y, X), -1)),
    "stack behind": Function("torch.stack", ([X, Y], 3)),
    "stack in front": Function("torch.stack", ([X, Y],)),
    "part": Function("part", (1, 2, "Tensor.chunk", X, 2, -1)),
    "part of a split": Function("part", (0, None, "torch.split", X, [1, 1], 0)),
    "item": Function("operator.getitem", (X, 0)),
    "items": Function("operator.getitem", (X, (..., slice(None, None, 2), None))),
    "items by sizes": Function(
        "operator.getitem", (X, (slice(None, Measure(0, "shape", None, 0)), 0))
    ),
    "broadcast": Function("operator.mul", (X, Slot(2))),
    "broadcast held": Function("torch.add", (X, Slot(1)), held=(torch.arange(4.0),)),
}

OTHERS = {
    "flatten by keyword": Function("Tensor.flatten", (X,), (("start_dim", 1),)),
    "flatten to a keyword": Function("torch.flatten", (X, 0), (("end_dim", 1),)),
    "reshape by keyword": Function("torch.reshape", (X,), (("shape", (4, 2)),)),
    "permute by keyword": Function("torch.permute", (X,), (("dims", (2, 0, 1)),)),
    "flip by keyword": Function("torch.flip", (X,), (("dims", (0, 1)),)),
    "select by keyword": Function("torch.select", (X,), (("dim", 2), ("index", 1))),
}
"""Calls with keywords that say where a dimension is in another way."""

FAILING = {
    "a dimension of time": Function("Tensor.sum", (X, 3)),
    "a dimension behind": Function("Tensor.transpose", (X, -4, 0)),
    "an index": Function("operator.getitem", (X, 5)),
    "a shape": Function("Tensor.view", (X, 5, -1)),
    "a shape of time": Function("Tensor.view", (X, 1)),
    "too many parts": Function("part", (0, 3, "Tensor.chunk", X, 2, 0)),
    "dimensions of which one is missing": Function("Tensor.permute", (X, 0, 1)),
}


def test_every_rule_has_a_call() -> None:
    names = {f.arguments[2] if f.name == "part" else f.name for f in CALLS.values()}
    assert _RULES.keys() <= {name.rpartition(".")[2] for name in names}


def sequences() -> tuple[Tensor, ...]:
    torch.manual_seed(0)
    return torch.randn(5, 2, 1, 4), torch.randn(5, 2, 1, 4), torch.randn(5, 4)


def given(function: Function) -> tuple[Tensor, ...]:
    return sequences()[: 1 if function.held else 3]


@pytest.mark.parametrize("name", CALLS)
def test_all_timesteps_at_once_are_each(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = CALLS[name]
    values = given(function)
    expected = torch.stack([function(*timesteps) for timesteps in zip(*values)])
    monkeypatch.setattr(torch, "vmap", None)
    found = OverTime(function)(*values)
    assert found.shape == expected.shape and identical(found, expected)


@pytest.mark.parametrize("name", OTHERS)
def test_other_calls_return_the_same(name: str) -> None:
    function = OTHERS[name]
    values = given(function)
    expected = torch.stack([function(*timesteps) for timesteps in zip(*values)])
    assert identical(OverTime(function)(*values), expected)


@pytest.mark.parametrize("name", FAILING)
def test_what_a_timestep_fails_at_fails(name: str) -> None:
    function, values = FAILING[name], given(FAILING[name])
    with pytest.raises(Exception) as expected:
        function(*(value[0] for value in values))
    with pytest.raises(type(expected.value)):
        OverTime(function)(*values)


@pytest.mark.parametrize(
    "values",
    [(torch.rand(5), torch.rand(5, 4)), (torch.rand(5, 2, 4), torch.arange(20).view(5, 4))],
    ids=["numbers of one dtype", "two dtypes without numbers"],
)
def test_what_decides_no_dtype_is_all_timesteps_at_once(
    values: tuple[Tensor, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one number a timestep can have another dtype in the result than a whole sequence."""
    function = Function("operator.mul", (X, Y))
    expected = torch.stack([function(*timesteps) for timesteps in zip(*values)])
    monkeypatch.setattr(over_time, "stacked", None)
    found = OverTime(function)(*values)
    assert identical(found, expected)


def test_numbers_of_timesteps_have_the_dtype_of_a_timestep() -> None:
    wide = torch.tensor(0.1, dtype=torch.float64)
    function, values = Function("operator.mul", (X, Slot(1)), held=(wide,)), torch.randn(5)
    expected = torch.stack([function(value) for value in values])
    found = OverTime(function)(values)
    assert found.dtype == expected.dtype == torch.float64  # which torch.equal does not compare
    assert identical(found, expected)
