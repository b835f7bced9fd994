"""Elementwise functions: constraints, decays, splits by sign, spike functions, quantizers."""

from .constraints import (
    decay_to_halflife,
    decay_to_timesteps,
    halflife_to_decay,
    sigmoid_inverse,
    softplus,
    softplus_inverse,
    timesteps_to_decay,
)
from .quantizers import (
    probabilistic_ste,
    round_ste,
    stochastic_round_ste,
    straight_through,
)
from .spikes import arctan, fast_sigmoid, gaussian, rectangular, sigmoid4x, triangular
from .splits import negative, positive

__all__ = [
    "arctan",
    "decay_to_halflife",
    "decay_to_timesteps",
    "fast_sigmoid",
    "gaussian",
    "halflife_to_decay",
    "negative",
    "positive",
    "probabilistic_ste",
    "rectangular",
    "round_ste",
    "sigmoid4x",
    "sigmoid_inverse",
    "softplus",
    "softplus_inverse",
    "stochastic_round_ste",
    "straight_through",
    "timesteps_to_decay",
    "triangular",
]
