# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 058515e7d309e35f
"""Spiking layers with other synapses, and a synapse with short-term plasticity."""

from .elib import ELIB
from .clib import CLIB
from .relib import RELIB
from .rclib import RCLIB
from .alphalif import AlphaLIF
from .conductancelif import ConductanceLIF
from .tsodyksmarkram import TsodyksMarkram

__all__ = [
    "ELIB",
    "CLIB",
    "RELIB",
    "RCLIB",
    "AlphaLIF",
    "ConductanceLIF",
    "TsodyksMarkram",
]
