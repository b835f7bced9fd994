"""Full and truncated backpropagation through time and online learning, held against sums by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo

INPUTS = [0.5, -1.0, 2.0, 0.25, 1.5, -0.75]


@dataclass
class Pair:
    """Two leaky integrators in a row, `second = beta * second + weight * first`, as numbers."""

    raw_first: float
    raw_second: float
    weight: float
    first: float = 0.0
    second: float = 0.0

    def chunk(self, xs: list[float]) -> dict[str, float]:
        """Run some timesteps and give the derivatives of the sum of the outputs.

        They are sums over powers of the decays, unrolled from the states at the start, which
        count as constants.
        """
        a, b, w, n = _sigmoid(self.raw_first), _sigmoid(self.raw_second), self.weight, len(xs)
        first = [
            a ** (t + 1) * self.first + sum(a ** (t - s) * xs[s] for s in range(t + 1))
            for t in range(n)
        ]
        first_by_a = [
            _slope(a, t + 1) * self.first + sum(_slope(a, t - s) * xs[s] for s in range(t + 1))
            for t in range(n)
        ]
        # What the first neuron sends at time s, the second returns at all t from then on.
        echo = [sum(b ** (t - s) for t in range(s, n)) for s in range(n)]
        by_b = sum(
            _slope(b, t + 1) * self.second
            + sum(_slope(b, t - s) * w * first[s] for s in range(t + 1))
            for t in range(n)
        )
        gradients = {
            "first": sum(w * echo[s] * first_by_a[s] for s in range(n)) * a * (1 - a),
            "second": by_b * b * (1 - b),
            "weight": sum(echo[s] * first[s] for s in range(n)),
        } | {f"x{s}": w * sum(echo[t] * a ** (t - s) for t in range(s, n)) for s in range(n)}
        self.second = b ** (n) * self.second + sum(
            b ** (n - 1 - s) * w * first[s] for s in range(n)
        )
        self.first = first[-1]
        return gradients

    def descend(self, gradients: dict[str, float], rate: float) -> None:
        self.raw_first -= rate * gradients["first"]
        self.raw_second -= rate * gradients["second"]
        self.weight -= rate * gradients["weight"]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _slope(base: float, exponent: int) -> float:
    return exponent * base ** (exponent - 1) if exponent else 0.0


def network() -> zoo.Chain:
    return zoo.Chain(tt.snn.LI(1, beta=0.6), nn.Linear(1, 1, bias=False), tt.snn.LI(1, beta=0.85))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("length", [len(INPUTS), 3, 2, 1], ids=["full", "3", "2", "online"])
@pytest.mark.parametrize("rate", [0.0, 0.1], ids=["gradients", "training"])
def test_learning_is_what_the_sums_say(length: int, rate: float) -> None:
    model = network()
    first, linear, second = model.net
    by_hand = Pair(first.raw_beta.item(), second.raw_beta.item(), linear.weight.item())
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for start in range(0, len(INPUTS), length):
        xs = torch.tensor(INPUTS[start : start + length]).reshape(-1, 1, 1).requires_grad_()
        optimizer.zero_grad()
        sum(model(x).sum() for x in xs).backward()
        expected = by_hand.chunk(INPUTS[start : start + length])
        gradients = {
            "first": first.raw_beta.grad.item(),
            "second": second.raw_beta.grad.item(),
            "weight": linear.weight.grad.item(),
        } | {f"x{s}": xs.grad[s].item() for s in range(len(xs))}
        assert gradients == pytest.approx(expected, rel=1e-12)
        optimizer.step()
        by_hand.descend(expected, rate)
        model.detach_states()
    assert (first.mem.item(), second.mem.item()) == pytest.approx((by_hand.first, by_hand.second))
    trained = (first.raw_beta.item(), second.raw_beta.item(), linear.weight.item())
    assert trained == pytest.approx((by_hand.raw_first, by_hand.raw_second, by_hand.weight))


STATM = Path("/proc/self/statm")


def resident_mib() -> float:
    return int(STATM.read_text().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(not STATM.exists(), reason="resident memory is read the way Linux tells it")
def test_online_learning_takes_no_more_memory_over_2000_timesteps() -> None:
    torch.manual_seed(0)
    model = zoo.Chain(nn.Linear(8, 2048), tt.snn.DSRLITS(2048), nn.Linear(2048, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

    def online(timesteps: int) -> float:
        """How much memory has grown, in MiB."""
        before = resident_mib()
        for x in torch.randn(timesteps, 8, 8):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
            model.detach_states()
        return resident_mib() - before

    def without_detaching(timesteps: int) -> Tensor:
        return torch.stack([model(x) for x in torch.randn(timesteps, 8, 8)])

    online(100)
    assert online(2000) < 20
    before = resident_mib()
    graph = without_detaching(100)
    assert resident_mib() - before > 50, "the measure does not see a graph that grows"
    assert graph.requires_grad
