# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a5e570e5d8371595
"""Recurrent layers of the literature that do not spike."""

from .mingru import MinGRU
from .ltc import LTC
from .cfc import CfC
from .lmu import LMU

__all__ = [
    "MinGRU",
    "LTC",
    "CfC",
    "LMU",
]
