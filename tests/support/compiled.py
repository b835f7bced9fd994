"""Compile kernels in Triton for processors that need not be there; see `test_triton.py`.

Prints how many threads each has, 32 in a warp and 1024 at most, and how often they wait.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import triton
from triton.backends.compiler import GPUTarget

import tracetorch as tt
from tests.support import zoo
from tests.support.cases import PAIRS
from tracetorch.sequence.call import Call
from tracetorch.sequence.choice import draws, kernel_of, numbers
from tracetorch.sequence.kernel import Kernel
from tracetorch.sequence.recurrence import operator
from tracetorch.sequence.triton import recurrence
from tracetorch.sequence.triton import run as cuda

NAMES = ["LI", next(name for name in PAIRS if zoo.fires(name) and draws(PAIRS[name][1]))]
"""A layer, and one that draws random numbers."""


RECURRENCES = ["S6", "SimpleRNN"]
"""One that sums over dimensions of a block, and one with products with a matrix."""


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
    cuda.launch = partial(launch, cuda.launch)
    for name in NAMES:
        for dtype in (torch.float32, torch.float64):
            unroll(name, dtype)
    operator._backend = lambda device: recurrence
    for name in RECURRENCES:
        unroll_recurrence(name)


def launch(real: Any, function: Any, *where: Any, **arguments: Any) -> None:
    """Compile as a launch does, but do not launch."""
    real(Compiled(function), *where, **arguments)


class Compiled:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __getitem__(self, grid: tuple[int, ...]) -> Any:
        return partial(self.compile, grid=grid)

    def compile(self, **arguments: Any) -> None:
        made, name = self.function.warmup(**arguments), self.function.__name__
        layer, block = arguments["name"].partition(":")[0], arguments["BLOCK"]
        warps, barriers = made.metadata.num_warps, made.asm["ttir"].count("barrier")
        print(f"{name} of {layer}: {warps} warps for {block} elements, {barriers} barriers")


def unroll(name: str, dtype: torch.dtype) -> None:
    """Both passes through a layer, with and without what they may be given."""
    spike_fn, quant_fn = PAIRS[name]
    functions = {"spike_fn": spike_fn, "quant_fn": quant_fn} if zoo.fires(name) else {}
    made = zoo.build(name, 3, **functions)
    kernel = Kernel.parse(kernel_of(made))
    parameters = [getattr(made, name).detach().to(dtype) for name in made._activations]
    states = [torch.zeros(2, 3, dtype=dtype) for _ in made.State._fields]
    xs = torch.zeros(35, 2, 3, dtype=torch.float16)
    drawn = len(kernel.facts.calls)
    noise = torch.zeros(35, drawn, 2, 3, dtype=dtype) if drawn else None
    call = Call(kernel, xs, 0, 1, parameters, numbers(made), noise)
    cuda.forward(call, states, False, True)
    ys, after, kept, _ = cuda.forward(call, states, True, False)
    cuda.backward(call, after, ys, kept)


def unroll_recurrence(name: str) -> None:
    """The same; nothing is computed, so that the results are any numbers."""
    made = zoo.build(name, 70)
    xs = torch.zeros(20, 2, 70)
    with torch.no_grad(), tt.record(made, *made._state_sizes):
        tt.unroll(made, xs, strict=True)
    made.zero_states()
    tt.unroll(made, xs, strict=True).sum().backward()


if __name__ == "__main__":
    main()
