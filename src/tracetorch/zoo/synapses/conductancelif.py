# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ceb13f6b3c2cb15d
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import negative, positive, sigmoid4x
from tracetorch.snn import Layer


class ConductanceLIFState(NamedTuple):
    """The states of `ConductanceLIF`."""

    exc: Tensor
    inh: Tensor
    mem: Tensor


class ConductanceLIF(Layer):
    """Conductance-based leaky integrate-and-fire neuron.

    Choose it where the effect of an input should depend on the membrane, as in biological synapses.
    Also called COBA LIF, conductance-based leaky integrate-and-fire neuron.

    One timestep, for an input `x`::

        exc = exc_decay * exc + positive(x)
        inh = inh_decay * inh - negative(x)
        drive = exc * (exc_reversal - mem) + inh * (inh_reversal - mem)
        mem = mem + rate * (drive - mem)
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        exc_decay: Decay of the excitatory conductance, in (0, 1). Default 0.82.
        inh_decay: Decay of the inhibitory conductance, in (0, 1). Default 0.9.
        exc_reversal: Reversal potential of the excitatory conductance, any finite number. Default
            6.0.
        inh_reversal: Reversal potential of the inhibitory conductance, any finite number. Default
            -2.0.
        rate: Inverse of the membrane time constant, in timesteps, in (0, 1). Default 0.05.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        exc: Excitatory conductance.
        inh: Inhibitory conductance.
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
        Vogels and Abbott 2005, "Signal propagation and logic gating in networks of
            integrate-and-fire neurons".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.ConductanceLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ConductanceLIFState
    _digest = "199f46640c0e529b"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        exc_decay: Value = 0.82,
        inh_decay: Value = 0.9,
        exc_reversal: Value = 6.0,
        inh_reversal: Value = -2.0,
        rate: Value = 0.05,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        exc_decay_rank: int = 1,
        learn_exc_decay: bool = True,
        inh_decay_rank: int = 1,
        learn_inh_decay: bool = True,
        exc_reversal_rank: int = 1,
        learn_exc_reversal: bool = True,
        inh_reversal_rank: int = 1,
        learn_inh_reversal: bool = True,
        rate_rank: int = 1,
        learn_rate: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("exc_decay", exc_decay, exc_decay_rank, learn_exc_decay)
        self._register_decay("inh_decay", inh_decay, inh_decay_rank, learn_inh_decay)
        self._register_parameter(
            "exc_reversal", exc_reversal, exc_reversal_rank, learn_exc_reversal
        )
        self._register_parameter(
            "inh_reversal", inh_reversal, inh_reversal_rank, learn_inh_reversal
        )
        self._register_decay("rate", rate, rate_rank, learn_rate)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ConductanceLIFState) -> tuple[Tensor, ConductanceLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        exc, inh, mem = states
        threshold = self.threshold
        exc_decay, inh_decay = self.exc_decay, self.inh_decay
        exc_reversal, inh_reversal = self.exc_reversal, self.inh_reversal
        rate = self.rate

        exc = exc_decay * exc + positive(x)
        inh = inh_decay * inh - negative(x)
        drive = exc * (exc_reversal - mem) + inh * (inh_reversal - mem)
        mem = mem + rate * (drive - mem)
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = mem - spikes * mem
        return spikes, ConductanceLIFState(exc, inh, mem)
