"""How fast the layers are beside `flex`.

Run as `make bench`. A timestep forward and backward of each generated layer is held against the
same timestep of `flex`, the reference with a switch for every mechanism.
"""

from __future__ import annotations

from functools import partial

import torch

import tracetorch as tt
from tests.benchmarks.measuring import loop, medians, show
from tracetorch.snn import flex

HEAD = ("layer", "us per timestep", "flex / generated")
LAYERS = ("LI", "LIB", "SLIB", "RLIT", "DSRLITS")
TIMESTEPS, BATCH, NEURONS = 20, 32, 128
ROUNDS = 15


def sequence(layer: tt.Layer, xs: torch.Tensor) -> None:
    """One sequence, forward and backward."""
    layer.zero_states()
    loop(layer, xs).sum().backward()


def main() -> None:
    torch.manual_seed(0)
    xs = torch.randn(TIMESTEPS, BATCH, NEURONS)
    runs = {
        (package, name): partial(sequence, getattr(package, name)(NEURONS), xs)
        for name in LAYERS
        for package in (tt.snn, flex)
    }
    taken = medians(runs, ROUNDS)
    rows = []
    for name in LAYERS:
        generated, reference = taken[tt.snn, name], taken[flex, name]
        rows.append([name, f"{generated / TIMESTEPS * 1e6:.0f}", f"{reference / generated:.2f}"])
    show(HEAD, rows)


if __name__ == "__main__":
    main()
