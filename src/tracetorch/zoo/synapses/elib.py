# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b17566079c94f6db
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class ELIBState(NamedTuple):
    """The states of `ELIB`."""

    rising: Tensor
    falling: Tensor
    mem: Tensor


class ELIB(Layer):
    """Double-exponential leaky integrator with binary firing.

    Choose it as the standard spiking neuron, which fires above one threshold. A synaptic current
    rises and falls, each with its own decay. Also called double-exponential synapse.

    One timestep, for an input `x`::

        rising = rise * rising + x
        falling = fall * falling + x
        x = falling - rising
        mem = beta * mem + x
        spikes = quant_fn(spike_fn(mem - threshold + bias))
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        bias: Shift of the membrane relative to its thresholds, any finite number. Default 0.0.
        rise: Decay of the rising part of the synapse, in (0, 1). Default 0.3.
        fall: Decay of the falling part of the synapse, in (0, 1). Default 0.8.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        rising: Rising part of the synapse.
        falling: Falling part of the synapse.
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
        Neftci, Mostafa and Zenke 2019, "Surrogate gradient learning", arXiv:1901.09948.
        Gerstner, Kistler, Naud and Paninski 2014, "Neuronal Dynamics", section 3.1.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.ELIB(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ELIBState
    _digest = "1886decb0adf10db"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        threshold: Value = 1.0,
        bias: Value = 0.0,
        rise: Value = 0.3,
        fall: Value = 0.8,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        bias_rank: int = 1,
        learn_bias: bool = True,
        rise_rank: int = 1,
        learn_rise: bool = True,
        fall_rank: int = 1,
        learn_fall: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_bias("bias", bias, bias_rank, learn_bias)
        self._register_decay("rise", rise, rise_rank, learn_rise)
        self._register_decay("fall", fall, fall_rank, learn_fall)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ELIBState) -> tuple[Tensor, ELIBState]:
        """Run one timestep, features last, as a pure function of input and states."""
        rising, falling, mem = states
        beta = self.beta
        threshold = self.threshold
        bias = self.bias
        rise = self.rise
        fall = self.fall

        rising = rise * rising + x
        falling = fall * falling + x
        x = falling - rising
        mem = beta * mem + x
        spikes = self.quant_fn(self.spike_fn(mem - threshold + bias))
        mem = mem - spikes * threshold
        return spikes, ELIBState(rising, falling, mem)
