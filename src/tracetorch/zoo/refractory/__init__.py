# Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 681e5d950f3020e0
"""Spiking layers with a refractory period."""

from .libk import LIBK
from .rlibk import RLIBK
from .slibk import SLIBK
from .libkr import LIBKR
from .rlibkr import RLIBKR
from .slibkr import SLIBKR

__all__ = [
    "LIBK",
    "RLIBK",
    "SLIBK",
    "LIBKR",
    "RLIBKR",
    "SLIBKR",
]
