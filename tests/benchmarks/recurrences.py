"""What recurrent and state-space layers reach: docs/guides/recurrences.csv and recurrences.txt.

Run as part of `make bench`. A sequence is trained on, forward and backward, by `tt.unroll` and by
another way to compute the same: the layer's own loop, PyTorch's module, or that of another library.
Speeds are how many times as fast `tt.unroll` is, in the same run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

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
    seconds,
    show,
    write,
    write_notes,
)
from tests.support import zoo
from tracetorch.sequence.call import CHUNK
from tracetorch.sequence.choice import kernel_of, updates

TABLE, MACHINE = FOLDER / "recurrences.csv", FOLDER / "recurrences.txt"
SIZE = "timesteps, batch, features"
HEAD = ("layer", SIZE, "relative to", "speed", "kept", "its kept", "peak", "its peak")
LONG_TABLE = FOLDER / "long_sequences.csv"
LONG_HEAD = ("layer", SIZE, "seconds", "peak", "outputs, gradient of the input and checkpoints")
ROUNDS = 21
PEERS = ("mambapy", "snntorch")
TORCH, MAMBAPY, SNNTORCH = "`torch.nn`", "`mambapy` `MambaBlock`", "`snntorch` `RLeaky`"


@dataclass(frozen=True)
class Setting:
    """A layer and the shape of its input."""

    layer: str
    timesteps: int
    batch: int
    neurons: int
    dim: int = 0

    def input(self) -> Tensor:
        return torch.randn(self.timesteps, self.batch, self.neurons).movedim(0, self.dim).clone()

    def __str__(self) -> str:
        return f"{self.timesteps:,}, {self.batch}, {self.neurons}"


class Row(NamedTuple):
    """What `tt.unroll` is compared with, and what it is wanted to reach."""

    setting: Setting
    by: str
    wanted: str


SIZES = ((100, 32, 256), (200, 32, 64))
STATE_SPACE = (100, 16, 128)
MATRIX = Setting("MLIB", 100, 32, 128)
ROWS = (
    *(Row(Setting("LSTM", *size), TORCH, "0.9") for size in SIZES),
    *(Row(Setting("SimpleRNN", *size), TORCH, "0.9") for size in SIZES),
    *(Row(Setting("GRU", *size), TORCH, "1") for size in SIZES),
    Row(Setting("S4", *STATE_SPACE), LOOP, "8"),
    Row(Setting("S5", *STATE_SPACE), LOOP, "3"),
    Row(Setting("S6", *STATE_SPACE), LOOP, "8, 1/8 kept"),
    Row(Setting("Mamba", *STATE_SPACE), LOOP, "8, 1/8 kept"),
    Row(Setting("Mamba", 100, 16, 128, dim=1), MAMBAPY, "5"),
    Row(Setting("Mamba", 500, 16, 128, dim=1), MAMBAPY, "8"),
    Row(MATRIX, LOOP, "3"),
    Row(MATRIX, SNNTORCH, "4"),
)
LONG = tuple(Setting(layer, 100_000, 4, 64) for layer in ("LSTM", "Mamba"))

# Ways to run a sequence


def contestant(setting: Setting, by: str) -> Contestant:
    """One way to run the sequences of a setting.

    Raises:
        ImportError: It is that of a library that is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is no concern of ours
        module, run = WAYS[by](setting)
    return Contestant(setting.layer, by, module, each_anew(module, run))


Way = tuple[nn.Module, Callable[[Tensor], Tensor]]


def by_unroll(setting: Setting) -> Way:
    layer = build(setting)
    return layer, partial(tt.unroll, layer, dim=setting.dim, strict=True)


def by_loop(setting: Setting) -> Way:
    layer = build(setting)
    return layer, partial(loop, layer, dim=setting.dim)


def build(setting: Setting) -> tt.Layer:
    if setting.layer in zoo.ALL:
        return zoo.build(setting.layer, setting.neurons)
    layer_class = getattr(tt.zoo, setting.layer)
    return layer_class(setting.neurons, quant_fn=tt.functional.round_ste())


def by_torch(setting: Setting) -> Way:
    name = setting.layer.removeprefix("Simple")
    module = getattr(nn, name)(setting.neurons, setting.neurons)
    return module, lambda xs: module(xs)[0]


def by_mambapy(setting: Setting) -> Way:
    from mambapy.mamba import MambaBlock, MambaConfig

    block = MambaBlock(MambaConfig(setting.neurons, n_layers=1, d_state=16, expand_factor=1))
    return block, block


def by_snntorch(setting: Setting) -> Way:
    import snntorch

    leaky = snntorch.RLeaky(0.9, linear_features=setting.neurons, init_hidden=True)

    def run(xs: Tensor) -> Tensor:
        leaky.reset_mem()
        return loop(leaky, xs)

    return leaky, run


WAYS = {
    UNROLL: by_unroll,
    LOOP: by_loop,
    TORCH: by_torch,
    MAMBAPY: by_mambapy,
    SNNTORCH: by_snntorch,
}


# What is measured


def training(runs: Contestant, xs: Tensor) -> None:
    """A sequence forward and backward, to the parameters and the input."""
    runs.run(xs.detach().requires_grad_()).sum().backward()


def contestants() -> Iterator[tuple[tuple[Setting, str], Contestant]]:
    """All that is installed."""
    for row in ROWS:
        for by in (UNROLL, row.by):
            with suppress(ImportError):
                yield (row.setting, by), contestant(row.setting, by)


def once(setting: Setting, by: str) -> tuple[float, int]:
    """The seconds that a sequence takes, and by how many bytes the process grows."""
    who, xs, taken = contestant(setting, by), setting.input(), list[float]()
    training(who, replace(setting, timesteps=2).input())
    grown = growth(lambda: taken.append(seconds(lambda: training(who, xs))))
    return taken[0], grown


def rows() -> Iterator[list[str]]:
    """Speed, what autograd keeps, and by how much a process grows, in megabytes."""
    found = dict(contestants())
    inputs = {setting: setting.input() for setting, _ in found}
    runs = {(s, by): partial(training, who, inputs[s]) for (s, by), who in found.items()}
    for run in tqdm(runs.values(), desc="warm-up"):
        run()
    taken = medians(runs, ROUNDS)
    peaks = {key: apart(once, *key)[1] for key in tqdm(runs, desc="peaks")}
    for setting, by, _ in ROWS:
        ours, its = (setting, UNROLL), (setting, by)
        speed = f"{taken[its] / taken[ours]:.2f}" if its in found else "not installed"
        bytes_kept = {key: kept(found[key], inputs[setting]) for key in (ours, its) if key in found}
        memory = (bytes_kept.get(ours), bytes_kept.get(its), peaks[ours], peaks.get(its))
        yield [page(setting.layer), str(setting), by, speed, *map(megabytes, memory)]


def megabytes(number: float | None) -> str:
    return "" if number is None else f"{number / 1e6:.1f}"


def long_rows() -> Iterator[list[str]]:
    """How long a very long sequence takes, and the memory that it takes and cannot do without."""
    for setting in tqdm(LONG, desc="long sequences"):
        took, grown = apart(once, setting, UNROLL)
        memory = map(megabytes, (grown, least(setting)))
        yield [page(setting.layer), str(setting), f"{took:.0f}", *memory]


def least(setting: Setting) -> float:
    """The bytes of the outputs, the gradient of the input, and every sixteenth state."""
    layer, first = build(setting), replace(setting, timesteps=1).input()[0]
    with torch.no_grad():
        layer(first)
    states = sum(getattr(layer, name).nbytes for name in updates(kernel_of(layer)))
    return setting.timesteps * (2 * first.nbytes + states / CHUNK)


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    found = [*rows()]
    found_long = [*long_rows()]
    notes = [*machine(PEERS), f"float32, {ROUNDS} rounds"]
    write(TABLE, HEAD, found)
    write(LONG_TABLE, LONG_HEAD, found_long)
    write_notes(MACHINE, notes)
    show((*HEAD, "wanted"), [[*row, wanted] for row, (*_, wanted) in zip(found, ROWS)])
    show(LONG_HEAD, found_long)
    print(*notes, sep="\n")


if __name__ == "__main__":
    main()
