"""PyTorch layers that remember something between calls."""

from . import functional, rnn, snn, ssm
from .core import Layer, Model

__all__ = ["Layer", "Model", "functional", "rnn", "snn", "ssm"]
