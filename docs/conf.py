"""Sphinx configuration; the build first writes the generated pages and figures."""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

import figures  # noqa: E402

from codegen.documentation.pages import pages  # noqa: E402
from codegen.reading.load import load_library  # noqa: E402

project = "tracetorch"
release = metadata.version(project)
copyright = "the tracetorch developers"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx-mathjax-offline",
]
exclude_patterns = ["**/__pycache__"]
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
napoleon_custom_sections = ["Shape", "States", "Source"]


def write_generated(app: Sphinx) -> None:
    """Write the pages generated from the spec, and draw the figures of its layers."""
    for folder in ("layers", "zoo"):
        shutil.rmtree(DOCS / folder, ignore_errors=True)  # a layer may be gone
    for path, text in pages(load_library(DOCS.parent / "spec")).items():
        target = DOCS / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    figures.draw_all(DOCS)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_generated)
