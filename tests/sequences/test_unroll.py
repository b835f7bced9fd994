"""`tt.unroll` against its definition, the loop: outputs, final states, and every gradient."""

from __future__ import annotations

import ctypes
import warnings
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import tracetorch as tt
from tests.support import zoo
from tests.support.cases import NUMBERED, PAIRS, QUANTIZERS, SPIKES, Case, assert_same, loop, run
from tests.support.dynamo import follows_unroll
from tests.support.equal import identical
from tracetorch import functional as F
from tracetorch.sequence.c.run import openmp
from tracetorch.sequence.c.source import LANES
from tracetorch.sequence.call import CHUNK
from tracetorch.sequence.choice import draws, kernel_of

LENGTHS = [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 2]

SHAPES = st.sampled_from(
    [
        ((), ()),
        ((1,), ()),
        ((3,), ()),
        ((2, 3), ()),
        ((0,), ()),
        ((2,), (3,)),
        ((2,), (2, 5)),
        ((), (4,)),
        ((LANES // 5,), ()),
    ]
)


@st.composite
def cases(draw: st.DrawFn, names: list[str]) -> Case:
    """Any layer, in any shape; what must be compiled anew depends on the layer alone."""
    name = draw(st.sampled_from(names))
    spike_fn, quant_fn = PAIRS[name]
    options: dict[str, Any] = {"spike_fn": spike_fn, "quant_fn": quant_fn}
    for parameter in zoo.parameters(name):
        options[f"{parameter}_rank"] = draw(st.sampled_from([0, 1]))
        options[f"learn_{parameter}"] = draw(st.sampled_from([True, True, False]))
    before, after = draw(SHAPES)
    has_states = draw(st.booleans())
    layouts = ["contiguous", "strided", "expanded"]
    if not (has_states and draws(quant_fn)):  # else the loop draws in an order of its own
        layouts.append("permuted")
    return Case(
        name=name,
        features=draw(st.sampled_from([1, 3, 5])),
        before=before,
        after=after,
        length=draw(st.sampled_from(LENGTHS)),
        time=draw(st.integers(-1 - len(before) - 1 - len(after), len(before) + 1 + len(after))),
        layout=draw(st.sampled_from(layouts)),
        has_states=has_states,
        seed=draw(st.integers(0, 1000)),
        options=options,
    )


@given(data=st.data())
@pytest.mark.parametrize("name", zoo.NAMES)
@settings(max_examples=10)
def test_every_layer(name: str, data: st.DataObject) -> None:
    assert_same(data.draw(cases([name])))


IN_LAYERS = [PAIRS[name] for name in zoo.NAMES if zoo.fires(name)]
"""The pairs that `test_every_layer` compiles: 24 of 35."""
PAIRINGS = [pair for pair in product(SPIKES, QUANTIZERS) if pair not in IN_LAYERS]
FIRING = [(*pair, torch.float64) for pair in PAIRINGS]
FIRING += [(F.sigmoid4x, quant_fn, torch.float32) for quant_fn in QUANTIZERS]
FIRING += [(spike_fn, F.round_ste(), torch.float32) for spike_fn in SPIKES[1:]]


@pytest.mark.parametrize("spike_fn, quant_fn, dtype", FIRING)
def test_every_spike_function_and_quantizer(
    spike_fn: Any, quant_fn: nn.Module, dtype: torch.dtype
) -> None:
    options = {"spike_fn": spike_fn, "quant_fn": quant_fn}
    assert_same(Case("LIT", length=20, dtype=dtype, options=options))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("spike_fn", NUMBERED, ids=lambda fn: fn.func.__name__)
def test_every_number_of_a_spike_function(spike_fn: Any, dtype: torch.dtype) -> None:
    options = {"spike_fn": spike_fn, "quant_fn": F.round_ste()}
    assert_same(Case("LIT", length=20, dtype=dtype, options=options))


def test_a_block_may_begin_and_end_as_if_it_lay_in_one_piece() -> None:
    assert_same(Case("LI", features=32, before=(LANES // 32,), length=1, layout="permuted"))


@pytest.mark.parametrize("name", ["LI", "DSRLITS"])
@pytest.mark.parametrize("cut", [1, CHUNK, CHUNK + 3])
def test_a_sequence_may_be_cut_anywhere_and_the_parts_run_either_way(name: str, cut: int) -> None:
    case = Case(name, length=40, options={"quant_fn": F.round_ste()})
    whole = run(case, unroll=False)
    for ways in ("loop then kernel", "kernel then loop", "kernel then kernel"):
        layer, xs = case.layer(), case.xs()
        parts = [
            loop(layer, part) if way == "loop" else tt.unroll(layer, part, strict=True)
            for way, part in zip(ways.split(" then "), xs.split([cut, 40 - cut]))
        ]
        torch.testing.assert_close(torch.cat(parts), whole["output"], rtol=1e-10, atol=1e-12)
        for state in zoo.states(name):
            torch.testing.assert_close(getattr(layer, state), whole[f"final {state}"])


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["LIEMA", "DSRLITS"])
def test_nan_and_infinity_pass_as_in_the_loop(name: str, odd: float) -> None:
    case = Case(name, length=20, options={"quant_fn": F.round_ste()})
    xs = case.xs().detach()
    xs[7, 1, 2] = odd
    results = []
    for way in (loop, tt.unroll):
        layer, given = case.layer(), xs.clone().requires_grad_()
        ys = way(layer, given)
        gradients = torch.autograd.grad(ys.sum(), [given, *layer.parameters()])
        states = [getattr(layer, name) for name in zoo.states(name)]
        results.append([ys, *gradients, *states])
    assert not all(result.isfinite().all() for result in results[0])
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-11, equal_nan=True)


@pytest.mark.parametrize("loss", ["output", "final mem"])
def test_a_loss_may_depend_on_a_part_of_the_results_alone(loss: str) -> None:
    case = Case("LIB", length=20)
    gradients = []
    for way in (loop, tt.unroll):
        layer, xs = case.layer(), case.xs()
        ys = way(layer, xs)
        result = ys if loss == "output" else layer.mem
        gradients.append(torch.autograd.grad(result.square().sum(), [xs, *layer.parameters()]))
    for expected, actual in zip(*gradients):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12)


def test_integers_and_half_precision_come_in_as_in_the_loop() -> None:
    for dtype in (torch.int64, torch.float16, torch.bfloat16):
        xs = torch.randint(-2, 3, (20, 4, 3)).to(dtype)
        first, second = Case("SLIB").layer().float(), Case("SLIB").layer().float()
        expected = loop(first, xs)
        actual = tt.unroll(second, xs, strict=True)
        torch.testing.assert_close(actual, expected)
        assert actual.dtype == second.mem.dtype == torch.float32


def test_noise_has_the_precision_of_the_states() -> None:
    for dtype in (torch.int64, torch.float16, torch.bfloat16):
        xs, results = torch.randint(-2, 3, (20, 4, 3)).to(dtype), []
        for way in (loop, tt.unroll):
            layer = Case("LIB", options={"quant_fn": F.stochastic_round_ste(0.5)}).layer().float()
            torch.manual_seed(0)
            results.append((way(layer, xs), layer.mem, torch.rand(1)))
        torch.testing.assert_close(results[1], results[0])


def test_parameters_may_lie_apart_in_memory() -> None:
    results = []
    for way in (loop, tt.unroll):
        layer, stored = zoo.lively("LITS", 4), torch.arange(1.0, 9.0)
        layer.raw_pos_scale = nn.Parameter(stored[::2])
        layer.mem = torch.ones(2, 8)[:, ::2]
        ys = way(layer, torch.linspace(-3, 3, 40).view(5, 2, 4))
        (gradient,) = torch.autograd.grad(ys.square().sum(), layer.raw_pos_scale)
        results.append((ys, gradient))
    torch.testing.assert_close(results[1], results[0])


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_dtype_that_only_the_run_decides() -> None:
    """The layer gets what the modules before it make of the input."""
    results = []
    for way in (loop, tt.unroll):
        layer = zoo.lively("LIB", 3)
        generator = torch.Generator().manual_seed(0)
        xs = torch.randn(20, 2, 3, dtype=torch.float64, generator=generator).requires_grad_()
        ys = way(nn.Sequential(nn.Identity(), layer), xs)
        assert ys.dtype == layer.mem.dtype == torch.float64
        results.append([ys, layer.mem, *torch.autograd.grad(ys.sum(), [xs, layer.raw_beta])])
    torch.testing.assert_close(results[1], results[0], rtol=1e-12, atol=1e-12)
    half = nn.Sequential(nn.Identity(), tt.snn.LIB(3).half())
    with pytest.raises(
        RuntimeError, match=r"no kernel for 1 \(LIB\): there is none for torch.float16"
    ):
        tt.unroll(half, torch.rand(5, 2, 3), strict=True)


def test_a_layer_on_another_device_is_refused_as_in_the_loop() -> None:
    layer, xs = tt.snn.LIB(3).to("meta"), torch.rand(5, 2, 3)
    with pytest.raises(RuntimeError, match="on another device"):
        tt.unroll(layer, xs, strict=True)
    for way in (loop, tt.unroll):
        with pytest.raises((RuntimeError, ValueError)) as refused, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            way(layer, xs)
        assert "device" in str(refused.value) and layer.mem is None


class Watching(TorchDispatchMode):
    """Remembers whether the operator keeps something; or lets it fail."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.kept: list[int] = []
        self.fails = fails

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        is_unroll = function is torch.ops.tracetorch.unroll.default
        if is_unroll and self.fails:
            raise MemoryError("there is none")
        result = function(*args, **(kwargs or {}))
        if is_unroll:
            self.kept.append(result[2].numel())
        return result


def test_states_between_are_kept_for_a_backward_pass_alone() -> None:
    layer, xs = tt.snn.LIB(3), torch.rand(40, 2, 3)
    frozen = tt.snn.LIB(3).requires_grad_(False)
    with Watching() as watching:
        tt.unroll(layer, xs)
        with torch.no_grad():
            tt.unroll(layer, xs)
        layer.detach_states()
        tt.unroll(frozen, xs)
        tt.unroll(frozen, xs.clone().requires_grad_())
    assert watching.kept == [3 * 6, 0, 0, 3 * 6]


def test_a_first_run_that_fails_leaves_no_states() -> None:
    layer, xs = tt.snn.LIB(3), torch.rand(5, 2, 3)
    with pytest.raises(MemoryError), Watching(fails=True):
        tt.unroll(layer, xs)
    assert layer.mem is None
    tt.unroll(layer, xs)
    before = layer.mem
    with pytest.raises(MemoryError), Watching(fails=True):
        tt.unroll(layer, xs)
    assert layer.mem is before


def test_what_the_loop_refuses_is_refused_and_changes_nothing() -> None:
    layer = tt.snn.LIB(3)
    for xs in (torch.rand(5, 2, 4), torch.rand(5), torch.rand(5, 2, 3, dtype=torch.complex64)):
        with pytest.raises((TypeError, ValueError)):
            tt.unroll(layer, xs)
        assert layer.mem is None
    tt.unroll(layer, torch.rand(5, 2, 3))
    before = layer.mem
    with pytest.raises(ValueError, match="does not continue the sequence"):
        tt.unroll(layer, torch.rand(5, 4, 3))
    assert layer.mem is before


def test_wrong_arguments_are_told() -> None:
    layer, xs = tt.snn.LIB(3), torch.rand(5, 2, 3)
    with pytest.raises(TypeError, match="module must be a module, got <built-in"):
        tt.unroll(torch.relu, xs)
    with pytest.raises(TypeError, match="xs must be a tensor, got list"):
        tt.unroll(layer, [xs])
    with pytest.raises(ValueError, match=r"no dimension dim = 3, its shape is \(5, 2, 3\)"):
        tt.unroll(layer, xs, dim=3)
    with pytest.raises(ValueError, match="no timesteps in dimension dim = 1"):
        tt.unroll(layer, xs[:, :0], dim=1)
    assert layer.mem is None


def test_nothing_is_kept_without_gradients() -> None:
    xs = torch.rand(100, 4, 3)
    kept: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        with torch.no_grad():
            tt.unroll(tt.snn.DSRLITS(3), xs)
        assert not kept
        tt.unroll(tt.snn.DSRLITS(3), xs)
    own = sum(tensor.numel() for tensor in kept if tensor.data_ptr() != xs.data_ptr())
    assert 0 < own < 2 * 7 * 7 * 12  # seven states of twelve neurons every sixteen timesteps


@pytest.mark.parametrize("name", ["SRLIT", "SLI"])
def test_the_same_threads_give_the_same_bits(name: str) -> None:
    case = Case(name, features=257, before=(11,), length=171, dtype=torch.float32)
    before = torch.get_num_threads()
    try:
        results = {}
        for threads in (1, 3, 5):
            torch.set_num_threads(threads)
            results[threads], again = run(case, unroll=True), run(case, unroll=True)
            assert all(identical(results[threads][name], again[name]) for name in again)
    finally:
        torch.set_num_threads(before)
    for name, expected in results[1].items():
        torch.testing.assert_close(results[3][name], expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(results[5][name], expected, rtol=1e-4, atol=1e-4)


# Within PyTorch's machinery


def spiking_network() -> zoo.Chain:
    torch.manual_seed(0)
    options = {"quant_fn": F.round_ste()}
    layers = [zoo.lively(name, 4, **options) for name in ("SLIB", "DRLIT")]
    return zoo.Chain(nn.Linear(3, 4), layers[0], nn.Linear(4, 4), layers[1], nn.Linear(4, 2))


class Sequences(nn.Module):
    """A module of whole sequences."""

    def __init__(self, model: nn.Module, way: Any) -> None:
        super().__init__()
        self.model, self.way = model, way

    def forward(self, xs: Tensor) -> Tensor:
        return self.way(self.model, xs)


def trained(model: zoo.Chain | tt.Layer, way: Any, xs: Tensor) -> list[Tensor]:
    """The outputs, and the gradients of all parameters."""
    model.zero_states()
    model.zero_grad()
    ys = way(xs)
    ys.square().sum().backward()
    return [ys.detach(), *(parameter.grad.clone() for parameter in model.parameters())]


def assert_all_close(actual: list[Tensor], expected: list[Tensor]) -> None:
    for one, other in zip(actual, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_operators_are_declared_as_they_behave() -> None:
    for needs_grad, record in ((True, True), (True, False), (False, False)):
        made = [(20, 3, 4), (3, 4), (4,), (4,), (4,)]
        xs, mem, *parameters = [torch.rand(shape, requires_grad=needs_grad) for shape in made]
        kernel = kernel_of(tt.snn.LIB(4, quant_fn=F.round_ste()))
        arguments = (kernel, xs, 0, 1, parameters, [4.0, 1.0], None, [mem], needs_grad, record)
        verdicts = torch.library.opcheck(torch.ops.tracetorch.unroll.default, arguments)
        assert set(verdicts.values()) == {"SUCCESS"}


@follows_unroll
def test_torch_compile_makes_one_graph_of_any_length() -> None:
    model, xs = spiking_network(), torch.randn(40, 2, 3)
    compiled = torch.compile(
        lambda xs: tt.unroll(model.net, xs), fullgraph=True, backend="aot_eager", dynamic=True
    )
    for length in (20, 33, 40):
        expected = trained(model, lambda xs: tt.unroll(model, xs), xs[:length])
        assert_all_close(trained(model, compiled, xs[:length]), expected)


@follows_unroll
def test_torch_compile_takes_up_another_number() -> None:
    layer, xs = tt.snn.LIB(3, quant_fn=F.round_ste()), torch.randn(20, 2, 3)
    compiled = torch.compile(
        lambda xs: tt.unroll(layer, xs, strict=True), fullgraph=True, backend="aot_eager"
    )

    def assert_as_in_the_loop() -> None:
        expected = trained(layer, lambda xs: loop(layer, xs), xs)
        assert_all_close(trained(layer, compiled, xs), expected)

    for slope in (25, 0.5):
        layer.spike_fn = partial(F.fast_sigmoid, slope=slope)
        assert_as_in_the_loop()
    layer.spike_fn.keywords["slope"] = 3
    assert_as_in_the_loop()


@follows_unroll
def test_torch_export_keeps_the_operator() -> None:
    model, xs = spiking_network(), torch.randn(20, 2, 3)
    pure = tt.Stateless(Sequences(model.net, tt.unroll))
    program = torch.export.export(pure, (xs, {})).module()
    ys, states = program(xs, {})
    assert_all_close([ys], [tt.unroll(model, xs)])
    assert_all_close(list(states.values()), list(model.save_states().values()))


def test_autocast_and_checkpoints() -> None:
    model, xs = spiking_network(), torch.randn(20, 2, 3)
    with torch.autocast("cpu", torch.bfloat16):
        expected = trained(model, lambda xs: loop(model, xs), xs)
        actual = trained(model, lambda xs: tt.unroll(model, xs), xs)
    assert_all_close(actual[:1], expected[:1])
    for one, other in zip(actual, expected):  # bfloat16 adds timesteps up in another order
        torch.testing.assert_close(one, other, rtol=0.05, atol=0.05)

    def in_chunks(xs: Tensor) -> Tensor:
        chunks = (
            torch.utils.checkpoint.checkpoint(
                lambda chunk: tt.unroll(model, chunk),
                chunk,
                use_reentrant=False,
                context_fn=model.replay_states,
            )
            for chunk in xs.split(7)
        )
        return torch.cat(list(chunks))

    assert_all_close(trained(model, in_chunks, xs), trained(model, lambda xs: loop(model, xs), xs))


def test_functional_calls_and_ttcompile() -> None:
    model, xs = spiking_network(), torch.randn(20, 2, 3)
    other = {f"model.{name}": p + 0.1 for name, p in model.named_parameters()}
    expected = torch.func.functional_call(Sequences(model, loop), other, xs)
    model.zero_states()
    actual = torch.func.functional_call(Sequences(model, tt.unroll), other, xs)
    assert_all_close([actual], [expected])
    model.zero_states()
    expected = tt.unroll(model, xs)
    model.TTcompile()
    model.zero_states()
    assert identical(tt.unroll(model, xs), expected)


def has_threads_of_gcc() -> bool:
    return "OpenMP" in torch.__config__.parallel_info() and hasattr(ctypes.CDLL(None), "GOMP_parallel")


@pytest.mark.skipif(not has_threads_of_gcc(), reason="PyTorch does not use the OpenMP of GCC here")
def test_kernels_work_on_the_threads_of_pytorch() -> None:
    assert openmp().keys() == {"GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads"}
