# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8754151e81d490c5
"""Spiking layers with a hard or a late reset."""

from .libz import LIBZ
from .rlibz import RLIBZ
from .slibz import SLIBZ
from .libv import LIBV
from .rlibv import RLIBV
from .slibv import SLIBV
from .libl import LIBL
from .rlibl import RLIBL
from .slibl import SLIBL
from .liblz import LIBLZ
from .rliblz import RLIBLZ
from .sliblz import SLIBLZ

__all__ = [
    "LIBZ",
    "RLIBZ",
    "SLIBZ",
    "LIBV",
    "RLIBV",
    "SLIBV",
    "LIBL",
    "RLIBL",
    "SLIBL",
    "LIBLZ",
    "RLIBLZ",
    "SLIBLZ",
]
