"""How `tt.unroll` begins, and how it runs the steps of a plan one after the other."""

from __future__ import annotations

import itertools
import warnings
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support.elsewhere import OnGpu
from tests.support.equal import identical
from tests.support.plans import spiking
from tracetorch.sequence import layer as layers
from tracetorch.sequence import linear, steps
from tracetorch.sequence.front import Plan
from tracetorch.sequence.layer import _noise
from tracetorch.sequence.plan.step import Step, Steps, Way

# The arguments


@pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
def test_time_may_be_any_dimension_that_there_is(dim: int) -> None:
    layer, xs = tt.snn.LI(3), torch.rand(3, 3, 3)
    ys = tt.unroll(layer, xs, dim)
    layer.zero_states()
    expected = torch.stack([layer(x) for x in xs.unbind(dim)], dim)
    torch.testing.assert_close(ys, expected)


@pytest.mark.parametrize("shape, dim", [((5, 2, 3), -4), ((5, 2, 3), 3), ((), 0), ((), -1)])
def test_a_dimension_that_there_is_not(shape: tuple[int, ...], dim: int) -> None:
    with pytest.raises(ValueError) as error:
        tt.unroll(tt.snn.LI(3), torch.rand(shape), dim)
    message = f"tt.unroll: xs has no dimension dim = {dim}, its shape is {shape}"
    assert str(error.value) == message


WITHOUT = "tt.unroll: no kernel for {}(GRU): gate_layers is not a plain nn.Linear"


def hooked() -> tt.rnn.GRU:
    """A layer without a kernel."""
    layer = tt.rnn.GRU(3, 3)
    layer.gate_layers.register_forward_hook(lambda module, inputs, output: None)
    return layer


def test_one_timestep_of_a_layer_alone_needs_no_kernel() -> None:
    layer, xs = hooked(), torch.rand(2, 1, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ys = tt.unroll(layer, xs, 1)
    layer.zero_states()
    assert identical(ys, layer(xs[:, 0])[:, None])
    with pytest.raises(RuntimeError) as error:
        tt.unroll(layer, xs, 1, strict=True)
    assert str(error.value) == WITHOUT.format("")
    looping = f"{WITHOUT} (the loop runs instead)"
    with pytest.warns(UserWarning) as caught, tt.record(layer, "H") as seen:
        tt.unroll(layer, xs, 1)
    assert [str(one.message) for one in caught] == [looping.format("")]
    assert seen["H"].shape == xs.shape
    with pytest.warns(UserWarning) as caught:
        tt.unroll(nn.Sequential(layer, nn.Tanh(), nn.Dropout()), xs, 1)
    assert [str(one.message) for one in caught] == [looping.format("0 ")]
    with pytest.warns(UserWarning) as caught:
        tt.unroll(layer, torch.rand(2, 2, 3), 1)
    assert [str(one.message) for one in caught] == [looping.format("")]


def test_all_layers_without_a_kernel_are_named() -> None:
    with pytest.raises(RuntimeError) as error:
        tt.unroll(nn.Sequential(hooked(), nn.Tanh(), hooked()), torch.rand(4, 3), strict=True)
    why = WITHOUT.removeprefix("tt.unroll: no kernel for ")
    assert str(error.value) == f"{WITHOUT.format('0 ')}; {why.format('2 ')}"


@pytest.mark.parametrize("make", [lambda: tt.snn.LIB(3), lambda: tt.rnn.SimpleRNN(3, 3)])
def test_inputs_of_inference_mode_train_as_others_do(make: Callable[[], Any]) -> None:
    layer, xs = make(), torch.rand(4, 2, 3)
    with torch.inference_mode():
        of_inference = xs.clone()
    gradients = []
    for given in (xs, of_inference):
        layer.zero_states()
        ys = tt.unroll(layer, given)
        gradients.append(torch.autograd.grad(ys.square().sum(), [*layer.parameters()]))
    torch.testing.assert_close(*gradients)
    with torch.inference_mode():
        assert tt.unroll(make(), of_inference).is_inference()


# The steps


def test_a_step_without_a_name_is_a_dash() -> None:
    assert repr(tt.unroll.plan(nn.Tanh())) == "-  Tanh  whole  it has no memory"


class Rectified(nn.Module):
    """Calls a function for the outputs of a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = tt.snn.LI(3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.layer(x))


class Mistaken(Rectified):
    """Calls a number, which is an error."""

    number: Any = 3

    def forward(self, x: Tensor) -> Tensor:
        return self.number(self.layer(x))


def test_a_function_is_a_step_and_what_cannot_be_called_is_none() -> None:
    layer = "layer  LI        kernel  tracetorch.snn.li"
    function = "relu   function  whole   it has no memory"
    assert repr(tt.unroll.plan(Rectified())) == f"{layer}\n{function}"
    plan = repr(tt.unroll.plan(Mistaken()))
    assert plan.startswith("-  Mistaken  loop  ") and "`self.number(self.layer(x))` cannot" in plan
    assert repr(Plan((step(Way.LOOP),))) == "-  Tanh  loop"


def step(way: Way) -> Step:
    return Step("", nn.Tanh(), way, "")


@pytest.mark.parametrize(
    "ways, spans",
    [
        ("", []),
        ("L", [(0, 1)]),
        ("KW", [(0, 1), (1, 2)]),
        ("LLL", [(0, 3)]),
        ("WLLKKLWL", [(0, 1), (1, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)]),
        ("LLWLL", [(0, 2), (2, 3), (3, 5)]),
    ],
)
def test_steps_in_a_row_share_a_loop(ways: str, spans: list[tuple[int, int]]) -> None:
    of_letters = {"L": Way.LOOP, "K": Way.KERNEL, "W": Way.WHOLE}
    found = steps._spans(tuple(step(of_letters[letter]) for letter in ways))
    assert found == [range(*span) for span in spans]


ONE = torch.ones(2)
TIMESTEPS: list[tuple[list[Any], bool]] = [
    ([ONE], True),
    ([ONE, 2 * ONE], True),
    ([ONE, torch.ones(3)], False),
    ([ONE, ONE.double()], False),
    ([ONE, ONE.to("meta")], False),
    ([ONE, 1.0], False),
    ([ONE, ONE.to_sparse()], False),
    ([1.0, 2.0], False),
]


@pytest.mark.parametrize("timesteps, is_one", TIMESTEPS)
def test_timesteps_that_are_alike_make_one_tensor(timesteps: list[Any], is_one: bool) -> None:
    found = steps._together(timesteps)
    if is_one:
        assert isinstance(found, Tensor) and identical(found, torch.stack(timesteps))
    else:
        assert found is timesteps


def test_a_value_of_a_timestep() -> None:
    x, other = torch.ones(2), (1, 2)
    assert steps._copied(x) is not x and identical(steps._copied(x), x)
    assert steps._copied(other) is other and steps._one(other) is other
    assert identical(steps._one(x), x[None])


def test_only_what_takes_the_input_is_checked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are for the dtype of their own parameters, as far as one knows."""
    module, xs, seen = nn.Sequential(*(tt.snn.LI(4) for _ in range(2))), torch.ones(5, 4), []

    def why_not(layer: tt.Layer, kernel: str, like: Tensor) -> str:
        seen.append(like)
        return "there is none" if layer is module[1] else ""

    monkeypatch.setattr(layers, "why_not", why_not)
    found = steps.planned(module, xs).steps
    assert [one is expected for one, expected in zip(seen, [xs, module[1].raw_beta])] == [True] * 2
    assert [(one.way, one.why) for one in found][1] == (Way.LOOP, "there is none")
    assert found[0].way is Way.KERNEL
    del seen[:]
    steps.planned(module)
    assert [one is layer.raw_beta for one, layer in zip(seen, module)] == [True, True]


def test_a_layer_alone_runs_where_its_time_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(steps, "_run")
    layer, xs = spiking(), torch.rand(2, 5, 4)
    ys = tt.unroll(layer, xs, 1)
    layer.zero_states()
    torch.testing.assert_close(ys, torch.stack([layer(x) for x in xs.unbind(1)], 1))


@pytest.mark.parametrize(
    "xs, dim, is_copied",
    [
        (torch.rand(5, 2, 3), 0, False),
        (torch.rand(5, 3, 2).transpose(1, 2), 0, False),
        (torch.rand(5), 0, False),
        (torch.rand(5, 1, 3), 0, False),
        (torch.rand(1, 5, 3), 1, True),
        (torch.rand(2, 5, 3), 1, True),
        (torch.rand(2, 3, 5), 2, True),
    ],
)
def test_time_is_first_in_memory(
    xs: Tensor, dim: int, is_copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order in memory decides what modules can view in another shape."""
    seen: list[Tensor] = []
    monkeypatch.setattr(steps, "_computed", lambda planned, xs: seen.append(xs) or 2 * xs)
    ys = steps._run(Steps((step(Way.WHOLE),), 1), xs, dim)
    assert identical(ys, 2 * xs) and ys.is_contiguous()
    assert identical(seen[0], xs.movedim(dim, 0))
    assert (seen[0].data_ptr() != xs.data_ptr()) == is_copied
    assert not is_copied or seen[0].stride() == torch.stack(xs.unbind(dim)).stride()


def test_values_are_dropped_after_their_last_use() -> None:
    living: list[weakref.ref[Tensor]] = []
    counts: list[int] = []

    def doubled(*given: Tensor) -> Tensor:
        counts.append(sum(one() is not None for one in living))
        made = 2 * given[0]
        living.append(weakref.ref(made))
        return made

    of_steps = [(0,), (1,), (1,), (2,), (4, 2), (5,)]  # nothing takes the third
    made = [replace(step(Way.WHOLE), sequence=doubled, inputs=inputs) for inputs in of_steps]
    found = steps._computed(Steps(tuple(made), 6), torch.ones(2, 3))
    assert isinstance(found, Tensor) and identical(found, torch.full((2, 3), 32.0))
    assert counts == [0, 1, 2, 1, 2, 1]


def test_a_loop_returns_only_what_is_used_after_it() -> None:
    of_steps = [(0,), (1, 0), (2,), (9,)]
    found = tuple(
        Step("", lambda *given: sum(given) + 1, Way.LOOP, "", inputs=inputs) for inputs in of_steps
    )
    xs, after = torch.rand(4, 2), torch.rand(4, 3)
    values, last = {0: xs, 9: after}, {0: 5, 1: 2, 2: 2, 3: 4, 4: 4, 9: 3}
    made = steps._looped(found, range(4), values, last)
    assert made.keys() == {3, 4}
    torch.testing.assert_close(made, {3: 2 * xs + 3, 4: after + 1})


def test_linear_maps_are_left_to_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    monkeypatch.delattr(linear, "_Convolutions")
    assert linear.as_convolutions(lambda: 3) == 3


# Random numbers


LIKE = {
    "contiguous": torch.empty(3, 4, 5),
    "another order": torch.empty(4, 3, 5).transpose(0, 1),
    "features first": torch.empty(5, 4, 3).permute(2, 1, 0),
    "double": torch.empty(3, 4, 5, dtype=torch.float64),
}
DRAWN: list[list[Any]] = [
    *([torch.rand_like], 2 * [torch.rand_like], [torch.randn_like], [None, torch.rand_like]),
    *([torch.rand_like, torch.randn_like], [torch.randn_like, None, torch.rand_like, None]),
]


@pytest.mark.parametrize("like", LIKE)
def test_random_numbers_are_those_of_the_loop(like: str) -> None:
    """Which draws like the input, with the features last, one timestep after the other."""
    x = LIKE[like]
    for dim, drawn in itertools.product((-1, 0, 1), DRAWN):
        layer = tt.snn.LI(x.shape[dim], dim=dim)
        torch.manual_seed(0)
        expected = [
            (draw(x.movedim(dim, -1)).movedim(-1, dim) if draw else torch.zeros_like(x))
            for _ in range(2)
            for draw in drawn
        ]
        following = torch.rand(1)
        torch.manual_seed(0)
        found = _noise(layer, x, 2, drawn)
        assert identical(found, torch.stack(expected).view(2, len(drawn), *x.shape))
        assert found.is_contiguous() and identical(torch.rand(1), following)


def test_uniform_numbers_are_drawn_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that gives the numbers of the loop: on a GPU, they depend on how many are drawn."""
    rand, counts = torch.rand, list[tuple[int, ...]]()

    def drawn(shape: tuple[int, ...], **options: Any) -> Tensor:
        counts.append(shape)
        return rand(shape, dtype=options["dtype"])

    monkeypatch.setattr(torch, "rand", drawn)
    layer, x = tt.snn.LI(3), torch.empty(2, 3)
    _noise(layer, x, 4, [torch.rand_like, None, torch.rand_like])
    assert counts == [(4, 2, 2, 3)]
    for like in (x.T.contiguous().T, x.as_subclass(OnGpu)):
        _noise(layer, like, 4, [torch.rand_like])
    _noise(layer, x, 4, [torch.randn_like])
    _noise(layer, x, 4, [torch.rand_like, torch.randn_like])
    assert len(counts) == 1
