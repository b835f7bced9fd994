"""What running whole sequences by kernels gives: docs/guides/sequences.csv and sequences.txt.

Run as part of `make bench`. Speeds are ratios of medians over rounds in which everything has its
turn: how many times as fast as the loop over the layer's timesteps, in the same run.
"""

from __future__ import annotations

import csv
import functools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from tqdm import tqdm

import tracetorch as tt
from tests.benchmarks.steps import seconds
from tests.support import zoo
from tracetorch.sequence.c.build import compiler

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "guides"
TABLE, MACHINE = FOLDER / "sequences.csv", FOLDER / "sequences.txt"
HEAD = ["layer", "run by", "inference", "training", "kept (MB)", "peak (MB)"]
TIMESTEPS, BATCH, NEURONS, THREADS = 100, 64, 512, 2
ROUNDS = 15
PROCESSES = 3
PEERS = ("norse", "snntorch", "spikingjelly")
NETWORK = "network"
LOOP, COMPILED_LOOP, UNROLL = "loop", "loop, `torch.compile`", "`tt.unroll`"
LAYERS = zoo.ENDS
DECAY = 0.9

FIRST_USE = f"""
import time, torch, tracetorch as tt
layer = tt.snn.{{layer}}({NEURONS}, quant_fn=tt.functional.round_ste())
xs = torch.randn({TIMESTEPS}, {BATCH}, {NEURONS})
for timesteps in ({TIMESTEPS}, {TIMESTEPS}, {TIMESTEPS - 10}):
    start = time.perf_counter()
    tt.unroll(layer, xs[:timesteps])
    print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Contestant:
    """A way to run sequences through a layer, each from its beginning."""

    layer: str
    by: str
    module: nn.Module
    run: Callable[[Tensor], Tensor]


def loop(step: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    return torch.stack([step(x) for x in xs.unbind(0)])


def ours() -> Iterator[Contestant]:
    """The loop, which is the unit, and what may be faster."""
    for name in LAYERS:
        yield from ways(name, build(name))
    yield from ways(NETWORK, network())


def ways(name: str, module: tt.Layer | tt.Model) -> Iterator[Contestant]:
    def contestant(by: str, run: Callable[..., Tensor], runs: nn.Module) -> Contestant:
        def fresh(xs: Tensor) -> Tensor:
            module.zero_states()
            return run(runs, xs)

        return Contestant(name, by, module, fresh)

    yield contestant(LOOP, loop, module)
    yield contestant(COMPILED_LOOP, loop, torch.compile(module))
    yield contestant(UNROLL, tt.unroll, module)


def build(name: str) -> tt.Layer:
    hard = {"quant_fn": tt.functional.round_ste()} if zoo.fires(name) else {}
    return zoo.build(name, NEURONS, **hard)


def network() -> zoo.Chain:
    hidden = [m for _ in range(2) for m in (nn.Linear(NEURONS, NEURONS), build("LIB"))]
    return zoo.Chain(*hidden, nn.Linear(NEURONS, 10), tt.snn.LI(10))


def theirs() -> list[Contestant]:
    """Layers of other libraries with the decay of LIB, where they are installed."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is no concern of ours
        for contestants in (of_snntorch, of_norse, of_spikingjelly):
            with suppress(ImportError):
                found += contestants()
    return found


def of_snntorch() -> list[Contestant]:
    import snntorch

    leaky = snntorch.Leaky(DECAY, init_hidden=True)

    def run(xs: Tensor) -> Tensor:
        leaky.reset_mem()
        return loop(leaky, xs)

    return [Contestant("LIB", "loop, `snntorch` `Leaky`", leaky, run)]


def of_norse() -> list[Contestant]:
    import norse.torch as norse

    cell = norse.LIFBoxCell()  # its decay is 0.9

    def run(xs: Tensor) -> Tensor:
        state = None

        def step(x: Tensor) -> Tensor:
            nonlocal state
            y, state = cell(x, state)
            return y

        return loop(step, xs)

    return [Contestant("LIB", "loop, `norse` `LIFBoxCell`", cell, run)]


def of_spikingjelly() -> list[Contestant]:
    from spikingjelly.activation_based import functional, neuron

    tau = 1 / (1 - DECAY)
    alike = {"v_reset": None, "decay_input": False, "step_mode": "m"}

    def contestant(kind: type[nn.Module]) -> Contestant:
        node = kind(tau, **alike)

        def run(xs: Tensor) -> Tensor:
            functional.reset_net(node)
            return node(xs)

        return Contestant("LIB", f"multi-step, `spikingjelly` `{kind.__name__}`", node, run)

    return [contestant(neuron.LIFNode), contestant(neuron.ParametricLIFNode)]


@torch.no_grad()
def inference(contestant: Contestant, xs: Tensor) -> None:
    contestant.run(xs)


def training(contestant: Contestant, xs: Tensor) -> None:
    """A sequence forward and backward, to the parameters and the input."""
    ys = contestant.run(xs.detach().requires_grad_())
    ys.backward(gradient(ys.shape))


@functools.cache
def gradient(shape: torch.Size) -> Tensor:
    return torch.randn(shape)


def kept(contestant: Contestant, xs: Tensor) -> int:
    """The bytes that autograd keeps for the backward pass, beside the input and the parameters."""
    storages = {}  # which live on here, so that none can take the place of another

    def pack(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    xs = xs.detach().requires_grad_()
    with saved_tensors_hooks(pack, lambda tensor: tensor):
        contestant.run(xs)
    for tensor in (xs, *contestant.module.parameters()):
        storages.pop(tensor.untyped_storage().data_ptr(), None)
    return sum(storage.nbytes() for storage in storages.values())


def peak(contestant: Contestant) -> str:
    """By how many megabytes a fresh process grows while it trains, beyond what it had before."""
    if contestant.by == COMPILED_LOOP:
        return ""  # to compile takes more
    command = [sys.executable, "-m", "tests.benchmarks.sequences", contestant.layer, contestant.by]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return f"{float(printed.split()[-1]):.0f}"


def print_peak(layer: str, by: str) -> None:
    everyone = (who for contestants in (ours, theirs) for who in contestants())
    contestant = next(who for who in everyone if (who.layer, who.by) == (layer, by))
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    training(contestant, xs[:2])
    before = highest_use()
    training(contestant, xs)
    print((highest_use() - before) / 1e6)


def highest_use() -> int:
    """The most bytes that this process has had, as Linux tells; getrusage knows its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def measure(contestants: list[Contestant], xs: Tensor) -> dict[tuple[str, str], list[float]]:
    """The medians of the times of inference and training, and what is kept."""
    passes = (inference, training)
    times = {(run, who): list[float]() for who in contestants for run in passes}
    for _ in tqdm(range(ROUNDS), desc="rounds"):
        for (run, who), taken in times.items():
            taken.append(seconds(lambda: run(who, xs)))
    return {
        (who.layer, who.by): [
            *(statistics.median(times[run, who]) for run in passes),
            kept(who, xs) / 1e6,
        ]
        for who in contestants
    }


def warm_up(contestants: list[Contestant], xs: Tensor) -> list[str]:
    """Compile what is compiled, and say how long `torch.compile` takes."""
    taken = {}
    for who in tqdm(contestants, desc="warm-up"):
        start = time.perf_counter()
        training(who, xs)
        inference(who, xs)
        if who.by == COMPILED_LOOP:
            taken[who.layer] = time.perf_counter() - start
    said = ", ".join(f"{name} {time:.0f} s" for name, time in taken.items())
    return [f"torch.compile, once for training and once for inference, not counted: {said}"]


def first_uses() -> Iterator[str]:
    """How long fresh processes take before the first outputs."""
    for layer in ("LIB", "DSRLITS"):
        runs: dict[str, list[list[float]]] = {"no cache": [], "a cached kernel": []}
        for _ in tqdm(range(PROCESSES), desc=f"first uses of {layer}"):
            with tempfile.TemporaryDirectory() as folder:
                for taken in runs.values():
                    taken.append(fresh_process(FIRST_USE.format(layer=layer), folder))
        for cache, taken in runs.items():
            first, again, shorter = map(statistics.median, zip(*taken))
            yield (
                f"{layer} in a fresh process with {cache}: first tt.unroll {first:.2f} s, "
                f"second {again:.3f} s, another length {shorter:.3f} s"
            )


def fresh_process(code: str, cache: str) -> list[float]:
    """The numbers that a process prints, its kernels cached in a folder of its own."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    command = [sys.executable, "-c", f"import torch; torch.set_num_threads({THREADS})\n{code}"]
    printed = subprocess.check_output(command, env=environment, text=True)
    return [float(line) for line in printed.split()]


def machine() -> Iterator[str]:
    """What the numbers were measured on, and with."""
    lanes = torch.backends.cpu.get_cpu_capability()
    yield f"{processor()}, {lanes}, {THREADS} threads on {os.cpu_count()} cores"
    built = subprocess.check_output([compiler(), "--version"], text=True)
    yield f"Python {platform.python_version()}, PyTorch {torch.__version__}, {built.splitlines()[0]}"
    yield ", ".join(filter(None, map(installed, PEERS))) or "no other library"
    yield f"{TIMESTEPS} timesteps, batch {BATCH}, {NEURONS} neurons, float32, {ROUNDS} rounds"


def processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def installed(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


def rows(measured: dict[tuple[str, str], list[float]]) -> Iterator[list[str]]:
    for (layer, by), (inferring, training, memory) in measured.items():
        unit = measured[layer, LOOP]
        speeds = (unit[0] / inferring, unit[1] / training)
        yield [page(layer), by, *map("{:.1f}".format, (*speeds, memory))]


def page(layer: str) -> str:
    return layer if layer == NETWORK else f"[{layer}](../layers/{layer.lower()}.md)"


def main() -> None:
    torch.manual_seed(0)
    torch._dynamo.config.recompile_limit = 64  # all layers share one forward
    torch._dynamo.config.fail_on_recompile_limit_hit = True  # rather than go on uncompiled
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    contestants = sorted([*ours(), *theirs()], key=lambda who: [*LAYERS, NETWORK].index(who.layer))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        notes = [*machine(), *warm_up(contestants, xs)]
        measured = measure(contestants, xs)
    peaks = [peak(who) for who in tqdm(contestants, desc="peaks")]
    table = [HEAD, *([*row, most] for row, most in zip(rows(measured), peaks))]
    notes += first_uses()
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    MACHINE.write_text("".join(f"{note}\n" for note in notes), encoding="utf-8")
    widths = [max(map(len, column)) for column in zip(*table)]
    print(*("  ".join(map(str.ljust, row, widths)) for row in table), *notes, sep="\n")


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    main() if len(sys.argv) == 1 else print_peak(*sys.argv[1:])
