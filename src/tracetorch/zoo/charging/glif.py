# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6dd0cba539a6d8f4
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import sigmoid4x
from tracetorch.snn import Layer


class GLIFState(NamedTuple):
    """The states of `GLIF`."""

    mem: Tensor
    prev_output: Tensor


class GLIF(Layer):
    """Gated leaky integrate-and-fire neuron.

    Choose it where each neuron should learn which leak, which input and which reset it has. Also
    called gated LIF.

    One timestep, for an input `x`::

        mem = (1 - leak_gate * (1 - decay)) * mem * (1 - reset_gate * prev_output)
        mem = mem - (1 - leak_gate) * leak - (1 - reset_gate) * drop * prev_output
        mem = mem + (1 - input_gate * (1 - conductance)) * x
        spikes = quant_fn(spike_fn(mem - threshold))
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.threshold` is the value inside its domain, computed from
    `layer.raw_threshold`, which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        threshold: Threshold of the spikes, above 0. Default 0.5.
        leak_gate: Exponential leak at 1, linear leak at 0, in (0, 1). Default 0.5.
        input_gate: Weighted input at 1, the input itself at 0, in (0, 1). Default 0.5.
        reset_gate: Hard reset at 1, reset by subtraction at 0, in (0, 1). Default 0.5.
        decay: Decay of the exponential leak, in (0, 1). Default 0.25.
        leak: Size of the linear leak, in (0, 1). Default 0.05.
        conductance: Weight of the weighted input, in (0, 1). Default 0.5.
        drop: Size of the reset by subtraction, in (0, 1). Default 0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `nn.Identity()`.

    States:
        mem: Membrane.
        prev_output: What the layer returned last.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Yao et al. 2022, "GLIF", arXiv:2210.13768.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.GLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = GLIFState
    _digest = "26c7b530983b18e5"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        threshold: Value = 0.5,
        leak_gate: Value = 0.5,
        input_gate: Value = 0.5,
        reset_gate: Value = 0.5,
        decay: Value = 0.25,
        leak: Value = 0.05,
        conductance: Value = 0.5,
        drop: Value = 0.5,
        dim: int = -1,
        *,
        threshold_rank: int = 1,
        learn_threshold: bool = True,
        leak_gate_rank: int = 1,
        learn_leak_gate: bool = True,
        input_gate_rank: int = 1,
        learn_input_gate: bool = True,
        reset_gate_rank: int = 1,
        learn_reset_gate: bool = True,
        decay_rank: int = 1,
        learn_decay: bool = True,
        leak_rank: int = 1,
        learn_leak: bool = True,
        conductance_rank: int = 1,
        learn_conductance: bool = True,
        drop_rank: int = 1,
        learn_drop: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = nn.Identity(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_threshold("threshold", threshold, threshold_rank, learn_threshold)
        self._register_decay("leak_gate", leak_gate, leak_gate_rank, learn_leak_gate)
        self._register_decay("input_gate", input_gate, input_gate_rank, learn_input_gate)
        self._register_decay("reset_gate", reset_gate, reset_gate_rank, learn_reset_gate)
        self._register_decay("decay", decay, decay_rank, learn_decay)
        self._register_decay("leak", leak, leak_rank, learn_leak)
        self._register_decay("conductance", conductance, conductance_rank, learn_conductance)
        self._register_decay("drop", drop, drop_rank, learn_drop)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: GLIFState) -> tuple[Tensor, GLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem, prev_output = states
        threshold = self.threshold
        leak_gate, input_gate, reset_gate = self.leak_gate, self.input_gate, self.reset_gate
        decay = self.decay
        leak = self.leak
        conductance = self.conductance
        drop = self.drop

        mem = (1 - leak_gate * (1 - decay)) * mem * (1 - reset_gate * prev_output)
        mem = mem - (1 - leak_gate) * leak - (1 - reset_gate) * drop * prev_output
        mem = mem + (1 - input_gate * (1 - conductance)) * x
        spikes = self.quant_fn(self.spike_fn(mem - threshold))
        prev_output = spikes
        return spikes, GLIFState(mem, prev_output)
