"""One layer through a whole sequence, by its kernel."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from ..core import Layer
from ..core.memory import is_transformed
from .cpu import problem
from .operator import unroll
from .source import DTYPES, constant, draws, kernel_of, noises
from .whole import each


def why_not(layer: Layer, like: Tensor) -> str:
    """What keeps inputs like this one from a kernel; nothing if all is well."""
    if like.is_complex():
        return ""  # the layer itself refuses it
    if like.device.type not in ("cpu", "cuda"):
        return f"there is none for {like.device.type}"
    if is_transformed():
        return "there is none for transforms of torch.func and gradients carried forwards"
    states = list(layer._memory.current().existing.values())
    needed = states[0].dtype if states else layer._working_dtype(like)
    raw = [getattr(layer, f"raw_{name}") for name in layer._activations]
    dtypes = {needed, *(tensor.dtype for tensor in (*states, *raw))}
    if needed not in DTYPES or len(dtypes) > 1:
        words = ", ".join(sorted(map(str, dtypes)))
        return f"there is none for {words}, but for float32 alone and float64 alone"
    if any(tensor.shape not in ((), (layer.num_neurons,)) for tensor in raw):
        return "there is none for parameters of other shapes than one number, or one a neuron"
    if any(tensor.device != like.device for tensor in (*states, *raw)):
        return "its parameters and states are on another device"
    return _problem(kernel_of(layer), needed, like.device.type)


@constant
def _problem(kernel: str, dtype: torch.dtype, device: str) -> str:
    """What keeps a kernel from a device; nothing if all is well."""
    if device == "cpu":
        return problem(kernel, dtype)
    try:
        from . import cuda
    except ImportError:
        return "there is none for cuda without Triton: pip install triton"
    return cuda.problem(kernel)


def run(layer: Layer, xs: Tensor, dim: int) -> Tensor:
    """Run a layer through a sequence, from the states it has to those after it."""
    if why_not(layer, xs):  # its dtype was not known before
        return each(layer, xs.movedim(dim, 0)).movedim(0, dim)
    first = xs.select(dim, 0)
    is_first = not layer._memory.current().existing
    layer._ensure_states(first)
    sequence = layer._memory.current()
    states = [sequence.existing[name] for name in layer.State._fields]
    parameters = [getattr(layer, name) for name in layer._activations]
    dtype = states[0].dtype
    if xs.device.type == "cpu" or not xs.is_floating_point():  # a GPU reads half precision as it is
        xs = xs.to(dtype)
    kernel, noise = kernel_of(layer), None
    if any(draws(getattr(layer, name)) for name in layer._functions):
        noise = _noise(first.to(dtype), xs.shape[dim], noises(kernel))
    given = (xs, *parameters, *states)
    keep = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in given)
    if keep and not torch.compiler.is_compiling() and xs.is_inference():
        xs = xs.clone()  # which a backward pass may read
    axis = layer.dim % first.dim()
    try:
        ys, after, _ = unroll(kernel, xs, dim % xs.dim(), axis, parameters, states, noise, keep)
    except Exception:
        if is_first:
            sequence.forget()
        raise
    sequence.states |= dict(zip(layer.State._fields, after))
    return cast(Tensor, ys)


def _noise(like: Tensor, timesteps: int, calls: int) -> Tensor:
    """The random numbers that the loop would draw, in the order in which it would."""
    size = (timesteps, calls, *like.shape)
    if like.is_contiguous() and like.device.type == "cpu":
        return torch.rand(size, dtype=like.dtype)
    # Elsewhere the numbers depend on the order of the memory, or on how many are drawn at once.
    drawn = [torch.rand_like(like) for _ in range(timesteps * calls)]
    return torch.stack(drawn).view(size).contiguous()
