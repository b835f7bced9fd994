"""Networks as people write them who have not read our pages run without a loop."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support.ordinary import Net
from tests.support.plans import assert_same

TIMESTEPS, BATCH = 6, 3


@pytest.fixture
def net(float64: None) -> Net:
    torch.manual_seed(0)
    made = Net()
    with torch.no_grad():
        for part in made.modules():
            if isinstance(part, nn.BatchNorm2d):  # as after some training
                part.running_mean += 0.1 * torch.randn(part.num_features)
                part.running_var *= 0.2
    return made


def images() -> Tensor:
    return torch.rand(TIMESTEPS, BATCH, 2, 8, 8)


def test_evaluation_needs_no_loop(net: Net) -> None:
    net.eval()
    plan = tt.unroll.plan(net)
    assert {step.way.value for step in plan.steps} == {"whole", "kernel"}, plan
    with tt.record(net, "lif", "blocks.1.lif2", "lif1") as seen:
        tt.unroll(net, images())
    assert all(0.01 < seen[name].mean() < 0.99 for name in seen)
    assert_same(net, images())


def test_training_loops_over_batch_normalization_and_dropout_alone(net: Net) -> None:
    steps = tt.unroll.plan(net).steps
    looped = {type(step.module) for step in steps if step.way.value == "loop"}
    assert looped == {nn.BatchNorm2d, nn.Dropout}
    assert_same(net, images())
