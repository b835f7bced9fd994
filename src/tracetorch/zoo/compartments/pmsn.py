# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f7240b6990825f93
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import triangular
from tracetorch.snn import Layer


class PMSNState(NamedTuple):
    """The states of `PMSN`."""

    real: Tensor
    imag: Tensor
    mem: Tensor


class PMSN(Layer):
    """Parallel multi-compartment spiking neuron.

    Choose it for memory of many time scales in each neuron, which a whole sequence computes at
    once.

    One timestep, for an input `x`::

        prev_imag = imag
        prev_real = real
        rates = exp(log_rates)
        dt = unsqueeze(exp(log_dt), -1)
        turn_real = exp(-dt * rates) * cos(dt * frequencies)
        turn_imag = exp(-dt * rates) * sin(dt * frequencies)
        over = rates * rates + frequencies * frequencies
        gain_real = ((1 - turn_real) * rates + turn_imag * frequencies) / over
        gain_imag = ((1 - turn_real) * frequencies - turn_imag * rates) / over
        drive = unsqueeze(x, -1)
        into_real = gain_real * in_real - gain_imag * in_imag
        into_imag = gain_real * in_imag + gain_imag * in_real
        real = turn_real * prev_real - turn_imag * prev_imag + into_real * drive
        imag = turn_imag * prev_real + turn_real * prev_imag + into_imag * drive
        mem = mem + relu(sum(out_real * real - out_imag * imag, -1) + skip * x)
        spikes = quant_fn(spike_fn(mem - threshold))
        mem = detach(mem - floor(mem / threshold) * threshold)
        return spikes

    `count` is the vector 1, 2, ... of a size. `normal` draws from the normal distribution with mean
    0 and this standard deviation. `uniform` draws uniformly between two numbers.

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        compartments: Number of hidden compartments of each neuron, at least 1. Default 4.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `triangular`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    Attributes:
        log_rates: Logarithm of the decay rates, `[num_neurons, compartments]`, at first `log(0.5)`.
        frequencies: Frequencies of the compartments, `[num_neurons, compartments]`, at first `20 *
            cos(3.141592653589793 * count(compartments) / (compartments + 1))`.
        in_real: Weights of the input, real part, `[num_neurons, compartments]`, at first `1`.
        in_imag: Weights of the input, imaginary part, `[num_neurons, compartments]`, at first `0`.
        out_real: Weights of the compartments, real part, `[num_neurons, compartments]`, at first
            `normal(1 / sqrt(compartments))`.
        out_imag: Weights of the compartments, imaginary part, `[num_neurons, compartments]`, at
            first `normal(1 / sqrt(compartments))`.
        skip: Weight of the input of the soma, `[num_neurons]`, at first `normal(1)`.
        log_dt: Logarithm of the timestep, `[num_neurons]`, at first `uniform(log(0.001),
            log(0.1))`.

    States:
        real: Hidden compartments, real part, `[..., num_neurons, compartments]`.
        imag: Hidden compartments, imaginary part, `[..., num_neurons, compartments]`.
        mem: Membrane of the soma.

    Shape:
        Input and output have the same shape, with `num_neurons` features in dimension `dim`.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Chen et al. 2024, "PMSN, A Parallel Multi-compartment Spiking Neuron for Multi-scale
            Temporal Processing", arXiv:2408.14917.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.PMSN(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = PMSNState
    _digest = "259b5d97460d2ce3"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        compartments: int = 4,
        threshold: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        spike_fn: TensorFunction = triangular,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)
        self.compartments = self._check_size("compartments", compartments)
        self._initialize_state("real", num_neurons, compartments)
        self._initialize_state("imag", num_neurons, compartments)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

        self.log_rates = nn.Parameter(torch.full((num_neurons, compartments), math.log(0.5)))
        self.frequencies = nn.Parameter(
            (
                20
                * torch.cos(
                    3.141592653589793 * torch.arange(1.0, compartments + 1) / (compartments + 1)
                )
            )
            .expand(num_neurons, compartments)
            .clone()
        )
        self.in_real = nn.Parameter(torch.ones(num_neurons, compartments))
        self.in_imag = nn.Parameter(torch.zeros(num_neurons, compartments))
        self.out_real = nn.Parameter(
            torch.empty((num_neurons, compartments)).normal_(0.0, 1 / math.sqrt(compartments))
        )
        self.out_imag = nn.Parameter(
            torch.empty((num_neurons, compartments)).normal_(0.0, 1 / math.sqrt(compartments))
        )
        self.skip = nn.Parameter(torch.empty((num_neurons,)).normal_(0.0, 1))
        self.log_dt = nn.Parameter(
            torch.empty((num_neurons,)).uniform_(math.log(0.001), math.log(0.1))
        )

    def step(self, x: Tensor, states: PMSNState) -> tuple[Tensor, PMSNState]:
        """Run one timestep, features last, as a pure function of input and states."""
        real, imag, mem = states
        threshold = self.threshold

        prev_imag = imag
        prev_real = real
        rates = torch.exp(self.log_rates)
        dt = torch.exp(self.log_dt).unsqueeze(-1)
        turn_real = torch.exp(-dt * rates) * torch.cos(dt * self.frequencies)
        turn_imag = torch.exp(-dt * rates) * torch.sin(dt * self.frequencies)
        over = rates * rates + self.frequencies * self.frequencies
        gain_real = ((1 - turn_real) * rates + turn_imag * self.frequencies) / over
        gain_imag = ((1 - turn_real) * self.frequencies - turn_imag * rates) / over
        drive = x.unsqueeze(-1)
        into_real = gain_real * self.in_real - gain_imag * self.in_imag
        into_imag = gain_real * self.in_imag + gain_imag * self.in_real
        real = turn_real * prev_real - turn_imag * prev_imag + into_real * drive
        imag = turn_imag * prev_real + turn_real * prev_imag + into_imag * drive
        mem = mem + torch.relu(
            (self.out_real * real - self.out_imag * imag).sum(-1) + self.skip * x
        )
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        mem = (mem - torch.floor(mem / threshold) * threshold).detach()
        return spikes, PMSNState(real, imag, mem)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"compartments={self.compartments}"]
        return ", ".join([super().extra_repr(), *sizes])
