# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1cd2e2ae6e035a18
"""Recurrent layers, one timestep per call."""

from typing import TYPE_CHECKING

from ..core.lazy import lazy

if TYPE_CHECKING:
    from .layer import Layer
    from .simplernn import SimpleRNN
    from .lstm import LSTM
    from .gru import GRU
else:  # a type checker would believe that there is every name
    __getattr__ = lazy(
        __name__,
        modules=(),
        classes={
            "layer": ["Layer"],
            "simplernn": ["SimpleRNN"],
            "lstm": ["LSTM"],
            "gru": ["GRU"],
        },
    )

__all__ = [
    "Layer",
    "SimpleRNN",
    "LSTM",
    "GRU",
]


def __dir__() -> list[str]:
    return __all__
