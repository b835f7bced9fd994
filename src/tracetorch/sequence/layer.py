"""Run one layer for a whole sequence, by its kernel."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from ..core import Layer, backend
from ..core.inputs import is_plain
from ..core.memory import is_transformed
from . import operator
from .c.source import DTYPES
from .choice import Draw, drawing, given, is_recurrence, numbers
from .modules import each
from .record import add_run, is_recording, records_states
from .recurrence import layer as recurrent


def why_not(layer: Layer, kernel: str, like: Tensor) -> str:
    """Return why the kernel of a layer cannot run for inputs like this one; empty if it can."""
    if not is_plain(like):
        return ""  # the layer itself raises an error
    if like.device.type not in ("cpu", "cuda"):
        return f"there is none for {like.device.type}"
    if is_transformed():
        return "there is none for transforms of torch.func and forward-mode derivatives"
    states = [state for state in backend.states(layer).values() if state is not None]
    needed = states[0].dtype if states else backend.state_dtype(layer, like)
    raw = backend.raw_parameters(layer).values()
    dtypes = {needed, *(tensor.dtype for tensor in (*states, *raw))}
    if needed not in DTYPES or len(dtypes) > 1:
        words = ", ".join(sorted(map(str, dtypes)))
        return f"there is none for {words}, only for float32 throughout or float64 throughout"
    if any(tensor.shape not in ((), (layer.num_neurons,)) for tensor in raw):
        return "there is none for parameters other than scalars and vectors of num_neurons"
    if any(tensor.device != like.device for tensor in (*states, *raw)):
        return "its parameters and states are on another device"
    if is_recurrence(kernel):
        return recurrent.why_not(layer, kernel, needed, like.device)
    return operator.why_not(kernel, needed, like.device)


def run_if_possible(layer: Layer, kernel: str, xs: Tensor) -> Tensor:
    """Return the outputs of a layer, as `run` does, for inputs that the plan could not check."""
    return each(layer, xs) if why_not(layer, kernel, xs) else run(layer, kernel, xs, 0)


def run(layer: Layer, kernel: str, xs: Tensor, dim: int) -> Tensor:
    """Return the outputs of a layer for a sequence, update its states, and record both if asked."""
    if is_recurrence(kernel):
        return recurrent.run(layer, kernel, xs, dim)
    first = xs.select(dim, 0)
    is_first = all(state is None for state in backend.states(layer).values())
    layer._ensure_states(first)
    states = [getattr(layer, name) for name in layer.State._fields]
    parameters = given(layer, kernel, states[0])
    dtype = states[0].dtype
    if xs.device.type == "cpu" or not xs.is_floating_point():  # GPU kernels read half precision
        xs = xs.to(dtype)
    drawn = drawing(layer, kernel)
    noise = _noise(layer, first.to(dtype), xs.shape[dim], drawn) if any(drawn) else None
    read = (xs, *parameters, *states)
    keep = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in read)
    if keep and not torch.compiler.is_compiling() and xs.is_inference():
        xs = xs.clone()  # autograd cannot save an inference tensor
    dims = dim % xs.dim(), layer.dim % first.dim()
    call = kernel, xs, *dims, parameters, numbers(layer), noise
    try:
        ys, after, _, history = operator.forward(*call, states, keep, records_states(layer))
    except Exception:
        if is_first:
            layer.zero_states()
        raise
    for name, state in zip(layer.State._fields, after):
        setattr(layer, name, state)
    if is_recording():
        add_run(layer, ys.movedim(dim, 0), dict(zip(layer.State._fields, history)))
    return cast(Tensor, ys)


def _noise(layer: Layer, like: Tensor, timesteps: int, drawn: list[Draw | None]) -> Tensor:
    """Return the random numbers that the loop would draw, in the same order.

    Args:
        like: The input of a timestep.
        drawn: How each call in a timestep draws random numbers; if it does not, they are 0.
    """
    draws = [draw for draw in drawn if draw]
    count = len(draws)
    if {*draws} == {torch.rand_like} and like.is_contiguous() and like.device.type == "cpu":
        noise = torch.rand((timesteps, count, *like.shape), dtype=like.dtype, device=like.device)
    else:  # the numbers depend on strides, or on how many are drawn at once
        last = like.movedim(layer.dim, -1)
        each_call = [draw(last).movedim(-1, layer.dim) for _ in range(timesteps) for draw in draws]
        noise = torch.stack(each_call).view(timesteps, count, *like.shape).contiguous()
    if all(drawn):
        return noise
    indices = [index for index, draw in enumerate(drawn) if draw]
    whole = noise.new_zeros(timesteps, len(drawn), *like.shape)
    whole[:, indices] = noise
    return whole
