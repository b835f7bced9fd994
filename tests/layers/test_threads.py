"""Several threads in one module at once: `tt.Stateless` is pure, whoever else is in there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical

T = TypeVar("T")
THREADS = 4
TIMESTEPS = 5


class Meeting(nn.Module):
    """Where all threads wait for each other, in the middle of a timestep."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(THREADS, timeout=30)
        self.is_open = True

    def forward(self, x: Tensor) -> Tensor:
        if not self.is_open:
            self.barrier.wait()
        return x


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


def sequences() -> Tensor:
    """One for each thread."""
    return torch.randn(THREADS, TIMESTEPS, 2, 3, generator=torch.Generator().manual_seed(0))


def model_of(name: str, meeting: Meeting) -> zoo.Chain:
    return zoo.Chain(nn.Linear(3, 4), meeting, zoo.lively(name, 4), meeting, nn.Linear(4, 2))


def at_once(meeting: Meeting, tasks: list[Callable[[], T]]) -> list[T]:
    """What the tasks return, each in a thread of its own, meeting where they can."""
    meeting.is_open = False
    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


def carried(pure: tt.Stateless, xs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """A whole sequence, with states that the caller carries."""
    ys, states = [], dict[str, Tensor]()
    for x in xs:
        y, states = pure(x, states)
        ys.append(y)
    return torch.stack(ys), states


def with_gradient(pure: tt.Stateless, xs: Tensor) -> tuple[Tensor, Tensor]:
    xs = xs.clone().requires_grad_()
    ys, _ = carried(pure, xs)
    return ys.detach(), torch.autograd.grad(ys.square().sum(), xs)[0]


@pytest.mark.parametrize("name", zoo.EVERY)
def test_stateless_gives_each_thread_what_it_gives_one(name: str, meeting: Meeting) -> None:
    model = model_of(name, meeting)
    pure = tt.Stateless(model)
    expected = [carried(pure, xs) for xs in sequences()]
    found = at_once(meeting, [lambda xs=xs: carried(pure, xs) for xs in sequences()])
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert model.save_states() == {}


def test_a_sequence_of_the_module_goes_on_beside_others(meeting: Meeting) -> None:
    model = model_of("DSRLITS", meeting)
    pure = tt.Stateless(model)
    own, *others = sequences()
    expected = [carried(pure, xs) for xs in sequences()]

    def live() -> tuple[Tensor, dict[str, Tensor]]:
        return torch.stack([model(x) for x in own]), model.save_states()

    found = at_once(meeting, [live, *(lambda xs=xs: carried(pure, xs) for xs in others)])
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    torch.testing.assert_close(model.save_states(), expected[0][1], rtol=0, atol=0)


def test_gradients_in_several_threads(meeting: Meeting) -> None:
    pure = tt.Stateless(model_of("SRLIB", meeting))
    expected = [with_gradient(pure, xs) for xs in sequences()]
    found = at_once(meeting, [lambda xs=xs: with_gradient(pure, xs) for xs in sequences()])
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_a_view_of_a_view(meeting: Meeting) -> None:
    model = model_of("SLIB", meeting)
    pure = tt.Stateless(tt.Stateless(model))

    def twice(xs: Tensor) -> tuple[Tensor, Tensor]:
        (y, inner), outer = pure(xs[0], {}, {})
        (z, inner), outer = pure(xs[1], outer, inner)
        assert outer == {}  # the inner view leaves no state
        return y, z

    expected = [carried(tt.Stateless(model), xs[:2])[0].unbind(0) for xs in sequences()]
    found = at_once(meeting, [lambda xs=xs: twice(xs) for xs in sequences()])
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_transforms_in_several_threads(meeting: Meeting) -> None:
    """The states within a transform are those of its thread."""
    model = model_of("SLIB", meeting)

    def sensitivity(xs: Tensor) -> Tensor:
        return torch.func.grad(lambda xs: sum(model(x) for x in xs).square().sum())(xs)

    expected = [sensitivity(xs) for xs in sequences()]
    found = at_once(meeting, [lambda xs=xs: sensitivity(xs) for xs in sequences()])
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert model.save_states() == {}


def test_a_backward_pass_in_another_thread_recomputes_alike() -> None:
    """As on a GPU, whose backward passes have a thread of their own."""
    model = zoo.chain("SRLIB")
    xs = sequences()[0].requires_grad_()

    def run(chunk: Tensor) -> Tensor:
        return torch.stack([model(x) for x in chunk])

    expected = torch.autograd.grad(run(xs).square().sum(), xs)[0]
    final = model.save_states()
    model.zero_states()
    context = {"use_reentrant": False, "context_fn": model.replay_states}
    ys = torch.cat([checkpoint(run, chunk, **context) for chunk in xs.split(2)])
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(torch.autograd.grad, ys.square().sum(), xs).result()[0]
    torch.testing.assert_close(found, expected)
    assert all(identical(final[key], state) for key, state in model.save_states().items())


def test_an_error_within_a_transform_ends_all_detours() -> None:
    class Sensitive(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = tt.snn.LI(2)

        def forward(self, x: Tensor) -> Tensor:
            def fails(x: Tensor) -> Tensor:
                self.layer(x)
                raise ZeroDivisionError

            return torch.func.grad(fails)(x)

    module = Sensitive()
    module.layer(torch.ones(2))
    before = module.layer.mem
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            tt.Stateless(module)(torch.ones(2), {})
        assert module.layer.mem is before
    module.layer(torch.ones(2))
    torch.testing.assert_close(module.layer.mem, torch.full((2,), 1.9))
