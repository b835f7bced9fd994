# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4cf80309d4f9084a
"""Layers over a window of their last inputs."""

from .slidingpsn import SlidingPSN
from .delayedlinear import DelayedLinear

__all__ = [
    "SlidingPSN",
    "DelayedLinear",
]
