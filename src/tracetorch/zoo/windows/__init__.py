# Generated from spec/zoo/windows.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 81b36d825e9e3d00
"""Spiking neurons over a window of their last inputs."""

from .slidingpsn import SlidingPSN

__all__ = [
    "SlidingPSN",
]
