"""Other libraries, which tests and pages compare ours with where they are installed."""

from __future__ import annotations

import re
import warnings
from types import ModuleType

import pytest

LIBRARIES = ("norse", "onnxruntime", "pytorch_lightning", "sinabs", "snntorch", "spikingjelly")


def peer(name: str) -> ModuleType:
    """Import a module of theirs, or skip; what they warn of meanwhile is no concern of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


def require_peers(page: str) -> None:
    """Skip where a library that the code of a page imports is not installed."""
    for library in LIBRARIES:
        if re.search(rf"^(?:import|from) {library}\b", page, re.MULTILINE):
            peer(library)
