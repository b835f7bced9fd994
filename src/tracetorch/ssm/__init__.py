# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c78460dbe6ca37e5
"""State-space layers, one timestep per call."""

from typing import TYPE_CHECKING

from ..core.lazy import lazy

if TYPE_CHECKING:
    from .layer import Layer
    from .s4 import S4
    from .s5 import S5
    from .s6 import S6
    from .mamba import Mamba
else:  # a type checker would believe that there is every name
    __getattr__ = lazy(
        __name__,
        modules=(),
        classes={
            "layer": ["Layer"],
            "s4": ["S4"],
            "s5": ["S5"],
            "s6": ["S6"],
            "mamba": ["Mamba"],
        },
    )

__all__ = [
    "Layer",
    "S4",
    "S5",
    "S6",
    "Mamba",
]


def __dir__() -> list[str]:
    return __all__
