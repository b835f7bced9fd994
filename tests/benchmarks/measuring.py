"""What the benchmarks share: how they measure, and how they write what they have found.

Machines are noisy, so times are medians over rounds in which everything has its turn, and tables
show ratios of them.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from tqdm import tqdm

import tracetorch as tt
from tests.support import zoo
from tracetorch.sequence.c.build import compiler

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "guides"
THREADS = 2
LOOP, UNROLL = "loop", "`tt.unroll`"

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Contestant:
    """A way to run sequences through a layer, each from its beginning."""

    layer: str
    by: str
    module: nn.Module
    run: Callable[[Tensor], Tensor]


def loop(step: Callable[[Tensor], Tensor], xs: Tensor, dim: int = 0) -> Tensor:
    return torch.stack([step(x) for x in xs.unbind(dim)], dim)


def each_anew(module: nn.Module, run: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Run each sequence from its beginning."""

    def anew(xs: Tensor) -> Tensor:
        tt.zero_states(module)
        return run(xs)

    return anew


# Time


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def medians(runs: Mapping[Key, Callable[[], object]], rounds: int) -> dict[Key, float]:
    """The median time of each in seconds."""
    times = {key: list[float]() for key in runs}
    for _ in tqdm(range(rounds), desc="rounds"):
        for key, run in runs.items():
            times[key].append(seconds(run))
    return {key: statistics.median(taken) for key, taken in times.items()}


# Memory


def kept(contestant: Contestant, xs: Tensor) -> int:
    """The bytes that autograd keeps for the backward pass, beside the input and the parameters."""
    storages = {}  # which live on here, so that none can take the place of another

    def pack(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    xs = xs.detach().requires_grad_()
    with saved_tensors_hooks(pack, lambda tensor: tensor):
        contestant.run(xs)
    for tensor in (xs, *contestant.module.parameters()):
        storages.pop(tensor.untyped_storage().data_ptr(), None)
    return sum(storage.nbytes() for storage in storages.values())


def growth(run: Callable[[], object]) -> int:
    """By how many bytes this process grows at most while something runs, as Linux tells."""
    Path("/proc/self/clear_refs").write_text("5")  # the most is now what is in use
    before = highest_use()
    run()
    return highest_use() - before


def apart(run: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a process of its own, which has used no memory that it could use again."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(1, context, torch.set_num_threads, (THREADS,)) as pool:
        return pool.submit(run, *arguments).result()


def highest_use() -> int:
    """The most bytes that this process has had; getrusage knows those of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


# Results


def machine(libraries: Sequence[str]) -> Iterator[str]:
    """What the numbers were measured on, and with."""
    lanes = torch.backends.cpu.get_cpu_capability()
    yield f"{processor()}, {lanes}, {THREADS} threads on {os.cpu_count()} cores"
    built, *_ = compiler().version.splitlines()
    yield f"Python {platform.python_version()}, PyTorch {torch.__version__}, {built}"
    yield ", ".join(filter(None, map(installed, libraries))) or "no other library"


def processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def installed(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


def page(layer: str) -> str:
    """The name of a layer as a link to its page, if it has one."""
    return f"[{layer}](../layers/{layer.lower()}.md)" if layer in zoo.ALL else layer


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table for the documentation."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


def write_notes(path: Path, notes: Sequence[str]) -> None:
    """Write lines for the documentation."""
    path.write_text("".join(f"{note}\n" for note in notes), encoding="utf-8")


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    print(*("  ".join(map(str.ljust, row, widths)) for row in (head, *rows)), sep="\n")
