"""Forwards that are a plain chain, and those that only look like one and must go through the loop."""

from __future__ import annotations

import functools
import importlib
import linecache
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import zoo
from test_plan import assert_same, spiking, ways
from torch import Tensor, nn

import tracetorch as tt
from tracetorch.functional import sigmoid4x, stochastic_round_ste
from tracetorch.snn import LIB


class Net(tt.Model):
    """What the forwards below may use."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.layer = nn.Linear(4, 4), spiking(quant_fn=nn.Identity())
        self.layers = nn.ModuleList([nn.Linear(4, 4), spiking(), nn.Linear(4, 4)])
        self.register_buffer("kept", torch.zeros(2, 4))
        self.line, self.scale, self.tanh = deque(maxlen=3), 0.5, nn.Softmax(0)


# Chains


class Plain(Net):
    def forward(self, x: Tensor) -> Tensor:
        """A docstring is no matter."""
        h: Tensor = self.encode(x)
        h = F.relu(h) * 2 + 0.5
        for layer in self.layers:
            h = F.leaky_relu(layer(h), 0.1)
        return self.layer(-h.tanh() / 3 - 1)


class Indexed(Net):
    def forward(self, x):
        return self.layers[1](self.layers[0](x))


# Everything else


class WithoutGradients(Net):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            h = self.encode(x)
        return self.layer(h)


class Decorated(Net):
    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.encode(x))


class Rounding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


class OwnGradient(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(Rounding.apply(self.encode(x)))


class Detaching(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.detach_states()
        return self.layer(self.encode(x))


class Forgetting(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.zero_states()
        return self.layer(self.encode(x))


class ReadingStates(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x)
        return y + self.layer.mem


class Remembering(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.kept.mul_(0.9).add_(x.detach())
        return self.layer(self.kept.clone())


class Delaying(Net):
    def forward(self, x: Tensor) -> Tensor:
        self.line.append(x)
        return self.layer(self.line[0] * 0.5)


class Noisy(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x + 0.1 * torch.randn(4))


class AskingForTensors(Net):
    def forward(self, x: Tensor) -> Tensor:
        if isinstance(x, Tensor):
            x = self.encode(x)
        return self.layer(x)


class Skipping(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.encode(x)
        return self.layer(y) + x


class ReadingAgain(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.encode(x)
        return self.layer(x) if self.scale > 1 else self.layer(y)


class ByKeyword(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.tanh(input=x))


class Calling(Net):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) * 3

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


def increased(x: Tensor) -> Tensor:
    return x + 1


relu = F.relu


class OwnFunction(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(increased(x))


def outer() -> type[Net]:
    relu = torch.neg

    class Enclosed(Net):
        def forward(self, x: Tensor) -> Tensor:
            return self.layer(relu(x))

    return Enclosed


class Renaming(Net):
    def forward(self, x: Tensor) -> Tensor:
        F = self.encode(x)
        y = self.layer(F)
        return F.add(y)


class Shadowing(Net):
    def forward(self, x: Tensor) -> Tensor:
        self = x
        return self.tanh()


@pytest.mark.parametrize("model", [Plain, Indexed])
def test_a_plain_chain_is_read(model: type[Net]) -> None:
    torch.manual_seed(0)
    made = model()
    assert "loop" not in ways(made) and "kernel" in ways(made)
    assert_same(made, torch.randn(20, 2, 4))


OTHERS = [
    *(WithoutGradients, Decorated, OwnGradient, Detaching, Forgetting, ReadingStates),
    *(Remembering, Delaying, Noisy, AskingForTensors, Skipping, ReadingAgain, ByKeyword),
    *(Calling, OwnFunction, Shadowing, Renaming, outer()),
]


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_everything_else_is_what_the_loop_makes_of_it(model: type[Net]) -> None:
    torch.manual_seed(0)
    made = model()
    generator = torch.get_rng_state()
    assert ways(made) == ["loop"]
    assert torch.equal(torch.get_rng_state(), generator) and not made.line and not made.kept.any()
    results = []
    for way in (lambda xs: torch.stack([made(x) for x in xs]), lambda xs: tt.unroll(made, xs)):
        made.zero_states()
        made.zero_grad()
        made.line.clear()
        made.kept.zero_()
        torch.manual_seed(1)
        xs = torch.randn(20, 2, 4, requires_grad=True)
        ys = way(xs)
        if ys.requires_grad:
            ys.square().sum().backward()
        results.append([ys, xs.grad, made.kept.clone(), *(p.grad for p in made.parameters())])
    for expected, actual in zip(*results):
        assert (expected is None) == (actual is None)
        assert expected is None or torch.allclose(actual, expected, atol=1e-6)


class Hiding(nn.Module):
    """It holds a layer that stands elsewhere too."""

    def __init__(self, layer: tt.Layer) -> None:
        super().__init__()
        self.held = [layer]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.held[0](x)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_a_layer_that_is_hidden_in_another_step_remembers_once() -> None:
    layer = spiking()
    module = nn.Sequential(layer, nn.Linear(4, 4), Hiding(layer), spiking())
    assert ways(module) == ["loop", "loop", "loop", "kernel"]
    assert_same(module, torch.randn(20, 2, 4))


@functools.wraps(sigmoid4x)
def alike(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_names_do_not_deceive() -> None:
    name = LIB.__name__

    def step(self: Any, x: Tensor, states: Any) -> Any:
        return LIB.step(self, 2 * x, states)

    local = type(name, (LIB,), {"step": step, "__module__": __name__})
    linear = type(
        "Linear",
        (nn.Linear,),
        {"forward": lambda self, x: 2 * x, "__module__": nn.Linear.__module__},
    )
    for module in (spiking(spike_fn=alike), local(4), linear(4, 4)):
        assert ways(module) == ["loop"]
        assert_same(nn.Sequential(nn.Linear(4, 4), module), torch.randn(20, 2, 4))


def test_random_numbers_follow_the_memory_of_images() -> None:
    xs = torch.randn(20, 2, 4, 3, 3).contiguous(memory_format=torch.channels_last_3d)
    xs = torch.stack([x.contiguous(memory_format=torch.channels_last) for x in xs])
    assert_same(spiking(dim=-3, quant_fn=stochastic_round_ste()), xs)


@pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")
def test_parameters_and_states_of_other_shapes_and_dtypes_are_the_loops() -> None:
    odd_shape = zoo.lively("SLIB", 4)
    odd_shape.raw_threshold = nn.Parameter(torch.tensor([0.5]))
    odd_state = zoo.lively("SLIB", 4)
    for layer in (odd_shape, odd_state):
        results = []
        for way in (
            lambda xs: torch.stack([layer(x) for x in xs]),
            lambda xs: tt.unroll(layer, xs),
        ):
            layer.zero_states()
            layer(torch.ones(2, 4))
            if layer is odd_state:
                layer.mem = layer.mem.double()
            torch.manual_seed(0)
            results.append(way(torch.randn(20, 2, 4)))
        torch.testing.assert_close(*results)


def test_inputs_of_inference_mode_can_train() -> None:
    with torch.inference_mode():
        xs = torch.randn(20, 2, 4)
    layer = spiking()
    tt.unroll(layer, xs).square().sum().backward()
    assert layer.raw_beta.grad.any()


def test_a_layer_by_hand_in_a_notebook() -> None:
    """Whose module is `__main__`, without a file."""
    code = (
        "import torch, tracetorch as tt\n"
        "class Mine(tt.snn.LI): pass\n"
        "print(tt.unroll(Mine(3), torch.ones(2, 3)).shape)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "torch.Size([2, 3])" in run.stdout and "(Mine): it was not generated from a spec" in run.stderr


def test_a_forward_whose_source_is_not_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an edit in a running session, or typed where nothing keeps the text."""
    path = tmp_path / "edited_forward.py"
    text = "from torch import nn\nclass Made(nn.Module):\n    def forward(self, x):\n        return x * 2\n"
    path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("edited_forward")
    path.write_text(text.replace("x * 2", "x * 3 "))
    linecache.checkcache(str(path))
    typed: dict[str, Any] = {"__name__": "typed"}
    exec(text, typed)
    for made, reason in ((module.Made(), "is not what runs"), (typed["Made"](), "cannot be read")):
        (step,) = tt.unroll.plan(made).steps
        assert step.way.value == "loop" and reason in step.why
        assert torch.equal(tt.unroll(made, torch.ones(2, 3)), 2 * torch.ones(2, 3))
