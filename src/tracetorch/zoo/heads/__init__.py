# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c597da6db43cdd70
"""Recurrent layers with a matrix memory in each of several heads."""

from .mlstm import MLSTM
from .rwkv import RWKV

__all__ = [
    "MLSTM",
    "RWKV",
]
