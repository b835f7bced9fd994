"""Neurons of the literature against those of other libraries whose documented equations they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import tracetorch as tt
from tests.support.peers import peer

pytestmark = pytest.mark.usefixtures("float64")

TIMESTEPS = 100


def currents(scale: float) -> Tensor:
    torch.manual_seed(0)
    return scale * torch.rand(TIMESTEPS, 4, 3)


def compare(ours: tt.Layer, theirs: Any, xs: Tensor, **states: str) -> None:
    """Spikes and states, the states under our names and, by keyword, theirs."""
    spikes = 0.0
    for x in xs:
        y, expected = ours(x), theirs(x)
        # The spikes of snnTorch are float32, whatever its membranes are.
        torch.testing.assert_close(y, expected, rtol=0, atol=1e-5, check_dtype=False)
        for name, their_name in states.items():
            state = getattr(theirs, their_name)
            torch.testing.assert_close(getattr(ours, name), state, rtol=1e-5, atol=1e-5)
        spikes += expected.sum().item()
    assert spikes > 5


def gradient(layer: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    """What the spikes of a whole sequence send back to its input."""
    xs.requires_grad_()
    torch.stack([layer(x) for x in xs]).sum().backward()
    return xs.grad


class Functional:
    """A step of norse with the state that it is given next."""

    def __init__(self, step: Callable[..., Any], state: Any, constants: Any) -> None:
        self.step, self.state, self.constants = step, state, constants

    def __call__(self, x: Tensor) -> Tensor:
        spikes, self.state = self.step(x, self.state, self.constants)
        return spikes

    def __getattr__(self, name: str) -> Tensor:
        return getattr(self.state, name)


HARD = {"quant_fn": tt.functional.round_ste()}


def test_qif_of_spikingjelly() -> None:
    neuron = peer("spikingjelly.activation_based.neuron")
    theirs = neuron.QIFNode(tau=5.0, v_c=0.5, a0=1.2, v_threshold=1.0, v_rest=0.0, v_reset=0.0)
    ours = tt.zoo.QIF(3, dt=0.2, critical=0.5, sharpness=1.2, **HARD)
    compare(ours, theirs, currents(1.5), mem="v")


def test_eif_of_spikingjelly() -> None:
    neuron = peer("spikingjelly.activation_based.neuron")
    theirs = neuron.EIFNode(
        tau=5.0, delta_T=0.3, theta_rh=0.8, v_threshold=1.0, v_rest=0.0, v_reset=0.0
    )
    compare(tt.zoo.EIF(3, dt=0.2, slope=0.3, critical=0.8, **HARD), theirs, currents(3.0), mem="v")


def test_plif_of_spikingjelly() -> None:
    neuron = peer("spikingjelly.activation_based.neuron")
    ours, theirs = tt.zoo.PLIF(3, rate=0.25, **HARD), neuron.ParametricLIFNode(init_tau=4.0)
    compare(ours, theirs, currents(4.0), mem="v")
    torch.testing.assert_close(ours.raw_rate, theirs.w)


@pytest.mark.parametrize(("name", "mechanism"), [("LIBL", "subtract"), ("LIBLZ", "zero")])
def test_leaky_of_snntorch(name: str, mechanism: str) -> None:
    snntorch = peer("snntorch")
    spike_grad = snntorch.surrogate.sigmoid(slope=4)
    theirs = snntorch.Leaky(0.8, 1.2, spike_grad, init_hidden=True, reset_mechanism=mechanism)
    ours = getattr(tt.zoo, name)(3, beta=0.8, threshold=1.2, **HARD)
    compare(ours, theirs, currents(1.5), mem="mem")
    ours.zero_states()
    theirs.reset_mem()
    expected = gradient(theirs, currents(1.5))
    torch.testing.assert_close(gradient(ours, currents(1.5)), expected, rtol=0, atol=1e-5)


def test_izhikevich_of_norse() -> None:
    norse = peer("norse.torch.functional.izhikevich")
    values = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0}
    constants = norse.IzhikevichParameters(**values, tau_inv=500)  # per second, in steps of 1 ms
    ours = tt.zoo.Izhikevich(3, dt=0.5, **values, **HARD)
    rest = torch.ones(4, 3)
    state = norse.IzhikevichState(-65.0 * rest, -13.0 * rest)
    theirs = Functional(norse.izhikevich_feed_forward_step, state, constants)
    compare(ours, theirs, currents(40.0), mem="v", recovery="u")


def test_adex_of_norse() -> None:
    norse = peer("norse.torch.functional.lif_adex")
    values = {"adaptation_current": 0.4, "adaptation_spike": 0.3, "delta_T": 0.25}
    tensors = {name: torch.tensor(value) for name, value in values.items()}
    constants = norse.LIFAdExParameters(
        **tensors,
        tau_mem_inv=torch.tensor(200.0),
        tau_ada_inv=torch.tensor(50.0),
        tau_syn_inv=torch.tensor(1000.0),  # in steps of 1 ms, no synapse at all
    )
    ours = tt.zoo.AdEx(
        3, dt=0.2, critical=1.0, slope=0.25, coupling=0.4, pace=0.05, jump=0.3, **HARD
    )
    state = norse.LIFAdExFeedForwardState(*(torch.zeros(4, 3) for _ in range(3)))
    theirs = Functional(norse.lif_adex_feed_forward_step, state, constants)
    compare(ours, theirs, currents(4.0), mem="v", adapt="a")
