"""What users install."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("folder", ["src", "codegen", "docs", ".github", "README.md"])
def test_no_command_installs_a_published_copy(folder: str) -> None:
    """Until there is a release, the name means other code on the package index."""
    start = ROOT / folder
    kinds = {".py", ".md", ".j2", ".yaml", ".yml"}
    for path in [start, *start.rglob("*")]:
        if path.suffix in kinds:
            found = re.search(r"pip install [^`\n]*tracetorch", path.read_text(encoding="utf-8"))
            assert not found, path
