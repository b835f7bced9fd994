"""Train a small spiking network on handwritten digits, one row of pixels per timestep.

The network never receives a whole image: it has to remember the earlier rows. The script prints its
test accuracy beside that of a logistic regression on whole images, and saves its weights and a
picture of the spikes, membranes and outputs of the network for one digit.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

import tracetorch as tt

BLUE, ORANGE, GREEN, *_ = tt.plot.COLORS


class Data(NamedTuple):
    images: Tensor
    labels: Tensor


class Digits(tt.Model):
    """Two layers of spiking neurons, and a readout of ten membranes, one for each digit."""

    def __init__(self) -> None:
        super().__init__()
        num_neurons = 256
        self.first = nn.Sequential(nn.Linear(8, num_neurons), spiking_layer(num_neurons))
        self.rest = nn.Sequential(
            nn.Linear(num_neurons, num_neurons),
            spiking_layer(num_neurons),
            nn.Linear(num_neurons, 10),
            tt.snn.LI(10),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(self.first(x))


def spiking_layer(num_neurons: int) -> tt.snn.DLIT:
    # Neurons with equal decays would all store the same mixture of rows. Here they differ: the
    # first has a fast positive and a slow negative branch, the last the reverse.
    decays = tt.functional.spread_decays(num_neurons, shortest=0.5, longest=8)
    quant_fn = tt.functional.round_ste()  # spikes are -1, 0 or 1
    return tt.snn.DLIT(num_neurons, pos_beta=decays, neg_beta=decays.flip(0), quant_fn=quant_fn)


def load_data() -> tuple[Data, Data, Data]:
    """Images for training, those by which choices are made, and those for the final test."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)
    labels = torch.tensor(digits.target)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    parts = order.split((1047, 300, 450))
    images = (images - images[parts[0]].mean()) / images[parts[0]].std()
    train, validation, test = (Data(images[part], labels[part]) for part in parts)
    return train, validation, test


def read(model: Digits, images: Tensor) -> Tensor:
    """The last output of the model, after all rows: its scores of the digits."""
    model.zero_states()
    return tt.unroll(model, images, dim=1)[:, -1]


def train_model(model: Digits, train: Data, validation: Data, epochs: int) -> list[float]:
    """Train, and return the validation accuracy after each epoch."""
    batches = DataLoader(TensorDataset(*train), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(batches))
    accuracies = []
    for epoch in tqdm(range(1, epochs + 1), desc="training", unit="epoch"):
        for images, labels in batches:
            noisy_images = images + 0.3 * torch.randn_like(images)  # against overfitting
            loss = nn.functional.cross_entropy(read(model, noisy_images), labels)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()
        accuracies.append(accuracy(model, validation))
        tqdm.write(f"epoch {epoch:2d}: validation accuracy {accuracies[-1]:.1%}")
    return accuracies


@torch.no_grad()
def accuracy(model: Digits, data: Data) -> float:
    return (read(model, data.images).argmax(dim=1) == data.labels).float().mean().item()


@torch.no_grad()
def record(model: Digits, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Spikes and membranes of the first layer, and the outputs of the network, over time."""
    model.zero_states()
    with tt.record(model, "first", "first.1.pos_mem", "first.1.neg_mem") as seen:
        scores = tt.unroll(model, image)
    return seen["first"], seen["first.1.pos_mem"] + seen["first.1.neg_mem"], scores


@torch.no_grad()
def draw(model: Digits, image: Tensor, accuracies: list[float]) -> Figure:
    """A digit, the spikes, membranes and outputs of the network for it, and the learning curve."""
    spikes, membranes, scores = record(model, image)
    figure = Figure(figsize=(12, 9), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.5))
    digit, curve = left.subplots(2, 1)
    raster, *traces, scored = right.subplots(5, 1, sharex=True, height_ratios=(5, 1.4, 1.4, 1.4, 3))
    draw_digit(digit, image)
    draw_curve(curve, accuracies)
    tt.plot.raster(spikes, raster).set(xlabel="")
    raster.set_title("Spikes of its first layer", loc="left")
    changes = spikes.diff(dim=0).abs().sum(dim=0)
    for axes, neurons in zip(traces, torch.arange(len(changes)).chunk(len(traces))):
        most_active = int(neurons[changes[neurons].argmax()])
        draw_membrane(axes, model.first[1], most_active, spikes, membranes)
    traces[0].set_title("Membranes of three neurons, and their thresholds (dotted)", loc="left")
    draw_scores(scored, scores)
    return figure


def draw_digit(axes: Axes, image: Tensor) -> None:
    axes.imshow(image.numpy(), cmap="gray", extent=(0.5, 8.5, 8.5, 0.5))
    axes.set(title="What it reads: one row per timestep", xlabel="pixel", ylabel="timestep")


def draw_curve(axes: Axes, accuracies: list[float]) -> None:
    epochs = range(1, len(accuracies) + 1)
    axes.plot(epochs, accuracies, ".-", color=BLUE)
    axes.set(title="How it learned", xlabel="epoch", ylabel="validation accuracy")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(color="0.9")


def draw_membrane(
    axes: Axes, layer: tt.snn.DLIT, neuron: int, spikes: Tensor, membranes: Tensor
) -> None:
    up, down = layer.pos_threshold[neuron], layer.neg_threshold[neuron]
    fired, after = spikes[:, neuron], membranes[:, neuron]
    before = after + fired.clamp(min=0) * up + fired.clamp(max=0) * down
    timesteps = torch.arange(1, len(after) + 1).repeat_interleave(2)
    values = torch.stack((before, after), dim=1).flatten()
    axes.plot(timesteps.numpy(), values.numpy(), color=GREEN)
    axes.axhline((up - layer.bias[neuron]).item(), color=BLUE, linestyle=":")
    axes.axhline((-down - layer.bias[neuron]).item(), color=ORANGE, linestyle=":")
    axes.set_ylabel(f"neuron\n{neuron}")


def draw_scores(axes: Axes, scores: Tensor) -> None:
    timesteps = range(1, len(scores) + 1)
    answer = int(scores[-1].argmax())
    axes.plot(timesteps, scores.numpy(), color="0.8")
    axes.plot(timesteps, scores[:, answer].numpy(), color=BLUE, label=f"its answer: {answer}")
    axes.set(xlabel="timestep", ylabel="membrane")
    axes.set_title("Readout: one membrane for each digit", loc="left")
    legend_above(axes)


def legend_above(axes: Axes) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--output", type=Path, default=Path("build/digits.png"))
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)  # faster for tensors this small
    train, validation, test = load_data()
    model = Digits()
    accuracies = train_model(model, train, validation, arguments.epochs)
    baseline = LogisticRegression(max_iter=1000).fit(train.images.flatten(1), train.labels)
    expected = baseline.score(test.images.flatten(1), test.labels)
    print(f"on {len(test.labels)} test images:")
    print(f"logistic regression, whole images: test accuracy {expected:.1%}")
    print(f"spiking network, one row per timestep: test accuracy {accuracy(model, test):.1%}")

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw(model, test.images[3], accuracies).savefig(arguments.output, dpi=100)
    print(f"picture saved to {arguments.output}")
    weights = arguments.output.with_suffix(".pt")
    torch.save(model.state_dict(), weights)
    print(f"weights saved to {weights}")


if __name__ == "__main__":
    main()
