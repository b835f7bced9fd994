"""How fast the layers are: ratios of medians within one run, since the machine is noisy.

Run as `make bench`. A timestep forward and backward of each generated layer is held against the
same timestep of `flex`, the reference with a switch for every mechanism.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from tqdm import tqdm

import tracetorch as tt
from tracetorch.snn import flex

LAYERS = ("LI", "LIB", "SLIB", "RLIT", "DSRLITS")
TIMESTEPS, BATCH, NEURONS = 20, 32, 128
ROUNDS = 15


def sequence(layer: tt.Layer, xs: torch.Tensor) -> None:
    """One sequence, forward and backward."""
    layer.zero_states()
    outputs = [layer(x) for x in xs]
    torch.stack(outputs).sum().backward()


def seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    torch.manual_seed(0)
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    contestants = {
        (kind, name): getattr(package, name)(NEURONS)
        for name in LAYERS
        for kind, package in (("generated", tt.snn), ("flex", flex))
    }
    times: dict[tuple[str, str], list[float]] = {key: [] for key in contestants}
    for _ in tqdm(range(ROUNDS), desc="rounds"):
        for key, layer in contestants.items():
            times[key].append(seconds(lambda: sequence(layer, xs)))
    print("layer     us per timestep   flex / generated")
    for name in LAYERS:
        generated, reference = (statistics.median(times[k, name]) for k in ("generated", "flex"))
        print(f"{name:8}  {generated / TIMESTEPS * 1e6:15.0f}   {reference / generated:16.2f}")


if __name__ == "__main__":
    main()
