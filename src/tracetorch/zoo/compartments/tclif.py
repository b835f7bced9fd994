# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 71d79926fc7c4737
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class TCLIFState(NamedTuple):
    """The states of `TCLIF`."""

    dendrite: Tensor
    mem: Tensor


class TCLIF(Layer):
    """Two-compartment leaky integrate-and-fire neuron.

    Choose it for long sequences, where dendrite and soma should exchange what they remember. Also
    called TC-LIF, two-compartment LIF.

    One timestep, for an input `x`::

        dendrite = dendrite - to_dendrite * mem + x
        mem = mem + to_soma * dendrite
        spikes = quant_fn(spike_fn(mem - threshold))
        dendrite = dendrite - spikes * drop
        mem = mem - spikes * threshold
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.to_dendrite` is the value inside its domain, computed from
    `layer.raw_to_dendrite`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        to_dendrite: Strength with which the soma inhibits the dendrite, in (0, 1). Default 0.5.
        to_soma: Strength with which the dendrite drives the soma, in (0, 1). Default 0.5.
        drop: Decrease of the dendrite at a spike, above 0. Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_threshold`, `learn_drop`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        dendrite: Membrane of the dendrite.
        mem: Membrane of the soma.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Zhang et al. 2024, "TC-LIF, A Two-Compartment Spiking Neuron Model for Long-term Sequential
            Modelling", arXiv:2308.13250.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.TCLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = TCLIFState
    _digest = "d037f04e3858e68d"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        to_dendrite: Value = 0.5,
        to_soma: Value = 0.5,
        drop: Value = 0.5,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        to_dendrite_rank: int = 0,
        learn_to_dendrite: bool = True,
        to_soma_rank: int = 0,
        learn_to_soma: bool = True,
        drop_rank: int = 0,
        learn_drop: bool = False,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("to_dendrite", to_dendrite, to_dendrite_rank, learn_to_dendrite)
        self._register_decay("to_soma", to_soma, to_soma_rank, learn_to_soma)
        self._register_threshold("drop", drop, drop_rank, learn_drop)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: TCLIFState) -> tuple[Tensor, TCLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        dendrite, mem = states
        threshold = self.threshold
        to_dendrite = self.to_dendrite
        to_soma = self.to_soma
        drop = self.drop

        dendrite = dendrite - to_dendrite * mem + x
        mem = mem + to_soma * dendrite
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        dendrite = dendrite - spikes * drop
        mem = mem - spikes * threshold
        return spikes, TCLIFState(dendrite, mem)
