"""The kernels in Triton against the loop, on a GPU: outputs, states and all gradients.

Part of `make gpu`. With TRITON_INTERPRET=1 they run in Triton's interpreter, for some layers and
small sizes. PyTorch, Triton and pytest are all that is needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.gpu.device import DEVICE, IS_INTERPRETED, why_not
from tests.support import zoo
from tests.support.cases import PAIRS
from tracetorch.sequence import operator
from tracetorch.sequence.recurrence import operator as of_recurrences

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

LAYERS = ["LI", "DSRLITS", "S6"] if IS_INTERPRETED else zoo.ALL
ZOO = [pytest.param(made, id=name) for name, made in zoo.of_the_zoo().items()][
    :: 40 if IS_INTERPRETED else 1
]
TIMESTEPS, BATCH, FEATURES = (3, 2, 3) if IS_INTERPRETED else (50, 5, 67)
TOLERANCES = {
    torch.float64: 1e-10,
    torch.float32: 1e-4,
    torch.float16: 1e-3,
    torch.bfloat16: 1e-2,
}
Results = dict[str, Tensor]


@pytest.fixture(autouse=True)
def on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    if IS_INTERPRETED:
        from tracetorch.sequence.triton import recurrence, run

        monkeypatch.setattr(operator, "_backend", lambda device: run)
        monkeypatch.setattr(of_recurrences, "_backend", lambda device: recurrence)


def loop(layer: nn.Module, xs: Tensor, dim: int) -> Tensor:
    """Run the timesteps of a sequence, of which those in half precision are exact in float32."""
    steps = xs.float() if xs.dtype in (torch.float16, torch.bfloat16) else xs
    return torch.stack([layer(x) for x in steps.unbind(dim)], dim)


def unroll(layer: nn.Module, xs: Tensor, dim: int) -> Tensor:
    return tt.unroll(layer, xs, dim, strict=True)


def results(layer: tt.Layer, xs: Tensor, way: Callable[..., Tensor], dim: int) -> Results:
    layer.zero_states()
    layer.zero_grad()
    torch.manual_seed(1)
    xs = xs.detach().requires_grad_()
    ys = way(layer, xs, dim)
    states = {name: getattr(layer, name) for name in layer._state_sizes}
    weights = torch.linspace(-1, 1, ys.numel(), dtype=ys.dtype, device=ys.device).view(ys.shape)
    total = (ys * weights).sum().add(sum(state.square().sum() for state in states.values()))
    if total.requires_grad:  # some neurons only have learned thresholds
        total.backward()
    given = {"the inputs": xs, **dict(layer.named_parameters())}
    gradients = {f"gradient of {n}": t.grad for n, t in given.items() if t.grad is not None}
    return {"outputs": ys, **states, **gradients}


def assert_equal(layer: tt.Layer, xs: Tensor, dim: int = 0, tolerance: float = 0.0) -> None:
    expected, found = (results(layer, xs, way, dim) for way in (loop, unroll))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        relative = tolerance or TOLERANCES[value.dtype]
        absolute = relative * max(1.0, float(value.detach().abs().max()))
        torch.testing.assert_close(
            found[name], value, rtol=relative, atol=absolute, msg=lambda m: f"{name}: {m}"
        )


def layer_of(name: str, dtype: torch.dtype, dim: int = -1) -> tt.Layer:
    """Return a layer that fires smoothly unless in float64: else rounding decides what fires."""
    is_wide = dtype == torch.float64
    wide = torch.float64 if is_wide else torch.float32
    if name in zoo.OTHERS:
        return zoo.build(name, FEATURES, dim=dim).to(DEVICE, wide)
    spike_fn, quant_fn = PAIRS[name]
    hard = {"spike_fn": spike_fn, "quant_fn": quant_fn if is_wide else nn.Identity()}
    functions = hard if zoo.fires(name) else {}
    return zoo.lively(name, FEATURES, dim=dim, **functions).to(DEVICE, wide)


def inputs(dtype: torch.dtype, *after: int) -> Tensor:
    return torch.randn(TIMESTEPS, BATCH, FEATURES, *after).to(DEVICE, dtype)


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name: str, dtype: torch.dtype) -> None:
    assert_equal(layer_of(name, dtype), inputs(dtype))


@pytest.mark.parametrize(
    "dtype, tolerance", [(torch.float64, 1e-9), (torch.float32, 1e-3)], ids=str
)
@pytest.mark.parametrize("make", ZOO)
def test_every_layer_of_the_zoo(
    make: Callable[..., tt.Layer], dtype: torch.dtype, tolerance: float
) -> None:
    required = [n for n, p in inspect.signature(make).parameters.items() if p.default is p.empty]
    # Heads of several neurons, since to normalize one alone is to divide by nearly nothing.
    layer = make(**{name: 2 if name == "heads" else 8 for name in required}).to(DEVICE, dtype)
    xs = 2 * torch.rand(TIMESTEPS, BATCH, layer.in_features) - 0.5  # some would grow beyond bounds
    assert_equal(layer, xs.to(DEVICE, dtype), tolerance=tolerance)


@pytest.mark.parametrize("name", ["DSRLITS", "S6", "LSTM"])
@pytest.mark.parametrize("time", [1, -1])
def test_dimensions_in_any_order(name: str, time: int) -> None:
    layer = layer_of(name, torch.float64, dim=-2)
    assert_equal(layer, inputs(torch.float64, 2).movedim(0, time), time)


@pytest.mark.parametrize("name", ["SLIB", "Mamba", "GRU"])
def test_states_are_recorded(name: str) -> None:
    layer, xs = layer_of(name, torch.float64), inputs(torch.float64)
    records = []
    for way in (loop, unroll):
        layer.zero_states()
        with tt.record(layer, *layer._state_sizes) as record:
            way(layer, xs, 0)
        records.append(dict(record.items()))
    torch.testing.assert_close(records[1], records[0])


@pytest.mark.skipif(IS_INTERPRETED, reason="it takes long in the interpreter")
def test_a_network_in_single_precision() -> None:
    model = nn.Sequential(nn.Linear(8, 64), tt.snn.SLIB(64), nn.Linear(64, 10), tt.snn.LI(10))
    model, xs = model.to(DEVICE), torch.rand(100, 32, 8, device=DEVICE)
    ys = tt.unroll(model, xs, strict=True)
    tt.zero_states(model)
    torch.testing.assert_close(ys, loop(model, xs, 0), rtol=1e-4, atol=1e-4)


def test_a_network_is_written_for_nir_as_on_the_cpu() -> None:
    pytest.importorskip("nir")
    model = nn.Sequential(nn.Linear(3, 4), tt.snn.LIB(4, quant_fn=tt.functional.round_ste()))
    expected = tt.to_nir(model, (3,)).nodes
    nodes = tt.to_nir(model.to(DEVICE), (3,)).nodes
    for name, fields in {"0": ["weight", "bias"], "1": ["tau", "r", "v_threshold"]}.items():
        for field in fields:
            one, other = (torch.tensor(getattr(found[name], field)) for found in (expected, nodes))
            torch.testing.assert_close(one, other)
