"""`tt.unroll`: run a module for a whole sequence, by the kernels of its layers where possible."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from ..core import Layer, backend
from ..core.inputs import is_dense, refusal
from ..core.tree import named_layers
from .layer import run, why_not
from .plan.chain import Step, Way, steps
from .plan.forward import Elementwise


@dataclass(frozen=True)
class Plan:
    """The steps in which `tt.unroll` runs a module; `str` prints one per line."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        rows = [(step.name or "-", _kind(step), step.way.value, step.why) for step in self.steps]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)


class Unroll:
    """Return the outputs of a layer or a model for a whole sequence, faster than a loop does.

    `tt.unroll(module, xs)` means `torch.stack([module(x) for x in xs.unbind(0)])`: the outputs, the
    gradients and the states afterwards are those of the loop over timesteps. Elementwise layers run
    by a kernel, compiled on first use; modules without states take all timesteps at once;
    everything else runs in the loop.

    Args:
        module: A layer, or a module that contains layers. Its forward is read from its source and
            runs in the loop unless it is a plain chain.
        xs: The inputs of all timesteps.
        dim: The time dimension of `xs` and of the result. Default 0.
        strict: Whether a layer with states that must run in the loop is an error instead of a
            warning. Default False.

    Shape:
        `xs` is `[T, ...]` for inputs `[...]`, with T at least 1; the result is `[T, ...]` for
        outputs `[...]`. With another `dim`, T is at that dimension.

    Raises:
        TypeError: `module` is not a module, or `xs` is not a dense tensor.
        ValueError: `xs` has no dimension `dim`, or no timesteps; or the module itself raises it.
        RuntimeError: A layer with states has no kernel (with `strict`).

    Source:
        Griewank and Walther 2008, "Evaluating Derivatives": states are stored every sixteen
        timesteps, and those between are recomputed in the backward pass.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer, xs = tt.snn.LI(16), torch.rand(10, 4, 16)  # ten timesteps of a batch of four
        >>> ys = tt.unroll(layer, xs)
        >>> layer.zero_states()
        >>> torch.equal(ys, torch.stack([layer(x) for x in xs]))
        True
    """

    def __call__(self, module: nn.Module, xs: Tensor, dim: int = 0, strict: bool = False) -> Tensor:
        """Return the outputs of the module for the sequence."""
        _check(module, xs, dim)
        chain = _planned(module, xs)
        slow = [step for step in chain if step.way is Way.LOOP and _has_states(step)]
        if slow:
            message = "tt.unroll: no kernel for " + "; ".join(map(_why_not, slow))
            if strict:
                raise RuntimeError(message)
            warnings.warn(f"{message} (the loop runs instead)", stacklevel=2)
        if len(chain) == 1 and chain[0].way is Way.KERNEL:
            return run(cast(Layer, chain[0].module), xs, dim)
        ys = xs.movedim(dim, 0)
        for part in _by_way(chain):
            ys = _WAYS[part[0].way](part, ys)
        ys = ys.movedim(0, dim).contiguous()
        return ys.clone() if all(map(_may_return_its_input, chain)) else ys

    def plan(self, module: nn.Module) -> Plan:
        """Print and return how each part of a module will run, and why.

        Args:
            module: The module to run, for inputs with the dtype and the device of its parameters.

        Returns:
            The plan; `str` prints a line for each step.
        """
        plan = Plan(tuple(_planned(module)))
        print(plan)
        return plan


unroll = Unroll()


def _check(module: nn.Module, xs: Tensor, dim: int) -> None:
    if not isinstance(module, nn.Module):
        raise TypeError(f"tt.unroll: module must be a module, got {module!r}")
    if not is_dense(xs):
        raise TypeError(f"tt.unroll: xs {refusal(xs)}")
    if not -xs.dim() <= dim < xs.dim():
        raise ValueError(
            f"tt.unroll: xs has no dimension dim = {dim}, its shape is {tuple(xs.shape)}"
        )
    if not xs.shape[dim]:
        raise ValueError(f"tt.unroll: xs has no timesteps in dimension dim = {dim}")


def _planned(module: nn.Module, xs: Tensor | None = None) -> list[Step]:
    """Return the steps for `xs`, or for inputs with the dtype and device of the parameters."""
    first, *rest = steps(module) or [*steps(nn.Identity())]
    return [_possible(first, xs), *map(_possible, rest)]


def _possible(step: Step, xs: Tensor | None = None) -> Step:
    """Return the step, in the loop if its kernel cannot run for its input."""
    if step.way is not Way.KERNEL:
        return step
    layer = cast(Layer, step.module)
    like = backend.own_tensor(layer) if xs is None else xs
    why = "" if like is None else why_not(layer, like)
    return step.in_loop(why) if why else step


def _by_way(chain: list[Step]) -> list[list[Step]]:
    """Group consecutive steps that run in the same way."""
    parts: list[list[Step]] = []
    for step in chain:
        if parts and parts[-1][0].way is step.way:
            parts[-1].append(step)
        else:
            parts.append([step])
    return parts


def _may_return_its_input(step: Step) -> bool:
    kinds = nn.Identity | nn.Flatten | nn.modules.dropout._DropoutNd | Elementwise
    return isinstance(step.module, kinds) or getattr(step.module, "inplace", False)


def _loop(part: list[Step], xs: Tensor) -> Tensor:
    def timestep(x: Tensor) -> Tensor:
        for step in part:
            x = step.module(x)
        return x

    # Copies, since a step may change its input in place.
    return torch.stack([timestep(x.clone()) for x in xs.unbind(0)])


def _kernels(part: list[Step], xs: Tensor) -> Tensor:
    for step in part:
        xs = run(cast(Layer, step.module), xs, 0)
    return xs


def _whole(part: list[Step], xs: Tensor) -> Tensor:
    for step in part:
        xs = cast(Callable[[Tensor], Tensor], step.sequence)(xs)
    return xs


_WAYS = {Way.KERNEL: _kernels, Way.LOOP: _loop, Way.WHOLE: _whole}


def _why_not(step: Step) -> str:
    return f"{step.name} ({_kind(step)}): {step.why}".strip()


def _has_states(step: Step) -> bool:
    return isinstance(step.module, nn.Module) and any(named_layers(step.module))


def _kind(step: Step) -> str:
    return type(step.module).__name__ if isinstance(step.module, nn.Module) else "function"
