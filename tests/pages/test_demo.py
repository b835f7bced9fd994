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


def accuracies(*arguments: str | Path) -> list[str]:
    """The test accuracies that a program prints, warnings being errors."""
    command = [sys.executable, "-W", "error", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.findall(r"test accuracy (\d+\.\d)%", run.stdout)


def test_demo_learns(tmp_path: Path) -> None:
    picture = tmp_path / "new" / "digits.png"
    of_images, of_rows = accuracies(DEMO, "--output", picture)
    assert float(of_rows) >= 96.0 and float(of_images) >= 96.0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_one_seed_gives_one_number(tmp_path: Path) -> None:
    run = ("-c", MAIN, DEMO, tmp_path / "digits.png")
    _, other, _, first = accuracies(*run, "1", "0")
    assert [first] == accuracies(*run, "0")[1:] != [other]
