"""Elementwise functions: constraints, decays, splits by sign, spike functions, quantizers."""

from . import spikes
from .constraints import (
    decay_to_halflife,
    decay_to_timesteps,
    halflife_to_decay,
    sigmoid_inverse,
    softplus,
    softplus_inverse,
    spread_decays,
    timesteps_to_decay,
)
from .quantizers import (
    probabilistic_ste,
    round_ste,
    stochastic_round_ste,
)
from .spikes import *
from .splits import negative, positive
from .straight import straight_through

__all__ = [
    "decay_to_halflife",
    "decay_to_timesteps",
    "halflife_to_decay",
    "negative",
    "positive",
    "probabilistic_ste",
    "round_ste",
    "sigmoid_inverse",
    "softplus",
    "softplus_inverse",
    "spread_decays",
    "stochastic_round_ste",
    "straight_through",
    "timesteps_to_decay",
]
__all__ += spikes.__all__
