"""The base classes of layers and models with states."""

from .dropout import SequenceDropout
from .groups import parameter_groups
from .lags import Lags
from .layer import Layer
from .model import Model
from .normalisation import SequenceBatchNorm
from .parameters import TensorFunction, Value
from .stateless import Stateless
from .states import detach_states, load_states, save_states, zero_states

__all__ = [
    "Lags",
    "Layer",
    "Model",
    "SequenceBatchNorm",
    "SequenceDropout",
    "Stateless",
    "TensorFunction",
    "Value",
    "detach_states",
    "load_states",
    "parameter_groups",
    "save_states",
    "zero_states",
]
