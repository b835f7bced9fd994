"""Write the costs of single timesteps for the documentation: docs/guides/timesteps.csv.

Run as part of `make bench`. A call of a layer of 64 neurons with a batch of one, in inference, as a
multiple of the time of `torch.nn.GRUCell` in the same run: medians over interleaved rounds.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

import tracetorch as tt
from tests.benchmarks.steps import seconds

HEAD = ("layer", "call", "call after `TTcompile`", "`tt.unroll` of one timestep")
TABLE = Path(__file__).parents[2] / "docs" / "guides" / "timesteps.csv"
LAYERS = ("LI", "LIB", "SLIB", "DSRLITS")
NEURONS, CALLS, ROUNDS = 64, 100, 51


def contestants(x: torch.Tensor) -> dict[tuple[str, str], Callable[[], object]]:
    """What is measured, by row and column."""
    cell, state = torch.nn.GRUCell(NEURONS, NEURONS), torch.zeros(1, NEURONS)
    found: dict[tuple[str, str], Callable[[], object]] = {("GRUCell", ""): partial(cell, x, state)}
    for name in LAYERS:
        layers = [getattr(tt.snn, name)(NEURONS) for _ in range(3)]
        for layer in layers[1:]:
            layer.TTcompile()
        plain, compiled, unrolled = layers
        runs = (partial(plain, x), partial(compiled, x), partial(tt.unroll, unrolled, x[None]))
        found |= {(name, column): run for column, run in zip(HEAD[1:], runs)}
    return found


@torch.inference_mode()
def main() -> None:
    torch.manual_seed(0)
    calls = contestants(torch.randn(1, NEURONS))
    times: dict[tuple[str, str], list[float]] = {key: [] for key in calls}
    for _ in tqdm(range(ROUNDS), desc="rounds"):
        for key, call in calls.items():
            times[key].append(seconds(lambda call=call: [call() for _ in range(CALLS)]) / CALLS)
    medians = {key: statistics.median(taken) for key, taken in times.items()}
    unit = medians["GRUCell", ""]
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEAD)
        for name in LAYERS:
            ratios = (f"{medians[name, column] / unit:.2f}" for column in HEAD[1:])
            table.writerow([f"[{name}](../layers/{name.lower()}.md)", *ratios])
    print(f"{TABLE.name}: a call of GRUCell took {unit * 1e6:.0f} us")


if __name__ == "__main__":
    main()
