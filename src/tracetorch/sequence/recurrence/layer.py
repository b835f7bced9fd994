"""Run one layer whose timestep is not elementwise for a whole sequence.

The function `sequence`, generated beside the class of the layer, computes what depends on
parameters or inputs alone for all timesteps at once; what depends on states is the recurrence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from ...core import Layer, backend
from ..choice import class_of, lanes, numbers, sequence_of, updates
from ..linear import as_convolutions
from ..modules import has_hooks, kind
from ..record import add_run, is_recording, records_states
from . import operator, segments
from .filter import filtered

_LEAST, _ELEMENTS = 1024, 2**18
"""A sequence longer than `_LEAST` timesteps is computed in segments of about `_ELEMENTS` input
elements, of which the backward pass recomputes what it needs."""


def why_not(layer: Layer, kernel: str, dtype: torch.dtype, device: torch.device) -> str:
    """Return why the recurrence of a layer cannot run by its kernel; empty if it can."""
    if torch.is_autocast_enabled(device.type):
        return "there is none under autocast"
    if torch.compiler.is_compiling():  # which cannot read what is generated beside the class
        return "there is none in programs that torch.compile or torch.export makes"
    for name, module in layer.named_children():
        if name in layer._functions:
            continue
        made = class_of(kernel, name)
        if kind(module) is not getattr(nn, made) or has_hooks(module):
            return f"{name} is not a plain nn.{made}"
    held = chain(layer.parameters(), layer.buffers())
    if any(tensor.dtype != dtype or tensor.device != device for tensor in held):
        return f"its weights are not all of {dtype} on {device}"
    return operator.why_not(kernel, dtype, device) if updates(kernel) else ""


def run(layer: Layer, kernel: str, xs: Tensor, dim: int) -> Tensor:
    """Return the outputs of a layer for a sequence, update its states, and record both if asked."""
    first = xs.select(dim, 0)
    is_first = all(state is None for state in backend.states(layer).values())
    layer._ensure_states(first)
    names = [name for name in layer._state_sizes]
    before = [layer._to_working_dim(getattr(layer, n), _trailing(layer, n)) for n in names]
    axis = layer.dim % first.dim()
    inputs = xs.movedim(dim, 0).movedim(axis + 1, -1).to(before[0].dtype)
    if torch.is_grad_enabled() and inputs.is_inference():
        inputs = inputs.clone()  # autograd cannot save an inference tensor
    try:
        ys, after, history = _run(layer, kernel, names, inputs, before)
    except Exception:
        if is_first:
            layer.zero_states()
        raise
    ys = ys.movedim(-1, axis + 1)
    for name, state in zip(names, after):
        setattr(layer, name, layer._from_working_dim(state, _trailing(layer, name)).contiguous())
    if is_recording():
        moved = {n: _from_last(h, _trailing(layer, n), axis) for n, h in history.items()}
        add_run(layer, ys, moved)
    return ys.movedim(0, dim)


def _run(
    layer: Layer, kernel: str, names: Sequence[str], inputs: Tensor, states: Sequence[Tensor]
) -> tuple[Tensor, Sequence[Tensor], dict[str, Tensor]]:
    """Return the outputs, the states after the sequence, and those after each timestep if asked."""
    record = records_states(layer)
    length = max(_LEAST, _ELEMENTS // max(inputs[0].numel(), 1))
    if inputs.shape[0] <= length or record:
        return _segment(kernel, names, record, layer, inputs, states)

    def compute(
        layer: Any, part: Tensor, before: Sequence[Tensor]
    ) -> tuple[Tensor, Sequence[Tensor]]:
        return _segment(kernel, names, record, layer, part, before)[:2]

    return *segments.run(compute, layer, length, inputs, states), {}


def _segment(
    kernel: str,
    names: Sequence[str],
    record: bool,
    layer: Layer,
    inputs: Tensor,
    states: Sequence[Tensor],
) -> tuple[Tensor, list[Tensor], dict[str, Tensor]]:
    sequence = Run(layer, kernel, dict(zip(names, states)), inputs.shape[:-1], record)
    ys = as_convolutions(lambda: sequence_of(kernel)(layer, inputs, sequence))
    return ys, [sequence.after[name] for name in names], sequence.history


class Run:
    """What the function `sequence` of a layer calls to update the states.

    Attributes:
        after: The states after the sequence, with the features last.
        history: The states after each timestep, if asked for.
    """

    def __init__(
        self,
        layer: Layer,
        kernel: str,
        before: dict[str, Tensor],
        shape: Sequence[int],
        record: bool,
    ) -> None:
        self._layer, self._kernel, self._before = layer, kernel, before
        self._timesteps, *self._batch = shape
        self._record = record
        self._entries = dict[str, Tensor]()
        self.after: dict[str, Tensor] = {}
        self.history: dict[str, Tensor] = {}

    def window(self, name: str, new: Tensor) -> Tensor:
        """Return a buffer of the last inputs after each timestep, the oldest first."""
        before = self._before[name]
        self._entries[name] = entries = torch.cat((before[..., 1:].movedim(-1, 0), new))
        windows = entries.unfold(0, before.shape[-1], 1)
        self.after[name] = windows[-1]
        if self._record:
            self.history[name] = windows
        return windows

    def lagged(self, name: str, new: Tensor) -> Tensor:
        """Return a state before each timestep, given its values after each."""
        values = torch.cat((self._before[name].unsqueeze(0), new))
        self.after[name] = values[-1]
        if self._record:
            self.history[name] = values[1:]
        return values[:-1]

    def filtered(self, name: str, weights: Tensor) -> Tensor:
        """Return the weighted sum of a buffer of the last inputs after each timestep."""
        entries, length = self._entries[name], self._before[name].shape[-1]
        if entries.device.type != "cpu":  # half precision would round each term
            return (entries.unfold(0, length, 1) * weights).sum(-1)
        sizes = entries.shape[1 + len(self._batch) :]
        return filtered(entries, weights.expand(*sizes, length).movedim(-1, 0).contiguous())

    def recurrence(
        self,
        streams: Sequence[Tensor],
        parameters: Sequence[Tensor],
        matrices: Sequence[Tensor],
        sizes: Sequence[int],
        outputs: Sequence[tuple[int, ...]],
    ) -> list[Tensor]:
        """Update the states by the kernel, and return its outputs for all timesteps.

        Args:
            streams: What it reads at each timestep, time first.
            parameters: What it reads at all timesteps.
            matrices: The matrices that vectors are multiplied with, outputs x inputs.
            sizes: The sizes that the kernel takes.
            outputs: The sizes of each output, after time and batch.
        """
        kernel, rows, names = self._kernel, math.prod(self._batch), updates(self._kernel)
        of_states, of_outputs = lanes(kernel, "states"), lanes(kernel, "outputs")
        whole = (self._timesteps, *self._batch)
        read = [_lane_last(*pair) for pair in zip(streams, lanes(kernel, "streams"))]
        of_parameters = zip(parameters, lanes(kernel, "parameters"))
        fixed = [_lane_last(*pair).reshape(-1).contiguous() for pair in of_parameters]
        own = [_lane_last(self._before[name], lane) for name, lane in zip(names, of_states)]
        keep = torch.is_grad_enabled() and any(
            tensor.requires_grad for tensor in (*read, *fixed, *matrices, *own)
        )
        ys, after, history = operator.run(
            kernel,
            [_stream(t, self._timesteps, rows, _width(t, len(whole))) for t in read],
            fixed,
            [*matrices],
            numbers(self._layer),
            [*sizes],
            [state.reshape(rows, _width(state, len(self._batch))).contiguous() for state in own],
            [math.prod(shape) for shape in outputs],
            keep,
            self._record,
        )
        for name, state, old, lane in zip(names, after, own, of_states):
            self.after[name] = _lane_first(state.reshape(old.shape), lane)
        for name, states, old, lane in zip(names, history, own, of_states):
            self.history[name] = _lane_first(states.reshape(self._timesteps, *old.shape), lane)
        return [
            _lane_first(y.reshape(*whole, *_moved(shape, lane)), lane)
            for y, shape, lane in zip(ys, outputs, of_outputs)
        ]


def _stream(tensor: Tensor, timesteps: int, rows: int, width: int) -> Tensor:
    """Return timesteps x samples x elements, of which the elements are contiguous."""
    stream = tensor.reshape(timesteps, rows, width)
    return stream if stream.shape[-1] == 1 or stream.stride(-1) == 1 else stream.contiguous()


def _lane_last(tensor: Tensor, lane: int | None) -> Tensor:
    """Return the tensor with the neurons last, as kernels have them."""
    return tensor if lane is None else tensor.movedim(lane, -1)


def _lane_first(tensor: Tensor, lane: int | None) -> Tensor:
    """Return the tensor with the neurons where the layer has them."""
    return tensor if lane is None else tensor.movedim(-1, lane)


def _width(tensor: Tensor, batch: int) -> int:
    """Return the number of elements of a sample."""
    return math.prod(tensor.shape[batch:])


def _moved(shape: tuple[int, ...], lane: int | None) -> tuple[int, ...]:
    """Return the sizes of an array with the neurons last."""
    if lane is None:
        return shape
    place = len(shape) + lane
    return (*shape[:place], *shape[place + 1 :], shape[place])


def _trailing(layer: Layer, name: str) -> int:
    return len(layer._state_sizes[name]) - 1


def _from_last(history: Tensor, trailing: int, axis: int) -> Tensor:
    return history.movedim(-1 - trailing, axis + 1)
