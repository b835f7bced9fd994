"""Every code block of the README does what the README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support import zoo

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def test_every_block_is_looked_at() -> None:
    assert [kind for kind, _ in BLOCKS] == ["sh", "python", "sh", "python", "yaml", "console"]
    assert README.count("```") == 2 * len(BLOCKS)


def test_install(tmp_path: Path) -> None:
    """`pip install .` installs the library with its types, and the generator with the spec."""
    assert blocks("sh")[0] == "pip install .\n"
    source = tmp_path / "checkout"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    for name in ("codegen", "spec"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", target, "."]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    installed = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    library = files(ROOT / "src" / "tracetorch", Path("tracetorch"), ".py", ".typed", ".c", ".h")
    generator = files(ROOT / "codegen", Path("tracetorch_codegen"), ".py", ".j2")
    spec = files(ROOT / "spec", Path("tracetorch_codegen/spec"), ".yaml")
    kinds = (".py", ".typed", ".j2", ".yaml", ".c", ".h")
    assert {path for path in installed if path.suffix in kinds} == library | generator | spec

    (tmp_path / "mine.yaml").write_text((ROOT / "docs/neurons/plif.yaml").read_text())
    (tmp_path / "plif_reference.py").touch()
    command = [sys.executable, "-m", "tracetorch_codegen", "generate", "--spec", "mine.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(target)}
    run = partial(subprocess.run, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run([*command, "--out", "neurons"]).stdout == "6 new, 0 changed, 0 removed\n"
    assert "are needed outside a checkout" in run(command[:4]).stderr
    (script,) = (target / "bin").glob("tracetorch-codegen*")
    assert "list" in run([sys.executable, script, "--help"]).stdout


def files(folder: Path, place: Path, *suffixes: str) -> set[Path]:
    """Where the files of a folder are installed."""
    paths = (path for path in folder.rglob("*") if path.suffix in suffixes)
    return {place / path.relative_to(folder) for path in paths}


def test_ten_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example, plan = blocks("python")
    file = tmp_path / "example.py"
    file.write_text(example)  # where its source can be read
    namespace: dict[str, object] = {"__name__": "example"}
    exec(compile(example, str(file), "exec"), namespace)
    assert namespace["ys"].shape == (20, 32, 10)
    assert all(parameter.grad.any() for parameter in namespace["model"].parameters())
    exec(plan, namespace)
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == [
        "whole",
        "kernel",
        "whole",
        "kernel",
    ]


def test_the_two_commands_are_the_makefiles() -> None:
    for line in blocks("sh")[1].splitlines():
        run = subprocess.run([*line.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0
        expected = {"make demo": "docs/examples/digits.py", "make test": "bin/pytest"}[line]
        assert expected in run.stdout


def test_make_generates_from_a_file_of_ones_own() -> None:
    for command in ("generate", "check"):
        make = ["make", "--dry-run", command, "SPEC=mine.yaml", "OUT=neurons"]
        printed = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert f"-m codegen {command} --spec mine.yaml --out neurons" in printed


def test_add_a_neuron(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    shutil.copytree(ROOT / "src" / "tracetorch", tmp_path / "src" / "tracetorch")
    with (tmp_path / "spec" / "snn.yaml").open("a", encoding="utf-8") as spec:
        spec.write(blocks("yaml")[0])
    console = blocks("console")[0].replace(
        "$ make generate", f"$ {sys.executable} -m codegen generate"
    )
    shutil.copytree(ROOT / "codegen", tmp_path / "codegen")
    commands = re.split(r"^\$ ((?:[^\n\"]|\"[^\"]*\")*)\n", console, flags=re.MULTILINE)[1:]
    assert len(commands) == 4
    for command, expected in zip(commands[::2], commands[1::2]):
        printed = subprocess.run(
            command.replace("python -c", f"{sys.executable} -c"),
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert printed == expected


def test_the_table_lists_the_grammar() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", README, re.MULTILINE)
    families = {name: prefixes.replace(", ", "") for name, prefixes in rows if len(name) > 1}
    assert families == zoo.FAMILIES
    others = re.findall(r"`(?:rnn|ssm)\.(\w+)`", README[: README.index("## Add a neuron")])
    assert others == zoo.OTHERS
    assert f"makes {len(zoo.NAMES)} layers" in README.replace("That makes", "makes")


def test_the_files_to_read_exist() -> None:
    reading = README[README.index("## Further reading") :]
    for name in re.findall(r"^- `([^`]+)`", reading, re.MULTILINE):
        assert (ROOT / name).exists(), name
