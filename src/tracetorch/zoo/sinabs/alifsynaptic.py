# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f43bd463a8177abd
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste
from tracetorch.snn import Layer

from .spikes import single_exponential


class ALIFSynapticState(NamedTuple):
    """The states of `ALIFSynaptic`."""

    i_syn: Tensor
    v_mem: Tensor
    b: Tensor


class ALIFSynaptic(Layer):
    """Synaptic adaptive leaky integrate-and-fire neuron of Sinabs.

    Choose it to port `sinabs.layers.ALIF` with `tau_syn`, which scales the synaptic current itself.

    One timestep, for an input `x`::

        alpha_mem = exp(-1 / tau_mem)
        i_syn = (1 - alpha_mem) * exp(-1 / tau_syn) * (i_syn + x)
        v_mem = alpha_mem * v_mem + i_syn
        threshold_now = spike_threshold + adapt_scale * b
        spikes = 1 - quant_fn(spike_fn(1 - v_mem / detach(threshold_now)))
        v_mem = v_mem - spikes * threshold_now
        b = exp(-1 / tau_adapt) * b + (1 - exp(-1 / tau_adapt)) * spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.tau_mem` is the value inside its domain, computed from `layer.raw_tau_mem`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        tau_mem: Membrane time constant in timesteps, above 0. Default 20.0.
        tau_syn: Synaptic time constant in timesteps, above 0. Default 10.0.
        tau_adapt: Time constant of the adaptation in timesteps, above 0. Default 100.0.
        adapt_scale: Weight of the adaptation in the threshold, any finite number. Default 1.8.
        spike_threshold: Threshold of the spikes, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True, but False of
            `learn_adapt_scale`, `learn_spike_threshold`.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default
            `single_exponential`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        i_syn: Synaptic current.
        v_mem: Membrane.
        b: Adaptation.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Sheik, Lenz, Bauer and Kuepelioglu, "SINABS: A simple Pytorch based SNN library specialised
            for Speck", doi:10.5281/zenodo.8385545.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.sinabs.ALIFSynaptic(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = ALIFSynapticState
    _digest = "fdc8dfb7b7d77a6a"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        tau_mem: Value = 20.0,
        tau_syn: Value = 10.0,
        tau_adapt: Value = 100.0,
        adapt_scale: Value = 1.8,
        spike_threshold: Value = 1.0,
        dim: int = -1,
        *,
        tau_mem_rank: int = 0,
        learn_tau_mem: bool = True,
        tau_syn_rank: int = 0,
        learn_tau_syn: bool = True,
        tau_adapt_rank: int = 0,
        learn_tau_adapt: bool = True,
        adapt_scale_rank: int = 0,
        learn_adapt_scale: bool = False,
        spike_threshold_rank: int = 0,
        learn_spike_threshold: bool = False,
        spike_fn: TensorFunction = single_exponential,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("tau_mem", tau_mem, tau_mem_rank, learn_tau_mem)
        self._register_threshold("tau_syn", tau_syn, tau_syn_rank, learn_tau_syn)
        self._register_threshold("tau_adapt", tau_adapt, tau_adapt_rank, learn_tau_adapt)
        self._register_parameter("adapt_scale", adapt_scale, adapt_scale_rank, learn_adapt_scale)
        self._register_parameter(
            "spike_threshold", spike_threshold, spike_threshold_rank, learn_spike_threshold
        )

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: ALIFSynapticState) -> tuple[Tensor, ALIFSynapticState]:
        """Run one timestep, features last, as a pure function of input and states."""
        i_syn, v_mem, b = states
        tau_mem = self.tau_mem
        tau_syn = self.tau_syn
        tau_adapt = self.tau_adapt
        adapt_scale = self.adapt_scale
        spike_threshold = self.spike_threshold

        alpha_mem = torch.exp(-1 / tau_mem)
        i_syn = (1 - alpha_mem) * torch.exp(-1 / tau_syn) * (i_syn + x)
        v_mem = alpha_mem * v_mem + i_syn
        threshold_now = spike_threshold + adapt_scale * b
        spikes = 1 - self.quant_fn(self.spike_fn(1 - v_mem / threshold_now.detach()))
        v_mem = v_mem - spikes * threshold_now
        b = torch.exp(-1 / tau_adapt) * b + (1 - torch.exp(-1 / tau_adapt)) * spikes
        return spikes, ALIFSynapticState(i_syn, v_mem, b)
