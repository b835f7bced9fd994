"""Copies of the project, and the tests run in them.

A copy has a home beside it, for what is compiled and cached. A mutant begins with the home that the
tests on the project as it is have left, since what they compiled need not be compiled again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".hypothesis", ".*_cache", "__pycache__", "*.egg-info", "build", "dist"
)
_DID_NOT_RUN = (4, 5)
"""What pytest returns where it was called wrongly, or found no test."""


class Tree:
    """A copy of the project in a folder of its own, which goes with it."""

    def __init__(self, folder: Path, like: Tree | None = None) -> None:
        self.folder = folder
        self.project, self.home = folder / "project", folder / "home"
        if like is None:
            shutil.copytree(ROOT, self.project, ignore=_LEFT_OUT)
            self.home.mkdir()
        else:
            shutil.copytree(like.project, self.project)
            shutil.copytree(like.home, self.home)
        (folder / "tmp").mkdir()

    def forget_compiled(self) -> None:
        shutil.rmtree(self.home)
        self.home.mkdir()

    def call(self, *arguments: str, timeout: float | None = None) -> tuple[int | None, str]:
        """Run a module of Python in the copy.

        Returns:
            Its status, or None if it took too long, and what it wrote.
        """
        environment = {
            **os.environ,
            "HOME": str(self.home),
            "HYPOTHESIS_PROFILE": "mutants",
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(self.project / "src"),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_CACHE_HOME": str(self.home),
        }
        with tempfile.TemporaryFile("w+", errors="replace") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=self.project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                with suppress(ProcessLookupError):  # with all that it has started
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            written.seek(0)
            return status, written.read()

    def notices(self, tests: Sequence[str], timeout: float | None = None) -> bool:
        """Whether a test fails, crashes or takes too long."""
        status, written = self.call(
            "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests, timeout=timeout
        )
        if status in _DID_NOT_RUN:
            raise RuntimeError(f"the tests did not run\n{written}")
        return status != 0

    def misfits_types(self) -> bool:
        """Whether mypy finds an error. It caches what it knows, for this copy and copies of it."""
        status, _ = self.call("mypy")
        return status != 0

    def seconds(self, tests: Sequence[str]) -> dict[str, float]:
        """How long each file of tests takes, all of which must pass."""
        report = self.folder / "report.xml"
        processes = f"--numprocesses={os.cpu_count()}"
        status, written = self.call(
            "pytest", "-q", "-p", "no:cacheprovider", processes, f"--junitxml={report}", *tests
        )
        if status != 0:
            raise RuntimeError(f"the tests fail on the project as it is\n{written}")
        taken: dict[str, float] = defaultdict(float)
        for case in ElementTree.parse(report).iter("testcase"):
            module = case.get("classname", "")
            taken[f"{module.replace('.', '/')}.py"] += float(case.get("time", 0))
        return taken
