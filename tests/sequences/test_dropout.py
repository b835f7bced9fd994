"""Dropout with one mask for a sequence: a state, drawn once, in the loop and in `tt.unroll`."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import tracetorch as tt
from tests.support.equal import identical
from tests.support.plans import assert_same, spiking, ways


def network(*first: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        *first,
        *(tt.SequenceDropout(4, 0.3), nn.Linear(4, 4), spiking()),
        *(tt.SequenceDropout(4, 0.3), nn.Linear(4, 2)),
    )


def test_the_mask_is_kept_until_a_new_sequence() -> None:
    torch.manual_seed(0)
    dropout, x = tt.SequenceDropout(1000, 0.2), torch.randn(3, 1000)
    first = dropout(x)
    torch.testing.assert_close(dropout.mask.unique(), torch.tensor([0, 1.25]))
    assert 0.77 < dropout.mask.bool().float().mean() < 0.83
    torch.testing.assert_close(first, x * dropout.mask)
    assert identical(dropout(2 * x), 2 * first)
    assert not torch.equal(*dropout.mask[:2])
    dropout.zero_states()
    assert not torch.equal(dropout(x), first)


def test_evaluation_drops_nothing_and_draws_nothing() -> None:
    dropout, x = tt.SequenceDropout(4).eval(), torch.randn(3, 4)
    assert identical(dropout(x), x) and dropout.mask is None
    xs = torch.randn(5, 3, 4)
    ys = tt.unroll(dropout, xs)
    assert identical(ys, xs) and ys.data_ptr() != xs.data_ptr()


def test_only_in_training_its_order_with_other_random_modules_matters() -> None:
    dropout = tt.SequenceDropout(4)
    model = nn.Sequential(dropout, nn.Linear(4, 4), nn.Dropout(0.5))
    assert ways(model) == ["loop", "loop", "loop"]
    dropout.eval()
    assert ways(model) == ["whole", "whole", "loop"]


def test_channels_and_the_states_of_a_sequence() -> None:
    dropout = tt.SequenceDropout(3, dim=-3)
    first = dropout(torch.ones(2, 3, 5, 5))
    saved = tt.save_states(dropout)
    assert [*saved] == ["mask"]
    tt.zero_states(dropout)
    tt.load_states(dropout, saved)
    assert identical(dropout(torch.ones(2, 3, 5, 5)), first)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\], got 1.5"):
        tt.SequenceDropout(4, 1.5)
    with pytest.raises(TypeError, match="num_neurons must be an integer, got 0.2"):
        tt.SequenceDropout(0.2)  # as one writes nn.Dropout(0.2)
    dropout = tt.SequenceDropout(4)
    with pytest.raises(ValueError, match="must have 4 features"):
        dropout(torch.ones(2, 5))
    dropout(torch.ones(2, 4))
    with pytest.raises(ValueError, match="does not continue the sequence"):
        dropout(torch.ones(1, 4))


@pytest.mark.parametrize("is_training", [True, False])
def test_several_need_no_loop(is_training: bool) -> None:
    net = network().train(is_training)
    assert ways(net) == ["whole", "whole", "kernel", "whole", "whole"]
    assert_same(net, torch.randn(6, 3, 4))
    assert_same(net, torch.randn(4, 3, 6).permute(2, 1, 0))  # whose timesteps have other strides


def test_a_sequence_may_be_split() -> None:
    torch.manual_seed(0)
    net, xs = network(), torch.randn(6, 3, 4)
    parts = torch.cat([tt.unroll(net, xs[:2]), tt.unroll(net, xs[2:])])
    tt.zero_states(net)
    torch.manual_seed(0)
    network(), torch.randn(6, 3, 4)  # draw what was drawn before
    torch.testing.assert_close(tt.unroll(net, xs), parts)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel")
def test_beside_what_draws_at_each_timestep_the_order_of_a_loop_is_kept() -> None:
    net = network(nn.Dropout(0.3))
    assert ways(net) == ["loop"] * 5 + ["whole"]
    assert_same(net, torch.randn(6, 3, 4))


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel")
def test_one_that_is_called_twice_loops() -> None:
    shared = tt.SequenceDropout(4)
    net = nn.Sequential(shared, spiking(), shared)
    assert ways(net) == ["loop"] * 3
    assert_same(net, torch.randn(6, 3, 4))


@pytest.mark.parametrize(("p", "mask"), [(0, [1.0]), (0.25, [0.0, 4 / 3]), (1.0, [0.0])])
def test_the_edges_of_p(p: float, mask: list[float]) -> None:
    dropout = tt.SequenceDropout(100, p)
    dropout(torch.ones(100))
    torch.testing.assert_close(dropout.mask.unique(), torch.tensor(mask))
    for outside in (p - 1.001, p + 1.001):
        with pytest.raises(ValueError, match=r"SequenceDropout: p must be in \[0, 1\], got "):
            tt.SequenceDropout(100, outside)


def test_features_are_last_by_default() -> None:
    assert repr(tt.SequenceDropout(4)) == "SequenceDropout(4, p=0.5, dim=-1)"
    assert repr(tt.SequenceDropout(4, 0.25, 1)) == "SequenceDropout(4, p=0.25, dim=1)"
    for shape in ((4,), (2, 3, 4)):
        assert tt.SequenceDropout(4)(torch.ones(shape)).shape == shape


@pytest.mark.parametrize("length", [1, 2])
def test_a_sequence_may_have_one_timestep(length: int) -> None:
    dropout, xs = tt.SequenceDropout(4), torch.randn(length, 3, 4)
    ys = dropout.over_time(xs)
    assert identical(ys, torch.stack([dropout(x) for x in xs]))
    assert identical(ys, tt.unroll(dropout, xs))


def test_the_mask_does_not_depend_on_how_the_input_is_stored() -> None:
    x, masks = torch.ones(100, 4), []
    for each in (x, x.t().contiguous().t()):
        torch.manual_seed(0)
        dropout = tt.SequenceDropout(4)
        dropout(each)
        masks.append(dropout.mask)
    assert identical(*masks)
