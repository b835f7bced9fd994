"""What every layer and every model with memory share."""

from .layer import Layer
from .model import Model
from .parameters import TensorFunction, Value
from .stateless import Stateless

__all__ = ["Layer", "Model", "Stateless", "TensorFunction", "Value"]
