"""Laws that relate the layers to each other, whatever their equations are spelled like."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import tracetorch as tt
from tests.support import zoo

NEURONS = 5

pytestmark = pytest.mark.usefixtures("float64")


@pytest.fixture
def xs() -> Tensor:
    torch.manual_seed(0)
    return torch.randn(12, 3, NEURONS).mul(2).round(decimals=1)


def random_values(name: str) -> dict[str, Tensor]:
    """A value for each parameter, far from any that is neutral."""
    generator = torch.Generator().manual_seed(7)
    values = {}
    for parameter in zoo.parameters(name):
        spread = torch.rand(NEURONS, generator=generator)
        is_decay = parameter.endswith(("alpha", "beta", "gamma"))
        values[parameter] = 0.1 + 0.8 * spread if is_decay else 0.3 + spread
    return values


def run(name: str, values: dict[str, Any], xs: Tensor, **options: Any) -> Tensor:
    torch.manual_seed(3)
    layer = zoo.build(name, NEURONS, **values, **options)
    with torch.no_grad():
        return torch.stack([layer(x) for x in xs])


def with_prefix(letter: str) -> list[str]:
    return [name for name in zoo.NAMES if letter in zoo.prefixes(name)]


def without_branches(values: dict[str, Any], plain: str) -> dict[str, Any]:
    """Values for the plain layer, the two branches of the dual one made equal to them."""
    return {name: values.get(name, values.get(f"pos_{name}")) for name in zoo.parameters(plain)}


@pytest.mark.parametrize("name", with_prefix("D"))
def test_with_equal_branches_d_is_no_d(name: str, xs: Tensor) -> None:
    plain = name.removeprefix("D")
    shared = without_branches(random_values(name), plain)
    dual = {p: shared.get(p, shared.get(p[4:])) for p in zoo.parameters(name)}
    torch.testing.assert_close(run(name, dual, xs), run(plain, shared, xs), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", with_prefix("D"))
def test_unequal_branches_matter(name: str, xs: Tensor) -> None:
    values = random_values(name)
    plain = name.removeprefix("D")
    assert not run(name, values, xs).allclose(run(plain, without_branches(values, plain), xs))


@pytest.mark.parametrize("name", with_prefix("R"))
def test_without_weight_r_is_no_r(name: str, xs: Tensor) -> None:
    values = random_values(name)
    silent = values | {p: 0.0 for p in values if p.endswith("rec_weight")}
    plain = name.replace("R", "", 1)
    expected = run(plain, {p: values[p] for p in zoo.parameters(plain)}, xs)
    torch.testing.assert_close(run(name, silent, xs), expected, rtol=0, atol=0)
    assert not run(name, values, xs).allclose(expected)


@pytest.mark.parametrize("name", [name for name in zoo.NAMES if name.endswith("LITS")])
def test_unit_scales_make_lits_a_lit(name: str, xs: Tensor) -> None:
    values = random_values(name)
    unit = values | {"pos_scale": 1.0, "neg_scale": 1.0}
    plain = name.removesuffix("S")
    expected = run(plain, {p: values[p] for p in zoo.parameters(plain)}, xs)
    torch.testing.assert_close(run(name, unit, xs), expected, rtol=0, atol=0)
    assert not run(name, values, xs).allclose(expected)


@pytest.mark.parametrize("name", ["LI", "SLI", "LIEMA", "SLIEMA"])
def test_readouts_are_linear(name: str, xs: Tensor) -> None:
    values = random_values(name)
    other = xs.flip(0)
    both = run(name, values, 2 * xs - 3 * other)
    expected = 2 * run(name, values, xs) - 3 * run(name, values, other)
    torch.testing.assert_close(both, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["LIT", "SLIT", "RLIT", "SRLIT", "LITS", "SRLITS"])
@pytest.mark.parametrize("quant_fn", [torch.nn.Identity(), tt.functional.round_ste()])
def test_lit_is_odd_when_its_sides_are_equal(name: str, quant_fn: Any, xs: Tensor) -> None:
    values = random_values(name) | {"bias": 0.0}
    values = {p: values[p.replace("neg_", "pos_")] for p in values}
    negated = run(name, values, -xs, quant_fn=quant_fn)
    assert negated.any()
    expected = -run(name, values, xs, quant_fn=quant_fn)
    torch.testing.assert_close(negated, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in with_prefix("D") if zoo.family(n) != "LIB"])
def test_negated_input_is_swapped_branches(name: str, xs: Tensor) -> None:
    """Which branch is called positive is a convention, for outputs and for gradients at 0 too."""
    values = random_values(name)
    values |= {"bias": torch.zeros(NEURONS)} if "bias" in values else {}
    swapped = {p: values[swap_sides(p)] for p in values}
    xs = torch.cat([torch.zeros(2, *xs.shape[1:]), xs])
    there, back = zoo.layer_class(name)(NEURONS, **values), zoo.layer_class(name)(
        NEURONS, **swapped
    )
    x_there, x_back = xs.clone().requires_grad_(), (-xs).requires_grad_()
    ys_there = torch.stack([there(x) for x in x_there])
    ys_back = torch.stack([back(x) for x in x_back])
    torch.testing.assert_close(ys_there, -ys_back, rtol=0, atol=1e-12)
    ys_there.sin().sum().backward()
    (-ys_back).sin().sum().backward()
    torch.testing.assert_close(x_there.grad, -x_back.grad, rtol=0, atol=1e-12)
    for p in values:
        ours = getattr(there, f"raw_{p}").grad
        theirs = getattr(back, f"raw_{swap_sides(p)}").grad
        sign = -1.0 if p == "bias" else 1.0
        torch.testing.assert_close(ours, sign * theirs, rtol=0, atol=1e-11)


def swap_sides(parameter: str) -> str:
    if parameter.startswith("pos_"):
        return "neg_" + parameter.removeprefix("pos_")
    return "pos_" + parameter.removeprefix("neg_") if parameter.startswith("neg_") else parameter


@pytest.mark.parametrize("name", [n for n in zoo.NAMES if zoo.family(n) == "LIEMA"])
def test_an_average_stays_within_its_input(name: str, xs: Tensor) -> None:
    ones = torch.ones(400, 1, NEURONS)
    out = run(name, random_values(name), ones)
    assert (out <= 1).all() and out[0].max() < 1
    torch.testing.assert_close(out[-1], ones[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", [n for n in zoo.NAMES if zoo.family(n) == "LI"])
def test_an_impulse_decays_by_halves(name: str) -> None:
    beta = tt.functional.halflife_to_decay(3.0)
    decays = {p: beta if "beta" in p else 1e-12 for p in zoo.parameters(name)}
    impulse = torch.zeros(7, NEURONS)
    impulse[0] = 1.0
    out = run(name, decays, impulse)
    torch.testing.assert_close(out[3], out[0] / 2, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(out[6], out[0] / 4, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", zoo.ALL)
def test_any_dim_is_the_last_one_moved(name: str, xs: Tensor) -> None:
    values = random_values(name)
    images = xs.repeat(2, 2, 1).reshape(4, 6, 3, 2, NEURONS)
    expected = run(name, values, images)
    for dim in range(-4, 4):
        moved = images.movedim(-1, dim if dim < 0 else dim + 1)
        found = run(name, values, moved, dim=dim).movedim(dim if dim < 0 else dim + 1, -1)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", zoo.ALL)
def test_batch_rows_do_not_meet(name: str, xs: Tensor) -> None:
    values = random_values(name)
    alone = torch.stack([run(name, values, xs[:, row]) for row in range(xs.shape[1])], dim=1)
    torch.testing.assert_close(run(name, values, xs), alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", zoo.ALL)
def test_step_is_pure(name: str, xs: Tensor) -> None:
    """`step` alone makes the same sequence, and leaves the layer as it was."""
    values = random_values(name)
    torch.manual_seed(3)
    layer = zoo.build(name, NEURONS, **values)
    shape = tuple(xs[0].shape)
    states = layer.State(
        **{state: torch.zeros(zoo.state_shape(name, state, shape, 1)) for state in zoo.states(name)}
    )
    outputs = []
    for x in xs:
        before = [tensor.clone() for tensor in states]
        output, after = layer.step(x, states)
        assert all(map(torch.equal, states, before))
        states = after
        outputs.append(output.detach())
    assert all(getattr(layer, field) is None for field in layer.State._fields)
    torch.testing.assert_close(torch.stack(outputs), run(name, values, xs), rtol=0, atol=0)


@pytest.mark.parametrize("name", [name for name in zoo.NAMES if zoo.fires(name)])
def test_the_reset_takes_the_threshold(name: str) -> None:
    """One strong input, hard firing, no leak to speak of: what is left is input - threshold."""
    near_1 = 1 - 1e-12
    values = {p: near_1 if "beta" in p else 1e-12 for p in zoo.parameters(name)}
    values |= {p: 1.0 for p in values if "threshold" in p}
    values |= {p: 0.0 for p in values if "bias" in p or "weight" in p}
    values |= {p: 5.0 for p in values if "scale" in p}
    layer = zoo.layer_class(name)(1, **values, quant_fn=tt.functional.round_ste())
    layer(torch.tensor([1.75]))
    membrane = sum(getattr(layer, s) for s in zoo.states(name) if s.endswith("mem"))
    torch.testing.assert_close(membrane, torch.tensor([0.75]), rtol=0, atol=1e-9)
