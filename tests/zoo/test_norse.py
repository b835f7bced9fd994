"""Our layers that are named as in Norse, against the originals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.peers import peer
from tests.support.relatives import (
    BATCH,
    NEURONS,
    Results,
    Runner,
    assert_as_the_table_says,
    assert_close,
    assert_same_results,
    by_timestep,
    classes,
    currents,
    ours,
    run,
)

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]
"""One timestep of theirs, from the input and the states, at first None."""

BOX = {"tau_mem_inv": 150.0, "v_leak": 0.1}
LI = BOX | {"tau_syn_inv": 300.0}
FIRING = {"v_th": 0.9, "v_reset": -0.2}
LIF = LI | FIRING
EX = LIF | {"delta_T": 0.4}
ADEX = EX | {"adaptation_current": 3.0, "adaptation_spike": 0.5, "tau_ada_inv": 50.0}
LSNN = LIF | {"tau_adapt_inv": 20.0, "adapt_jump": 0.5}
IZHIKEVICH = {"v_rest": -68.0, "v_reset": -60.0, "recovery_rate": 0.03, "recovery_jump": 4.0}
COBA = {"v_rest": -30.0, "v_th": -15.0, "g_l": 0.5, "c_m_inv": 4.0}
SYNAPSES = {"tau_syn_exc_inv": 50.0, "tau_syn_inh_inv": 80.0}
REFRACTORY = {"rho_reset": 3.0}
PLASTIC = {"U": 0.3, "tau_f_inv": 10.0, "tau_d_inv": 4.0}
THEIR_NAMES = {
    "adapt_jump": "beta",
    "recovery_rate": "a",
    "recovery_coupling": "b",
    "recovery_jump": "d",
}
OUR_NAMES = {"x": "resources"}


def numbers(values: Mapping[str, float], **names: str) -> dict[str, Tensor]:
    """Return the values under the names that theirs have, by ours."""
    theirs = THEIR_NAMES | names
    return {theirs.get(name, name): torch.tensor(value) for name, value in values.items()}


def cell(name: str, values: Mapping[str, float]) -> Step:
    norse = peer("norse.torch")
    parameters = getattr(norse, f"{name}Parameters")(**numbers(values))
    step: Step = getattr(norse, f"{name}Cell")(parameters)
    return step


def subtracting(values: Mapping[str, float]) -> Step:
    reset = peer("norse.torch.functional.reset").reset_subtract
    norse = peer("norse.torch")
    step: Step = norse.LIFBoxCell(norse.LIFBoxParameters(**numbers(values), reset_method=reset))
    return step


def refractory(name: str, inner: str, values: Mapping[str, float]) -> Step:
    norse = peer("norse.torch")
    given = numbers(values)
    period = {name: given.pop(name) for name in REFRACTORY if name in given}
    of_inner = getattr(norse, f"{name}Parameters")(**given)
    parameters = getattr(norse, f"{name}RefracParameters")(**{inner: of_inner}, **period)
    step: Step = getattr(norse, f"{name}RefracCell")(parameters)
    return step


def izhikevich(values: Mapping[str, float]) -> Step:
    theirs = peer("norse.torch.functional.izhikevich")
    given = numbers(values, v_reset="c")
    behavior = theirs.tonic_spiking
    v_rest = given.pop("v_rest", behavior.s.v.detach())
    parameters = behavior.p._replace(**given)
    state = theirs.IzhikevichState(v_rest, v_rest * parameters.b)
    step: Step = peer("norse.torch").IzhikevichCell(behavior._replace(p=parameters, s=state))
    return step


def conductances(values: Mapping[str, float]) -> Step:
    theirs = peer("norse.torch.functional.coba_lif")
    parameters = theirs.CobaLIFParameters(**numbers(values, v_th="v_thresh"))
    zeros = theirs.CobaLIFFeedForwardState(*torch.zeros(3, BATCH, NEURONS))
    return lambda x, state: theirs.coba_lif_feed_forward_step(x, state or zeros, parameters)


def plastic(values: Mapping[str, float]) -> Step:
    theirs = peer("norse.torch.functional.tsodyks_makram")
    parameters = theirs.TsodyksMakramParameters(**numbers(values))
    rested = theirs.TsodyksMakramState(u=torch.tensor(0.0), x=torch.tensor(1.0))
    return lambda x, state: theirs.stp_step(x, state or rested, parameters)


@dataclass(frozen=True)
class Case:
    """A class of ours and one timestep of theirs.

    Attributes:
        theirs: Makes their timestep from the values, which are arguments of both.
        states: Their states; ours have the same names, or those in `OUR_NAMES`.
        lowest: The smallest input.
        highest: The largest input.
    """

    name: str
    theirs: Callable[[Mapping[str, float]], Step]
    values: Mapping[str, float]
    states: str
    lowest: float
    highest: float
    is_spiking: bool = True


LIF_REFRAC = partial(refractory, "LIF", "lif")
LIF_STATES = "lif.v lif.i rho"
ADEX_REFRAC = partial(refractory, "LIFAdEx", "lif_adex")
ADEX_STATES = "lif_adex.v lif_adex.i lif_adex.a rho"
CASES = [
    Case("LIF", partial(cell, "LIF"), LIF, "v i", -0.5, 1.2),
    Case("LIFBox", partial(cell, "LIFBox"), BOX | FIRING, "v", 0, 4),
    Case("LIFBoxSoft", subtracting, BOX | {"v_th": 0.9}, "v", 0, 4),
    Case("LICell", partial(cell, "LI"), LI, "v i", -1, 1, False),
    Case("LIBox", partial(cell, "LIBox"), BOX, "v", -1, 1, False),
    Case("IAF", partial(cell, "IAF"), FIRING, "v", -0.3, 1),
    Case("LIFEx", partial(cell, "LIFEx"), EX, "v i", -0.5, 1),
    Case("LIFAdEx", partial(cell, "LIFAdEx"), ADEX, "v i a", -0.5, 1.5),
    Case("LSNN", partial(cell, "LSNN"), LSNN, "v i b", -0.5, 2),
    Case("LIFRefrac", LIF_REFRAC, LIF | REFRACTORY, LIF_STATES, -0.5, 2),
    Case("LIFAdExRefrac", ADEX_REFRAC, ADEX | REFRACTORY, ADEX_STATES, -0.5, 2),
    Case("Izhikevich", izhikevich, IZHIKEVICH, "v u", 0, 60),
    Case("CobaLIF", conductances, COBA | SYNAPSES, "v g_e g_i", -0.5, 1.5),
    Case("TsodyksMakram", plastic, PLASTIC, "u x", 0, 1, False),
]


def with_states(step: Step, states: list[str]) -> Runner:
    """Run their timesteps, and return all states."""

    def forward(xs: Tensor) -> tuple[Tensor, list[Tensor]]:
        ys, kept, state = [], [], None
        for x in xs:
            y, state = step(x, state)
            ys.append(y)
            kept.append([attrgetter(name)(state) for name in states])
        return torch.stack(ys), [torch.stack(values) for values in zip(*kept)]

    return forward


def run_both(case: Case) -> tuple[Results, Results]:
    """Return the results of our layer, and of theirs."""
    theirs = case.states.split()
    names = [OUR_NAMES.get(name, name.rpartition(".")[2]) for name in theirs]
    layer = getattr(ours("norse"), case.name)(NEURONS, **case.values)
    xs = case.lowest + currents(case.highest - case.lowest)
    expected = run(with_states(case.theirs(case.values), theirs), xs)
    return run(by_timestep(layer, tuple(names)), xs), expected


@pytest.fixture
def double_by_default() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_equals_the_original(case: Case) -> None:
    actual, expected = run_both(case)
    assert_close(actual.ys, expected.ys, 0 if case.is_spiking else 1e-5)
    assert_close(actual.states, expected.states)
    assert_as_the_table_says("norse", case.name, actual[:2], expected[:2])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_defaults_equal_the_original(case: Case) -> None:
    actual, expected = run_both(replace(case, values={}, highest=2 * case.highest))
    assert expected.ys.any()
    assert_close(actual.ys, expected.ys, 0 if case.is_spiking else 1e-5)
    assert_close(actual.states, expected.states)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.usefixtures("double_by_default")
def test_its_gradients_equal_the_original(case: Case) -> None:
    """In double precision, since some of them grow over time, and their rounding errors too."""
    assert_same_results(*run_both(case), is_spiking=case.is_spiking)


def test_every_class_is_compared() -> None:
    assert {case.name for case in CASES} == classes("norse")
