# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1ab7d1c86569787b
"""Tests of the spike functions that spec/zoo/peers/sinabs.yaml declares: run them with pytest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import tracetorch as tt
from torch import Tensor
from tracetorch.functional import round_ste

from tracetorch.zoo.sinabs import single_exponential

every_function = pytest.mark.parametrize("spike_fn", [single_exponential])


@every_function
def test_it_is_a_step(spike_fn: Callable[[Tensor], Tensor]) -> None:
    xs = torch.linspace(-10, 10, 401, dtype=torch.float64)
    steps = spike_fn(xs)
    assert (steps.diff() >= 0).all() and (steps >= 0).all() and (steps <= 1).all()
    torch.testing.assert_close(steps[200].item(), 0.5)


@every_function
@pytest.mark.parametrize("quant_fn", [torch.nn.Identity(), round_ste()], ids=str)
def test_whole_sequences(spike_fn: Callable[[Tensor], Tensor], quant_fn: torch.nn.Module) -> None:
    results = []
    for way in (lambda layer, xs: torch.stack([layer(x) for x in xs]), tt.unroll):
        torch.manual_seed(0)
        layer = tt.snn.LIB(3, spike_fn=spike_fn, quant_fn=quant_fn).double()
        xs = torch.randn(20, 2, 3, dtype=torch.float64, requires_grad=True)
        ys = way(layer, xs)
        results.append(
            [ys, layer.mem, *torch.autograd.grad(ys.square().sum(), [xs, *layer.parameters()])]
        )
    assert tt.unroll.plan(layer).steps[0].way.value == "kernel"
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12)
