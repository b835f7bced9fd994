"""The demo reaches about the accuracy on its page, and each seed gives one number."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_demo(picture: Path, *options: str) -> str:
    """What the demo prints, warnings being errors."""
    command = [sys.executable, "-W", "error", ROOT / "docs" / "examples" / "digits.py"]
    run = subprocess.run(
        [*command, "--output", picture, *options], capture_output=True, text=True, check=True
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    return run.stdout


def test_demo_learns(tmp_path: Path) -> None:
    printed = run_demo(tmp_path / "new" / "digits.png")
    accuracies = [float(percent) for percent in re.findall(r"test accuracy (\d+\.\d)%", printed)]
    assert accuracies[-1] >= 96.0
    assert "logistic regression" in printed and str(tmp_path / "new" / "digits.png") in printed


def test_one_seed_gives_one_number(tmp_path: Path) -> None:
    first, second = (run_demo(tmp_path / "digits.png", "--epochs", "1") for _ in range(2))
    other = run_demo(tmp_path / "digits.png", "--epochs", "1", "--seed", "1")
    assert first == second != other
