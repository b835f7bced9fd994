"""Assembles the C source of a kernel."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import torch

from ...functional.quantizers import BUILT_IN
from ..call import CHUNK
from ..kernel import Kernel
from .structs import declarations

LANES = 512
"""The number of neurons whose timesteps are computed together, as vector code."""

MOST_THREADS = 256

DTYPES = {torch.float32: "float", torch.float64: "double"}
"""The dtypes of kernels, and their names in C."""

_RANDOM = [quantizer.name for quantizer in BUILT_IN if quantizer.is_random]
_HERE = Path(__file__).parent
_LANGUAGE, _LIBRARY, _FUNCTIONS, _DRIVER = (
    _HERE / f"{name}.h" for name in ("language", "library", "functions", "driver")
)


@functools.cache
def source(kernel: Kernel, dtype: torch.dtype) -> str:
    """Return the source of a kernel: the language, the functions, the timestep, and the driver.

    Raises:
        NoKernel: The file of the timestep cannot be read, or belongs to another class.
        OSError: Another file cannot be read.
    """
    facts = kernel.facts
    constants = {
        "LANES": LANES,
        "CHUNK": CHUNK,
        "MOST_THREADS": MOST_THREADS,
        "STATES": len(facts.states),
        "PARAMETERS": len(facts.parameters),
        "NOISES": len(facts.calls),
        "real": DTYPES[dtype],
        "REAL_IS_FLOAT": int(dtype == torch.float32),
    }
    defined = [f"#define {name} {value}" for name, value in constants.items()]
    names = facts.functions.values()
    language, library, functions, driver = (
        path.read_text(encoding="utf-8") for path in (_LANGUAGE, _LIBRARY, _FUNCTIONS, _DRIVER)
    )
    own = dict.fromkeys(f.declared.text("c") for _, f in kernel.functions if f.declared)
    parts = [*defined, library, language, functions, *own, *_chosen(kernel), facts.text("c")]
    undefined = [f"#undef {name}" for name in names]
    return "\n".join([*parts, *undefined, declarations(), driver])


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
