# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8ad5ccca323faafb
"""The neurons of Sinabs, with its defaults, order of reset and surrogate gradient."""

from .lif import LIF
from .lifzero import LIFZero
from .lifsingle import LIFSingle
from .lifunscaled import LIFUnscaled
from .lifsynaptic import LIFSynaptic
from .lifrecurrent import LIFRecurrent
from .iaf import IAF
from .iafsingle import IAFSingle
from .iafclipped import IAFClipped
from .iafrecurrent import IAFRecurrent
from .expleak import ExpLeak
from .alif import ALIF
from .alifsynaptic import ALIFSynaptic
from .alifrecurrent import ALIFRecurrent
from .spikes import single_exponential

__all__ = [
    "LIF",
    "LIFZero",
    "LIFSingle",
    "LIFUnscaled",
    "LIFSynaptic",
    "LIFRecurrent",
    "IAF",
    "IAFSingle",
    "IAFClipped",
    "IAFRecurrent",
    "ExpLeak",
    "ALIF",
    "ALIFSynaptic",
    "ALIFRecurrent",
    "single_exponential",
]
