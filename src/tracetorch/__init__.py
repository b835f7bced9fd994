"""PyTorch layers that remember something between calls."""

from . import functional, snn
from .core import Layer, Model

__all__ = ["Layer", "Model", "functional", "snn"]
