# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ecf88b3c42603175
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class LIBVState(NamedTuple):
    """The states of `LIBV`."""

    mem: Tensor


class LIBV(Layer):
    """Leaky integrator with binary firing and a hard reset to a learned value.

    Choose it where the membrane after a spike should be learned; below 0 it delays the next spike.
    Also called learned reset.

    One timestep, for an input `x`::

        mem = beta * mem + x
        spikes = quant_fn(spike_fn(mem - threshold + bias))
        mem = mem - spikes * (mem - rest)
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        bias: Shift of the membrane relative to its thresholds, any finite number. Default 0.0.
        rest: Membrane after a spike, any finite number. Default 0.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 1.3.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.LIBV(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIBVState
    _digest = "167a2de655dc3a35"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        bias: Value = 0.0,
        rest: Value = 0.0,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        bias_rank: int = 1,
        learn_bias: bool = True,
        rest_rank: int = 1,
        learn_rest: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_bias("bias", bias, bias_rank, learn_bias)
        self._register_parameter("rest", rest, rest_rank, learn_rest)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LIBVState) -> tuple[Tensor, LIBVState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        beta = self.beta
        threshold = self.threshold
        bias = self.bias
        rest = self.rest

        mem = beta * mem + x
        spikes = self.quant_fn(self.spike_fn(mem - threshold + bias))
        mem = mem - spikes * (mem - rest)
        return spikes, LIBVState(mem)
