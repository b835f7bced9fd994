"""What users install: the archives, what they contain and need, and the commands that install them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import tracetorch as tt

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "workflows").iterdir()
}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints that runs in a folder without this process's paths of modules."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_archives(tmp_path: Path) -> None:
    """The source archive is complete; a wheel built from it runs with what it declares alone."""
    options = ("--no-isolation", "--outdir", tmp_path)
    run(sys.executable, "-m", "build", *options, ROOT, folder=tmp_path)
    source = tmp_path / f"tracetorch-{tt.__version__}.tar.gz"
    wheel = tmp_path / f"tracetorch-{tt.__version__}-py3-none-any.whl"
    with tarfile.open(source) as archive:
        names = {Path(*Path(name).parts[1:]) for name in archive.getnames()}
    assert names >= sources()
    with zipfile.ZipFile(wheel) as archive:
        installed = {Path(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert installed == {
        *moved("src/tracetorch", "tracetorch"),
        *moved("codegen", "tracetorch_codegen"),
        *moved("spec", "tracetorch_codegen/spec"),
    }

    venv.create(tmp_path / "empty")
    python = tmp_path / "empty" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    (site,) = (tmp_path / "empty").glob("lib/python*/site-packages")
    (ours,) = Distribution.discover(name="tracetorch", path=[str(site)])

    link(closure(needed(ours)), site)
    example = tmp_path / "example.py"
    example.write_text(README.partition("```python\n")[2].partition("```\n")[0], encoding="utf-8")
    with example.open("a", encoding="utf-8") as file:
        file.write("print(tt.__version__, *{s.way.value for s in tt.unroll.plan(net).steps})\n")
    printed = run(python, example, folder=tmp_path)
    assert set(printed.split()) == {tt.__version__, "kernel", "whole"}

    link(closure([*needed(ours, "codegen"), Requirement("pytest")]), site)
    generator = python.with_name("tracetorch-codegen")
    run(generator, "new", "idea", "--layer", folder=tmp_path)
    run(generator, "generate", "--spec", "idea.yaml", "--out", "neurons", folder=tmp_path)
    slow = ("--deselect", "neurons/test_idea.py::test_torch_compile")  # tests/layers has it
    assert " passed" in run(python, "-m", "pytest", *slow, "neurons", folder=tmp_path)
    extending = "families: {SOFT: {extends: LIBZ, name: mine, doc: Mine., prefixes: [A]}}\n"
    (tmp_path / "soft.yaml").write_text("package: {doc: Mine}\n" + extending)
    listed = run(generator, "list", "--spec", "soft.yaml", folder=tmp_path).splitlines()
    assert [line.split()[0] for line in listed] == ["soft.SOFT", "soft.ASOFT"]
    no_spec = subprocess.run([generator, "generate"], capture_output=True, text=True)
    assert "are needed outside a checkout" in no_spec.stderr


def sources() -> set[Path]:
    """All files of a checkout; of an unpacked archive, those that it lists."""
    if (ROOT / ".git").exists():
        listed = run("git", "ls-files", folder=ROOT)
    else:
        listed = (ROOT / "src" / "tracetorch.egg-info" / "SOURCES.txt").read_text("utf-8")
    return {path for path in map(Path, listed.splitlines()) if (ROOT / path).exists()}


def moved(folder: str, place: str) -> set[Path]:
    """Where the sources of a folder are installed."""
    inside = (path for path in sources() if path.is_relative_to(folder))
    found = {Path(place) / path.relative_to(folder) for path in inside}
    return {path for path in found if "tracetorch.egg-info" not in path.parts}


def needed(package: Distribution, *extras: str) -> list[Requirement]:
    """What a distribution requires here, with extras."""
    declared = map(Requirement, package.requires or ())
    return [
        requirement
        for requirement in declared
        if requirement.marker is None
        or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def closure(requirements: Iterable[Requirement]) -> dict[str, Distribution]:
    """What requirements need directly and indirectly, as it is installed here."""
    found: dict[str, Distribution] = {}
    todo = list(requirements)
    while todo:
        requirement = todo.pop()
        if requirement.name not in found:
            found[requirement.name] = distribution(requirement.name)
            todo += needed(found[requirement.name], *requirement.extras)
    return found


def link(packages: dict[str, Distribution], site: Path) -> None:
    """Make installed distributions importable in another environment, and nothing beside them."""
    for package in packages.values():
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(package.locate_file(top))))


@pytest.mark.parametrize("folder", ["src", "codegen", "docs", ".github", "README.md"])
def test_no_command_installs_a_published_copy(folder: str) -> None:
    """Until there is a release, the name means other code on the package index."""
    start = ROOT / folder
    kinds = {".py", ".md", ".j2", ".yaml", ".yml"}
    for path in [start, *start.rglob("*")]:
        if path.suffix in kinds:
            found = re.search(r"pip install [^`\n]*tracetorch", path.read_text(encoding="utf-8"))
            assert not found, path


def test_the_citation_has_the_version() -> None:
    citation = yaml.safe_load((ROOT / "docs" / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == tt.__version__
    assert citation.keys() >= {"cff-version", "message", "title", "authors", "license"}


def test_the_changelog_begins_with_the_version() -> None:
    changelog = (ROOT / "docs" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", changelog, re.MULTILINE)[0] == tt.__version__


def test_contributing_lists_commands_and_folders_that_exist() -> None:
    page = (ROOT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    commands = re.findall(r"\bmake (\w+)", page)
    assert len(commands) > 4
    for command in commands:
        run("make", "--dry-run", command, folder=ROOT)
    for path in re.findall(r"`([a-z_]+/[\w/.]*)`", page):
        assert (ROOT / path).exists() or (ROOT / "src" / "tracetorch" / path).exists(), path


def test_workflows_run_commands_of_the_makefile() -> None:
    assert WORKFLOWS.keys() == {"tests", "docs", "dist"}
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            (command,) = [step["run"] for step in job["steps"] if "run" in step]
            for torch in ("oldest", "newest"):
                made = command.replace("${{ matrix.torch }}", torch).split()
                assert made[0] == "make"
                run(*made, "--dry-run", folder=ROOT)


def test_every_python_and_torch_that_we_allow_is_tested() -> None:
    jobs = WORKFLOWS["tests"]["jobs"]
    tested = jobs["test"]["strategy"]["matrix"]["python"]
    prefix = "Programming Language :: Python :: 3."
    listed = [line for line in PROJECT["classifiers"] if line.startswith(prefix)]
    assert [line.rpartition(" ")[2] for line in listed] == tested
    assert PROJECT["requires-python"] == f">={tested[0]}"

    versions = {
        row["torch"]: row["python"] for row in jobs["torch"]["strategy"]["matrix"]["include"]
    }
    assert versions == {"oldest": tested[0], "newest": tested[-1]}
    (torch,) = [Requirement(text) for text in PROJECT["dependencies"]]
    pins = [
        re.findall("^torch==(.*)$", (ROOT / ".ci" / name).read_text(), re.MULTILINE)
        for name in ("oldest.txt", "constraints.txt", "newest.txt")
    ]
    assert [len(found) for found in pins] == [1, 1, 0]
    lower = next(part.version for part in torch.specifier if part.operator == ">=")
    assert pins[0] == [f"{lower}.0"] and torch.specifier.contains(pins[1][0])
