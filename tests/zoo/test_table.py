"""The tables of the zoo in the documentation: what it has, how large it is, and how equal."""

from __future__ import annotations

import importlib
import inspect
import os
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

from codegen.grammar import layers
from codegen.model import Package
from codegen.provenance import origin
from codegen.reading.load import load_library
from codegen.render import path_of_spec
from tests.support.peers import peer
from tests.support.relatives import (
    PAGES,
    classes,
    difference,
    in_table,
    is_about,
    rounded,
    table,
    write_table,
)

ROOT = Path(__file__).parents[2]
ZOO = load_library(ROOT / "spec").zoo
PEERS = [package.name for package in ZOO.peers]
HEAD = ["", "classes", "lines of YAML", "lines of Python", "compared with", "largest difference"]
TITLES = {"norse": "Norse", "sinabs": "Sinabs", "snntorch": "snnTorch"} | {
    "spikingjelly": "SpikingJelly"
}
DOUBLE = 1e-16
"""A difference that float64 may have by chance."""


@pytest.mark.parametrize("library", PEERS)
def test_the_table_links_each_class_of_ours(library: str) -> None:
    rows = table(library)[1:]
    ours = [name for row in rows if (name := in_table(library, row[1]))]
    assert sorted(ours) == sorted(classes(library))
    for theirs, here, said in rows:
        name = in_table(library, here)
        assert here == f"[`{name}`](#zoo-{library}-{name.lower()})" if name else here
        assert float(said) <= 1e-5 if name else said in ("", *BESIDE_THE_ZOO)
        assert re.fullmatch(r"`[^`]+`(( with|,) `[^`]+`)*", theirs)


BESIDE_THE_ZOO = ("[none](#the-same-numbers)", "[none](#a-network-of-its-tutorials)")
"""Where the code of a page shows that there is no difference."""


def neurons(library: str) -> set[str]:
    """The names of the classes of neurons that a library has."""
    match library:
        case "snntorch":
            snntorch = peer("snntorch")
            return subclasses(snntorch, nn.Module) - {"SpikingNeuron", "LIF", "GradedSpikes"}
        case "spikingjelly":
            neuron = peer("spikingjelly.activation_based.neuron")
            return {name for name in subclasses(neuron, nn.Module) if "Base" not in name}
        case "norse":
            found = subclasses(peer("norse.torch"), nn.Module)
            return {name for name in found if re.match("LI|IAF|LSNN|Izhikevich|Coba", name)}
        case "sinabs":
            sinabs = peer("sinabs.layers")
            return subclasses(sinabs, sinabs.StatefulLayer) - {"StatefulLayer"}
    raise ValueError(library)


def subclasses(module: object, kind: type) -> set[str]:
    values = vars(module).items()
    return {name for name, v in values if inspect.isclass(v) and issubclass(v, kind)}


@pytest.mark.parametrize("library", PEERS)
def test_the_table_names_each_class_of_theirs(library: str) -> None:
    named = {name for row in table(library)[1:] for name in re.findall(r"`(\w+)[`(]", row[0])}
    assert {name for name in named if name[0].isupper()} == neurons(library)


@pytest.mark.usefixtures("float64")
def test_the_table_of_the_zoo() -> None:
    """To accept a change, set UPDATE_GOLDEN=1, after the tests of each library."""
    rows = [*map(row_of, ZOO.packages)]
    total = [str(sum(int(row[place]) for row in rows)) for place in (1, 2, 3)]
    rows = [HEAD, *rows, ["all", *total, "", ""]]
    path = PAGES / "zoo.csv"
    if "UPDATE_GOLDEN" in os.environ:
        write_table(path, rows)
    said = table("zoo")
    assert [row[:5] for row in said] == [row[:5] for row in rows]
    for package, row in zip(ZOO.packages, said[1:]):
        if package in ZOO.literature:
            assert is_about(row[5], from_reference(package), DOUBLE)
        else:
            assert float(row[5]) == max(differences(package.name)) <= 1e-5


def row_of(package: Package) -> list[str]:
    is_peer = package in ZOO.peers
    spec = path_of_spec(package)
    largest = max(differences(package.name)) if is_peer else from_reference(package)
    return [
        f"[{package.name}](/zoo/{package.name}.md)",
        str(len(layers(package))),
        str(lines(ROOT / spec)),
        str(by_hand(ROOT / "src" / "tracetorch" / "zoo" / package.name, spec)),
        TITLES[package.name] if is_peer else "NumPy",
        rounded(largest),
    ]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def by_hand(folder: Path, spec: str) -> int:
    """The lines of Python that are not generated from a spec."""
    paths = folder.rglob("*.py")
    return sum(lines(p) for p in paths if origin(p.read_text(encoding="utf-8")) != spec)


def differences(library: str) -> list[float]:
    return [float(row[2]) for row in table(library)[1:] if in_table(library, row[1])]


@cache
def from_reference(package: Package) -> float:
    """The largest difference of a file of the literature from its reference over 100 timesteps."""
    tests = importlib.import_module(f"tests.zoo.generated.test_{package.name}")
    assert tests.COMPARED
    return max(
        difference(actual, torch.as_tensor(expected))
        for layer_class in tests.COMPARED
        for actual, expected in tests.beside_reference(layer_class, timesteps=100)
    )
