"""The generated layers on timesteps worked out by hand."""

from __future__ import annotations

import pytest
import torch

import tracetorch as tt
from tests.support import zoo
from tests.support.hand_traces import TRACES, Trace


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.layer)
def test_by_hand(trace: Trace) -> None:
    options = {"quant_fn": tt.functional.round_ste()} if trace.round else {}
    layer = zoo.layer_class(trace.layer)(1, **trace.arguments, **options)
    outputs = [layer(torch.tensor([x])).item() for x in trace.inputs]
    states = {name: getattr(layer, name).item() for name in layer._state_sizes}
    assert outputs == pytest.approx(trace.outputs, abs=1e-12)
    assert states == pytest.approx(dict(trace.states), abs=1e-12)
