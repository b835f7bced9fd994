# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: db7fa1d958bbbbc9
"""Neurons with several compartments."""

from .tclif import TCLIF
from .dhlif import DHLIF
from .pmsn import PMSN

__all__ = [
    "TCLIF",
    "DHLIF",
    "PMSN",
]
