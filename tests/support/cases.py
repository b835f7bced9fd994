"""A layer and a sequence, and all results of `tt.unroll` compared with those of the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Any

import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tracetorch import functional as F

SPIKES = [
    F.sigmoid4x,
    F.arctan,
    F.fast_sigmoid,
    F.triangular,
    F.rectangular,
    F.gaussian,
    F.exponential,
]
NUMBERED = [
    partial(F.sigmoid4x, slope=10),
    partial(F.arctan, alpha=0.7),
    partial(F.fast_sigmoid, slope=25),
    partial(F.triangular, width=0.3),
    partial(F.rectangular, width=2.5),
    partial(F.gaussian, alpha=3.0),
    partial(F.exponential, slope=5),
]
"""The same with numbers that are not the defaults."""
RATIONAL = [F.fast_sigmoid, F.triangular, F.rectangular]
QUANTIZERS = [
    nn.Identity(),
    F.round_ste(),
    F.round_ste(0.25),
    F.stochastic_round_ste(0.5),
    F.probabilistic_ste(),
]
PAIRS = dict(zip(zoo.NAMES, zip(cycle(SPIKES), cycle(QUANTIZERS))))
"""What each layer fires with in the tests of all layers, so that each is compiled once."""


@dataclass(frozen=True)
class Case:
    """A layer and the sequence that runs through it."""

    name: str
    features: int = 3
    before: tuple[int, ...] = (2,)
    after: tuple[int, ...] = ()
    length: int = 5
    time: int = 0
    dtype: torch.dtype = torch.float64
    layout: str = "contiguous"
    has_states: bool = False
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def layer(self) -> tt.Layer:
        options = {"spike_fn": F.sigmoid4x, "quant_fn": nn.Identity(), **self.options}
        if not zoo.fires(self.name):
            options = {k: v for k, v in options.items() if k not in ("spike_fn", "quant_fn")}
        dim = -1 - len(self.after)
        layer = zoo.build(self.name, self.features, dim=dim, **options).to(self.dtype)
        generator = torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter += torch.randn(parameter.shape, generator=generator)
        if self.has_states:
            for name in zoo.states(self.name):
                state = torch.randn(self.shape, dtype=self.dtype, generator=generator)
                setattr(layer, name, state.requires_grad_())
        return layer

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.before, self.features, *self.after)

    def xs(self) -> Tensor:
        """Inputs with many zeros, as spikes are."""
        generator = torch.Generator().manual_seed(self.seed + 1)
        shape = list(self.shape)
        shape.insert(self.time % (len(shape) + 1), self.length)
        xs = 2 * torch.randn(shape, dtype=self.dtype, generator=generator)
        xs *= torch.rand(shape, generator=generator) < 0.7
        if self.layout == "permuted":
            xs = (
                xs.permute(*reversed(range(xs.dim())))
                .contiguous()
                .permute(*reversed(range(xs.dim())))
            )
        elif self.layout == "strided":
            xs = torch.stack([xs, xs], -1).flatten(-2)[..., ::2]
        elif self.layout == "expanded":
            xs = xs.select(self.time, 0).unsqueeze(self.time).expand(shape)
        return xs.detach().requires_grad_()


Results = dict[str, Tensor]


def run(case: Case, unroll: bool) -> Results:
    """Outputs, final states, and the gradients of all that went in."""
    layer, xs = case.layer(), case.xs()
    before = (
        {name: getattr(layer, name) for name in zoo.states(case.name)} if case.has_states else {}
    )
    torch.manual_seed(case.seed)
    if unroll:
        ys = tt.unroll(layer, xs, case.time, strict=True)
    else:
        ys = torch.stack([layer(x) for x in xs.unbind(case.time)], case.time)
    results = {"output": ys}
    results |= {f"final {name}": getattr(layer, name) for name in zoo.states(case.name)}
    generator = torch.Generator().manual_seed(case.seed + 2)
    loss = sum(
        (result * torch.randn(result.shape, dtype=case.dtype, generator=generator)).sum()
        for result in results.values()
    )
    given = {"input": xs, **dict(layer.named_parameters()), **before}
    gradients = torch.autograd.grad(loss, list(given.values()), allow_unused=True)
    for (name, value), gradient in zip(given.items(), gradients):
        results[f"gradient of {name}"] = torch.zeros_like(value) if gradient is None else gradient
    return results


def assert_same(case: Case) -> None:
    expected_of, unrolled = run(case, unroll=False), run(case, unroll=True)
    assert unrolled["output"].is_contiguous()
    relative, absolute = (1e-10, 1e-11) if case.dtype == torch.float64 else (1e-4, 1e-4)
    for name, expected in expected_of.items():
        torch.testing.assert_close(
            unrolled[name], expected, rtol=relative, atol=absolute, msg=lambda m: f"{name}: {m}"
        )


def assert_records_same(case: Case, cut: int = 0, is_training: bool = True) -> None:
    """Record all states, in the loop and in two sequences that the whole is cut into."""
    names, recorded = [*case.layer().State._fields], []
    for is_loop in (True, False):
        layer, xs = case.layer(), case.xs()
        torch.manual_seed(case.seed)
        with torch.set_grad_enabled(is_training), tt.record(layer, *names) as seen:
            if is_loop:
                loop(layer, xs.movedim(case.time, 0))
            else:
                for part in xs.tensor_split([cut], case.time) if cut else [xs]:
                    tt.unroll(layer, part, case.time, strict=True)
        assert not any(seen[name].requires_grad for name in names)
        time = 0 if is_loop else case.time
        recorded.append({name: seen[name].movedim(time, 0) for name in names})
        for name in names:
            torch.testing.assert_close(recorded[-1][name][-1], getattr(layer, name).detach())
    expected, actual = recorded
    relative, absolute = (1e-12, 1e-12) if case.dtype == torch.float64 else (1e-5, 1e-5)
    if _is_exact(case):
        relative = absolute = 0
    torch.testing.assert_close(actual, expected, rtol=relative, atol=absolute)


def _is_exact(case: Case) -> bool:
    """Whether states are those of the loop to the last bit: no transcendental function is in them."""
    spike_fn, quant_fn = case.options.get("spike_fn"), case.options.get("quant_fn")
    is_rounded = isinstance(quant_fn, type(F.round_ste()))
    return not zoo.fires(case.name) or is_rounded or spike_fn in RATIONAL


def loop(layer: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([layer(x) for x in xs])
