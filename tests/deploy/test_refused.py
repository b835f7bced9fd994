"""What cannot be written as C is refused, all of it at once, and nothing is written."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.deploy import DeployError, deploy
from codegen.deploy.network import _library
from tests.support.deployed import run

HARD = tt.functional.round_ste()


def problems(model: nn.Module, folder: Path, inputs: Tensor | None = None) -> list[str]:
    with pytest.raises(DeployError) as refused:
        deploy(model, folder / "net", inputs)
    assert not (folder / "net").exists()
    return str(refused.value).split("\n")


def test_all_problems_in_one_error(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Linear(3, 4),
        nn.BatchNorm1d(4),
        tt.rnn.GRU(4, 4),
        nn.Tanh(),
        tt.snn.LIB(4, quant_fn=tt.functional.stochastic_round_ste()),
    )
    modules = "is none of Linear, Conv1d, Conv2d, MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d"
    assert problems(model, tmp_path) == [
        f"1 (BatchNorm1d): {modules}; merge it with the module before, as with "
        "torch.nn.utils.fusion.fuse_conv_bn_eval",
        "2 (GRU): is not elementwise: gate_layers mixes its features; use a spiking layer, a leaky "
        "integrator or a neuron of your own spec",
        f"3 (Tanh): {modules}; use one of these, a layer with a kernel, flatten or dropout",
        "4 (LIB): quant_fn draws random numbers; deploy with round_ste() or nn.Identity()",
    ]


class Tuple(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (self.map(x),)


class Function(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.map(x))


class Sum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) + self.second(x)


class Twice(Function):
    def forward(self, x: Tensor) -> Tensor:
        return self.map(self.map(x))


class Branch(Function):
    def forward(self, x: Tensor) -> Tensor:
        return self.map(x) if x.sum() > 0 else x


def test_sums_are_no_chain(tmp_path: Path) -> None:
    assert [line.partition(";")[0] for line in problems(Sum(), tmp_path, torch.ones(2, 3))] == [
        "second (Linear): is not given the result of the module before",
        "add: is not a module",
    ]


class Own(tt.snn.LI):
    """A layer with equations of its own, below a class with a digest."""


def own_function(x: Tensor) -> Tensor:
    return x.relu()


def stale() -> tt.snn.LI:
    """A layer whose class was generated from another spec."""
    made = type("LI", (tt.snn.LI,), {"_digest": "0123456789abcdef"})
    return made(3)


def with_its_own_step() -> nn.Module:
    layer = tt.snn.LI(3)
    layer.step = layer.step
    return layer


class Mine(nn.Module):
    """A quantizer of the same name as one of the library, which computes something else."""

    name = "round_ste"

    def forward(self, x: Tensor) -> Tensor:
        return x


def hooked() -> nn.Module:
    module = nn.Linear(3, 3)
    module.register_forward_hook(lambda *_: None)
    return module


def hooked_quantizer() -> nn.Module:
    layer = tt.snn.LIB(3, quant_fn=tt.functional.round_ste())
    layer.quant_fn.register_forward_hook(lambda *_: None)
    return layer


def broken() -> nn.Module:
    module = nn.Linear(3, 3)
    nn.init.constant_(module.bias, float("nan"))
    return module


@pytest.mark.parametrize(
    "make, words",
    [
        (Function, r"is not a module; write the forward as modules in order"),
        (Tuple, "the result: is not that of the last module alone"),
        (Twice, r"map \(Linear\): is applied twice"),
        (Branch, "the forward of Sequential cannot be followed: .*control flow"),
        (lambda: Own(3), r"\(Own\): is not generated from a spec"),
        (with_its_own_step, r"\(LI\): is not generated from a spec"),
        (lambda: nn.MaxPool1d(2, return_indices=True), r"1 \(MaxPool1d\): returns no tensor"),
        (stale, r"\(LI\): has other equations than the spec"),
        (lambda: tt.snn.LIB(3, spike_fn=own_function), "spike_fn is .*, which no spec declares"),
        (
            lambda: tt.snn.LIB(3, spike_fn=partial(tt.functional.arctan, alpha=torch.tensor(2.0))),
            r"arctan is given alpha=tensor\(2.\); give it numbers alone",
        ),
        (lambda: tt.snn.LIB(3, quant_fn=nn.Tanh()), "quant_fn is Tanh; use round_ste"),
        (lambda: tt.snn.LIB(3, quant_fn=Mine()), "quant_fn is Mine; use round_ste"),
        (lambda: tt.snn.LI(1, dim=0), "has its features in the dimension of the batch"),
        (lambda: tt.snn.flex.LeakyIntegrator(3), r"LeakyIntegrator\): is none of Linear"),
        (hooked, "has hooks"),
        (hooked_quantizer, "has hooks"),
        (broken, "has weights that are not finite"),
        (lambda: nn.Linear(3, 3).double(), "dtype"),
        (lambda: nn.Flatten(0), "changes the dimension of the batch"),
        (lambda: nn.Linear(4, 3), "shapes cannot be multiplied"),
        (lambda: nn.GRU(3, 3, batch_first=True), r"1 \(GRU\): returns no tensor"),
        (nn.Identity, "the model computes nothing"),
        (lambda: nn.MaxPool1d(2, ceil_mode=True), "has ceil_mode; switch it off"),
        (lambda: nn.MaxPool1d(2), r"is given a value of the shape \[3\], without channels"),
    ],
)
def test_each_problem(make: Callable[[], nn.Module], words: str, tmp_path: Path) -> None:
    (problem,) = problems(nn.Sequential(nn.Identity(), make()), tmp_path, torch.ones(2, 3))
    assert re.search(words, problem), problem


def infinite(name: str) -> nn.Module:
    """A layer with one number for all neurons."""
    layer = tt.snn.LIB(3, quant_fn=HARD)
    nn.init.constant_(layer.get_parameter(name), -float("inf"))
    return layer


ADVICE = "use a spiking layer, a leaky integrator or a neuron of your own spec"
BATCH = "changes the dimension of the batch; leave it as it is"
INFINITE = "has weights that are not finite; train it again"


@pytest.mark.parametrize(
    "make, size, words",
    [
        (lambda: Own(3), 3, f"1 (Own): is not generated from a spec; {ADVICE}"),
        (with_its_own_step, 3, f"1 (LI): is not generated from a spec; {ADVICE}"),
        (
            stale,
            3,
            "1 (LI): has other equations than the spec that is read here; generate its class again",
        ),
        (
            lambda: tt.snn.LI(1, dim=0),
            3,
            "1 (LI): has its features in the dimension of the batch; give it another dim",
        ),
        (
            lambda: tt.snn.LI(1, dim=-2),
            3,
            "1 (LI): has its features in the dimension of the batch; give it another dim",
        ),
        (lambda: nn.Flatten(0), 1, f"1 (Flatten): {BATCH}"),
        (
            lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.Flatten(0, 1)),
            4,
            f"1.1 (Flatten): {BATCH}",
        ),
        (
            lambda: nn.MaxPool1d(2, return_indices=True),
            3,
            "1 (MaxPool1d): returns no tensor; write the forward as modules that do",
        ),
        (
            lambda: tt.snn.LIB(3, bias=torch.rand(3)).double(),
            3,
            "1 (LIB): is of torch.float64; convert the model by .float()",
        ),
        (
            lambda: tt.snn.LI(4),
            3,
            "1 (LI): LI: the input must have 4 features in dimension dim = -1, got shape (1, 3) "
            "(num_neurons = 4)",
        ),
        (broken, 3, f"1 (Linear): {INFINITE}"),
        (lambda: infinite("raw_bias"), 3, f"1 (LIB): {INFINITE}"),
    ],
)
def test_what_each_problem_says(
    make: Callable[[], nn.Module], size: int, words: str, tmp_path: Path
) -> None:
    model = nn.Sequential(nn.Identity(), make())
    assert problems(model, tmp_path, torch.ones(2, size)) == [words]


def test_problems_before_a_module_that_fails(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Tanh(), nn.Linear(4, 3), nn.Sigmoid())
    first, second = problems(model, tmp_path, torch.ones(2, 3))
    assert first.startswith("0 (Tanh): is none of Linear")
    assert second.startswith("1 (Linear): mat1 and mat2 shapes cannot be multiplied")


def test_the_spec_is_read_once() -> None:
    root = Path(__file__).parents[2]
    assert _library(root) is _library(root)


def test_an_empty_model(tmp_path: Path) -> None:
    assert problems(nn.Sequential(), tmp_path) == ["the model computes nothing"]


def test_a_linear_map_of_several_rows(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 2))
    (problem,) = problems(model, tmp_path, torch.ones(2, 4, 3))
    assert "is given a value of the shape [4, 3]; flatten it before" in problem


def test_the_shape_of_images_is_asked_for(tmp_path: Path) -> None:
    (problem,) = problems(nn.Sequential(nn.Conv2d(1, 2, 3)), tmp_path)
    assert "0 (Conv2d): does not say which shape its input has" in problem


def test_outputs_that_are_not_finite(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, 2.0)
    (problem,) = problems(model, tmp_path, torch.full((3, 2), 3e38))
    assert problem == "the recorded outputs are not finite; give other inputs"


@pytest.mark.parametrize(
    "inputs",
    [torch.ones(0, 2), torch.ones(2), torch.tensor(1.0), torch.full((3, 2), float("inf"))],
    ids=["no timestep", "one timestep", "a number", "infinite"],
)
def test_inputs_that_are_no_finite_timesteps(inputs: Tensor, tmp_path: Path) -> None:
    (problem,) = problems(nn.Linear(2, 2), tmp_path, inputs)
    assert problem == "inputs must be finite numbers of the shape [timesteps, ...]"


def test_files_edited_by_hand_are_kept(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    deploy(model, tmp_path)
    deploy(nn.Sequential(model), tmp_path)  # what is generated may be overwritten
    edited = tmp_path / "net.c"
    edited.write_text(edited.read_text() + "int x;\n")
    with pytest.raises(DeployError, match="net.c: generated, then edited by hand"):
        deploy(model, tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "main.c").write_text("int main(void) { return 0; }\n")
    with pytest.raises(DeployError, match="main.c: not generated"):
        deploy(model, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["main.c"]


# The command


NETWORK = """
from torch import nn
import tracetorch as tt

def network():
    return nn.Sequential(nn.Linear(3, 4), tt.snn.LIB(4, quant_fn=tt.functional.round_ste()))

def number():
    return 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a network and its weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "drawn_network", raising=False)
    (tmp_path / "drawn_network.py").write_text(NETWORK)
    model = nn.Sequential(nn.Linear(3, 4), tt.snn.LIB(4))
    torch.save(model.state_dict(), "weights.pt")
    torch.save(torch.randn(6, 3), "inputs.pt")
    return tmp_path


def test_the_command(folder: Path) -> None:
    """Two commands, from a folder with the network alone."""
    given = [
        "weights.pt",
        "--model",
        "drawn_network:network",
        "--inputs",
        "inputs.pt",
        "--out",
        "net",
    ]
    done = run([sys.executable, "-m", "tracetorch_codegen", "deploy", *given]).decode()
    command = done.partition("compare it with PyTorch: ")[2].strip()
    assert command == "cc -std=c99 -O2 net/*.c -lm -o check && ./check"
    printed = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    assert "all 4 outputs of 6 timesteps agree with PyTorch" in printed


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["weights.pt", "--model", "drawn_network"], "write module:function"),
        (["weights.pt", "--model", "drawn_network:other"], "has no attribute 'other'"),
        (["weights.pt", "--model", "no_such_network:make"], "No module named 'no_such_network'"),
        (["weights.pt", "--model", "drawn_network:number"], "returned no nn.Module, but 1"),
        (["none.pt", "--model", "drawn_network:network"], "No such file"),
        (["drawn_network.py", "--model", "drawn_network:network"], "is no file of tensors"),
        (["inputs.pt", "--model", "drawn_network:network"], "save model.state_dict()"),
        (
            ["weights.pt", "--model", "drawn_network:network", "--inputs", "weights.pt"],
            "save one tensor of the shape [timesteps, ...]",
        ),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", *arguments, "--out", "net"]) == 1
    assert words in capsys.readouterr().err
    assert not Path("net").exists()


def test_edits_are_discarded_by_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["deploy", "weights.pt", "--model", "drawn_network:network", "--out", "net"]
    assert main(command) == 0
    Path("net/net.c").write_text(Path("net/net.c").read_text() + "int x;\n")
    capsys.readouterr()
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert "edited by hand" in err and "compare it with PyTorch" not in out
    assert main([*command, "--force"]) == 0
    assert "int x;" not in Path("net/net.c").read_text()
