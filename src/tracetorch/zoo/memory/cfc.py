# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 53718a64276a0708
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import Value
from tracetorch.rnn import Layer


class CfCState(NamedTuple):
    """The states of `CfC`."""

    H: Tensor


class CfC(Layer):
    """Closed-form continuous-time layer.

    Choose it in place of an LTC, since it needs no solver and allows long timesteps. Also called
    closed-form continuous-time network.

    One timestep, for an input `x`::

        shared = 1.7159 * tanh(0.666 * backbone(cat(H, x)))
        late = sigmoid(speed_layer(shared) * dt + shift_layer(shared))
        H = tanh(early_layer(shared)) * (1 - late) + tanh(late_layer(shared)) * late
        return H

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.dt` is the value inside its domain, computed from `layer.raw_dt`, which is
    stored.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and state, at least 1.
        backbone_features: Size of the layer that the others share, at least 1. Default -1, for
            `out_features`.
        dt: Duration of a timestep, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.

    Attributes:
        backbone: `nn.Linear(out_features + in_features, backbone_features)`.
        early_layer: `nn.Linear(backbone_features, out_features)`.
        late_layer: `nn.Linear(backbone_features, out_features)`.
        speed_layer: `nn.Linear(backbone_features, out_features)`.
        shift_layer: `nn.Linear(backbone_features, out_features)`.

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
        Hasani et al. 2022, "Closed-form Continuous-time Neural Networks", arXiv:2106.13898.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.CfC(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = CfCState
    _output_size = "out_features"
    _digest = "5054f921c805ad85"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        in_features: int,
        out_features: int,
        backbone_features: int = -1,
        dt: Value = 1.0,
        dim: int = -1,
        *,
        dt_rank: int = 0,
        learn_dt: bool = False,
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features
        backbone_features = out_features if backbone_features == -1 else backbone_features
        self.backbone_features = self._check_size("backbone_features", backbone_features)

        self._register_threshold("dt", dt, dt_rank, learn_dt)

        self.backbone = nn.Linear(out_features + in_features, backbone_features)
        self.early_layer = nn.Linear(backbone_features, out_features)
        self.late_layer = nn.Linear(backbone_features, out_features)
        self.speed_layer = nn.Linear(backbone_features, out_features)
        self.shift_layer = nn.Linear(backbone_features, out_features)

    def step(self, x: Tensor, states: CfCState) -> tuple[Tensor, CfCState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H = states.H
        dt = self.dt

        shared = 1.7159 * torch.tanh(0.666 * self.backbone(torch.cat((H, x), dim=-1)))
        late = torch.sigmoid(self.speed_layer(shared) * dt + self.shift_layer(shared))
        H = (
            torch.tanh(self.early_layer(shared)) * (1 - late)
            + torch.tanh(self.late_layer(shared)) * late
        )
        return H, CfCState(H)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"backbone_features={self.backbone_features}"]
        return ", ".join([super().extra_repr(), *sizes])
