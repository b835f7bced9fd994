"""The statements that compute the gradients of a timestep: as reviewed, and as PyTorch does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch.functional as F
from codegen.kernels.gradient import GRADIENT_OF, differentiate
from codegen.language.expressions import Spelling, parse_statement, to_python
from codegen.language.functions import FUNCTIONS
from codegen.model import Statement
from tests.support.reviewed import assert_as_reviewed

GOLDEN = Path(__file__).with_name("golden") / "gradients.txt"
GIVEN, STATES = ("x", "a", "b"), ("mem", "old")

TIMESTEPS = """
    mem = a * mem + x; spikes = fire(mem - 1); mem = mem - spikes; output = spikes
    output = mem
    mem = x; old = mem; output = 2
    old = mem; output = x + old
    output = x; unused = a * x; output = b * 3
    y = x; y = y; y = tanh(y) + mem; mem = y; output = y
    y = a + b; z = a + b; output = y * z * (a + b)
    mem_1 = a * mem; mem = mem_1 * x; mem = mem + mem_1; output = mem
    inner_1 = a * x; inner_2 = tanh(inner_1 * b) * b; output = exp(inner_2 + 1) * inner_1
    output = x - (a - -b) - -(mem * old)
    output = -x - a * -b + -mem / -old
    output = -(-x) + -(-a * b) - (2 - mem)
    output = -x * 2 * -a + (b - -mem) / -2
    output = tanh(x * a) * tanh(x * a) + tanh(x * a) * b
    output = tanh(x * a) * exp(x * a) * sin(x * a) * cos(x * a)
    inner_4_1 = a * b; inner_3_1 = x; output = tanh(x * a) * exp(x * a) * inner_4_1 * inner_3_1
    output = exp(exp(exp(x * a) * b) * mem)
    output = a / b / (x / b) + 1 / x
    output = (x + a) * (x + a) * ((x + a) * (x + a) + 1)
    output = maximum(x * a, b) * minimum(x * a, 0.5) + relu(mem) + relu(x * a)
    output = where(x * a > b + mem, x * a, b * mem) * where(x < 0, 2, old)
    output = mask(x > a) * b + detach(x * a) + straight_through(round(x), a * b) + floor(mem)
    output = square(sigmoid(x) + sqrt(square(a) + 1)) - log(square(b) + 2) * abs(mem)
    output = silu(x * a) + softplus(b - mem) * atan(old)
    p = product_1_0(mem, x * a); q = piece_2(p); mem = tanh(p) * q; output = q
    old = fire(mem, b) * mem; mem = fire(fire(x)); output = old
    mem = mem * (1 - 0 * x) + 2 * 3 * x; output = mem * (4 / 2)
    y = x * a; y = y * y; y = y + y; mem = y * mem; y = y * b; output = y + mem
"""
"""Timesteps; `fire` is a function that the user chooses, and others are those of a recurrence."""


def of(text: str) -> tuple[Statement, ...]:
    return tuple(Statement(*parse_statement(line)) for line in text.split("; "))


CASES = [line.strip() for line in TIMESTEPS.strip().splitlines()]


def lines(statements: Iterable[Statement]) -> str:
    return "; ".join(f"{s.targets[0]} = {to_python(s.expression)}" for s in statements)


def test_the_statements() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    texts = []
    for case in CASES:
        made = differentiate(of(case), GIVEN, STATES)
        texts.append(
            f"{case}\n"
            f"    values: {lines(made.values)}\n"
            f"    gradients: {lines(made.gradients)}\n"
            f"    reached: {' '.join(sorted(made.reached))}\n"
            f"    recomputed: {lines(made.recomputed)}\n"
            f"    next: {' '.join(made.next.values())}\n"
        )
    assert_as_reviewed("\n".join(texts), GOLDEN)


def test_several_outputs() -> None:
    made = differentiate(of("p = x * a; q = p * mem; mem = q"), ("x", "a"), ("mem",), ("p", "q"))
    gradients = (
        "d_q = d_q + d_mem; d_p = d_p + d_q * mem; d_mem = d_q * p; d_x = d_p * a; d_a = d_p * x"
    )
    assert (lines(made.values), lines(made.gradients)) == ("p = x * a", gradients)
    assert made.reached == {"x", "a", "mem"}


def call(name: str, *arguments: str) -> str:
    if name in FUNCTIONS:
        return FUNCTIONS[name].torch(*arguments)
    return f"{name}({', '.join(arguments)})"


def fire(x: Tensor, noise: float | Tensor = 0) -> Tensor:
    return torch.sin(x)


def fire_gradient(x: Tensor, gradient: Tensor) -> Tensor:
    return torch.cos(x) * gradient


OWN = {"fire": fire, "fire_gradient": fire_gradient}


def run(statements: Iterable[Statement], values: dict[str, Any]) -> None:
    known = {**vars(F), **OWN, "torch": torch, "nn": nn}
    for statement in statements:
        text = to_python(statement.expression, Spelling(call=call))
        values[statement.targets[0]] = eval(text, {**known, **values}) + torch.zeros(4)


@pytest.mark.parametrize("case", [c for c in CASES if "_1_0" not in c], ids=count())
def test_the_gradients_are_those_of_pytorch(case: str) -> None:
    torch.manual_seed(0)
    leaves = {name: torch.randn(4, requires_grad=True) for name in (*GIVEN, *STATES)}
    after = {f"{GRADIENT_OF}{name}": torch.randn(4) for name in ("output", *STATES)}
    expected: dict[str, Any] = {**leaves}
    run(of(case), expected)
    total = sum((after[f"{GRADIENT_OF}{n}"] * expected[n]).sum() for n in ("output", *STATES))
    gradients = torch.autograd.grad(total, [*leaves.values()], materialize_grads=True)
    made = differentiate(of(case), GIVEN, STATES)
    given = {name: leaf.detach() for name, leaf in leaves.items()}
    values: dict[str, Any] = {**given, **after}
    run((*made.values, *made.gradients), values)
    for name, gradient in zip(leaves, gradients):
        found = values[f"{GRADIENT_OF}{name}"] if name in made.reached else torch.zeros(4)
        torch.testing.assert_close(found, gradient)
    again: dict[str, Any] = {**given}
    run(made.recomputed, again)
    for state, name in made.next.items():
        torch.testing.assert_close(again[name], expected[state].detach())
