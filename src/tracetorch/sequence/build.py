"""Compiling a kernel with the C compiler of the system, once for each machine."""

from __future__ import annotations

import atexit
import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Sums and products are rounded one by one, as PyTorch does, so that spikes agree.
_FLAGS = (
    "-std=c11 -O3 -fPIC -shared -pthread -ffp-contract=off -fno-math-errno -fno-trapping-math"
)


class BuildError(Exception):
    """No kernel could be had, and why."""


@functools.cache
def compiler() -> str:
    """The path of the C compiler.

    Raises:
        BuildError: There is none.
    """
    for name in filter(None, (os.environ.get("CC"), "cc", "gcc", "clang")):
        found = shutil.which(name)
        if found:
            return found
    raise BuildError("no C compiler was found: install gcc or clang, or set CC to one")


@functools.cache
def library(source: str) -> ctypes.CDLL:
    """Compile a source, or find it compiled.

    Raises:
        BuildError: There is no compiler, it fails, or what it made cannot be loaded.
    """
    flags = [*_FLAGS.split(), *_processor_flags()]
    made_from = "\0".join([source, *flags, _identity_of(compiler()), *_processor()])
    name = hashlib.sha256(made_from.encode()).hexdigest()[:32] + ".so"
    path = _cache_folder() / name
    if not path.exists():
        _compile(source, flags, path)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:  # as where nothing in a home may be run
        message = f"{path} cannot be loaded ({error}); remove it, or set XDG_CACHE_HOME"
        raise BuildError(message) from error


def _compile(source: str, flags: list[str], path: Path) -> None:
    """Compile beside the path, then move the result there: whole, or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        text, built = Path(folder, "kernel.c"), Path(folder, path.name)
        text.write_text(source)
        command = [compiler(), *flags, "-o", str(built), str(text), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise BuildError(f"{compiler()} failed: {done.stderr.strip()[-2000:]}")
        os.replace(built, path)


@functools.cache
def _identity_of(compiler: str) -> str:
    done = subprocess.run([compiler, "--version"], capture_output=True, text=True)
    return f"{compiler} {done.stdout}"


@functools.cache
def _processor() -> tuple[str, ...]:
    """What tells this processor from others, or nothing if that is not known."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ()
    kinds = ("model name", "flags", "CPU implementer", "CPU part", "Features")
    lines = {line.strip() for line in text.splitlines() if line.startswith(kinds)}
    return (platform.machine(), *sorted(lines))


def _processor_flags() -> list[str]:
    """Instructions of this very processor only where its name goes into that of the kernel."""
    if not _processor():
        return []
    wide = ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
    return ["-march=native", *wide]


@functools.cache
def _cache_folder() -> Path:
    """A folder of the user's own; if there can be none, one for this process alone."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "tracetorch"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="tracetorch-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
