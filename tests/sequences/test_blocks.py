"""More neurons than go side by side in a kernel: several blocks of them, in one thread or several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

import tracetorch as tt
from tests.support.cases import PAIRS, Case, assert_records_same, assert_same
from tracetorch.functional import sigmoid4x, stochastic_round_ste

NOISY = {"spike_fn": sigmoid4x, "quant_fn": stochastic_round_ste(0.5)}
FIRING = dict(zip(("spike_fn", "quant_fn"), PAIRS["DLITS"]))
SHARED = {f"{name}_rank": 0 for name in ("pos_beta", "pos_scale", "neg_threshold")}


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


CASES = {
    "batch first": Case("LI", 1024, before=(2,), length=7, time=1),
    "one lane over": Case("LI", 513, before=(), length=3),
    "whole blocks": Case("LI", 512, before=(2,), length=17, time=1, has_states=True),
    "one feature": Case("LI", 1, before=(1030,), length=17, has_states=True),
    "features amid": Case("LI", 5, before=(3,), after=(11, 7), length=18, time=-1),
    "features first": Case("LI", 700, before=(), after=(3,), length=5, time=1, has_states=True),
    "time last": Case("LI", 650, length=5, time=-1),
    "strided": Case("LI", 650, length=5, layout="strided"),
    "permuted": Case("LI", 650, length=5, layout="permuted", time=1),
    "expanded": Case("LI", 650, length=5, layout="expanded", time=1),
    "shared": Case("DLITS", 1100, length=18, time=1, options={**FIRING, **SHARED}),
    "with noise": Case("LIB", 600, length=18, options=NOISY),
    "with noise, batch first": Case("LIB", 600, length=18, time=1, options=NOISY, has_states=True),
    "with noise amid": Case("LIB", 5, before=(3,), after=(11, 7), length=9, options=NOISY),
}

# So much work that three threads share it, in unequal parts.
LARGE = {
    "five blocks": Case("LI", 1250, length=81, time=1, has_states=True),
    "five blocks, shared": Case("DLITS", 1250, length=81, options={**FIRING, **SHARED}),
    "five blocks with noise": Case("LIB", 1250, length=81, time=1, options=NOISY),
    "fewer blocks than threads": Case("LI", 600, before=(), length=340),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_several_blocks(name: str, dtype: torch.dtype) -> None:
    assert_same(replace(CASES[name], dtype=dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", LARGE)
def test_several_blocks_in_threads(name: str, dtype: torch.dtype, threads: int) -> None:
    assert_same(replace(LARGE[name], dtype=dtype))


@pytest.mark.parametrize("name", ["features amid", "permuted", "with noise"])
def test_states_of_several_blocks_are_recorded(name: str, threads: int) -> None:
    assert_records_same(CASES[name], cut=2)


def test_states_are_recorded_in_threads(threads: int) -> None:
    assert_records_same(LARGE["five blocks"])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_what_makes_no_difference_has_a_gradient_of_exactly_0(dtype: torch.dtype) -> None:
    case = replace(CASES["one lane over"], dtype=dtype)
    layer, xs = case.layer(), case.xs()
    loss = (0 * tt.unroll(layer, xs, strict=True)).sum()
    assert not any(g.any() for g in torch.autograd.grad(loss, [xs, *layer.parameters()]))
