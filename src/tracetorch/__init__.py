"""PyTorch layers that remember something between calls."""

from . import functional, plot, rnn, snn, ssm
from .core import Layer, Model, Stateless
from .sequence import unroll

__all__ = ["Layer", "Model", "Stateless", "functional", "plot", "rnn", "snn", "ssm", "unroll"]
