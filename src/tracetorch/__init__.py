"""PyTorch layers that remember something between calls."""

from . import functional, plot, rnn, snn, ssm, zoo
from .core import (
    Lags,
    Layer,
    Model,
    SequenceBatchNorm,
    SequenceDropout,
    Stateless,
    detach_states,
    load_states,
    parameter_groups,
    save_states,
    zero_states,
)
from .nir import from_nir, to_nir
from .sequence import record, unroll

__version__ = "1.0.0.dev0"

__all__ = [
    "Lags",
    "Layer",
    "Model",
    "SequenceBatchNorm",
    "SequenceDropout",
    "Stateless",
    "detach_states",
    "from_nir",
    "functional",
    "load_states",
    "parameter_groups",
    "plot",
    "record",
    "rnn",
    "save_states",
    "snn",
    "ssm",
    "to_nir",
    "unroll",
    "zero_states",
    "zoo",
]
