"""`tt.record` collects the same in a loop and in `tt.unroll`, and leaves nothing behind."""

from __future__ import annotations

import copy
import pickle
import threading
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import tracetorch as tt
from tests.support import zoo
from tests.support.cases import PAIRS, Case, assert_records_same
from tests.support.dynamo import follows_unroll
from tests.support.equal import identical
from tests.support.plans import ways
from tracetorch.functional import fast_sigmoid, round_ste
from tracetorch.sequence.choice import draws
from tracetorch.sequence.record import (
    _here,
    is_recording,
    recorded_modules,
    records_states,
    without_hooks,
)


def lib(features: int, **options: Any) -> tt.snn.LIB:
    return zoo.lively("LIB", features, quant_fn=round_ste(), **options)


class Chain(tt.Model):
    """A forward that is read, with containers in containers and work in place."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encode = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(4, 4), lib(4)) for _ in range(2)])
        self.nothing = nn.Sequential(nn.Sequential())
        self.readout = tt.snn.LI(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.nothing(self.encode(x))
        for block in self.blocks:
            x = block(x) * 2
        return self.readout(x)


class Residual(tt.Model):
    """A forward that runs in the loop, with a chain in it."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain()
        self.lateral = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.chain(x) + (self.lateral(x) if x.shape[0] else 0)


class Images(tt.Model):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(
            *(nn.Conv2d(2, 3, 3, padding=1), lib(3, dim=-3), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(12, 2), tt.snn.LI(2)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def mixed() -> nn.Sequential:
    """Parts of every way, one of which repeats."""
    torch.manual_seed(0)
    tanh = nn.Tanh()
    return nn.Sequential(
        *(nn.Linear(3, 4), tanh, lib(4), tt.rnn.GRU(4, 4), nn.Linear(4, 4), tanh, lib(4)),
        *(nn.Sequential(nn.Linear(4, 4), tt.rnn.GRU(4, 4)), nn.Linear(4, 4)),
    )


def looped() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Sequential(nn.Linear(3, 3), Residual()), nn.Linear(4, 4))


STATES = ("readout.mem", "blocks.1.1.mem")
BLOCKS = ("blocks.0", "blocks.0.0", "blocks.0.1", "blocks.1", "blocks.1.1")
CASES: dict[str, tuple[Callable[[], nn.Module], tuple[str, ...], tuple[int, ...]]] = {
    "chain": (Chain, ("", "encode", "encode.0", "encode.1", *BLOCKS, "readout"), (3,)),
    "nothing": (Chain, ("nothing", "nothing.0"), (3,)),
    "states": (Chain, ("blocks.0", "blocks.0.0", *STATES), (3,)),
    "a function of a layer": (Chain, ("blocks.0.1.quant_fn", "readout"), (3,)),
    "loop": (Residual, ("", "chain", "chain.blocks.0", "chain.readout.mem", "lateral"), (3,)),
    "a loop at the end of a container": (looped, ("0", "0.0", "0.1", "1"), (3,)),
    "images": (Images, ("net", "net.0", "net.1", "net.2", "net.1.mem", "net.5"), (2, 4, 4)),
    "mixed": (mixed, ("1", "2", "3", "3.H", "4", "6.mem", "7", "7.0", "7.1"), (3,)),
    "once": (mixed, ("0", "2", "6"), (3,)),
    "a layer": (lambda: lib(3), ("", "mem"), (3,)),
}
IGNORED = pytest.mark.filterwarnings("ignore:tt.unroll. no kernel for")


def loop(module: nn.Module, xs: Tensor, dim: int = 0) -> Tensor:
    return torch.stack([module(x) for x in xs.unbind(dim)], dim)


def test_only_steps_among_calls_of_one_recorded_module_loop() -> None:
    """Also those between the second call and the last."""
    tanh, relu = nn.Tanh(), nn.ReLU()
    parts = [nn.Linear(4, 4) for _ in range(4)]
    module = nn.Sequential(parts[0], tanh, parts[1], tanh, parts[2], relu, tanh, parts[3])
    assert ways(module) == ["whole"] * 8
    with tt.record(module, "1", "7"):
        assert ways(module) == ["whole", *["loop"] * 6, "whole"]
        whys = [step.why for step in tt.unroll.plan(module).steps]
    assert whys[1:7] == 6 * ["it is among steps that call one recorded module twice"]
    with tt.record(module, "0", "5"):
        assert ways(module) == ["whole"] * 8


def test_why_a_step_loops_while_it_is_recorded() -> None:
    module = nn.Sequential(lib(4), tt.SequenceDropout(4), nn.Tanh())
    for name, (place, why) in {
        "0.quant_fn": (0, "a module in it is recorded"),
        "1.mask": (1, "its states are recorded"),
        "1": (1, "it has one mask for all timesteps"),
    }.items():
        with tt.record(module, name):
            assert tt.unroll.plan(module).steps[place].why == why


@IGNORED
@pytest.mark.parametrize("case", CASES)
def test_loop_and_unroll_record_the_same(case: str) -> None:
    make, names, shape = CASES[case]
    found = []
    for way in (loop, tt.unroll):
        module = make()
        generator = torch.Generator().manual_seed(1)
        xs = torch.randn(5, 2, *shape, generator=generator, requires_grad=True)
        with tt.record(module, *names) as seen:
            ys = way(module, xs)
        outputs = [seen[name] for name in names if name in dict(module.named_modules())]
        # A rate regulariser of the recorded outputs beside the loss.
        loss = ys.square().sum() + sum(output.square().sum() for output in outputs)
        loss.backward()
        gradients = [p.grad for p in module.parameters() if p.grad is not None]
        assert xs.grad is not None and xs.grad.any() and len(gradients) > 3 - len(shape)
        found.append([ys, xs.grad, *(seen[name] for name in names), *gradients])
        assert [name for name in names if not seen[name].requires_grad] == [
            name for name in names if name in tt.save_states(module)
        ]
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("place", "name"), [*enumerate(zoo.NAMES)])
def test_kernels_write_the_states_of_the_loop(place: int, name: str) -> None:
    spike_fn, quant_fn = PAIRS[name]
    case = Case(
        name,
        before=[(2,), (1,), (), (0,), (2, 3)][place % 5],
        after=[(), (2,)][place % 2],
        length=19,
        has_states=place % 3 == 0,
        options={"spike_fn": spike_fn, "quant_fn": quant_fn} | _ranks(name, place % 2),
    )
    if not draws(quant_fn):  # else the loop draws other numbers for other layouts
        layout = ["permuted", "strided", "expanded"][place % 3]
        case = replace(case, layout=layout, time=[0, -1][place % 2])
    assert_records_same(case, cut=place % 18 + 1, is_training=place % 4 > 1)


def test_kernels_write_states_in_single_precision() -> None:
    options = {"spike_fn": fast_sigmoid, "quant_fn": round_ste()}
    assert_records_same(Case("SLIB", dtype=torch.float32, length=35, options=options))


def _ranks(name: str, rank: int) -> dict[str, int]:
    return {f"{parameter}_rank": rank for parameter in zoo.parameters(name)}


def test_states_are_recorded_for_a_dtype_that_the_plan_could_not_foresee() -> None:
    class Doubling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = lib(3)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x.double())

    xs, recorded = torch.randn(4, 2, 3), []
    for way in (loop, tt.unroll):
        module = Doubling()
        with tt.record(module, "", "layer", "layer.mem") as seen:
            way(module, xs)
        recorded.append(dict(seen))
    assert ways(Doubling()) == ["whole", "kernel"]
    torch.testing.assert_close(recorded[1], recorded[0])


def test_what_is_recorded_is_what_was_returned_and_remembered() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    with tt.record(model, "blocks.0", "readout.mem", "encode.0") as seen:
        rows = []
        for x in xs:
            y = model(x)
            rows.append((y, model.readout.mem))
    ys, mems = map(torch.stack, zip(*rows))
    assert identical(seen["readout.mem"], mems)
    encoded = model.encode[0](xs)
    assert (encoded < 0).any() and identical(seen["encode.0"], encoded)  # before the ReLU
    with torch.no_grad():
        tt.zero_states(model)
        with tt.record(model, "blocks.0", "readout") as unrolled:
            again = tt.unroll(model, xs)
    assert identical(unrolled["blocks.0"], seen["blocks.0"])
    again.fill_(7.0)
    torch.testing.assert_close(unrolled["readout"], ys)


def test_only_what_needs_the_loop_runs_in_it() -> None:
    model = Chain()
    plain = ways(model)
    assert "loop" not in plain
    with tt.record(model, "", "encode", "encode.0", "blocks.0.1", "readout"):
        assert ways(model) == plain
    with tt.record(model, "readout.mem", "blocks.0.1.mem"):
        assert ways(model) == plain
    with tt.record(model, "blocks.0.1.quant_fn"):
        (step,) = [step for step in tt.unroll.plan(model).steps if step.way.value == "loop"]
        assert step.name == "blocks.0.1" and step.why == "a module in it is recorded"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tt.unroll(model, torch.randn(3, 2, 3), strict=True)
    assert ways(model) == plain


def test_a_layer_without_kernel_still_warns() -> None:
    layer = tt.rnn.GRU(3, 3)
    layer.gate_layers.register_forward_hook(lambda module, inputs, output: 0.5 * output)
    with tt.record(layer, "H"), pytest.warns(UserWarning, match="no kernel for"):
        tt.unroll(layer, torch.randn(3, 2, 3))


def test_a_module_called_twice_in_a_timestep_is_recorded_twice() -> None:
    tanh = nn.Tanh()
    net = nn.Sequential(tanh, nn.Linear(3, 3), tanh)
    xs = torch.randn(4, 3)
    with tt.record(net, "0") as expected:
        loop(net, xs)
    with tt.record(net, "0") as seen:
        assert ways(net) == ["loop"] * 3
        tt.unroll(net, xs)
    assert seen["0"].shape == (8, 3)
    torch.testing.assert_close(seen["0"], expected["0"])
    with tt.record(net, "1"):
        assert ways(net) == ["whole"] * 3


@IGNORED
@pytest.mark.parametrize("make", [Chain, Residual, Images])
@pytest.mark.parametrize("dim", [1, -2])
def test_time_is_where_unroll_has_it(make: Callable[[], tt.Model], dim: int) -> None:
    model = make()
    shape = (3,) if make is not Images else (2, 4, 4)
    if make is Images:
        names, dim = ("net.1", "net.1.mem", "net.5"), 1
    else:
        inner = "chain." if make is Residual else ""
        names = (f"{inner}blocks.0", f"{inner}readout.mem", f"{inner}readout")
    xs = torch.randn(5, 2, *shape)
    with tt.record(model, *names) as expected:
        loop(model, xs)
    tt.zero_states(model)
    with tt.record(model, *names) as seen:
        ys = tt.unroll(model, xs.movedim(0, dim).contiguous(), dim)
    assert ys.shape[:2] == (2, 5)
    for name in names:
        torch.testing.assert_close(seen[name], expected[name].movedim(0, 1))
        assert seen[name].is_contiguous()


def test_sequences_follow_each_other_along_time() -> None:
    model, xs = Chain(), torch.randn(9, 2, 3)
    with tt.record(model, "blocks.0", "readout.mem") as expected:
        loop(model, xs)
    tt.zero_states(model)
    with tt.record(model, "blocks.0", "readout.mem") as seen:
        tt.unroll(model, xs[:2])
        assert seen["blocks.0"].shape == (2, 2, 4)
        loop(model, xs[2:5])
        tt.unroll(model, xs[5:])
    for name in seen:
        torch.testing.assert_close(seen[name], expected[name])


def test_sequences_that_do_not_fit_are_refused() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    with tt.record(model, "readout") as seen:
        model(xs[0])
        tt.unroll(model, xs.movedim(0, 1), 1)
    with pytest.raises(ValueError, match="readout was recorded with time in dimensions 0 and 1"):
        seen["readout"]
    with tt.record(model, "readout") as seen:
        tt.unroll(model, xs)
        model.zero_states()
        tt.unroll(model, xs[:, :1])
    with pytest.raises(ValueError, match=r"timesteps of shapes \(2, 4\) and \(1, 4\), which do no"):
        seen["readout"]


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    net = nn.Sequential(nn.Linear(3, 4), lib(4))
    for names in (("1.syn",), ("0", "2"), (3,)):
        with pytest.raises(
            ValueError, match=f"there is no {names[-1]}; submodules and states are "
        ):
            with tt.record(net, *names):
                pass
    with pytest.raises(ValueError, match="no name is given; submodules and states are 0, 1, 1.qua"):
        with tt.record(net):
            pass
    with pytest.raises(ValueError, match="1.quant_fn, 1.mem$"), tt.record(net, "mem"):
        pass
    with pytest.raises(TypeError, match="module must be a torch.nn.Module, got 3"):
        with tt.record(3, "mem"):
            pass


def test_nothing_recorded_is_an_error() -> None:
    model = Chain()
    with tt.record(model, "encode", "readout") as seen:
        with pytest.raises(KeyError, match="nothing of encode is recorded yet"):
            seen["encode"]
        assert list(seen) == [] and len(seen) == 0 and "encode" not in seen
        model.encode(torch.ones(2, 3))
        assert list(seen) == ["encode"] and len(seen) == 1
    with pytest.raises(KeyError, match="blocks is not recorded, only encode, readout"):
        seen["blocks"]


def has_hooks(module: nn.Module) -> bool:
    return any(part._forward_hooks for part in module.modules())


def test_after_it_nothing_is_left_on_the_modules() -> None:
    model, xs = Chain(), torch.randn(3, 2, 3)
    with pytest.raises(ZeroDivisionError):
        with tt.record(model, "encode", "readout.mem") as seen:
            model(xs[0])
            assert has_hooks(model)
            raise ZeroDivisionError
    assert not has_hooks(model) and "loop" not in ways(model)
    model(xs[0])
    assert seen["encode"].shape == (1, 2, 4)


def test_an_error_in_a_sequence_does_not_change_what_follows() -> None:
    model = Chain()
    with tt.record(model, "readout", "readout.mem") as seen:
        with pytest.raises(RuntimeError, match="mat1 and mat2"):
            tt.unroll(model, torch.randn(2, 1, 5), 1)
        tt.unroll(model, torch.randn(4, 1, 3))
        model(torch.randn(1, 3))
    assert seen["readout"].shape == seen["readout.mem"].shape == (5, 1, 4)


def test_records_may_be_nested() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    with tt.record(model, "readout", "encode") as outer:
        tt.unroll(model, xs[:1])
        with tt.record(model.blocks, "0", "1.1.mem") as inner, tt.record(model, "readout") as same:
            tt.unroll(model, xs[1:3])
        model(xs[3])
    assert outer["readout"].shape[0] == outer["encode"].shape[0] == 4
    assert inner["0"].shape[0] == inner["1.1.mem"].shape[0] == 2
    assert identical(same["readout"], outer["readout"][1:3])


def test_nested_records_share_no_memory() -> None:
    layer = lib(3)
    with tt.record(layer, "mem") as outer, tt.record(layer, "mem") as inner:
        tt.unroll(layer, torch.randn(4, 2, 3))
    before = outer["mem"].clone()
    inner["mem"].fill_(7.0)
    layer.mem.fill_(8.0)
    assert identical(outer["mem"], before)


@IGNORED
def test_other_hooks_run_before() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    model.blocks[0].register_forward_hook(lambda module, inputs, output: output + 1)
    with tt.record(model, "blocks.0") as seen:
        assert "it has hooks" in [step.why for step in tt.unroll.plan(model).steps]
        tt.unroll(model, xs)
    assert seen["blocks.0"].min() >= 1


def test_other_threads_are_not_recorded() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    other: list[list[str]] = []

    def work() -> None:
        tt.unroll(model, xs)
        loop(model, xs)
        other.append(ways(model))

    with tt.record(model, "readout", "readout.mem") as seen:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert "readout" not in seen and "readout.mem" not in seen
        assert other and "loop" not in other[0]


def test_copies_made_within_record_nothing() -> None:
    model, xs = Chain(), torch.randn(4, 2, 3)
    with tt.record(model, "readout") as seen:
        tt.unroll(model, xs)
        for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            tt.unroll(copied, xs)
            copied(xs[0])
            assert "loop" not in ways(copied)
    assert seen["readout"].shape[0] == 4


@pytest.mark.parametrize("is_within", [True, False])
@pytest.mark.parametrize("names", [["blocks.0"], ["blocks.0", "readout.mem"]])
def test_a_checkpoint_records_once(names: list[str], is_within: bool) -> None:
    model, xs = Chain(), torch.randn(6, 2, 3)

    def chunk(xs: Tensor) -> Tensor:
        return tt.unroll(model, xs)

    gradients = []
    for is_kept in (True, False):
        model.zero_states()
        model.zero_grad()
        with tt.record(model, *names) as seen:
            for part in xs.split(3):
                if is_kept:
                    y = chunk(part)
                else:
                    options = {"use_reentrant": False, "context_fn": model.replay_states}
                    y = checkpoint(chunk, part, **options)
            loss = y.sum() + seen["blocks.0"].square().sum()
            if is_within:
                loss.backward()
        if not is_within:
            loss.backward()
        assert [seen[name].shape[0] for name in names] == [6] * len(names)
        gradients.append([parameter.grad for parameter in model.parameters()])
    torch.testing.assert_close(*gradients)


@IGNORED
def test_transforms_are_refused() -> None:
    model, x = Chain(), torch.randn(2, 3)
    for run in (model, lambda x: tt.unroll(model, x[None])):
        with tt.record(model, "readout"):
            with pytest.raises(RuntimeError, match="within a transform of torch.func"):
                torch.func.grad(lambda x: run(x).sum())(x)
        torch.func.grad(lambda x: model(x).sum())(x)


def test_what_is_no_tensor_is_refused() -> None:
    class Pair(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x, x

    pair = Pair()
    with tt.record(pair, ""), pytest.raises(TypeError, match="must be a tensor, got tuple"):
        pair(torch.ones(2))


def test_states_without_timesteps_of_their_own_are_left_out() -> None:
    class Lazy(tt.Layer):
        def __init__(self) -> None:
            super().__init__(2)
            self._initialize_state("total")

        def forward(self, x: Tensor) -> Tensor:
            return x.clone()

    lazy = Lazy()
    with tt.record(lazy, "total") as seen:
        lazy(torch.ones(2))
    assert "total" not in seen


def test_a_state_changed_in_place_is_recorded_as_it_was() -> None:
    class Adding(tt.Layer):
        def __init__(self) -> None:
            super().__init__(1)
            self._initialize_state("total")

        def forward(self, x: Tensor) -> Tensor:
            self._ensure_states(x)
            self.total.add_(x)
            return self.total.clone()

    layer = Adding()
    with tt.record(layer, "total") as seen:
        loop(layer, torch.ones(3, 1))
    assert seen["total"].flatten().tolist() == [1.0, 2.0, 3.0]


def test_a_rate_regulariser_trains() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 16), lib(16), nn.Linear(16, 2), tt.snn.LI(2))
    xs = torch.rand(20, 8, 4)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    rates = []
    for _ in range(20):
        tt.zero_states(net)
        with tt.record(net, "1") as seen:
            tt.unroll(net, xs)
        rate = seen["1"].mean()
        optimizer.zero_grad()
        (rate - 0.1).square().backward()
        optimizer.step()
        rates.append(rate.item())
    assert abs(rates[-1] - 0.1) < 0.5 * abs(rates[0] - 0.1)


@follows_unroll
def test_states_are_recorded_by_what_torch_compile_makes() -> None:
    net, xs, recorded = nn.Sequential(nn.Linear(3, 4), lib(4)), torch.randn(6, 2, 3), []
    compiled = torch.compile(lambda xs: tt.unroll(net, xs), backend="eager")
    for way in (lambda xs: loop(net, xs), compiled):
        tt.zero_states(net)
        with tt.record(net, "1", "1.mem") as seen:
            way(xs)
        recorded.append(dict(seen))
    torch.testing.assert_close(recorded[1], recorded[0], rtol=1e-5, atol=1e-5)
    assert not recorded[1]["1.mem"].requires_grad


def test_what_was_read_is_not_put_together_again() -> None:
    layer = tt.snn.LI(3)
    with tt.record(layer, "") as seen:
        for x in torch.rand(3, 2, 3):
            layer(x)
        assert seen[""].data_ptr() == seen[""].data_ptr()
        layer(torch.rand(2, 3))
    assert seen[""].shape == (4, 2, 3)


def test_what_records_whether_states_are_recorded() -> None:
    first, second = tt.snn.LI(3), tt.snn.LI(3)
    model = nn.Sequential(first, second)
    assert not is_recording() and not records_states(first)
    assert not without_hooks(lambda: _here.is_paused)  # nor does torch.compile see it change
    with tt.record(model, "0.mem", "1"), tt.record(model, "1"):
        assert is_recording() and recorded_modules() == {first, second}
        assert records_states(first) and not records_states(second)
        paused = without_hooks(lambda: records_states(first))
        assert not paused and records_states(first)
        with pytest.raises(ZeroDivisionError):
            without_hooks(lambda: 1 / 0)
        nested = without_hooks(lambda: (without_hooks(lambda: 0), records_states(first)))
        assert nested == (0, False) and records_states(first)
    assert recorded_modules() == set()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_record_has_memory_of_its_own(count: int) -> None:
    layer = tt.snn.LI(3)
    with ExitStack() as stack:
        recorded = [stack.enter_context(tt.record(layer, "", "mem")) for _ in range(count)]
        ys = tt.unroll(layer, torch.rand(4, 2, 3))
    tensors = [ys, layer.mem, *(seen[name] for seen in recorded for name in ("", "mem"))]
    assert len({tensor.data_ptr() for tensor in tensors}) == len(tensors)
    for seen in recorded:
        assert identical(seen[""], ys) and identical(seen["mem"][-1], layer.mem)


def test_each_record_has_each_timestep_once() -> None:
    layer, xs = tt.snn.LI(3), torch.rand(4, 2, 3)
    with tt.record(layer, "", "mem") as outer:
        ys = loop(layer, xs)
        with tt.record(layer, "", "mem") as inner:
            ys = torch.cat([ys, loop(layer, xs)])
    assert identical(outer[""], ys) and identical(inner[""], ys[4:])
    assert len(outer["mem"]) == 8 and identical(inner["mem"], outer["mem"][4:])
