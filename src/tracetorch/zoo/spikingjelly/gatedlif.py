# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 23646fc0c87b2b3d
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from tracetorch.core import TensorFunction, Value
from tracetorch.functional import round_ste, sigmoid4x
from tracetorch.snn import Layer


class GatedLIFState(NamedTuple):
    """The states of `GatedLIF`."""

    v: Tensor
    prev_output: Tensor


class GatedLIF(Layer):
    """Gated leaky integrate-and-fire neuron of SpikingJelly.

    Choose it to port `GatedLIFNode`, which trains which leak, which input and which reset it has.
    Also called GatedLIFNode.

    One timestep, for an input `x`::

        leaky = (1 - alpha * (1 - exp_decay)) * v
        v = leaky * (1 - gamma * prev_output) - (1 - alpha) * linear_decay + x * (1 - beta * (1 - conduct)) - (1 - gamma) * v_subreset * prev_output
        spikes = 1 - quant_fn(spike_fn(v_firing - v))
        prev_output = spikes
        return spikes

    Each parameter is given as a number, or as a tensor that is 0-d or holds `num_neurons` values.
    For example, `layer.alpha` is the value inside its domain, computed from `layer.raw_alpha`,
    which is stored and trained.

    Args:
        num_neurons: Size of the feature dimension of input and output, at least 1.
        alpha: Synaptic decay, in (0, 1). Default 0.5.
        beta: Membrane decay, in (0, 1). Default 0.5.
        gamma: Decay of the recurrent trace, in (0, 1). Default 0.5.
        exp_decay: Decay of the exponential leak; `tau` of the original, in (0, 1). Default 0.25.
        linear_decay: Size of the linear leak, in (0, 1). Default 0.025.
        conduct: Weight of the weighted input, in (0, 1). Default 0.5.
        v_subreset: Size of the reset by subtraction, in (0, 1). Default 0.5.
        v_firing: Trained threshold of the spikes; `v_threshold` of the original, in (0, 1). Default
            0.5.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for one value that all neurons share,
            1 for a value each. Default 0.
        learn_<parameter>: Whether training may change the parameter. Default True.
        spike_fn: Smooth step from the distance to the threshold to a spike. Default `sigmoid4x`.
        quant_fn: Makes the smooth spike discrete, as `round_ste()` does. Default `round_ste()`.

    States:
        v: Membrane.
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
        >>> layer = tt.zoo.spikingjelly.GatedLIF(16)
        >>> for x in torch.rand(10, 4, 16):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = GatedLIFState
    _digest = "d9b37db903090de3"  # of the timestep, as in the kernels of this class

    def __init__(
        self,
        num_neurons: int,
        alpha: Value = 0.5,
        beta: Value = 0.5,
        gamma: Value = 0.5,
        exp_decay: Value = 0.25,
        linear_decay: Value = 0.025,
        conduct: Value = 0.5,
        v_subreset: Value = 0.5,
        v_firing: Value = 0.5,
        dim: int = -1,
        *,
        alpha_rank: int = 0,
        learn_alpha: bool = True,
        beta_rank: int = 0,
        learn_beta: bool = True,
        gamma_rank: int = 0,
        learn_gamma: bool = True,
        exp_decay_rank: int = 0,
        learn_exp_decay: bool = True,
        linear_decay_rank: int = 0,
        learn_linear_decay: bool = True,
        conduct_rank: int = 0,
        learn_conduct: bool = True,
        v_subreset_rank: int = 0,
        learn_v_subreset: bool = True,
        v_firing_rank: int = 0,
        learn_v_firing: bool = True,
        spike_fn: TensorFunction = sigmoid4x,
        quant_fn: TensorFunction = round_ste(),
    ) -> None:
        super().__init__(num_neurons, dim)

        self._register_decay("alpha", alpha, alpha_rank, learn_alpha)
        self._register_decay("beta", beta, beta_rank, learn_beta)
        self._register_decay("gamma", gamma, gamma_rank, learn_gamma)
        self._register_decay("exp_decay", exp_decay, exp_decay_rank, learn_exp_decay)
        self._register_decay("linear_decay", linear_decay, linear_decay_rank, learn_linear_decay)
        self._register_decay("conduct", conduct, conduct_rank, learn_conduct)
        self._register_decay("v_subreset", v_subreset, v_subreset_rank, learn_v_subreset)
        self._register_decay("v_firing", v_firing, v_firing_rank, learn_v_firing)

        self._register_function("spike_fn", spike_fn)
        self._register_function("quant_fn", quant_fn)

    def step(self, x: Tensor, states: GatedLIFState) -> tuple[Tensor, GatedLIFState]:
        """Run one timestep, features last, as a pure function of input and states."""
        v, prev_output = states
        alpha = self.alpha
        beta = self.beta
        gamma = self.gamma
        exp_decay, linear_decay = self.exp_decay, self.linear_decay
        conduct = self.conduct
        v_subreset = self.v_subreset
        v_firing = self.v_firing

        leaky = (1 - alpha * (1 - exp_decay)) * v
        v = (
            leaky * (1 - gamma * prev_output)
            - (1 - alpha) * linear_decay
            + x * (1 - beta * (1 - conduct))
            - (1 - gamma) * v_subreset * prev_output
        )
        spikes = 1 - self.quant_fn(self.spike_fn(v_firing - v))
        prev_output = spikes
        return spikes, GatedLIFState(v, prev_output)
