"""Layers own their states; models say when a sequence starts, is cut, and is saved."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical


def model_of(name: str) -> zoo.Chain:
    return zoo.Chain(nn.Linear(3, 4), zoo.build(name, 4), nn.Linear(4, 2))


@pytest.fixture
def xs() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(6, 2, 3)


@pytest.mark.parametrize("name", zoo.ALL)
def test_states_start_as_none_and_take_the_shape_of_the_input(name: str) -> None:
    layer = zoo.build(name, 4, dim=1)
    assert set(layer._state_sizes) == zoo.states(name)
    assert all(getattr(layer, state) is None for state in zoo.states(name))
    shape = (2, 4, 5, 3)
    layer(torch.randn(shape))
    for state in zoo.states(name):
        assert getattr(layer, state).shape == zoo.state_shape(name, state, shape, dim=1)
    layer.zero_states()
    assert all(getattr(layer, state) is None for state in zoo.states(name))


@pytest.mark.parametrize("name", zoo.ALL)
def test_zero_states_begins_anew(name: str, xs: Tensor) -> None:
    model = model_of(name)
    first = [model(x) for x in xs]
    assert not torch.equal(model(xs[0]), first[0])
    model.zero_states()
    assert all(identical(model(x), y) for x, y in zip(xs, first))


@pytest.mark.parametrize("name", zoo.ALL)
def test_detach_states_cuts_gradients_and_keeps_values(name: str, xs: Tensor) -> None:
    model = model_of(name)
    cut = xs[:2].clone().requires_grad_()
    for x in cut:
        model(x)
    layer = model.net[1]
    before = {state: getattr(layer, state).clone() for state in zoo.states(name)}
    model.detach_states()
    for state, value in before.items():
        assert identical(getattr(layer, state), value)
        assert not getattr(layer, state).requires_grad
    model(xs[2]).sum().backward()
    assert cut.grad is None
    assert model.net[0].weight.grad.any()


@pytest.mark.parametrize("name", zoo.ALL)
def test_gradients_flow_through_time(name: str, xs: Tensor) -> None:
    model = model_of(name)
    xs = xs.requires_grad_()
    for x in xs:
        y = model(x)
    y.sum().backward()
    assert all(grad.any() for grad in xs.grad)


@pytest.mark.parametrize("name", zoo.ALL)
def test_saved_states_continue_a_sequence(name: str, xs: Tensor) -> None:
    model = model_of(name)
    for x in xs[:3]:
        model(x)
    saved = model.save_states()
    assert set(saved) == {f"net.1.{state}" for state in zoo.states(name)}
    assert not any(state.requires_grad for state in saved.values())
    rest = [model(x) for x in xs[3:]]

    fresh = model_of(name)
    fresh.load_state_dict(model.state_dict())
    fresh.load_states(saved)
    assert all(identical(fresh(x), y) for x, y in zip(xs[3:], rest))
    model.load_states(saved)
    assert all(identical(model(x), y) for x, y in zip(xs[3:], rest))


def test_saved_and_loaded_states_are_copies(xs: Tensor) -> None:
    model = model_of("LIB")
    model(xs[0])
    saved = model.save_states()
    saved["net.1.mem"].fill_(7.0)
    assert not (model.net[1].mem == 7.0).any()
    model.load_states(saved)
    saved["net.1.mem"].fill_(8.0)
    assert (model.net[1].mem == 7.0).all()


def refused(model: tt.Model, states: dict[str, Any], **options: Any) -> str:
    """The message with which states are refused, having changed nothing."""
    before = model.save_states()
    with pytest.raises(ValueError, match="load_states") as error:
        model.load_states(states, **options)
    after = model.save_states()
    assert before.keys() == after.keys()
    assert all(identical(before[key], after[key]) for key in before)
    return str(error.value)


def test_load_states_refuses_and_changes_nothing(xs: Tensor) -> None:
    model = model_of("SLIB")
    model(xs[0])
    good = model.save_states()
    model(xs[1])
    syn, mem = good["net.1.syn"], good["net.1.mem"]

    assert "net.1.syn is missing" in refused(model, {"net.1.mem": mem})
    assert "net.2.mem is unknown" in refused(model, good | {"net.2.mem": mem})
    message = refused(model, {"net.1.syn": syn, "other": mem})
    assert "net.1.mem is missing" in message and "other is unknown" in message
    for strict in (True, False):
        message = refused(model, good | {"net.1.mem": torch.zeros(2, 5)}, strict=strict)
        assert "net.1: mem has shape (2, 5), which lacks 4 features in dimension -1" in message
        message = refused(model, good | {"net.1.mem": torch.zeros(3, 4)}, strict=strict)
        assert "the states of one layer differ in batch shape" in message
        refused(model, good | {"net.1.mem": torch.tensor(1.0)}, strict=strict)
    with pytest.raises(TypeError, match="net.1.mem must be a tensor, got None"):
        model.load_states(good | {"net.1.mem": None})


def test_without_strict_what_is_given_is_loaded(xs: Tensor) -> None:
    model = model_of("SLIB")
    model(xs[0])
    saved = model.save_states()
    model(xs[1])
    syn = model.net[1].syn.clone()
    model.load_states({"net.1.mem": saved["net.1.mem"], "unknown": syn}, strict=False)
    assert identical(model.net[1].mem, saved["net.1.mem"])
    assert identical(model.net[1].syn, syn)


def test_load_states_onto_a_device(xs: Tensor) -> None:
    model = model_of("LIB")
    model(xs[0])
    model.load_states(model.save_states(), device="meta")
    assert model.net[1].mem.device.type == "meta"


class Everywhere(tt.Model):
    """Layers in every kind of place, one of them in two."""

    def __init__(self) -> None:
        super().__init__()
        self.direct = tt.snn.LI(2)
        self.net = nn.Sequential(OrderedDict(block=nn.Sequential(tt.snn.LI(2))))
        self.modules_of_a_list = nn.ModuleList([tt.snn.LI(2)])
        self.plain = [tt.snn.LI(2), {"deep": (tt.snn.LI(2), nn.Sequential(tt.snn.LI(2)))}]
        self.inner = Inner()
        self.again = self.direct
        self.shared = [self.direct, self.inner]

    def layers(self) -> Iterator[tuple[str, tt.Layer]]:
        yield "direct", self.direct
        yield "net.block.0", self.net[0][0]
        yield "modules_of_a_list.0", self.modules_of_a_list[0]
        yield "plain.0", self.plain[0]
        yield "plain.1.deep.0", self.plain[1]["deep"][0]
        yield "plain.1.deep.1.0", self.plain[1]["deep"][1][0]
        yield "inner.held.key", self.inner.held["key"]


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.held = {"key": tt.snn.LI(2)}


def test_every_layer_is_reached_once() -> None:
    model = Everywhere()
    for number, (_, layer) in enumerate(model.layers()):
        layer(torch.full((2,), float(number), requires_grad=True))
    saved = model.save_states()
    expected = {f"{path}.mem": float(n) for n, (path, _) in enumerate(model.layers())}
    assert {key: state[0].item() for key, state in saved.items()} == expected
    model.detach_states()
    assert not any(layer.mem.requires_grad for _, layer in model.layers())
    model.TTcompile()
    assert list(model.parameters()) == [] and all(
        "beta" in layer._usable for _, layer in model.layers()
    )
    model.TTdecompile()
    model.zero_states()
    assert all(layer.mem is None for _, layer in model.layers())
    model.load_states(saved)
    assert model.inner.held["key"].mem.tolist() == [6.0, 6.0]


# Any module


def plain_net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), tt.snn.SLIB(4), nn.Sequential(tt.snn.LI(4)))


def test_any_module_is_reset_detached_saved_and_loaded(xs: Tensor) -> None:
    net = plain_net()
    assert tt.save_states(net) == {}
    for x in xs[:3]:
        net(x)
    saved = tt.save_states(net)
    assert list(saved) == ["1.syn", "1.mem", "2.0.mem"]
    assert all(identical(saved["1.mem"], state) for state in [net[1].mem])
    assert not any(state.requires_grad for state in saved.values())
    rest = [net(x) for x in xs[3:]]
    tt.load_states(net, saved)
    assert all(identical(net(x), y) for x, y in zip(xs[3:], rest))
    mem = net[1].mem
    assert mem.requires_grad
    tt.detach_states(net)
    assert identical(net[1].mem, mem) and not net[1].mem.requires_grad
    tt.zero_states(net)
    assert net[1].mem is net[1].syn is net[2][0].mem is None


class Wrapping(tt.Layer):
    """A layer by hand that is made of another."""

    def __init__(self) -> None:
        super().__init__(3)
        self.inner = tt.snn.LI(3)
        self._initialize_state("last")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.last = self.inner(x + self.last)
        return self.last.clone()


def test_the_layers_in_a_layer_are_reached(xs: Tensor) -> None:
    layer = Wrapping()
    layer(xs[0].requires_grad_())
    assert [*tt.save_states(layer)] == ["last", "inner.mem"]
    tt.detach_states(layer)
    assert not layer.last.requires_grad and not layer.inner.mem.requires_grad
    tt.zero_states(layer)
    assert tt.save_states(layer) == {}
    net = nn.Sequential(nn.ModuleDict({"held": layer}))
    for module, prefix in ((net, "0.held."), (zoo.Chain(layer), "net.0.")):
        layer(xs[0])
        assert [*tt.save_states(module)] == [f"{prefix}last", f"{prefix}inner.mem"]
        tt.zero_states(module)
        assert layer.last is layer.inner.mem is None


def test_keys_of_what_is_held_under_private_names() -> None:
    model = zoo.Chain()
    model._held = [tt.snn.LI(2)]
    model._held[0](torch.ones(2))
    assert [*model.save_states()] == ["_held.0.mem"]
    layer = tt.Layer(2)
    layer._initialize_state("_hidden")
    layer._ensure_states(torch.ones(2))
    assert [*tt.save_states(layer)] == ["_hidden"]


def test_functions_and_methods_agree(xs: Tensor) -> None:
    model = Everywhere()
    for _, layer in model.layers():
        layer(torch.ones(2))
    torch.testing.assert_close(tt.save_states(model), model.save_states(), rtol=0, atol=0)
    holder = nn.ModuleDict({"model": model})
    assert list(tt.save_states(holder)) == [f"model.{key}" for key in model.save_states()]
    tt.zero_states(holder)
    assert all(layer.mem is None for _, layer in model.layers())


def test_a_layer_itself_has_keys_without_a_path(xs: Tensor) -> None:
    layer = tt.snn.SLIB(3)
    layer(xs[0])
    saved = tt.save_states(layer)
    assert list(saved) == ["syn", "mem"]
    tt.zero_states(layer)
    assert layer.mem is None
    tt.load_states(layer, saved)
    assert identical(layer.mem, saved["mem"]) and layer.mem is not saved["mem"]
    with pytest.raises(ValueError, match=r"^load_states: mem has shape \(2, 4\), which lacks 3"):
        tt.load_states(layer, saved | {"mem": torch.zeros(2, 4)})
    with pytest.raises(ValueError, match="^load_states: syn is missing; x is unknown$"):
        tt.load_states(layer, {"mem": saved["mem"], "x": saved["mem"]})
    assert identical(layer.mem, saved["mem"])
    tt.load_states(layer, {"mem": saved["syn"], "x": saved["mem"]}, strict=False)
    assert identical(layer.mem, saved["syn"])
    tt.load_states(layer, saved, device="meta")
    assert layer.mem.device.type == "meta"
    tt.load_states(layer, saved)
    layer(xs[1])
    tt.detach_states(layer)
    assert not layer.mem.requires_grad


class Counting(tt.Model):
    """A model with a method of its own, which counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.calls = tt.snn.LI(2), 0

    def zero_states(self) -> None:
        super().zero_states()
        self.calls += 1


def test_methods_that_a_model_overrides_are_called() -> None:
    inner = Counting()
    holder = nn.Module()
    holder.held, holder.again = [inner], inner.layer
    for number, module in enumerate((inner, holder, nn.Sequential(holder)), 1):
        inner.layer(torch.ones(2))
        tt.zero_states(module)
        assert inner.calls == number and inner.layer.mem is None


def test_a_model_that_refers_back_to_any_module_is_not_below_it() -> None:
    holder, models = nn.Module(), [Counting(), Counting()]
    holder.held = models
    for model in models:
        model.parent = [holder]
        model.layer(torch.ones(2))
    tt.zero_states(holder)
    assert all(model.layer.mem is None and model.calls == 0 for model in models)


def test_a_module_without_layers_is_left_as_it_is() -> None:
    module = nn.Linear(2, 2)
    tt.zero_states(module)
    tt.detach_states(module)
    tt.load_states(module, tt.save_states(module))


@pytest.mark.parametrize("module", [None, [tt.snn.LI(2)], tt.snn.LI, lambda x: x])
def test_what_is_no_module_is_refused(module: Any) -> None:
    for function in (tt.zero_states, tt.detach_states, tt.save_states):
        with pytest.raises(TypeError, match="^" + function.__name__ + ": module must be a torch"):
            function(module)
    with pytest.raises(TypeError, match="^load_states: module must be a torch.nn.Module, got"):
        tt.load_states(module, {})


def test_containers_may_hold_themselves() -> None:
    model = Everywhere()
    model.plain.append(model.plain)
    model.direct(torch.ones(2))
    assert list(model.save_states()) == ["direct.mem"]


def test_states_of_one_key_are_refused() -> None:
    model = zoo.Chain()
    model.held = {0: tt.snn.LI(2), "0": tt.snn.LI(2)}
    for use in (model.save_states, lambda: model.load_states({})):
        with pytest.raises(ValueError, match="two states have the key held.0.mem"):
            use()
    model.zero_states()


def test_a_failing_copy_changes_nothing(xs: Tensor) -> None:
    model = model_of("SLIB")
    model(xs[0])
    good = model.save_states()
    model(xs[1])
    broken = good | {"net.1.mem": torch.empty_like(good["net.1.mem"], device="meta")}
    before = model.save_states()
    with pytest.raises(NotImplementedError):
        model.load_states(broken, device="cpu")
    assert all(identical(before[key], value) for key, value in model.save_states().items())


def test_loaded_states_carry_no_graph(xs: Tensor) -> None:
    model = model_of("LIB")
    model(xs[0])
    model.load_states({"net.1.mem": torch.zeros(2, 4, requires_grad=True)})
    assert not model.net[1].mem.requires_grad


@pytest.mark.parametrize("name", zoo.ALL)
def test_working_in_place_on_the_output_does_not_reach_the_memory(name: str, xs: Tensor) -> None:
    layer = zoo.build(name, 3)
    plain = [layer(x).detach().clone() for x in xs]
    layer.zero_states()
    with torch.no_grad():
        overwritten = []
        for x in xs:
            y = layer(x)
            overwritten.append(y.clone())
            y.fill_(7.0)
    torch.testing.assert_close(overwritten, plain, rtol=0, atol=0)


@pytest.mark.parametrize("name", zoo.ALL)
def test_new_states_have_the_dtype_of_the_input(name: str) -> None:
    layer = zoo.build(name, 3)
    layer._ensure_states(torch.ones(2, 3, dtype=torch.float64))
    assert {getattr(layer, state).dtype for state in zoo.states(name)} == {torch.float64}


class Odd(tt.Layer):
    """A layer by hand whose states and input are of other shapes."""

    def __init__(self) -> None:
        super().__init__(5)
        self.lin = nn.Linear(3, 5)
        for name in ("mem", "count", "history"):
            self._initialize_state(name)

    def forward(self, x: Tensor) -> Tensor:
        if self.count is None:
            self.count = torch.zeros(())
            self.history = x.new_zeros(*x.shape[:-1], 5, 2)
        self._ensure_states(x)
        self.count = self.count + 1
        self.mem = 0.5 * self.mem + self.lin(x)
        self.history = torch.stack([self.history[..., 1], self.mem], dim=-1)
        return self.mem


def test_a_layer_by_hand_may_have_states_of_any_shape(xs: Tensor) -> None:
    model = zoo.Chain(Odd())
    for x in xs[:3]:
        model(x)
    saved = model.save_states()
    rest = [model(x) for x in xs[3:]]
    model.load_states(saved)
    assert all(identical(model(x), y) for x, y in zip(xs[3:], rest))
    message = refused(model, saved | {"net.0.history": torch.zeros(2, 5, 3)})
    assert "history has shape (2, 5, 3), but had (2, 5, 2)" in message


def test_another_number_of_features_is_refused() -> None:
    layer = tt.snn.SLIB(3, dim=1)
    for shape in ((2, 1, 4), (2, 4, 3), (2, 2)):
        with pytest.raises(ValueError) as error:
            layer(torch.zeros(shape))
        message = str(error.value)
        assert "SLIB: the input must have 3 features in dimension dim = 1" in message
        assert f"got shape {shape} (num_neurons = 3)" in message
    with pytest.raises(ValueError, match=r"3 features in dimension dim = 1, got shape \(3,\)"):
        layer(torch.zeros(3))
    with pytest.raises(
        ValueError, match="GRU: the input must have 3 features in dimension dim = -1"
    ):
        tt.rnn.GRU(3, 4)(torch.zeros(2, 4))
    assert layer.mem is None and layer.syn is None


def test_another_batch_in_mid_sequence_is_refused() -> None:
    layer = tt.snn.LIB(3)
    layer(torch.ones(2, 3))
    before = layer.mem
    with pytest.raises(ValueError, match=r"of shape \(1, 3\).*mem, of shape \(2, 3\).*zero_states"):
        layer(torch.ones(1, 3))
    assert layer.mem is before


def test_states_follow_the_module() -> None:
    layer = tt.snn.LIB(3)
    layer(torch.ones(2, 3))
    layer.double()
    assert layer.mem.dtype == torch.float64
    assert layer(torch.ones(2, 3, dtype=torch.float64)).dtype == torch.float64


def test_states_of_further_dimensions_are_checked() -> None:
    model = zoo.Chain(tt.ssm.Mamba(3, d_state=2, dim=1))
    model(torch.randn(4, 3, 5))
    good = model.save_states()
    shapes = {key: tuple(state.shape) for key, state in good.items()}
    assert shapes == {"net.0.ssm_state": (4, 3, 5, 2), "net.0.conv_buffer": (4, 3, 5, 4)}
    message = refused(model, good | {"net.0.ssm_state": torch.zeros(4, 3, 5, 3)})
    assert "lacks 3 features in dimension 1 and (2,) at the end" in message
    message = refused(model, good | {"net.0.ssm_state": torch.zeros(4, 3, 6, 2)})
    assert "differ in batch shape" in message
    refused(model, good | {"net.0.ssm_state": torch.zeros(2)})


def test_all_that_is_wrong_with_states_is_said() -> None:
    model = zoo.Chain(tt.ssm.Mamba(3, d_state=2), tt.snn.SLIB(3))
    model(torch.ones(4, 3))
    states = {
        "net.0.ssm_state": torch.zeros(4, 3, 2, dtype=torch.complex64),
        "net.0.conv_buffer": torch.zeros(4, 2, 4),
        "net.1.syn": torch.zeros(3),
        "net.1.mem": torch.zeros(4, 3),
        "net.2.mem": torch.zeros(4, 3),
    }
    assert refused(model, states) == (
        "load_states: net.0: ssm_state must be real, got torch.complex64; pass "
        "torch.view_as_real(x), or x.abs(); net.0: conv_buffer has shape (4, 2, 4), which lacks 3 "
        "features in dimension -1 and (4,) at the end; net.1: the states of one layer differ in "
        "batch shape: {'syn': (), 'mem': (4,)}; net.2.mem is unknown"
    )
    for other in ({}, {"net.1.mem": torch.zeros(5, 3)}):
        assert refused(model, {"net.1.syn": torch.zeros(4, 2)} | other, strict=False) == (
            "load_states: net.1: syn has shape (4, 2), which lacks 3 features in dimension -1"
        )


class Broadcast(tt.Layer):
    """Its states and its output are what the numbers in them need, not of full shape."""

    class State(NamedTuple):
        few: Tensor
        one: Tensor

    def step(self, x: Tensor, states: Any) -> tuple[Tensor, Any]:
        return x + 0, self.State(x[:1], states.one.double().mean())


def test_next_states_have_the_shape_and_the_dtype_of_those_before() -> None:
    for dim in (-1, 0):
        layer = Broadcast(3, dim)
        layer(torch.ones(3, 3))
        assert layer.few.shape == layer.one.shape == (3, 3)
        assert layer.few.dtype == layer.one.dtype == torch.float32


def test_a_layer_by_hand_needs_step_or_forward() -> None:
    with pytest.raises(NotImplementedError, match="Layer must define step"):
        tt.Layer(3)(torch.zeros(3))


@pytest.mark.parametrize("name", zoo.ALL)
def test_compile_round_trip(name: str, xs: Tensor) -> None:
    model = model_of(name)
    before = dict(model.named_parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    values = {key: value.clone() for key, value in model.state_dict().items()}
    expected = [model(x) for x in xs]

    for _ in range(2):
        model.TTcompile()
        model.TTcompile()
        model.zero_states()
        assert all(identical(model(x), y) for x, y in zip(xs, expected))
        assert not any("raw_" in key for key, _ in model.named_parameters())
        assert model.state_dict().keys() == values.keys()
        model.TTdecompile()
        model.TTdecompile()

    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert all(after[key] is before[key] for key in before)
    assert all(identical(model.state_dict()[key], value) for key, value in values.items())

    model.zero_states()
    for x in xs:
        y = model(x)
    y.square().sum().backward()
    optimizer.step()
    for key in (key for key in before if "raw_beta" in key or "raw_pos_beta" in key):
        assert not torch.equal(after[key], values[key])


def test_compiled_layers_do_not_compute_usable_values_again() -> None:
    calls = []

    class Counting(tt.snn.Layer):
        def __init__(self) -> None:
            super().__init__(2)
            self._register_parameter("gain", 2.0, activation_fn=lambda raw: calls.append(1) or raw)

        def forward(self, x: Tensor) -> Tensor:
            return self.gain * x

    layer = Counting()
    layer.TTcompile()
    calls.clear()
    assert layer(torch.ones(2)).tolist() == [2.0, 2.0] and calls == []


@pytest.mark.parametrize("compiled_source", [False, True])
@pytest.mark.parametrize("compiled_target", [False, True])
def test_checkpoints_cross_the_forms(compiled_source: bool, compiled_target: bool) -> None:
    source, target = tt.snn.SLIB(3, beta=0.25, learn_alpha=False), tt.snn.SLIB(3, learn_alpha=False)
    for layer, compiled in ((source, compiled_source), (target, compiled_target)):
        if compiled:
            layer.TTcompile()
    target.load_state_dict(source.state_dict())
    torch.testing.assert_close(target.beta, torch.full((3,), 0.25))
    target.TTdecompile()
    torch.testing.assert_close(target.beta, torch.full((3,), 0.25))


def test_parametrized_raw_values_are_read() -> None:
    class Shifted(nn.Module):
        def forward(self, raw: Tensor) -> Tensor:
            return raw + 1.0

    layer = tt.snn.LI(2, beta=0.5)
    nn.utils.parametrize.register_parametrization(layer, "raw_beta", Shifted())
    torch.testing.assert_close(layer.beta, torch.sigmoid(torch.ones(2)))


def test_gradients_follow_a_converted_layer() -> None:
    layer = tt.snn.LI(2)
    layer(torch.ones(2)), layer(torch.ones(2)).sum().backward()
    layer.TTcompile()
    layer.double()
    layer.TTdecompile()
    assert layer.raw_beta.grad.dtype == torch.float64 and layer.raw_beta.grad.any()


def test_a_compiled_layer_can_be_converted() -> None:
    layer = tt.snn.LIB(3, beta=0.25)
    parameter = layer.raw_beta
    layer.TTcompile()
    layer.double()
    assert layer.beta.dtype == torch.float64
    layer.TTdecompile()
    assert layer.raw_beta is parameter and parameter.dtype == torch.float64


# In place


def written(layer: tt.Layer, new: dict[str, Tensor], how: str) -> None:
    """Put other values into the tensors that a layer has."""
    own = layer.state_dict()
    if how == "copy_":
        for key, tensor in own.items():
            tensor.copy_(new[key])
    elif how == "copy_ in inference mode":
        with torch.inference_mode():
            for key, tensor in own.items():
                tensor.copy_(new[key])
    elif how == "lerp_":
        for key, tensor in own.items():
            tensor.lerp_(new[key], 1.0)
    elif how == "foreach":
        torch._foreach_copy_([*own.values()], [new[key] for key in own])
    elif how == "raw":
        for key in new:
            getattr(layer, key)[:] = new[key]
    elif how == "data":
        for key in new:
            getattr(layer, key).data = new[key]
    elif how == "set_":
        for key, tensor in layer.named_buffers():
            tensor.set_(new[key])
    else:
        layer.load_state_dict(new, assign=how == "assign")


@pytest.mark.parametrize(
    "how",
    [
        "copy_",
        "copy_ in inference mode",
        "lerp_",
        "foreach",
        "raw",
        "data",
        "set_",
        "load",
        "assign",
    ],
)
@pytest.mark.parametrize("learn_alpha", [False, True])
def test_a_compiled_layer_notices_what_is_written_into_it(
    how: str, learn_alpha: bool, xs: Tensor
) -> None:
    layer = tt.snn.SLIB(3, learn_alpha=learn_alpha)
    layer.TTcompile()
    for seed in (1, 2):
        other = zoo.lively("SLIB", 3, seed=seed)
        expected = [other(x) for x in xs]
        written(layer, other.state_dict(), how)
        layer.zero_states()
        torch.testing.assert_close([layer(x) for x in xs], expected)
    usable = layer.beta
    assert layer.beta is usable  # kept from then on
    layer.TTdecompile()
    torch.testing.assert_close(layer.state_dict(), other.state_dict(), rtol=0, atol=0)


def test_a_write_noticed_within_a_transform_is_noticed_after_it(xs: Tensor) -> None:
    layer = tt.snn.LI(3)
    layer.TTcompile()
    layer.raw_beta.fill_(1.0)
    torch.func.grad(lambda x: layer(x).sum())(xs[0])
    torch.vmap(layer)(xs[0])
    copy.deepcopy(layer)  # which could not be if it kept a tensor of the transform
    torch.testing.assert_close(layer.beta, torch.full((3,), 1.0).sigmoid(), rtol=0, atol=0)


def test_changes_that_nobody_counts_are_noticed_too(xs: Tensor) -> None:
    with torch.inference_mode():
        of_inference = tt.snn.LI(3, learn_beta=False)
    shared = tt.snn.LI(3).share_memory()
    for layer in (of_inference, shared):
        layer.TTcompile()
        copies = [layer, pickle.loads(pickle.dumps(layer))]
        for each in copies:
            with torch.inference_mode():
                each.raw_beta.copy_(torch.tensor([-1.0, 0.0, 1.0]))
            assert identical(each.beta, torch.sigmoid(each.raw_beta))


def test_a_compiled_layer_sent_to_another_process_notices_what_is_written_here() -> None:
    sent = tt.snn.LI(3)
    sent.TTcompile()
    received = pickle.loads(ForkingPickler.dumps(sent))
    sent.raw_beta.fill_(1.0)  # in the memory of both
    assert identical(received.beta, sent.raw_beta.sigmoid())


# Meta, contiguous copies, inference mode


@pytest.mark.parametrize("name", zoo.EVERY)
def test_states_without_numbers_are_forgotten_where_numbers_are_wanted(name: str) -> None:
    xs = torch.randn(3, 2, 3)
    expected = zoo.chain(name)
    with torch.device("meta"):
        model = zoo.chain(name)
        for x in xs.to("meta"):
            model(x)
    model.double().float()
    assert {state.device.type for state in model.save_states().values()} == {"meta"}
    model.to_empty(device="cpu")
    assert model.save_states() == {}
    model.load_state_dict(expected.state_dict())
    assert all(identical(model(x), expected(x)) for x in xs)


def test_states_keep_their_numbers_where_parameters_lose_theirs(xs: Tensor) -> None:
    model = model_of("SLIB")
    for x in xs[:3]:
        model(x)
    weights, states = copy.deepcopy(model.state_dict()), model.save_states()
    rest = [model(x) for x in xs[3:]]
    model.load_states(states)
    model.to_empty(device="cpu")
    assert all(identical(states[key], state) for key, state in model.save_states().items())
    model.load_state_dict(weights)
    assert all(identical(model(x), y) for x, y in zip(xs[3:], rest))


def test_gradients_flow_through_a_conversion_in_mid_sequence(xs: Tensor) -> None:
    layer = tt.snn.LI(3, beta=0.5)
    x = xs[0].clone().requires_grad_()
    layer(x)
    layer.double()
    layer(xs[1].double()).sum().backward()
    torch.testing.assert_close(x.grad, torch.full((2, 3), 0.5))


@pytest.mark.parametrize("dim", [-1, 1, -3])
@pytest.mark.parametrize("name", zoo.EVERY)
def test_saved_states_can_be_written_to_a_file(name: str, dim: int) -> None:
    model = zoo.Chain(zoo.build(name, 3, dim=dim))
    shape = [4, 5, 6, 7]
    shape[dim] = 3
    for _ in range(2):
        model(torch.randn(shape).to(memory_format=torch.channels_last))
    saved = model.save_states()
    written = safetensors.torch.load(safetensors.torch.save(saved))
    torch.testing.assert_close(written, saved, rtol=0, atol=0)


class Sharing(tt.Layer):
    """States by hand that share their memory, and repeat it."""

    def __init__(self) -> None:
        super().__init__(3)
        for name in ("one", "other", "repeated", "transposed"):
            self._initialize_state(name)

    def forward(self, x: Tensor) -> Tensor:
        self.one = x
        self.other = x[:1]
        self.repeated = x[0].expand(5, 3)
        self.transposed = x.t()
        return x.clone()


def test_saved_states_share_no_memory(xs: Tensor) -> None:
    model = zoo.Chain(Sharing())
    model(xs[0])
    saved = model.save_states()
    assert safetensors.torch.load(safetensors.torch.save(saved)).keys() == saved.keys()
    saved["net.0.repeated"][0] = 7.0
    assert identical(saved["net.0.repeated"][1], xs[0][0])
    assert identical(saved["net.0.other"], xs[0][:1])


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel")
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", zoo.EVERY)
def test_training_goes_on_after_validation_in_inference_mode(name: str, whole: bool) -> None:
    xs = torch.randn(4, 2, 3)
    model, expected = zoo.chain(name), zoo.chain(name)

    def run(model: tt.Model, xs: Tensor) -> Tensor:
        return tt.unroll(model, xs) if whole else torch.stack([model(x) for x in xs])

    with torch.inference_mode():
        run(model, xs[:2])
    with torch.no_grad():
        run(expected, xs[:2])
    gradients = []
    for each in (model, expected):
        run(each, xs[2:]).square().sum().backward()
        gradients.append([parameter.grad for parameter in each.parameters()])
    torch.testing.assert_close(*gradients, rtol=0, atol=0)


def test_states_of_inference_mode_may_come_from_anywhere(xs: Tensor) -> None:
    model = model_of("SLIB")
    with torch.inference_mode():
        model(xs[0])
        states = model.save_states()
        model.load_states(states)
    model(xs[1]).sum().backward()
    y, _ = tt.Stateless(model)(xs[1], states)
    y.sum().backward()


def test_a_state_of_inference_mode_can_be_written_to_by_hand() -> None:
    class Adding(tt.Layer):
        def __init__(self) -> None:
            super().__init__(3)
            self._initialize_state("total")

        def forward(self, x: Tensor) -> Tensor:
            self._ensure_states(x)
            return self.total.add_(x).clone()

    layer = Adding()
    with torch.inference_mode():
        layer(torch.ones(3))
        state = layer.total
        assert layer(torch.ones(3)).tolist() == [2.0] * 3 and layer.total is state
    assert layer(torch.ones(3)).tolist() == [3.0] * 3


# Layers by hand


class Total(NamedTuple):
    total: Tensor


class ByStep(tt.Layer):
    """What a layer by hand may have: buffers and no parameters, an integer state."""

    State = Total

    def __init__(self, fails_at: float | None = None) -> None:
        super().__init__(3)
        self.fails_at = fails_at

    def step(self, x: Tensor, states: Total) -> tuple[Tensor, Total]:
        if self.fails_at is not None and (x == self.fails_at).any():
            raise ZeroDivisionError
        total = states.total + x
        return 2 * total, Total(total)


def test_an_error_in_mid_sequence_leaves_the_states() -> None:
    layer = ByStep(fails_at=7.0)
    layer(torch.ones(3))
    before = layer.total
    with pytest.raises(ZeroDivisionError):
        layer(torch.full((3,), 7.0))
    assert layer.total is before
    assert layer(torch.ones(3)).tolist() == [4.0] * 3


def test_an_integer_input_without_parameters_is_counted_in_the_default_dtype() -> None:
    assert ByStep()(torch.ones(3, dtype=torch.int64)).dtype == torch.float32
    assert ByStep()(torch.ones(3, dtype=torch.float16)).dtype == torch.float16
    torch.set_default_dtype(torch.float64)
    try:
        assert ByStep()(torch.ones(3, dtype=torch.bool)).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_buffer_is_as_good_as_a_parameter_for_the_dtype() -> None:
    layer = tt.snn.LI(3, learn_beta=False)
    assert layer(torch.ones(3, dtype=torch.float16)).dtype == torch.float32


def test_a_buffer_of_integers_says_nothing_about_the_dtype() -> None:
    layer = ByStep()
    layer.register_buffer("count", torch.zeros((), dtype=torch.int64))
    assert layer(torch.ones(3, dtype=torch.float16)).dtype == torch.float16
    layer.register_buffer("scale", torch.ones(()))
    layer.zero_states()
    assert layer(torch.ones(3, dtype=torch.float16)).dtype == torch.float32


class ByForward(tt.Layer):
    """A count of timesteps, and a state that may be taken away by hand."""

    def __init__(self) -> None:
        super().__init__(3)
        self._initialize_state("mem")
        self._initialize_state("count")

    def forward(self, x: Tensor) -> Tensor:
        if self.count is None:
            self.count = torch.zeros((), dtype=torch.int64)
        self._ensure_states(x)
        self.count = self.count + 1
        self.mem = self.mem + x
        return self.mem.clone()


def test_an_integer_state_by_hand_stays_one() -> None:
    layer = ByForward()
    for _ in range(2):
        layer(torch.ones(3))
    assert layer.count.dtype == torch.int64 and layer.count.item() == 2
    loaded = {"mem": torch.ones(3, dtype=torch.float64), "count": torch.tensor(5)}
    tt.load_states(layer, loaded)
    layer(torch.ones(3))
    assert layer.count.dtype == torch.int64 and layer.count.item() == 6
    assert layer.mem.dtype == torch.float32 and layer.mem.tolist() == [2.0] * 3


def test_all_states_set_to_none_by_hand_begin_a_sequence_of_another_dtype() -> None:
    layer = tt.snn.LI(3).half()
    layer(torch.ones(3, dtype=torch.float16))
    layer.mem = None
    for _ in range(2):
        assert layer(torch.ones(3)).dtype == torch.float32


def test_a_state_that_was_set_by_hand_is_continued_in_the_dtype_of_the_sequence() -> None:
    layer = tt.snn.SLI(3)
    layer(torch.ones(3))
    layer.mem = None
    with pytest.raises(ValueError, match="begun with torch.float32"):
        layer(torch.ones(3, dtype=torch.float16))
    assert layer(torch.ones(3)).tolist() == layer.syn.tolist()


@pytest.mark.parametrize("dim", [0, 1, -2])
def test_a_state_of_fewer_dimensions_is_refused(dim: int) -> None:
    model = zoo.Chain(tt.snn.LI(3, dim=dim))
    state = torch.zeros(()) if dim == 0 else torch.zeros(3)
    assert f"which lacks 3 features in dimension {dim}" in refused(model, {"net.0.mem": state})


def test_stateless_hands_out_no_states_that_are_none(xs: Tensor) -> None:
    class Lazy(ByForward):
        def forward(self, x: Tensor) -> Tensor:
            self.mem = x
            return x.clone()

    _, states = tt.Stateless(Lazy())(xs[0], {})
    assert list(states) == ["mem"]
