"""Functions of all timesteps at once are, bit for bit, those of each timestep."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.equal import identical
from tracetorch.sequence.plan import over_time
from tracetorch.sequence.plan.direct import _RULES, Undecided, aligned, moved
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
    "dimensions of which one is too many": Function("Tensor.permute", (X, 0, 3, 1, 2)),
    "dimensions of other kinds": Function("Tensor.permute", (X, 0, 1, 2.0)),
    "a dimension that is too far": Function("Tensor.unsqueeze", (X, 5)),
    "parts that do not fit": Function("Tensor.unflatten", (X, 0, (5, 7))),
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


FIRST = torch.zeros(5, 2, 1, 4)

MOVED: dict[str, tuple[list[Any], dict[str, Any], list[Any], dict[str, Any]]] = {
    **{
        f"{name} of all": ([FIRST], {"keepdim": True}, [FIRST], {"keepdim": True, "dim": [1, 2, 3]})
        for name in ("amax", "amin", "mean", "sum")
    },
    **{
        f"{name} of one": ([FIRST, 0, True], {}, [FIRST, 1, True], {})
        for name in ("amax", "amin", "mean", "sum", "cumsum", "log_softmax", "logsumexp", "prod")
    },
    **{
        f"{name} of another": ([FIRST, 2, 1, 1], {}, [FIRST, 3, 1, 1], {})
        for name in ("softmax", "narrow", "select", "squeeze", "unflatten")
    },
    **{
        f"{name} from behind": ([FIRST], {"dim": -3}, [FIRST], {"dim": -3})
        for name in ("amax", "softmax", "squeeze", "cat", "concat", "unbind")
    },
    **{
        f"{name} by two": ([FIRST, -3, 2], {}, [FIRST, -3, 3], {})
        for name in ("movedim", "swapaxes", "transpose")
    },
    **{
        f"{name} along the first": ([FIRST], {}, [FIRST], {"dim": 1})
        for name in ("cat", "concat", "unbind", "stack")
    },
    **{
        f"{name} by a size": ([FIRST, 2], {}, [FIRST, 2], {"dim": 1}) for name in ("chunk", "split")
    },
    "chunk of another": ([FIRST, 2, 1], {}, [FIRST, 2, 2], {}),
    "split of another": ([FIRST, 2], {"dim": 1}, [FIRST, 2], {"dim": 2}),
    "sum of several": ([FIRST, (0, -1)], {}, [FIRST, (1, -1)], {}),
    "sum of several by keyword": ([FIRST], {"dim": [2, -3]}, [FIRST], {"dim": (3, -3)}),
    "stack behind": ([FIRST, 3], {}, [FIRST, 4], {}),
    "stack from behind": ([FIRST], {"dim": -4}, [FIRST], {"dim": -4}),
    "unsqueeze behind": ([FIRST, 3], {}, [FIRST, 4], {}),
    "unsqueeze from behind": ([FIRST, -4], {}, [FIRST, -4], {}),
    "view of sizes": ([FIRST, 4, 2], {}, [FIRST, [5, 4, 2]], {}),
    "view of one size": ([FIRST, -1], {}, [FIRST, [5, -1]], {}),
    "view of a tuple": ([FIRST, (4, 2)], {}, [FIRST, [5, 4, 2]], {}),
    "reshape of a list": ([FIRST, [4, 2]], {}, [FIRST, [5, 4, 2]], {}),
    "reshape of nothing": ([FIRST], {}, [FIRST, [5]], {}),
    "flip of several": ([FIRST, 0, -1], {}, [FIRST, [1, -1]], {}),
    "flip of a tuple": ([FIRST, (0, 2)], {}, [FIRST, [1, 3]], {}),
    "flip of a list": ([FIRST, [-3]], {}, [FIRST, [-3]], {}),
    "flip of a tuple and more": ([FIRST, (0, 1), 2], {}, [FIRST, [(1, 2), 3]], {}),
    "permute of several": ([FIRST, 2, -3, 1], {}, [FIRST, [0, 3, 1, 2]], {}),
    "permute of a tuple": ([FIRST, (-1, 0, -2)], {}, [FIRST, [0, 3, 1, 2]], {}),
    "flatten of all": ([FIRST], {}, [FIRST, 1], {}),
    "flatten from one": ([FIRST, -2], {}, [FIRST, -2], {}),
    "flatten from one to another": ([FIRST, 0, 1], {}, [FIRST, 1, 2], {}),
    "getitem of one": ([FIRST, 0], {}, [FIRST, (slice(None), 0)], {}),
    "getitem of several": ([FIRST, (..., None)], {}, [FIRST, (slice(None), ..., None)], {}),
}
"""The arguments and keywords for a timestep of three dimensions, and those for all timesteps."""

UNMOVED: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "repeat": ([FIRST, 2], {}),
    "sum in another dtype": ([FIRST, 0], {"dtype": torch.float64}),
    "sum of none": ([FIRST], {"dim": None}),
    "sum of none by place": ([FIRST, None], {}),
    "sum of no dimension": ([FIRST, ()], {}),
    "sum of a truth value": ([FIRST, True], {}),
    "sum of what is called all": ([FIRST], {"dim": "all"}),
    "sum beyond": ([FIRST, 3], {}),
    "sum before": ([FIRST, -4], {}),
    "sum of several beyond": ([FIRST, (0, 3)], {}),
    "softmax of none": ([FIRST], {}),
    "transpose by keyword": ([FIRST, 0], {"dim1": 1}),
    "transpose by keywords": ([FIRST], {"dim0": 0, "dim1": 1}),
    "unsqueeze beyond": ([FIRST, 4], {}),
    "unsqueeze before": ([FIRST, -5], {}),
    "stack beyond": ([FIRST, 4], {}),
    "flip of none": ([FIRST], {}),
    "flip by keyword": ([FIRST], {"dims": (0,)}),
    "flip by keyword too": ([FIRST, 0], {"dims": (0,)}),
    "permute beyond": ([FIRST, 0, 1, 3], {}),
    "view by keyword": ([FIRST, 2, 4], {"size": 2}),
    "view of a dtype": ([FIRST, torch.int32], {}),
    "view of a dtype among sizes": ([FIRST, 2, torch.int32], {}),
    "view of a size from an array": ([FIRST, 2.0], {}),
    "view of nothing": ([FIRST[:, :0], 0, 4], {}),
    "flatten by keyword": ([FIRST, 0], {"end_dim": 1}),
    "flatten of three": ([FIRST, 0, 1, 2], {}),
    "flatten beyond": ([FIRST, 0, 3], {}),
}
"""Calls for which there is no rule, or which fail for a timestep."""


@pytest.mark.parametrize("case", MOVED)
def test_dimensions_are_moved_by_one(case: str) -> None:
    arguments, keywords, *expected = MOVED[case]
    before = [*arguments], {**keywords}
    assert moved(case.split()[0], arguments, keywords, 3) == (*expected,)
    assert (arguments, keywords) == before


@pytest.mark.parametrize("case", UNMOVED)
def test_what_is_not_moved(case: str) -> None:
    with pytest.raises(Undecided):
        moved(case.split()[0], *UNMOVED[case], 3)


def test_numbers_have_no_dimensions_to_move() -> None:
    with pytest.raises(Undecided):
        moved("getitem", [torch.zeros(5), ...], {}, 0)


def test_values_are_aligned_behind_time() -> None:
    values = [torch.zeros(5), torch.zeros(5, 4), torch.zeros(5, 3, 2, 4), torch.zeros(6, 2, 4)]
    found = aligned(values, [value[0] for value in values])
    shapes = [(5, 1, 1, 1), (5, 1, 1, 4), (5, 3, 2, 4), (6, 1, 2, 4)]
    assert [tuple(value.shape) for value in found] == shapes


class Seen(Function):
    """It notes the shapes that it is called with."""

    def __call__(self, *inputs: Any) -> Any:
        SEEN.append([*map(tuple, (value.shape for value in inputs))])
        return super().__call__(*inputs)


SEEN: list[list[tuple[int, ...]]] = []
Shapes = list[tuple[int, ...]]


def holding(name: str, *shapes: tuple[int, ...]) -> Function:
    slots = tuple(map(Slot, range(len(shapes) + 1)))
    return Seen(name, slots, held=tuple(torch.rand(shape) for shape in shapes))


MUL, CHECK = Seen("operator.mul", (X, Y)), Seen("measured", (X, Measure(0, "size", (0,))))
CALLED: dict[str, tuple[Function, Shapes, list[Shapes]]] = {
    "one rank": (MUL, [(3, 2, 4), (3, 1, 4)], [[(3, 2, 4), (3, 1, 4)]]),
    "two ranks": (MUL, [(3, 2, 4), (3, 4)], [[(3, 2, 4), (3, 1, 4)]]),
    "numbers": (MUL, [(3,), (3,)], [[(3,), (3,)]]),
    "numbers and more": (MUL, [(3,), (3, 4)], [[(3, 1), (3, 4)]]),
    "held below": (holding("torch.mul", (4,)), [(3, 2, 4)], [[(3, 2, 4)]]),
    "held as large": (holding("torch.mul", (2, 4)), [(3, 2, 4)], [[(3, 2, 4)]]),
    "held above": (holding("torch.mul", (3, 2, 4)), [(3, 2, 4)], [[(2, 4)]]),
    "held below and above": (holding("torch.where", (2, 4), ()), [(3, 4)], [[(4,)]]),
    "held above and below": (holding("torch.where", (), (2, 4)), [(3, 4)], [[(4,)]]),
    "held beside numbers": (
        Seen("torch.mul", (X, Y), held=(torch.tensor(2),)),
        [(3,)],
        [[(3,)]],
    ),
    "held above numbers": (
        Seen("torch.mul", (X, Y), held=(torch.arange(4),)),
        [(3,)],
        [[()]],
    ),
    "held of another dtype beside numbers": (holding("torch.mul", ()), [(3,)], 3 * [[()]]),
    "held between two ranks": (
        Seen("torch.where", (X, Slot(2), Y), held=(torch.rand(3, 4),)),
        [(3, 2, 3, 4), (3, 4)],
        [[(3, 2, 3, 4), (3, 1, 1, 4)]],
    ),
    "held above two ranks": (
        Seen("torch.where", (X, Slot(2), Y), held=(torch.rand(3, 2, 4),)),
        [(3, 2, 4), (3, 4)],
        [[(2, 4), (4,)]],
    ),
    "no rule": (Seen("Tensor.repeat", (X, 2, 1)), [(3, 2, 4)], [[(2, 4)]]),
    "a rule": (Seen("Tensor.sum", (X, 0)), [(3, 2, 4)], []),
    "a rule beside what is held": (
        Seen("torch.cat", ([X, Y],), held=(torch.rand(1, 4),)),
        [(3, 2, 4)],
        [[(2, 4)]],
    ),
    "what cannot be vectorised": (
        Seen("torch.select", (X, 0), (("index", Y),)),
        [(3, 4), (3, 1)],
        [[(4,), (1,)], *3 * [[(4,), (1,)]]],
    ),
    "in place": (Seen("operator.iadd", (X, Y)), [(3, 2, 4), (3, 4)], 3 * [[(2, 4), (4,)]]),
    "a check": (CHECK, [(1, 2, 4)], [[(2, 4)]]),
    "a check of two": (CHECK, [(3, 2, 4), (3, 4)], [[(2, 4), (4,)]]),
}
"""Functions, the shapes of the sequences, and those of all calls."""


@pytest.mark.parametrize("case", CALLED)
def test_a_function_is_called_for_as_much_at_once_as_can_be(case: str) -> None:
    torch.manual_seed(0)
    function, shapes, calls = CALLED[case]
    is_condition = function.name == "torch.where"
    values = [torch.randint(0, 2, shape) for shape in shapes]
    values[0] = values[0].bool() if is_condition else values[0]
    before = [value.clone() for value in values]
    expected = torch.stack([function(*map(torch.clone, v)) for v in zip(*values)])
    SEEN.clear()
    found = OverTime(function)(*values)
    assert calls == SEEN
    torch.testing.assert_close(found, expected)
    assert all(map(identical, values, before))


@pytest.mark.parametrize("function", [MUL, holding("torch.where", (4,), ())])
def test_what_is_aligned_as_it_is_looks_at_no_timestep(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that `torch.compile` can follow it."""
    monkeypatch.setattr(OverTime, "_of_timesteps", None)
    values = [torch.rand(3, 2, 4) > 0.5, torch.rand(3, 2, 4)][: 1 if function.held else 2]
    torch.testing.assert_close(OverTime(function)(*values), function(*values))


def test_a_check_returns_its_first_input() -> None:
    values = torch.rand(3, 2, 4)
    assert OverTime(CHECK)(values) is values


@pytest.mark.parametrize("name", CALLS)
def test_one_timestep_is_enough(name: str) -> None:
    function = CALLS[name]
    values = [value[:1] for value in given(function)]
    expected = function(*(value[0] for value in values))
    assert identical(OverTime(function)(*values)[0], expected)
