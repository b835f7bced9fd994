# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1ab84d3032db2df7
"""Recurrent layers, one timestep a call."""

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
