# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 407e2f5455e66cad
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import Value
from tracetorch.rnn import Layer


class LTCState(NamedTuple):
    """The states of `LTC`."""

    H: Tensor


class LTC(Layer):
    """Liquid time-constant layer.

    Choose it for signals from physical systems, whose speed of change depends on the input. Also
    called liquid time-constant network.

    One timestep, for an input `x`::

        rate = sigmoid(rate_layer(cat(H, x)))
        H = (H + dt * rate * target) / (1 + dt * (1 / tau + rate))
        return H

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau` is the value inside its domain, computed from `layer.raw_tau`, which is
    stored and trained.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and state, at least 1.
        dt: Duration of a timestep, above 0. Default 1.0.
        tau: Time constant without input, above 0. Default 1.0.
        target: State that the input drives towards, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1, but 0 of `dt_rank`.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_dt`.

    Attributes:
        rate_layer: `nn.Linear(out_features + in_features, out_features)`.

    States:
        H: Hidden state, `[..., out_features]`.

    Shape:
        Input: `in_features` features in dimension `dim`. Output: the same shape, but `out_features`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Hasani et al. 2020, "Liquid Time-constant Networks", arXiv:2006.04439.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.LTC(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LTCState
    _output_size = "out_features"
    _digest = "76c42ce0a0034e32"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        dt: Value = 1.0,
        tau: Value = 1.0,
        target: Value = 1.0,
        dim: int = -1,
        *,
        dt_rank: int = 0,
        learn_dt: bool = False,
        tau_rank: int = 1,
        learn_tau: bool = True,
        target_rank: int = 1,
        learn_target: bool = True,
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features

        self._register_threshold("dt", dt, dt_rank, learn_dt)
        self._register_threshold("tau", tau, tau_rank, learn_tau)
        self._register_parameter("target", target, target_rank, learn_target)

        self.rate_layer = nn.Linear(out_features + in_features, out_features)

    def step(self, x: Tensor, states: LTCState) -> tuple[Tensor, LTCState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H = states.H
        dt = self.dt
        tau = self.tau
        target = self.target

        rate = torch.sigmoid(self.rate_layer(torch.cat((H, x), dim=-1)))
        H = (H + dt * rate * target) / (1 + dt * (1 / tau + rate))
        return H, LTCState(H)
