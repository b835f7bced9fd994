"""The structs of a kernel's arguments, for `ctypes` and as C source."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from ctypes import POINTER, c_ssize_t, c_void_p
from typing import Any

Field = tuple[str, Any, str]
"""A name, its type for `ctypes`, and its declaration in C."""


def _sizes(*names: str) -> list[Field]:
    return [(name, c_ssize_t, f"size {name}") for name in names]


def _pointers(kind: str, *names: str) -> list[Field]:
    return [(name, c_void_p, f"{kind} *{name}") for name in names]


def _rows(kind: str, *names: str) -> list[Field]:
    return [(name, POINTER(c_void_p), f"{kind} **{name}") for name in names]


def _structure(name: str, fields: Iterable[Field]) -> type[ctypes.Structure]:
    return type(name, (ctypes.Structure,), {"_fields_": [field[:2] for field in fields]})


_TENSOR = (*_pointers("real", "data"), *_sizes("time", "outer", "neuron", "inner"))

Tensor = _structure("Tensor", _TENSOR)
"""A pointer to a tensor and its strides, in elements: timesteps x outer x neurons x inner."""

_OPENMP = (
    (
        "GOMP_parallel",
        c_void_p,
        "void (*GOMP_parallel)(void (*)(void *), void *, unsigned, unsigned)",
    ),
    ("omp_get_thread_num", c_void_p, "int (*omp_get_thread_num)(void)"),
    ("omp_get_num_threads", c_void_p, "int (*omp_get_num_threads)(void)"),
)
OPENMP = tuple(name for name, *_ in _OPENMP)
"""The functions that run work on PyTorch's threads; either all are set or none."""

_SEQUENCE = (
    *_sizes("timesteps", "outer", "neurons", "inner", "threads"),
    *((name, Tensor, f"struct tensor {name}") for name in ("x", "y", "d_x")),
    *_rows("const real", "parameters"),
    ("parameter_strides", POINTER(c_ssize_t), "const size *parameter_strides"),
    *_pointers("const real", "numbers", "noise"),
    *_rows("real", "states", "states_after"),
    *_pointers("real", "checkpoints"),
    *_rows("real", "history"),
    *_rows("real", "d_states", "d_parameters"),
    *_OPENMP,
)

Sequence = _structure("Sequence", _SEQUENCE)
"""The arguments of a kernel. In the backward pass, `y` is the gradient of the outputs.

Attributes:
    parameters: Arrays with a stride of 1, or of 0 if all neurons share the value.
    numbers: The numbers of the layer's functions.
    noise: Timesteps x random numbers of a timestep x elements, or NULL.
    states: The states before the sequence, each a contiguous array of outer x neurons x inner, as
        are `states_after` and `d_states`. NULL in the backward pass.
    states_after: The states after the sequence. NULL in the backward pass.
    checkpoints: Chunks x states x elements, or NULL if there is no backward pass.
    history: For each state, timesteps x elements: its values after each timestep. NULL if these are
        not asked for, and in the backward pass.
    d_states: In the backward pass, the gradients of the states after the sequence, overwritten by
        those of the states before it.
    d_parameters: In the backward pass, the gradients of the parameters, shaped like these.
"""


_STREAM = (*_pointers("real", "data"), *_sizes("time", "row"))

Stream = _structure("Stream", _STREAM)
"""A pointer to a tensor of timesteps x samples x elements, which are contiguous, and its strides."""

_RECURRENCE = (
    *_sizes("timesteps", "rows", "threads"),
    ("sizes", POINTER(c_ssize_t), "const size *sizes"),
    *_pointers("const real", "numbers"),
    *(
        (name, POINTER(Stream), f"const struct stream *{name}")
        for name in ("streams", "outputs", "d_streams")
    ),
    *_rows("real", "parameters", "states", "states_after", "matrices", "packed"),
    *_pointers("real", "results", "operands", "d_results", "checkpoints"),
    *_rows("real", "history", "d_states", "d_parameters"),
    *(
        (name, POINTER(c_ssize_t), f"const size *{name}")
        for name in ("forward", "recompute", "backward", "operand_widths", "result_widths")
    ),
    *_OPENMP,
)

Recurrence = _structure("Recurrence", _RECURRENCE)
"""The arguments of a kernel of a recurrence. In the backward pass, `outputs` are their gradients.

Attributes:
    rows: The samples of the batch.
    sizes: The sizes that the kernel takes, such as the number of neurons.
    parameters: What the kernel reads at every timestep, one array for all samples.
    states: The states before the sequence, samples x elements, as are `states_after` and `d_states`.
    matrices: For each product, outputs x inputs.
    packed: The matrices as the products read them, set by the kernel.
    results: Timesteps x samples x the results of all products, or NULL without a backward pass.
    operands: The vectors that were multiplied, likewise.
    d_results: In the backward pass, the gradients of the results. They are those of addends, too,
        which `d_streams` lacks.
    checkpoints: The states before each chunk, or NULL without a backward pass.
    history: For each state, timesteps x samples x elements, or NULL.
    forward, recompute, backward, operand_widths, result_widths: The widths of arrays, set by the
        kernel.
"""


TIMESTEP: list[Any] = [c_void_p] + 3 * [c_ssize_t] + 4 * [c_void_p]
"""The types of the arguments of `timestep`."""


def declarations() -> str:
    """Return the C source of the structs of an elementwise kernel."""
    return _declared(("tensor", _TENSOR), ("sequence", _SEQUENCE))


def of_recurrences() -> str:
    """Return the C source of the structs of a kernel of a recurrence."""
    return _declared(("stream", _STREAM), ("sequence", _RECURRENCE))


def _declared(*structs: tuple[str, Iterable[Field]]) -> str:
    declared = (
        f"struct {name} {{ {' '.join(f'{declaration};' for *_, declaration in fields)} }};"
        for name, fields in structs
    )
    return "\n".join(["typedef __PTRDIFF_TYPE__ size;", *declared])
