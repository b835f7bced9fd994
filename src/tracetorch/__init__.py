"""PyTorch layers that remember something between calls."""

from . import functional, rnn, snn, ssm
from .core import Layer, Model, Stateless

__all__ = ["Layer", "Model", "Stateless", "functional", "rnn", "snn", "ssm"]
