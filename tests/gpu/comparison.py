"""Runs the tests of this folder in several processes, since compiling takes nearly all of their time."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

PROCESSES = min(16, os.cpu_count() or 1)


class Share:
    """A plugin of pytest that leaves a process its share of the tests."""

    def __init__(self, first: int) -> None:
        self.first = first

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = items[self.first :: PROCESSES]


def run() -> bool:
    """Return whether a test failed."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes:
        return any([*processes.map(_run, range(PROCESSES))])


def _run(first: int) -> int:
    """Run every so many tests from the first on; return the exit status."""
    # Other versions of PyTorch and Triton may warn of what is no fault of the kernels.
    options = ("-q", "--no-header", "--noconftest", "-p", "no:cacheprovider", "-W", "default")
    return int(pytest.main([*options, str(Path(__file__).parent)], plugins=[Share(first)]))
