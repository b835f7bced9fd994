"""Opens files that may be hostile: everything is checked before a value is read."""

from __future__ import annotations

import os
from typing import Any

import h5py

import nir
from nir.serialization import hdf2dict

_MOST_DEPTH = 16
_MOST_ENTRIES = 100_000
_MOST_EXPANSION = 1100
"""How much larger values may be than they are in the file; the compression of HDF5 reaches 1032."""

_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}


def opened(graph: Any, max_bytes: int) -> nir.NIRGraph:
    """Return a graph, or that in a file.

    Raises:
        TypeError: It is neither a graph nor a path.
        ValueError: The file is no NIR file, or not safe to read.
    """
    if isinstance(graph, nir.NIRGraph):
        return graph
    if not isinstance(graph, (str, os.PathLike)):
        raise TypeError(f"from_nir: graph must be a nir.NIRGraph or a path, got {graph!r}")
    try:
        with h5py.File(graph, "r") as file:
            _Checker(file, max_bytes).check()
            values = hdf2dict(file["node"])
        return nir.dict2NIRNode({**values, "type_check": False})
    except _Unsafe as problem:
        raise ValueError(f"from_nir: {os.fspath(graph)} is refused: {problem}") from None
    except FileNotFoundError:
        raise
    except Exception as error:  # h5py and nir raise any class
        raise ValueError(f"from_nir: {os.fspath(graph)} is no NIR file: {error}") from None


class _Unsafe(Exception):
    """Why a file is not read."""


class _Checker:
    """Checks the links, the sizes and the types in a file."""

    def __init__(self, file: h5py.File, max_bytes: int) -> None:
        self.file = file
        self.max_bytes = max_bytes
        self.bytes = 0
        self.seen: set[int] = set()

    def check(self) -> None:
        self._group(self.file, "", 0)
        if not isinstance(self.file.get("node"), h5py.Group):
            raise _Unsafe("it holds no graph under /node")
        self._node(self.file["node"], "/node")

    def _group(self, group: h5py.Group, path: str, depth: int) -> None:
        if depth > _MOST_DEPTH:
            raise _Unsafe(f"{path} is nested too deeply")
        for name in group:
            where = f"{path}/{name}"
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise _Unsafe(f"{where} is a link to another place")
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in self.seen:
                raise _Unsafe(f"{where} is in the file twice")
            self.seen.add(address)
            if len(self.seen) > _MOST_ENTRIES:
                raise _Unsafe(f"it has more than {_MOST_ENTRIES} entries")
            if isinstance(found, h5py.Group):
                self._group(found, where, depth + 1)
            elif isinstance(found, h5py.Dataset):
                self._dataset(found, where)
            else:
                raise _Unsafe(f"{where} is neither a group nor an array")

    def _dataset(self, dataset: h5py.Dataset, path: str) -> None:
        kind = dataset.dtype
        is_text = h5py.check_string_dtype(kind) is not None
        if not (is_text or kind.kind in "biuf") or dataset.shape is None:
            raise _Unsafe(f"{path} holds {kind}, neither real numbers nor text")
        plan = dataset.id.get_create_plist()
        filters = {plan.get_filter(index)[0] for index in range(plan.get_nfilters())}
        if dataset.is_virtual or dataset.external or not filters <= _FILTERS:
            raise _Unsafe(f"{path} is not stored in the file itself, or by an unknown filter")
        size, stored = int(dataset.size) * kind.itemsize, dataset.id.get_storage_size()
        if size > max(stored, 1) * _MOST_EXPANSION:
            raise _Unsafe(f"{path} declares {size} bytes, of which {stored} are in the file")
        self.bytes += size
        if self.bytes > self.max_bytes:
            raise _Unsafe(f"its arrays have more than {self.max_bytes} bytes; pass max_bytes=...")

    def _node(self, node: h5py.Group, path: str) -> None:
        kind = self._type(node, path)
        if kind != "NIRGraph":
            for name, one in node.items():
                if isinstance(one, h5py.Group) and name != "metadata":
                    raise _Unsafe(f"{path}, a {kind}, holds a group {name}")
            return
        nodes = node.get("nodes")
        if not isinstance(nodes, h5py.Group) or not isinstance(node.get("edges"), h5py.Dataset):
            raise _Unsafe(f"{path} has no nodes or no edges")
        for name, inner in nodes.items():
            if not isinstance(inner, h5py.Group) or "type" not in inner:
                raise _Unsafe(f"{path}/nodes/{name} is no node; names must not contain a slash")
            self._node(inner, f"{path}/nodes/{name}")

    def _type(self, node: h5py.Group, path: str) -> str:
        found = node.get("type")
        if not isinstance(found, h5py.Dataset) or found.shape != ():
            raise _Unsafe(f"{path} has no type")
        value = found[()]
        kind = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        if kind not in nir.ir.__all__:
            raise _Unsafe(f"{path} has the unknown type {kind!r}")
        return kind
