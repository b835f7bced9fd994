"""Write the costs of each layer for the documentation: docs/guides/costs.csv.

Run as part of `make bench`. Times are medians over interleaved rounds, as multiples of those of
`LI` in the same run, since the machine is noisy.
"""

from __future__ import annotations

import csv
import platform
import statistics
from pathlib import Path

import torch
from tqdm import tqdm

import tracetorch as tt
from tests.benchmarks.steps import seconds, sequence
from tests.support.zoo import ALL, build

TABLE = Path(__file__).parents[2] / "docs" / "guides" / "costs.csv"
TIMESTEPS, BATCH, NEURONS = 20, 32, 256
ROUNDS = 15


@torch.no_grad()
def inference(layer: tt.Layer, xs: torch.Tensor) -> None:
    layer.zero_states()
    for x in xs:
        layer(x)


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    layers = {name: build(name, NEURONS) for name in ALL}
    times = {(run, name): list[float]() for run in (inference, sequence) for name in ALL}
    for _ in tqdm(range(ROUNDS), desc="rounds"):
        for (run, name), taken in times.items():
            taken.append(seconds(lambda: run(layers[name], xs)))
    medians = {key: statistics.median(taken) for key, taken in times.items()}
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["layer", "parameters", "state size", "inference", "training"])
        for name, layer in layers.items():
            parameters = sum(parameter.numel() for parameter in layer.parameters())
            state_size = sum(state.numel() for state in states(layer)) // BATCH
            ratios = (medians[run, name] / medians[run, "LI"] for run in (inference, sequence))
            page = f"[{name}](../layers/{name.lower()}.md)"
            table.writerow([page, parameters, state_size, *map("{:.1f}".format, ratios)])
    print(f"{TABLE.name}: {platform.machine()}, one thread, PyTorch {torch.__version__}")


def states(layer: tt.Layer) -> list[torch.Tensor]:
    return [getattr(layer, name) for name in layer._state_sizes]


if __name__ == "__main__":
    main()
