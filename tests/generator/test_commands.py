"""What each command prints, writes and returns, in a small checkout and with a file of one's own.

The texts in `golden/commands.txt` are read by a person before they are committed.
"""

from __future__ import annotations

import gc
import io
import os
import re
import runpy
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import codegen.__main__ as program
from codegen.__main__ import main
from tests.support.reviewed import assert_as_reviewed

pytestmark = pytest.mark.usefixtures("unformatted")

HERE = Path(__file__).parent
DECAY = 'decay: {register: _register_decay, activation: sigmoid(raw), domain: "(0, 1)"}\n'
SNN = """package: {doc: A base, beside: [flex]}
parameters: {beta: {constraint: decay, default: 0.9, doc: decay}}
families:
  LI:
    name: integrator
    doc: Sums.
    prefixes: []
    trace: {state: mem, decay: beta, input: x, doc: sum}
    output: mem
"""
MORE = """package: More
layers: {Sum: {name: sum, doc: Adds., states: {mem: sum}, update: [mem = mem + x], output: mem}}
"""
FAMILY = "families:\n  {}: {{extends: LI, name: {}, doc: {}., prefixes: []}}\n"
MINE = "package: {doc: Mine, reference: ours.py}\n" + FAMILY.format("LIX", "mine", "Mine")
PAPER = "package: A paper\n" + FAMILY.format("LIP", "of a paper", "P")
PEER = "package: A peer\n" + FAMILY.format("LIQ", "of a peer", "Q")


class Desk:
    """A folder with a checkout and a file of one's own, and a record of what is done there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.record = folder, capsys, ""
        self.write("root/spec/constraints.yaml", DECAY)
        self.write("root/spec/snn.yaml", SNN)
        self.write("root/spec/more.yaml", MORE)
        self.write("root/spec/zoo/paper.yaml", PAPER)
        self.write("root/spec/zoo/peers/peer.yaml", PEER)
        self.write("own/mine.yaml", MINE)
        self.write("own/ours.py", "def LIX(x, s, p): return x, s\n")

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: str) -> None:
        status = main(command.split(), Path("root"))
        out, err = (text.replace(os.sep, "/") for text in self.capsys.readouterr())
        if command.startswith("check"):
            out = re.sub(r"(?m)^(?!---)[-+@ ].*\n", "", out)
        lines = *out.splitlines(), *(f"! {line}" for line in err.splitlines())
        self.record += f"$ {command}\n{''.join(f'    {line}'.rstrip() + chr(10) for line in lines)}"
        self.record += f"    -> {status}\n"

    def files(self, folder: str) -> None:
        """Those of Python, without kernels."""
        paths = sorted((self.folder / folder).rglob("*.py"))
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        self.record += "".join(f"  {name}\n" for name in names if "kernels" not in name)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    yield Desk(tmp_path, capsys)


def test_commands_are_as_reviewed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    own = "--spec own/mine.yaml --out neurons"
    for command in (
        *("list", "list --spec own/mine.yaml", "explain LIP", "explain peer.LIQ"),
        *("explain LIX", "explain LIX --spec own/mine.yaml", "explain LIY --spec own/mine.yaml"),
        *("check", "generate", "check"),
        *("generate --spec own/mine.yaml", "generate --out neurons", "check --out neurons"),
        *(f"check {own}", f"generate {own}", f"check {own}"),
        *("new my_idea --family", "new my_idea --layer", "new class --prefix", "new a_b --prefix"),
        *("list --spec nowhere.yaml", "generate --spec own --out neurons"),
    ):
        desk.run(command)
    desk.files("root/src")
    desk.files("root/tests")
    desk.files("neurons")
    desk.write("root/src/tracetorch/snn/li.py", "mine = True\n")
    edited = desk.folder / "root/src/tracetorch/more/sum.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "mine = True\n", encoding="utf-8")
    for command in ("check", "generate", "generate --force"):
        desk.run(command)
    desk.write("root/spec/more.yaml", MORE.replace("Sum", "Total"))
    (desk.folder / "root/src/tracetorch/snn/li.py").unlink()
    for command in ("check", "generate", "generate --force", "check"):
        desk.run(command)
    monkeypatch.setattr(program, "IS_INSTALLED", True)
    for command in ("check", "generate", f"check {own}", "list"):
        desk.run(command)
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    desk.run("deploy weights.pt --model mine:Net --out net")
    assert_as_reviewed(desk.record, HERE / "golden" / "commands.txt")
    assert "reference" in Path("neurons/test_mine.py").read_text(encoding="utf-8")


def test_the_schema_is_printed_in_lines(desk: Desk) -> None:
    assert main(["schema"], Path("root")) == 0
    assert desk.capsys.readouterr().out.startswith('{\n  "type": "object",\n')


OWN = {"spec": Path("mine.yaml"), "out": Path("out")}
NOTHING = {"spec": None, "out": None}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("generate", {**NOTHING, "force": False}),
        ("generate --force --spec ./mine.yaml --out ./out", {**OWN, "force": True}),
        ("check", NOTHING),
        ("check --out out --spec mine.yaml", OWN),
        ("list", {"spec": None}),
        ("list --spec mine.yaml", {"spec": Path("mine.yaml")}),
        ("explain LIB", {"name": "LIB", "spec": None}),
        ("explain LIB --spec mine.yaml", {"name": "LIB", "spec": Path("mine.yaml")}),
        ("schema", {}),
        ("new mine --prefix", {"name": "mine", "kind": "prefix"}),
        ("new --family mine", {"name": "mine", "kind": "family"}),
        ("new mine --layer", {"name": "mine", "kind": "layer"}),
        (
            "deploy ./w.pt --model m:f --out ./out",
            {"weights": Path("w.pt"), "model": "m:f", "inputs": None, "force": False}
            | {"spec": None, "out": Path("out")},
        ),
        (
            "deploy w.pt --force --inputs ./x.pt --model m:f --spec mine.yaml --out out",
            {"weights": Path("w.pt"), "model": "m:f", "inputs": Path("x.pt"), "force": True, **OWN},
        ),
    ],
)
def test_what_is_read_from_the_command_line(arguments: str, expected: dict[str, Any]) -> None:
    read = vars(program._parser().parse_args(arguments.split()))
    assert read == {"command": arguments.split()[0], **expected}


def test_a_neuron_is_of_one_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["new", "mine", "--prefix", "--layer"])
    assert "--layer: not allowed with argument --prefix" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["caf\xe9", "caf\udce9"])
def test_a_reference_in_a_folder_of_any_name(name: str, desk: Desk) -> None:
    """Also one that is no UTF-8, which the file that reads it spells by escapes."""
    try:
        shutil.copytree(desk.folder / "own", desk.folder / name)
    except OSError:
        pytest.skip("the system has no such names")
    spec = f"{name}/mine.yaml"
    assert main(["generate", "--spec", spec, "--out", "out/neurons"], Path("root")) == 0
    text = Path("out/neurons/test_mine.py").read_text(encoding="utf-8")
    assert repr(f"../../{name}/ours.py") in text


def test_a_reference_beside_a_linked_folder(desk: Desk) -> None:
    """Its path stays within the folder that the link leads to."""
    try:
        (desk.folder / "link").symlink_to(desk.folder, target_is_directory=True)
    except OSError:
        pytest.skip("the system has no links")
    desk.run("generate --spec link/own/mine.yaml --out link/neurons")
    assert repr("../own/ours.py") in Path("neurons/test_mine.py").read_text(encoding="utf-8")


def test_letters_that_the_terminal_lacks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are escaped, whatever the terminal is."""
    desk.write("own/mine.yaml", MINE.replace("name: mine", "name: caf\xe9"))
    terminal, kept = io.TextIOWrapper(io.BytesIO(), encoding="ascii"), io.StringIO()
    for stream in (terminal, kept):
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["list", "--spec", "own/mine.yaml"], Path("root")) == 0
    terminal.seek(0)
    assert (terminal.read(), kept.getvalue()) == ("mine.LIX  caf\\xe9\n", "mine.LIX  caf\xe9\n")


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(
    is_enabled: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rests meanwhile, which saves a fifth of the time."""
    seen = []
    monkeypatch.setattr(program, "load_library", lambda folder: seen.append(gc.isenabled()))
    try:
        (gc.enable if is_enabled else gc.disable)()
        with pytest.raises(AttributeError):
            main(["list"], Path("root"))
        assert seen == [False] and gc.isenabled() == is_enabled
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        ("new class --layer", 1, ""),
        ("new mine --layer", 0, "mine.yaml: edit it, then python -m codegen generate "),
        ("--help", 0, "usage: python -m codegen "),
    ],
)
def test_the_program_as_a_module(
    arguments: str, status: int, printed: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["codegen", *arguments.split()])
    monkeypatch.delitem(sys.modules, "codegen.__main__")
    with pytest.raises(SystemExit) as left:
        runpy.run_module("codegen", run_name="__main__")
    assert left.value.code == status
    assert desk.capsys.readouterr().out.startswith(printed)
