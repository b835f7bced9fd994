"""The model and the inputs that the command names, and what it says if there are none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from codegen.deploy.chain import DeployError
from codegen.deploy.command import inputs_of, model_of
from tests.support.equal import identical

SOURCE = """
from torch import nn

def make():
    return nn.Linear(2, 1)

def number():
    return 1

def fail():
    raise KeyError("layer")
"""


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights of a model, whose module lies in the current folder."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "made_here.py").write_text(SOURCE)
    (tmp_path / "made_here.py").write_text("make = None")
    monkeypatch.chdir(tmp_path / "own")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_here", raising=False)
    path = tmp_path / "weights.pt"
    torch.save(nn.Linear(2, 1).state_dict(), path)
    return path


def test_a_model_with_its_weights(weights: Path) -> None:
    """The current folder comes first, and is left out of the path afterwards."""
    before = list(sys.path)
    model = model_of("made_here:make", weights)
    assert sys.path == before
    assert isinstance(model, nn.Linear)
    for name, value in torch.load(weights).items():
        assert identical(model.get_parameter(name).detach(), value)


@pytest.mark.parametrize(
    "factory, words",
    [
        ("made_here", "write module:function, as in digits:Digits"),
        ("made_here:", "write module:function, as in digits:Digits"),
        (":make", "write module:function, as in digits:Digits"),
        ("made_here:none", "AttributeError: module 'made_here' has no attribute 'none'"),
        ("not_made:make", "ModuleNotFoundError: No module named 'not_made'"),
        ("made_here:fail", "KeyError: 'layer'"),
        ("made_here:number", "returned no nn.Module, but 1"),
    ],
)
def test_factories_that_make_no_model(factory: str, words: str, weights: Path) -> None:
    before = list(sys.path)
    with pytest.raises(DeployError) as refused:
        model_of(factory, weights)
    assert str(refused.value) == f"--model {factory}: {words}"
    assert sys.path == before


@pytest.mark.parametrize(
    "saved, words",
    [
        ({"weight": torch.ones(1, 2)}, "Missing key"),
        ([torch.ones(1)], "Expected state_dict to be dict-like"),
        ({1: torch.ones(1)}, "'int' object has no attribute"),
    ],
)
def test_weights_of_another_model(saved: Any, words: str, weights: Path) -> None:
    torch.save(saved, weights)
    with pytest.raises(DeployError) as refused:
        model_of("made_here:make", weights)
    text = str(refused.value)
    assert text.startswith(f"{weights}: ") and text.endswith("; save model.state_dict()")
    assert words in text


@pytest.mark.parametrize(
    "write, words",
    [
        (lambda path: None, "[Errno 2] No such file or directory: "),
        (lambda path: path.write_bytes(b"PK\x03\x04"), "PytorchStreamReader failed"),
        (lambda path: path.write_bytes(b""), "is no file of tensors saved by torch.save"),
        (lambda path: path.write_text("x = 1"), "is no file of tensors saved by torch.save"),
        (
            lambda path: torch.save(nn.Linear(2, 1), path),
            "is no file of tensors saved by torch.save",
        ),
    ],
)
def test_files_without_tensors(write: Callable[[Path], Any], words: str, tmp_path: Path) -> None:
    """A file is never trusted to run code."""
    path = tmp_path / "inputs.pt"
    write(path)
    with pytest.raises(DeployError) as refused:
        inputs_of(path)
    assert str(refused.value).startswith(f"{path}: {words}")


@pytest.mark.parametrize("inputs", [torch.ones(1, 3), torch.ones(2, 1, 4)])
def test_recorded_inputs(inputs: Tensor, tmp_path: Path) -> None:
    torch.save(inputs, tmp_path / "inputs.pt")
    assert identical(inputs_of(tmp_path / "inputs.pt"), inputs)


@pytest.mark.parametrize(
    "inputs", [torch.ones(3), torch.tensor(1.0), torch.ones(0, 3), {"x": 1}, [torch.ones(2, 3)]]
)
def test_inputs_that_are_no_timesteps(inputs: Any, tmp_path: Path) -> None:
    path = tmp_path / "inputs.pt"
    torch.save(inputs, path)
    with pytest.raises(DeployError) as refused:
        inputs_of(path)
    words = "save one tensor of the shape [timesteps, ...], without a batch"
    assert str(refused.value) == f"{path}: {words}"


def test_what_was_saved_on_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        torch.save(torch.ones(2, 3), tmp_path / "inputs.pt")
    found = inputs_of(tmp_path / "inputs.pt")
    assert found.device.type == "cpu" and identical(found, torch.ones(2, 3))
