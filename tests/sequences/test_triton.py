"""The kernels in Triton, where there may be no graphics processor: run by Triton's interpreter, and
compiled for processors that are not there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy
import pytest

from tests.support.reviewed import assert_as_reviewed

HERE = Path(__file__).parent
NUMPY = tuple(map(int, numpy.__version__.split(".")[:2]))

pytestmark = pytest.mark.skipif(not find_spec("triton"), reason="Triton is not installed")


def run(*command: str | Path, **environment: str) -> str:
    """What a process of its own prints, since Triton asks only once whether to interpret."""
    done = finished(sys.executable, *command, **environment)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def finished(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **environment}
    return subprocess.run(command, env=whole, capture_output=True, text=True, cwd=HERE.parents[1])


interpreter = pytest.mark.skipif(
    NUMPY >= (2, 3), reason="Triton's interpreter needs NumPy before 2.3"
)


@interpreter
@pytest.mark.parametrize("tests", ["interpreted.py", "interpreted_recurrences.py"])
def test_in_the_interpreter(tests: str) -> None:
    run("-m", "pytest", "-q", "-x", HERE / tests, TRITON_INTERPRET="1")


def test_compiled_for_a_graphics_processor(tmp_path: Path) -> None:
    """Threads wait before they load what others have stored, and before that is stored again."""
    environment = {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    printed = run("-m", "tests.support.compiled", **environment)
    assert_as_reviewed(printed, HERE / "golden" / "compiled.txt")


# `make gpu`

OTHERS = ("black", "hypothesis", "jinja2", "matplotlib", "tqdm", "xdist", "yaml")
"""Packages that a machine with PyTorch, Triton and pytest may lack."""


@interpreter
def test_the_command_for_a_gpu_needs_three_packages(tmp_path: Path) -> None:
    """In the interpreter, with no time for `torch.compile`."""
    path = tmp_path / "sitecustomize.py"
    path.write_text(f"import sys\nfor name in {OTHERS}:\n    sys.modules[name] = None\n")
    table = tmp_path / "table.md"
    run(
        *("-m", "tests.gpu", "--out", table, "--seconds", "0"),
        PYTHONPATH=f"{tmp_path}{os.pathsep}src",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        CUDA_VISIBLE_DEVICES="",
        TRITON_INTERPRET="1",
    )
    machine, _, head, rule, *rows = table.read_text(encoding="utf-8").splitlines()
    assert machine.startswith("no GPU, PyTorch 2.") and ", Triton 3." in machine
    assert head == "| layer | run by | inference | training | peak (MB) |"
    assert {line.count("|") for line in (head, rule, *rows)} == {6}
    loops = [row for row in rows if "| loop | 1.0 | 1.0 |" in row]
    unrolled = [row for row in rows if "| `tt.unroll` |" in row]
    assert len(loops) == len(unrolled) == 10


def test_without_a_gpu_the_command_says_so() -> None:
    done = finished("make", "gpu", f"PYTHON={sys.executable}", CUDA_VISIBLE_DEVICES="")
    assert done.returncode and "nothing was run: there is no CUDA device" in done.stderr
    assert "--out" not in finished("make", "--dry-run", "gpu").stdout
    assert "--out mine.md" in finished("make", "--dry-run", "gpu", "TABLE=mine.md").stdout
