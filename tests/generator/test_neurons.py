"""The neurons of docs/neurons: generated as a user would, and held to the tests they come with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main

NEURONS = Path(__file__).parents[2] / "docs" / "neurons"
SPECS = sorted(NEURONS.glob("*.yaml"))
MANY = 5
"""In sets larger than this no layer is compiled by torch.compile, and only the first and the last
have their kernels compiled, since that takes long."""


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_generated_tests_pass(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / spec.stem
    assert main(["generate", "--spec", str(spec), "--out", str(out)]) == 0
    assert main(["check", "--spec", str(spec), "--out", str(out)]) == 0
    layers = re.findall(r"^from \.\w+ import (\w+)$", (out / "__init__.py").read_text(), re.M)
    options = []
    if len(layers) > MANY:
        slow = f"{out}/test_{spec.stem}.py::test_whole_sequences"
        options = ["-k", "not test_torch_compile"]
        options += [f"--deselect={slow}[{name}]" for name in layers[1:-1]]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, out]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout and "error" not in run.stdout


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_neuron_is_a_page_of_yaml(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert f"reference: {spec.stem}_reference.py" in text and "source: " in text
