"""The neurons of docs/neurons: generated as a user would, and held to the tests they come with."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.__main__ import main

pytestmark = pytest.mark.usefixtures("unformatted")

NEURONS = Path(__file__).parents[2] / "docs" / "neurons"
SPECS = sorted(NEURONS.glob("*.yaml"))


@pytest.mark.parametrize("specs", [SPECS[::2], SPECS[1::2]], ids=["even", "odd"])
def test_the_generated_tests_pass(specs: list[Path], tmp_path: Path) -> None:
    """In one process for several neurons, since PyTorch and its compiler take long to import."""
    options = [option for spec in specs for option in generated(spec, tmp_path / spec.stem)]
    folders = [tmp_path / spec.stem for spec in specs]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, *folders]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-3000:]
    assert all(f"{spec.stem}/test_{spec.stem}.py " in run.stdout for spec in specs)
    assert " passed" in run.stdout and "error" not in run.stdout
    assert " deselected" in run.stdout  # else the names are not those that pytest gives


def generated(spec: Path, out: Path) -> Iterator[str]:
    """Generate the layers of a spec, and yield what leaves out slow tests of most of them.

    Only the first and the last layer of each spec are tested, and only the first of all is compiled
    by torch.compile.
    """
    assert main(["generate", "--spec", str(spec), "--out", str(out)]) == 0
    assert main(["check", "--spec", str(spec), "--out", str(out)]) == 0
    layers = re.findall(r"^from \.\w+ import (\w+)$", (out / "__init__.py").read_text(), re.M)
    source = (out / f"test_{spec.stem}.py").read_text(encoding="utf-8")
    names = re.findall(r"^def (test_\w+)\(", source, re.M)
    tests = (
        f"{spec.stem}/test_{spec.stem}.py"  # as pytest names it, from the folder that it runs in
    )
    for layer in layers[1:-1]:
        yield from (f"--deselect={tests}::{name}[{layer}]" for name in names)
    if spec != SPECS[0]:
        yield f"--deselect={tests}::test_torch_compile[{layers[0]}]"
    yield f"--deselect={tests}::test_torch_compile[{layers[-1]}]"


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_neuron_is_a_page_of_yaml(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert f"reference: {spec.stem}_reference.py" in text and "source: " in text
