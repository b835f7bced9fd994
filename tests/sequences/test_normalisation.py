"""Batch normalisation over batch and time: whole sequences alone in training, any way after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical
from tests.support.plans import assert_same, spiking, ways


def trained(norm: tt.SequenceBatchNorm | nn.BatchNorm1d) -> None:
    """Change the weights and the running statistics."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)


def loop(module: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([module(x) for x in xs])


SHAPES = [
    (-1, (3, 4)),
    (1, (3, 4)),
    (0, (4, 3)),
    (0, (4,)),
    (-1, (4,)),
    (-3, (2, 4, 5, 5)),
    (2, (2, 3, 4)),
]


@pytest.mark.parametrize(("dim", "shape"), SHAPES)
@pytest.mark.parametrize("options", [{}, {"momentum": None}, {"momentum": 0.5, "eps": 0.1}])
def test_training_is_that_of_one_large_batch(
    dim: int, shape: tuple[int, ...], options: dict[str, float]
) -> None:
    expected, norm = nn.BatchNorm1d(4, **options).double(), tt.SequenceBatchNorm(4, dim, **options)
    trained(expected)
    norm.double().load_state_dict(expected.state_dict())
    assert ways(norm) == ["whole"]
    for factor in (1.0, 2.0, -3.0):  # several sequences
        xs = (factor * torch.randn(6, *shape, dtype=torch.float64)).requires_grad_()
        samples = xs.detach().movedim(dim if dim < 0 else dim + 1, -1).requires_grad_()
        ys, large = tt.unroll(norm, xs), expected(samples.reshape(-1, 4)).view_as(samples)
        torch.testing.assert_close(ys.movedim(dim if dim < 0 else dim + 1, -1), large)
        ys.pow(3).sum().backward()
        large.pow(3).sum().backward()
        torch.testing.assert_close(xs.grad.movedim(dim if dim < 0 else dim + 1, -1), samples.grad)
        for name, parameter in norm.named_parameters():
            torch.testing.assert_close(parameter.grad, expected.get_parameter(name).grad)
        torch.testing.assert_close(norm.state_dict(), expected.state_dict())


@pytest.mark.parametrize(("dim", "shape"), SHAPES)
def test_evaluation_is_the_same_in_the_loop(dim: int, shape: tuple[int, ...]) -> None:
    norm, xs = tt.SequenceBatchNorm(4, dim).eval(), torch.randn(6, *shape)
    trained(norm)
    before = norm.running_mean.clone()
    assert_same(norm, xs)
    axis = dim if dim < 0 else dim + 1
    ys = tt.unroll(norm, xs).movedim(axis, -1)
    expected = (xs.movedim(axis, -1) - norm.running_mean) / (norm.running_var + 1e-5).sqrt()
    torch.testing.assert_close(ys, expected * norm.weight + norm.bias)
    assert identical(norm.running_mean, before) and norm.num_batches_tracked == 0


def network(*more: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Linear(3, 4), *more, tt.SequenceBatchNorm(4), spiking(), *more),
        *(nn.Linear(4, 4), tt.SequenceBatchNorm(4, affine=False)),
    )


def test_a_network_is_trained_and_evaluated() -> None:
    net, xs = network(), torch.randn(9, 5, 3)
    tt.unroll(net, xs).sum().backward()
    assert net[1].num_batches_tracked == 1 and net[1].weight.grad.abs().sum() > 0
    assert ways(net.eval()) == ["whole", "whole", "kernel", "whole", "whole"]
    assert_same(net, xs)


def test_one_timestep_is_a_sequence_for_unroll() -> None:
    net = network()
    assert tt.unroll(net, torch.randn(1, 5, 3)).shape == (1, 5, 4)
    assert tt.unroll(tt.SequenceBatchNorm(3), torch.randn(1, 5, 3)).mean().abs() < 1e-6


class Deciding(nn.Module):
    """A module that tt.unroll cannot follow."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = tt.SequenceBatchNorm(3)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x) if x.shape[0] > 1 else x


class Derived(tt.SequenceBatchNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + 1


shared = tt.SequenceBatchNorm(3)
hooked = tt.SequenceBatchNorm(3)
hooked.register_forward_hook(lambda module, inputs, output: None)


@pytest.mark.parametrize(
    "run",
    [
        lambda xs: shared(xs[0]),
        lambda xs: loop(network(), xs),
        lambda xs: tt.unroll(Deciding(), xs),
        lambda xs: tt.unroll(Derived(3), xs),
        lambda xs: tt.unroll(hooked, xs),
        lambda xs: tt.Stateless(shared)(xs[0], {}),
        lambda xs: tt.unroll(nn.Sequential(nn.Dropout(), shared, nn.Dropout()), xs),
        lambda xs: torch.vmap(shared)(xs),
    ],
)
def test_one_timestep_in_training_is_an_error(run: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(RuntimeError, match="need the whole sequence.*use tt.unroll.*or call eval"):
        run(torch.randn(6, 5, 3))
    assert shared.num_batches_tracked == 0


def test_recording() -> None:
    net, xs = network(), torch.randn(6, 5, 3)
    with tt.record(net, "1", "2.mem") as seen:
        tt.unroll(net, xs)
    assert seen["1"].shape == (6, 5, 4) and seen["1"].mean((0, 1)).abs().max() < 1e-5
    recorded = []
    for run in (loop, tt.unroll):
        tt.zero_states(net.eval())
        with tt.record(net, "1") as seen:
            run(net, xs)
        recorded.append(seen["1"])
    torch.testing.assert_close(*recorded)


def test_it_is_not_replaced_by_one_of_a_timestep() -> None:
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(network())
    assert isinstance(converted[1], tt.SequenceBatchNorm)


def test_compiled_for_inference() -> None:
    net, xs = zoo.Chain(*network()), torch.randn(6, 5, 3)
    tt.unroll(net, xs)
    net.eval().zero_states()
    with torch.no_grad():
        before = tt.unroll(net, xs)
        net.zero_states()
        net.TTcompile()
        torch.testing.assert_close(loop(net, xs), before)


@pytest.mark.parametrize("is_training", [True, False])
def test_refusals(is_training: bool) -> None:
    norm = tt.SequenceBatchNorm(4, dim=-2).train(is_training)
    for shape in ((4,), (3, 5), ()):  # the timesteps must not count as features
        with pytest.raises(ValueError, match="must have 4 features in dimension dim = -2"):
            tt.unroll(norm, torch.ones(4, *shape))
    assert norm.num_batches_tracked == 0


def test_what_repr_shows() -> None:
    norm = tt.SequenceBatchNorm(4, dim=1, affine=False)
    assert repr(norm) == "SequenceBatchNorm(4, dim=1, eps=1e-05, momentum=0.1, affine=False)"
