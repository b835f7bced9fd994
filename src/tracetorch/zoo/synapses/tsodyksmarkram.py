# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 93b445ae6b479525
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import Value
from tracetorch.snn import Layer


class TsodyksMarkramState(NamedTuple):
    """The states of `TsodyksMarkram`."""

    use: Tensor
    resources: Tensor


class TsodyksMarkram(Layer):
    """Synapse with short-term plasticity.

    Choose it before a linear map, where frequent spikes should depress or facilitate their
    synapses. Also called short-term plasticity, STP, dynamic synapse.

    One timestep, for an input `x`::

        use = facilitation * use
        use = use + release * (1 - use) * x
        resources = 1 - depression * (1 - resources)
        sent = use * resources * x
        resources = resources - sent
        return sent

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.release` is the value inside its domain, computed from `layer.raw_release`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        release: Share of the resources that a spike releases at rest, in (0, 1). Default 0.5.
        facilitation: Decay of the facilitation, in (0, 1). Default 0.5.
        depression: Decay of the depression, in (0, 1). Default 0.95.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 1.
        learn_<parameter>: Whether training may change the parameter. Default True.

    States:
        use: Share of the resources that a spike releases.
        resources: Available resources, at first `1.0`.

    Shape:
        Input, output and states have the same shape, with `num_neurons` features in dimension
        `dim`.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A parameter is outside its domain or misshapen; when called, the input has the
            wrong shape, or its shape, device or dtype does not match the current states.

    Source:
        Tsodyks and Markram 1997, "The neural code between neocortical pyramidal neurons depends on
            neurotransmitter release probability"; Tsodyks, Pawelzik and Markram 1998, "Neural
            networks with dynamic synapses".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.TsodyksMarkram(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = TsodyksMarkramState
    _digest = "824cb3e7b9e7e0ce"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        release: Value = 0.5,
        facilitation: Value = 0.5,
        depression: Value = 0.95,
        dim: int = -1,
        *,
        release_rank: int = 1,
        learn_release: bool = True,
        facilitation_rank: int = 1,
        learn_facilitation: bool = True,
        depression_rank: int = 1,
        learn_depression: bool = True,
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("release", release, release_rank, learn_release)
        self._register_decay("facilitation", facilitation, facilitation_rank, learn_facilitation)
        self._register_decay("depression", depression, depression_rank, learn_depression)

    def step(self, x: Tensor, states: TsodyksMarkramState) -> tuple[Tensor, TsodyksMarkramState]:
        """Run one timestep, features last, as a pure function of input and states."""
        use, resources = states
        release = self.release
        facilitation = self.facilitation
        depression = self.depression

        use = facilitation * use
        use = use + release * (1 - use) * x
        resources = 1 - depression * (1 - resources)
        sent = use * resources * x
        resources = resources - sent
        return sent, TsodyksMarkramState(use, resources)

    def _initial_values(self) -> dict[str, Value]:
        """Return the initial values of the states that do not start from 0."""
        return {"resources": 1.0}
