"""The base classes of layers and models with states."""

from .layer import Layer
from .model import Model
from .parameters import TensorFunction, Value
from .stateless import Stateless

__all__ = ["Layer", "Model", "Stateless", "TensorFunction", "Value"]
