# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9ba0c7d9d6bd50aa
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ..core import Value
from .layer import Layer


class LIState(NamedTuple):
    """The states of `LI`."""

    mem: Tensor


class LI(Layer):
    """Leaky integrator.

    Choose it as a readout that accumulates evidence. Also called non-spiking LIF, leaky readout.

    One timestep, for an input `x`::

        mem = beta * mem + x
        return mem

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.beta` is the value inside its domain, computed from `layer.raw_beta`, which
    is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        beta: Membrane decay, in (0, 1). Default 0.9.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.

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
        >>> layer = tt.snn.LI(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LIState
    _digest = "ce5804abde3874af"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        beta: Value = 0.9,
        dim: int = -1,
        *,
        beta_rank: int = 1,
        learn_beta: bool = True,
    ) -> None:
        super().__init__(num_neurons, dim)
        self._register_decay("beta", beta, beta_rank, learn_beta)

    def step(self, x: Tensor, states: LIState) -> tuple[Tensor, LIState]:
        """Run one timestep, features last, as a pure function of input and states."""
        mem = states.mem
        beta = self.beta

        mem = beta * mem + x
        return mem, LIState(mem)
