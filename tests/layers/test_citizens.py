"""Layers with memory are good citizens of PyTorch: what its own modules bear, they bear."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import weakref
from typing import Any, NamedTuple

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical

QUANTIZERS = [
    nn.Identity(),
    tt.functional.round_ste(0.5),
    tt.functional.stochastic_round_ste(),
    tt.functional.probabilistic_ste(),
]

every_layer = pytest.mark.parametrize("name", zoo.EVERY)


@pytest.fixture
def xs() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(6, 2, 3)


def run(model: tt.Model, xs: Tensor) -> list[Tensor]:
    return [model(x) for x in xs]


def equal(ys: list[Tensor], others: list[Tensor]) -> bool:
    return len(ys) == len(others) and all(map(torch.equal, ys, others))


# Inputs


@every_layer
@pytest.mark.parametrize("shape", [(2, 1), (2, 5), (4, 2, 3), ()])
def test_a_wrong_number_of_features_is_refused(name: str, shape: tuple[int, ...]) -> None:
    layer = zoo.build(name, 4)
    with pytest.raises(ValueError) as error:
        layer(torch.zeros(shape))
    message = str(error.value)
    assert f"{type(layer).__name__}: the input must have 4 features" in message
    assert f"dim = -1, got shape {shape} (num_neurons = 4)" in message
    assert not layer._memory.enter_scope().existing


BREAKS = {
    "batch": (torch.zeros(3, 4), r"of shape \(3, 4\).*, of shape \(2, 4"),
    "rank": (torch.zeros(4), r"of shape \(4,\).*, of shape \(2, 4"),
    "one": (torch.zeros(1, 4), r"of shape \(1, 4\)"),
    "float64": (torch.zeros(2, 4).double(), "of torch.float64.*begun with torch.float32"),
    "float16": (torch.zeros(2, 4).half(), "of torch.float16.*begun with torch.float32"),
    "int64": (torch.zeros(2, 4).long(), "of torch.int64.*begun with torch.float32"),
    "device": (torch.zeros(2, 4, device="meta"), "on meta.*, on cpu"),
}


@every_layer
@pytest.mark.parametrize("what", BREAKS)
def test_another_kind_of_input_in_mid_sequence_is_refused(name: str, what: str) -> None:
    x, message = BREAKS[what]
    layer = zoo.build(name, 4)
    layer(torch.ones(2, 4))
    before = dict(layer._memory.enter_scope().states)
    # S5 shares one state among the features, of another shape.
    message = message.replace("(2, 4", "(2, ") if name == "S5" else message
    with pytest.raises(ValueError, match=message + r".*call zero_states\(\) before"):
        layer(x)
    after = layer._memory.enter_scope().states
    assert all(after[state] is tensor for state, tensor in before.items())
    layer(torch.ones(2, 4))


@every_layer
def test_states_follow_the_module(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs[:3])
    model.double()
    expected = zoo.chain(name).double()
    expected.load_states(model.save_states())
    assert equal(run(model, xs[3:].double()), run(expected, xs[3:].double()))
    assert {state.dtype for state in model.save_states().values()} == {torch.float64}
    model.half()
    assert {state.dtype for state in model.save_states().values()} == {torch.float16}
    assert model(xs[0].half()).dtype == torch.float16
    assert {state.dtype for state in model.save_states().values()} == {torch.float16}
    model.to("meta")
    assert model(xs[0].half().to("meta")).device.type == "meta"


@every_layer
def test_complex_input_is_refused(name: str) -> None:
    layer = zoo.build(name, 4)
    with pytest.raises(TypeError, match="the input must be real, got torch.complex64"):
        layer(torch.zeros(2, 4, dtype=torch.complex64))


@every_layer
@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64])
def test_spikes_may_come_as_integers(name: str, dtype: torch.dtype) -> None:
    events = (torch.rand(5, 2, 4) < 0.5).to(dtype)
    layer = zoo.lively(name, 4)
    ys = [layer(x) for x in events]
    assert {s.dtype for s in layer._memory.enter_scope().existing.values()} == {torch.float32}
    layer.zero_states()
    assert equal(ys, [layer(x.float()) for x in events])


@every_layer
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_poisoned_state_is_cured(name: str, bad: float, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs)
    model.zero_states()
    poison = xs[0].clone()
    poison[0, 0] = bad
    ys = run(model, torch.stack([poison, xs[1]]))
    states = model.save_states().values()
    assert not all(t[0].isfinite().all() for t in (*ys, *states))
    assert all(t[1].isfinite().all() for t in (*ys, *states))
    model.zero_states()
    assert equal(run(model, xs), expected)


@every_layer
@pytest.mark.parametrize("dim", [-1, 1, -3])
def test_an_empty_batch(name: str, dim: int) -> None:
    shape = {-1: (0, 5, 3, 4), 1: (0, 4, 5, 3), -3: (0, 4, 5, 3)}[dim]
    layer = zoo.build(name, 4, dim=dim)
    for _ in range(2):
        assert layer(torch.zeros(shape)).shape == shape


@every_layer
def test_no_timesteps(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    assert run(model, xs[:0]) == [] and model.save_states() == {}
    model.detach_states()
    model.zero_states()


@every_layer
def test_a_vector_without_a_batch(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    batched = run(model, xs)
    model.zero_states()
    alone = run(model, xs[:, 0])
    assert alone[0].shape == (2,)
    torch.testing.assert_close(alone, [y[0] for y in batched])


@every_layer
@pytest.mark.parametrize("dim", [1, -3])
def test_the_memory_format_is_kept(name: str, dim: int) -> None:
    x = torch.randn(2, 4, 5, 3)
    layer = zoo.lively(name, 4, dim=dim)
    plain = [layer(x), layer(x)]
    assert all(y.is_contiguous() for y in plain)
    layer.zero_states()
    nhwc = x.contiguous(memory_format=torch.channels_last)
    ys = [layer(nhwc), layer(nhwc)]
    assert all(y.is_contiguous(memory_format=torch.channels_last) for y in ys)
    torch.testing.assert_close(ys, plain)


@every_layer
def test_a_strided_view_is_an_input_like_any_other(name: str) -> None:
    torch.manual_seed(0)
    wide = torch.randn(6, 8, 2)
    layer = zoo.lively(name, 4)
    ys = [layer(x[::2].t()) for x in wide]
    layer.zero_states()
    torch.testing.assert_close(ys, [layer(x[::2].t().contiguous()) for x in wide])


@every_layer
def test_a_first_timestep_that_fails_begins_no_sequence(name: str) -> None:
    layer = zoo.build(name, 4)
    step, layer.step = layer.step, lambda x, states: 1 / 0
    with pytest.raises(ZeroDivisionError):
        layer(torch.zeros(2, 4))
    assert not layer._memory.enter_scope().existing
    layer.step = step
    assert layer.double()(torch.zeros(3, 4).double()).shape == (3, 4)


def test_states_of_another_kind_do_not_stay(xs: Tensor) -> None:
    layer = zoo.Chain(tt.snn.LI(3))
    layer.load_states({"net.0.mem": torch.ones(2, 3, dtype=torch.int64)})
    layer(0.5 * torch.ones(2, 3))
    torch.testing.assert_close(layer.net[0].mem, torch.full((2, 3), 1.4))
    with pytest.raises(ValueError, match="net.0: mem must be real, got torch.complex64"):
        layer.load_states({"net.0.mem": torch.ones(2, 3, dtype=torch.complex64)})


def test_states_of_inference_mode_can_be_trained_on_once_detached(xs: Tensor) -> None:
    model = zoo.chain("SRLIB")
    with torch.inference_mode():
        model(xs[0])
    model.detach_states()
    assert not any(
        state.is_inference() for state in model.net[1]._memory.enter_scope().existing.values()
    )
    model(xs[1]).sum().backward()


# Copies


def copied(model: Any, how: str) -> Any:
    if how == "deepcopy":
        return copy.deepcopy(model)
    if how == "pickle":
        return pickle.loads(pickle.dumps(model))
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@every_layer
@pytest.mark.parametrize("how", ["deepcopy", "pickle", "torch.save"])
def test_a_copy_goes_on_alike_and_shares_nothing(name: str, how: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs[:3])
    assert all(s.requires_grad for s in model.net[1]._memory.enter_scope().existing.values())
    twin = copied(model, how)
    states = twin.net[1]._memory.enter_scope().existing
    assert set(states) == zoo.states(name)
    mine = {s.untyped_storage().data_ptr() for s in tensors_of(model)}
    for state in states.values():
        assert not state.requires_grad
    assert not any(s.untyped_storage().data_ptr() in mine for s in tensors_of(twin))
    assert equal(run(twin, xs[3:]), run(model, xs[3:]))
    model.zero_states()
    assert twin.save_states().keys() == {f"net.1.{state}" for state in zoo.states(name)}


def tensors_of(model: nn.Module) -> list[Tensor]:
    states = [
        s for _, layer in layers_of(model) for s in layer._memory.enter_scope().existing.values()
    ]
    return [*model.parameters(), *model.buffers(), *states]


def layers_of(model: nn.Module) -> list[tuple[str, tt.Layer]]:
    return [(path, m) for path, m in model.named_modules() if isinstance(m, tt.Layer)]


@pytest.mark.parametrize("quant_fn", QUANTIZERS, ids=lambda q: type(q).__name__)
@pytest.mark.parametrize("name", [name for name in zoo.EVERY if zoo.fires(name)])
def test_any_quantizer_can_be_copied(name: str, quant_fn: nn.Module, xs: Tensor) -> None:
    model = zoo.Chain(nn.Linear(3, 4), zoo.build(name, 4, quant_fn=quant_fn))
    run(model, xs)
    for how in ("deepcopy", "pickle", "torch.save"):
        twin = copied(model, how)
        assert twin.net[1].quant_fn is not quant_fn
        torch.manual_seed(0)
        expected = run(model, xs)
        torch.manual_seed(0)
        assert equal(run(twin, xs), expected)
        model.zero_states()


@every_layer
def test_a_compiled_layer_can_be_copied(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    model.TTcompile()
    run(model, xs[:3])
    for how in ("deepcopy", "pickle", "torch.save"):
        twin = copied(model, how)
        assert equal(run(copied(twin, how), xs[3:]), run(twin, xs[3:]))
        twin.TTdecompile()
        assert twin.state_dict().keys() == model.state_dict().keys()
        trained = {key for key, _ in twin.named_parameters()}
        assert {f"net.1.raw_{p}" for p in zoo.parameters(name)} <= trained


# Checkpoints


@every_layer
def test_hidden_states_are_not_in_the_state_dict(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    before = model.state_dict().keys()
    run(model, xs)
    assert model.state_dict().keys() == before
    assert not any(key.split(".")[-1] in zoo.states(name) for key in before)


@every_layer
@pytest.mark.parametrize(
    ("how", "source_compiled", "target_compiled"),
    [
        ("torch", False, False),
        ("torch", True, True),
        ("safetensors", False, True),
        ("safetensors", True, False),
        ("assign", False, True),
        ("assign", True, False),
    ],  # all pairs of two
)
def test_checkpoints_are_exact(
    name: str, how: str, source_compiled: bool, target_compiled: bool, xs: Tensor
) -> None:
    source = zoo.chain(name)
    expected = run(source, xs)
    source.zero_states()
    if source_compiled:
        source.TTcompile()
    target = zoo.Chain(nn.Linear(3, 4), zoo.build(name, 4), nn.Linear(4, 2))
    if target_compiled:
        target.TTcompile()
    load(target, source, how)
    assert equal(run(target, xs), expected)
    target.TTdecompile()
    target.zero_states()
    assert equal(run(target, xs), expected)
    assert all(map(torch.equal, target.state_dict().values(), source.state_dict().values()))


def load(target: nn.Module, source: nn.Module, how: str) -> None:
    if how == "safetensors":
        target.load_state_dict(safetensors.torch.load(safetensors.torch.save(source.state_dict())))
        return
    file = io.BytesIO()
    torch.save(source.state_dict(), file)
    file.seek(0)
    target.load_state_dict(torch.load(file, weights_only=True), assign=how == "assign")


@every_layer
def test_compiled_after_loading(name: str, xs: Tensor) -> None:
    source, target = zoo.chain(name), zoo.Chain(
        nn.Linear(3, 4), zoo.build(name, 4), nn.Linear(4, 2)
    )
    target.load_state_dict(source.state_dict())
    target.TTcompile()
    assert equal(run(target, xs), run(source, xs))


# Saved states


@every_layer
def test_a_sequence_in_chunks_is_bit_identical(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    whole = run(model, xs)
    model.zero_states()
    carried = run(model, xs[:2])
    model.detach_states()
    carried += run(model, xs[2:])
    assert equal(carried, whole)

    first = zoo.chain(name)
    chunks = run(first, xs[:2])
    file = io.BytesIO()
    torch.save(first.save_states(), file)
    file.seek(0)
    second = zoo.chain(name)
    second.load_states(torch.load(file, weights_only=True))
    chunks += run(second, xs[2:])
    assert equal(chunks, whole)


@every_layer
def test_states_load_onto_another_dtype_and_device(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs[:3])
    saved = model.save_states()
    double = zoo.chain(name).double()
    double.load_states(saved)
    assert all(identical(state, saved[key]) for key, state in double.save_states().items())
    after = double(xs[3].double())
    assert {state.dtype for state in double.save_states().values()} == {torch.float64}
    torch.testing.assert_close(after.float(), model(xs[3]))
    model.load_states({key: state.double() for key, state in saved.items()})
    again = zoo.chain(name)
    again.load_states(saved)
    assert identical(model(xs[3]), again(xs[3]))

    elsewhere = zoo.chain(name).to("meta")
    elsewhere.load_states(saved)
    assert elsewhere(xs[3].to("meta")).device.type == "meta"


@every_layer
def test_states_of_a_wrong_shape_are_refused_in_a_fresh_model(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs)
    saved = model.save_states()
    for key in saved:
        for state in (saved[key][:, :-1], saved[key][..., :1], saved[key][0, 0]):
            fresh = zoo.chain(name)
            with pytest.raises(ValueError, match=f"net.1: {key.removeprefix('net.1.')} has shape"):
                fresh.load_states({**saved, key: state})
            assert fresh.save_states() == {}


# nn.Module


@every_layer
def test_hooks_and_apply(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    plain = run(model, xs)
    model.zero_states()
    seen: list[tuple[Any, ...]] = []
    layer = model.net[1]
    layer.register_forward_pre_hook(lambda module, args: seen.append((module, *args)))
    layer.register_forward_hook(lambda module, args, output: output + 1)
    layer.register_full_backward_hook(lambda module, *gradients: seen.append(gradients))
    y = model(xs[0])
    torch.testing.assert_close(y, plain[0] + model.net[2].weight.sum(1))
    y.sum().backward()
    assert seen[0][0] is layer and seen[0][1].shape == (2, 4)
    assert seen[1][0][0].shape == seen[1][1][0].shape == (2, 4)
    visited: list[nn.Module] = []
    assert model.apply(visited.append) is model
    assert layer in visited


@every_layer
def test_requires_grad_and_modes(name: str, xs: Tensor) -> None:
    model = zoo.chain(name).requires_grad_(False)
    y = model(xs[0])
    assert not y.requires_grad
    model.zero_states()
    assert model.eval() is model and not model.net[1].training
    assert identical(model(xs[0]), y)
    assert model.train() is model and model.net[1].training
    model.requires_grad_()
    model(xs[1]).sum().backward()
    assert all(p.grad is not None for p in model.net[1].parameters() if p.numel())


@pytest.mark.parametrize("name", [*zoo.NAMES, "flex.DSRLITS"])
def test_a_compiled_layer_asked_to_train_says_so(name: str) -> None:
    model = zoo.chain(name)
    model.TTcompile()
    model.eval()
    with pytest.raises(RuntimeError, match=r"compiled for inference.*call TTdecompile\(\) before"):
        model.train()
    assert not model.net[1].training
    model.TTdecompile()
    assert model.train().net[1].training


def test_a_refused_train_changes_nothing(xs: Tensor) -> None:
    model = zoo.Chain(nn.Dropout(), tt.snn.LI(3)).eval()
    model.TTcompile()
    with pytest.raises(RuntimeError, match=r"raw_beta would not be trained"):
        model.train()
    assert not any(module.training for module in model.modules())


def test_what_repr_shows() -> None:
    layer = tt.snn.LIB(4, beta_rank=0, learn_threshold=False, dim=1)
    assert layer.extra_repr() == "4, dim=1, beta_rank=0, learn_threshold=False"
    assert repr(layer).startswith("LIB(\n  4, dim=1, beta_rank=0, learn_threshold=False\n")
    assert repr(tt.snn.SLI(3, learn_alpha=False, alpha=torch.tensor(0.5))) == (
        "SLI(3, dim=-1, alpha_rank=0, learn_alpha=False)"
    )
    layer.TTcompile()
    assert layer.extra_repr() == "4, dim=1, beta_rank=0, learn_threshold=False, compiled"
    layer.TTdecompile()
    assert layer.extra_repr() == "4, dim=1, beta_rank=0, learn_threshold=False"
    assert tt.rnn.LSTM(3, 4).extra_repr() == "3, 4, dim=-1"
    assert tt.rnn.LSTM(4, 4).extra_repr() == "4, 4, dim=-1"
    assert tt.rnn.Layer(4).extra_repr() == "4, dim=-1"
    assert repr(tt.ssm.S5(4, d_state=3)) == "S5(4, dim=-1, d_state=3)"
    assert tt.ssm.Mamba(4).extra_repr() == "4, dim=-1, d_state=16, dt_rank=1, conv_kernel=4"


@every_layer
def test_states_and_usable_values_are_offered_by_dir(name: str) -> None:
    names = dir(zoo.build(name, 4))
    assert zoo.states(name) <= set(names) and set(zoo.parameters(name)) <= set(names)
    assert "forward" in names


# Training utilities


class Doubled(nn.Module):
    def forward(self, raw: Tensor) -> Tensor:
        return 2 * raw


@every_layer
def test_parametrized(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    layer = model.net[1]
    key = next(name for name, _ in layer.named_parameters())
    owner, attribute = layer, key
    if "." in key:
        path, attribute = key.rsplit(".", 1)
        owner = layer.get_submodule(path)
    with torch.no_grad():
        plain = run(model, xs)
        model.zero_states()
        layer.get_parameter(key).div_(2)
    nn.utils.parametrize.register_parametrization(owner, attribute, Doubled())
    ys = run(model, xs)
    torch.testing.assert_close(ys, plain)
    sum(ys).sum().backward()
    assert owner.parametrizations[attribute].original.grad.any()
    twin = copy.deepcopy(model)
    assert equal(run(twin, xs), run(model, xs))
    nn.utils.parametrize.remove_parametrizations(owner, attribute)
    model.zero_states()
    torch.testing.assert_close(run(model, xs), plain)


def test_weight_norm(xs: Tensor) -> None:
    layer = tt.rnn.LSTM(3, 4)
    expected = [layer(x) for x in xs]
    nn.utils.parametrizations.weight_norm(layer.gate_layers)
    layer.zero_states()
    torch.testing.assert_close([layer(x) for x in xs], expected)
    state_space = tt.ssm.S4(3)
    expected = [state_space(x) for x in xs]
    nn.utils.parametrizations.weight_norm(state_space, "B")
    state_space.zero_states()
    torch.testing.assert_close([state_space(x) for x in xs], expected)


@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_optimizers_and_clipping(optimizer: str, foreach: bool) -> None:
    model = zoo.Together(zoo.EVERY).double()
    before = {key: value.clone() for key, value in model.named_parameters()}
    decays = [p for key, p in model.named_parameters() if key.endswith("beta")]
    rest = [p for key, p in model.named_parameters() if not key.endswith("beta")]
    groups = [{"params": decays, "lr": 0.5}, {"params": rest}]
    steps = getattr(torch.optim, optimizer)(groups, lr=1e-2, foreach=foreach)
    sum(model(x).square().mean() for x in torch.randn(4, 2, 2).double()).backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 0.1, foreach=foreach)
    assert norm > 0.1
    assert nn.utils.get_total_norm([p.grad for p in model.parameters()]) < 0.1001
    steps.step()
    unmoved = {key for key, p in model.named_parameters() if identical(p, before[key])}
    one_sided = {f"layers.{name}.raw_neg_" for name in ("DRLIB", "DSRLIB")}  # never below 0
    assert {key.removesuffix("gamma").removesuffix("rec_weight") for key in unmoved} <= one_sided


# Two models, and one that is gone


@every_layer
def test_models_are_independent(name: str, xs: Tensor) -> None:
    one, other = zoo.chain(name), zoo.chain(name)
    run(one, xs[:2]), run(other, xs[:2])
    before = other.save_states()
    expected = run(copy.deepcopy(other), xs)
    one.zero_states()
    one.TTcompile()
    run(one, xs)
    assert all(map(torch.equal, other.save_states().values(), before.values()))
    assert equal(run(other, xs), expected)


@every_layer
def test_a_model_that_is_dropped_is_freed(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs)
    model.detach_states(), run(model, xs)
    model.TTcompile(), model.TTdecompile()
    layer = model.net[1]
    gone = [weakref.ref(o) for o in (model, layer, *layer._memory.enter_scope().existing.values())]
    gc.disable()
    try:
        del model, layer
        assert [reference() for reference in gone] == [None] * len(gone)
    finally:
        gc.enable()


@every_layer
def test_states_that_were_left_are_freed(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs)
    left = [weakref.ref(s) for s in model.net[1]._memory.enter_scope().existing.values()]
    model.zero_states()
    assert [reference() for reference in left] == [None] * len(left)


# TTcompile


@every_layer
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_compiled_in_any_mode(name: str, mode: Any, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs)
    parameters = dict(model.named_parameters())
    model.zero_states()
    run(model, xs[:2])
    with mode():
        model.TTcompile()
    xs.requires_grad_()
    ys = run(model, xs[2:])
    assert equal(ys, expected[2:])
    sum(ys).sum().backward()
    assert xs.grad[2:].any()
    with mode():
        model.TTdecompile()
    assert all(model.get_parameter(key) is p for key, p in parameters.items())
    assert all(p.requires_grad and p.is_leaf and not p.is_inference() for p in parameters.values())
    model.zero_states()
    sum(run(model, xs)).sum().backward()


def test_decompiled_on_another_device() -> None:
    with torch.device("meta"):
        model = zoo.Chain(tt.snn.SLIB(3))
    parameters = dict(model.named_parameters())
    parameters["net.0.raw_bias"].requires_grad_(False)
    model.TTcompile()
    model.load_state_dict(zoo.Chain(tt.snn.SLIB(3, beta=0.25)).state_dict(), assign=True)
    model.TTdecompile()
    assert all(model.get_parameter(key) is p for key, p in parameters.items())
    torch.testing.assert_close(model.net[0].beta, torch.full((3,), 0.25))
    sum(run(model, torch.ones(2, 2, 3))).sum().backward()
    assert parameters["net.0.raw_beta"].grad.any()
    assert not parameters["net.0.raw_bias"].requires_grad


def test_an_optimizer_of_before_does_not_reach_a_compiled_layer(xs: Tensor) -> None:
    layer = tt.snn.LI(3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    layer(xs[0]), layer(xs[1]).sum().backward()
    layer.TTcompile()
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    optimizer.step()
    layer.TTdecompile()
    assert all(identical(layer.state_dict()[key], value) for key, value in before.items())


@pytest.mark.parametrize("name", ["LI", "DSRLITS", "flex.LI"])
def test_a_parametrized_layer_compiled(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    raw = next(key for key, _ in model.net[1].named_parameters())
    nn.utils.parametrize.register_parametrization(model.net[1], raw, Doubled())
    expected = run(model, xs)
    model.zero_states()
    model.TTcompile()
    assert equal(run(model, xs), expected)
    state_dict = {key: 0.5 * value for key, value in model.state_dict().items()}
    model.load_state_dict(state_dict)
    model.zero_states()
    compiled = run(model, xs)
    model.TTdecompile()
    model.zero_states()
    assert equal(run(model, xs), compiled) and not equal(compiled, expected)


# Layers and models by hand


class ByForward(tt.Layer):
    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")
        self._register_parameter("gain", 0.5)

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.total = self.gain * self.total + x
        return self.total


class Total(NamedTuple):
    total: Tensor


class ByStep(tt.Layer):
    State = Total

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")
        self._register_parameter("gain", 0.5)

    def step(self, x: Tensor, states: Total) -> tuple[Tensor, Total]:
        total = self.gain * states.total + x
        return total, Total(total)


class Counting(tt.Model):
    def __init__(self, layer: tt.Layer) -> None:
        super().__init__()
        self.layer = layer
        self.sequences = 0

    def zero_states(self) -> None:
        super().zero_states()
        self.sequences += 1

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


@pytest.mark.parametrize("layer", [ByForward, ByStep])
def test_layers_by_hand_are_managed_alike(layer: Any, xs: Tensor) -> None:
    model = zoo.Chain(nn.Linear(3, 4), layer(4))
    whole = run(model, xs)
    model.zero_states()
    ys = run(model, xs[:3])
    with pytest.raises(ValueError, match=r"total, of shape \(2, 4\); call zero_states"):
        model(torch.zeros(1, 3))
    with pytest.raises(TypeError, match="must be real"):
        model.net[1](torch.zeros(2, 4, dtype=torch.complex64))
    saved = model.save_states()
    twin = copy.deepcopy(model)
    ys += run(twin, xs[3:])
    assert equal(ys, whole)
    model.detach_states()
    assert not model.net[1].total.requires_grad
    model.TTcompile()
    model.load_states(saved)
    assert equal(run(model, xs[3:]), whole[3:])
    model.zero_states()
    assert model.net[1].total is None


def test_models_that_override_are_asked() -> None:
    inner, other = Counting(tt.snn.LI(2)), Counting(tt.snn.LI(2))
    model = zoo.Chain(inner, nn.Sequential(Counting(inner)), tt.snn.LI(2))
    model.held = {"other": other}
    model(torch.ones(2)), other(torch.ones(2))
    model.zero_states()
    assert (inner.sequences, other.sequences, model.net[1][0].sequences) == (1, 1, 1)
    assert model.save_states() == {}


def test_a_model_may_know_the_model_that_holds_it() -> None:
    inner = Counting(tt.snn.LI(2))
    model = zoo.Chain(inner, tt.snn.LI(2))
    inner.up = [model]
    model(torch.ones(2))
    model.detach_states()
    inner.zero_states()
    assert model.save_states() == {}


def test_data_parallel_is_refused() -> None:
    with pytest.raises(RuntimeError, match="LI: nn.DataParallel would lose the states"):
        tt.snn.LI(2)._replicate_for_data_parallel()
