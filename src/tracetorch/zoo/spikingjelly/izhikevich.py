# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0a2aadfdb023405c
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class IzhikevichState(NamedTuple):
    """The states of `Izhikevich`."""

    v: Tensor
    w: Tensor


class Izhikevich(Layer):
    """Quadratic integrate-and-fire neuron of SpikingJelly with adaptation.

    Choose it to port `IzhikevichNode`, whose adaptation follows the membrane and the spikes. Also
    called IzhikevichNode.

    One timestep, for an input `x`::

        v = v + (x + a0 * (v - v_rest) * (v - v_c) - w) / tau
        spikes = 1 - quant_fn(spike_fn(v_threshold - v))
        w = w + (a * (v - v_rest) - w) / tau_w + b * spikes
        v = spikes * v_reset + (1 - spikes) * v
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau` is the value inside its domain, computed from `layer.raw_tau`, which is
    stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau: Membrane time constant in timesteps, any finite number. Default 2.0.
        v_threshold: Threshold of the spikes, any finite number. Default 1.0.
        v_reset: Membrane after a spike, and at first, any finite number. Default 0.0.
        v_rest: Membrane at rest, any finite number. Default -0.1.
        v_c: Membrane above which it grows without input, any finite number. Default 0.8.
        a0: Strength of the quadratic growth, any finite number. Default 1.0.
        w_rest: Adaptation current at first, any finite number. Default 0.0.
        tau_w: Time constant of the adaptation in timesteps, any finite number. Default 2.0.
        a: Coupling of the adaptation to the membrane, any finite number. Default 0.0.
        b: Increment of the adaptation at a spike, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane, at first `v_reset`.
        w: Adaptation current, at first `w_rest`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Izhikevich 2003, "Simple model of spiking neurons", IEEE Transactions on Neural Networks 14.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.spikingjelly.Izhikevich(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = IzhikevichState
    _digest = "e1344eba265e616e"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau: Value = 2.0,
        v_threshold: Value = 1.0,
        v_reset: Value = 0.0,
        v_rest: Value = -0.1,
        v_c: Value = 0.8,
        a0: Value = 1.0,
        w_rest: Value = 0.0,
        tau_w: Value = 2.0,
        a: Value = 0.0,
        b: Value = 0.0,
        dim: int = -1,
        *,
        tau_rank: int = 0,
        learn_tau: bool = False,
        v_threshold_rank: int = 0,
        learn_v_threshold: bool = False,
        v_reset_rank: int = 0,
        learn_v_reset: bool = False,
        v_rest_rank: int = 0,
        learn_v_rest: bool = False,
        v_c_rank: int = 0,
        learn_v_c: bool = False,
        a0_rank: int = 0,
        learn_a0: bool = False,
        w_rest_rank: int = 0,
        learn_w_rest: bool = False,
        tau_w_rank: int = 0,
        learn_tau_w: bool = False,
        a_rank: int = 0,
        learn_a: bool = False,
        b_rank: int = 0,
        learn_b: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_parameter("tau", tau, tau_rank, learn_tau)
        self._register_parameter("v_threshold", v_threshold, v_threshold_rank, learn_v_threshold)
        self._register_parameter("v_reset", v_reset, v_reset_rank, learn_v_reset)
        self._register_parameter("v_rest", v_rest, v_rest_rank, learn_v_rest)
        self._register_parameter("v_c", v_c, v_c_rank, learn_v_c)
        self._register_parameter("a0", a0, a0_rank, learn_a0)
        self._register_parameter("w_rest", w_rest, w_rest_rank, learn_w_rest)
        self._register_parameter("tau_w", tau_w, tau_w_rank, learn_tau_w)
        self._register_parameter("a", a, a_rank, learn_a)
        self._register_parameter("b", b, b_rank, learn_b)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: IzhikevichState) -> tuple[Tensor, IzhikevichState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v, w = states
        tau = self.tau
        v_threshold = self.v_threshold
        v_reset = self.v_reset
        v_rest = self.v_rest
        v_c = self.v_c
        a0 = self.a0
        tau_w = self.tau_w
        a = self.a
        b = self.b

        v = v + (x + a0 * (v - v_rest) * (v - v_c) - w) / tau
        spikes = 1 - self.quant_fn(self.spike_fn(v_threshold - v))
        w = w + (a * (v - v_rest) - w) / tau_w + b * spikes
        v = spikes * v_reset + (1 - spikes) * v
        return spikes, IzhikevichState(v, w)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        v_reset = self.v_reset
        w_rest = self.w_rest
        return {"v": v_reset, "w": w_rest}
