# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5c3d7082ede99e22
"""Recurrent layers of the literature that do not spike."""

from .mingru import MinGRU
from .ltc import LTC
from .cfc import CfC

__all__ = [
    "MinGRU",
    "LTC",
    "CfC",
]
