"""Texts that were reviewed, in files beside the tests."""

from __future__ import annotations

import os
from pathlib import Path


def assert_as_reviewed(text: str, file: Path) -> None:
    """Compare a text with that in a file; `UPDATE_GOLDEN=1` in the environment accepts a change."""
    if "UPDATE_GOLDEN" in os.environ:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
