"""The demo reaches about the accuracy on its page, and each seed gives one number."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "docs" / "examples" / "digits.py"


MAIN = """
import runpy, sys
script, picture, *seeds = sys.argv[1:]
for seed in seeds:
    sys.argv = [script, "--output", picture, "--epochs", "1", "--seed", seed]
    runpy.run_path(script, run_name="__main__")
"""
"""Runs the demo with each seed, in one process, since its imports take longer than an epoch."""


def printed(*arguments: str | Path) -> str:
    """What a program prints, warnings being errors."""
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_demo_learns(tmp_path: Path) -> None:
    picture = tmp_path / "new" / "digits.png"
    words = printed(DEMO, "--output", picture)
    accuracies = [float(percent) for percent in re.findall(r"test accuracy (\d+\.\d)%", words)]
    assert accuracies[-1] >= 96.0
    assert "logistic regression" in words and str(picture) in words
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_one_seed_gives_one_number(tmp_path: Path) -> None:
    picture = tmp_path / "digits.png"
    of_each = re.compile(r"(?<=digits\.pt\n)")  # the last line of a run
    other, first, _ = of_each.split(printed("-c", MAIN, DEMO, picture, "1", "0"))
    assert first == printed("-c", MAIN, DEMO, picture, "0") != other
    assert picture.read_bytes().startswith(b"\x89PNG")
