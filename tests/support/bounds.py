"""Checks that kernels in Triton's interpreter stay within their tensors; a GPU may not notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy
import pytest
from torch import Tensor
from triton.runtime import interpreter

from tracetorch.sequence.triton import run


def check_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each launch fail that loads or stores anything but elements of the tensors it is given."""
    launch, builder = run.launch, interpreter.interpreter_builder
    load, store = builder.create_masked_load, builder.create_masked_store

    def checked(function: Any, *where: Any, **arguments: Any) -> None:
        given = list(_tensors(arguments.values()))
        first = numpy.array([tensor.data_ptr() for tensor in given])
        last = first + [_extent(tensor) for tensor in given]

        def check(pointers: Any, mask: Any) -> None:
            places = numpy.broadcast_to(pointers.data, mask.data.shape)[mask.data]
            inside = (first <= places[:, None]) & (places[:, None] <= last)
            assert inside.any(1).all(), f"{function.__name__} leaves its tensors"

        def checked_load(pointers: Any, mask: Any, *others: Any) -> Any:
            check(pointers, mask)
            return load(pointers, mask, *others)

        def checked_store(pointers: Any, value: Any, mask: Any, *others: Any) -> Any:
            check(pointers, mask)
            return store(pointers, value, mask, *others)

        with monkeypatch.context() as patch:
            patch.setattr(builder, "create_masked_load", checked_load)
            patch.setattr(builder, "create_masked_store", checked_store)
            launch(function, *where, **arguments)

    monkeypatch.setattr(run, "launch", checked)


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor) and value.numel():
            yield value
        elif isinstance(value, tuple):
            yield from _tensors(value)


def _extent(tensor: Tensor) -> int:
    """The bytes from the first element to the last."""
    steps = ((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride()))
    return sum(steps) * tensor.element_size()
