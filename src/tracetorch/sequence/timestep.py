"""One timestep by the kernel of a layer that `TTcompile` has prepared, for inference."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..core import Layer, backend
from ..core.memory import Run, is_transformed
from ..functional.quantizers import Quantizer
from . import layer as whole
from .c import run as c
from .call import Call
from .choice import drawing, given, is_recurrence, kernel_of, numbers
from .kernel import Kernel

_C: Any = torch._C
_HOOKS: Any = nn.modules.module


@dataclass(frozen=True)
class _Prepared:
    """The kernel of a layer, for as long as nothing changes that it depends on.

    Attributes:
        usable: The cached usable values.
        code: The dtype, and what else the layer computes with.
        kernel: `None` if there is none.
    """

    usable: object
    code: tuple[object, ...]
    kernel: c.Timestep | None


class Timestep:
    """Runs one timestep of a compiled layer by its kernel, where that equals its `forward`."""

    def __init__(self) -> None:
        self._prepared = _Prepared(None, (), None)

    @classmethod
    def of(cls, layer: Layer) -> Timestep | None:
        """Return the timestep of a layer; `None` if it has no kernel."""
        kernel, own = kernel_of(layer), backend.own_tensor(layer)
        if not kernel or is_recurrence(kernel):
            return None
        if own is not None:
            whole.why_not(layer, kernel, own)  # compiles it
        return cls()

    def __call__(self, layer: Layer, x: Tensor, run: Run) -> Tensor | None:
        """Return the output and store the states; return `None`, and store nothing, if the layer
        has to run its `step`."""
        if not _is_in_kernel(layer, x, run) or (states := _packed(layer, x, run)) is None:
            return None
        usable = backend.kept_parameters(layer)
        if usable is None:
            return None
        prepared, code = self._prepared, (x.dtype, *_code(layer))
        if prepared.usable is not usable or prepared.code != code:
            prepared = self._prepared = _Prepared(usable, code, _kernel(layer, x))
        if prepared.kernel is None:
            return None
        output, run.packed = prepared.kernel(x, layer.dim, states)
        run.input_dtype = x.dtype
        return output

    def __reduce__(self) -> tuple[type[Timestep], tuple[()]]:
        """Return how to copy this: without what is prepared, which holds pointers."""
        return Timestep, ()


def _is_in_kernel(layer: Layer, x: Tensor, run: Run) -> bool:
    """Whether a kernel may run for an input, in the modes of PyTorch that are active."""
    return (
        _is_plain(x)
        and run.input_dtype in (x.dtype, None)
        and not run.is_outdated
        and backend.accepts(layer, x.shape)
        and not _has_modes()
    )


def _packed(layer: Layer, x: Tensor, run: Run) -> Tensor | None:
    """Return all states in one tensor; `None` if a kernel cannot read them beside this input."""
    if (packed := run.packed) is None:
        states: list[Any] = [run.states[name] for name in layer.State._fields]
        if not all(_is_plain(s) and s.shape == x.shape and s.dtype is x.dtype for s in states):
            return None
        packed = torch.stack(states)
    return packed if packed.shape[1:] == x.shape and packed.dtype is x.dtype else None


def _is_plain(tensor: Any) -> bool:
    """Whether a kernel can read a tensor, and autograd needs no derivative of it."""
    return (
        type(tensor) is Tensor
        and tensor.is_cpu
        and tensor.is_contiguous()
        and not tensor.is_neg()
        and not (tensor.requires_grad and torch.is_grad_enabled())
    )


def _has_modes() -> bool:
    """Whether a mode of PyTorch records or changes operations, or hooks run in every module."""
    return bool(
        is_transformed()
        or _C._len_torch_dispatch_stack()
        or _C._len_torch_function_stack()
        or _C._get_tracing_state()
        or torch.is_autocast_enabled("cpu")
        or _HOOKS._global_forward_hooks
        or _HOOKS._global_forward_pre_hooks
    )


def _code(layer: Layer) -> Iterator[object]:
    """Yield what a layer computes with, except parameters: two of them are equal only if the same
    kernel serves both."""
    yield type(layer).step
    yield "step" in vars(layer)
    for function in backend.functions(layer).values():
        yield function
        if isinstance(function, nn.Module):
            yield function._forward_hooks or function._forward_pre_hooks or vars(function).get(
                "forward"
            )
        if isinstance(function, Quantizer):
            yield from (float(getattr(function, number)) for number in function.number_names)
        elif type(function) is functools.partial:
            yield from (v for v in function.keywords.values() if isinstance(v, (int, float)))


def _kernel(layer: Layer, x: Tensor) -> c.Timestep | None:
    kernel = kernel_of(layer)
    if not kernel or whole.why_not(layer, kernel, x) or any(drawing(layer, kernel)):
        return None
    parameters = given(layer, kernel, x)
    axis = layer.dim % x.dim()
    call = Call(Kernel.parse(kernel), x[None], 0, axis, parameters, numbers(layer), None)
    return c.Timestep(call.readable())
