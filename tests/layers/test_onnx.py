"""Exported to ONNX and run by onnxruntime, a layer does at every timestep what it does in PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import tracetorch as tt
from tests.support import zoo
from tests.support.peers import peer

HARD = {"quant_fn": tt.functional.round_ste()}


def image_network() -> zoo.Chain:
    torch.manual_seed(0)
    return zoo.Chain(nn.Conv2d(2, 4, 3), zoo.lively("SLIB", 4, dim=-3), nn.Conv2d(4, 2, 1))


MODELS = {
    "DSRLITS": (lambda: zoo.Chain(zoo.lively("DSRLITS", 4, **HARD)), (3, 4)),
    "LSTM": (lambda: zoo.chain("LSTM"), (2, 3)),
    "Mamba": (lambda: zoo.chain("Mamba"), (2, 3)),
    "image": (image_network, (2, 2, 5, 5)),
    "unbatched": (lambda: zoo.Chain(zoo.lively("SLIT", 4, **HARD)), (4,)),
}


# A word of PyTorch's to its own exporter.
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec")
@pytest.mark.parametrize(
    ("model", "by_name"), [*((model, False) for model in MODELS), ("DSRLITS", True)]
)
def test_a_sequence_in_onnxruntime(model: str, by_name: bool, tmp_path: Path) -> None:
    onnxruntime = peer("onnxruntime")
    build, shape = MODELS[model]
    module = build()
    torch.manual_seed(1)
    xs = torch.randn(6, *shape)
    with torch.no_grad():
        _, states = tt.Stateless(module)(xs[0], {})
    zeros = {name: torch.zeros_like(state) for name, state in states.items()}
    inputs = {"args": (xs[0],), "kwargs": {"states": zeros}}
    torch.onnx.export(
        tt.Stateless(module).eval(),
        **(inputs if by_name else {"args": (xs[0], zeros, {})}),
        f=tmp_path / "step.onnx",
        dynamo=True,
        verbose=False,
        input_names=["x", *zeros],
    )
    session = onnxruntime.InferenceSession(tmp_path / "step.onnx")
    memory = {name: state.numpy() for name, state in zeros.items()}
    for x in xs:
        y, *after = session.run(None, {"x": x.numpy(), **memory})
        memory = dict(zip(memory, after, strict=True))
        with torch.no_grad():
            torch.testing.assert_close(torch.from_numpy(y), module(x))
    for name, state in module.save_states().items():
        torch.testing.assert_close(torch.from_numpy(memory[name]), state)
