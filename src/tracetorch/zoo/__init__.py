# Generated from spec/zoo/ by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2bf1eb87a1de14a3
"""Neurons of the literature, and of other libraries under their names."""

from typing import TYPE_CHECKING

from ..core.lazy import lazy

if TYPE_CHECKING:
    from . import norse, sinabs, snntorch, spikingjelly
    from .adaptive import (
        MLIB,
        ALIB,
        AMLIB,
        RALIB,
        SMLIB,
        SALIB,
        SAMLIB,
        DALIB,
        ALIT,
        SALIT,
        ALITS,
        SALITS,
        LSNN,
    )
    from .charging import PLIF, RPLIF, SPLIF, KLIF, RKLIF, SKLIF, CLIF, RCLIF, SCLIF, GLIF
    from .compartments import TCLIF, DHLIF, PMSN
    from .gated import SpikingGRU, SpikingMGU
    from .growing import QIF, EIF, AdEx
    from .heads import MLSTM, RWKV
    from .izhikevich import Izhikevich, RAF
    from .levels import ILIF, RILIF, SILIF, LIAF, RLIAF, SLIAF, STBIF
    from .memory import MinGRU, LTC, CfC, LMU
    from .refractory import LIBK, RLIBK, SLIBK, LIBKR, RLIBKR, SLIBKR
    from .resets import (
        LIBZ,
        RLIBZ,
        SLIBZ,
        LIBV,
        RLIBV,
        SLIBV,
        LIBL,
        RLIBL,
        SLIBL,
        LIBLZ,
        RLIBLZ,
        SLIBLZ,
    )
    from .synapses import ELIB, CLIB, RELIB, RCLIB, AlphaLIF, ConductanceLIF, TsodyksMarkram
    from .windows import SlidingPSN, DelayedLinear
else:  # a type checker would believe that there is every name
    __getattr__ = lazy(
        __name__,
        modules=("norse", "sinabs", "snntorch", "spikingjelly"),
        classes={
            "adaptive": [
                "MLIB",
                "ALIB",
                "AMLIB",
                "RALIB",
                "SMLIB",
                "SALIB",
                "SAMLIB",
                "DALIB",
                "ALIT",
                "SALIT",
                "ALITS",
                "SALITS",
                "LSNN",
            ],
            "charging": [
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
            ],
            "compartments": ["TCLIF", "DHLIF", "PMSN"],
            "gated": ["SpikingGRU", "SpikingMGU"],
            "growing": ["QIF", "EIF", "AdEx"],
            "heads": ["MLSTM", "RWKV"],
            "izhikevich": ["Izhikevich", "RAF"],
            "levels": ["ILIF", "RILIF", "SILIF", "LIAF", "RLIAF", "SLIAF", "STBIF"],
            "memory": ["MinGRU", "LTC", "CfC", "LMU"],
            "refractory": ["LIBK", "RLIBK", "SLIBK", "LIBKR", "RLIBKR", "SLIBKR"],
            "resets": [
                "LIBZ",
                "RLIBZ",
                "SLIBZ",
                "LIBV",
                "RLIBV",
                "SLIBV",
                "LIBL",
                "RLIBL",
                "SLIBL",
                "LIBLZ",
                "RLIBLZ",
                "SLIBLZ",
            ],
            "synapses": [
                "ELIB",
                "CLIB",
                "RELIB",
                "RCLIB",
                "AlphaLIF",
                "ConductanceLIF",
                "TsodyksMarkram",
            ],
            "windows": ["SlidingPSN", "DelayedLinear"],
        },
    )

__all__ = [
    "MLIB",
    "ALIB",
    "AMLIB",
    "RALIB",
    "SMLIB",
    "SALIB",
    "SAMLIB",
    "DALIB",
    "ALIT",
    "SALIT",
    "ALITS",
    "SALITS",
    "LSNN",
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
    "TCLIF",
    "DHLIF",
    "PMSN",
    "SpikingGRU",
    "SpikingMGU",
    "QIF",
    "EIF",
    "AdEx",
    "MLSTM",
    "RWKV",
    "Izhikevich",
    "RAF",
    "ILIF",
    "RILIF",
    "SILIF",
    "LIAF",
    "RLIAF",
    "SLIAF",
    "STBIF",
    "MinGRU",
    "LTC",
    "CfC",
    "LMU",
    "LIBK",
    "RLIBK",
    "SLIBK",
    "LIBKR",
    "RLIBKR",
    "SLIBKR",
    "LIBZ",
    "RLIBZ",
    "SLIBZ",
    "LIBV",
    "RLIBV",
    "SLIBV",
    "LIBL",
    "RLIBL",
    "SLIBL",
    "LIBLZ",
    "RLIBLZ",
    "SLIBLZ",
    "ELIB",
    "CLIB",
    "RELIB",
    "RCLIB",
    "AlphaLIF",
    "ConductanceLIF",
    "TsodyksMarkram",
    "SlidingPSN",
    "DelayedLinear",
    "norse",
    "sinabs",
    "snntorch",
    "spikingjelly",
]


def __dir__() -> list[str]:
    return __all__
