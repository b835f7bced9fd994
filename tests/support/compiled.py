"""Compile kernels in Triton for processors that need not be there; see `test_triton.py`."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import triton
from triton.backends.compiler import GPUTarget

from tests.support import zoo
from tests.support.cases import PAIRS
from tracetorch.sequence.choice import calls, draws, kernel_of, numbers
from tracetorch.sequence.triton import run as cuda

NAMES = ["LI", next(name for name in PAIRS if zoo.fires(name) and draws(PAIRS[name][1]))]
"""A layer, and one that draws random numbers."""


class Absent:
    """A driver of a processor, as far as the compiler asks it."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 80, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0


def main() -> None:
    triton.runtime.driver.set_active(Absent())
    cuda._launch = partial(launch, cuda._launch)
    for name in NAMES:
        for dtype in (torch.float32, torch.float64):
            unroll(name, dtype)


def launch(real: Any, function: Any, kernel: str, **arguments: Any) -> None:
    """Compile as a launch does, but do not launch."""
    real(Compiled(function), kernel, **arguments)


class Compiled:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __getitem__(self, grid: tuple[int, ...]) -> Any:
        return partial(self.function.warmup, grid=grid)


def unroll(name: str, dtype: torch.dtype) -> None:
    """Both passes through a layer, with and without what they may be given."""
    spike_fn, quant_fn = PAIRS[name]
    functions = {"spike_fn": spike_fn, "quant_fn": quant_fn} if zoo.fires(name) else {}
    made = zoo.build(name, 3, **functions)
    kernel = kernel_of(made)
    parameters = [getattr(made, name).detach().to(dtype) for name in made._activations]
    states = [torch.zeros(2, 3, dtype=dtype) for _ in made.State._fields]
    xs = torch.zeros(35, 2, 3, dtype=torch.float16)
    drawn, given = len(calls(kernel)), numbers(made)
    noise = torch.zeros(35, drawn, 2, 3, dtype=dtype) if drawn else None
    ys, after, _ = cuda.unroll(kernel, xs, 0, 1, parameters, states, given, noise, False)
    ys, after, kept = cuda.unroll(kernel, xs, 0, 1, parameters, states, given, noise, True)
    cuda.unroll_backward(kernel, ys, after, xs, 0, 1, parameters, given, noise, kept)


if __name__ == "__main__":
    main()
