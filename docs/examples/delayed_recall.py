"""Recall a cue after a noisy delay, with every combination of prefixes, to compare their memory.

A symbol is shown for a few timesteps, followed by noise and a go signal. The script trains the
same network with each of the eight layers of the family LIB, prints their accuracies, and saves a
picture of the accuracy over the length of the delay, and of the spikes of two layers in one
sequence.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from torch import Tensor, nn
from tqdm import tqdm

import tracetorch as tt

PREFIXES = ("", "D", "S", "DS", "R", "DR", "SR", "DSR")
NUM_SYMBOLS, NUM_NEURONS, NUM_SEEDS = 4, 48, 3
CUE, GO = 4, 2  # in timesteps
LONGEST_DELAY = 30  # in training
TEST_DELAYS = (0, 10, 20, 30, 45, 60)
BATCHES_PER_EPOCH = 10


class Batch(NamedTuple):
    xs: Tensor  # [timesteps, batch, symbols and go signal]
    symbols: Tensor


class Recall(tt.Model):
    """One spiking layer, and a readout whose decay is too short to store the symbol itself."""

    def __init__(self, prefixes: str) -> None:
        super().__init__()
        encoder = nn.Linear(NUM_SYMBOLS + 1, NUM_NEURONS)
        decoder = nn.Linear(NUM_NEURONS, NUM_SYMBOLS)
        readout = tt.snn.LI(NUM_SYMBOLS, beta=0.5, learn_beta=False)
        self.neurons = nn.Sequential(encoder, spiking_layer(prefixes))
        self.answer = nn.Sequential(decoder, readout)

    def forward(self, x: Tensor) -> Tensor:
        return self.answer(self.neurons(x))


def spiking_layer(prefixes: str) -> tt.snn.Layer:
    """The layer with these prefixes, with its decays assigned to the neurons at random."""
    decays = tt.functional.halflife_to_decay(torch.logspace(0, 6, NUM_NEURONS, base=2.0))
    traces = ["beta"] + ["alpha"] * ("S" in prefixes) + ["gamma"] * ("R" in prefixes)
    branches = ("pos_", "neg_") if "D" in prefixes else ("",)
    spread = {b + trace: decays[torch.randperm(NUM_NEURONS)] for trace in traces for b in branches}
    layer = getattr(tt.snn, f"{prefixes}LIB")
    return layer(NUM_NEURONS, **spread, quant_fn=tt.functional.round_ste())


def make_batch(size: int, delay: int) -> Batch:
    """Sequences of a cue, a delay in which every input spikes at random, and the go signal."""
    symbols = torch.randint(NUM_SYMBOLS, (size,))
    cue = nn.functional.one_hot(symbols, NUM_SYMBOLS + 1).float().expand(CUE, -1, -1)
    noise = torch.bernoulli(torch.full((delay, size, NUM_SYMBOLS + 1), 0.2))
    noise[:, :, -1] = 0.0
    go = torch.zeros(GO, size, NUM_SYMBOLS + 1)
    go[:, :, -1] = 1.0
    return Batch(torch.cat((cue, noise, go)), symbols)


def recall(model: Recall, xs: Tensor) -> Tensor:
    """The last output of the model for each sequence, its scores of the symbols."""
    model.zero_states()
    return tt.unroll(model, xs)[-1]


def train(prefixes: str, seed: int, epochs: int) -> Recall:
    torch.manual_seed(seed)  # so that all layers begin with the same weights
    model = Recall(prefixes)
    torch.manual_seed(seed)  # and are trained on the same sequences
    num_batches = epochs * BATCHES_PER_EPOCH
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_batches)
    for delay in torch.randint(LONGEST_DELAY + 1, (num_batches,)).tolist():
        batch = make_batch(64, delay)
        loss = nn.functional.cross_entropy(recall(model, batch.xs), batch.symbols)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        schedule.step()
    return model


@torch.no_grad()
def accuracy(model: Recall, batch: Batch) -> float:
    return (recall(model, batch.xs).argmax(dim=1) == batch.symbols).float().mean().item()


@torch.no_grad()
def spikes_during(model: Recall, xs: Tensor) -> Tensor:
    model.zero_states()
    return tt.unroll(model.neurons, xs)


def draw(accuracies: dict[str, Tensor], spikes: dict[str, Tensor]) -> Figure:
    """The accuracy of all layers above, the spikes of two of them in one sequence below."""
    figure = Figure(figsize=(7, 8), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.1))
    without, within = above.subplots(1, 2, sharey=True)
    draw_accuracies(without, {p: a for p, a in accuracies.items() if "R" not in p})
    draw_accuracies(within, {p: a for p, a in accuracies.items() if "R" in p})
    without.set(title="Without R", ylabel="accuracy")
    without.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    within.set(title="With R")
    rasters = below.subplots(len(spikes), 1, sharex=True)
    for axes, (prefixes, layer_spikes) in zip(rasters, spikes.items()):
        draw_spikes(axes, layer_spikes)
        axes.set_title(f"Spikes of {prefixes}LIB: cue, noise, signal to answer", loc="left")
    for axes in rasters[:-1]:
        axes.set_xlabel("")
    return figure


def draw_accuracies(axes: Axes, accuracies: dict[str, Tensor]) -> None:
    for (prefixes, by_seed), color in zip(accuracies.items(), tt.plot.COLORS):
        worst, best = by_seed.min(dim=0).values, by_seed.max(dim=0).values
        mean = by_seed.mean(dim=0)
        axes.fill_between(TEST_DELAYS, worst, best, color=color, alpha=0.2, linewidth=0)
        axes.plot(TEST_DELAYS, mean, ".-", color=color, label=f"{prefixes}LIB")
    axes.axhline(1 / NUM_SYMBOLS, color="black", linestyle=":", label="chance")
    axes.axvspan(0, LONGEST_DELAY, color="0.95", zorder=0)
    axes.set(xlabel="delay in timesteps", ylim=(0.15, 1.03))
    axes.legend(loc="lower left")


def draw_spikes(axes: Axes, spikes: Tensor) -> None:
    busiest = spikes[CUE:-GO].sum(dim=0).argsort()
    tt.plot.raster(spikes[:, busiest], axes)
    for boundary in (CUE, len(spikes) - GO):
        axes.axvline(boundary + 0.5, color="0.5", linestyle=":")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--output", type=Path, default=Path("build/delayed_recall.png"))
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # faster for tensors this small
    torch.manual_seed(arguments.seed + NUM_SEEDS)
    tests = [make_batch(500, delay) for delay in TEST_DELAYS]
    seeds = range(arguments.seed, arguments.seed + NUM_SEEDS)
    models = {prefixes: [] for prefixes in PREFIXES}
    with tqdm(total=len(models) * NUM_SEEDS, desc="training", unit="network") as progress:
        for prefixes, trained in models.items():
            for seed in seeds:
                trained.append(train(prefixes, seed, arguments.epochs))
                progress.update()
    accuracies = {
        prefixes: torch.tensor([[accuracy(model, test) for test in tests] for model in trained])
        for prefixes, trained in models.items()
    }

    print("delay of" + "".join(f"{delay:7d}" for delay in TEST_DELAYS), "timesteps: accuracy")
    for prefixes, by_seed in accuracies.items():
        print(f"{prefixes + 'LIB':8s}" + "".join(f"{mean:7.0%}" for mean in by_seed.mean(dim=0)))
    print(f"chance  {1 / NUM_SYMBOLS:7.0%}")

    one = tests[TEST_DELAYS.index(LONGEST_DELAY)].xs[:, 0]
    spikes = {prefixes: spikes_during(models[prefixes][0], one) for prefixes in ("", "R")}
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw(accuracies, spikes).savefig(arguments.output, dpi=130)
    print(f"picture saved to {arguments.output}")


if __name__ == "__main__":
    main()
