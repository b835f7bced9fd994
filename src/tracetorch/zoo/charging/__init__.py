# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 250be5a93c649ec3
"""Leaky integrate-and-fire neurons that learn how they charge or reset."""

from .plif import PLIF
from .klif import KLIF
from .clif import CLIF
from .glif import GLIF

__all__ = [
    "PLIF",
    "KLIF",
    "CLIF",
    "GLIF",
]
