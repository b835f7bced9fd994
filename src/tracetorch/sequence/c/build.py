"""Builds the library of a kernel: compiled once per processor model, then loaded from a cache."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..once import NoKernel, Once, one_line
from .compiler import compiled, compiler
from .memory import keep_freed

# Sums and products are rounded separately, as in PyTorch, so that spikes agree.
_FLAGS = """
    -std=c11 -O3 -fPIC -shared -pthread -fopenmp-simd -ffp-contract=off -fno-math-errno
    -fno-trapping-math
"""


@Once
def library(source: str) -> ctypes.CDLL:
    """Return the library compiled from a source, from the cache if possible.

    Raises:
        NoKernel: There is no compiler, it fails, or the library cannot be written or loaded.
    """
    if sys.platform == "win32":
        raise NoKernel("there is none for Windows; use its Subsystem for Linux")
    keep_freed()
    flags = [*_FLAGS.split(), *_processor_flags()]
    by = compiler()
    made_from = "\0".join([source, *flags, *by.command, by.version, *_processor()])
    name = _digest(made_from.encode(errors="surrogateescape"))
    return _kept(name) or _made(name, source, flags)


def _kept(name: str) -> ctypes.CDLL | None:
    """Return a library from the cache if it is complete; loading an incomplete file could crash."""
    with suppress(OSError):
        for path in _cache().glob(f"{name}-*.so"):
            with suppress(OSError):
                if _is_ours(path) and path.name == _kept_as(name, path):
                    return ctypes.CDLL(str(path))
    return None


def _made(name: str, source: str, flags: list[str]) -> ctypes.CDLL:
    """Compile a library into the cache, or for this process alone if the cache cannot be used."""
    try:
        with suppress(OSError), _workplace(_cache()) as folder:
            path = compiled(source, flags, folder)
            library = ctypes.CDLL(str(path))
            path.replace(_cache() / _kept_as(name, path))
            return library
        with _workplace() as folder:
            return ctypes.CDLL(str(compiled(source, flags, folder)))
    except OSError as error:
        way_out = "a folder in which programs can be written and run, or CC to another compiler"
        raise NoKernel(f"{one_line(str(error))}; set XDG_CACHE_HOME to {way_out}") from error


def _kept_as(name: str, path: Path) -> str:
    return f"{name}-{_digest(path.read_bytes())}.so"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@contextmanager
def _workplace(parent: Path | None = None) -> Iterator[Path]:
    """A folder for one compilation.

    Unlike a `TemporaryDirectory`, it is not removed when a forked process ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="tracetorch-", dir=parent))
    try:
        folder.chmod(0o700)  # whatever the umask is
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cache() -> Path:
    """Return the folder of the cache, to which only this user can write.

    Raises:
        OSError: There is no such folder, and none can be made.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    base = Path(given if os.path.isabs(given) else os.path.expanduser(usual))
    if not base.is_absolute():
        raise FileNotFoundError("this user has no home directory")
    folder = base / "tracetorch"
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # whatever the umask is
    if not _is_ours(folder):
        raise PermissionError(f"{folder} can be written by others")
    return folder


def _is_ours(path: Path) -> bool:
    """Whether only this user can have written to a path."""
    status = path.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


@functools.cache
def _processor() -> tuple[str, ...]:
    """Return the model and features of this processor; empty if unknown."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    kinds = ("model name", "flags", "CPU implementer", "CPU part", "Features")
    lines = {line.strip() for line in text.splitlines() if line.startswith(kinds)}
    return (platform.machine(), *sorted(lines)) if lines else ()


def _processor_flags() -> list[str]:
    """Return flags for all instructions of this processor, if the name contains its model."""
    if not _processor():
        return []
    wide = ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
    return ["-march=native", *wide]
