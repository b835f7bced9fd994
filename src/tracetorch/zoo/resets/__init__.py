# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 214ff1fb7c6a4f3c
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
from .if_ import IF
from .ifz import IFZ

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
    "IF",
    "IFZ",
]
