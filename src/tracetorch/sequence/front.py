"""`tt.unroll`: a whole sequence through a module, by the kernels of its layers where possible."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..core import Layer
from ..core.inputs import is_dense, refusal
from .record import is_recording

if TYPE_CHECKING:
    from .plan.step import Step


@dataclass(frozen=True)
class Plan:
    """The steps in which `tt.unroll` runs a module; as text, one a line."""

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        rows = [(step.name or "-", step.kind, step.way.value, step.why) for step in self.steps]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)


class Unroll:
    """Return the outputs of a layer or a model for a whole sequence, faster than a loop does.

    `tt.unroll(module, xs)` means `torch.stack([module(x) for x in xs.unbind(0)])`: the outputs, the
    gradients and the states afterwards are those of the loop over timesteps. Elementwise layers run
    by a kernel, compiled on first use; modules without memory take all timesteps at once;
    everything else goes through the loop.

    Args:
        module: A layer, or a module that contains layers. Its forward is read from its source; one
            that cannot be followed runs in the loop.
        xs: The inputs of all timesteps.
        dim: The dimension of `xs` and of the result that is time. Default 0.
        strict: Whether a layer with memory that must go through the loop is an error instead of a
            warning. Default False.

    Shape:
        `xs` is `[T, ...]` for inputs `[...]`, with T at least 1; the result is `[T, ...]` for
        outputs `[...]`. With another `dim`, T is at that dimension.

    Raises:
        TypeError: `module` is no module, or `xs` no dense tensor.
        ValueError: `xs` has no dimension `dim`, or no timesteps; or what the module itself raises.
        RuntimeError: A layer with memory has no kernel (`strict`).

    Source:
        Griewank and Walther 2008, "Evaluating Derivatives": states are kept every sixteen
        timesteps, and those between are computed again in the backward pass.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer, xs = tt.snn.LI(16), torch.rand(10, 4, 16)  # ten timesteps of a batch of four
        >>> ys = tt.unroll(layer, xs)
        >>> layer.zero_states()
        >>> torch.equal(ys, torch.stack([layer(x) for x in xs]))
        True
    """

    def __call__(self, module: nn.Module, xs: Tensor, dim: int = 0, strict: bool = False) -> Tensor:
        """The outputs of the module for the sequence."""
        _check(module, xs, dim)
        if isinstance(module, Layer) and xs.shape[dim] == 1 and not (strict or is_recording()):
            return torch.stack([module(xs.select(dim, 0))], dim)  # nothing is gained by a plan
        from . import steps  # imported here, since a model that is only stepped needs no plan

        planned = steps.planned(module, xs)
        if slow := steps.without_kernel(planned):
            message = f"tt.unroll: no kernel for {slow}"
            if strict:
                raise RuntimeError(message)
            warnings.warn(f"{message} (the loop runs instead)", stacklevel=2)
        return steps.run(planned, xs, dim)

    def plan(self, module: nn.Module) -> Plan:
        """Return how each part of a module will run, and why.

        Args:
            module: What `tt.unroll` would be given, for inputs with the dtype and the device of its
                parameters.

        Returns:
            The plan; as text, a line for each step.

        Raises:
            TypeError: `module` is no module.

        Example:
            >>> import torch, tracetorch as tt
            >>> tt.unroll.plan(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout()))
            0  Linear   whole  it has no memory
            1  Dropout  loop   it draws random numbers at each timestep
        """
        _check_module(module)
        from . import steps
        from .plan.recorded import as_recorded

        return Plan(as_recorded(steps.planned(module).steps))


unroll = Unroll()


def _check_module(module: nn.Module) -> None:
    if not isinstance(module, nn.Module):
        raise TypeError(f"tt.unroll: module must be a module, got {module!r}")


def _check(module: nn.Module, xs: Tensor, dim: int) -> None:
    _check_module(module)
    if not is_dense(xs):
        raise TypeError(f"tt.unroll: xs {refusal(xs)}")
    if not -xs.dim() <= dim < xs.dim():
        raise ValueError(
            f"tt.unroll: xs has no dimension dim = {dim}, its shape is {tuple(xs.shape)}"
        )
    if not xs.shape[dim]:
        raise ValueError(f"tt.unroll: xs has no timesteps in dimension dim = {dim}")
