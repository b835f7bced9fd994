# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 41a75e0cb88d86c0
"""Neurons with integer, signed or analog outputs."""

from .ilif import ILIF
from .rilif import RILIF
from .silif import SILIF
from .liaf import LIAF
from .rliaf import RLIAF
from .sliaf import SLIAF
from .stbif import STBIF

__all__ = [
    "ILIF",
    "RILIF",
    "SILIF",
    "LIAF",
    "RLIAF",
    "SLIAF",
    "STBIF",
]
