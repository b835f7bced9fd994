"""What every layer and every model with memory share."""

from .layer import Layer, TensorFunction, Value
from .model import Model

__all__ = ["Layer", "Model", "TensorFunction", "Value"]
