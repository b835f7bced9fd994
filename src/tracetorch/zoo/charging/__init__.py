# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5427d485572b8144
"""Leaky integrate-and-fire neurons that learn how they charge or reset."""

from .plif import PLIF
from .rplif import RPLIF
from .splif import SPLIF
from .klif import KLIF
from .rklif import RKLIF
from .sklif import SKLIF
from .clif import CLIF
from .rclif import RCLIF
from .sclif import SCLIF
from .glif import GLIF

__all__ = [
    "PLIF",
    "RPLIF",
    "SPLIF",
    "KLIF",
    "RKLIF",
    "SKLIF",
    "CLIF",
    "RCLIF",
    "SCLIF",
    "GLIF",
]
