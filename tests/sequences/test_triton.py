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

HERE = Path(__file__).parent
NUMPY = tuple(map(int, numpy.__version__.split(".")[:2]))

pytestmark = pytest.mark.skipif(not find_spec("triton"), reason="Triton is not installed")


def run(*command: str | Path, **environment: str) -> None:
    """Run in a process of its own, since Triton asks only once whether to interpret."""
    done = subprocess.run(
        (sys.executable, *command),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]


@pytest.mark.skipif(NUMPY >= (2, 3), reason="Triton's interpreter needs NumPy before 2.3")
def test_in_the_interpreter() -> None:
    run("-m", "pytest", "-q", "-x", HERE / "interpreted.py", TRITON_INTERPRET="1")


def test_compiled_for_a_graphics_processor(tmp_path: Path) -> None:
    run("-m", "tests.support.compiled", TRITON_INTERPRET="0", TRITON_CACHE_DIR=str(tmp_path))
