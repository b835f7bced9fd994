"""What tests of the generator share."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.reading.load import _load
from codegen.reading.problems import Notes


@pytest.fixture(scope="module")
def read_once() -> Iterator[None]:
    """Read the spec that all files of a test module extend once, since it takes longer than these."""

    @functools.cache
    def read(folder: Path) -> tuple[Any, Notes]:
        own = Notes()
        return _load(folder, own), own

    def read_again(folder: Path, notes: Notes) -> Any:
        spec, own = read(folder)
        assert not own.problems
        notes.sources.update(own.sources)
        return spec

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("codegen.reading.load._load", read_again)
        yield
