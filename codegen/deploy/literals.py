"""Numbers of single precision with as few digits as read as the same number."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from torch import Tensor

from ..kernels.c import wrapped


def single(number: float) -> float:
    """Return the nearest number of single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def literal(number: float) -> str:
    """Return a number as a constant of C of the type `float`."""
    number = single(number)
    rounded = (float(f"{number:.{digits}g}") for digits in range(1, 10))
    return f"{next(value for value in rounded if single(value) == number)!r}f"


def array(name: str, value: Tensor) -> str:
    """Return the definition of an array of constants."""
    return f"const float {declared(name, value.shape)} = {_rows(value.tolist())};"


def declared(name: str, sizes: Iterable[int]) -> str:
    """Return the declarator of an array."""
    return name + "".join(f"[{size}]" for size in sizes)


def _rows(values: Sequence[float] | Sequence[Sequence[float]]) -> str:
    if isinstance(values[0], float):
        lines = wrapped(", ".join(map(literal, values)))  # type: ignore[arg-type]
        return "{\n" + "\n".join(lines) + "}"
    return "{\n" + ",\n".join(map(_rows, values)) + "}"  # type: ignore[arg-type]
