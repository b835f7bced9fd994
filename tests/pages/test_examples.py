"""Every example runs, draws its picture, and prints what its page promises."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

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
