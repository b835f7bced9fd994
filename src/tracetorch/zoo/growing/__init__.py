# Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e8ccc3e3e87d382e
"""Quadratic and exponential integrate-and-fire neurons."""

from .qif import QIF
from .eif import EIF
from .adex import AdEx

__all__ = [
    "QIF",
    "EIF",
    "AdEx",
]
