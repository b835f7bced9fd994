"""Classify MNIST-1D with hard spikes, one point per timestep, by two networks.

The input is a digit as a signal of 40 points. One network has lags between its layers, the other
none, but recurrent weights. The script trains both in the same way, prints their test accuracies
and those of the paper of the data set (Greydanus and Kobak, arXiv:2011.14439), and saves a picture.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from mnist1d.data import get_dataset_args, make_dataset
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

import tracetorch as tt

SIZE = 128  # neurons of each layer
OURS, THEIRS = tt.plot.COLORS[0], tt.plot.COLORS[4]
PAPER = {"human": 0.96, "CNN": 0.94, "GRU": 0.91, "MLP": 0.68, "logistic regression": 0.32}


class Data(NamedTuple):
    signals: Tensor  # [examples, timesteps]
    digits: Tensor


class RecurrentState(NamedTuple):
    spikes: Tensor
    trace: Tensor
    mem: Tensor


class Recurrent(tt.snn.Layer):
    """`LIB` in which each neuron receives the last spikes of all neurons, and a trace of its own."""

    State = RecurrentState

    def __init__(self, num_neurons: int, beta: Tensor) -> None:
        super().__init__(num_neurons)
        self._register_decay("beta", beta)
        self._register_decay("gamma", 0.9)
        self._register_parameter("gain", 0.0)
        self.weights = nn.Linear(num_neurons, num_neurons, bias=False)
        self.quantize = tt.functional.round_ste()  # spikes are 0 or 1

    def step(self, x: Tensor, states: RecurrentState) -> tuple[Tensor, RecurrentState]:
        spikes, trace, mem = states
        gamma = self.gamma
        trace = gamma * trace + (1 - gamma) * spikes
        mem = self.beta * mem + x + self.weights(spikes) + self.gain * trace
        spikes = self.quantize(tt.functional.sigmoid4x(mem - 1))
        return spikes, RecurrentState(spikes, trace, mem - spikes)


def make_lagged() -> nn.Sequential:
    """Three spiking layers, each after a linear map over several earlier inputs."""
    layers: list[nn.Module] = []
    for features, lags in ((1, range(7)), (SIZE, (0, 2, 4)), (SIZE, (0, 2, 4))):
        beta = tt.functional.spread_decays(SIZE, shortest=0.1, longest=2)
        neurons = tt.snn.LIB(SIZE, beta, quant_fn=tt.functional.round_ste())  # spikes are 0 or 1
        layers += [tt.Lags(features, lags), nn.Linear(len(lags) * features, SIZE)]
        layers += [tt.SequenceBatchNorm(SIZE), neurons, tt.SequenceDropout(SIZE, 0.1)]
    return nn.Sequential(*layers, nn.Linear(SIZE, 10))


def make_recurrent() -> nn.Sequential:
    """Three recurrent spiking layers: all memory is in their membranes, traces and last spikes."""
    layers: list[nn.Module] = []
    for features in (1, SIZE, SIZE):
        beta = tt.functional.spread_decays(SIZE, shortest=0.1, longest=10)
        layers += [nn.Linear(features, SIZE), tt.SequenceBatchNorm(SIZE)]
        layers += [Recurrent(SIZE, beta), tt.SequenceDropout(SIZE, 0.1)]
    return nn.Sequential(*layers, nn.Linear(SIZE, 10))


NETWORKS: dict[str, Callable[[], nn.Sequential]] = {
    "lags": make_lagged,
    "recurrent": make_recurrent,
}
DECAY_LR = {"lags": 0.024, "recurrent": 0.08}  # of weights: 0.008


def load_data() -> tuple[Data, Data]:
    """Training and test examples of the paper, generated from its seed."""
    dataset = make_dataset(get_dataset_args())
    train, test = (
        Data(torch.tensor(dataset[f"x{part}"]).float(), torch.tensor(dataset[f"y{part}"]))
        for part in ("", "_test")
    )
    return train, test


def held_out(train: Data) -> tuple[Data, Data]:
    """Training examples, and 800 of them to make choices by."""
    parts = zip(*(part.split((3200, 800)) for part in train))
    first, last = (Data(*part) for part in parts)
    return first, last


def read(network: nn.Sequential, signals: Tensor) -> Tensor:
    """The scores of the network after each point, `[timesteps, examples, digits]`."""
    tt.zero_states(network)
    xs = signals.T.unsqueeze(-1).contiguous()
    for layer in network:  # one by one, so that none but Recurrent runs in a loop
        xs = tt.unroll(layer, xs)
    return xs


def train_network(name: str, network: nn.Sequential, train: Data, epochs: int) -> None:
    batches = DataLoader(TensorDataset(*train), batch_size=100, shuffle=True)
    groups = tt.parameter_groups(network, decay_lr=DECAY_LR[name])
    optimizer = torch.optim.AdamW(groups, lr=0.008, weight_decay=0.01)
    rates = [group["lr"] for group in optimizer.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, epochs * len(batches))
    for _ in tqdm(range(epochs), desc=f"training {name}", unit="epoch"):
        for signals, digits in batches:
            loss = nn.functional.cross_entropy(read(network, signals).mean(dim=0), digits)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()


@torch.no_grad()
def accuracies_so_far(network: nn.Sequential, data: Data) -> Tensor:
    """The accuracy of the prediction after each timestep."""
    answers = read(network.eval(), data.signals).cumsum(dim=0).argmax(dim=-1)
    return (answers == data.digits).float().mean(dim=1)


def trained(name: str, seed: int, epochs: int, train: Data, test: Data) -> Tensor:
    """Train a network, print its accuracy, and return that after each timestep."""
    torch.manual_seed(seed)
    network, start = NETWORKS[name](), time.process_time()
    train_network(name, network, train, epochs)
    seconds = time.process_time() - start
    accuracies = accuracies_so_far(network, test)
    print(f"{name}, seed {seed}: {accuracies[-1]:.1%}, trained in {seconds:.0f} s", flush=True)
    return accuracies


def draw(test: Data, ours: Mapping[str, Tensor]) -> Figure:
    """The data, the accuracies, and the accuracy of each network over timesteps."""
    figure = Figure(figsize=(8, 8), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.2), hspace=0.03)
    top.suptitle("Two examples of each digit, one point per timestep")
    for digit, axes in enumerate(top.subplots(2, 5, sharex=True, sharey=True).flat):
        draw_digit(axes, digit, test)
    bars, curves = bottom.subplots(1, 2)
    draw_bars(bars, {name: accuracies[-1].item() for name, accuracies in ours.items()})
    draw_curves(curves, ours)
    return figure


def draw_digit(axes: Axes, digit: int, data: Data) -> None:
    examples = data.signals[data.digits == digit][:2]
    for signal, color in zip(examples, (OURS, "0.7")):
        axes.plot(range(1, len(signal) + 1), signal.numpy(), ".-", color=color, markersize=3)
    axes.set_title(str(digit), fontweight="bold")
    axes.set(xticks=(1, 20, 40), yticks=())
    axes.spines[["top", "right", "left"]].set_visible(False)
    if digit == 7:
        axes.set_xlabel("timestep")


def draw_bars(axes: Axes, ours: Mapping[str, float]) -> None:
    rows = [(value, f"spikes, {name}", OURS) for name, value in ours.items()]
    rows += [(value, f"{name} (paper)", THEIRS) for name, value in PAPER.items()]
    values, names, colors = zip(*sorted(rows))
    bars = axes.barh(names, values, color=colors)
    axes.bar_label(bars, [f"{100 * value:.3g} %" for value in values], padding=3)
    axes.set(title="Test accuracy", xlim=(0, 1.2), xticks=())
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def draw_curves(axes: Axes, ours: Mapping[str, Tensor]) -> None:
    tt.plot.traces(ours, axes)
    axes.legend(loc="upper left", frameon=False)
    axes.set_title("Test accuracy after each timestep")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(color="0.9")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=[*NETWORKS])
    parser.add_argument("--validate", action="store_true", help="hold out 800 training examples")
    parser.add_argument("--output", type=Path, default=Path("build/mnist_1d.png"))
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # faster for tensors this small
    warnings.filterwarnings("ignore", "tt.unroll: no kernel for .*Recurrent")
    train, test = load_data()
    if arguments.validate:
        train, test = held_out(train)
    ours = {}
    for name in arguments.networks:
        runs = [trained(name, seed, arguments.epochs, train, test) for seed in arguments.seeds]
        ours[name] = torch.stack(runs).mean(dim=0)
    for name, accuracies in ours.items():
        print(f"{name}: mean accuracy {accuracies[-1]:.1%}")
    print("in the paper: " + ", ".join(f"{name} {value:.0%}" for name, value in PAPER.items()))

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw(test, ours).savefig(arguments.output, dpi=100)
    print(f"picture saved to {arguments.output}")


if __name__ == "__main__":
    main()
