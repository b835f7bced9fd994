"""Pages, docstrings, comments and messages use the terms of the glossary and of the field."""

from __future__ import annotations

import ast
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

from tests.support.pages import GENERATED, PAGES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GLOSSARY = PAGES[DOCS / "glossary.md"]
