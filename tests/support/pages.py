"""Every page of the documentation: those written by hand, and those that the spec prints."""

from __future__ import annotations

from pathlib import Path

from codegen.documentation.pages import pages
from codegen.reading.load import load

ROOT = Path(__file__).parents[2]
GENERATED = {ROOT / "docs" / path: text for path, text in pages(load(ROOT / "spec")).items()}
WRITTEN = {
    path: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("**/*.md"))
    if path not in GENERATED and path.parent.name != "layers"  # left from an older spec
}
PAGES = WRITTEN | GENERATED
