"""Networks of other libraries read here, and ours read there, with the same spikes."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import nir
import tracetorch as tt
from tests.support.equal import identical
from tests.support.networks import INPUTS, inputs, ours, outputs, sequence, through_a_file
from tests.support.peers import peer

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs


def run(network: Callable[..., Any], has_state: bool) -> Tensor:
    """What a network of theirs returns, which may take and return its state."""
    found, state = [], None
    for x in inputs():
        output = network(x, state) if has_state else network(x)
        y, state = output if isinstance(output, tuple) else (output, None)
        found.append(y)
    return torch.stack(found).detach()


@dataclass(frozen=True)
class Case:
    """A network of a library: its outputs, and the graph that the library makes of it.

    Attributes:
        neuron: Makes a neuron of the library.
        reading: The arguments of `from_nir` for such a graph.
        layers: The parts that the neuron becomes.
        options: Those of the library's own export.
    """

    library: str
    neuron: Callable[[int], Any]
    reading: dict[str, Any]
    layers: str
    options: dict[str, Any] = field(default_factory=dict)

    def run(self) -> tuple[Tensor, nir.NIRGraph]:
        torch.manual_seed(0)  # a recurrent neuron has weights of its own
        library: Any = {"snntorch": Snntorch, "norse": Norse, "sinabs": Sinabs}.get(
            self.library, SpikingJelly
        )
        return library.native(self.neuron), library.written(self.neuron, **self.options)


class Snntorch:
    @staticmethod
    def neuron(kind: str, **options: Any) -> Callable[[int], nn.Module]:
        def make(size: int) -> nn.Module:
            given = {name: torch.full((size,), value) for name, value in options.items()}
            more = {"linear_features": size} if kind == "RLeaky" else {}
            found = getattr(peer("snntorch"), kind)
            return found(  # type: ignore[no-any-return]
                **given,
                **more,
                threshold=torch.ones(size),
                init_hidden=True,
                reset_mechanism="zero",
                reset_delay=False,
            )

        return make

    @staticmethod
    def native(neuron: Callable[[int], nn.Module]) -> Tensor:
        torch.manual_seed(0)
        return run(sequence(neuron), has_state=False)

    @staticmethod
    def written(neuron: Callable[[int], nn.Module]) -> nir.NIRGraph:
        torch.manual_seed(0)
        export = peer("snntorch.export_nir").export_to_nir
        return export(sequence(neuron), torch.rand(4, INPUTS), ignore_dims=[0])

    @staticmethod
    def read(path: Path) -> Tensor:
        return run(peer("snntorch.import_nir").import_from_nir(nir.read(path)), has_state=True)


class Norse:
    @staticmethod
    def neuron(kind: str, **options: Any) -> Callable[[int], nn.Module]:
        def make(size: int) -> nn.Module:
            norse = peer("norse.torch")
            parameters = getattr(norse, kind.replace("Cell", "Parameters"))
            functions = {"reset_method": _reset_subtract()} if "subtract" in options else {}
            values = {k: torch.full((size,), v) for k, v in options.items() if k != "subtract"}
            made = {} if kind == "IAFCell" else {"v_leak": torch.zeros(size)}
            made |= {"v_reset": torch.zeros(size), **values, **functions}
            return getattr(norse, kind)(p=parameters(**made), dt=1e-3)  # type: ignore[no-any-return]

        return make

    @staticmethod
    def network(neuron: Callable[[int], nn.Module]) -> nn.Module:
        return peer("norse.torch").SequentialState(*sequence(neuron))  # type: ignore[no-any-return]

    @classmethod
    def native(cls, neuron: Callable[[int], nn.Module]) -> Tensor:
        return run(cls.network(neuron), has_state=True)

    @classmethod
    def written(cls, neuron: Callable[[int], nn.Module], dt: float = 1) -> nir.NIRGraph:
        write = peer("norse.torch.utils.export_nir").to_nir
        return write(cls.network(neuron), torch.rand(4, INPUTS), dt=dt)

    @staticmethod
    def read(path: Path, **options: Any) -> Tensor:
        read = peer("norse.torch.utils.import_nir").from_nir
        return run(read(nir.read(path), **options), has_state=True)


def _reset_subtract() -> Any:
    return peer("norse.torch.functional.reset").reset_subtract


class Sinabs:
    @staticmethod
    def single(size: int) -> nn.Module:
        tau = torch.full((size,), -1 / math.log(0.9))
        once = peer("sinabs.activation").SingleSpike
        make = peer("sinabs.layers").LIF
        return make(  # type: ignore[no-any-return]
            tau_mem=tau, spike_threshold=torch.ones(size), norm_input=False, spike_fn=once
        )

    @staticmethod
    def native(neuron: Callable[[int], nn.Module]) -> Tensor:
        network = sequence(neuron)
        return torch.stack([network(x[:, None])[:, 0] for x in inputs()]).detach()

    @staticmethod
    def written(neuron: Callable[[int], nn.Module]) -> nir.NIRGraph:
        network, sample = sequence(neuron), torch.rand(4, 1, INPUTS)
        network(sample)
        return peer("sinabs.nir").to_nir(network, sample)

    @staticmethod
    def read(path: Path) -> Tensor:
        return run(peer("sinabs.nir").from_nir(nir.read(path), batch_size=4), has_state=False)


class SpikingJelly:
    @staticmethod
    def neuron(kind: str, **options: Any) -> Callable[[int], nn.Module]:
        return lambda size: getattr(peer("spikingjelly.activation_based.neuron"), kind)(**options)

    @staticmethod
    def native(neuron: Callable[[int], nn.Module]) -> Tensor:
        return run(sequence(neuron), has_state=False)

    @staticmethod
    def written(neuron: Callable[[int], nn.Module]) -> nir.NIRGraph:
        write = peer("spikingjelly.activation_based.nir_exchange.to_nir").export_to_nir
        return write(sequence(neuron), torch.rand(4, INPUTS))

    @staticmethod
    def read(path: Path) -> Tensor:
        read = peer("spikingjelly.activation_based.nir_exchange.from_nir").import_from_nir
        return run(read(path), has_state=True)


BOX = {"tau_mem_inv": 100.0, "v_th": 0.1}
SET = {"dt": 1e-4, "reset": "set"}
ONE_STEP = {"dt": 1.0, "reset": "set"}
OF_SINABS = {
    "dt": 1.0,
    "integration": "exponential",
    "reset": "subtract",
    "whole_input": True,
}

SPIKING_JELLY = "spikingjelly"
BOX_CELL = Norse.neuron("LIFBoxCell", **BOX)
SOFT_BOX_CELL = Norse.neuron("LIFBoxCell", **BOX, subtract=True)
CELL = Norse.neuron("LIFCell", **BOX, tau_syn_inv=500.0)
LIF_NODE = SpikingJelly.neuron("LIFNode", tau=10.0, v_threshold=0.1)
LIFTED_NODE = SpikingJelly.neuron("LIFNode", tau=10.0, v_threshold=0.1, v_reset=-0.05)
WHOLE_NODE = SpikingJelly.neuron("LIFNode", tau=10.0, decay_input=False)
CUBA_NODE = SpikingJelly.neuron("CUBALIFNode", c_decay=0.5, v_decay=0.9, v_threshold=1.0)
MILLISECONDS = {"dt": 1e-3, "reset": "set"}

THEIRS = {
    "snnTorch: Leaky, zero, no delay": Case(
        "snntorch", Snntorch.neuron("Leaky", beta=0.9), SET, "LIBZ"
    ),
    "snnTorch: Synaptic, zero, no delay": Case(
        "snntorch", Snntorch.neuron("Synaptic", alpha=0.5, beta=0.9), SET, "Scale, SLIBZ"
    ),
    "snnTorch: RLeaky, zero, no delay": Case(
        "snntorch", Snntorch.neuron("RLeaky", beta=0.9), SET, "LIBZ"
    ),
    "Norse: LIFBoxCell, to_nir(dt=1)": Case(
        "norse", BOX_CELL, MILLISECONDS, "Scale, LIBZ", {"dt": 1}
    ),
    "Norse: LIFBoxCell": Case(
        "norse", BOX_CELL, {"dt": 1e-6, "reset": "set"}, "Scale, LIBZ", {"dt": 1e-3}
    ),
    "Norse: LIFBoxCell, reset_subtract, to_nir(dt=1)": Case(
        "norse", SOFT_BOX_CELL, {"dt": 1e-3, "reset": "subtract"}, "Scale, LIB"
    ),
    "Norse: LIFCell, to_nir(dt=1)": Case(
        "norse", CELL, {**MILLISECONDS, "whole_input": True}, "Scale, SLIBZ"
    ),
    "Norse: IAFCell": Case("norse", Norse.neuron("IAFCell", v_th=1.0), ONE_STEP, "IFZ"),
    "Sinabs: LIF, SingleSpike, norm_input=False": Case("sinabs", Sinabs.single, OF_SINABS, "LIB"),
    "SpikingJelly: LIFNode": Case(SPIKING_JELLY, LIF_NODE, SET, "Scale, LIBZ"),
    "SpikingJelly: LIFNode, v_reset not 0": Case(SPIKING_JELLY, LIFTED_NODE, SET, "Scale, LIBZ"),
    "SpikingJelly: LIFNode, decay_input=False": Case(SPIKING_JELLY, WHOLE_NODE, SET, "LIBZ"),
    "SpikingJelly: IFNode": Case(SPIKING_JELLY, SpikingJelly.neuron("IFNode"), SET, "IFZ"),
    "SpikingJelly: CUBALIFNode": Case(SPIKING_JELLY, CUBA_NODE, SET, "Scale, SLIBZ"),
}


@pytest.mark.parametrize("case", THEIRS.values(), ids=THEIRS)
def test_what_was_trained_there_fires_the_same_here(case: Case, tmp_path: Path) -> None:
    native, graph = case.run()
    model = tt.from_nir(through_a_file(graph, tmp_path), **case.reading)
    assert 100 < native.sum() < 3900
    assert identical(outputs(model), native)
    assert {type(part).__name__ for part in model.parts.values()} - {"Linear"} == {
        *case.layers.split(", ")
    }


@pytest.mark.parametrize("name", ["LIFNode", "LIFNode, decay_input=False", "IFNode", "CUBALIFNode"])
def test_what_came_from_there_can_go_back(name: str, tmp_path: Path) -> None:
    case = THEIRS[f"SpikingJelly: {name}"]
    native, graph = case.run()
    model = tt.from_nir(graph, **case.reading)
    path = through_a_file(tt.to_nir(model, (INPUTS,)), tmp_path)
    assert identical(SpikingJelly.read(path), native)
    assert identical(outputs(tt.from_nir(path)), native)


@pytest.mark.parametrize("case", THEIRS.values(), ids=THEIRS)
def test_the_reset_is_asked_for_with_the_fields_that_it_depends_on(case: Case) -> None:
    _, graph = case.run()
    with pytest.raises(ValueError, match=r"v_threshold = .*, v_reset = .*pass reset='set'"):
        tt.from_nir(graph, **{**case.reading, "reset": None})


def heterogeneous(size: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(size)
    beta, threshold = torch.rand(2, size, generator=generator)
    return {"beta": 0.8 + 0.15 * beta, "threshold": 0.7 + 0.6 * threshold}


def varied(layer: Any) -> nn.Sequential:
    hard = tt.functional.round_ste()
    return sequence(lambda size: layer(size, **heterogeneous(size), quant_fn=hard))


def subtracting(path: Path) -> Tensor:
    return Norse.read(path, dt=1e-4, reset_method=_reset_subtract())


def setting(path: Path) -> Tensor:
    return Norse.read(path, dt=1e-4)


CALLS = {
    Snntorch.read: "import_from_nir(graph)",
    SpikingJelly.read: "import_from_nir(graph)",
    subtracting: "from_nir(graph, dt=..., reset_method=reset_subtract)",
    setting: "from_nir(graph, dt=...)",
    Sinabs.read: "from_nir(graph, batch_size=...)",
}
"""How each library reads a file."""

WITH_CURRENT = {"with_current": True}
EXPONENTIAL = {"dt": 1.0, "integration": "exponential"}

OURS: dict[str, tuple[Callable[[], nn.Module], dict[str, Any], Callable[[Path], Tensor]]] = {
    "snnTorch: LIBZ": (lambda: ours(tt.zoo.LIBZ), {}, Snntorch.read),
    "snnTorch: SLIBZ": (lambda: ours(tt.zoo.SLIBZ), {}, Snntorch.read),
    "SpikingJelly: LIBZ": (lambda: ours(tt.zoo.LIBZ), {}, SpikingJelly.read),
    "SpikingJelly: IFZ": (lambda: ours(tt.zoo.IFZ), {}, SpikingJelly.read),
    "Norse: LIB": (lambda: ours(tt.snn.LIB), WITH_CURRENT, subtracting),
    "Norse: LIB, heterogeneous": (lambda: varied(tt.snn.LIB), WITH_CURRENT, subtracting),
    "Norse: SLIB": (lambda: ours(tt.snn.SLIB), {}, subtracting),
    "Norse: SLIB, heterogeneous": (lambda: varied(tt.snn.SLIB), {}, subtracting),
    "Norse: LIBZ": (lambda: ours(tt.zoo.LIBZ), WITH_CURRENT, setting),
    "Norse: SLIBZ": (lambda: ours(tt.zoo.SLIBZ), {}, setting),
    "Norse: IFZ": (lambda: ours(tt.zoo.IFZ), {"dt": 1.0}, setting),
    "Sinabs: LIB, at most one spike": (lambda: ours(tt.snn.LIB, 0.4), EXPONENTIAL, Sinabs.read),
}


@pytest.mark.parametrize("make, options, read", OURS.values(), ids=OURS)
def test_what_was_trained_here_fires_the_same_there(
    make: Callable[[], nn.Module],
    options: dict[str, Any],
    read: Callable[[Path], Tensor],
    tmp_path: Path,
) -> None:
    network = make()
    path = through_a_file(tt.to_nir(network, (INPUTS,), **options), tmp_path)
    native = outputs(network)
    assert 20 < native.sum() < 3900
    assert identical(read(path).float(), native)
    assert identical(outputs(tt.from_nir(path)), native)


def test_a_convolution_with_neurons_per_channel_fires_the_same_in_norse(tmp_path: Path) -> None:
    torch.manual_seed(0)
    beta = torch.linspace(0.7, 0.95, 6)
    neurons = tt.snn.LIB(6, beta=beta, dim=-3, quant_fn=tt.functional.round_ste())
    network = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), neurons)
    path = through_a_file(tt.to_nir(network, (2, 8, 8), with_current=True), tmp_path)
    xs = 2 * torch.rand(30, 3, 2, 8, 8)
    native = tt.unroll(network, xs).detach()
    assert 1000 < native.sum() < native.numel() - 1000
    read = peer("norse.torch.utils.import_nir").from_nir
    theirs, state, found = read(nir.read(path), dt=1e-4, reset_method=_reset_subtract()), None, []
    for x in xs:
        y, state = theirs(x, state)
        found.append(y)
    assert identical(torch.stack(found).detach(), native)


# The tables of the guide

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def spelled(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in options.items())


def tables() -> dict[str, list[list[str]]]:
    """The tables of what is read and written exactly, by name."""
    came = [
        [*name.split(": "), f"`{spelled(case.reading)}`", case.layers]
        for name, case in THEIRS.items()
    ]
    went = [
        [*name.split(": "), f"`{spelled(options)}`" if options else "", f"`{CALLS[read]}`"]
        for name, (_, options, read) in OURS.items()
    ]
    return {
        "nir_from": [["library", "neurons there", "arguments of `from_nir`", "layers here"], *came],
        "nir_to": [["library", "layers here", "arguments of `to_nir`", "call there"], *went],
    }


@pytest.mark.parametrize("name", ["nir_from", "nir_to"])
def test_the_guide_lists_these_networks(name: str) -> None:
    """`UPDATE_GOLDEN=1` writes the table anew."""
    path = GUIDES / f"{name}.csv"
    if os.environ.get("UPDATE_GOLDEN"):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(tables()[name])
    with path.open(encoding="utf-8", newline="") as file:
        assert [*csv.reader(file)] == tables()[name]
