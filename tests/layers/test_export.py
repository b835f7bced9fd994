"""Exported by PyTorch, a timestep of every layer does what it does in the loop, for any batch size."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Collection
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy
import pytest
import torch
from torch import Tensor, nn
from torch._higher_order_ops.scan import scan
from torch.export import Dim, ExportedProgram

import tracetorch as tt
from tests.support import zoo
from tests.support.peers import peer

# Words of PyTorch's to itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec"),
    pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated"),
]

LIBRARIES = [tt.zoo.norse, tt.zoo.sinabs, tt.zoo.snntorch, tt.zoo.spikingjelly]
FEATURES = 4
HARD = {"quant_fn": tt.functional.round_ste()}
SMOOTH = {"quant_fn": nn.Identity()}
OTHER = {
    "zoo.RWKV": {"heads": 2},  # it normalizes the features of each head, so one alone is refused
    "zoo.snntorch.SLSTM": {"threshold": 0.2},  # its membrane is always below 1
}


CLASSES = {name: zoo.layer_class(name) for name in zoo.ALL} | zoo.of_the_zoo()
"""Every class that has a timestep."""

SPIKES = {
    f"{package.__name__.removeprefix('tracetorch.')}.{name}": getattr(package, name)
    for package in (tt.functional.spikes, *LIBRARIES)
    for name in package.__all__
    if inspect.isfunction(getattr(package, name))
}

COVER = [
    "functional.spikes.gaussian",
    "DRLIB",
    "GRU",
    "Mamba",
    "zoo.LIBK",
    "zoo.LTC",
    "zoo.MLSTM",
    "zoo.PMSN",
    "zoo.RWKV",
    "zoo.norse.Izhikevich",
    "zoo.snntorch.Alpha",
    "zoo.spikingjelly.STBIF",
]
"""Layers that together have every operator that any layer has."""


def make(name: str, options: dict[str, nn.Module] = HARD) -> tt.Layer:
    """A layer with parameters changed at random, so that none has a special value."""
    torch.manual_seed(0)
    if name in SPIKES:
        return tt.snn.LIB(FEATURES, spike_fn=SPIKES[name], **options)
    parameters = inspect.signature(CLASSES[name]).parameters
    sizes = {key: FEATURES for key, one in parameters.items() if one.default is one.empty}
    taken = {key: value for key, value in options.items() if key in parameters}
    layer = CLASSES[name](**{**sizes, **taken, **OTHER.get(name, {})})
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.1 * torch.rand_like(parameter)
    return layer


Dims = Collection[int]
Timestep = Callable[[Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]


@torch.no_grad()
def run(
    timestep: Timestep, xs: Tensor, states: dict[str, Tensor]
) -> tuple[Tensor, dict[str, Tensor]]:
    ys = []
    for x in xs:
        y, states = timestep(x, states)
        ys.append(y)
    return torch.stack(ys), states


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


class Scaled(nn.Module):
    """A layer whose inputs are scaled until its output changes."""

    def __init__(self, layer: tt.Layer) -> None:
        super().__init__()
        self.layer = layer
        for self.scale in (1, 5, 25, 125, 625):
            ys, _ = run(tt.Stateless(self), noise(8, 5, FEATURES), {})
            if ys.isfinite().all() and len(ys.unique()) > 1:
                return
        raise AssertionError("no input makes it spike")

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.scale * x)


def export(
    module: nn.Module, x: Tensor, states: dict[str, Tensor], of_x: Dims, of_states: Dims = (0,)
) -> ExportedProgram:
    """The program of a timestep or of a sequence, for any size in these dimensions."""
    of_each = dict.fromkeys(of_states, Dim.DYNAMIC)
    shapes = (dict.fromkeys(of_x, Dim.DYNAMIC), dict.fromkeys(states, of_each))
    with torch.no_grad():
        return torch.export.export(module, (x, states), dynamic_shapes=shapes)


@cache
def exported(name: str) -> tuple[tt.Stateless, ExportedProgram]:
    step, x = tt.Stateless(Scaled(make(name))).eval(), noise(3, FEATURES)
    return step, export(step, x, step.initial_states(x), {0})


def operators(program: ExportedProgram) -> set[str]:
    return {str(node.target) for node in program.graph.nodes if node.op == "call_function"}


@pytest.mark.parametrize("name", [*CLASSES, *SPIKES])
def test_torch_export(name: str) -> None:
    step, program = exported(name)
    module = program.module()
    for batch in (5, 1):
        xs = noise(8, batch, FEATURES)
        ys = run(module, xs, step.initial_states(xs[0]))
        torch.testing.assert_close(ys, run(step, xs, {}))
    covered = set().union(*(operators(exported(other)[1]) for other in COVER))
    assert operators(program) <= covered, "add a layer that has these to COVER"


def test_torch_export_without_a_batch() -> None:
    step = tt.Stateless(make("SLIT")).eval()
    xs = noise(8, FEATURES)
    states = step.initial_states(xs[0])
    ys = run(export(step, xs[0], states, (), ()).module(), xs, states)
    torch.testing.assert_close(ys, run(step, xs, {}))


# In a fresh process, without tracetorch


class Together(nn.Module):
    """Layers side by side, every other one with hard spikes."""

    def __init__(self) -> None:
        super().__init__()
        layers = [Scaled(make(*pair)) for pair in zip(COVER, cycle((HARD, SMOOTH)))]
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([layer(x) for layer in self.layers], 1)


class Sequence(nn.Module):
    """All timesteps, one after the other."""

    def __init__(self, timestep: nn.Module) -> None:
        super().__init__()
        self.timestep = timestep

    def forward(self, xs: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        def timestep(states: dict[str, Tensor], x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
            y, after = self.timestep(x, states)
            return after, y

        after, ys = scan(timestep, states, xs)
        return ys, after


CHECK = """
import sys
import numpy
import onnxruntime


def states(prefix):
    return {key.removeprefix(prefix): file[key] for key in file if key.startswith(prefix)}


def close(actual, expected):
    numpy.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def check(timestep):
    for batch in (5, 1):
        memory = {key: state[:batch] for key, state in states("before.").items()}
        for x, y in zip(file["xs"], file["ys"], strict=True):
            output, memory = timestep(x[:batch], memory)
            close(output, y[:batch])
        for key, state in states("after.").items():
            close(memory[key], state[:batch])


for network in sys.argv[1:]:
    file = dict(numpy.load(f"{network}.npz"))
    step = onnxruntime.InferenceSession(f"{network}.x.onnx")

    def timestep(x, memory):
        y, *after = step.run(None, {"x": x, **memory})
        return y, dict(zip(memory, after, strict=True))

    check(timestep)

file = dict(numpy.load("images.npz"))
sequence = onnxruntime.InferenceSession("images.xs.onnx")
ys, *after = sequence.run(None, {"xs": file["xs"], **states("before.")})
close(ys, file["ys"])
for actual, expected in zip(after, states("after.").values(), strict=True):
    close(actual, expected)

assert "torch" not in sys.modules
import torch

for network in sys.argv[1:]:
    file = dict(numpy.load(f"{network}.npz"))
    program = torch.export.load(f"{network}.pt2").module()

    def timestep(x, memory):
        tensors = {key: torch.from_numpy(state) for key, state in memory.items()}
        y, after = program(torch.from_numpy(x), tensors)
        return y.detach(), {key: state.detach().numpy() for key, state in after.items()}

    check(timestep)

assert "tracetorch" not in sys.modules
"""


def image_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), zoo.lively("SLIB", 4, dim=-3), nn.Conv2d(4, 2, 1))


def save_onnx(program: ExportedProgram, file: Path, inputs: str, states: Collection[str]) -> None:
    after = [f"next.{name}" for name in states]
    names = {"input_names": [inputs, *states], "output_names": ["y", *after]}
    torch.onnx.export(program, f=file, verbose=False, **names)


def save(network: nn.Module, xs: Tensor, path: Path) -> tuple[ExportedProgram, dict[str, Tensor]]:
    """Export a timestep with a smaller batch; save inputs, states and outputs over time."""
    step = tt.Stateless(network).eval()
    example = xs[0, :3]
    states = step.initial_states(example)
    program = export(step, example, states, {0})
    torch.export.save(program, path.with_suffix(".pt2"))
    save_onnx(program, path.with_suffix(".x.onnx"), "x", states)
    ys, after = run(step, xs, {})
    arrays = {f"before.{name}": state for name, state in step.initial_states(xs[0]).items()}
    arrays |= {f"after.{name}": state for name, state in after.items()}
    numpy.savez(path.with_suffix(".npz"), xs=xs, ys=ys, **arrays)
    return program, states


def test_in_a_fresh_process(tmp_path: Path) -> None:
    peer("onnxruntime")
    save(Together(), noise(8, 5, FEATURES), tmp_path / "layers")
    images = noise(8, 5, 2, 6, 5)
    program, states = save(image_network(), images, tmp_path / "images")
    sequence = export(Sequence(program.module()), images[:3, :3], states, {0, 1})
    save_onnx(sequence, tmp_path / "images.xs.onnx", "xs", states)
    check = [sys.executable, "-c", CHECK, "layers", "images"]
    subprocess.run(check, check=True, cwd=tmp_path)


def test_random_spikes_in_onnx(tmp_path: Path) -> None:
    onnxruntime = peer("onnxruntime")
    layer = tt.snn.LIB(FEATURES, quant_fn=tt.functional.stochastic_round_ste())
    step, x = tt.Stateless(layer).eval(), torch.ones(2, FEATURES)
    states = step.initial_states(x)
    save_onnx(export(step, x, states, {0}), tmp_path / "step.onnx", "x", states)
    session = onnxruntime.InferenceSession(tmp_path / "step.onnx")
    many = numpy.ones((10000, FEATURES), numpy.float32)
    spikes, others = (session.run(["y"], {"x": many, "mem": 0 * many})[0] for _ in range(2))
    assert set(spikes.flat) == {0.0, 1.0} and (spikes != others).any()
    assert abs(spikes.mean() - 0.5) < 0.01  # at the threshold


def test_a_sequence_with_a_window_needs_a_fixed_batch(tmp_path: Path) -> None:
    peer("onnxruntime")
    step, program = exported("zoo.SlidingPSN")
    xs = noise(4, 3, FEATURES)
    states = step.initial_states(xs[0])
    sequence = Sequence(program.module())
    with pytest.raises(torch.onnx.OnnxExporterError):
        save_onnx(export(sequence, xs, states, {0, 1}), tmp_path / "any.onnx", "xs", states)
    save_onnx(export(sequence, xs, states, {0}, ()), tmp_path / "fixed.onnx", "xs", states)
