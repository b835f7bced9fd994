# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e2fc71260a5e3b99
"""The neurons of SpikingJelly, with its defaults, order of reset and surrogate gradient."""

from .if_ import IF
from .ifsoft import IFSoft
from .ifdetached import IFDetached
from .halfthresholdif import HalfThresholdIF
from .activationawareif import ActivationAwareIF
from .lif import LIF
from .lifsoft import LIFSoft
from .lifdetached import LIFDetached
from .lifunscaled import LIFUnscaled
from .parametriclif import ParametricLIF
from .parametriclifdetached import ParametricLIFDetached
from .qif import QIF
from .eif import EIF
from .izhikevich import Izhikevich
from .cubalif import CUBALIF
from .klif import KLIF
from .klifscaled import KLIFScaled
from .complementarylif import ComplementaryLIF
from .raf import RAF
from .liaf import LIAF
from .liafrelated import LIAFRelated
from .ternaryif import TernaryIF
from .ternaryifsoft import TernaryIFSoft
from .ternarylif import TernaryLIF
from .ternarylifsoft import TernaryLIFSoft
from .ilif import ILIF
from .stbif import STBIF
from .gatedlif import GatedLIF
from .slttlif import SLTTLIF
from .otttlif import OTTTLIF

__all__ = [
    "IF",
    "IFSoft",
    "IFDetached",
    "HalfThresholdIF",
    "ActivationAwareIF",
    "LIF",
    "LIFSoft",
    "LIFDetached",
    "LIFUnscaled",
    "ParametricLIF",
    "ParametricLIFDetached",
    "QIF",
    "EIF",
    "Izhikevich",
    "CUBALIF",
    "KLIF",
    "KLIFScaled",
    "ComplementaryLIF",
    "RAF",
    "LIAF",
    "LIAFRelated",
    "TernaryIF",
    "TernaryIFSoft",
    "TernaryLIF",
    "TernaryLIFSoft",
    "ILIF",
    "STBIF",
    "GatedLIF",
    "SLTTLIF",
    "OTTTLIF",
]
