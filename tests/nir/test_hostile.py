"""A hostile file is refused before any of its values is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import nir
import tracetorch as tt
from tests.support.networks import INPUTS, ours
from tracetorch.nir import files


def _replace(name: str, value: Any, **options: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=value, **options)

    return change


def _external_link(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    file["node/nodes/1/tau"] = h5py.ExternalLink("/etc/secret.h5", "/key")


def _soft_link(file: h5py.File) -> None:
    file["node/nodes/0/nodes"] = h5py.SoftLink("/node/nodes")


def _hard_loop(file: h5py.File) -> None:
    file["node/nodes/loop"] = file["node"]


def _shared(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    file["node/nodes/1/tau"] = file["node/nodes/3/tau"]


def _external_storage(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    file.create_dataset("node/nodes/1/tau", (32,), "f8", external=[("/etc/passwd", 0, 256)])


def _virtual(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    layout = h5py.VirtualLayout((32,), "f8")
    layout[:] = h5py.VirtualSource("/etc/secret.h5", "key", (32,))
    file.create_virtual_dataset("node/nodes/1/tau", layout)


def _declared(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    file.create_dataset("node/nodes/1/tau", (2**28,), "f8")


def _sparse(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    tau = file.create_dataset("node/nodes/1/tau", (2**28,), "f8", chunks=(2**16,))
    tau[:1] = 1.0


def _slash(file: h5py.File) -> None:
    file.move("node/nodes/1", "node/nodes/a/b")


def _references(file: h5py.File) -> None:
    del file["node/nodes/1/tau"]
    file.create_dataset("node/nodes/1/tau", (3,), h5py.ref_dtype)


def _deep(file: h5py.File) -> None:
    file.create_group("node/metadata/" + "/".join(["deep"] * 30))


HOSTILE: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "external link": (_external_link, "/node/nodes/1/tau is a link to another place"),
    "soft link": (_soft_link, "/node/nodes/0/nodes is a link to another place"),
    "cycle of groups": (_hard_loop, "is in the file twice"),
    "shared array": (_shared, "is in the file twice"),
    "external storage": (_external_storage, "is not stored in the file itself"),
    "virtual array": (_virtual, "is not stored in the file itself"),
    "declared alone": (_declared, "declares 2147483648 bytes, of which 0 are in the file"),
    "mostly declared": (_sparse, "declares 2147483648 bytes"),
    "slash": (_slash, "/node/nodes/a is no node; names must not contain a slash"),
    "array for a node": (
        lambda file: file["node/nodes"].create_dataset("extra", data=[1.0]),
        "/node/nodes/extra is no node",
    ),
    "deep": (_deep, "is nested too deeply"),
    "unknown type": (_replace("node/nodes/1/type", "Evil"), "has the unknown type 'Evil'"),
    "type of an array": (_replace("node/nodes/1/type", [1, 2]), "/node/nodes/1 has no type"),
    "type of the file": (_replace("node/type", "LIF"), "/node, a LIF, holds a group"),
    "references": (_references, "neither real numbers nor text"),
    "records": (
        _replace("node/nodes/1/tau", np.zeros(3, [("a", "f8")])),
        "neither real numbers nor text",
    ),
    "no edges": (lambda file: file.__delitem__("node/edges"), "has no nodes or no edges"),
    "no graph": (lambda file: file.__delitem__("node"), "holds no graph under /node"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "network.nir"
    nir.write(found, tt.to_nir(ours(tt.snn.LIB), (INPUTS,)))
    return found


@pytest.mark.parametrize("change, message", HOSTILE.values(), ids=HOSTILE)
def test_a_file(
    change: Callable[[h5py.File], None],
    message: str,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with h5py.File(path, "a") as file:
        change(file)

    def read(*arguments: Any) -> None:
        raise AssertionError("values were read")

    monkeypatch.setattr("tracetorch.nir.files.hdf2dict", read)
    with pytest.raises(ValueError, match=f"network.nir is refused: .*{message}"):
        tt.from_nir(path)


NODE = "node/nodes/1"
"""A neuron."""


def _group_in_a_neuron(file: h5py.File) -> None:
    assert "metadata" in file[NODE]
    file.create_group(f"{NODE}/more")


def _group_for(name: str) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_group(name)

    return change


def _unknown_in_a_graph(file: h5py.File) -> None:
    file.copy("node", "node/nodes/inner")
    _replace("node/nodes/inner/nodes/1/type", "Evil")(file)


NEITHER = "neither real numbers nor text"
SAID: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "link in the file": (
        lambda file: file.__setitem__("more", h5py.SoftLink("/node")),
        "/more is a link to another place",
    ),
    "type without values": (
        lambda file: file.__setitem__("node/kind", np.dtype("f8")),
        "/node/kind is neither a group nor an array",
    ),
    "array without a shape": (
        _replace(f"{NODE}/tau", h5py.Empty("f8")),
        f"/{NODE}/tau holds float64, {NEITHER}",
    ),
    "complex numbers": (_replace(f"{NODE}/tau", 1j), f"/{NODE}/tau holds complex128, {NEITHER}"),
    "another filter": (
        _replace(f"{NODE}/tau", np.ones(32), compression="lzf"),
        f"/{NODE}/tau is not stored in the file itself, or by an unknown filter",
    ),
    "another filter among known ones": (
        _replace(f"{NODE}/tau", np.ones(32), compression="lzf", shuffle=True),
        f"/{NODE}/tau is not stored in the file itself, or by an unknown filter",
    ),
    "array for the graph": (_replace("node", 1.0), "it holds no graph under /node"),
    "graph without a type": (lambda file: file.__delitem__("node/type"), "/node has no type"),
    "group for a type": (_group_for(f"{NODE}/type"), f"/{NODE} has no type"),
    "array for a type": (_replace(f"{NODE}/type", ["LIF"]), f"/{NODE} has no type"),
    "number for a type": (_replace(f"{NODE}/type", 5), f"/{NODE} has the unknown type '5'"),
    "type that is no text": (
        _replace(f"{NODE}/type", np.bytes_(b"LI\xff")),
        f"/{NODE} has the unknown type 'LI\ufffd'",
    ),
    "number for a node": (
        lambda file: file["node/nodes"].create_dataset("extra", data=1.0),
        "/node/nodes/extra is no node; names must not contain a slash",
    ),
    "node without a type": (
        lambda file: file.__delitem__(f"{NODE}/type"),
        f"/{NODE} is no node; names must not contain a slash",
    ),
    "group in a neuron": (_group_in_a_neuron, f"/{NODE}, a LIF, holds a group more"),
    "no nodes": (lambda file: file.__delitem__("node/nodes"), "/node has no nodes or no edges"),
    "array for the nodes": (_replace("node/nodes", 1.0), "/node has no nodes or no edges"),
    "group for the edges": (_group_for("node/edges"), "/node has no nodes or no edges"),
    "graph without nodes": (
        _replace(f"{NODE}/type", "NIRGraph"),
        f"/{NODE} has no nodes or no edges",
    ),
    "unknown type within a graph": (
        _unknown_in_a_graph,
        "/node/nodes/inner/nodes/1 has the unknown type 'Evil'",
    ),
}


@pytest.mark.parametrize("change, message", SAID.values(), ids=SAID)
def test_a_refusal_says_where(
    change: Callable[[h5py.File], None], message: str, path: Path
) -> None:
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ValueError) as caught:
        tt.from_nir(path)
    assert str(caught.value) == f"from_nir: {path} is refused: {message}"


def test_what_a_file_may_hold(path: Path) -> None:
    """Real numbers of any type and text, stored by the filters that are part of HDF5."""
    values = [True, -1, np.uint8(1), np.float16(1.5), "text", np.bytes_(b"text"), np.ones((0, 3))]
    with h5py.File(path, "a") as file:
        for number, value in enumerate(values):
            file.create_dataset(f"node/metadata/{number}", data=value)
        options: dict[str, Any] = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("node/metadata/filtered", data=np.ones(32), **options)
    assert isinstance(tt.from_nir(str(path)), tt.Model)


def test_how_much_of_an_array_may_be_left_unwritten(path: Path) -> None:
    for size in (1100, 1101):
        with h5py.File(path, "a") as file:
            file.create_dataset(f"node/metadata/{size}", (size,), "u1")
        if size == 1100:
            tt.from_nir(path)
    with pytest.raises(ValueError, match="/1101 declares 1101 bytes, of which 0 are in the file"):
        tt.from_nir(path)


def test_how_many_entries_a_file_may_have(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files._MOST_ENTRIES == 100_000
    names: list[str] = []
    with h5py.File(path) as file:
        file.visit(names.append)
    monkeypatch.setattr(files, "_MOST_ENTRIES", len(names))
    tt.from_nir(path)
    monkeypatch.setattr(files, "_MOST_ENTRIES", len(names) - 1)
    with pytest.raises(ValueError, match=f"refused: it has more than {len(names) - 1} entries$"):
        tt.from_nir(path)


def test_how_deep_a_file_may_be(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.create_group("node/metadata/" + "/".join(["deep"] * 14))
    tt.from_nir(path)
    with h5py.File(path, "a") as file:
        file.create_group("node/metadata/" + "/".join(["deep"] * 15))
    with pytest.raises(ValueError, match="is nested too deeply"):
        tt.from_nir(path)


def test_how_much_of_an_array_may_be_declared_alone(path: Path) -> None:
    """More than the best compression of HDF5 saves is no compression."""
    for chunks in (1100, 1101):
        with h5py.File(path, "a") as file:
            values = file.create_dataset(
                f"node/metadata/{chunks}", (128 * chunks,), "f8", chunks=(128,)
            )
            values[0] = 1.0
        if chunks == 1100:
            tt.from_nir(path)
    with pytest.raises(ValueError, match="1101 declares 1127424 bytes, of which 1024 are in"):
        tt.from_nir(path)


def test_the_limit_can_be_changed(path: Path) -> None:
    arrays: list[int] = []
    with h5py.File(path) as file:
        file.visititems(lambda _, found: arrays.append(getattr(found, "nbytes", 0)))
    size = sum(arrays)
    with pytest.raises(ValueError, match=f"have more than {size - 1} bytes; pass max_bytes=..."):
        tt.from_nir(path, max_bytes=size - 1)
    tt.from_nir(path, max_bytes=size)


WRONG: dict[str, Callable[[h5py.File], None]] = {
    "unknown field": lambda file: file.create_dataset("node/nodes/1/more", data=1.0),
    "missing field": lambda file: file.__delitem__("node/nodes/1/r"),
    "text for numbers": _replace("node/nodes/1/tau", "0.1"),
    "numbers for text": _replace("node/edges", [[1, 2]]),
    "other edges": _replace("node/edges", ["a", "b"]),
    "a number for an array": _replace("node/nodes/1/tau", 1.0),
    "other shape": _replace("node/nodes/1/tau", np.ones((32, 1))),
    "more weights": _replace("node/nodes/0/weight", np.ones(3)),
    "text for a weight": _replace("node/nodes/0/weight", "many"),
    "a shape of text": _replace("node/nodes/input/shape", "wide"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.filterwarnings("ignore:from_nir. the metadata")
def test_wrong_types_end_in_an_error_that_says_where(
    change: Callable[[h5py.File], None], path: Path
) -> None:
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ValueError, match="from_nir:"):
        tt.from_nir(path, reset="subtract")


def test_what_is_no_hdf5(tmp_path: Path) -> None:
    (tmp_path / "text.nir").write_text("hello")
    with pytest.raises(ValueError, match="is no NIR file"):
        tt.from_nir(tmp_path / "text.nir")


def _no_stride(file: h5py.File) -> None:
    node = nir.Conv1d(5, np.ones((3, 3, 1)), 1, 0, 1, 1, np.ones(3))
    for name, value in {**node.to_dict(), "stride": 0}.items():
        if name != "metadata":
            file[f"node/nodes/more/{name}"] = value


NO_NODES: dict[str, Callable[[h5py.File], None]] = {
    "a field less": lambda file: file.__delitem__(f"{NODE}/r"),
    "a shape less": lambda file: file.__delitem__("node/nodes/input/shape"),
    "text for a weight": _replace("node/nodes/0/weight", "many"),
    "a vector for a weight": _replace("node/nodes/0/weight", np.ones(3)),
    "no pairs": _replace("node/edges", ["a", "b"]),
    "a stride of 0": _no_stride,
}


@pytest.mark.parametrize("change", NO_NODES.values(), ids=NO_NODES)
def test_fields_that_make_no_node(change: Callable[[h5py.File], None], path: Path) -> None:
    """Whatever nir raises for them, the file is named."""
    with h5py.File(path, "a") as file:
        change(file)
    with np.errstate(divide="ignore"), pytest.raises(ValueError) as caught:
        tt.from_nir(path)
    assert str(caught.value).startswith(f"from_nir: {path} is no NIR file: ")


def test_a_damaged_file(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"SNOD", b"SNAD"))
    with pytest.raises(ValueError, match="network.nir is no NIR file"):
        tt.from_nir(path)


def test_a_file_without_a_reset_of_the_old_format(path: Path) -> None:
    """Written before NIR 1.0.6; then it meant a subtraction, which the caller has to say."""
    with h5py.File(path, "a") as file:
        for name in "13":
            del file[f"node/nodes/{name}/v_reset"], file[f"node/nodes/{name}/metadata"]
        del file["version"]
    with pytest.raises(ValueError, match="v_threshold = 1, v_reset = 0"):
        tt.from_nir(path)
    model = tt.from_nir(path, reset="subtract")
    assert type(model.parts["1"]) is tt.snn.LIB
