"""Layers with memory under what PyTorch does to programs: compile, export, transform, recompute."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounterWithBackend
from torch.func import functional_call, grad, jacrev, stack_module_state, vmap
from torch.utils.checkpoint import checkpoint

import tracetorch as tt
from tests.support import zoo
from tests.support.equal import identical
from tracetorch.core.memory import is_in_backward, is_in_transform, is_transformed

every_layer = pytest.mark.parametrize("name", zoo.EVERY)


@pytest.fixture
def xs() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(6, 2, 3)


def run(model: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([model(x) for x in xs])


def states_of(model: tt.Model) -> dict[str, Tensor]:
    """The states as the layers hold them, without a copy."""
    return {
        f"{path}.{name}": state
        for path, layer in model.named_modules()
        if isinstance(layer, tt.Layer)
        for name, state in layer._memory.enter_scope().existing.items()
    }


# torch.compile


@pytest.fixture
def fresh_compiler() -> Any:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


# Dynamo hides this warning of its own, but not from whoever makes warnings errors.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.usefixtures("fresh_compiler")
@pytest.mark.parametrize(
    ("names", "mode"),
    [
        ([*zoo.ENDS[1::2], *zoo.OTHERS], "train"),  # all take three times as long
        (["LI", "DSRLITS", *zoo.OTHERS, "flex.LI"], "eval"),
        (["LI", "DSRLITS", *zoo.OTHERS], "TTcompile"),
        (["flex.DSRLITS", "flex.LI"], "train"),
        (["flex.DSRLITS", "flex.LI"], "TTcompile"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_compile_without_breaks_or_recompilation(names: list[str], mode: str) -> None:
    torch.manual_seed(1)
    sequences = torch.randn(4, 3, 2, 2)
    model, plain = zoo.Together(names), zoo.Together(names)
    if mode != "train":
        model.eval()
    if mode == "TTcompile":
        model.TTcompile()
    counter = CompileCounterWithBackend("aot_eager" if mode == "train" else "eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    graphs = []
    with torch.set_grad_enabled(mode == "train"):
        for number, sequence in enumerate(sequences):
            for forget in (model, plain):
                forget.detach_states() if number % 2 else forget.zero_states()
            expected = run(plain, sequence)
            ys = run(compiled, sequence)
            torch.testing.assert_close(ys, expected, rtol=1e-5, atol=1e-6)
            torch.testing.assert_close(states_of(model), states_of(plain), rtol=1e-5, atol=1e-6)
            if mode == "train":
                for loss in (ys, expected):
                    loss.square().mean().backward()
            graphs.append(counter.frame_count)
    assert graphs[0] >= 1 and graphs[-1] <= 3
    assert graphs[1:] == [graphs[1]] * (len(graphs) - 1)
    for p, q in zip(model.parameters(), plain.parameters()):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("fresh_compiler")
def test_a_compiled_step_notices_what_is_written_into_its_layers(xs: Tensor) -> None:
    model, other = zoo.chain("SLIB"), zoo.chain("SLIB")
    step = torch.compile(model, backend="aot_eager", fullgraph=True)
    model.TTcompile()
    with torch.no_grad():
        for _ in range(3):
            run(step, xs)
            for key, tensor in other.state_dict().items():
                tensor.mul_(0.9)
                model.state_dict()[key].copy_(tensor)
            model.zero_states()
            other.zero_states()
            torch.testing.assert_close(run(step, xs), run(other, xs))


# torch.export


# In its strict mode export warns of states that are set, even where they are set back.
@pytest.mark.filterwarnings("ignore:While compiling, we found certain side effects")
@pytest.mark.parametrize("name", ["LI", "SLIB", "GRU", "S5", "Mamba", "flex.DSRLITS"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_step_can_be_exported(name: str, strict: bool, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs[:2])
    states = {key: torch.zeros_like(state) for key, state in model.save_states().items()}
    before = states_of(model)
    program = torch.export.export(tt.Stateless(model), (xs[0], states), strict=strict).module()
    y, states = program(xs[0], states)
    torch.testing.assert_close(y, expected[0])
    y, states = program(xs[1], states)
    torch.testing.assert_close(y, expected[1])
    torch.testing.assert_close(states, before)
    assert all(states_of(model)[key] is state for key, state in before.items())


# Dynamo hides this warning of its own, but not from whoever makes warnings errors.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("name", ["LI", "LSTM", "Mamba", "flex.DSRLITS"])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("live", [False, True])
def test_export_never_drops_a_state(name: str, strict: bool, live: bool, xs: Tensor) -> None:
    model = zoo.chain(name)
    if live:
        model(xs[0])
    before = states_of(model)
    with pytest.raises(Exception, match="would drop the states; export tt.Stateless"):
        torch.export.export(model, (xs[0],), strict=strict)
    assert states_of(model).keys() == before.keys()


@pytest.mark.filterwarnings(
    "ignore:.*torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning"
)
def test_tracing_never_freezes_a_state(xs: Tensor) -> None:
    with pytest.raises(RuntimeError, match="would drop the states"):
        torch.jit.trace(zoo.chain("LI"), (xs[0],))


# tt.Stateless


@every_layer
def test_stateless_is_the_same_and_leaves_the_states(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs)
    final = states_of(model)
    pure = tt.Stateless(model)
    states: dict[str, Tensor] = {}
    for x, y in zip(xs, expected):
        output, states = pure(x, states)
        assert identical(output, y)
    assert states.keys() == final.keys()
    assert all(identical(states[key], final[key]) for key in final)
    assert all(states_of(model)[key] is state for key, state in final.items())
    output.sum().backward()
    assert all(p.grad is not None for p in pure.parameters())


def test_stateless_refuses_what_does_not_fit(xs: Tensor) -> None:
    model = zoo.chain("SLIB")
    model(xs[0])
    before = states_of(model)
    pure = tt.Stateless(model)
    with pytest.raises(ValueError, match="no state is called net.1.men; the states are net.1.syn"):
        pure(xs[0], {"net.1.men": torch.zeros(2, 4)})
    with pytest.raises(ValueError, match=r"mem, of shape \(3, 4\)"):
        pure(xs[0], {"net.1.mem": torch.zeros(3, 4)})
    with pytest.raises(ValueError) as error:
        pure(xs[0], dict.fromkeys("dbcae", torch.zeros(2, 4)))
    assert str(error.value) == (
        "Stateless: no state is called a, b, c, d, e; the states are net.1.syn, net.1.mem"
    )
    assert all(states_of(model)[key] is state for key, state in before.items())
    layer = tt.snn.LI(2)
    _, states = tt.Stateless(layer)(torch.ones(2), {})
    assert list(states) == ["mem"] and layer.mem is None


class Gated(tt.Model):
    def __init__(self) -> None:
        super().__init__()
        self.layer = tt.snn.LI(2)

    def forward(self, x: Tensor, gate: Tensor, scale: float = 1.0) -> Tensor:
        return self.layer(x * gate) * scale


def test_stateless_takes_what_the_module_takes() -> None:
    x, gate = torch.ones(2), torch.tensor([1.0, 0.0])
    y, states = tt.Stateless(Gated())(x, {}, gate, scale=2.0)
    assert y.tolist() == [2.0, 0.0] and list(states) == ["layer.mem"]


class Tally(tt.Layer):
    """A layer that modifies its state in place, or that creates it itself."""

    def __init__(self, num_neurons: int, by_itself: bool = False) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")
        self.by_itself = by_itself

    def forward(self, x: Tensor) -> Tensor:
        if self.total is None and self.by_itself:
            self.total = torch.ones_like(x)
        self._ensure_states(x)
        self.total += x
        return self.total.clone()


def test_initial_states_begin_a_sequence(xs: Tensor) -> None:
    model = zoo.Chain(
        nn.Linear(3, 2), tt.SequenceDropout(2), tt.zoo.Izhikevich(2), tt.Lags(2), Tally(8)
    )
    model(xs[0])
    before = states_of(model)
    pure = tt.Stateless(model)
    torch.manual_seed(3)
    y, after = pure(xs[1], {})
    torch.manual_seed(3)
    states = pure.initial_states(xs[1])
    assert list(states) == list(after) and not any(s.requires_grad for s in states.values())
    assert set(states["net.1.mask"].unique().tolist()) == {0.0, 2.0}
    assert states["net.2.mem"].tolist() == [[-65.0, -65.0]] * 2 and not states["net.4.total"].any()
    assert identical(pure(xs[1], states)[0], y)
    assert all(states_of(model)[key] is state for key, state in before.items())
    assert "net.1.mask" not in tt.Stateless(model.eval()).initial_states(xs[1])


class Several(tt.Model):
    """A model with several inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = Tally(2)

    def forward(self, x: Tensor, gate: Tensor, *, weights: Tensor) -> Tensor:
        y: Tensor = self.layer(gate * x @ weights)
        return y


def test_initial_states_of_a_model_with_several_inputs() -> None:
    pure = tt.Stateless(Several())
    states = pure.initial_states(torch.ones(5, 3), torch.ones(3), weights=torch.ones(3, 2))
    assert states["layer.total"].tolist() == [[0.0, 0.0]] * 5


class Learning(tt.Layer):
    """A layer whose initial state is learned, and which is differentiated whatever the mode."""

    def __init__(self) -> None:
        super().__init__(2)
        self._initialize_state("total")
        self._register_parameter("begin", 0.5)

    def _initial_values(self) -> dict[str, Tensor]:
        return {"total": self.begin}

    @torch.enable_grad()
    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.total = self.total + x
        return self.total.clone()


def test_initial_states_carry_no_graph() -> None:
    state = tt.Stateless(Learning()).initial_states(torch.ones(2))["total"]
    assert state.tolist() == [0.5, 0.5] and not state.requires_grad


def test_initial_states_are_not_guessed() -> None:
    pure = tt.Stateless(zoo.Chain(Tally(2, by_itself=True)))
    with pytest.raises(RuntimeError, match="the initial value of net.0.total is unknown"):
        pure.initial_states(torch.ones(2))


# torch.func


@every_layer
def test_functional_call(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    other = {key: p.detach() * 0.5 for key, p in model.named_parameters()}
    expected = copy.deepcopy(model)
    expected.load_state_dict(other, strict=False)
    ys = torch.stack([functional_call(model, other, (x,)) for x in xs])
    assert identical(ys, run(expected, xs))
    model.zero_states()
    with pytest.warns(FutureWarning, match="deprecated"):
        y = nn.utils.stateless.functional_call(model, other, (xs[0],))
    assert identical(y, ys[0])


@every_layer
@pytest.mark.parametrize("live", [False, True])
def test_gradients_by_torch_func(name: str, live: bool, xs: Tensor) -> None:
    model = zoo.chain(name)
    if live:
        run(model, xs[:2])
        model.detach_states()
    before = states_of(model)
    parameters = dict(model.named_parameters())

    def loss(parameters: dict[str, Tensor], xs: Tensor) -> Tensor:
        ys = [functional_call(model, parameters, (x,)) for x in xs]
        return torch.stack(ys).square().sum()

    gradients = grad(loss)({key: p.detach() for key, p in parameters.items()}, xs)
    after = states_of(model)
    assert after.keys() == before.keys()
    assert all(after[key] is state for key, state in before.items())
    loss(parameters, xs).backward()
    torch.testing.assert_close(gradients, {key: p.grad for key, p in parameters.items()})


@every_layer
def test_vmap_over_inputs(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs)
    model.zero_states()
    ys = vmap(lambda xs: run(model, xs), in_dims=1, out_dims=1)(xs)
    torch.testing.assert_close(ys, expected)
    assert states_of(model) == {}
    torch.testing.assert_close(run(model, xs), expected)


@every_layer
def test_functional_call_reaches_a_compiled_model(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    other = {key: value * 0.5 for key, value in model.state_dict().items()}
    expected = copy.deepcopy(model)
    expected.load_state_dict(other)
    model.TTcompile()
    ys = torch.stack([functional_call(model, other, (x,)) for x in xs])
    assert identical(ys, run(expected, xs))


@every_layer
def test_an_ensemble_by_vmap(name: str, xs: Tensor) -> None:
    models = [zoo.chain(name) for _ in range(3)]
    for number, model in enumerate(models):
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(1 - 0.1 * number)
    expected = torch.stack([run(model, xs) for model in models])
    parameters, buffers = stack_module_state(models)
    base = copy.deepcopy(models[0]).to("meta")
    base.zero_states()

    def call(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        return torch.stack([functional_call(base, (parameters, buffers), (x,)) for x in xs])

    torch.testing.assert_close(vmap(call)(parameters, buffers), expected)
    assert states_of(base) == {}


@every_layer
def test_per_sample_gradients(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    parameters = {key: p.detach() for key, p in model.named_parameters()}

    def loss(parameters: dict[str, Tensor], xs: Tensor) -> Tensor:
        ys = [functional_call(model, parameters, (x,)) for x in xs]
        return torch.stack(ys).square().sum()

    together = vmap(grad(loss), in_dims=(None, 1))(parameters, xs)
    for sample in range(2):
        alone = grad(loss)(parameters, xs[:, sample])
        torch.testing.assert_close({key: g[sample] for key, g in together.items()}, alone)
    assert states_of(model) == {}
    torch.testing.assert_close(run(model, xs)[0], run(zoo.chain(name), xs)[0])


@every_layer
def test_jacobians(name: str, xs: Tensor) -> None:
    model = zoo.chain(name)
    run(model, xs[:2])
    model.detach_states()
    before = states_of(model)
    for _ in range(2):  # the second time from the same states, not from those of the first
        jacobian = jacrev(lambda xs: run(model, xs))(xs[2:4])
    assert all(states_of(model)[key] is state for key, state in before.items())
    saved = model.save_states()

    def from_before(xs: Tensor) -> Tensor:
        model.load_states(saved)
        return run(model, xs)

    expected = torch.autograd.functional.jacobian(from_before, xs[2:4])
    torch.testing.assert_close(jacobian, expected)


def test_jacobian_with_respect_to_states() -> None:
    pure = tt.Stateless(tt.snn.LI(2, beta=0.25))
    jacobian = jacrev(lambda mem: pure(torch.ones(2), {"mem": mem})[1]["mem"])(torch.zeros(2))
    torch.testing.assert_close(jacobian, 0.25 * torch.eye(2))


def test_states_within_a_transform_are_the_transforms(xs: Tensor) -> None:
    model = zoo.chain("LI")
    first = model(xs[0])

    def inner(x: Tensor) -> Tensor:
        model.zero_states()
        again = model(x)
        nested = vmap(lambda x: model(x))(torch.stack([x, x]))
        assert model.save_states()["net.1.mem"].shape == (4,)
        return torch.stack([again, *nested, model(x)])

    model.zero_states()
    expected = run(model, torch.stack([xs[0], xs[0]]))
    model.zero_states()
    model(xs[1])
    kept = model.net[1].mem
    ys = vmap(inner)(xs[0])
    for y, wanted in zip(ys.unbind(1), (0, 1, 1, 1)):
        torch.testing.assert_close(y, expected[wanted])
    assert model.net[1].mem is kept
    torch.testing.assert_close(expected[0], first)


def test_what_is_active_where() -> None:
    found = []

    def look(x: Tensor) -> Tensor:
        found.append((is_in_transform(), is_transformed(), is_in_backward()))
        return x

    x = torch.ones(2, requires_grad=True)
    look(x)
    vmap(look)(x)
    with torch.autograd.forward_ad.dual_level():
        look(x)
    y = x.sum()
    y.register_hook(look)
    y.backward()
    look(x)
    nowhere = (False, False, False)
    assert found == [
        *(nowhere, (True, True, False), (False, True, False), (False, False, True), nowhere)
    ]


TRANSFORMS: dict[str, Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]] = {
    "grad": lambda call, x: grad(lambda x: ((y := call(x)).sum(), y), has_aux=True)(x)[1],
    "vmap": lambda call, x: vmap(call)(x[None])[0],
    "jvp": lambda call, x: torch.func.jvp(call, (x,), (x,))[0],
    "functionalize": lambda call, x: torch.func.functionalize(call)(x),
}


# PyTorch's own, at the first such gradient.
@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
@pytest.mark.parametrize("second", TRANSFORMS)
@pytest.mark.parametrize("first", TRANSFORMS)
def test_each_of_two_transforms_begins_from_the_states_outside(first: str, second: str) -> None:
    """Also one that takes the place of another, without a timestep outside between the two."""
    layer = tt.snn.LI(2, beta=0.5)
    layer(torch.ones(2))
    kept = layer.mem

    def call(name: str, function: Callable[[Tensor], Tensor] = layer) -> Tensor:
        return TRANSFORMS[name](function, torch.ones(2))

    def around(x: Tensor) -> Tensor:
        is_possible = not first == second == "functionalize"  # in PyTorch
        return torch.stack([layer(x), call(second) if is_possible else x + 0.75, layer(x)])

    ys = torch.cat([torch.stack([call(first), call(second)]), call(first, around)])
    expected = torch.tensor([1.5, 1.5, 1.5, 1.75, 1.75])
    torch.testing.assert_close(ys, expected[:, None].expand(5, 2))
    assert layer.mem is kept


# torch.utils.checkpoint


def gradients_of(model: tt.Model, xs: Tensor, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    xs.grad = None
    loss.backward()
    return {"xs": xs.grad.clone()} | {key: p.grad.clone() for key, p in model.named_parameters()}


@every_layer
def test_checkpointed_chunks_have_the_same_gradients(name: str, xs: Tensor) -> None:
    xs.requires_grad_()
    model = zoo.chain(name)
    expected = gradients_of(model, xs, run(model, xs).square().sum())
    final = model.save_states()
    model.zero_states()
    ys = [
        checkpoint(
            lambda chunk: run(model, chunk),
            chunk,
            use_reentrant=False,
            context_fn=model.replay_states,
        )
        for chunk in xs.split(2)
    ]
    loss = torch.cat(ys).square().sum()
    states = states_of(model)
    loss.backward(retain_graph=True)
    torch.testing.assert_close(gradients_of(model, xs, loss), expected)
    assert all(states_of(model)[key] is state for key, state in states.items())
    assert all(identical(final[key], state) for key, state in states.items())


@every_layer
def test_checkpointing_the_pure_step(name: str, xs: Tensor) -> None:
    xs.requires_grad_()
    model = zoo.chain(name)
    expected = gradients_of(model, xs, run(model, xs).square().sum())
    pure = tt.Stateless(model)

    def chunk(xs: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        ys = []
        for x in xs:
            y, states = pure(x, states)
            ys.append(y)
        return torch.stack(ys), states

    states: dict[str, Tensor] = {}
    outputs = []
    for part in xs.split(2):
        y, states = checkpoint(chunk, part, states, use_reentrant=False)
        outputs.append(y)
    loss = torch.cat(outputs).square().sum()
    torch.testing.assert_close(gradients_of(model, xs, loss), expected)


def test_recomputing_from_later_states_is_refused(xs: Tensor) -> None:
    model = zoo.chain("SLIB")
    xs.requires_grad_()
    y = checkpoint(lambda xs: run(model, xs), xs, use_reentrant=False)
    states = states_of(model)
    with pytest.raises(RuntimeError, match="SLIB: recomputed .* context_fn=model.replay_states"):
        y.sum().backward()
    assert all(states_of(model)[key] is state for key, state in states.items())
    model.zero_states()
    model(xs[0]).sum().backward()


@pytest.mark.parametrize("forget", [False, True])
def test_recomputing_from_other_states_is_refused(forget: bool, xs: Tensor) -> None:
    model = zoo.chain("SLIB")
    run(model, xs[:2])
    model.detach_states()
    y = checkpoint(lambda xs: run(model, xs), xs[2:], use_reentrant=False)
    if forget:
        model.zero_states()
    with pytest.raises(RuntimeError, match="context_fn=model.replay_states"):
        y.sum().backward()


# Dynamo hides this warning of its own, but not from whoever makes warnings errors.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.usefixtures("fresh_compiler")
def test_a_compiled_step_in_a_checkpoint(xs: Tensor) -> None:
    model = zoo.chain("SRLIB")
    xs.requires_grad_()
    expected = gradients_of(model, xs, run(model, xs).square().sum())
    final = model.save_states()
    model.zero_states()
    step = torch.compile(model, backend="aot_eager")
    ys = [
        checkpoint(run, step, chunk, use_reentrant=False, context_fn=model.replay_states)
        for chunk in xs.split(3)
    ]
    torch.testing.assert_close(
        gradients_of(model, xs, torch.cat(ys).square().sum()), expected, rtol=1e-5, atol=1e-6
    )
    torch.testing.assert_close(model.save_states(), final)
    model.zero_states()
    run(model, xs)


def test_reading_states_in_a_backward_pass_within_a_replayed_chunk(xs: Tensor) -> None:
    model = zoo.chain("SLIB")
    seen = []

    def chunk(xs: Tensor) -> Tensor:
        ys = run(model, xs)
        inner = xs.detach().requires_grad_()
        y = inner.square().sum()
        y.register_hook(lambda gradient: seen.append(model.net[1].mem))
        torch.autograd.grad(y, inner)
        return ys + run(model, xs)

    xs.requires_grad_()
    expected = gradients_of(model, xs, chunk(xs).square().sum())
    model.zero_states()
    y = checkpoint(chunk, xs, use_reentrant=False, context_fn=model.replay_states)
    torch.testing.assert_close(gradients_of(model, xs, y.square().sum()), expected)
    model.zero_states()
    assert identical(run(model, xs[:1]), run(zoo.chain("SLIB"), xs[:1]))


def test_a_chunk_that_begins_anew_needs_no_context(xs: Tensor) -> None:
    model = zoo.chain("SLIB")
    xs.requires_grad_()
    expected = gradients_of(model, xs, run(model, xs).square().sum())

    def sequence(xs: Tensor) -> Tensor:
        model.zero_states()
        return run(model, xs)

    y = checkpoint(sequence, xs, use_reentrant=False)
    states = states_of(model)
    torch.testing.assert_close(gradients_of(model, xs, y.square().sum()), expected)
    assert all(states_of(model)[key] is state for key, state in states.items())


# torch.autocast


@every_layer
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_keeps_the_precision_of_states(name: str, dtype: torch.dtype, xs: Tensor) -> None:
    model = zoo.chain(name)
    expected = run(model, xs)
    model.zero_states()
    for x in xs:
        with torch.autocast("cpu", dtype):
            y = model(x)
        assert {state.dtype for state in states_of(model).values()} == {torch.float32}
    torch.testing.assert_close(y.float(), expected[-1], rtol=0.1, atol=0.1)
    y.sum().backward()
    assert all(p.grad.dtype == torch.float32 for p in model.parameters())


ACCUMULATING = {
    "LI": {"beta": 0.9999},
    "SLI": {"beta": 0.9999, "alpha": 0.01},
    "DLI": {"pos_beta": 0.9999, "neg_beta": 0.9999},
    "LIB": {"beta": 0.9999, "threshold": 50.0},
    "LITS": {"beta": 0.9999, "pos_threshold": 50.0, "neg_threshold": 50.0},
    "flex.LI": {"beta": 0.9999},
}


@pytest.mark.parametrize("name", ACCUMULATING)
@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_small_increments_add_up(name: str, rank: int, dtype: torch.dtype) -> None:
    values = ACCUMULATING[name]
    layer = zoo.build(name, 2, **values, **{f"{p}_rank": rank for p in values})
    increment = torch.full((2,), 2.0**-8, dtype=dtype)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for _ in range(1000):
            layer(increment)
    total = sum(s for key, s in layer._memory.enter_scope().existing.items() if "mem" in key)
    expected = 2.0**-8 * (1 - 0.9999**1000) / (1 - 0.9999)
    torch.testing.assert_close(total, torch.full_like(total, expected), rtol=1e-3, atol=0)
    assert total.dtype == torch.promote_types(dtype, torch.float32)


@every_layer
def test_float64_throughout(name: str, xs: Tensor) -> None:
    model = zoo.chain(name).double()
    ys = run(model, xs.double())
    assert ys.dtype == torch.float64
    assert {state.dtype for state in states_of(model).values()} == {torch.float64}
