# Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6613be1dd5c89421
"""The neurons of Izhikevich, and the resonate-and-fire neuron."""

from .izhikevich import Izhikevich
from .raf import RAF

__all__ = [
    "Izhikevich",
    "RAF",
]
