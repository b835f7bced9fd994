"""Networks in C return what they return in PyTorch: drawn ones, and the digits network."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import tracetorch as tt
from codegen.deploy import deploy
from codegen.grammar import layers
from codegen.kernels.kernel import why_not
from codegen.model import FunctionKind, Package
from codegen.reading.load import load_library
from tests.support import zoo
from tests.support.cases import NUMBERED, SPIKES
from tests.support.deployed import STRICT, check, has, in_c, in_torch, run
from tests.support.equal import identical
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
EXAMPLES, SPEC = ROOT / "docs" / "examples", ROOT / "spec"
HARD = tt.functional.round_ste()
QUANTIZERS = [HARD, HARD, HARD, nn.Identity(), tt.functional.round_ste(0.25)]


def sequences(*sizes: int, number: int = 3, scale: float = 2.0) -> list[Tensor]:
    """Sequences of several lengths."""
    return [scale * torch.randn(5 + 4 * i, *sizes) for i in range(number)]


def disturb(model: nn.Module) -> nn.Module:
    """Give each neuron parameters of its own."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return model


def spiking(name: str, size: int, **options: Any) -> tt.Layer:
    fire = {"quant_fn": HARD} if zoo.fires(name) else {}
    return zoo.build(name, size, **(fire | options))


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_hard_layers_return_the_same_bits(family: str, tmp_path: Path) -> None:
    """Nothing but what PyTorch rounds is rounded, where no function of the C library is called."""
    torch.manual_seed(0)
    layers = [spiking(name, 7) for name in zoo.NAMES if zoo.family(name) == family]
    model, xs = disturb(nn.Sequential(*layers)), sequences(7, scale=5.0)
    found = check(model, xs, tmp_path)
    for own, wanted in zip(found, in_torch(model, xs)):
        assert identical(own, wanted)
    assert "math.h" not in (tmp_path / "net.c").read_text()
    if zoo.fires(layers[0].__class__.__name__):
        assert any(output.count_nonzero() for output in found)


ELEMENTWISE = {
    package: [layer for layer in layers(package) if not why_not(layer)]
    for package in load_library(SPEC).zoo.packages
}


@pytest.mark.parametrize(
    "package", [one for one in ELEMENTWISE if ELEMENTWISE[one]], ids=lambda package: package.name
)
def test_neurons_of_the_zoo(package: Package, tmp_path: Path) -> None:
    """In a chain with maps whose sums are exact, so that all spikes are equal."""
    torch.manual_seed(0)
    place = importlib.import_module(f"tracetorch.{package.place}")
    modules: list[nn.Module] = []
    for layer in ELEMENTWISE[package]:
        quantizers = (f for f in layer.functions if f.kind is FunctionKind.QUANTIZER)
        neuron = getattr(place, layer.name)(5, **{f.name: HARD for f in quantizers})
        modules += [neuron, amplifier()]
    model, xs = nn.Sequential(*modules[:-1]), sequences(5, number=2)
    found = check(model, xs, tmp_path, compiler=("gcc", "-O0"))
    assert all(map(torch.equal, found, in_torch(model, xs)))


def amplifier() -> nn.Linear:
    made = nn.Linear(5, 5)
    with torch.no_grad():
        made.weight.copy_(4 * torch.eye(5))
        made.bias.fill_(1.0)
    return made


@st.composite
def networks(draw: st.DrawFn) -> nn.Sequential:
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    modules: list[nn.Module] = []
    for before, size in zip(sizes, sizes[1:]):
        modules.append(nn.Linear(before, size, bias=draw(st.booleans())))
        name = draw(st.sampled_from(zoo.NAMES))
        options: dict[str, Any] = {
            f"{parameter}_rank": draw(st.integers(0, 1)) for parameter in zoo.parameters(name)
        }
        if zoo.fires(name):
            options["spike_fn"] = draw(st.sampled_from([*SPIKES, *NUMBERED]))
            options["quant_fn"] = draw(st.sampled_from(QUANTIZERS))
        modules.append(zoo.build(name, size, **options))
        modules += [nn.Dropout()] * draw(st.booleans())
    return nn.Sequential(*modules[: len(modules) - draw(st.integers(0, 1))])


@settings(max_examples=20)
@given(networks(), st.integers(0, 999))
def test_drawn_networks(model: nn.Sequential, seed: int) -> None:
    torch.manual_seed(seed)
    with TemporaryDirectory() as folder:
        check(disturb(model), sequences(_first(model).in_features), Path(folder))


def _first(model: nn.Sequential) -> nn.Linear:
    first = model[0]
    assert isinstance(first, nn.Linear)
    return first


@st.composite
def images(draw: st.DrawFn) -> tuple[nn.Sequential, tuple[int, ...]]:
    """A convolution of images or signals, perhaps of spikes, and a pooling of its result."""
    dimensions, groups = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    sizes = [draw(st.integers(10, 13)) for _ in range(dimensions)]
    channels, maps = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(dimensions))

    stride, kernel = each(1, 2), each(1, 3)
    same = all(step == 1 for step in stride) and draw(st.booleans())
    padding: Any = "same" if same else draw(st.sampled_from(["valid", each(0, 2)]))
    convolution = (nn.Conv1d, nn.Conv2d)[dimensions - 1](
        channels, maps, kernel, stride, padding, each(1, 2), groups, bias=draw(st.booleans())
    )
    dim = -1 - dimensions
    before = draw(st.sampled_from(["", "SLIB", "RLIT", "LITS"]))
    after = draw(st.sampled_from(["", "LIB", "DLI"]))
    size = draw(st.integers(1, 2))
    wide: dict[str, Any] = {"kernel_size": size, "padding": size // 2 * draw(st.integers(0, 1))}
    if draw(st.booleans()):
        wide["dilation"] = draw(st.integers(1, 2))
        pool: nn.Module = (nn.MaxPool1d, nn.MaxPool2d)[dimensions - 1](**wide)
    else:
        wide["count_include_pad"] = draw(st.booleans())
        pool = (nn.AvgPool1d, nn.AvgPool2d)[dimensions - 1](**wide)
    modules = [
        *([spiking(before, channels, dim=dim)] if before else []),
        convolution,
        *([spiking(after, maps, dim=dim)] if after else []),
        pool,
        nn.Flatten(),
    ]
    return nn.Sequential(*modules), (channels, *sizes)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@settings(max_examples=20)
@given(images(), st.integers(0, 999))
def test_drawn_convolutions(drawn: tuple[nn.Sequential, tuple[int, ...]], seed: int) -> None:
    model, sizes = drawn
    torch.manual_seed(seed)
    with TemporaryDirectory() as folder:
        check(disturb(model), sequences(*sizes), Path(folder))


@pytest.mark.parametrize("dim", [-1, -2, -3, 1, 2, 3])
def test_features_in_any_dimension(dim: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    sizes = (2, 3, 4)
    size = sizes[dim - 1 if dim > 0 else dim]
    model = disturb(nn.Sequential(tt.snn.DSRLIT(size, dim=dim, quant_fn=HARD)))
    check(model, sequences(*sizes), tmp_path)


class Digits(nn.Module):
    """A forward that calls its modules one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 2, 3), nn.Linear(72, 3)
        self.fire = tt.snn.LIB(2, dim=-3, quant_fn=HARD)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fire(self.first(x))
        return self.second(torch.flatten(x.flatten(2, end_dim=3), start_dim=1))


def test_a_forward_that_calls_modules_in_order(tmp_path: Path) -> None:
    torch.manual_seed(0)
    check(Digits(), sequences(1, 8, 8), tmp_path)


class Named(nn.Module):
    """Modules whose names are words of C, of the files, or the same but for a point."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 4), tt.snn.LIB(4, quant_fn=HARD))
        self.net_0, self.volatile = nn.Linear(4, 4), tt.SequenceDropout(4)
        self.main, self.exp, self.positive = tt.snn.DLI(4), nn.Linear(4, 2), tt.snn.LI(2)

    def forward(self, x: Tensor) -> Tensor:
        return self.positive(self.exp(self.main(self.volatile(self.net_0(self.net(x))))))


def test_names_of_modules(tmp_path: Path) -> None:
    torch.manual_seed(0)
    check(disturb(Named()), sequences(3), tmp_path)
    assert "static void net_0_linear_2(" in (tmp_path / "net.c").read_text()


def test_the_model_is_left_as_it_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(), tt.snn.LI(4))
    model(torch.randn(2, 3))
    before = model[2].mem.clone()
    in_c(model, sequences(3), tmp_path)
    assert model.training and identical(model[2].mem, before)


def files_of(model: nn.Module, inputs: Tensor | None, folder: Path) -> dict[str, str]:
    deploy(model, folder, inputs)
    return {path.name: path.read_text() for path in folder.iterdir()}


class Moved(nn.Sequential):
    """Says where it is moved."""

    places: list[str] = []

    def cpu(self) -> nn.Sequential:  # type: ignore[override]
        self.places.append("cpu")
        return super().cpu()


def test_a_model_as_it_is_trained(tmp_path: Path) -> None:
    """It is written as it computes in evaluation, on the CPU and in single precision."""
    torch.manual_seed(0)
    modules = [nn.Linear(3, 4), nn.Dropout(), tt.snn.LI(4), tt.SequenceDropout(4)]
    inputs = torch.randint(-3, 3, (6, 3))
    wanted = files_of(Moved(*modules).eval(), inputs.float(), tmp_path)
    assert files_of(Moved(*modules).train(), inputs, tmp_path) == wanted
    assert files_of(Moved(*modules), inputs.double().requires_grad_(), tmp_path) == wanted
    assert Moved.places == ["cpu"] * 3


def test_files_of_a_network_without_arrays(tmp_path: Path) -> None:
    files = files_of(nn.Sequential(tt.snn.LI(4)), None, tmp_path)
    assert files.keys() == {"main.c", "net.c", "net.h", "recorded.h"}
    assert "weights.h" not in files["net.c"]


@pytest.fixture(scope="module")
def digits() -> tuple[Any, list[Tensor]]:
    """The network of the example after two epochs, and its test images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        script = importlib.import_module("digits")
    torch.manual_seed(0)
    model = script.Digits()
    train, validation, test = script.load_data()
    script.train_model(model, train, validation, epochs=2)
    return model, list(test.images[:100])


def test_digits(digits: tuple[Any, list[Tensor]], tmp_path: Path) -> None:
    model, images = digits
    check(model, images, tmp_path, compiler=("gcc", "-O2"))
    text = (tmp_path / "net.c").read_text()
    assert "math.h" not in text and text.count("signed char *outputs") == 2
    assert "outputs[o] -= weight[o]" in text and "weight[o] * x" not in text


@pytest.mark.parametrize("depth", [2, 4])
def test_every_spike_of_the_digits_network(
    digits: tuple[Any, list[Tensor]], depth: int, tmp_path: Path
) -> None:
    model, images = digits
    spikes = nn.Sequential(*[*model.first, *model.rest][:depth])
    found = torch.cat(check(spikes, images, tmp_path, compiler=("gcc", "-O2")))
    assert found.unique().tolist() == [-1, 0, 1]
    assert identical(found, torch.cat(in_torch(spikes, images)))


COMPILERS = [
    ("gcc", "-O3", "-march=native"),
    ("clang", "-O3", "-march=native"),
    ("arm-linux-gnueabihf-gcc", "-O2", "-static"),
]


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler[0])
def test_other_compilers_and_32_bits(compiler: tuple[str, ...], tmp_path: Path) -> None:
    runner = ("qemu-arm",) if compiler[0].startswith("arm") else ()
    if not has(compiler[0], *runner):
        pytest.skip(f"{' and '.join((compiler[0], *runner))} are not installed")
    torch.manual_seed(0)
    hard = [spiking(name, 9) for name in ("DSRLIT", "LIB", "DSLI")]
    xs = sequences(9)
    found = check(disturb(nn.Sequential(*hard)), xs, tmp_path, compiler=compiler, runner=runner)
    for own, wanted in zip(found, in_torch(nn.Sequential(*hard), xs)):
        assert identical(own, wanted)  # no product is added without being rounded
    smooth = nn.Sequential(nn.Linear(9, 4), tt.snn.SRLITS(4), nn.Linear(4, 2))
    check(disturb(smooth), xs, tmp_path, compiler=compiler, runner=runner)


def test_the_program_checks_itself(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), tt.snn.LIB(8, quant_fn=HARD), nn.Linear(8, 2))
    in_c(model, sequences(3), tmp_path)
    sources = ["main.c", "net.c", "weights.c"]
    build = ["gcc", *STRICT, *(tmp_path / name for name in sources), "-o", tmp_path / "check"]
    run(build)
    assert b"all 2 outputs of 5 timesteps agree with PyTorch" in run([tmp_path / "check"])
    net = tmp_path / "net.c"
    net.write_text(net.read_text().replace("= beta * mem + x", "= beta * mem + 2 * x"))
    run(build)
    with pytest.raises(AssertionError, match="timestep 0, output 0: .*, but .* in PyTorch"):
        run([tmp_path / "check"])


GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", ["net.c", "net.h", "main.c"])
def test_the_files_are_as_reviewed(name: str, tmp_path: Path) -> None:
    """To accept a change, set UPDATE_GOLDEN=1. Numbers depend on the processor."""
    hard = {"quant_fn": tt.functional.round_ste()}
    model = nn.Sequential(
        tt.snn.DLIT(1, dim=-2, **hard),
        nn.Conv1d(1, 2, 3, padding="same", bias=False),
        tt.snn.LIB(2, dim=-2, **hard),
        nn.MaxPool1d(2),
        nn.Flatten(),
        nn.Linear(4, 3),
        tt.snn.SLITS(3, spike_fn=tt.functional.arctan),
        tt.zoo.Izhikevich(3),
    )
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.5)
    deploy(model, tmp_path, torch.ones(2, 1, 4))
    text = (tmp_path / name).read_text(encoding="utf-8")
    found = re.sub(r"\b\d[\d.e+-]*f\b|(?<=follows: )\w+", "#", text)
    assert_as_reviewed(found, GOLDEN / name)
