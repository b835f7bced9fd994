"""The numbers recorded from the published package, to 1e-10."""

from __future__ import annotations

import inspect
import json
import operator
from pathlib import Path
from typing import Any

import pytest
import torch

import tracetorch as tt

RECORDINGS = sorted((Path(__file__).parents[1] / "reference").glob("*.json"))
QUANTIZERS = {"round_ste()": tt.functional.round_ste}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded(path: Path) -> None:
    recorded: dict[str, Any] = json.loads(path.read_text())
    arguments = dict(recorded["arguments"])
    if "quant_fn" in arguments:
        arguments["quant_fn"] = QUANTIZERS[arguments["quant_fn"]]()
    package, name = recorded["layer"].split(".")
    layer = getattr(getattr(tt, package), name)(**arguments)
    checkpoint = {name: torch.tensor(value) for name, value in recorded["state_dict"].items()}
    layer.load_state_dict(checkpoint)

    xs = torch.tensor(recorded["x"], requires_grad=True)
    ys = torch.stack([layer(x) for x in xs])
    (ys * torch.tensor(recorded["w"])).sum().backward()

    expected = {"y": recorded["y"], "x": recorded["grad_x"]}
    expected |= recorded["grad"] | recorded["final_states"]
    found = {"y": ys, "x": xs.grad, **{name: p.grad for name, p in layer.named_parameters()}}
    found |= {name: getattr(layer, name) for name in layer._state_sizes}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], torch.tensor(value), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_arguments_and_keys_are_the_recorded_ones(path: Path) -> None:
    recorded = json.loads(path.read_text())
    arguments = {name: v for name, v in recorded["arguments"].items() if name != "quant_fn"}
    layer = operator.attrgetter(recorded["layer"])(tt)
    names = list(inspect.signature(layer).parameters)
    assert names[: len(arguments)] == list(arguments)
    if recorded["layer"].startswith("snn."):
        values = [name.removeprefix("raw_") for name in recorded["state_dict"]]
        assert names[1 : len(values) + 1] == values
    found = {name: value.shape for name, value in layer(**arguments).state_dict().items()}
    expected = {name: torch.tensor(v).shape for name, v in recorded["state_dict"].items()}
    assert found == expected
    assert (list(found) == list(expected)) == (path.stem != "ssm.Mamba")


def test_all_recordings_are_here() -> None:
    assert [path.stem for path in RECORDINGS] == [
        "rnn.GRU",
        "snn.DSRLITS",
        "snn.LI",
        "snn.RLIT",
        "snn.SLIB",
        "ssm.Mamba",
    ]
