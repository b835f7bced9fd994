"""What running whole sequences by kernels gives: docs/guides/sequences.csv and sequences.txt.

Run as part of `make bench`. Speeds are how many times as fast as the loop over the layer's
timesteps, in the same run.
"""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import torch
from torch import Tensor, nn
from tqdm import tqdm

import tracetorch as tt
from tests.benchmarks.measuring import (
    FOLDER,
    LOOP,
    THREADS,
    UNROLL,
    Contestant,
    apart,
    each_anew,
    growth,
    kept,
    loop,
    machine,
    medians,
    page,
    show,
    write,
    write_notes,
)
from tests.support import zoo

TABLE, MACHINE = FOLDER / "sequences.csv", FOLDER / "sequences.txt"
HEAD = ["layer", "run by", "inference", "training", "kept (MB)", "peak (MB)"]
TIMESTEPS, BATCH, NEURONS = 100, 64, 512
ROUNDS = 15
SIZE = f"{TIMESTEPS} timesteps, batch {BATCH}, {NEURONS} neurons, float32, {ROUNDS} rounds"
PROCESSES = 3
PEERS = ("norse", "snntorch", "spikingjelly")
NETWORK = "network"
COMPILED_LOOP = "loop, `torch.compile`"
LAYERS = zoo.ENDS
DECAY = 0.9

FIRST_USE = f"""
import time, torch, tracetorch as tt
torch.set_num_threads({THREADS})
layer = tt.snn.{{layer}}({NEURONS}, quant_fn=tt.functional.round_ste())
xs = torch.randn({TIMESTEPS}, {BATCH}, {NEURONS})
for timesteps in ({TIMESTEPS}, {TIMESTEPS}, {TIMESTEPS - 10}):
    start = time.perf_counter()
    tt.unroll(layer, xs[:timesteps])
    print(time.perf_counter() - start)
"""


def ours() -> Iterator[Contestant]:
    """The loop, which is the unit, and what may be faster."""
    for name in LAYERS:
        yield from ways(name, build(name))
    yield from ways(NETWORK, network())


def ways(name: str, module: tt.Layer | tt.Model) -> Iterator[Contestant]:
    compiled = torch.compile(module)
    yield Contestant(name, LOOP, module, each_anew(module, partial(loop, module)))
    yield Contestant(name, COMPILED_LOOP, module, each_anew(module, partial(loop, compiled)))
    yield Contestant(name, UNROLL, module, each_anew(module, partial(tt.unroll, module)))


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


def peak(layer: str, by: str) -> str:
    """By how many megabytes a fresh process grows while it trains, beyond what it had before."""
    everyone = (who for contestants in (ours, theirs) for who in contestants())
    contestant = next(who for who in everyone if (who.layer, who.by) == (layer, by))
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    training(contestant, xs[:2])
    return f"{growth(lambda: training(contestant, xs)) / 1e6:.0f}"


def measure(contestants: list[Contestant], xs: Tensor) -> dict[tuple[str, str], list[float]]:
    """The medians of the times of inference and training, and what is kept."""
    passes = (inference, training)
    runs = {(run, who): partial(run, who, xs) for who in contestants for run in passes}
    taken = medians(runs, ROUNDS)
    return {
        (who.layer, who.by): [*(taken[run, who] for run in passes), kept(who, xs) / 1e6]
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
    printed = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    return [float(line) for line in printed.split()]


def rows(measured: dict[tuple[str, str], list[float]]) -> Iterator[list[str]]:
    for (layer, by), (inferring, training, memory) in measured.items():
        unit = measured[layer, LOOP]
        speeds = (unit[0] / inferring, unit[1] / training)
        yield [page(layer), by, *map("{:.1f}".format, (*speeds, memory))]


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    torch._dynamo.config.recompile_limit = 64  # all layers share one forward
    torch._dynamo.config.fail_on_recompile_limit_hit = True  # rather than go on uncompiled
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    contestants = sorted([*ours(), *theirs()], key=lambda who: [*LAYERS, NETWORK].index(who.layer))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        notes = [*machine(PEERS), SIZE, *warm_up(contestants, xs)]
        measured = measure(contestants, xs)
    peaks = [
        "" if who.by == COMPILED_LOOP else apart(peak, who.layer, who.by)  # to compile takes more
        for who in tqdm(contestants, desc="peaks")
    ]
    notes += first_uses()
    table = [[*row, most] for row, most in zip(rows(measured), peaks)]
    write(TABLE, HEAD, table)
    write_notes(MACHINE, notes)
    show(HEAD, table)
    print(*notes, sep="\n")


if __name__ == "__main__":
    main()
