"""The implementation of the operators on GPUs, by Triton."""

from __future__ import annotations

import functools
import importlib.util
import math
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..call import CHUNK, Call, empty_like
from ..kernel import Kernel
from ..once import NoKernel, Once, reason
from . import driver

BLOCK = 128
"""The number of neurons of one program, with a thread for each."""

_FUNCTIONS = Path(__file__).with_name("functions.py")


def forward(
    call: Call, states: list[Tensor], keep: bool, record: bool
) -> tuple[Tensor, list[Tensor], Tensor, list[Tensor]]:
    """Run a sequence, as `forward` of `c/run.py`; the inputs may also be in half precision."""
    call = call.readable()
    ys = call.collapsible(empty_like(call.xs, states[0].dtype))
    before = torch.stack(states)
    after = torch.empty_like(before)
    checkpoints = call.checkpoints(states, keep)
    history = before.new_empty(len(states) * record, call.timesteps, *states[0].shape)
    _launch(
        driver.forward_kernel,
        call,
        **_given(call, before),
        **_tensor("y", call, ys),
        before=before,
        after=after,
        checkpoints=checkpoints if keep else None,
        history=history if record else None,
        forward_step=timestep(call.kernel).forward_step,
    )
    copies = [[state.clone() for state in stacked] for stacked in (after, history)]
    return ys.contiguous(), copies[0], checkpoints, copies[1]


def backward(
    call: Call, d_states: list[Tensor], d_ys: Tensor, checkpoints: Tensor
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return the gradients of the inputs, the states before the sequence, and the parameters."""
    call, d_ys = call.readable(), call.collapsible(d_ys)
    d_xs = call.collapsible(empty_like(call.xs))
    d_after = torch.stack(d_states)
    d_before = torch.empty_like(d_after)
    d_parameters = d_after.new_empty(len(call.parameters), *call.shape)
    blocks = triton.cdiv(math.prod(call.shape), BLOCK)
    _launch(
        driver.backward_kernel,
        call,
        **_given(call, d_after),
        **_tensor("d_y", call, d_ys),
        **_tensor("d_x", call, d_xs),
        checkpoints=checkpoints,
        scratch=d_after.new_empty(blocks, CHUNK, len(d_states), BLOCK),
        d_after=d_after,
        d_before=d_before,
        d_parameters=d_parameters,
        forward_step=timestep(call.kernel).forward_step,
        backward_step=timestep(call.kernel).backward_step,
    )
    sums = map(_summed, d_parameters, call.parameters)
    return d_xs.contiguous(), [d_state.clone() for d_state in d_before], list(sums)


def why_not(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot run on a device; empty if it can."""
    return reason(_tried, kernel, dtype, device)


@Once
def _tried(kernel: Kernel, dtype: torch.dtype, device: torch.device) -> None:
    """Run a kernel for one neuron, since Triton raises its errors at the first launch."""
    facts = kernel.facts
    for described in (facts, *(function.declared for _, function in kernel.functions)):
        if described:
            described.text("triton")
    one = torch.zeros(1, 1, dtype=dtype, device=device)
    noise = one.expand(1, len(facts.calls), 1, 1) if facts.calls else None
    parameters, numbers = [one[0]] * len(facts.given), [1.0] * sum(kernel.numbers)
    call = Call(kernel, one.expand(1, 1, 1), 0, 1, parameters, numbers, noise)
    forward(call, [one] * len(facts.states), keep=False, record=False)


def launch(function: Any, grid: tuple[int, ...], device: torch.device, **arguments: Any) -> None:
    """Run a kernel on a device, with sums and products rounded separately."""
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
        function[grid](**arguments, CHUNK=CHUNK, enable_fp_fusion=False)


def _launch(function: Any, call: Call, **arguments: Any) -> None:
    """Run a kernel on the device of its tensors."""
    grid = (triton.cdiv(arguments["elements"], BLOCK),)
    fixed = {"name": str(call.kernel), "BLOCK": BLOCK, "num_warps": BLOCK // 32}
    launch(function, grid, call.xs.device, **arguments, **fixed)


def _given(call: Call, states: Tensor) -> dict[str, Any]:
    """Return the arguments that both kernels share, by name.

    Args:
        states: The stacked states before the sequence, or the gradients of those after it.
    """
    outer, neurons, inner = call.shape
    rows = [parameter.expand(neurons) for parameter in call.parameters]
    return dict(
        **_tensor("x", call, call.xs),
        parameters=torch.stack(rows) if rows else states.new_empty(0),
        numbers=filled(states, call.numbers),
        noise=call.noise,
        timesteps=call.timesteps,
        elements=outer * neurons * inner,
        neurons=neurons,
        inner=inner,
        PARAMETERS=len(rows),
        NUMBERS=len(call.numbers),
        STATES=len(states),
        NOISES=len(call.kernel.facts.calls),
    )


def filled(like: Tensor, numbers: Sequence[float]) -> Tensor:
    """Return numbers as a tensor on the device of another, without waiting for the device."""
    return torch.cat([like.new_empty(0), *(like.new_full((1,), number) for number in numbers)])


def _tensor(name: str, call: Call, tensor: Tensor) -> dict[str, Any]:
    """Return a tensor and its strides, by the names of the kernels' arguments."""
    names = (f"{name}_{what}" for what in ("time", "outer", "neuron", "inner"))
    return {f"{name}s": tensor, **dict(zip(names, call.strides(tensor) or ()))}


def _summed(gradient: Tensor, parameter: Tensor) -> Tensor:
    """Return the gradient of a parameter, the sum of its gradients at all elements."""
    dims = (0, 2) if parameter.dim() else (0, 1, 2)
    return gradient.sum(dims, dtype=torch.float64).to(parameter.dtype)


@functools.cache
def timestep(kernel: Kernel) -> Any:
    """Return the module with a kernel's timestep, linked to the functions of the layer."""
    names, first = kernel.facts.functions, 0
    chosen: dict[str, Any] = {}
    for (name, function), count in zip(kernel.functions, kernel.numbers):
        path = function.declared.file("triton") if function.declared else _FUNCTIONS
        loaded = _loaded(path, name, FIRST=tl.constexpr(first))
        chosen[names[name]] = getattr(loaded, function.in_kernels)
        chosen[f"{names[name]}_gradient"] = getattr(loaded, f"{function.in_kernels}_gradient")
        first += count
    return _loaded(kernel.facts.file("triton"), "timestep", **chosen)


def _loaded(path: Path, name: str, **given: Any) -> Any:
    """Load a file as a new module, with global names set before."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    vars(module).update(given)
    spec.loader.exec_module(module)
    return module
