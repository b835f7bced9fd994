# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0f77b609006c1552
"""State-space layers, one timestep per call."""

from .layer import Layer
from .s4 import S4
from .s5 import S5
from .s6 import S6
from .mamba import Mamba

__all__ = [
    "Layer",
    "S4",
    "S5",
    "S6",
    "Mamba",
]
