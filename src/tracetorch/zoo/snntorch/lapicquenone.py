# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9852c9477f497028
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import arctan, round_ste
from tracetorch.snn import Layer


class LapicqueNoneState(NamedTuple):
    """The states of `LapicqueNone`."""

    mem: Tensor


class LapicqueNone(Layer):
    """Lapicque neuron of snnTorch without a reset.

    Choose it to port `snntorch.Lapicque` with `reset_mechanism="none"`.

    One timestep, for an input `x`::

        mem = time_step / C * x + (1 - time_step / (R * C)) * mem
        spikes = quant_fn(spike_fn(mem - threshold))
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 1.0.
        R: Resistance of the membrane, any finite number. Default 1.0.
        C: Capacitance of the membrane, any finite number. Default 10.0.
        time_step: Duration of a timestep, any finite number. Default 1.0.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default False.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `arctan`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

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
        Eshraghian et al. 2023, "Training spiking neural networks using lessons from deep learning",
            arXiv:2109.12894.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.snntorch.LapicqueNone(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LapicqueNoneState
    _digest = "70979b70aa95d3a1"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 1.0,
        R: Value = 1.0,
        C: Value = 10.0,
        time_step: Value = 1.0,
        dim: int = -1,
        *,
        threshold_rank: int = 0,
        learn_threshold: bool = False,
        R_rank: int = 0,
        learn_R: bool = False,
        C_rank: int = 0,
        learn_C: bool = False,
        time_step_rank: int = 0,
        learn_time_step: bool = False,
        spike_fn: TensorFunction = arctan,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_parameter("R", R, R_rank, learn_R)
        self._register_parameter("C", C, C_rank, learn_C)
        self._register_parameter("time_step", time_step, time_step_rank, learn_time_step)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: LapicqueNoneState) -> tuple[Tensor, LapicqueNoneState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        threshold = self.threshold
        R = self.R
        C = self.C
        time_step = self.time_step

        mem = time_step / C * x + (1 - time_step / (R * C)) * mem
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        return spikes, LapicqueNoneState(mem)
