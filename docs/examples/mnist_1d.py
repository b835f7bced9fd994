"""Classify MNIST-1D, one point per timestep, with five kinds of memory.

The input is a digit as a signal of 40 points, of which the network has to remember the earlier
ones. The script trains all networks in the same way, prints their test accuracies and those of the
paper of the data set (Greydanus and Kobak, arXiv:2011.14439), and saves a picture of both.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
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

LEARNING_RATE = 0.03
OURS, THEIRS = tt.plot.COLORS[0], tt.plot.COLORS[4]
PAPER = {"human": 0.96, "CNN": 0.94, "GRU": 0.91, "MLP": 0.68, "logistic regression": 0.32}


class Data(NamedTuple):
    signals: Tensor  # [examples, timesteps]
    digits: Tensor


class Reader(tt.Model):
    """Layers that compute a score for each digit from one point and their states."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Lateral(tt.Layer):
    """Spiking layer with full recurrence: the last spikes of all neurons are fed back to each."""

    def __init__(self, neurons: tt.snn.Layer) -> None:
        super().__init__(neurons.num_neurons)
        self.neurons = neurons
        self.weights = nn.Linear(self.num_neurons, self.num_neurons, bias=False)
        self._initialize_state("spikes")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.spikes = self.neurons(x + self.weights(self.spikes))
        return self.spikes.clone()  # the caller may modify the output in place


def spread_decays(num_neurons: int, longest_halflife: float) -> Tensor:
    """Decays for logarithmically spaced half-lives, from half a timestep on."""
    halflives = torch.logspace(-1, math.log2(longest_halflife), num_neurons, base=2.0)
    return tt.functional.halflife_to_decay(halflives)


def make_li() -> Reader:
    memory = tt.snn.LI(64, beta=spread_decays(64, longest_halflife=32.0))
    return Reader(nn.Linear(1, 64), memory, nn.Linear(64, 10))


def make_s5() -> Reader:
    blocks = [
        nn.Sequential(tt.ssm.S5(48, d_state=16), nn.Linear(48, 96), nn.GLU()) for _ in range(2)
    ]
    return Reader(nn.Linear(1, 48), *blocks, nn.Linear(48, 10))


def make_spiking() -> Reader:
    decays = spread_decays(96, longest_halflife=8.0)
    first, second = (
        tt.snn.LIB(96, beta=decays, quant_fn=tt.functional.round_ste()) for _ in range(2)
    )
    return Reader(nn.Linear(1, 96), Lateral(first), nn.Linear(96, 96), second, nn.Linear(96, 10))


def make_mamba() -> Reader:
    return Reader(nn.Linear(1, 24), tt.ssm.Mamba(24, d_state=4), nn.Linear(24, 10))


def make_gru() -> Reader:
    return Reader(tt.rnn.GRU(1, 64), nn.Linear(64, 10))


NETWORKS: dict[str, Callable[[], Reader]] = {
    "LI": make_li,
    "S5": make_s5,
    "spiking": make_spiking,
    "Mamba": make_mamba,
    "GRU": make_gru,
}


def load_data() -> tuple[Data, Data]:
    """Training and test examples of the paper, generated from its seed."""
    dataset = make_dataset(get_dataset_args())
    train, test = (
        Data(torch.tensor(dataset[f"x{part}"]).float(), torch.tensor(dataset[f"y{part}"]))
        for part in ("", "_test")
    )
    return train, test


def read(model: Reader, signals: Tensor) -> Tensor:
    """The scores of the model after each point, `[timesteps, examples, digits]`."""
    model.zero_states()
    return torch.stack([model(points) for points in signals.unsqueeze(-1).unbind(dim=1)])


def train_model(model: Reader, train: Data, epochs: int, name: str) -> None:
    batches = DataLoader(TensorDataset(*train), batch_size=100, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=epochs * len(batches), pct_start=0.2
    )
    for _ in tqdm(range(epochs), desc=f"training {name}", unit="epoch"):
        for signals, digits in batches:
            loss = nn.functional.cross_entropy(read(model, signals).mean(dim=0), digits)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()


@torch.no_grad()
def accuracies_so_far(model: Reader, data: Data) -> Tensor:
    """The accuracy of the prediction after each timestep."""
    answers = read(model, data.signals).cumsum(dim=0).argmax(dim=-1)
    return (answers == data.digits).float().mean(dim=1)


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
    rows = [(value, name, OURS) for name, value in ours.items()]
    rows += [(value, f"{name} (paper)", THEIRS) for name, value in PAPER.items()]
    values, names, colors = zip(*sorted(rows))
    bars = axes.barh(names, values, color=colors)
    axes.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
    axes.set(title="Test accuracy", xlim=(0, 1.15), xticks=())
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def draw_curves(axes: Axes, ours: Mapping[str, Tensor]) -> None:
    tt.plot.traces(ours, axes)
    axes.legend(loc="upper left", frameon=False)
    axes.set_title("Test accuracy after each timestep")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(color="0.9")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--output", type=Path, default=Path("build/mnist_1d.png"))
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # faster for tensors this small
    train, test = load_data()
    ours = {}
    for name, make_model in NETWORKS.items():
        torch.manual_seed(arguments.seed)  # so that results do not depend on the order of networks
        model = make_model()
        train_model(model, train, arguments.epochs, name)
        ours[name] = accuracies_so_far(model, test)
    for name, accuracies in ours.items():
        print(f"{name}: test accuracy {accuracies[-1]:.1%}")
    print("in the paper: " + ", ".join(f"{name} {value:.0%}" for name, value in PAPER.items()))

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw(test, ours).savefig(arguments.output, dpi=100)
    print(f"picture saved to {arguments.output}")


if __name__ == "__main__":
    main()
