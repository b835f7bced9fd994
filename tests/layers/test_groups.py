"""`tt.parameter_groups`: each trainable parameter once, decays with a learning rate of their own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import tracetorch as tt
from tests.support import zoo

PARTS = [
    lambda: nn.Linear(4, 4),
    lambda: nn.Conv1d(4, 4, 3),
    lambda: nn.LayerNorm(4),
    lambda: tt.SequenceBatchNorm(4),
    lambda: tt.snn.LIB(4, learn_beta=False),
    lambda: tt.snn.DSRLITS(4, pos_beta_rank=0),
    lambda: tt.snn.flex.SLIT(4),
    lambda: tt.rnn.GRU(4, 4),
    lambda: tt.ssm.S5(4, 2),
    lambda: tt.ssm.Mamba(4, 2),
]


def names(module: nn.Module, **options: Any) -> list[list[str]]:
    """The names of the parameters in each group."""
    known = {parameter: name for name, parameter in module.named_parameters()}
    return [[known[p] for p in group["params"]] for group in tt.parameter_groups(module, **options)]


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_each_trainable_parameter_is_in_one_group(data: st.DataObject) -> None:
    parts = [part() for part in data.draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5))]
    module = nn.Sequential(*parts, *data.draw(st.lists(st.sampled_from(parts), max_size=2)))
    for parameter in module.parameters():
        parameter.requires_grad_(data.draw(st.booleans()))
    groups = tt.parameter_groups(module, decay_lr=0.5)
    grouped = [p for group in groups for p in group["params"]]
    trainable = [p for p in module.parameters() if p.requires_grad]
    assert len(grouped) == len(trainable) and {*grouped} == {*trainable}
    for group in groups:
        assert group["params"] and ("lr" not in group or group["weight_decay"] == 0)
        assert "weight_decay" in group or all(p.dim() > 1 for p in group["params"])


@pytest.mark.parametrize("name", zoo.NAMES)
def test_decays_are_those_in_the_open_interval_from_0_to_1(name: str) -> None:
    layer = zoo.build(name, 4)
    decays, *others = names(layer)
    assert {parameter.rpartition("_")[2] for parameter in decays} <= {"alpha", "beta", "gamma"}
    assert not any(name.endswith(("alpha", "beta", "gamma")) for group in others for name in group)


def test_state_space_layers() -> None:
    _, decays, others = names(nn.Sequential(tt.ssm.S4(3, 2), tt.ssm.Mamba(3, 2)))
    assert decays == ["0.A_log", "0.log_dt", "1.A_log", "1.dt_proj.bias"]
    assert others == ["0.D", "1.D", "1.conv_bias"]


def test_an_optimizer_gets_what_it_is_given() -> None:
    net = nn.Sequential(nn.Linear(3, 8), tt.snn.LIB(8, beta=0.99))
    for groups, rate in ((tt.parameter_groups(net), 0.1), (tt.parameter_groups(net, 0.5), 0.5)):
        for optimizer in (
            torch.optim.AdamW(groups, lr=0.1, weight_decay=0.2),
            torch.optim.SGD(groups, lr=0.1, weight_decay=0.2),
        ):
            found = [(group["lr"], group["weight_decay"]) for group in optimizer.param_groups]
            assert found == [(0.1, 0.2), (rate, 0.0), (0.1, 0.0)]


def test_a_rate_of_0_leaves_decays_as_they_are() -> None:
    layer = tt.snn.LIB(2, beta=0.9)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    optimizer = torch.optim.SGD(tt.parameter_groups(layer, decay_lr=0), lr=0.1)
    layer(torch.rand(4, 2)).sum().backward()
    optimizer.step()
    changed = {name for name, value in layer.state_dict().items() if (value != before[name]).any()}
    assert changed == {"raw_threshold", "raw_bias"}


def test_a_wrapper_and_a_layer_that_is_shared() -> None:
    class Wrapper(nn.Module):  # as DistributedDataParallel is
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

    first, second = tt.snn.LI(4), tt.snn.LI(4)
    second.raw_beta = first.raw_beta
    assert names(Wrapper(nn.Sequential(first, second, first))) == [["module.0.raw_beta"]]
    plain = nn.ParameterList([first.raw_beta])  # whose layer is not in the module
    assert "lr" not in tt.parameter_groups(plain, decay_lr=1.0)[0]


def test_a_parameter_that_is_a_decay_among_others_is_a_decay() -> None:
    layer = tt.snn.Layer(2)
    layer._register_parameter("gain", 0.5)
    layer._register_decay("beta", 0.5)
    layer.raw_beta = layer.raw_gain
    (group,) = tt.parameter_groups(layer, decay_lr=0.5)
    assert group == {"params": [layer.raw_gain], "weight_decay": 0.0, "lr": 0.5}


def test_refusals() -> None:
    for wrong in (-0.1, float("nan")):
        with pytest.raises(ValueError, match=f"decay_lr must be at least 0, got {wrong}"):
            tt.parameter_groups(tt.snn.LI(2), decay_lr=wrong)
    assert tt.parameter_groups(nn.ReLU()) == []
