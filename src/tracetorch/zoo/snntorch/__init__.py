# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0070e502928d5bb7
"""The neurons of snnTorch, with its defaults, order of reset and surrogate gradient."""

from .leaky import Leaky
from .leakyzero import LeakyZero
from .leakynone import LeakyNone
from .synaptic import Synaptic
from .synapticzero import SynapticZero
from .synapticnone import SynapticNone
from .rleaky import RLeaky
from .rleakyonetoone import RLeakyOneToOne
from .rsynaptic import RSynaptic
from .rsynapticonetoone import RSynapticOneToOne
from .lapicque import Lapicque
from .lapicquezero import LapicqueZero
from .lapicquenone import LapicqueNone
from .alpha import Alpha
from .alphasubtract import AlphaSubtract
from .alphanone import AlphaNone
from .deltaleaky import DeltaLeaky
from .stateleaky import StateLeaky
from .linearleaky import LinearLeaky
from .leakyparallel import LeakyParallel
from .slstm import SLSTM

__all__ = [
    "Leaky",
    "LeakyZero",
    "LeakyNone",
    "Synaptic",
    "SynapticZero",
    "SynapticNone",
    "RLeaky",
    "RLeakyOneToOne",
    "RSynaptic",
    "RSynapticOneToOne",
    "Lapicque",
    "LapicqueZero",
    "LapicqueNone",
    "Alpha",
    "AlphaSubtract",
    "AlphaNone",
    "DeltaLeaky",
    "StateLeaky",
    "LinearLeaky",
    "LeakyParallel",
    "SLSTM",
]
