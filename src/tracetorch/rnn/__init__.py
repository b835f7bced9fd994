# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9635a4f3a1fe8974
"""Recurrent layers, one timestep per call."""

from .layer import Layer
from .simplernn import SimpleRNN
from .lstm import LSTM
from .gru import GRU

__all__ = [
    "Layer",
    "SimpleRNN",
    "LSTM",
    "GRU",
]
