"""Which steps of a plan must run together, timestep by timestep, so that their effects keep their
order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import tracetorch as tt
from tests.support.plans import assert_same, spiking, ways
from tracetorch.functional import stochastic_round_ste
from tracetorch.sequence.plan.chain import steps
from tracetorch.sequence.plan.order import memory

pytestmark = pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")


class Opaque(nn.Module):
    """What it does depends on the values of its input."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.sum() > 0 else -x


class ByHand(tt.Layer):
    """A layer that does not say how random it is."""

    def __init__(self) -> None:
        super().__init__(4)
        self._initialize_state("total")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.total = 0.5 * self.total + x
        return self.total * 1


def looping(**options: Any) -> tt.Layer:
    """A layer of the library without a kernel, which therefore loops."""
    return tt.snn.flex.LIB(4, **options)


def random() -> tt.Layer:
    return spiking(quant_fn=stochastic_round_ste())


class Beside(nn.Module):
    """A value that a module takes is read again."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.before, self.first = nn.Linear(4, 4), nn.Linear(4, 4)
        self.inner, self.last = inner, nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(self.before(x))
        return self.last(self.inner(h) + h)


BESIDE: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "an activation": (nn.ReLU, "whole whole whole whole whole"),
    "one in place": (lambda: nn.ReLU(inplace=True), "whole loop loop loop whole"),
    "dropout": (nn.Dropout, "whole whole loop whole whole"),
    "dropout of features": (nn.Dropout1d, "whole whole loop whole whole"),
    "dropout in place": (lambda: nn.Dropout(inplace=True), "whole loop loop loop whole"),
    "no dropout in place": (
        lambda: nn.Dropout(inplace=True).eval(),
        "whole loop loop loop whole",
    ),
    "what is not known": (Opaque, "whole loop loop loop whole"),
    "a layer": (spiking, "whole whole kernel whole whole"),
    "a random layer": (random, "whole whole kernel whole whole"),
    "a layer that loops": (looping, "whole whole loop whole whole"),
    "a layer by hand": (ByHand, "whole whole loop whole whole"),
    "a batch normalisation": (lambda: nn.BatchNorm1d(4), "whole whole loop whole whole"),
}


@pytest.mark.parametrize("case", BESIDE)
def test_a_module_that_may_write_to_a_value_loops_with_what_reads_it(case: str) -> None:
    torch.manual_seed(0)
    make, expected = BESIDE[case]
    module = Beside(make())
    assert " ".join(ways(module)) == expected
    if "not known" not in case:
        assert_same(module, torch.randn(5, 2, 4, requires_grad=True))


class Sharing(Beside):
    """What a module returns is changed, and its input is read again."""

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(self.before(x))
        k = self.inner(h)
        F.relu(k, inplace=True)
        return self.last(h)


SHARING: dict[str, tuple[Callable[[], nn.Module], bool]] = {
    "nothing": (nn.Identity, True),
    "a view": (nn.Flatten, True),
    "no dropout": (lambda: nn.Dropout().eval(), True),
    "no dropout of features": (lambda: nn.Dropout1d().eval(), True),
    "no dropout with a mask": (lambda: tt.SequenceDropout(4).eval(), True),
    "in place": (lambda: nn.ReLU(inplace=True), True),
    "a chain that ends so": (lambda: nn.Sequential(nn.Linear(4, 4), nn.Identity()), False),
    "a chain of two views": (lambda: nn.Sequential(nn.Flatten(), nn.Identity()), True),
    "a linear map": (lambda: nn.Linear(4, 4), False),
    "an activation": (nn.Tanh, False),
    "earlier inputs": (lambda: tt.Lags(4), False),
    "a layer": (spiking, False),
    "a layer that loops": (looping, True),
    "what is not known": (Opaque, True),
}


@pytest.mark.parametrize("case", SHARING)
def test_what_may_share_memory_loops_with_what_changes_it(case: str) -> None:
    torch.manual_seed(0)
    make, is_sharing = SHARING[case]
    module = Sharing(make())
    before, first, *_, last = ways(module)
    assert (before, first, last) == ("whole", *2 * ["loop" if is_sharing else "whole"])


class Values(nn.Module):
    """Values of which some are others, or views of them."""

    def forward(self, x: Tensor) -> Tensor:
        a = x.view(-1)
        b = a[1:]
        c = b * 2
        d = c.t()
        e = c.sum()
        F.relu(d, inplace=True)
        return e


def test_the_memory_of_each_value() -> None:
    found = memory(steps(Values()).steps)
    assert found == [{0}, {0, 1}, {0, 1, 2}, {3}, {3, 4}, {5}, {3, 4, 6}]
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Tanh(), Opaque())
    assert memory(steps(module).steps) == [{0}, {1}, {1, 2}, {3}, {3, 4}]


class Written(nn.Module):
    """A sum in place changes its first operand, and not its second."""

    def __init__(self, is_first: bool) -> None:
        super().__init__()
        self.one, self.two, self.last = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.is_first = is_first

    def forward(self, x: Tensor) -> Tensor:
        h, k = self.one(x), self.two(x)
        g = h
        h += k
        return self.last(h + (g if self.is_first else k))


@pytest.mark.parametrize(("is_first", "way"), [(True, "loop"), (False, "whole")])
def test_a_sum_in_place_writes_to_its_first_operand(is_first: bool, way: str) -> None:
    module = Written(is_first)
    assert ways(module) == [way, *2 * [way], way, "whole"]
    assert_same(module, torch.randn(5, 2, 4, requires_grad=True))


def into(x: Tensor, y: Tensor) -> Tensor:
    if x.sum() > 0:
        y.mul_(2)
    return x * 3


class WritingInto(Written):
    def forward(self, x: Tensor) -> Tensor:
        h, k = self.one(x), self.two(x)
        y = into(h, k)
        return self.last(y + k if self.is_first else y)


def test_a_function_that_is_not_known_may_write_to_any_argument() -> None:
    assert ways(WritingInto(True)) == ["whole", "loop", "loop", "loop", "whole"]
    assert ways(WritingInto(False)) == ["whole", "whole", "loop", "whole"]
    assert_same(WritingInto(True), torch.randn(5, 2, 4, requires_grad=True))


class Returned(nn.Module):
    """What is changed is returned, as a view that was taken before."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.first = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(self.before(x))
        v = h[:, 1:]
        F.relu(h, inplace=True)
        return v


class OfInput(Beside):
    """It changes its own input, and reads it again."""

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(self.before(x))
        F.relu(x, inplace=True)
        return self.last(h) + x


def test_what_changes_the_input_loops_with_all_from_the_start() -> None:
    assert ways(OfInput(nn.Tanh())) == ["loop"] * 5


def test_what_is_returned_is_read_last() -> None:
    module = Returned()
    assert ways(module) == ["whole", "loop", "loop", "loop"]
    assert_same(module, torch.randn(5, 2, 4, requires_grad=True))


def with_an_empty_buffer() -> nn.Module:
    made = nn.Linear(4, 4)
    made.register_buffer("empty", None)
    return made


def with_one_weight_twice() -> nn.Module:
    made = Opaque()
    made.one = made.two = nn.Parameter(torch.ones(4))
    return made


def repeated(pattern: str) -> nn.Module:
    """A chain with a part for each letter, the same for the same letter."""
    made: dict[str, Callable[[], nn.Module]] = {
        **dict.fromkeys("abc", spiking),
        **dict.fromkeys("lm", lambda: nn.Linear(4, 4)),
        "w": lambda: nn.Linear(4, 4, bias=False),
        "e": with_an_empty_buffer,
        "v": lambda: nn.BatchNorm1d(4, affine=False, track_running_stats=False),
        "o": with_one_weight_twice,
        "t": nn.Tanh,
        "n": lambda: nn.BatchNorm1d(4),
        "s": lambda: tt.SequenceDropout(4, 0.3),
        "r": lambda: tt.SequenceDropout(4, 0.3),
        "d": lambda: nn.Dropout(0.3),
        "y": lambda: looping(quant_fn=stochastic_round_ste()),
        "f": looping,
        "g": lambda: tt.Lags(4, [1]),
    }
    parts = {letter: made[letter]() for letter in dict.fromkeys(pattern)}
    return nn.Sequential(*(parts[letter] for letter in pattern))


REPEATED = {
    "ab": "kernel kernel",
    "aa": "loop loop",
    "laalb": "whole loop loop whole kernel",
    "ambcamb": "loop loop loop loop loop loop loop",
    "labbal": "whole loop loop loop loop whole",
    "abab": "loop loop loop loop",
    "ltlt": "whole whole whole whole",
    "lnlnl": "whole loop loop loop whole",
    "lnal": "whole loop kernel whole",
    "slr": "whole whole whole",
    "sls": "loop loop loop",
    "sld": "loop loop loop",
    "lsdl": "whole loop loop whole",
    "dld": "loop loop loop",
    "ldl": "whole loop whole",
    "dlf": "loop whole loop",
    "dly": "loop loop loop",
    "yly": "loop loop loop",
    "gld": "whole whole loop",
    "wv": "whole loop",
    "ev": "whole loop",
    "olaa": "loop whole loop loop",
}
"""Chains, and the ways of their parts."""


@pytest.mark.parametrize("pattern", REPEATED)
def test_parts_that_are_random_or_repeat_loop_together(pattern: str) -> None:
    torch.manual_seed(0)
    module = repeated(pattern)
    assert " ".join(ways(module)) == REPEATED[pattern]
    assert_same(module, torch.randn(5, 2, 4, requires_grad=True))


class Gained(nn.Module):
    """A parameter and a buffer that another module has too."""

    def __init__(self, other: nn.Module) -> None:
        super().__init__()
        self.gain, self.first, self.other = nn.Parameter(torch.ones(4)), nn.Linear(4, 4), other
        self.register_buffer("kept", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.other(self.first(x * self.gain) + self.kept)


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("gain", Opaque, "loop loop loop loop"),
        ("kept", Opaque, "whole whole loop loop"),
        ("none", Opaque, "whole whole whole loop"),
        ("gain", nn.Tanh, "whole whole whole whole"),
    ],
)
def test_what_loops_may_change_what_others_hold(
    name: str, other: Callable[[], nn.Module], expected: str
) -> None:
    made = other()
    module = Gained(made)
    if name == "gain":
        made.register_parameter("shared", module.gain)
    if name == "kept":
        made.register_buffer("shared", module.kept)
    assert " ".join(ways(module)) == expected


def test_why_steps_loop_together() -> None:
    def whys(module: nn.Module) -> list[str]:
        return [step.why for step in tt.unroll.plan(module).steps if step.way.value == "loop"]

    draws = "it draws random numbers at each timestep"
    assert whys(repeated("dld")) == [draws, "it is among steps whose order matters", draws]
    assert whys(repeated("aa")) == 2 * ["it is among steps that call one module twice"]
    why = "it is among steps of which one may write to a value of another"
    assert whys(Beside(nn.ReLU(inplace=True))) == 3 * [why]
