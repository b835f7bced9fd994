"""Timesteps of layers after `TTcompile`, by their kernels, against those of the same layers before."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import tracetorch as tt
from tests.support import zoo
from tests.support.cases import PAIRS
from tracetorch import functional as F
from tracetorch.core.memory import Run
from tracetorch.sequence import timestep as timesteps
from tracetorch.sequence.c import run as c
from tracetorch.sequence.timestep import _is_in_kernel, _is_plain, _packed

pytestmark = pytest.mark.usefixtures("float64")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each timestep that ran by a kernel."""
    calls: list[int] = []
    call = c.Timestep.__call__

    def counted(self: c.Timestep, x: Tensor, *arguments: Any) -> list[Tensor]:
        calls.append(len(x))
        return call(self, x, *arguments)

    monkeypatch.setattr(c.Timestep, "__call__", counted)
    return calls


def pair(name: str, neurons: int = 3, **options: Any) -> tuple[tt.Layer, tt.Layer]:
    """A layer, and a copy of it that is compiled."""
    torch.manual_seed(0)
    options = {name: 0.1 + 0.8 * torch.rand(neurons) for name in zoo.parameters(name)} | options
    layer = getattr(tt.snn, name)(neurons, **options).eval()
    compiled = copy.deepcopy(layer)
    compiled.TTcompile()
    return layer, compiled


def assert_same(
    layers: tuple[tt.Layer, tt.Layer], xs: Tensor, between: Callable[[tt.Layer], object] = id
) -> None:
    """Each output, and the states after every third timestep, since reading them changes how they are
    stored; with something done to both layers after three timesteps."""
    for timestep, x in enumerate(xs):
        if timestep == 3:
            _ = [between(layer) for layer in layers]
        torch.manual_seed(timestep)
        expected = layers[0](x)
        torch.manual_seed(timestep)
        actual = layers[1](x)
        torch.testing.assert_close(actual, expected)
        assert actual.stride() == expected.stride()
        if timestep % 3 == 0:
            assert_same_states(layers)


def assert_same_states(layers: tuple[tt.Layer, tt.Layer]) -> None:
    for name in layers[0].State._fields:
        torch.testing.assert_close(getattr(layers[1], name), getattr(layers[0], name))


def test_an_input_that_is_negated_later(ran: list[int]) -> None:
    """PyTorch stores the imaginary part of a conjugate as that of the number, and a note."""
    layers = pair("LI", 1)
    with torch.no_grad():
        for _ in range(3):
            x = torch.randn(1, 1, dtype=torch.complex128).conj().imag
            assert x.is_neg() and x.is_contiguous()
            torch.testing.assert_close(layers[1](x), layers[0](x.clone()))
    assert not ran


@pytest.mark.parametrize("name", zoo.NAMES)
def test_every_layer(name: str, ran: list[int]) -> None:
    spike_fn, quant_fn = PAIRS[name]
    is_random = getattr(quant_fn, "is_random", False) and zoo.fires(name)
    options = {"spike_fn": spike_fn, "quant_fn": quant_fn} if zoo.fires(name) else {}
    with torch.no_grad():
        assert_same(pair(name, **options), torch.randn(6, 2, 3))
    assert len(ran) == (0 if is_random else 5)  # the first creates the states


@pytest.mark.parametrize(
    ("dim", "shape"),
    [
        (-1, (3,)),
        (-1, (0, 3)),
        (-1, (700, 3)),
        (1, (2, 3, 5)),
        (-3, (2, 3, 4, 7)),
        (0, (3, 300, 4)),
        (1, (3, 3, 40_000)),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shapes(dim: int, shape: tuple[int, ...], dtype: torch.dtype, ran: list[int]) -> None:
    """The last is divided among threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    ranks: dict[str, Any] = {"beta": 0.7, "beta_rank": 0}
    layers = [layer.to(dtype) for layer in pair("SLIB", dim=dim, **ranks)]
    with torch.no_grad():
        assert_same((layers[0], layers[1]), torch.randn(4, *shape, dtype=dtype))
    torch.set_num_threads(before)
    assert len(ran) == 3


@pytest.mark.parametrize(
    ("dim", "shapes"), [(-1, [(2, 3), (700, 3), (1, 3)]), (1, [(2, 3, 5), (300, 3, 2), (1, 3, 7)])]
)
def test_sequences_of_other_sizes(dim: int, shapes: list[tuple[int, ...]], ran: list[int]) -> None:
    layers = pair("LI", dim=dim)
    with torch.no_grad():
        for shape in shapes:
            assert_same(layers, torch.randn(3, *shape))
            _ = [layer.zero_states() for layer in layers]
    assert len(ran) == 6


def test_states_that_were_read_do_not_change(ran: list[int]) -> None:
    _, layer = pair("DSLIB")
    xs = torch.randn(5, 2, 3)
    seen = []
    with torch.no_grad():
        for x in xs:
            y = layer(x)
            seen += [
                (t, t.clone()) for t in (y, *map(partial(getattr, layer), layer.State._fields))
            ]
    assert len(ran) == 4
    for tensor, was in seen:
        torch.testing.assert_close(tensor, was, rtol=0, atol=0)
    y.zero_()
    assert layer.pos_mem.abs().sum() > 0


def hooked(layer: Any) -> None:
    layer.quant_fn = F.round_ste(0.5)
    layer.quant_fn.register_forward_hook(lambda module, args, output: 2 * output)


def hooked_before(layer: Any) -> None:
    layer.quant_fn.register_forward_pre_hook(lambda module, args: (2 * args[0],))


def another_forward(layer: Any) -> None:
    layer.quant_fn.forward = lambda x: 0.5 * torch.round(x)


def another_step(layer: Any) -> None:
    step = layer.step
    layer.step = lambda x, states: step(2 * x, states)


def another_raw(layer: Any) -> None:
    key = "raw_threshold"
    layer.load_state_dict({**layer.state_dict(), key: torch.tensor([0.1, 0.2, 0.3])})


def in_place(layer: Any) -> None:
    with torch.no_grad():
        layer.raw_threshold += 0.5


def another_number(layer: Any) -> None:
    layer.quant_fn.step_size = 0.125


BETWEEN: dict[str, tuple[Callable[[Any], object], bool]] = {
    "a hook": (hooked, False),
    "a hook before": (hooked_before, False),
    "a forward of the instance": (another_forward, False),
    "a step of the instance": (another_step, False),
    "loaded parameters": (another_raw, True),
    "parameters changed in place": (in_place, True),
    "another number": (another_number, True),
    "another function": (lambda layer: setattr(layer, "spike_fn", F.arctan), True),
    "an own function": (lambda layer: setattr(layer, "spike_fn", torch.sigmoid), False),
    "other numbers": (lambda layer: setattr(layer, "spike_fn", partial(F.arctan, alpha=2)), True),
    "a random quantizer": (
        lambda layer: setattr(layer, "quant_fn", F.stochastic_round_ste(0.5)),
        False,
    ),
    "a new sequence": (lambda layer: layer.zero_states(), True),
    "detached states": (lambda layer: layer.detach_states(), True),
    "float32 and back": (lambda layer: layer.float().double(), True),
    "loaded states": (lambda layer: tt.load_states(layer, tt.save_states(layer)), True),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_changes_between_timesteps_counts(what: str, ran: list[int]) -> None:
    change, by_kernel = BETWEEN[what]
    layers = pair("LIB", quant_fn=F.round_ste(0.25))
    with torch.no_grad():
        assert_same(layers, torch.randn(7, 2, 3), change)
    assert (len(ran) > 2) == by_kernel


def test_a_step_of_the_class_that_changes_between_timesteps(
    ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, step = pair("LIB"), tt.snn.LIB.step

    def change(layer: tt.Layer) -> None:
        monkeypatch.setattr(tt.snn.LIB, "step", lambda self, x, states: step(self, 2 * x, states))

    with torch.no_grad():
        assert_same(layers, torch.randn(7, 2, 3), change)
    assert len(ran) == 2


@pytest.mark.parametrize("number, by_kernel", [(2.0, True), (torch.ones(3), False)])
def test_a_number_that_changes_between_timesteps(
    number: Any, by_kernel: bool, ran: list[int]
) -> None:
    """In the same object, unlike another function."""
    layers = pair("LIB", spike_fn=partial(F.arctan, alpha=3 * number))

    def change(layer: Any) -> None:
        layer.spike_fn.keywords["alpha"] = 0.5 * number

    with torch.no_grad():
        assert_same(layers, torch.randn(7, 2, 3), change)
    assert len(ran) == (6 if by_kernel else 0)


def test_a_vector_takes_the_place_of_a_number(ran: list[int]) -> None:
    layers = pair("LIB", spike_fn=partial(F.arctan, alpha=2.0))
    with torch.no_grad():
        for alpha, count in ((2.0, 2), (torch.ones(3), 2), (2 * torch.ones(3), 2), (3.0, 5)):
            for layer in layers:
                layer.spike_fn.keywords["alpha"] = alpha
            assert_same(layers, torch.randn(3, 2, 3))
            assert len(ran) == count


def test_the_kernel_is_there_after_the_layer_is_compiled(
    ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(c, "why_not", lambda *given: asked.append(given[1:]) or "")
    layer = tt.snn.LIB(3)
    layer.TTcompile()
    assert asked == [(torch.float64, torch.device("cpu"))]


def test_a_kernel_is_prepared_once(ran: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[tt.Layer] = []
    prepare = timesteps._kernel
    monkeypatch.setattr(
        timesteps, "_kernel", lambda layer, x: prepared.append(layer) or prepare(layer, x)
    )
    _, layer = pair("LIB", quant_fn=F.round_ste(0.25), spike_fn=partial(F.arctan, alpha=2))
    with torch.no_grad():
        for _ in range(5):
            layer(torch.ones(2, 3))
        assert (len(prepared), len(ran)) == (1, 4)
        in_place(layer)
        for _ in range(4):  # the first computes the usable values anew
            layer(torch.ones(2, 3))
        assert (len(prepared), len(ran)) == (2, 7)
        layer.zero_states()
        for _ in range(3):
            layer(torch.ones(2, 3))
    assert (len(prepared), len(ran)) == (2, 9)


def test_set_states_are_continued_with_one_dtype(ran: list[int]) -> None:
    layers, errors = pair("LIB"), []
    with torch.no_grad():
        for layer in layers:
            layer.mem = torch.ones(2, 3)
            layer(torch.ones(2, 3))
            errors.append(error_of(layer, torch.ones(2, 3, dtype=torch.float32)))
    assert errors[0] == errors[1] and "float32" in errors[0]
    assert ran == [2]


MODES: dict[str, Callable[[tt.Layer, Tensor], Any]] = {
    "gradients of the input": lambda layer, x: torch.autograd.grad(
        layer(x.requires_grad_()).sum(), x
    ),
    "vmap": lambda layer, x: torch.func.vmap(lambda x: tt.Stateless(layer)(x, states_of(layer)))(
        x[None]
    )[0],
    "forward-mode derivatives": lambda layer, x: torch.func.jvp(
        lambda x: tt.Stateless(layer)(x, states_of(layer))[0], (x,), (torch.ones_like(x),)
    ),
    "other parameters": lambda layer, x: torch.func.functional_call(
        layer, {"raw_threshold": torch.tensor([0.1, 0.2, 0.3])}, x
    ),
    "autocast": lambda layer, x: autocast(layer, x),
    "a mode that handles operations": lambda layer, x: handled(layer, x),
    "a default device": lambda layer, x: with_device(layer, x),
    "a trace": lambda layer, x: traced(layer, x),
    "a hook after every module": lambda layer, x: with_hook(
        nn.modules.module.register_module_forward_hook, layer, x
    ),
    "a hook before every module": lambda layer, x: with_hook(
        nn.modules.module.register_module_forward_pre_hook, layer, x
    ),
    "a strided input": lambda layer, x: layer(torch.stack([x, x], -1)[..., 0]),
    "strided states": lambda layer, x: with_strided_states(layer, x),
    "a subclass of Tensor": lambda layer, x: layer(nn.Parameter(x, requires_grad=False)),
    "another dtype": lambda layer, x: error_of(layer, x.float()),
    "another shape": lambda layer, x: error_of(layer, x[:1]),
    "other features": lambda layer, x: error_of(layer, x[:, :2]),
    "no tensor": lambda layer, x: error_of(layer, (x,)),
}


def states_of(layer: tt.Layer) -> dict[str, Tensor]:
    return tt.save_states(layer)


def autocast(layer: tt.Layer, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return layer(x)


class Handling(TorchDispatchMode):
    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return function(*args, **(kwargs or {}))


def handled(layer: tt.Layer, x: Tensor) -> Tensor:
    with Handling():
        return layer(x)


def with_device(layer: tt.Layer, x: Tensor) -> Tensor:
    with torch.device("cpu"):
        return layer(x)


def traced(layer: tt.Layer, x: Tensor) -> Any:
    states = states_of(layer)
    program = torch.jit.trace(tt.Stateless(layer), (x, states), strict=False, check_trace=False)
    return program(2 * x, states)


def with_hook(register: Callable[..., Any], layer: Any, x: Tensor) -> Tensor:
    """The hook doubles what the quantizer, which is a module too, is given or returns."""

    def doubled(module: nn.Module, inputs: tuple[Any, ...], *output: Any) -> Any:
        return 2 * (*inputs, *output)[-1] if module is layer.quant_fn else None

    handle = register(doubled)
    try:
        return layer(x)
    finally:
        handle.remove()


def with_strided_states(layer: Any, x: Tensor) -> Tensor:
    layer.mem = layer.mem.T.contiguous().T
    return layer(x)


def error_of(layer: tt.Layer, x: Any) -> str:
    with pytest.raises((TypeError, ValueError)) as error:
        layer(x)
    return str(error.value)


@pytest.mark.filterwarnings(  # PyTorch uses torch.jit.script for its own derivatives
    "ignore:.*torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning"
)
@pytest.mark.parametrize("mode", MODES)
def test_what_only_pytorch_can_do(mode: str, ran: list[int]) -> None:
    layers = pair("LIB", quant_fn=F.round_ste(0.25))
    xs = torch.randn(3, 2, 3)
    with torch.no_grad():
        assert_same(layers, xs[:2])
    del ran[:]
    results = [MODES[mode](layer, xs[2].clone()) for layer in layers]
    assert ran == []
    assert_same_states(layers)
    if isinstance(results[0], str):
        assert results[0] == results[1]
    else:
        torch.testing.assert_close(results[1], results[0])


def test_set_states_without_the_features_of_the_layer(ran: list[int]) -> None:
    layers, errors = pair("LIB"), []
    with torch.no_grad():
        for layer in layers:
            layer(torch.ones(2, 3))
            layer.mem = torch.ones(2, 2)
            errors.append(error_of(layer, torch.ones(2, 2)))
    assert errors[0] == errors[1] and "must have 3 features" in errors[0]
    assert ran == []


def test_which_tensors_a_kernel_reads() -> None:
    x = torch.ones(2, 3)
    kept = x.clone().requires_grad_()
    for tensor in (x, x[:1], torch.ones(()), torch.ones(2, dtype=torch.float32)):
        assert _is_plain(tensor)
    for other in (None, 1.0, nn.Parameter(x, requires_grad=False), x.to("meta"), x.T, kept):
        assert not _is_plain(other)
    with torch.no_grad():
        assert _is_plain(kept)


def test_when_a_kernel_may_run() -> None:
    layer, x = tt.snn.SLI(3), torch.ones(2, 3)
    for run in (Run(), Run(input_dtype=torch.float64)):
        assert _is_in_kernel(layer, x, run)
        assert not _is_in_kernel(layer, x.T, run) and not _is_in_kernel(layer, x[:, :2], run)
    for other in (Run(input_dtype=torch.float32), Run(is_outdated=True)):
        assert not _is_in_kernel(layer, x, other)
    with torch.autocast("cpu", torch.bfloat16):
        assert not _is_in_kernel(layer, x, Run())


ONES = torch.ones(2, 3, dtype=torch.float32)
STATES: list[tuple[tuple[Any, Any], bool]] = [
    ((2 * ONES, ONES), True),
    ((2 * ONES, None), False),
    ((None, None), False),
    ((ONES[:1], ONES), False),
    ((ONES, ONES[:, :2]), False),
    ((ONES[0], ONES[0]), False),
    ((ONES, ONES.double()), False),
    ((ONES.double(), ONES.double()), False),
    ((ONES, torch.ones(3, 2).T), False),
]


@pytest.mark.parametrize("states, can", STATES)
def test_which_states_a_kernel_reads(states: tuple[Any, Any], can: bool) -> None:
    layer, one = tt.snn.SLI(3), torch.ones(2, 3, dtype=torch.float32)
    run = Run(dict(zip(layer.State._fields, states)))
    packed = _packed(layer, one, run)
    assert (packed is not None) == can
    if packed is not None:
        torch.testing.assert_close(packed, torch.stack(states), rtol=0, atol=0)
        run.packed = packed
        assert _packed(layer, one, run) is packed and _packed(layer, one[:1], run) is None
        assert _packed(layer, one.double(), run) is None


def test_states_with_gradients(ran: list[int]) -> None:
    _, layer = pair("LI")
    x = torch.randn(2, 3, requires_grad=True)
    y = torch.stack([layer(x), layer(torch.ones(2, 3)), layer(torch.ones(2, 3))])
    assert ran == []
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(slope, (1 + layer.beta + layer.beta**2).expand(2, 3))
    layer.detach_states()
    layer(torch.ones(2, 3))
    assert ran == [2]


def test_inference_mode_and_after(ran: list[int]) -> None:
    layers = pair("SLITS")
    with torch.inference_mode():
        assert_same(layers, torch.randn(4, 2, 3))
    assert_same(layers, torch.randn(4, 2, 3))
    assert len(ran) == 7


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies(copied: Callable[[tt.Layer], tt.Layer], ran: list[int]) -> None:
    layers = pair("LIB")
    with torch.no_grad():
        assert_same(layers, torch.randn(3, 2, 3))
        assert_same((layers[0], copied(layers[1])), torch.randn(3, 2, 3))
    assert len(ran) == 4  # a copy computes its usable values at the first


def test_decompile(ran: list[int]) -> None:
    layers = pair("LIB")
    assert layers[1]._compiled_step is not None
    layers[1].TTdecompile()
    assert_same(layers, torch.randn(3, 2, 3))
    assert ran == [] and layers[1]._compiled_step is None


def test_threads_with_states_of_their_own(ran: list[int]) -> None:
    layers = pair("DSRLITS", 64)
    xs = torch.randn(8, 40, 5, 64)
    with torch.no_grad():
        assert_same(layers, xs[0, :1])
        pure = [tt.Stateless(layer) for layer in layers]

        def outputs(layer: Any, xs: Tensor) -> Tensor:
            states: dict[str, Tensor] = {}
            ys = []
            with torch.no_grad():
                for x in xs:
                    y, states = layer(x, states)
                    ys.append(y)
            return torch.stack(ys)

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(partial(outputs, pure[1]), xs))
        torch.testing.assert_close(
            torch.stack(found), torch.stack([outputs(pure[0], x) for x in xs])
        )
    assert len(ran) >= 8 * 39


def test_a_layer_without_a_kernel() -> None:
    layer = tt.rnn.GRU(3, 3).eval()
    compiled = copy.deepcopy(layer)
    compiled.TTcompile()
    assert_same((layer, compiled), torch.randn(4, 2, 3))


def test_without_a_compiler(ran: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c, "compiled", lambda kernel, dtype: no_kernel())
    layers = pair("LIB")
    with torch.no_grad():
        assert_same(layers, torch.randn(4, 2, 3))
    assert ran == []


def no_kernel() -> Iterator[None]:
    from tracetorch.sequence.once import NoKernel

    raise NoKernel("there is no compiler")
