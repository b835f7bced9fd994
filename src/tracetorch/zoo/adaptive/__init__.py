# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 24fd10a7e81692ee
"""Spiking layers with an adaptive threshold or a recurrent weight matrix."""

from .mlib import MLIB
from .alib import ALIB
from .amlib import AMLIB
from .ralib import RALIB
from .smlib import SMLIB
from .salib import SALIB
from .samlib import SAMLIB
from .dalib import DALIB
from .alit import ALIT
from .salit import SALIT
from .alits import ALITS
from .salits import SALITS
from .lsnn import LSNN

__all__ = [
    "MLIB",
    "ALIB",
    "AMLIB",
    "RALIB",
    "SMLIB",
    "SALIB",
    "SAMLIB",
    "DALIB",
    "ALIT",
    "SALIT",
    "ALITS",
    "SALITS",
    "LSNN",
]
