"""Layers own their states; models say when a sequence starts, is cut, and is saved."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import zoo
from torch import Tensor, nn

import tracetorch as tt


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
    assert all(torch.equal(model(x), y) for x, y in zip(xs, first))


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
        assert torch.equal(getattr(layer, state), value)
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
    assert all(torch.equal(fresh(x), y) for x, y in zip(xs[3:], rest))
    model.load_states(saved)
    assert all(torch.equal(model(x), y) for x, y in zip(xs[3:], rest))


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
    assert all(torch.equal(before[key], after[key]) for key in before)
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
    assert torch.equal(model.net[1].mem, saved["net.1.mem"])
    assert torch.equal(model.net[1].syn, syn)


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
    assert all(torch.equal(before[key], value) for key, value in model.save_states().items())


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
    assert all(torch.equal(model(x), y) for x, y in zip(xs[3:], rest))
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
        assert all(torch.equal(model(x), y) for x, y in zip(xs, expected))
        assert not any("raw_" in key for key, _ in model.named_parameters())
        assert model.state_dict().keys() == values.keys()
        model.TTdecompile()
        model.TTdecompile()

    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert all(after[key] is before[key] for key in before)
    assert all(torch.equal(model.state_dict()[key], value) for key, value in values.items())

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
