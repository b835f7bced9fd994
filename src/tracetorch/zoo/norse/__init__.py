# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 90635795ccf983c7
"""The neurons of Norse, with its defaults, order of reset and surrogate gradient."""

from .lif import LIF
from .lifbox import LIFBox
from .lifboxsoft import LIFBoxSoft
from .licell import LICell
from .libox import LIBox
from .iaf import IAF
from .lifex import LIFEx
from .lifadex import LIFAdEx
from .lsnn import LSNN
from .lifrefrac import LIFRefrac
from .lifadexrefrac import LIFAdExRefrac
from .izhikevich import Izhikevich
from .cobalif import CobaLIF
from .tsodyksmakram import TsodyksMakram
from .spikes import superspike

__all__ = [
    "LIF",
    "LIFBox",
    "LIFBoxSoft",
    "LICell",
    "LIBox",
    "IAF",
    "LIFEx",
    "LIFAdEx",
    "LSNN",
    "LIFRefrac",
    "LIFAdExRefrac",
    "Izhikevich",
    "CobaLIF",
    "TsodyksMakram",
    "superspike",
]
