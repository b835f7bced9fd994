"""Write the costs of each layer for the documentation: docs/guides/costs.csv.

Run as part of `make bench`. Times are multiples of those of `LI` in the same run.
"""

from __future__ import annotations

import itertools
import platform
from functools import partial

import torch

import tracetorch as tt
from tests.benchmarks.measuring import FOLDER, medians, page, write
from tests.benchmarks.steps import sequence
from tests.support.zoo import ALL, build

TABLE = FOLDER / "costs.csv"
HEAD = ("layer", "parameters", "state size", "inference", "training")
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
    ways = itertools.product((inference, sequence), layers)
    taken = medians({(run, name): partial(run, layers[name], xs) for run, name in ways}, ROUNDS)
    rows = []
    for name, layer in layers.items():
        parameters = sum(parameter.numel() for parameter in layer.parameters())
        state_size = sum(state.numel() for state in states(layer)) // BATCH
        ratios = (taken[run, name] / taken[run, "LI"] for run in (inference, sequence))
        rows.append([page(name), f"{parameters}", f"{state_size}", *map("{:.1f}".format, ratios)])
    write(TABLE, HEAD, rows)
    print(f"{TABLE.name}: {platform.machine()}, one thread, PyTorch {torch.__version__}")


def states(layer: tt.Layer) -> list[torch.Tensor]:
    return [getattr(layer, name) for name in layer._state_sizes]


if __name__ == "__main__":
    main()
