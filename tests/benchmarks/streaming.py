"""Write the costs of single timesteps for the documentation: docs/guides/timesteps.csv.

Run as part of `make bench`. A call of a layer of 64 neurons with a batch of one, in inference, as a
multiple of the time of `torch.nn.GRUCell` in the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

import tracetorch as tt
from tests.benchmarks.measuring import FOLDER, medians, page, write

HEAD = ("layer", "call", "call after `TTcompile`", "`tt.unroll` of one timestep")
TABLE = FOLDER / "timesteps.csv"
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


def repeat(call: Callable[[], object]) -> None:
    for _ in range(CALLS):
        call()


@torch.inference_mode()
def main() -> None:
    torch.manual_seed(0)
    calls = contestants(torch.randn(1, NEURONS))
    taken = medians({key: partial(repeat, call) for key, call in calls.items()}, ROUNDS)
    unit = taken["GRUCell", ""]
    rows = [
        [page(name), *(f"{taken[name, column] / unit:.2f}" for column in HEAD[1:])]
        for name in LAYERS
    ]
    write(TABLE, HEAD, rows)
    print(f"{TABLE.name}: a call of GRUCell took {unit / CALLS * 1e6:.0f} us")


if __name__ == "__main__":
    main()
