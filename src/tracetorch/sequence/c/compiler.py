"""Finds and runs the C compiler of the system."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..once import NoKernel, Once, one_line

_SECONDS_TO_ANSWER = 10
_SECONDS_TO_COMPILE = 60
_ROOM = 2**20
"""The maximum number of bytes that a compiler writes."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler.

    Attributes:
        command: Its path, and the arguments in CC.
        version: What it prints for `--version`.
    """

    command: tuple[str, ...]
    version: str


@Once
def compiler() -> Compiler:
    """Return the compiler set by CC, or the first of cc, gcc and clang that works."""
    chosen = os.environ.get("CC", "").strip()
    if chosen:
        return _answering(_words(chosen))
    paths = [path for path in map(shutil.which, ("cc", "gcc", "clang")) if path]
    failure = NoKernel("no C compiler was found: install gcc or clang, or set CC to one")
    for path in paths:
        try:
            return _answering([os.path.abspath(path)])
        except NoKernel as error:
            failure = error
    raise failure


def compiled(source: str, flags: list[str], folder: Path) -> Path:
    """Compile a source in a folder, and return the path of the library.

    Raises:
        NoKernel: The compiler fails.
        OSError: The folder cannot be written to.
    """
    text, library = folder / "kernel.c", folder / "kernel.so"
    text.write_text(source, encoding="utf-8")
    text.chmod(0o600)  # whatever the umask is
    command = [*compiler().command, *flags, "-o", library.name, text.name, "-lm"]
    status, printed = _run(command, _SECONDS_TO_COMPILE, folder)
    if status or not library.is_file():
        (folder / "room").write_bytes(bytes(_ROOM))  # raises OSError if the disk is full
        way_out = "check that it compiles other programs, or set CC to another compiler"
        raise NoKernel(f"{_failed(command[0], status, printed)}; {way_out}")
    library.chmod(0o700)  # a compiler may have a umask of its own
    return library


def _words(chosen: str) -> list[str]:
    """Split CC into a program and its arguments."""
    try:
        words = [chosen] if shutil.which(chosen) else shlex.split(chosen)
    except ValueError:  # an open quote
        words = []
    path = shutil.which(words[0]) if words else None
    if path is None:
        named = f"CC is {one_line(chosen)!r}, which is no program that can be run"
        raise NoKernel(f"{named}; set it to a C compiler, or unset it")
    return [os.path.abspath(path), *words[1:]]


def _answering(command: list[str]) -> Compiler:
    """Run a command for its version and return it as a compiler.

    Raises:
        NoKernel: It cannot be run, or fails.
    """
    way_out = "install gcc or clang, or set CC to one"
    try:
        status, version = _run([*command, "--version"], _SECONDS_TO_ANSWER)
    except OSError as error:
        raise NoKernel(f"{one_line(f'{command[0]} cannot be run ({error})')}; {way_out}") from error
    if status:
        raise NoKernel(f"{_failed(command[0], status, version)}; {way_out}")
    return Compiler(tuple(command), version)


def _run(command: list[str], seconds: float, folder: Path | None = None) -> tuple[int, str]:
    """Run a compiler in a folder; return its exit status and its output.

    Temporary files go to the folder. After a timeout or an interrupt all its processes are killed.
    """
    temporary = {"TMPDIR": str(folder)} if folder else {}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", **temporary},
        umask=0o077,
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=seconds)
        except BaseException as reason:
            with suppress(OSError):  # it may have ended
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(reason, subprocess.TimeoutExpired):
                end = one_line(f"{command[0]} did not end within {seconds} seconds")
                raise NoKernel(f"{end}; set CC to another compiler") from reason
            raise
    return process.returncode, printed.decode(errors="replace")


def _failed(program: str, status: int, printed: str) -> str:
    """Return the message for a failed compiler, with its first error if it prints one."""
    end = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
    lines = [line for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    error, *_ = *errors, *lines[-1:], "it prints nothing"
    return one_line(f"{program} failed ({end}): {error}")
