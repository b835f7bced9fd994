"""Recurrent and state-space layers in `tt.unroll` are equal to the loop, by every rule."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map_only

import tracetorch as tt
from tracetorch.sequence.c import recurrence as c
from tracetorch.sequence.once import NoKernel

from ..support.recurrences import (
    PARTS,
    RULES,
    assert_equal,
    generated,
    inputs,
    loop,
    own,
    unroll,
)
from ..support.zoo import OTHERS, build

pytestmark = pytest.mark.usefixtures("unformatted")


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


# The layers of the library


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "shape, dim, features",
    [
        ((37, 3, 5), 0, -1),
        ((3, 37, 5), 1, -1),
        ((20, 2, 5, 3, 2), 0, -3),
        ((2, 4, 17, 5), 2, -1),
        ((4, 5), 0, 0),
        ((20, 5, 3), 0, 0),
    ],
)
def test_equal_to_the_loop(name: str, shape: tuple[int, ...], dim: int, features: int) -> None:
    layer = build(name, 5, dim=features).double()
    assert_equal(layer, torch.randn(shape, dtype=torch.float64), dim)


@pytest.mark.parametrize("name", OTHERS)
def test_inputs_that_are_not_side_by_side_in_memory(name: str) -> None:
    layer = build(name, 5).double()
    assert_equal(layer, torch.randn(20, 3, 10, dtype=torch.float64)[..., ::2])


@pytest.mark.parametrize("name", OTHERS)
def test_sequences_cut_anywhere(name: str) -> None:
    layer = build(name, 6).double()
    assert_equal(layer, inputs(layer, timesteps=40), cuts=(1, 16, 17, 38))


@pytest.mark.parametrize("name", OTHERS)
def test_sizes_beyond_every_block(name: str) -> None:
    """Rows and columns that fill the blocks of a product, and some that do not."""
    layer = build(name, 61).double()
    assert_equal(layer, inputs(layer, timesteps=18, batch=15))


@pytest.mark.parametrize("name", OTHERS)
def test_single_precision(name: str) -> None:
    layer = build(name, 24)
    assert_equal(layer, inputs(layer, batch=5, dtype=torch.float32), atol=2e-4)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads(threads: int) -> None:
    """The work of a batch of 7 is more than one thread takes, and 7 is not divisible by 2 or 3."""
    layer, before = tt.rnn.GRU(64, 64).double(), torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        assert_equal(layer, inputs(layer, timesteps=40, batch=7))
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("make", [tt.zoo.MLIB, tt.ssm.S4])
def test_parameters_have_gradients_from_every_thread(
    make: type[tt.Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, before = make(5).double(), torch.get_num_threads()
    monkeypatch.setattr("tracetorch.sequence.c.run._LEAST_WORK", 1)
    try:
        torch.set_num_threads(3)
        assert_equal(layer, inputs(layer, batch=7))
    finally:
        torch.set_num_threads(before)


def test_gradients_of_parameters_over_many_chunks() -> None:
    """Longer than what is added up before it goes to the sums in double precision."""
    assert_equal(layer := tt.ssm.S4(3, d_state=2).double(), inputs(layer, timesteps=150))


def test_second_derivatives_of_a_filter() -> None:
    layer, found = tt.zoo.DelayedLinear(3, 2, reach=4).double(), []
    xs = inputs(layer).requires_grad_()
    for way in (loop, unroll):
        layer.zero_states()
        penalty = way(layer, xs, 0).pow(3).sum()
        (d_xs,) = torch.autograd.grad(penalty, xs, create_graph=True)
        found.append(torch.autograd.grad(d_xs.square().sum(), [xs, *layer.parameters()]))
    torch.testing.assert_close(found[1], found[0], rtol=1e-10, atol=1e-10)


def test_a_convolution_can_be_left_out() -> None:
    layer = tt.ssm.Mamba(5, conv_kernel=1).double()
    assert_equal(layer, inputs(layer))


def test_other_sizes() -> None:
    assert_equal(layer := tt.rnn.LSTM(3, 8).double(), inputs(layer))
    assert_equal(layer := tt.ssm.S6(5, d_state=1, dt_rank=3).double(), inputs(layer))
    assert_equal(layer := tt.ssm.S4(1, d_state=7).double(), inputs(layer))


@pytest.mark.parametrize("name", OTHERS)
def test_empty_batches_and_no_gradients(name: str) -> None:
    layer = build(name, 4).double()
    with torch.no_grad():
        assert unroll(layer, inputs(layer, batch=0), 0).shape == (19, 0, 4)
        layer.zero_states()
        xs = inputs(layer)
        expected = loop(layer, xs, 0)
        layer.zero_states()
        torch.testing.assert_close(unroll(layer, xs, 0), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("is_learned", [True, False])
@pytest.mark.parametrize("is_enabled", [True, False])
def test_states_are_kept_for_a_backward_pass_alone(
    is_learned: bool, is_enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("tracetorch.sequence.recurrence.operator")
    forward, kept = module.forward, list[Tensor]()

    def watched(*arguments: Any) -> Any:
        found = forward(*arguments)
        kept.extend(found[2])
        return found

    monkeypatch.setattr(module, "forward", watched)
    layer = build("LSTM", 4).double().requires_grad_(is_learned)
    with torch.set_grad_enabled(is_enabled):
        unroll(layer, inputs(layer).detach(), 0)
    assert any(tensor.numel() for tensor in kept) == (is_learned and is_enabled)


def test_what_torch_compile_assumes_of_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes, dtypes and devices, found without running the kernel."""
    module = importlib.import_module("tracetorch.sequence.recurrence.operator")
    forward, calls = module.forward, list[tuple[Any, ...]]()
    monkeypatch.setattr(module, "forward", lambda *given: calls.append(given) or forward(*given))
    layer = build("LSTM", 4).double()
    unroll(layer, inputs(layer), 0)
    ((*call, states, widths, _, _),) = calls
    call_on_meta, states_on_meta = tree_map_only(Tensor, lambda t: t.to("meta"), (call, states))
    found = forward(*call_on_meta, states_on_meta, widths, True, True)
    expected = forward(*call, states, widths, True, True)
    assert described(found) == described(expected)
    (ys, after, kept, _), back = expected, module.backward
    on_meta = tree_map_only(Tensor, lambda t: t.to("meta"), (ys, after, kept))
    assert described(back(*call_on_meta, *on_meta)) == described(back(*call, ys, after, kept))
    assert {t.device.type for t in tree_leaves((found, back(*call_on_meta, *on_meta)))} == {"meta"}


def described(tensors: Any) -> list[tuple[torch.Size, torch.dtype]]:
    return [(tensor.shape, tensor.dtype) for tensor in tree_leaves(tensors)]


@pytest.mark.parametrize("name", OTHERS)
def test_states_are_recorded(name: str) -> None:
    assert_recorded(build(name, 4).double())


def assert_recorded(layer: tt.Layer) -> None:
    xs, records = inputs(layer), []
    for way in (loop, unroll):
        layer.zero_states()
        with tt.record(layer, *layer._state_sizes) as record:
            way(layer, xs, 0)
        records.append(record)
    expected, found = (dict(record.items()) for record in records)
    assert found.keys() == expected.keys() and len(found) == len(layer._state_sizes)
    for key in expected:
        torch.testing.assert_close(found[key], expected[key], rtol=1e-10, atol=1e-10)


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequences are long from 11 timesteps on."""
    module = importlib.import_module("tracetorch.sequence.recurrence.layer")
    monkeypatch.setattr(module, "_LEAST", 10)
    monkeypatch.setattr(module, "_ELEMENTS", 1)


@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
def test_segments_of_a_long_sequence(name: str, request: pytest.FixtureRequest) -> None:
    """They keep what is needed to recompute them, and nothing else."""
    layer = build(name, 4).double()
    whole = kept(layer)
    request.getfixturevalue("short_segments")
    xs = inputs(layer, timesteps=57)
    assert_equal(layer, xs, cuts=(20,))
    assert_equal(layer, xs.transpose(0, 1), dim=1)
    assert kept(layer) < 0.5 * whole


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
def test_segments_without_gradients_of_some_tensors(name: str) -> None:
    layer = build(name, 4).double()
    xs = inputs(layer, timesteps=27)
    with torch.no_grad():
        expected = loop(layer, xs, 0)
        layer.zero_states()
        torch.testing.assert_close(unroll(layer, xs, 0), expected)
    first, *others = layer.parameters()
    first.requires_grad_(False)
    gradients = []
    for way in (loop, unroll):
        layer.zero_states()
        gradients.append(torch.autograd.grad(way(layer, xs, 0).square().sum(), others))
    torch.testing.assert_close(*gradients)


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
def test_segments_are_recomputed_with_the_parameters_of_the_forward_pass(name: str) -> None:
    model = Unrolled(build(name, 4).double())
    others = {n: torch.rand_like(p).requires_grad_() for n, p in model.named_parameters()}
    xs, gradients = inputs(model.layer, timesteps=27), []
    for model.way in (loop, unroll):
        model.layer.zero_states()
        ys = torch.func.functional_call(model, others, (xs,))
        gradients.append(torch.autograd.grad(ys.square().sum(), [*others.values()]))
    torch.testing.assert_close(*gradients)


@pytest.mark.usefixtures("short_segments")
def test_segments_with_a_weight_that_is_computed() -> None:
    layer = tt.rnn.SimpleRNN(4, 4).double()
    xs, scale = inputs(layer, timesteps=27), torch.tensor(0.5, dtype=torch.float64).requires_grad_()
    weight, gradients = layer.lin.weight.detach(), []
    del layer.lin.weight
    for way in (loop, unroll):
        layer.zero_states()
        layer.lin.weight = scale * weight
        gradients += torch.autograd.grad(way(layer, xs, 0).square().sum(), scale)
    torch.testing.assert_close(*gradients)


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("changed", ["weight", "input"])
def test_segments_refuse_tensors_that_were_changed_in_place(changed: str) -> None:
    layer = tt.rnn.SimpleRNN(4, 4)
    xs = inputs(layer, timesteps=27, dtype=torch.float32)
    ys = unroll(layer, xs, 0)
    with torch.no_grad():
        {"weight": layer.lin.weight, "input": xs}[changed].zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        ys.sum().backward()


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
def test_states_of_a_long_sequence_are_recorded(name: str) -> None:
    assert_recorded(build(name, 4).double())


class Unrolled(nn.Module):
    """A layer with whole sequences as its input."""

    def __init__(self, layer: tt.Layer) -> None:
        super().__init__()
        self.layer, self.way = layer, unroll

    def forward(self, xs: Tensor) -> Tensor:
        return self.way(self.layer, xs, 0)


def kept(layer: tt.Layer) -> int:
    """The bytes that autograd keeps for the backward pass."""
    storages: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    layer.zero_states()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        unroll(layer, inputs(layer, timesteps=200), 0)
    return sum(storage.nbytes() for storage in storages.values())


# Layers of the user's own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("recurrences")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def rules(folder: Path) -> ModuleType:
    return generated(PARTS, folder)


@pytest.mark.parametrize("name", RULES)
def test_every_rule(name: str, rules: ModuleType) -> None:
    layer = own(getattr(rules, name))
    assert_equal(layer, inputs(layer), cuts=(7,))


@pytest.mark.parametrize("name", ["Lags", "LagsAlone"])
def test_states_outside_the_recurrence_are_recorded(name: str, rules: ModuleType) -> None:
    assert_recorded(own(getattr(rules, name)))


@pytest.mark.parametrize("name", ["MLIB", "SMLIB", "SAMLIB"])
@pytest.mark.parametrize("quant_fn", [nn.Identity(), tt.functional.round_ste()])
def test_a_recurrent_weight_matrix(name: str, quant_fn: nn.Module) -> None:
    layer = getattr(tt.zoo, name)(6, quant_fn=quant_fn).double()
    assert_equal(layer, inputs(layer), cuts=(7,))


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(
    "make",
    [tt.zoo.MLIB, tt.zoo.LTC, tt.zoo.snntorch.LinearLeaky, tt.zoo.sinabs.ALIFRecurrent],
    ids=lambda make: make.__name__,
)
def test_parameters_of_one_value_and_of_each_neuron(make: type[tt.Layer], rank: int) -> None:
    """Alone, and in what is computed of parameters once."""
    arguments = inspect.signature(make).parameters
    ranks = {name: rank for name in arguments if name.endswith("_rank")}
    sizes = {name: 6 for name in ("num_neurons", "in_features", "out_features")}
    given = {name: value for name, value in {**sizes, **ranks}.items() if name in arguments}
    layer = make(**given).double()
    assert_equal(layer, inputs(layer))


@pytest.mark.usefixtures("short_segments")
def test_segments_of_a_layer_with_constrained_parameters() -> None:
    layer = tt.zoo.MLIB(6).double()
    assert_equal(layer, inputs(layer, timesteps=27))
    layer.TTcompile()
    assert_equal(layer, inputs(layer, timesteps=27))


def test_filters_need_no_compiler(rules: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    layer = own(rules.FilteredSpikes)
    assert_equal(layer, torch.randn(2, 17, 3, 4, dtype=torch.float64), dim=1)


def test_filters_keep_no_buffers(rules: ModuleType) -> None:
    short, long = (kept(rules.Filter(4, taps=taps).double()) for taps in (2, 64))
    assert long < 2 * short


# What has no kernel


def why_not(layer: tt.Layer, xs: Tensor) -> str:
    with pytest.raises(RuntimeError) as raised:
        unroll(layer, xs, 0)
    return str(raised.value)


ONE_ELEMENT = """
package: {doc: A layer without a kernel}
layers:
  OneElement:
    name: a state of one element
    doc: For a test.
    states: {b: {shape: [1], doc: state}}
    update: ["b = tanh(b + unsqueeze(sum(x, -1), -1))"]
    output: b * x
"""


def test_a_state_without_features(folder: Path, tmp_path: Path) -> None:
    spec = tmp_path / "one_element.yaml"
    spec.write_text(ONE_ELEMENT, encoding="utf-8")
    layer = own(generated(spec, folder).OneElement)
    assert "its state b has no features" in why_not(layer, inputs(layer))


ODD_FUNCTION = """
package: {doc: A layer without a kernel}
functions: {d_a: {default: sigmoid4x, doc: a gradient by its name}}
layers:
  OddFunction:
    name: a function is named like a gradient
    doc: For a test.
    weights: {w: {shape: [num_neurons, num_neurons], initial: normal(0.3), doc: weight}}
    states: {a: {doc: state}}
    update: ["a = d_a(a @ w + x)"]
    output: a
"""


def test_a_function_named_like_a_gradient(folder: Path, tmp_path: Path) -> None:
    spec = tmp_path / "odd_function.yaml"
    spec.write_text(ODD_FUNCTION, encoding="utf-8")
    layer = own(generated(spec, folder).OddFunction)
    assert "d_a begins or ends like a name" in why_not(layer, inputs(layer))


def test_random_quantizers() -> None:
    layer = tt.zoo.MLIB(4, quant_fn=tt.functional.stochastic_round_ste()).double()
    assert "quant_fn draws random numbers" in why_not(layer, inputs(layer))


def test_random_quantizers_without_a_recurrence(rules: ModuleType) -> None:
    layer = rules.FilteredSpikes(4, quant_fn=tt.functional.stochastic_round_ste()).double()
    assert "quant_fn draws random numbers" in why_not(layer, inputs(layer))


class Scaled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


def hooked(layer: tt.rnn.LSTM) -> None:
    layer.gate_layers.register_forward_hook(lambda module, args, output: output * 2)


def replaced(layer: tt.rnn.LSTM) -> None:
    layer.gate_layers = Scaled(8, 16, dtype=torch.float64)


def normalised(layer: tt.rnn.LSTM) -> None:
    torch.nn.utils.parametrizations.weight_norm(layer.gate_layers)


@pytest.mark.parametrize("change", [hooked, replaced, normalised])
@pytest.mark.filterwarnings("ignore:tt.unroll")
def test_linear_maps_that_were_changed(change: Callable[[tt.rnn.LSTM], None]) -> None:
    layer = tt.rnn.LSTM(4, 4).double()
    xs = inputs(layer)
    before = unroll(layer, xs, 0)
    change(layer)
    assert "gate_layers is not a plain nn.Linear" in why_not(layer, xs)
    layer.zero_states()
    found = tt.unroll(layer, xs)
    layer.zero_states()
    torch.testing.assert_close(found, loop(layer, xs, 0))
    assert change is normalised or not torch.allclose(found, before)


@pytest.mark.filterwarnings("ignore:tt.unroll")
def test_autocast() -> None:
    layer = tt.rnn.GRU(4, 4)
    xs = inputs(layer, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        assert "there is none under autocast" in why_not(layer, xs)
        found = tt.unroll(layer, xs)
        layer.zero_states()
        torch.testing.assert_close(found, loop(layer, xs, 0), rtol=0, atol=0)


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_kernel(*_: object) -> NoReturn:
        raise NoKernel("there is no compiler")

    monkeypatch.setattr(c, "compiled", no_kernel)
    layer = tt.rnn.GRU(4, 4).double()
    assert "there is no compiler" in why_not(layer, inputs(layer))


def test_weights_of_another_dtype() -> None:
    layer = tt.rnn.GRU(4, 4).double()
    layer.candidate_layer.float()
    assert "float" in why_not(layer, inputs(layer))


@pytest.mark.parametrize("what", ["states", "outputs"])
def test_states_and_outputs_of_other_sizes(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array is never read or written beyond its end."""
    module = importlib.import_module("tracetorch.sequence.recurrence.operator")
    forward, calls = module.forward, list[tuple[Any, ...]]()
    monkeypatch.setattr(module, "forward", lambda *given: calls.append(given) or forward(*given))
    layer = build("LSTM", 4).double()
    unroll(layer, inputs(layer).detach(), 0)
    ((*call, states, widths, keep, record),) = calls
    narrow = [state[:, 1:].contiguous() for state in states]
    given = (narrow, widths) if what == "states" else (states, [3])
    with torch.no_grad(), pytest.raises(RuntimeError, match="takes arrays of .* elements"):
        forward(*call, *given, keep, record)


@pytest.mark.parametrize("sizes", [(4, 5), (5, 4), (3, 4)])
def test_linear_maps_of_other_sizes(sizes: tuple[int, int]) -> None:
    """An array is never read beyond its end."""
    layer = tt.zoo.MLIB(4).double()
    layer.rec_map = nn.Linear(*sizes, bias=False, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="takes arrays of .* and matrices of"):
        unroll(layer, inputs(layer), 0)
    assert layer.mem is None


def test_second_derivatives() -> None:
    layer = tt.ssm.S4(4).double()
    xs = inputs(layer).requires_grad_()
    (gradient,) = torch.autograd.grad(unroll(layer, xs, 0).sum(), xs, create_graph=True)
    with pytest.raises(NotImplementedError, match="no second derivatives"):
        gradient.sum().backward()


def test_an_error_leaves_no_states() -> None:
    layer = tt.rnn.LSTM(4, 4)
    with pytest.raises(ValueError, match="4 features"):
        tt.unroll(layer, torch.randn(5, 2, 3))
    assert layer.H is None and layer.C is None


# Programs


@pytest.mark.parametrize("name", ["LSTM", "Mamba"])
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for .* torch.compile")
def test_compiled_programs_loop(name: str) -> None:
    layer = build(name, 4).double()
    xs = inputs(layer, timesteps=5)
    expected = unroll(layer, xs, 0)
    layer.zero_states()
    compiled = torch.compile(lambda xs: tt.unroll(layer, xs), backend="aot_eager")
    torch.testing.assert_close(compiled(xs), expected, rtol=1e-10, atol=1e-10)


def test_operators_are_registered_rightly() -> None:
    layer = tt.rnn.GRU(3, 4).double()
    calls = []
    operator = torch.ops.tracetorch.recurrence.default

    class Spy(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if func is operator:
                calls.append(args)
            return func(*args, **(kwargs or {}))

    with Spy():
        unroll(layer, inputs(layer), 0)
    (arguments,) = torch.utils._pytree.tree_map_only(Tensor, Tensor.detach, calls)
    torch.library.opcheck(operator, arguments)
