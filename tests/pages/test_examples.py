"""Every example runs, draws its picture, and prints what its page promises."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

import tracetorch as tt

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SCRIPTS = [path for path in sorted(EXAMPLES.glob("*.py")) if path.stem != "digits"]  # the demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@cache
def printed_by(name: str, folder: Path) -> str:
    """What a script prints when it trains for one epoch, warnings being errors."""
    script = [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"]
    options = ["--epochs", "1", "--output", folder / "new" / f"{name}.png"]
    run = subprocess.run([*script, *options], capture_output=True, text=True, cwd=folder)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs_and_draws(script: Path, folder: Path) -> None:
    printed = printed_by(script.stem, folder)
    picture = folder / "new" / f"{script.stem}.png"
    assert picture.read_bytes().startswith(b"\x89PNG") and str(picture) in printed


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_has_a_page_with_its_picture_and_source(script: Path) -> None:
    page = script.with_suffix(".md").read_text(encoding="utf-8")
    assert f"]({script.stem}.png)" in page and f":::{{literalinclude}} {script.name}" in page
    assert script.with_suffix(".png").stat().st_size < 150_000


def test_recall_gives_an_accuracy_for_each_layer_and_delay(folder: Path) -> None:
    printed = printed_by("delayed_recall", folder)
    (delays,) = re.findall(r"^delay of ([\d ]+) timesteps", printed, re.MULTILINE)
    rows = dict(re.findall(r"^(D?S?R?LIB) +([\d% ]+)$", printed, re.MULTILINE))
    assert len(rows) == 8
    assert all(row.count("%") == len(delays.split()) for row in rows.values())


def test_streaming_survives_the_restart_with_its_states_alone(folder: Path) -> None:
    differences = dict(
        re.findall(r"difference with the states (\w+): (\S+)", printed_by("streaming", folder))
    )
    assert float(differences["restored"]) == 0.0 < float(differences["lost"])


def test_convolution_learns_and_needs_several_timesteps(folder: Path) -> None:
    printed = printed_by("convolution", folder)
    accuracies = [float(part) for part in re.findall(r"test accuracy (\d+\.\d)%", printed)]
    assert len(accuracies) == 8 and accuracies[-1] > 50.0 > accuracies[0]


def test_mnist_1d_prints_an_accuracy_for_each_network(folder: Path) -> None:
    printed = printed_by("mnist_1d", folder)
    means = re.findall(r"^(\w+): mean accuracy \d+\.\d%$", printed, re.MULTILINE)
    assert means == ["lags", "recurrent"]


@pytest.mark.parametrize("name", ["lags", "recurrent"])
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for .*Recurrent")
def test_the_networks_for_mnist_1d_are_causal_and_their_spikes_hard(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    script = importlib.import_module("mnist_1d")
    torch.manual_seed(0)
    network, signals = script.NETWORKS[name](), torch.randn(20, 40)
    script.read(network, signals)  # running statistics
    neurons = [str(i) for i, one in enumerate(network) if isinstance(one, tt.snn.Layer)]
    with torch.no_grad(), tt.record(network.eval(), *neurons) as seen:
        scores = script.read(network, signals)
        tt.zero_states(network)
        alone = torch.stack([network(points[:, None]) for points in signals.T])
    torch.testing.assert_close(alone, scores)
    assert len(neurons) == 3
    assert {value for layer in neurons for value in seen[layer].unique().tolist()} == {0, 1}
