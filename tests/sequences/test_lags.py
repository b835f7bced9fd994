"""Lagged copies of the input: one state, and the same in the loop and in `tt.unroll`."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical
from tests.support.plans import assert_same, spiking, ways


def network() -> nn.Sequential:
    torch.manual_seed(0)
    lagged = (tt.Lags(4), nn.Linear(16, 4), spiking())
    return nn.Sequential(*lagged, tt.Lags(4, (3, 1)), nn.Linear(8, 2))


def loop(module: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([module(x) for x in xs])


def test_the_inputs_of_so_many_timesteps_ago() -> None:
    xs = torch.randn(6, 3, 2)
    earlier = [pad(xs, (0, 0, 0, 0, lag, 0))[:6] for lag in (0, 1, 2, 4)]
    assert identical(loop(tt.Lags(2), xs), torch.cat(earlier, -1))
    assert identical(tt.unroll(tt.Lags(2, [4, 0]), xs), torch.cat([earlier[3], earlier[0]], -1))


@pytest.mark.parametrize(
    ("dim", "shape"),
    [
        (-1, (4,)),
        (0, (4,)),
        (-1, (3, 4)),
        (0, (4, 3)),
        (1, (3, 4)),
        (-3, (2, 4, 5, 5)),
        (1, (2, 4, 3)),
    ],
)
@pytest.mark.parametrize("lags", [(0, 1, 2, 4), (3,), (0,), (2, 9, 0)])
def test_whole_sequences_are_those_of_the_loop(
    dim: int, shape: tuple[int, ...], lags: tuple[int, ...]
) -> None:
    layer = tt.Lags(4, lags, dim)
    assert ways(layer) == ["whole"]
    results = []
    for run in (loop, tt.unroll):
        xs = torch.arange(7 * torch.Size(shape).numel(), dtype=torch.float64).view(7, *shape)
        xs.requires_grad_()
        layer.zero_states()
        ys = run(layer, xs)
        assert layer.past.shape == (*shape, max(lags)) and ys.shape[1:][dim] == 4 * len(lags)
        (ys.square().sum() + layer.past.pow(3).sum()).backward()
        results.append((ys, layer.past, xs.grad))
    for expected, actual in zip(*results):
        assert identical(actual, expected) and actual.dtype == torch.float64


def test_in_a_network() -> None:
    assert ways(network()) == ["whole", "whole", "kernel", "whole", "whole"]
    assert_same(network(), torch.randn(9, 3, 4))
    assert_same(network(), torch.randn(4, 3, 9).permute(2, 1, 0))


def test_a_sequence_may_be_split_and_its_states_saved() -> None:
    net, xs = network(), torch.randn(9, 3, 4)
    whole = tt.unroll(net, xs)
    states = tt.save_states(net)
    assert [*states] == ["0.past", "2.syn", "2.mem", "3.past"]
    tt.zero_states(net)
    parts = [tt.unroll(net, xs[:2]), tt.unroll(net, xs[2:3])]
    saved = tt.save_states(net)
    net = network()
    tt.load_states(net, saved)
    parts += [loop(net, xs[3:5]), tt.unroll(net, xs[5:])]
    torch.testing.assert_close(torch.cat(parts), whole)
    torch.testing.assert_close(tt.save_states(net), states)


def test_gradients_cross_from_one_part_to_the_next_until_states_are_detached() -> None:
    for is_detached in (False, True):
        layer, xs = tt.Lags(2, (1,)), torch.ones(4, 2, requires_grad=True)
        tt.unroll(layer, xs[:2])
        if is_detached:
            tt.detach_states(layer)
        tt.unroll(layer, xs[2:]).sum().backward()
        assert xs.grad.sum(-1).tolist() == [0, 0 if is_detached else 2, 2, 0]


def test_the_state_is_not_the_caller_s() -> None:
    layer, xs = tt.Lags(2, (0, 1)), torch.ones(3, 2)
    with torch.no_grad():
        for run in (tt.unroll, loop):
            run(layer, xs).zero_()
            xs.mul_(1)
            assert layer.past.flatten().tolist() == [1, 1]
    assert layer.past.untyped_storage().nbytes() == 2 * 4  # not the whole sequence


@pytest.mark.parametrize("name", ["0", "0.past"])
def test_recording(name: str) -> None:
    recorded = []
    xs = torch.randn(6, 3, 4)
    for run in (loop, tt.unroll):
        net = network()
        with tt.record(net, name) as seen:
            run(net, xs)
        recorded.append(seen[name])
    assert identical(*recorded) and len(recorded[0]) == 6


def test_compiled_for_inference_and_lower_precision() -> None:
    net, xs = zoo.Chain(*network()).eval(), torch.randn(6, 3, 4)
    with torch.no_grad():
        before = tt.unroll(net, xs)
        net.zero_states()
        net.TTcompile()
        torch.testing.assert_close(loop(net, xs), before)
    half = tt.Lags(2)
    assert half(torch.ones(2, dtype=torch.bfloat16)).dtype == half.past.dtype == torch.bfloat16
    assert tt.unroll(tt.Lags(2), torch.ones(3, 2, dtype=torch.int64)).dtype == torch.float32


def test_one_that_is_called_twice_loops() -> None:
    shared = tt.Lags(4, (1,))
    net = nn.Sequential(shared, nn.Linear(4, 4), shared)
    assert ways(net) == ["loop"] * 3
    with pytest.warns(UserWarning, match="among steps that call one module twice"):
        ys = tt.unroll(net, xs := torch.randn(5, 2, 4))
    tt.zero_states(net)
    torch.testing.assert_close(ys, loop(net, xs))


def test_refusals() -> None:
    for lags in ((), (1, 1)):
        with pytest.raises(ValueError, match="lags must be different numbers"):
            tt.Lags(4, lags)
    with pytest.raises(ValueError, match="a lag must be at least 0, got -1"):
        tt.Lags(4, (0, -1))
    with pytest.raises(TypeError, match="a lag must be an integer, got 0.5"):
        tt.Lags(4, (0, 0.5))  # type: ignore[arg-type]
    layer = tt.Lags(4)
    for run in (layer, lambda x: tt.unroll(layer, x[None].expand(3, -1, -1))):
        with pytest.raises(ValueError, match="must have 4 features"):
            run(torch.ones(2, 5))
        assert layer.past is None
    layer(torch.ones(2, 4))
    with pytest.raises(ValueError, match="does not continue the sequence"):
        tt.unroll(layer, torch.ones(3, 1, 4))


def test_what_repr_shows() -> None:
    assert repr(tt.Lags(4)) == "Lags(4, lags=(0, 1, 2, 4), dim=-1)"
    assert repr(tt.Lags(4, [3, 1], 1)) == "Lags(4, lags=(3, 1), dim=1)"
