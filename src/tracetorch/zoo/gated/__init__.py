# Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 57443f574d610d64
"""Gated recurrent cells with a spiking output."""

from .spikinggru import SpikingGRU
from .spikingmgu import SpikingMGU

__all__ = [
    "SpikingGRU",
    "SpikingMGU",
]
