"""Assembles the C source of a kernel."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from ...functional.quantizers import BUILT_IN
from ..call import CHUNK
from ..kernel import Kernel
from .structs import declarations, of_recurrences

LANES = 512
"""The number of neurons whose timesteps are computed together, as vector code."""

MOST_THREADS = 256

DTYPES = {torch.float32: "float", torch.float64: "double"}
"""The dtypes of kernels, and their names in C."""

_RANDOM = [quantizer.name for quantizer in BUILT_IN if quantizer.is_random]
_HERE = Path(__file__).parent


@functools.cache
def source(kernel: Kernel, dtype: torch.dtype) -> str:
    """Return the source of a kernel: the language, the functions, the timestep, and the driver.

    Raises:
        NoKernel: The file of the timestep cannot be read, or belongs to another class.
        OSError: Another file cannot be read.
    """
    facts = kernel.facts
    names = facts.functions.values()
    constants = {
        **_constants(dtype),
        "STATES": len(facts.states),
        "PARAMETERS": len(facts.given),
        "NOISES": len(facts.calls),
    }
    own = dict.fromkeys(f.declared.text("c") for _, f in kernel.functions if f.declared)
    return "\n".join(
        [
            *_defined(constants),
            *_texts("library", "language", "functions"),
            *own,
            *_chosen(kernel),
            facts.text("c"),
            *(f"#undef {name}" for name in names),
            declarations(),
            *_texts("threads", "driver"),
        ]
    )


@functools.cache
def of_recurrence(kernel: Kernel, dtype: torch.dtype) -> str:
    """Return the source of the kernel of a recurrence, likewise."""
    facts = kernel.facts
    assert facts.recurrence
    names = facts.functions.values()
    constants = {**_constants(dtype), **facts.recurrence.counts}
    own = dict.fromkeys(f.declared.text("c") for _, f in kernel.functions if f.declared)
    return "\n".join(
        [
            *_defined(constants),
            *_texts("library", "language", "functions"),
            *own,
            of_recurrences(),
            *_texts("products"),
            *_chosen(kernel),
            facts.text("c"),
            *(f"#undef {name}" for name in names),
            *_texts("threads", "recurrence"),
        ]
    )


def _constants(dtype: torch.dtype) -> dict[str, object]:
    return {
        "LANES": LANES,
        "CHUNK": CHUNK,
        "MOST_THREADS": MOST_THREADS,
        "real": DTYPES[dtype],
        "REAL_IS_FLOAT": int(dtype == torch.float32),
    }


def _defined(constants: Mapping[str, object]) -> list[str]:
    return [f"#define {name} {value}" for name, value in constants.items()]


def _texts(*names: str) -> list[str]:
    return [(_HERE / f"{name}.h").read_text(encoding="utf-8") for name in names]


def _chosen(kernel: Kernel) -> Iterator[str]:
    """Yield macros that map the calls in a timestep to the functions of the layer."""
    names, first = kernel.facts.functions, 0
    for (name, function), count in zip(kernel.functions, kernel.numbers):
        more = "".join(f", numbers[{index}]" for index in range(first, first + count))
        called = function.in_kernels
        if called in _RANDOM:
            yield f"#define {names[name]}(x, noise) {called}(x, noise{more})"
        else:
            yield f"#define {names[name]}(x, ...) {called}(x{more})"
        gradient = f"{called}_gradient(x, gradient{more})"
        yield f"#define {names[name]}_gradient(x, gradient) {gradient}"
        first += count
