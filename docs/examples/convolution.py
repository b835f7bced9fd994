"""Train a spiking convolutional network on handwritten digits, encoded as random spikes.

A pixel spikes with a probability equal to its brightness, for eight timesteps. The script prints
the test accuracy after every timestep, and saves a picture for one digit: the spikes of all
channels of the two spiking layers, and the readout over time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.figure import Figure, SubFigure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

import tracetorch as tt

TIMESTEPS = 8


class Data(NamedTuple):
    images: Tensor  # [images, 1, 8, 8], brightness from 0 to 1
    labels: Tensor


class ConvolutionalNet(tt.Model):
    """Two stages of convolution, spiking layer and pooling, and a readout of ten membranes."""

    def __init__(self) -> None:
        super().__init__()
        quant_fn = tt.functional.round_ste()
        self.first = nn.Sequential(
            nn.Conv2d(1, 12, kernel_size=3, padding=1),
            tt.snn.DSLIB(12, dim=-3, quant_fn=quant_fn),
        )
        self.second = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Conv2d(12, 24, kernel_size=3, padding=1),
            tt.snn.LIB(24, dim=-3, quant_fn=quant_fn),
        )
        self.readout = nn.Sequential(
            nn.AvgPool2d(2), nn.Flatten(-3), nn.Linear(24 * 2 * 2, 10), tt.snn.LI(10)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.second(self.first(x)))


def load_data() -> tuple[Data, Data]:
    digits = load_digits()
    train_images, test_images, train_labels, test_labels = train_test_split(
        torch.tensor(digits.images / 16, dtype=torch.float32).unsqueeze(1),
        torch.tensor(digits.target),
        test_size=0.25,
        random_state=0,
        stratify=digits.target,
    )
    return Data(train_images, train_labels), Data(test_images, test_labels)


def flicker(images: Tensor) -> Tensor:
    """Random spikes `[timesteps, …]`; the brightness of a pixel is its firing probability."""
    return torch.bernoulli(images.expand(TIMESTEPS, *images.shape))


def run(model: ConvolutionalNet, spikes: Tensor) -> Tensor:
    """The readout after every timestep."""
    model.zero_states()
    return tt.unroll(model, spikes)


def train(model: ConvolutionalNet, data: Data, epochs: int) -> None:
    batches = DataLoader(TensorDataset(*data), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(batches))
    for _ in tqdm(range(epochs), desc="training", unit="epoch"):
        for images, labels in batches:
            loss = nn.functional.cross_entropy(run(model, flicker(images))[-1], labels)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()


@torch.no_grad()
def accuracies(model: ConvolutionalNet, data: Data) -> Tensor:
    """The test accuracy after every timestep."""
    scores = run(model, flicker(data.images))
    return (scores.argmax(dim=2) == data.labels).float().mean(dim=1)


class Record(NamedTuple):
    pixels: Tensor
    first: Tensor
    second: Tensor
    scores: Tensor


@torch.no_grad()
def record(model: ConvolutionalNet, image: Tensor) -> Record:
    """The output of every stage over time, for a single image."""
    model.zero_states()
    pixels = flicker(image)
    with tt.record(model, "first", "second") as seen:
        scores = tt.unroll(model, pixels)
    return Record(pixels, seen["first"], seen["second"], scores)


def draw(image: Tensor, label: int, recorded: Record) -> Figure:
    """A digit, maps of the spikes of every channel, and the readout over timesteps."""
    figure = Figure(figsize=(7, 8), layout="constrained")
    top, first, second, bottom = figure.subfigures(4, 1, height_ratios=(1.4, 1.8, 1.8, 2.4))
    brightness = {"Brightness": image[0], "Spikes of the pixels": recorded.pixels.sum(dim=0)[0]}
    for axes, (title, values) in zip(top.subplots(1, 2), brightness.items()):
        axes.imshow(values.numpy(), cmap="gray", vmin=0)
        axes.set_title(title)
        axes.set_axis_off()
    draw_maps(first, recorded.first, "First layer: spikes of 12 channels")
    draw_maps(second, recorded.second, "Second layer: spikes of 24 channels")
    draw_scores(bottom, recorded.scores, label)
    return figure


def draw_maps(figure: SubFigure, spikes: Tensor, title: str) -> None:
    maps = spikes.sum(dim=0)
    grid = figure.subplots(2, len(maps) // 2)
    for axes, counts in zip(grid.flat, maps):
        shown = axes.imshow(counts.numpy(), cmap="viridis", vmin=0, vmax=TIMESTEPS)
        axes.set_axis_off()
    figure.colorbar(shown, ax=grid, label="spikes")
    figure.suptitle(title)


def draw_scores(figure: SubFigure, scores: Tensor, label: int) -> None:
    axes = figure.subplots()
    others = scores[:, torch.arange(10) != label]
    tt.plot.traces({f"right answer, {label}": scores[:, label], "others": others}, axes)
    axes.set_ylabel("membrane")
    axes.set_title("Readout", loc="left")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--output", type=Path, default=Path("build/convolution.png"))
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)  # faster for tensors this small
    train_data, test_data = load_data()
    model = ConvolutionalNet()
    train(model, train_data, arguments.epochs)
    for timestep, correct in enumerate(accuracies(model, test_data), start=1):
        print(f"timestep {timestep}: test accuracy {correct:.1%}")

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    image, label = test_data.images[3], int(test_data.labels[3])
    draw(image, label, record(model, image)).savefig(arguments.output, dpi=130)
    print(f"picture saved to {arguments.output}")


if __name__ == "__main__":
    main()
