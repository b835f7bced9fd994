"""The generated layers and the independent reference give the same numbers, gradients included."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import tracetorch as tt
from tests.support import zoo
from tracetorch.snn import flex

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-4}
QUANTIZERS = {
    "identity": torch.nn.Identity,
    "round": tt.functional.round_ste,
    "fine": lambda: tt.functional.round_ste(0.25),
    "stochastic": tt.functional.stochastic_round_ste,
    "probabilistic": tt.functional.probabilistic_ste,
}
TIE = "the layer's own threshold"


@dataclass(frozen=True)
class Case:
    """What to feed to both layers."""

    num_neurons: int
    dim: int
    shape: tuple[int, ...]
    arguments: dict[str, Any]
    quantizer: str
    inputs: list[float | str]
    timesteps: int
    seed: int
    dtype: torch.dtype


def values(parameter: str) -> st.SearchStrategy[float]:
    if parameter.endswith(("alpha", "beta", "gamma")):
        return st.floats(0.05, 0.95)
    if parameter.endswith("threshold"):
        return st.floats(0.1, 2.0)
    return st.floats(-2.0, 2.0)


@st.composite
def cases(draw: st.DrawFn, name: str) -> Case:
    num_neurons = draw(st.integers(1, 3))
    others = draw(st.lists(st.integers(1, 3), max_size=3))
    position = draw(st.integers(0, len(others)))
    shape = (*others[:position], num_neurons, *others[position:])
    arguments: dict[str, Any] = {}
    for parameter in zoo.parameters(name):
        form = draw(st.sampled_from(["default", "number", "scalar", "vector"]))
        if form == "number":
            arguments[parameter] = draw(values(parameter))
        elif form == "scalar":
            arguments[parameter] = torch.tensor(draw(values(parameter)), dtype=torch.float64)
        elif form == "vector":
            drawn = [draw(values(parameter)) for _ in range(num_neurons)]
            arguments[parameter] = torch.tensor(drawn, dtype=torch.float64)
        if draw(st.booleans()):
            arguments[f"{parameter}_rank"] = draw(st.integers(0, 1))
        if draw(st.integers(0, 4)) == 0:
            arguments[f"learn_{parameter}"] = False
    timesteps = draw(st.integers(1, 5))
    pool = st.one_of(st.sampled_from([0.0, TIE, 1.0, -1.0]), st.floats(-3.0, 3.0))
    return Case(
        num_neurons=num_neurons,
        dim=draw(st.sampled_from([position, position - len(shape)])),
        shape=shape,
        arguments=arguments,
        quantizer=draw(st.sampled_from(sorted(QUANTIZERS))) if zoo.fires(name) else "identity",
        inputs=draw(st.lists(pool, min_size=1, max_size=12)),
        timesteps=timesteps,
        seed=draw(st.integers(0, 2**16)),
        dtype=draw(st.sampled_from([torch.float64, torch.float64, torch.float32])),
    )


def inputs(layer: tt.Layer, case: Case) -> Tensor:
    """The drawn numbers, repeated over the whole sequence; ties lie exactly at the threshold."""
    threshold = next((p for p in ("threshold", "pos_threshold") if hasattr(layer, p)), None)
    tie = getattr(layer, threshold).detach().flatten()[0].item() if threshold else 1.0
    drawn = torch.tensor([tie if x == TIE else x for x in case.inputs], dtype=case.dtype)
    size = (case.timesteps, *case.shape)
    return drawn.repeat(math.prod(size))[: math.prod(size)].reshape(size)


def run(layer: tt.Layer, case: Case, xs: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Outputs, final states, and the gradients of input and parameters."""
    torch.manual_seed(case.seed)
    xs = xs.clone().requires_grad_()
    outputs = torch.stack([layer(x) for x in xs])
    states = {name: getattr(layer, name) for name in layer._state_sizes}
    loss = (outputs * weights).sum() + sum(state.sin().sum() for state in states.values())
    loss.backward()
    gradients = {f"grad of {name}": p.grad for name, p in layer.named_parameters()}
    return {"output": outputs, "grad of x": xs.grad, **states, **gradients}


@pytest.mark.parametrize("name", zoo.NAMES)
def test_equal(name: str) -> None:
    @settings(max_examples=settings.default.max_examples // 3)  # of each of many layers alike
    @given(cases(name))
    def check(case: Case) -> None:
        arguments = dict(case.arguments, dim=case.dim)
        if zoo.fires(name):
            arguments["quant_fn"] = QUANTIZERS[case.quantizer]()
        torch.set_default_dtype(case.dtype)
        try:
            layer = zoo.layer_class(name)(case.num_neurons, **arguments)
            reference = getattr(flex, name)(case.num_neurons, **arguments)
        finally:
            torch.set_default_dtype(torch.float32)
        xs = inputs(layer, case)
        generator = torch.Generator().manual_seed(case.seed)
        weights = torch.randn(xs.shape, generator=generator, dtype=case.dtype)
        ours = run(layer, case, xs, weights)
        theirs = run(reference, case, xs, weights)
        assert ours.keys() == theirs.keys()
        for what, value in ours.items():
            torch.testing.assert_close(
                value,
                theirs[what],
                rtol=TOLERANCE[case.dtype],
                atol=TOLERANCE[case.dtype],
                msg=lambda text, what=what: f"{name}, {what}: {text}",
            )

    check()
