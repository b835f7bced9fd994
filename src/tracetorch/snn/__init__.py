# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 419acba0dc354d2a
"""Spiking layers, and leaky integrators as readouts."""

from typing import TYPE_CHECKING

from ..core.lazy import lazy

if TYPE_CHECKING:
    from . import flex
    from .layer import Layer
    from .li import LI
    from .sli import SLI
    from .dli import DLI
    from .dsli import DSLI
    from .liema import LIEMA
    from .sliema import SLIEMA
    from .dliema import DLIEMA
    from .dsliema import DSLIEMA
    from .lib import LIB
    from .rlib import RLIB
    from .slib import SLIB
    from .srlib import SRLIB
    from .dlib import DLIB
    from .drlib import DRLIB
    from .dslib import DSLIB
    from .dsrlib import DSRLIB
    from .lit import LIT
    from .rlit import RLIT
    from .slit import SLIT
    from .srlit import SRLIT
    from .dlit import DLIT
    from .drlit import DRLIT
    from .dslit import DSLIT
    from .dsrlit import DSRLIT
    from .lits import LITS
    from .rlits import RLITS
    from .slits import SLITS
    from .srlits import SRLITS
    from .dlits import DLITS
    from .drlits import DRLITS
    from .dslits import DSLITS
    from .dsrlits import DSRLITS
else:  # a type checker would believe that there is every name
    __getattr__ = lazy(
        __name__,
        modules=("flex",),
        classes={
            "layer": ["Layer"],
            "li": ["LI"],
            "sli": ["SLI"],
            "dli": ["DLI"],
            "dsli": ["DSLI"],
            "liema": ["LIEMA"],
            "sliema": ["SLIEMA"],
            "dliema": ["DLIEMA"],
            "dsliema": ["DSLIEMA"],
            "lib": ["LIB"],
            "rlib": ["RLIB"],
            "slib": ["SLIB"],
            "srlib": ["SRLIB"],
            "dlib": ["DLIB"],
            "drlib": ["DRLIB"],
            "dslib": ["DSLIB"],
            "dsrlib": ["DSRLIB"],
            "lit": ["LIT"],
            "rlit": ["RLIT"],
            "slit": ["SLIT"],
            "srlit": ["SRLIT"],
            "dlit": ["DLIT"],
            "drlit": ["DRLIT"],
            "dslit": ["DSLIT"],
            "dsrlit": ["DSRLIT"],
            "lits": ["LITS"],
            "rlits": ["RLITS"],
            "slits": ["SLITS"],
            "srlits": ["SRLITS"],
            "dlits": ["DLITS"],
            "drlits": ["DRLITS"],
            "dslits": ["DSLITS"],
            "dsrlits": ["DSRLITS"],
        },
    )

__all__ = [
    "Layer",
    "LI",
    "SLI",
    "DLI",
    "DSLI",
    "LIEMA",
    "SLIEMA",
    "DLIEMA",
    "DSLIEMA",
    "LIB",
    "RLIB",
    "SLIB",
    "SRLIB",
    "DLIB",
    "DRLIB",
    "DSLIB",
    "DSRLIB",
    "LIT",
    "RLIT",
    "SLIT",
    "SRLIT",
    "DLIT",
    "DRLIT",
    "DSLIT",
    "DSRLIT",
    "LITS",
    "RLITS",
    "SLITS",
    "SRLITS",
    "DLITS",
    "DRLITS",
    "DSLITS",
    "DSRLITS",
    "flex",
]


def __dir__() -> list[str]:
    return __all__
