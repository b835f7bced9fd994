"""Every page of the documentation: those written by hand, and those that the spec prints."""

from __future__ import annotations

from pathlib import Path

from codegen.documentation.pages import pages
from codegen.reading.load import load_library

ROOT = Path(__file__).parents[2]
GENERATED = {
    ROOT / "docs" / path: text for path, text in pages(load_library(ROOT / "spec")).items()
}
WRITTEN = {
    path: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("**/*.md"))
    if path not in GENERATED
    and path.parent.name not in ("layers", "zoo")  # left from an older spec
}
PAGES = WRITTEN | GENERATED
