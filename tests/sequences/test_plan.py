"""How `tt.unroll` divides a model, and that every way gives what the loop gives."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from tests.support import zoo
from tests.support.equal import identical
from tests.support.plans import assert_same, layers, spiking, ways, zero_states
from tracetorch.functional import probabilistic_ste, round_ste, sigmoid4x, stochastic_round_ste
from tracetorch.sequence import operator
from tracetorch.sequence.plan.chain import _is_as_read, steps
from tracetorch.sequence.recurrence import operator as of_recurrences


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer(x)


class Functions(tt.Model):
    """A chain of modules, functions and methods."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.memory, self.last = nn.Linear(4, 4), spiking(), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.last(self.memory(2 * F.relu(self.first(x)))).sigmoid())


class InPlace(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(2) if x.dim() else x


class Branching(nn.Module):
    """What it does depends on the values of the input."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


class Counting(nn.Module):
    """It changes itself, and a list that it holds, at every timestep."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.seen = 0, []

    def forward(self, x: Tensor) -> Tensor:
        self.calls = self.calls + 1
        self.seen.append(x.shape if isinstance(x, Tensor) else x)
        return x + 1


class Feedback(tt.Model):
    """The output of one timestep is part of the input of the next."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.last = spiking(), torch.zeros(2, 4)

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.layer(x + self.last.detach())
        return self.last


class NoisyLayer(tt.Layer):
    """It draws random numbers, as nobody can know who does not read it."""

    def __init__(self, num_neurons: int) -> None:
        super().__init__(num_neurons)
        self._initialize_state("total")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.total = 0.5 * self.total + x * torch.rand_like(x)
        return self.total.clone()


def hooked() -> nn.Module:
    layer = nn.Linear(4, 4)
    layer.register_forward_hook(lambda module, inputs, output: 2 * output)
    return layer


MODELS: dict[str, tuple[Callable[[], nn.Module], list[str]]] = {
    "one layer": (spiking, ["kernel"]),
    "nothing": (nn.Sequential, ["whole"]),
    "a chain": (
        lambda: nn.Sequential(nn.Linear(4, 4), spiking(), nn.Linear(4, 4), zoo.lively("LI", 4)),
        ["whole", "kernel", "whole", "kernel"],
    ),
    "nested": (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(4, 4)), zoo.Chain(nn.ReLU(), spiking())),
        ["whole", "whole", "kernel"],
    ),
    "functions": (Functions, ["whole", "whole", "whole", "kernel", "whole", "whole", "whole"]),
    "normalized": (lambda: nn.Sequential(nn.LayerNorm(4), spiking()), ["whole", "kernel"]),
    "residual": (
        lambda: nn.Sequential(spiking(), Residual(), spiking()),
        ["kernel", "whole", "whole", "kernel"],
    ),
    "branching": (lambda: nn.Sequential(spiking(), Branching()), ["kernel", "loop"]),
    "hooked": (lambda: nn.Sequential(hooked(), spiking()), ["loop", "kernel"]),
    "in place in a loop": (
        lambda: nn.Sequential(nn.Linear(4, 4), InPlace(), spiking()),
        ["whole", "loop", "kernel"],
    ),
    "in place": (lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)), ["whole", "whole"]),
    "dropout": (lambda: nn.Sequential(nn.Dropout(0.5), spiking()), ["loop", "kernel"]),
    "no dropout": (lambda: nn.Sequential(nn.Dropout(0.5), spiking()).eval(), ["whole", "kernel"]),
    "random twice": (
        lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 4), nn.Dropout(0.5), spiking()),
        ["loop", "loop", "loop", "kernel"],
    ),
    "random layers": (
        lambda: nn.Sequential(
            spiking(quant_fn=stochastic_round_ste()), spiking(quant_fn=probabilistic_ste())
        ),
        ["loop", "loop"],
    ),
    "one random layer": (
        lambda: nn.Sequential(spiking(quant_fn=stochastic_round_ste()), nn.Linear(4, 4)),
        ["kernel", "whole"],
    ),
    "random layers written by hand": (
        lambda: nn.Sequential(NoisyLayer(4), nn.Linear(4, 4), NoisyLayer(4), spiking()),
        ["loop", "loop", "loop", "kernel"],
    ),
    "batch normalisation without statistics": (
        lambda: nn.Sequential(nn.BatchNorm1d(4, track_running_stats=False), spiking()).eval(),
        ["loop", "kernel"],
    ),
    "batch normalisation": (
        lambda: nn.Sequential(nn.BatchNorm1d(4), spiking()),
        ["loop", "kernel"],
    ),
    "frozen batch normalisation": (
        lambda: nn.Sequential(nn.BatchNorm1d(4), spiking()).eval(),
        ["whole", "kernel"],
    ),
}
"""Models, and the ways of their steps."""


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_every_way_gives_what_the_loop_gives(name: str) -> None:
    torch.manual_seed(0)
    make, expected = MODELS[name]
    module = make()
    assert ways(module) == expected
    assert_same(module, torch.randn(20, 2, 4, requires_grad=True))


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_layer_used_twice_has_one_state() -> None:
    shared = spiking()
    module = nn.Sequential(shared, nn.Linear(4, 4), shared, zoo.lively("LI", 4))
    assert ways(module) == ["loop", "loop", "loop", "kernel"]
    assert_same(module, torch.randn(20, 2, 4))


class Decaying(nn.Module):
    """It changes a module that stands elsewhere too, at every timestep."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.held = [linear]

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            self.held[0].bias.mul_(0.5)
        return x


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_what_changes_a_module_used_elsewhere_loops_with_it() -> None:
    def decaying() -> nn.Module:
        torch.manual_seed(0)
        linear = nn.Linear(4, 4)
        return nn.Sequential(linear, nn.Linear(4, 4), Decaying(linear), spiking())

    module, xs = decaying(), torch.randn(5, 2, 4)
    assert ways(module) == ["loop", "loop", "loop", "kernel"]
    expected = torch.stack([module(x) for x in xs])
    torch.testing.assert_close(tt.unroll(decaying(), xs), expected)
    norm = nn.BatchNorm1d(4)
    module = nn.Sequential(norm, nn.Linear(4, 4), norm, spiking())
    assert ways(module) == ["loop", "loop", "loop", "kernel"]
    assert_same(module, torch.randn(5, 2, 4))
    shared = nn.Sequential(
        nn.Linear(4, 4), act := nn.ReLU(), linear := nn.Linear(4, 4), act, linear
    )
    assert ways(shared) == ["whole"] * 5
    assert_same(shared, torch.randn(5, 2, 4))
    residual = Residual()
    residual.act = act
    assert ways(nn.Sequential(act, spiking(), residual)) == ["whole", "kernel", "whole", "whole"]


class Empty(nn.Module):
    """It has a length, of 0, and yet does something."""

    def __len__(self) -> int:
        return 0

    def forward(self, x: Tensor) -> Tensor:
        return x * 2 + x


def test_what_a_sequential_holds_is_run_or_refused() -> None:
    assert_same(nn.Sequential(nn.Linear(4, 4), Empty()), torch.randn(5, 2, 4))
    module = nn.Sequential(nn.Linear(4, 4))
    module.register_module("none", None)
    with pytest.raises(TypeError, match="not callable"):
        tt.unroll(module, torch.randn(5, 2, 4))


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_what_a_model_keeps_to_itself_goes_through_the_loop() -> None:
    counting = Counting()
    assert ways(counting) == ["loop"]
    assert (counting.calls, counting.seen) == (0, [])
    tt.unroll(counting, torch.ones(5, 2))
    assert (counting.calls, counting.seen) == (5, 5 * [torch.Size([2])])
    feedback, xs = Feedback(), torch.randn(5, 2, 4)
    expected = torch.stack([feedback(x) for x in xs])
    feedback.zero_states()
    feedback.last = torch.zeros(2, 4)
    assert identical(tt.unroll(feedback, xs), expected)


@pytest.mark.parametrize("shape", [(2, 3, 6, 6), (3, 6, 6)])
def test_images(shape: tuple[int, ...]) -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        zoo.lively("LIB", 4, dim=-3, quant_fn=round_ste()),
        nn.AvgPool2d(2),
        nn.GroupNorm(2, 4) if len(shape) == 4 else nn.Identity(),
        nn.MaxPool2d(2),
    )
    assert ways(module) == ["whole", "kernel", "whole", "whole", "whole"]
    assert_same(module, torch.randn(7, *shape))


def test_flattened_images() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), zoo.lively("LI", 64))
    assert ways(module) == ["whole", "whole", "kernel"]
    assert_same(module, torch.randn(7, 2, 3, 6, 6))


@pytest.mark.parametrize(
    "module, shape",
    [
        (nn.Flatten(), (5, 3)),
        (nn.LayerNorm((5, 3)), (5, 3)),
        (nn.BatchNorm1d(3).eval(), (5, 3)),
        (nn.Softmax(-2), (5, 3)),
        (nn.Conv2d(3, 4, 3), (5, 2, 2, 3, 6, 6)),
    ],
    ids=str,
)
def test_what_a_timestep_is_refused_is_refused(module: nn.Module, shape: tuple[int, ...]) -> None:
    """Even where all timesteps together would pass."""
    xs = torch.randn(shape)
    with pytest.raises((RuntimeError, ValueError, IndexError)):
        torch.stack([module(x) for x in xs])
    with pytest.raises((RuntimeError, ValueError, IndexError)):
        tt.unroll(module, xs)


@pytest.mark.parametrize("dim", [0, 1, 2, -2])
def test_time_may_be_any_dimension(dim: int) -> None:
    module = nn.Sequential(nn.Linear(4, 3), zoo.lively("LI", 3))
    xs = torch.randn(6, 2, 4)
    expected = tt.unroll(module, xs)
    zero_states(module)
    ys = tt.unroll(module, xs.movedim(0, dim) if dim != 2 else xs.movedim(0, 1), min(dim, 1))
    torch.testing.assert_close(ys.movedim(min(dim, 1), 0), expected)
    assert ys.is_contiguous()


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel")
def test_the_backward_pass_of_a_loop_fills_no_sequence_with_zeros() -> None:
    xs = torch.randn(6, 3, 4, requires_grad=True)
    ys = tt.unroll(nn.Sequential(nn.Linear(4, 4), with_a_hook(tt.rnn.GRU(4, 4))), xs)
    nodes, names = [ys.grad_fn], set()
    for node in nodes:
        names.add(type(node).__name__)
        nodes += [below for below, _ in node.next_functions if below and below not in nodes]
    assert "UnbindBackward0" in names and "SelectBackward0" not in names


def test_the_result_is_no_view_of_the_input() -> None:
    same = [nn.Identity(), nn.Sequential(), nn.Dropout().eval(), nn.Flatten()]
    in_place = [nn.ReLU(inplace=True), ByNumber(), nn.Sequential(nn.Identity(), ByNumber())]
    for module in (*same, nn.Sequential(*same), *in_place):
        xs = torch.ones(3, 2, 2)
        tt.unroll(module, xs).zero_()
        assert xs.all()


class ByNumber(nn.Module):
    """It works in place, since the second argument says so."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x, 1)


def test_a_device_without_kernels_loops() -> None:
    module, xs = spiking().to("meta"), torch.randn(5, 2, 4, device="meta")
    (step,) = tt.unroll.plan(module).steps
    assert (step.way.value, step.why) == ("loop", "there is none for meta")
    with pytest.warns(UserWarning, match="there is none for meta"):
        assert tt.unroll(module, xs).shape == xs.shape


@pytest.mark.parametrize(
    ("module", "operators"),
    [(spiking(), operator), (tt.rnn.GRU(4, 4), of_recurrences)],
    ids=["elementwise", "recurrence"],
)
def test_what_a_backend_lacks_is_the_reason(
    module: nn.Module, operators: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Backend:
        @staticmethod
        def why_not(*_: object) -> str:
            return "there is no GPU"

    monkeypatch.setattr(operators, "_backend", lambda device: Backend)
    (step,) = tt.unroll.plan(module).steps
    assert (step.way.value, step.why) == ("loop", "there is no GPU")

    def missing(device: torch.device) -> None:
        raise ImportError

    monkeypatch.setattr(operators, "_backend", missing)
    assert "without Triton: pip install triton" in tt.unroll.plan(module).steps[0].why


WHYS: dict[str, tuple[Callable[[], nn.Module], str, str]] = {
    "an activation": (nn.Tanh, "whole", "it has no memory"),
    "a linear map": (lambda: nn.Linear(4, 4), "whole", "it has no memory"),
    "no part": (nn.Sequential, "whole", "it has no memory"),
    "dropout": (nn.Dropout, "loop", "it draws random numbers at each timestep"),
    "dropout of features": (nn.Dropout1d, "loop", "it draws random numbers at each timestep"),
    "dropout of nothing": (lambda: nn.Dropout(0.0), "whole", "it has no memory"),
    "no dropout": (lambda: nn.Dropout().eval(), "whole", "it has no memory"),
    **{
        f"a batch normalisation of {dims} dimensions": (
            lambda dims=dims: getattr(nn, f"BatchNorm{dims}d")(4),  # type: ignore[misc]
            "loop",
            "its statistics are those of a timestep",
        )
        for dims in (1, 2, 3)
    },
    "one of samples alone": (
        lambda: nn.BatchNorm1d(4, track_running_stats=False).eval(),
        "loop",
        "its statistics are those of a timestep",
    ),
    "a frozen one": (lambda: nn.BatchNorm1d(4).eval(), "whole", "it has no memory"),
    "one of a sequence": (
        lambda: tt.SequenceBatchNorm(4),
        "whole",
        "its statistics are those of the sequence",
    ),
    "earlier inputs": (lambda: tt.Lags(4), "whole", "it returns earlier inputs"),
    "one mask": (lambda: tt.SequenceDropout(4), "whole", "it has one mask for all timesteps"),
    "a module of PyTorch with a memory": (
        lambda: nn.GRU(4, 4),
        "loop",
        "it is not known to treat timesteps apart",
    ),
    "two outputs": (
        lambda: nn.MaxPool1d(2, return_indices=True),
        "loop",
        "it is not known to treat timesteps apart",
    ),
    "hooks": (hooked, "loop", "it has hooks"),
    "a traced module": (
        lambda: torch.fx.symbolic_trace(nn.Tanh()),
        "loop",
        "it has a __call__ of its own",
    ),
    "a chain with a hole": (
        lambda: with_a_hole(),
        "loop",
        "it is not known to treat timesteps apart",
    ),
    "a layer by hand": (lambda: NoisyLayer(4), "loop", "it was not generated from a spec"),
}
"""Modules, how they run, and why."""


def with_a_hole() -> nn.Module:
    module = nn.Sequential(nn.Tanh())
    module.register_module("none", None)
    return module


@pytest.mark.parametrize("case", WHYS)
def test_why_a_module_runs_as_it_does(case: str) -> None:
    make, *expected = WHYS[case]
    (step,) = tt.unroll.plan(make()).steps
    assert [step.way.value, step.why] == expected


def test_a_chain_names_its_parts_and_their_ends() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Sequential())
    module = nn.Sequential(inner, nn.Identity(), nn.Sequential())
    found = tt.unroll.plan(module).steps
    assert [step.name for step in found] == ["0.0", "0.1", "1", "2"]
    ends = [step.ends for step in steps(module).steps]
    assert ends == [(inner[0],), (inner[1], inner), (module[1],), (module[2], module)]


def test_whether_what_was_read_is_still_so() -> None:
    module = nn.Sequential(nn.Dropout(0.5), nn.Tanh())
    assert _is_as_read(module, (), "", ("0", "1")) and not _is_as_read(module, (), "", ("0",))
    assert _is_as_read(module, ("0",), "p", 0.5) and not _is_as_read(module, ("0",), "p", 0.4)
    assert _is_as_read(module, ("1",), "", ()) and _is_as_read(module, (), "training", True)


class Functional(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = F.relu(x) * 2
        return y


class Foreign(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.rand_like(x) + x


def test_what_is_read_while_it_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what needs no function that was found in the forward."""
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert ways(Functional()) == ["whole", "whole"]
    (step,) = tt.unroll.plan(Foreign()).steps
    assert step.way.value == "loop" and "`torch.rand_like(x)` cannot be followed" in step.why


def test_a_plan_is_a_table_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    plan = tt.unroll.plan(
        nn.Sequential(nn.Linear(4, 4), nn.Dropout(), tt.snn.LIB(4), tt.rnn.GRU(4, 4))
    )
    assert capsys.readouterr().out == ""
    assert repr(plan) == str(plan)
    assert str(plan).splitlines() == [
        "0  Linear   whole   it has no memory",
        "1  Dropout  loop    it draws random numbers at each timestep",
        "2  LIB      kernel  tracetorch.snn.lib spike_fn=sigmoid4x quant_fn=identity",
        "3  GRU      kernel  tracetorch.rnn.gru",
    ]


def test_what_is_no_module_has_no_plan() -> None:
    with pytest.raises(TypeError, match="module must be a module, got 3"):
        tt.unroll.plan(3)


# Where no kernel can be had


CASES: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "recurrent": (
        lambda: with_a_hook(tt.rnn.GRU(4, 4)),
        r"\(GRU\): gate_layers is not a plain nn.Linear",
    ),
    "state space": (lambda: with_a_hook(tt.ssm.S6(4)), r"\(S6\): x_proj is not a plain nn.Linear"),
    "flex": (lambda: tt.snn.flex.LIB(4), "not generated from a spec"),
    "by hand": (
        lambda: type("Mine", (tt.snn.LI,), {})(4),
        r"\(Mine\): it was not generated from a spec",
    ),
    "unknown function": (lambda: spiking(spike_fn=torch.sigmoid), "spike_fn is not a function of"),
    "positional number": (
        lambda: spiking(spike_fn=partial(sigmoid4x, 4)),
        "spike_fn is not a func",
    ),
    "a tensor for a number": (
        lambda: spiking(spike_fn=partial(sigmoid4x, slope=torch.tensor(4.0))),
        "spike_fn gives sigmoid4x a slope of the type Tensor",
    ),
    "random spike_fn": (lambda: spiking(spike_fn=probabilistic_ste()), "spike_fn draws random"),
    "another step": (lambda: stepping(), "the step of SLIB is not the one"),
    "half precision": (lambda: spiking().half(), "none for torch.float16, torch.float32, only"),
    "mixed": (lambda: mixed(), "none for torch.float"),
    "in a chain": (
        lambda: nn.Sequential(with_a_hook(tt.rnn.GRU(4, 4)), spiking()),
        r"for 0 \(GRU\): gate_layers",
    ),
    "hidden": (lambda: nn.Sequential(nn.Sequential(spiking(), Hidden())), r"0.1 \(Hidden\)"),
}


def with_a_hook(layer: tt.Layer) -> tt.Layer:
    """A layer without a kernel, since something else may happen in its first linear map."""
    first = next(iter(layer.children()))
    first.register_forward_hook(lambda module, inputs, output: 0.5 * output)
    return layer


def stepping() -> tt.Layer:
    layer = spiking()
    step = layer.step
    layer.step = lambda x, states: step(2 * x, states)
    return layer


def mixed() -> tt.Layer:
    layer = spiking()
    layer.raw_beta.data = layer.raw_beta.data.double()
    return layer


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = spiking()

    def forward(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            return x + self.layer(x)


def test_an_unknown_number_is_refused_by_the_function_itself() -> None:
    layer = spiking(spike_fn=partial(sigmoid4x, alpha=4))
    with pytest.warns(UserWarning, match="an argument alpha, which is not one of its numbers"):
        with pytest.raises(TypeError, match="alpha"):
            tt.unroll(layer, torch.randn(3, 4))


@pytest.mark.parametrize("name", CASES)
def test_one_warning_says_what_is_missing(name: str) -> None:
    make, message = CASES[name]
    module, xs = make(), torch.randn(5, 2, 4)
    with pytest.raises(RuntimeError, match=message):
        tt.unroll(module, xs, strict=True)
    assert all(
        getattr(layer, name) is None for layer in layers(module) for name in layer._state_sizes
    )
    with pytest.warns(UserWarning, match=message) as caught:
        torch.manual_seed(0)
        ys = tt.unroll(module, xs)
    assert len(caught) == 1 and caught[0].filename == __file__
    zero_states(module)
    torch.manual_seed(0)
    torch.testing.assert_close(ys, torch.stack([module(x) for x in xs]))


def test_a_layer_of_the_library_loops_alone_beside_random_modules() -> None:
    """It certainly draws nothing, other than one by hand."""
    layers = [tt.snn.flex.LIB(4), type("Mine", (tt.snn.LI,), {"__module__": __name__})(4)]
    found = [ways(nn.Sequential(layer, nn.Linear(4, 4), nn.Dropout())) for layer in layers]
    assert found == [["loop", "whole", "loop"], ["loop", "loop", "loop"]]


def test_a_random_layer_of_the_library_loops_with_other_random_modules() -> None:
    """Whether its functions draw or, as a layer with noise, it does itself."""
    noisy = tt.snn.flex.LIB(4)
    noisy._is_random = True
    for layer in (tt.snn.flex.LIB(4, quant_fn=stochastic_round_ste()), noisy):
        assert ways(nn.Sequential(layer, nn.Linear(4, 4), nn.Dropout())) == 3 * ["loop"]


def test_a_class_edited_by_hand_loops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernel would compute what it was printed from."""
    spec = Path(__file__).parents[2] / "docs" / "neurons" / "izhikevich.yaml"
    main(["generate", "--spec", str(spec), "--out", str(tmp_path / "edited")])
    path = tmp_path / "edited" / "izhikevich.py"
    path.write_text(path.read_text().replace("0.04 * mem", "0.05 * mem"))
    monkeypatch.syspath_prepend(tmp_path)
    layer, xs = importlib.import_module("edited").Izhikevich(4), torch.randn(5, 2, 4)
    with pytest.warns(UserWarning, match="the step of Izhikevich is not the one"):
        ys = tt.unroll(layer, xs)
    layer.zero_states()
    assert identical(ys, torch.stack([layer(x) for x in xs]))


def test_hooks_on_all_modules_loop() -> None:
    handle = nn.modules.module.register_module_forward_hook(lambda module, x, y: None)
    try:
        assert ways(nn.Sequential(nn.Linear(4, 4), spiking())) == ["loop"]
    finally:
        handle.remove()


def test_transforms_go_through_the_loop() -> None:
    layer, xs = spiking(quant_fn=nn.Identity()), torch.randn(5, 2, 4)
    with pytest.warns(UserWarning, match="none for transforms of torch.func"):
        gradient = torch.func.grad(lambda xs: tt.unroll(layer, xs).sum())(xs)
    given = xs.clone().requires_grad_()
    tt.unroll(layer, given).sum().backward()
    torch.testing.assert_close(gradient, given.grad)


def test_kernels_have_no_second_derivatives() -> None:
    xs = torch.randn(5, 2, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(tt.unroll(spiking(), xs).sum(), xs, create_graph=True)
    with pytest.raises(NotImplementedError, match="run the loop"):
        gradient.sum().backward()


def test_no_warning_where_only_modules_without_memory_loop() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tt.unroll(nn.Sequential(nn.Dropout(), spiking()), torch.randn(5, 2, 4), strict=True)
