"""Random quantizers draw in `tt.unroll` the numbers that they draw in the loop, and no others."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from tests.support.equal import identical
from tests.support.plans import ways
from tracetorch.functional import probabilistic_ste, round_ste, sigmoid4x, stochastic_round_ste

pytestmark = pytest.mark.usefixtures("unformatted")

SPEC = """
package: {doc: Layers that draw random numbers in several places}
parameters:
  level: {constraint: free, default: 0.5, doc: level}
functions:
  first_fn: {default: identity, doc: makes something discrete}
  second_fn: {default: identity, doc: makes something else discrete}
layers:
  Twice:
    name: layer with two quantizers
    doc: Choose it for these tests.
    states: &mem
      mem: {doc: membrane}
    update:
      - mem = 0.5 * mem + x
      - first = first_fn(sigmoid(mem))
      - second = second_fn(sigmoid(mem - first))
      - mem = mem - first
    output: first + 2 * second
  Often:
    name: layer that calls its quantizers again and again
    doc: Choose it for these tests.
    states: *mem
    update:
      - mem = 0.5 * mem + x - second_fn(sigmoid(x)) * first_fn(sigmoid(2 * x))
      - nested = second_fn(sigmoid(first_fn(sigmoid(mem)) + second_fn(sigmoid(-mem))))
      - mem = where(mem > 0, second_fn(sigmoid(mem)), 2 * mem)
    output: where(x > 0, nested, first_fn(sigmoid(nested - mem)))
  OfParameters:
    name: layer that makes a parameter discrete
    doc: Choose it for these tests.
    states: *mem
    update:
      - mem = 0.5 * mem + x - first_fn(sigmoid(level))
    output: second_fn(sigmoid(mem))
  Noisy:
    name: layer that draws random numbers itself, beside its quantizers
    doc: Choose it for these tests.
    states: *mem
    update:
      - mem = 0.5 * mem + x + 0.1 * randn_like(x)
      - mem = mem - first_fn(sigmoid(mem - randn_like(mem) * second_fn(sigmoid(rand_like(x)))))
    output: mem * rand_like(mem)
  Uniform:
    name: layer that draws uniform random numbers only
    doc: Choose it for these tests.
    states: *mem
    update:
      - mem = 0.5 * mem + rand_like(x) * x
    output: first_fn(second_fn(mem))
  Mixing:
    name: layer that maps its state
    doc: Choose it for these tests.
    modules: {map: {linear: [num_neurons, num_neurons]}}
    states: *mem
    update:
      - mem = map(mem) + rand_like(x)
    output: mem + x
  Overwriting:
    name: layer whose state is for a while the same in all samples
    doc: Choose it for these tests.
    states: *mem
    update:
      - last = 0.5 * mem + x
      - mem = sigmoid(level)
      - mem = last - first_fn(mem)
    output: second_fn(sigmoid(mem))
"""

PAIRS: dict[str, tuple[Any, Any]] = {
    "none": (round_ste(0.25), nn.Identity()),
    "the first": (stochastic_round_ste(0.5), nn.Identity()),
    "the second": (nn.Identity(), stochastic_round_ste(0.5)),
    "the second, beside another": (round_ste(0.25), probabilistic_ste()),
    "both": (stochastic_round_ste(0.5), stochastic_round_ste(0.25)),
    "both, of two kinds": (probabilistic_ste(), stochastic_round_ste()),
    "one of someone else's": (stochastic_round_ste(0.5), nn.Dropout(0.5)),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("noise")
    (folder / "spec.yaml").write_text(SPEC)
    out = folder / "drawing"
    assert main(["generate", "--spec", str(folder / "spec.yaml"), "--out", str(out)]) == 0
    sys.path.insert(0, str(folder))
    yield importlib.import_module("drawing")
    sys.path.remove(str(folder))


def run(layer: tt.Layer, way: Callable[..., Tensor], xs: Tensor, dim: int) -> list[Tensor]:
    """Outputs, states, gradients, and the number that is drawn next."""
    layer, xs = copy.deepcopy(layer), xs.clone().requires_grad_()
    torch.manual_seed(0)
    ys = way(layer, xs, dim)
    following = torch.rand(1)
    (ys.square().sum() + layer.mem.sum()).backward()
    return [ys, layer.mem, xs.grad, following, *(p.grad for p in layer.parameters())]


def loop(layer: nn.Module, xs: Tensor, dim: int) -> Tensor:
    return torch.stack([layer(x) for x in xs.unbind(dim)], dim)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(
    "name", ["Twice", "Often", "OfParameters", "Overwriting", "Noisy", "Uniform"]
)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_the_numbers_of_the_loop(name: str, pair: str, package: ModuleType) -> None:
    first, second = PAIRS[pair]
    for dtype, dim in ((torch.float32, 0), (torch.float64, 1)):
        layer = getattr(package, name)(4, first_fn=first, second_fn=second).to(dtype)
        xs = torch.randn(5, 7, 4, dtype=dtype)
        expected, actual = run(layer, loop, xs, dim), run(layer, tt.unroll, xs, dim)
        torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("pair", ["the first", "the second"])
@pytest.mark.parametrize(
    "name", ["Twice", "Often", "OfParameters", "Overwriting", "Noisy", "Uniform"]
)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_only_numbers_for_the_whole_batch_need_the_loop(
    name: str, pair: str, package: ModuleType
) -> None:
    first, second = PAIRS[pair]
    of_parameters = name in ("OfParameters", "Overwriting") and pair == "the first"
    layer = getattr(package, name)(4, first_fn=first, second_fn=second)
    assert ways(layer) == ["loop" if of_parameters else "kernel"]


LAYOUTS: dict[str, Callable[[], Tensor]] = {
    "contiguous": lambda: torch.randn(5, 7, 6, 4),
    "batch transposed": lambda: torch.randn(5, 6, 7, 4).transpose(1, 2),
    "time last": lambda: torch.randn(7, 6, 4, 5).movedim(-1, 0),
    "features first": lambda: torch.randn(5, 4, 6, 7).permute(0, 3, 2, 1),
    "every other": lambda: torch.randn(5, 7, 6, 8)[..., ::2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dim", [-1, -2, 0, 1])
def test_the_numbers_of_every_layout(layout: str, dim: int, package: ModuleType) -> None:
    """Normal numbers depend on the strides of the tensor that they are drawn like."""
    xs = LAYOUTS[layout]().movedim(-1, dim if dim < 0 else dim + 1)
    for quantizer in (nn.Identity(), stochastic_round_ste(0.5)):
        layer = package.Noisy(4, dim=dim, first_fn=quantizer, second_fn=quantizer)
        expected, actual = run(layer, loop, xs, 0), run(layer, tt.unroll, xs, 0)
        torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


def test_the_order_of_layers_that_draw(package: ModuleType) -> None:
    net = nn.Sequential(package.Noisy(4), nn.Linear(4, 4), package.Uniform(4))
    xs = torch.randn(5, 7, 4)
    torch.manual_seed(0)
    expected = loop(copy.deepcopy(net), xs, 0)
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="among steps whose order matters"):
        torch.testing.assert_close(tt.unroll(net, xs), expected)


def test_a_layer_that_is_no_kernel_draws_in_the_loop(package: ModuleType) -> None:
    layer = package.Mixing(4)
    assert ways(layer) == ["loop"]
    assert "draws random numbers" in tt.unroll.plan(layer).steps[0].why


@pytest.mark.parametrize("name", ["Noisy", "Uniform"])
def test_a_compiled_timestep_draws(name: str, package: ModuleType) -> None:
    layer, x = getattr(package, name)(4), torch.randn(7, 4)
    torch.manual_seed(0)
    expected = layer(x)
    layer.zero_states()
    layer.TTcompile()
    torch.manual_seed(0)
    torch.testing.assert_close(layer(x), expected)


def test_a_layer_that_draws_nothing_leaves_the_generator_alone() -> None:
    layer, xs = tt.snn.LIB(4, spike_fn=sigmoid4x), torch.randn(5, 7, 4)
    before = torch.get_rng_state()
    tt.unroll(layer, xs)
    assert identical(torch.get_rng_state(), before)
