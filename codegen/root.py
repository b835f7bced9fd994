"""Where the spec is: in this package if it is installed, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent
IS_INSTALLED = (_HERE / "spec").is_dir()
ROOT = _HERE if IS_INSTALLED else _HERE.parent
"""The folder of the spec."""
