"""How kernels are compiled and kept; where none can be had, the loop runs and one warning says why."""

from __future__ import annotations

import ctypes
import errno
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

import tracetorch as tt
from tests.support.equal import identical
from tracetorch.sequence.c import build, compiler, recurrence
from tracetorch.sequence.c import run as cpu
from tracetorch.sequence.c import structs
from tracetorch.sequence.once import NoKernel, Once, one_line

ROOT = Path(__file__).parents[2]
ONE, TWO = "int number(void) { return 1; }", "int number(void) { return 2; }"
REAL = shutil.which("cc") or "cc"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for all that is written, with nothing in it, and nothing remembered."""
    for tried in (compiler.compiler, build.library, cpu.compiled, recurrence.compiled):
        monkeypatch.setattr(tried, "ends", {})
    for name in ("cache", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("CC", "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of all processes that were started."""
    commands: list[list[str]] = []

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: list[str], **options: Any) -> None:
            commands.append(command)
            super().__init__(command, **options)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    return commands


def kept(home: Path) -> list[Path]:
    return sorted((home / "cache" / "tracetorch").iterdir())


def number(source: str) -> int:
    return int(build.library(source).number())


def anew(source: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """What a new process would get."""
    monkeypatch.setattr(build.library, "ends", {})
    return number(source)


def program(path: Path, script: str) -> Path:
    """A shell script, as a program."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def compiling(path: Path, script: str) -> Path:
    """A program that answers as a compiler, but compiles by a script."""
    return program(path, f'case "$*" in *--version) echo 1; exit;; esac\n{script}')


# No kernel can be had


def no_compiler(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))


def cc(value: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    return lambda home, monkeypatch: monkeypatch.setenv("CC", value)


def script(text: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """Whatever it is asked, this runs."""
    return lambda home, monkeypatch: monkeypatch.setenv("CC", str(program(home / "mine", text)))


def compiles(text: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """It says its version; then this runs."""
    return lambda home, monkeypatch: monkeypatch.setenv("CC", str(compiling(home / "mine", text)))


def no_shebang(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(home / "mine", "").write_bytes(b"\0\1\2")
    monkeypatch.setenv("CC", str(home / "mine"))


def not_executable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(home / "mine", "").chmod(0o644)
    monkeypatch.setenv("CC", str(home / "mine"))


def all_fail(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cc", "gcc", "clang"):
        program(home / "bin" / name, "echo no licence; exit 3")
    monkeypatch.setenv("PATH", str(home / "bin"))


def hangs(setup: Callable[[Path, pytest.MonkeyPatch], None]) -> Any:
    def patch(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compiler, "_SECONDS_TO_ANSWER", 0.3)
        monkeypatch.setattr(compiler, "_SECONDS_TO_COMPILE", 0.3)
        setup(home, monkeypatch)

    return patch


def nothing_writable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(home / "cache")
    (home / "cache").touch()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(home / "cache" / "no")])


def disk_full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Path, *_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", write)


def full_while_compiling(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiles("echo cannot write >&2; exit 1")(home, monkeypatch)

    def write(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)


def nothing_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(path: str) -> ctypes.CDLL:
        raise OSError(f"{path}: failed to map segment from shared object")

    monkeypatch.setattr(ctypes, "CDLL", load)


def no_source(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def source(*_: object) -> str:
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", "x.zip/language.h")

    monkeypatch.setattr(cpu, "source", source)


def windows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")


TROUBLES: dict[str, tuple[Callable[[Path, pytest.MonkeyPatch], None], str]] = {
    "no compiler": (no_compiler, "no C compiler was found: install gcc or clang, or set CC to one"),
    "CC missing": (cc("/no/cc -O1"), "CC is '/no/cc -O1', which is no program .*; set it to a C"),
    "CC long": (cc("gc" * 500), r"CC is '(gc)+\.\.\.', which .* or unset it"),
    "CC unclosed": (cc('gcc "-O1'), "CC is 'gcc \"-O1', which is no program that can be run; set"),
    "CC a folder": (cc("/tmp"), "CC is '/tmp', which is no program"),
    "CC empty": (cc("''"), "which is no program"),
    "not executable": (not_executable, "CC is '.*mine', which is no program that can be run"),
    "no program": (no_shebang, r"mine cannot be run \(.*Exec format error.*\); install gcc or cl"),
    "all fail": (all_fail, r"clang failed \(exit status 3\): no licence; install gcc or clang, or"),
    "prints nothing": (
        script("exit 1"),
        r"mine failed \(exit status 1\): it prints nothing; install",
    ),
    "blank": (script("echo; exit 1"), r"mine failed \(exit status 1\): it prints nothing"),
    "killed": (script("kill -9 $$"), r"mine failed \(killed by signal 9\): it prints nothing"),
    "hangs": (hangs(script("sleep 60 & wait")), "mine did not end within 0.3 seconds; set CC to"),
    "fails": (
        compiles("echo In a function; echo 'a.c:1:2: fatal error: math.h' >&2; echo note; exit 1"),
        r"mine failed \(exit status 1\): a.c:1:2: fatal error: math.h; check that it compiles",
    ),
    "killed later": (compiles("kill -11 $$"), r"mine failed \(killed by signal 11\): it prints n"),
    "hangs later": (hangs(compiles("sleep 60 & wait")), "mine did not end within 0.3 seconds"),
    "not UTF-8": (
        compiles(r"printf 'Error \377\376\033 end\nnote'; exit 1"),
        r"1\): Error \S+ end; check",
    ),
    "fails late": (
        compiles(f"echo 'int x;' > x.c; {REAL} -shared -o kernel.so x.c; echo no licence; exit 1"),
        r"mine failed \(exit status 1\): no licence",
    ),
    "makes nothing": (compiles("echo done"), r"mine failed \(exit status 0\): done"),
    "makes garbage": (compiles("echo garbage > kernel.so"), r"kernel.so: (file too s|inv).*; set "),
    "makes another": (
        compiles(f"echo 'int x;' > x.c; {REAL} -shared -o kernel.so x.c"),
        "the compiled library lacks its functions; set CC to another",
    ),
    "nothing writable": (nothing_writable, "No usable temporary directory found .*; set XDG_CACHE"),
    "disk full": (disk_full, "No space left on device; set XDG_CACHE_HOME to a folder in which"),
    "disk fills": (full_while_compiling, "No space left on device; set XDG_CACHE_HOME to a fold"),
    "nothing runs": (nothing_runs, "kernel.so: failed to map segment .*; set XDG_CACHE_HOME to a"),
    "no source": (no_source, "NotADirectoryError: .*Not a directory: 'x.zip/language.h'"),
    "windows": (windows, "there is none for Windows; use"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_loop_runs_and_says_why(
    trouble: str, home: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, reason = TROUBLES[trouble]
    patch(home, monkeypatch)
    layer, xs = tt.snn.LIB(3), torch.rand(5, 2, 3)
    counts = []
    for _ in range(3):
        layer.zero_states()
        with pytest.warns(UserWarning, match=reason) as warned:
            ys = tt.unroll(layer, xs)
        counts.append(len(started))
    (message,) = (str(warning.message) for warning in warned)
    assert "\n" not in message and len(message) < 600 and message.isprintable()
    layer.zero_states()
    assert identical(ys, torch.stack([layer(x) for x in xs]))
    assert len(set(counts)) == 1, "the compiler was asked again"
    with pytest.raises(RuntimeError, match=reason):
        tt.unroll(layer, xs, strict=True)
    monkeypatch.undo()
    left = [*home.glob("temporary/*"), *home.glob("cache/tracetorch/*")]
    assert not left or trouble == "makes another"  # which can be loaded


def test_a_library_without_the_functions_of_a_recurrence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, reason = TROUBLES["makes another"]
    patch(home, monkeypatch)
    layer, xs = tt.rnn.GRU(3, 3), torch.rand(5, 2, 3)
    with pytest.warns(UserWarning, match=reason):
        ys = tt.unroll(layer, xs)
    layer.zero_states()
    assert identical(ys, torch.stack([layer(x) for x in xs]))


def test_what_a_compiler_started_ends_with_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(f"sleep 60 & echo $! > {home}/started; wait")(home, monkeypatch)
    monkeypatch.setattr(compiler, "_SECONDS_TO_ANSWER", 0.3)
    with pytest.raises(NoKernel, match="did not end"):
        number(ONE)
    assert gone(int((home / "started").read_text()))


def gone(process: int) -> bool:
    """Whether a process ends, within a second."""
    for _ in range(100):
        try:
            status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if status == "Z":
            return True
        time.sleep(0.01)
    return False


def test_kernels_that_fail_do_not_keep_others_from_working(home: Path) -> None:
    assert number(ONE) == 1
    for _ in range(2):
        with pytest.raises(NoKernel, match="failed .*: kernel.c:1:1: error: "):
            build.library("this is not C")
    assert (number(ONE), number(TWO), len(kept(home))) == (1, 2, 2)


# Which compiler


def test_the_compiler_is_the_one_of_cc(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may have arguments, and a space in its path."""
    mine = program(home / "my tools" / "cc", f'echo "$@" >> {home}/asked; exec {REAL} "$@"')
    for value in (str(mine), f"'{mine}' -DNUMBER=7", f"  {shlex.quote(str(mine))}  "):
        (home / "asked").unlink(missing_ok=True)
        monkeypatch.setattr(compiler.compiler, "ends", {})
        monkeypatch.setenv("CC", value)
        source = "int number(void) {\n#ifdef NUMBER\nreturn NUMBER;\n#endif\nreturn 1; }"
        assert anew(source, monkeypatch) == (7 if "NUMBER" in value else 1)
        assert (home / "asked").read_text()
    assert len(kept(home)) == 2, "the arguments are part of what a kernel is made by"


@pytest.mark.parametrize("value", ["bin/cc", "cc -DNAMED", ""])
def test_a_relative_path_begins_where_the_process_is(
    value: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where it compiles."""
    program(home / "bin" / "cc", f'exec {REAL} "$@"')
    monkeypatch.chdir(home)
    monkeypatch.setenv("CC", value)
    monkeypatch.setenv("PATH", f"bin:{os.environ['PATH']}")
    assert number(ONE) == 1
    assert compiler.compiler().command == (str(home / "bin" / "cc"), *value.split()[1:])


def test_the_first_compiler_that_answers_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home / "bin" / "cc", "echo no licence; exit 1")
    program(home / "bin" / "gcc", f'exec {REAL} "$@"')
    program(home / "bin" / "clang", "exit 1")
    monkeypatch.setenv("PATH", f"{home}/bin:{os.environ['PATH']}")
    assert number(ONE) == 1
    assert compiler.compiler().command == (str(home / "bin" / "gcc"),)


def test_the_mode_of_the_processor_stays_as_it_is() -> None:
    """Numbers next to 0 stay what they are, as some ways to compile would have them not."""
    tt.unroll(tt.snn.LIB(3), torch.ones(4, 3), strict=True)
    assert (torch.full((9,), 1e-40) * 1.0 > 0).all()
    assert not re.search("fast-math|associative|reciprocal|finite-math|Ofast", build._FLAGS)


def test_a_compiler_accepts_one_language(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a kernel would be compiled anew for each."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    script('echo "$LC_ALL"')(home, monkeypatch)
    assert compiler.compiler().version == "C\n"


def test_variables_for_other_builds_change_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert number(ONE) == 1
    for name in ("CFLAGS", "CPPFLAGS", "LDFLAGS", "CXX", "LANG", "LC_ALL"):
        monkeypatch.setenv(name, "-Werror -Wall --no-such-flag")
    monkeypatch.setattr(compiler.compiler, "ends", {})
    assert anew(ONE, monkeypatch) == 1 and len(kept(home)) == 1
    assert number("int unused(void) { int x; return 2; }\n" + TWO) == 2


# What a kept library is called, and who may read it


def other_command(monkeypatch: pytest.MonkeyPatch) -> None:
    known = compiler.compiler()
    other = compiler.Compiler((*known.command, "-DOTHER"), known.version)
    monkeypatch.setattr(build, "compiler", lambda: other)


def other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    known = compiler.compiler()
    other = compiler.Compiler(known.command, f"{known.version} patched")
    monkeypatch.setattr(build, "compiler", lambda: other)


def other_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_FLAGS", f"{build._FLAGS} -DOTHER")


def other_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    known = build._processor()
    monkeypatch.setattr(build, "_processor", lambda: (*known, "another line"))


@pytest.mark.parametrize("other", [other_command, other_version, other_flags, other_processor])
def test_what_a_library_is_made_by_is_in_its_name(
    other: Callable[[pytest.MonkeyPatch], None],
    home: Path,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert number(ONE) == anew(ONE, monkeypatch) == 1
    assert len(started) == 2, "it says its version, and compiles"
    other(monkeypatch)
    assert anew(ONE, monkeypatch) == 1
    assert len(started) == 3 and len(kept(home)) == 2


@pytest.mark.parametrize("known", [True, False])
def test_a_library_is_made_for_a_processor_only_if_it_is_known(
    known: bool, home: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_processor", lambda: ("a processor",) if known else ())
    assert number(ONE) == 1
    assert ("-march=native" in started[-1]) == known


def test_a_processor_without_a_known_line_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """As POWER and RISC-V are, whose compilers know no `-march=native`."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "cpu\t: POWER9\nisa\t: rv64\n")
    build._processor.cache_clear()
    try:
        assert build._processor() == () and build._processor_flags() == []
    finally:
        build._processor.cache_clear()


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_nobody_else_can_write_what_is_kept(
    umask: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = home / "mode"
    script = f'umask 0; stat -c %a *.c > {said}; {REAL} "$@"; s=$?; chmod 777 *.so; exit $s'
    monkeypatch.setenv("CC", str(compiling(home / "mine", script)))
    before = os.umask(umask)
    try:
        assert number(ONE) == 1
    finally:
        os.umask(before)
    (library,) = kept(home)
    assert [path.stat().st_mode & 0o777 for path in (library, library.parent)] == [0o700, 0o700]
    assert said.read_text() == "600\n"


def test_a_compiler_keeps_its_temporary_files_where_it_works(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f'[ "$TMPDIR" -ef . ] && exec {REAL} "$@"'
    monkeypatch.setenv("CC", str(compiling(home / "mine", script)))
    assert number(ONE) == 1


def test_what_others_can_write_is_not_loaded(
    home: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert number(ONE) == anew(ONE, monkeypatch) == 1 and len(started) == 2
    (library,) = kept(home)
    for path in (library.parent, library):
        for mode in (0o720, 0o702):
            path.chmod(mode)
            count = len(started)
            assert anew(ONE, monkeypatch) == 1 and len(started) == count + 1
            path.chmod(0o700)
            shutil.rmtree(home / "temporary")  # nothing but a folder is there
            (home / "temporary").mkdir()
    assert anew(ONE, monkeypatch) == 1 and len(started) == count + 1
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert anew(ONE, monkeypatch) == 1 and len(started) == count + 2
    assert kept(home) == [library]


@pytest.mark.parametrize("damage", ["cut off", "changed", "of another machine"])
def test_a_library_that_is_damaged_is_made_again(damage: str, home: Path) -> None:
    """In processes of their own, since loading half a library ends one."""
    alone(f"assert build.library({ONE!r}).number() == 1")
    (library,) = kept(home)
    whole = library.read_bytes()
    if damage == "cut off":
        library.write_bytes(whole[:5000])
    elif damage == "changed":
        library.write_bytes(whole[:200] + bytes(3000) + whole[3200:])
    else:
        garbage = b"\x7fELF\x01" + whole[5:]
        other = library.with_name(f"{library.stem[:32]}-{build._digest(garbage)}.so")
        library.unlink()
        other.write_bytes(garbage)
        other.chmod(0o700)
    alone(f"assert build.library({ONE!r}).number() == 1")
    assert library.read_bytes() == whole
    asked = "build.compiled = lambda *_: 1 / 0"
    alone(f"{asked}\nassert build.library({ONE!r}).number() == 1")


def alone(script: str, **options: Any) -> str:
    """What a script prints that has only the files which build, in a process of its own.

    Without PyTorch a process starts in a twentieth of the time.
    """
    before = f"""
        import os, sys, types
        sequence = types.ModuleType("sequence")
        sequence.__path__ = [{str(ROOT / "src" / "tracetorch" / "sequence")!r}]
        sys.modules["sequence"] = sequence
        from sequence.c import build, compiler
    """
    source = textwrap.dedent(before) + textwrap.dedent(script)
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, timeout=60, **options)
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    return ran.stdout.decode().strip()


# Where it is kept


def no_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)


def relative_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", "here")
    monkeypatch.setenv("XDG_CACHE_HOME", "")


def a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "cache" / "tracetorch").touch()


def too_long(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{home}/{'long' * 100}")


def cannot_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdir(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", mkdir)


def read_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.mkdtemp

    def mkdtemp(prefix: str, dir: Path | None) -> str:
        if dir:
            raise OSError(errno.EROFS, "Read-only file system", str(dir))
        return make(prefix=prefix)

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)


def full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_while_compiling(home, monkeypatch)
    inside = f'case "$PWD" in {home}/cache*) echo full; exit 1;; esac'
    compiles(f'{inside}\nexec {REAL} "$@"')(home, monkeypatch)


def removed_while_compiling(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiles(f'rm -rf {home}/cache\nexec {REAL} "$@"')(home, monkeypatch)
    (home / "cache").chmod(0o500)


def not_executable_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = ctypes.CDLL

    def loaded(path: str) -> ctypes.CDLL:
        if path.startswith(f"{home}/cache"):
            raise OSError(f"{path}: failed to map segment from shared object")
        return load(path)

    monkeypatch.setattr(ctypes, "CDLL", loaded)


PLACES = [
    no_home,
    relative_home,
    a_file,
    too_long,
    cannot_be_made,
    read_only,
    full,
    removed_while_compiling,
    not_executable_there,
]


@pytest.mark.parametrize("place", PLACES)
def test_what_cannot_be_kept_is_made_for_one_process(
    place: Callable[[Path, pytest.MonkeyPatch], None],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        place(home, patched)
        assert number(ONE) == 1 and number(TWO) == 2
    assert not list(home.rglob("*.so")) and not list((home / "temporary").iterdir())


@pytest.mark.parametrize("given", ["", "relative"])
def test_the_cache_of_the_home_is_the_usual_one(
    given: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert number(ONE) == 1
    monkeypatch.setattr(sys, "platform", "darwin")
    assert anew(ONE, monkeypatch) == 1
    found = {path.parent.relative_to(home).as_posix() for path in home.rglob("*.so")}
    assert found == {"nobody/.cache/tracetorch", "nobody/Library/Caches/tracetorch"}


def test_a_cache_that_is_removed_is_made_again(home: Path) -> None:
    for remove in ("cache", "cache/tracetorch"):
        shutil.rmtree(home / remove, ignore_errors=True)
        assert number(ONE + remove.count("/") * " ") == 1 and len(kept(home)) == 1


NAMES = {"spaces": "a b  c", "letters": "nä π 神", "no letters": b"\xff\xfe", "quotes": "a'b\"$c"}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("name", NAMES)
def test_a_path_may_be_of_any_letters(name: str, locale: str, home: Path) -> None:
    folder = home / os.fsdecode(NAMES[name])
    tools = program(folder / "cc", f'exec {REAL} "$@"')
    environment = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment |= {"XDG_CACHE_HOME": str(folder), "CC": str(tools)}
    alone(f"assert build.library({ONE!r}).number() == 1", env={**os.environ, **environment})
    assert len(list((folder / "tracetorch").iterdir())) == 1


# Threads and processes


def test_threads_that_ask_at_once_compile_once(home: Path, started: list[list[str]]) -> None:
    compiler.compiler()
    made: list[ctypes.CDLL] = []
    threads = [threading.Thread(target=lambda: made.append(build.library(ONE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 2 and len(made) == 4 and len(set(map(id, made))) == 1


@pytest.mark.parametrize("can_be_kept", [True, False])
def test_a_process_that_is_forked_meanwhile_can_build_and_end(
    can_be_kept: bool, home: Path
) -> None:
    """The child of a process of which another thread compiles ends with all that runs at an exit."""
    script = f"""
        import threading, time
        compiler.compiler()
        found = []
        thread = threading.Thread(target=lambda: found.append(build.library({ONE!r}).number()))
        thread.start()
        time.sleep(0.2)
        child = os.fork()
        if not child:
            sys.exit(build.library({TWO!r}).number())
        found.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        thread.join()
        print(sorted(found))
    """
    if not can_be_kept:
        (home / "cache" / "tracetorch").touch()
    slow = compiling(home / "mine", f'sleep 0.5; exec {REAL} "$@"')
    environment = {**os.environ, "CC": str(slow), "TMPDIR": str(home / "temporary")}
    assert alone(script, env=environment) == "[1, 2]"
    assert not list((home / "temporary").iterdir())
    assert not can_be_kept or len(kept(home)) == 2


def test_an_interrupt_leaves_nothing_and_is_not_remembered(home: Path) -> None:
    script = f"""
        import signal, threading
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            build.library({ONE!r})
        except KeyboardInterrupt:
            print(build.library.ends)
    """
    slow = compiling(home / "mine", f"touch $TMPDIR/a; echo $$ > {home}/started; sleep 60")
    environment = {**os.environ, "CC": str(slow), "TMPDIR": str(home / "temporary")}
    assert alone(script, env=environment) == "{}"
    assert kept(home) == [] and not list((home / "temporary").iterdir())
    assert gone(int((home / "started").read_text()))


def test_a_limit_of_files_is_a_reason(home: Path) -> None:
    script = f"""
        import resource, tempfile
        tempfile.gettempdir()
        resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
        try:
            build.library({ONE!r})
        except build.NoKernel as error:
            print(error)
    """
    assert "File too large; set XDG_CACHE_HOME to a folder in which" in alone(script)
    assert kept(home) == []


def test_a_compiler_does_not_wait_for_a_terminal(home: Path) -> None:
    asking = program(home / "mine", f'read answer; exec {REAL} "$@"')
    terminal, typed = os.pipe()
    environment = {**os.environ, "CC": str(asking)}
    alone(f"build.library({ONE!r})", stdin=terminal, env=environment)
    os.close(terminal)
    os.close(typed)


ODD_PARENTS = {
    "no standard streams": "os.closerange(0, 3)",
    "no signals of children": "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "no folder": "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')",
}


@pytest.mark.parametrize("odd", ODD_PARENTS)
def test_a_process_may_be_odd(odd: str, home: Path) -> None:
    script = f"""
        {ODD_PARENTS[odd]}
        os._exit(build.library({ONE!r}).number() - 1)
    """
    alone(script, cwd=home)
    assert len(kept(home)) == 1


def test_a_umask_that_takes_all_rights_takes_none() -> None:
    """As another user than root, whom no mode keeps from anything."""
    script = f"""
        import tempfile
        if not os.geteuid():
            os.setgid(65534)
            os.setuid(65534)
        os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
        os.umask(0o777)
        assert build.library({ONE!r}).number() == 1
        (library,) = build._cache().iterdir()
        build.library.ends.clear()
        build.compiled = None
        assert build.library({ONE!r}).number() == 1
        os.remove(library)
        os.rmdir(library.parent)
        os.rmdir(os.environ["XDG_CACHE_HOME"])
    """
    alone(script, cwd="/")


def test_processes_that_start_at_once_share_one_library(home: Path) -> None:
    script = f"print(build.library({ONE!r}).number(), end='')"
    with ThreadPoolExecutor(6) as threads:
        assert [*threads.map(alone, [script] * 6)] == ["1"] * 6
    assert len(kept(home)) == 1


# What is tried once


def test_what_failed_fails_again_without_being_tried() -> None:
    tried = []

    def fail(why: Exception) -> None:
        tried.append(why)
        raise why

    once = Once(fail)
    errors = []
    for why in (NoKernel("a reason\nin two lines"), ValueError("1"), ValueError("1\n\033" * 999)):
        for _ in range(3):
            with pytest.raises(NoKernel) as caught:
                once(why)
            errors.append(caught.value)
            assert len(caught.traceback) == 2, "each is raised anew"
    assert len(tried) == 3
    assert [str(error) for error in errors[:6:3]] == ["a reason\nin two lines", "ValueError: 1"]
    assert str(errors[-1]).startswith("ValueError: 1 ?1 ?1") and len(str(errors[-1])) < 310


def test_what_is_tried_once_depends_on_its_arguments() -> None:
    tried: list[tuple[int, int]] = []

    def work(one: int, other: int = 0) -> int:
        tried.append((one, other))
        return one + other

    once = Once(work)
    assert [once(1), once(2), once(1, other=1), once(1, other=2), once(1)] == [1, 2, 2, 3, 1]
    assert tried == [(1, 0), (2, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("leave", [KeyboardInterrupt, SystemExit])
def test_who_leaves_is_let_go(leave: type[BaseException]) -> None:
    ends = [leave(), 7]

    def go() -> int:
        end = ends.pop(0)
        if isinstance(end, BaseException):
            raise end
        return end

    once = Once(go)
    with pytest.raises(leave):
        once()
    assert [once(), once()] == [7, 7]


# Text


USE = """
import torch, tracetorch as tt
from torch import nn
from codegen.__main__ import main

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), tt.snn.SLIB(3)

    def forward(self, x):
        return self.second(self.first(x) * 2)

tt.unroll(Net(), torch.ones(4, 3), strict=True)
for command in ("generate", "check"):
    assert main([command, "--spec", "spec/zoo/growing.yaml", "--out", OUT]) == 0
assert main(["explain", "LIB"]) == main(["schema"]) == 0
"""


def test_no_text_is_read_in_the_encoding_of_a_locale(home: Path) -> None:
    (home / "use.py").write_text(f"OUT = {str(home / 'out')!r}\n{USE}")
    options = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
    ran = subprocess.run(
        [sys.executable, *options, home / "use.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
        capture_output=True,
    )
    assert ran.returncode == 0, ran.stderr.decode()


def test_work_is_divided_by_openmp_only_if_it_has_all_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = types.SimpleNamespace(**{structs.OPENMP[0]: ctypes.CDLL(None).malloc})
    monkeypatch.setattr(ctypes, "CDLL", lambda name: process)
    assert cpu.openmp.__wrapped__() == {}


def test_a_message_is_one_short_line() -> None:
    """Compilers print pages."""
    assert one_line("error:\n  no  \x1b[1mfloat") == "error: no ?[1mfloat"
    assert one_line("e" * 300) == "e" * 300
    assert one_line("e" * 301) == "e" * 300 + "..."
