"""The kernels as operators on graphics processors, by Triton."""

from __future__ import annotations

import functools
import importlib.util
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..kernel import Kernel
from ..layout import CHUNK, checkpoint_shape, collapsible, empty_like, shape, strides
from ..once import NoKernel, Once
from . import driver

BLOCK = 128
"""Neurons that go through time in one program, a thread for each."""

_FUNCTIONS = Path(__file__).with_name("functions.py")


def unroll(
    kernel: str,
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    states: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
    keep: bool,
) -> tuple[Tensor, list[Tensor], Tensor]:
    """Run a sequence, as `cpu.unroll` says; the inputs may also be of half precision."""
    xs = collapsible(xs, dim, axis)
    ys = collapsible(empty_like(xs, states[0].dtype), dim, axis)
    before = torch.stack(states)
    after = torch.empty_like(before)
    checkpoints = before.new_empty(checkpoint_shape(xs, dim, len(states)) if keep else 0)
    _launch(
        driver.forward_kernel,
        kernel,
        **_place("x", xs, dim, axis),
        **_place("y", ys, dim, axis),
        **_given(kernel, xs, dim, axis, parameters, states, numbers, noise),
        before=before,
        after=after,
        checkpoints=checkpoints if keep else None,
        forward_step=timestep(kernel).forward_step,
        STATES=len(states),
    )
    return ys.contiguous(), [state.clone() for state in after], checkpoints


def unroll_backward(
    kernel: str,
    d_ys: Tensor,
    d_states: list[Tensor],
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
    checkpoints: Tensor,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """The gradients of the inputs, of the states before the sequence, and of the parameters."""
    xs, d_ys = collapsible(xs, dim, axis), collapsible(d_ys, dim, axis)
    d_xs = collapsible(empty_like(xs), dim, axis)
    d_after = torch.stack(d_states)
    d_before = torch.empty_like(d_after)
    given = _given(kernel, xs, dim, axis, parameters, d_states, numbers, noise)
    blocks = triton.cdiv(given["elements"], BLOCK)
    d_parameters = d_after.new_empty(len(parameters), *shape(xs, dim, axis))
    _launch(
        driver.backward_kernel,
        kernel,
        **_place("x", xs, dim, axis),
        **_place("d_y", d_ys, dim, axis),
        **_place("d_x", d_xs, dim, axis),
        **given,
        checkpoints=checkpoints,
        scratch=d_after.new_empty(blocks, CHUNK, len(d_states), BLOCK),
        d_after=d_after,
        d_before=d_before,
        d_parameters=d_parameters,
        forward_step=timestep(kernel).forward_step,
        backward_step=timestep(kernel).backward_step,
        STATES=len(d_states),
    )
    sums = map(_summed, d_parameters, parameters)
    return d_xs.contiguous(), [d_state.clone() for d_state in d_before], list(sums)


def problem(kernel: str, dtype: torch.dtype, device: torch.device) -> str:
    """What keeps a kernel from a device; nothing if all is well."""
    try:
        _tried(kernel, dtype, device)
    except NoKernel as reason:
        return str(reason)
    return ""


@Once
def _tried(kernel: str, dtype: torch.dtype, device: torch.device) -> None:
    """Run a kernel for one neuron, since Triton finds out at a launch what it lacks."""
    record = Kernel.parse(kernel)
    facts = record.facts
    facts.text("triton")
    one = torch.zeros(1, 1, dtype=dtype, device=device)
    noise = one.expand(1, len(facts.calls), 1, 1) if facts.calls else None
    parameters, states = [one[0]] * len(facts.parameters), [one] * len(facts.states)
    numbers = [1.0] * sum(record.numbers)
    unroll(kernel, one.expand(1, 1, 1), 0, 1, parameters, states, numbers, noise, False)


def _launch(function: Any, kernel: str, **arguments: Any) -> None:
    """Run a kernel on the device of its tensors, every sum and product rounded one by one."""
    xs, elements = arguments["xs"], arguments["elements"]
    with torch.cuda.device(xs.device) if xs.is_cuda else nullcontext():
        function[(triton.cdiv(elements, BLOCK),)](
            **arguments,
            name=kernel,
            CHUNK=CHUNK,
            BLOCK=BLOCK,
            num_warps=BLOCK // 32,
            enable_fp_fusion=False,
        )


def _given(
    kernel: str,
    xs: Tensor,
    dim: int,
    axis: int,
    parameters: list[Tensor],
    states: list[Tensor],
    numbers: list[float],
    noise: Tensor | None,
) -> dict[str, Any]:
    """What the passes in either direction are told alike."""
    Kernel.parse(kernel).check(parameters, states, numbers, noise)
    outer, neurons, inner = shape(xs, dim, axis)
    rows = [parameter.expand(neurons) for parameter in parameters]
    return dict(
        parameters=torch.stack(rows) if rows else xs.new_empty(0),
        numbers=torch.tensor(numbers, dtype=states[0].dtype, device=xs.device),
        noise=None if noise is None else noise.contiguous(),
        timesteps=xs.shape[dim],
        elements=outer * neurons * inner,
        neurons=neurons,
        inner=inner,
        PARAMETERS=len(rows),
        NUMBERS=len(numbers),
        NOISES=len(Kernel.parse(kernel).facts.calls),
    )


def _place(name: str, tensor: Tensor, dim: int, axis: int) -> dict[str, Any]:
    """A tensor and its strides, as the kernels call them."""
    names = (f"{name}_{what}" for what in ("time", "outer", "neuron", "inner"))
    return {f"{name}s": tensor, **dict(zip(names, strides(tensor, dim, axis) or ()))}


def _summed(gradient: Tensor, parameter: Tensor) -> Tensor:
    """The gradient of a parameter of one neuron, or of all, from those of each element."""
    dims = (0, 2) if parameter.dim() else (0, 1, 2)
    return gradient.sum(dims, dtype=torch.float64).to(parameter.dtype)


@functools.cache
def timestep(kernel: str) -> Any:
    """The timestep of a kernel, with the functions that its layer holds."""
    record = Kernel.parse(kernel)
    names, first = record.facts.functions, 0
    chosen: dict[str, Any] = {}
    for (name, function), count in zip(record.functions, record.numbers):
        loaded = _loaded(_FUNCTIONS, name, FIRST=tl.constexpr(first))
        chosen[names[name]] = getattr(loaded, function)
        chosen[f"{names[name]}_gradient"] = getattr(loaded, f"{function}_gradient")
        first += count
    return _loaded(record.facts.file("triton"), "timestep", **chosen)


def _loaded(path: Path, name: str, **given: Any) -> Any:
    """A file as a module of its own, in which some names have a meaning before."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    vars(module).update(given)
    spec.loader.exec_module(module)
    return module
