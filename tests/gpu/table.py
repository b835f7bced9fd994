"""The speed and the peak memory of whole sequences on a GPU, as a table for the documentation.

Speeds are ratios of medians over rounds in which everything has its turn: how many times as fast as
the loop over the layer's timesteps, in the same run.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version

import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.gpu.device import DEVICE, IS_INTERPRETED
from tests.support import zoo

LAYERS = ("LI", "LIB", "DSRLITS", "SimpleRNN", "LSTM", "GRU", "S4", "S5", "S6", "Mamba")
LOOP, COMPILED_LOOP, UNROLL = "loop", "loop, `torch.compile`", "`tt.unroll`"
HEAD = ("layer", "run by", "inference", "training", "peak (MB)")
TIMESTEPS, BATCH, NEURONS, ROUNDS = (2, 2, 4, 1) if IS_INTERPRETED else (100, 64, 512, 10)
DECAY = 0.9


@dataclass(frozen=True)
class Contestant:
    """A way to run sequences through a layer, each from its beginning."""

    layer: str
    by: str
    run: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Measured:
    """The medians in seconds, and the peak in megabytes of a forward and a backward pass."""

    inference: float
    training: float
    peak: float


def loop(step: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    return torch.stack([step(x) for x in xs.unbind(0)])


def ours() -> Iterator[Contestant]:
    """The loop, which is the unit, and what may be faster."""
    for name in LAYERS:
        hard = {"quant_fn": tt.functional.round_ste()} if zoo.fires(name) else {}
        layer = zoo.build(name, NEURONS, **hard).to(DEVICE)
        ways = (
            (LOOP, loop, layer),
            (UNROLL, tt.unroll, layer),
            (COMPILED_LOOP, loop, torch.compile(layer)),
        )
        for by, run, runs in ways:
            yield Contestant(name, by, _from_the_beginning(layer, run, runs))


def _from_the_beginning(
    layer: tt.Layer, run: Callable[..., Tensor], runs: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    def fresh(xs: Tensor) -> Tensor:
        layer.zero_states()
        return run(runs, xs)

    return fresh


def theirs() -> Iterator[Contestant]:
    """Layers of other libraries, where they are installed."""
    for contestant in (of_spikingjelly, of_mambapy):
        with suppress(ImportError):
            yield contestant()


def of_spikingjelly() -> Contestant:
    """Their multi-step neuron with the decay of LIB."""
    from spikingjelly.activation_based import functional, neuron

    node = neuron.LIFNode(1 / (1 - DECAY), v_reset=None, decay_input=False, step_mode="m")
    node = node.to(DEVICE)

    def run(xs: Tensor) -> Tensor:
        functional.reset_net(node)
        return node(xs)

    return Contestant("LIB", "multi-step, `spikingjelly` `LIFNode`", run)


def of_mambapy() -> Contestant:
    """Their block with the sizes of ours, by a parallel scan; the batch is first."""
    from mambapy.mamba import MambaBlock, MambaConfig

    block = MambaBlock(MambaConfig(d_model=NEURONS, n_layers=1, expand_factor=1)).to(DEVICE)

    def run(xs: Tensor) -> Tensor:
        returned = block(xs.transpose(0, 1))
        ys = returned if isinstance(returned, Tensor) else returned[0]  # newer: with the state
        return ys.transpose(0, 1)

    return Contestant("Mamba", "parallel scan, `mambapy` `MambaBlock`", run)


@torch.no_grad()
def inference(who: Contestant, xs: Tensor) -> None:
    who.run(xs)


def training(who: Contestant, xs: Tensor) -> None:
    """A sequence forward and backward, to the parameters and the input."""
    ys = who.run(xs.detach().requires_grad_())
    ys.backward(torch.ones_like(ys))


def finish() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def seconds(run: Callable[[Contestant, Tensor], None], who: Contestant, xs: Tensor) -> float:
    finish()
    start = time.perf_counter()
    run(who, xs)
    finish()
    return time.perf_counter() - start


def peak(who: Contestant, xs: Tensor) -> float:
    """Return by how many megabytes the memory in use grows while a sequence is trained on."""
    if not torch.cuda.is_available():
        return 0.0
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    training(who, xs)
    return (torch.cuda.max_memory_allocated() - before) / 1e6


def warmed_up(who: Contestant, xs: Tensor, end: float) -> bool:
    """Run a contestant once, unless there is no time left to compile it; return whether it ran."""
    if who.by == COMPILED_LOOP and time.monotonic() > end:
        return False
    try:
        training(who, xs)
        inference(who, xs)
    except Exception as error:  # such as an error of a compiler, or too little memory
        print(f"{who.layer}, {who.by}: {error}")
        return False
    return True


def measure(xs: Tensor, end: float) -> dict[Contestant, Measured]:
    """Measure all contestants that run.

    Args:
        end: When to stop compiling loops, in seconds of `time.monotonic`.
    """
    found = sorted((*ours(), *theirs()), key=lambda who: LAYERS.index(who.layer))
    contestants = [who for who in found if warmed_up(who, xs, end)]
    passes = (inference, training)
    times = {(run, who): list[float]() for who in contestants for run in passes}
    for _ in range(ROUNDS):
        for (run, who), taken in times.items():
            taken.append(seconds(run, who, xs))
    return {
        who: Measured(*(statistics.median(times[run, who]) for run in passes), peak(who, xs))
        for who in contestants
    }


def machine() -> str:
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return (
        f"{name}, PyTorch {torch.__version__}, Triton {version('triton')}: {TIMESTEPS} timesteps, "
        f"batch {BATCH}, {NEURONS} neurons, float32, medians of {ROUNDS} interleaved rounds."
    )


def rows(measured: dict[Contestant, Measured]) -> Iterator[tuple[str, ...]]:
    units = {who.layer: one for who, one in measured.items() if who.by == LOOP}
    for who, one in measured.items():
        if unit := units.get(who.layer):  # there may have been too little memory for the loop
            speeds = (unit.inference / one.inference, unit.training / one.training)
            page = f"[{who.layer}](../layers/{who.layer.lower()}.md)"
            yield page, who.by, *map("{:.1f}".format, speeds), f"{one.peak:.0f}"


def text(end: float) -> str:
    """Return the table in Markdown, below what it was measured on."""
    torch.manual_seed(0)
    torch._dynamo.config.recompile_limit = 64  # all layers share one forward
    torch._dynamo.config.fail_on_recompile_limit_hit = True  # rather than go on uncompiled
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS, device=DEVICE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of layers that loop, which the table shows
        table = [HEAD, ["---"] * len(HEAD), *rows(measure(xs, end))]
    return "\n".join([machine(), "", *(f"| {' | '.join(row)} |" for row in table), ""])
