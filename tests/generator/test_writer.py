"""The generator as a program: all or nothing on disk, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import black
import pytest

from codegen import write
from codegen.__main__ import LIBRARY, main
from codegen.documentation.explain import summaries
from tests.support import zoo
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
GENERATED = 4 * len(zoo.NAMES) + 5 * len(zoo.OTHERS) + 3 + 5
"""All layers, their kernels and what surrounds those of recurrences, the faces of three packages, the functions that
layers fire with (for PyTorch in two files, and for kernels in C and in Triton), and C's library."""

PREFIXES = ("", "d", "s", "ds")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the spec and of the library, without the zoo, which takes a while."""
    for folder in ("spec", "src/tracetorch"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("zoo"))
    return tmp_path


def tree(root: Path) -> dict[str, str]:
    """Every source file outside the zoo, with the hash of its bytes."""
    folder = root / "src" / "tracetorch"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", "zoo"}.intersection(path.parts)
    }


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def test_the_library_agrees_with_the_spec(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"], ROOT) == 0
    assert capsys.readouterr().out == "the generated files agree with the spec\n"


def test_generating_again_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "src" / "tracetorch" / "snn" / "lib.py"
    os.utime(path, (1, 1))
    assert main(["generate"], root) == 0
    assert capsys.readouterr().out == "0 new, 0 changed, 0 removed\n"
    assert path.stat().st_mtime == 1
    assert tree(root) == tree(ROOT)


def test_one_default_changes_the_layers_that_have_it(root: Path) -> None:
    edit(
        root / "spec" / "snn.yaml",
        "alpha: {constraint: decay, default: 0.5",
        "alpha: {constraint: decay, default: 0.6",
    )
    before = tree(root)
    assert main(["generate"], root) == 0
    after = tree(root)
    changed = {name for name in after if after[name] != before.get(name)}
    assert before.keys() == after.keys()
    synaptic = {"sli", "sliema", "slib", "slit", "slits", "srlib", "srlit", "srlits"}
    assert changed == {f"snn/{d}{name}.py" for name in synaptic for d in ("", "d")}


def test_check_tells_what_differs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snn = root / "src" / "tracetorch" / "snn"
    edit(
        snn / "li.py",
        "mem = beta * mem + x\n        return mem, LI",
        "mem = beta * mem - x\n        return mem, LI",
    )
    (snn / "lib.py").unlink()
    shutil.copy(snn / "lit.py", snn / "old.py")
    before = tree(root)
    assert main(["check"], root) == 1
    assert tree(root) == before
    printed = capsys.readouterr()
    assert "-        mem = beta * mem - x\n+        mem = beta * mem + x\n" in printed.out
    assert "+class LIB(Layer):\n" in printed.out
    assert "--- src/tracetorch/snn/old.py (on disk)\n" in printed.out
    assert f"changed: {snn / 'li.py'}\n" in printed.err
    assert f"missing: {snn / 'lib.py'}\n" in printed.err
    assert f"left over: {snn / 'old.py'}\n" in printed.err
    assert printed.err.endswith("\ntracetorch-codegen generate makes them agree again\n")


def rename_liema(root: Path) -> None:
    edit(root / "spec" / "snn.yaml", "  LIEMA:\n", "  LIMA:\n")
    edit(root / "spec" / "snn.yaml", "  LIEMA: [EMA", "  LIMA: [EMA")


def test_a_layer_that_is_gone_is_removed(root: Path) -> None:
    rename_liema(root)
    assert main(["generate"], root) == 0
    old, new = set(tree(ROOT)), set(tree(root))
    assert old - new == {f"snn/{path}" for p in PREFIXES for path in files_of(f"{p}liema")}
    assert new - old == {f"snn/{path}" for p in PREFIXES for path in files_of(f"{p}lima")}


def files_of(layer: str) -> list[str]:
    kernels = (f"{layer}.jsonc", f"c/{layer}.c", f"triton/{layer}.py")
    return [f"{layer}.py", *(f"kernels/{file}" for file in kernels)]


@pytest.mark.parametrize("left_over", [False, True])
def test_hand_edits_are_kept_unless_told(
    left_over: bool, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snn = root / "src" / "tracetorch" / "snn"
    edited = snn / "liema.py"
    edit(edited, "Choose it as a readout that averages", "Choose it as my readout")
    if left_over:
        rename_liema(root)
    else:
        edit(root / "spec" / "snn.yaml", "default: 0.5", "default: 0.6")
    before = tree(root)
    assert main(["generate"], root) == 1
    assert tree(root) == before
    message = capsys.readouterr().err
    assert f"{edited}: generated, then edited by hand" in message
    assert "nothing was written" in message and "--force" in message
    assert main(["generate", "--force"], root) == 0
    assert edited.exists() != left_over
    assert main(["check"], root) == 0


def test_a_kernel_that_was_edited_by_hand_is_kept(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kernels = root / "src" / "tracetorch" / "snn" / "kernels"
    edit(kernels / "c" / "lib.c", "d_mem *= beta;", "d_mem *= -beta;")
    edit(kernels / "triton" / "lib.py", "d_mem = d_mem * beta", "d_mem = d_mem * -beta")
    edit(root / "spec" / "snn.yaml", "name: leaky integrator with binary firing", "name: spiker")
    assert main(["generate"], root) == 1
    message = capsys.readouterr().err
    for file in ("c/lib.c", "triton/lib.py"):
        assert f"{kernels / file}: generated, then edited by hand" in message


def test_layout_is_no_edit(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snn = root / "src" / "tracetorch" / "snn"
    files = snn / "slib.py", snn / "kernels" / "triton" / "slib.py"
    for path in files:
        path.write_text(black.format_str(path.read_text(), mode=black.Mode(line_length=60)))
    edit(snn / "kernels" / "c" / "slib.c", "outputs[i] = spikes;", "outputs[i]  = spikes;")
    before = tree(root)
    assert sum(before[name] != digest for name, digest in tree(ROOT).items()) == 3
    assert main(["check"], root) == 0
    assert main(["generate"], root) == 0
    assert tree(root) == before
    edit(root / "spec" / "snn.yaml", "name: leaky integrator with binary firing", "name: spiker")
    assert main(["generate"], root) == 0, capsys.readouterr().err
    assert "synaptic spiker" in " ".join(files[0].read_text().split()).lower()
    assert main(["check"], root) == 0


def test_a_file_of_somebody_else_is_never_touched(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snn = root / "src" / "tracetorch" / "snn"
    (snn / "notes.py").write_text("mine = True\n")
    (snn / "li.py").write_text("mine = True\n")
    before = tree(root)
    for arguments in (["generate"], ["generate", "--force"]):
        assert main(arguments, root) == 1
        assert tree(root) == before
        assert f"{snn / 'li.py'}: not generated" in capsys.readouterr().err
    (snn / "li.py").unlink()
    assert main(["generate"], root) == 0
    assert (snn / "notes.py").read_text() == "mine = True\n"


def test_a_file_that_is_no_text_is_that_of_somebody_else(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snn = root / "src" / "tracetorch" / "snn"
    stray = snn / "kernels" / "notes.bin"
    stray.write_bytes(b"\xff\xfe\0mine")
    assert main(["check"], root) == 0
    (snn / "li.py").write_bytes(b"# caf\xe9\n")
    assert main(["generate"], root) == 1
    assert f"{snn / 'li.py'}: not generated" in capsys.readouterr().err
    assert (snn / "li.py").read_bytes() == b"# caf\xe9\n" and stray.exists()
    (snn / "li.py").unlink()
    assert main(["generate"], root) == 0
    assert stray.read_bytes() == b"\xff\xfe\0mine"


def test_line_ends_of_another_system_are_no_edit(root: Path) -> None:
    path = root / "src" / "tracetorch" / "snn" / "lib.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert main(["check"], root) == 0


def test_a_copy_elsewhere_is_left_alone(root: Path) -> None:
    library = root / "src" / "tracetorch"
    shutil.copy(library / "snn" / "lib.py", library / "mine.py")
    assert main(["generate"], root) == 0
    assert (library / "mine.py").exists()


def test_a_folder_in_the_way_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "src" / "tracetorch" / "snn" / "lib.py"
    path.unlink()
    path.mkdir()
    assert main(["generate"], root) == 1
    assert str(path) in capsys.readouterr().err


def test_a_bad_spec_leaves_the_tree_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(
        root / "spec" / "snn.yaml", "output: pos_spikes + neg_spikes", "output: pos_spikes + spikes"
    )
    edit(
        root / "spec" / "snn.yaml",
        "alpha: {constraint: decay, default: 0.5",
        "alpha: {constraint: decay, default: 0.6",
    )
    assert main(["generate"], root) == 1
    assert tree(root) == tree(ROOT)
    assert "error: unknown name spikes" in capsys.readouterr().err


def test_a_full_disk_leaves_the_tree_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(
        root / "spec" / "snn.yaml",
        "alpha: {constraint: decay, default: 0.5",
        "alpha: {constraint: decay, default: 0.6",
    )
    written = []

    def write_bytes(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) == 5:
            raise OSError("no space left on device")
        with self.open("wb") as file:
            return file.write(data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    assert main(["generate"], root) == 1
    assert capsys.readouterr().err == "no space left on device\n"
    assert tree(root) == tree(ROOT)


def of_locale(name: str) -> dict[str, str]:
    """Variables of a process whose text is that of a locale, which Python would make UTF-8."""
    return {"LC_ALL": name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_letters_that_a_locale_lacks(tmp_path: Path) -> None:
    """In the spec, in the path to its reference, and in what is printed."""
    spec = tmp_path / "spëc" / "grow.yaml"
    spec.parent.mkdir()
    text = (ROOT / "spec" / "zoo" / "growing.yaml").read_text(encoding="utf-8")
    spec.write_text(text.replace("Trocmé", "Trocmé 神"), encoding="utf-8")
    shutil.copy(ROOT / "spec" / "zoo" / "growing_reference.py", spec.parent)

    def run(command: str, locale: str, out: str) -> tuple[int, str]:
        ran = subprocess.run(
            [sys.executable, "-m", "codegen", command, "--spec", spec, "--out", tmp_path / out],
            env={**os.environ, **of_locale(locale), "PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
        assert b"Traceback" not in ran.stderr, ran.stderr.decode()
        return ran.returncode, ran.stdout.decode()

    for locale in ("C", "C.UTF-8"):
        assert run("generate", locale, locale)[0] == 0
    made = [sorted((tmp_path / locale).rglob("*.*")) for locale in ("C", "C.UTF-8")]
    assert [path.read_bytes() for path in made[0]] == [path.read_bytes() for path in made[1]]
    (tmp_path / "C" / "eif.py").unlink()
    for locale, letters in (("C", "Trocm\\xe9 \\u795e"), ("C.UTF-8", "Trocmé 神")):
        status, printed = run("check", locale, "C")
        assert status == 1 and letters in printed


def test_the_same_bytes_everywhere(root: Path, tmp_path: Path) -> None:
    """Whatever the hash seed, the folder, the locale and the time zone."""
    elsewhere = tmp_path / "another place"
    shutil.copytree(root / "spec", elsewhere / "spec")
    shutil.copytree(
        ROOT / "codegen", elsewhere / "codegen", ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run(
        [sys.executable, "-m", "codegen", "generate"],
        cwd=elsewhere,
        env={**os.environ, **of_locale("C"), "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
        check=True,
        capture_output=True,
    )
    generated = tree(elsewhere)
    assert len(generated) == GENERATED
    assert generated == {name: digest for name, digest in tree(ROOT).items() if name in generated}


def test_layout_is_not_compared(tmp_path: Path) -> None:
    """Files are compared as they were rendered, and formatted where they are written."""
    own = ["--spec", str(ROOT / "spec" / "zoo" / "growing.yaml"), "--out", str(tmp_path)]
    assert main(["generate", *own]) == 0
    mode = black.Mode(line_length=100)
    for path in tmp_path.rglob("*.py"):
        assert black.format_str(path.read_text(), mode=mode) == path.read_text(), path
    assert main(["check", *own]) == 0


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"], ROOT) == 0
    lines = capsys.readouterr().out.splitlines()
    packages = {name: zoo.layer_class(name).__module__.split(".")[1] for name in zoo.ALL}
    listed = {line.split()[0] for line in lines}
    in_zoo = {name for name in listed if name.startswith("zoo.")}
    assert listed - in_zoo == {f"{package}.{name}" for name, package in packages.items()}
    assert {"zoo.ALIB", "zoo.snntorch.Leaky"} < in_zoo
    assert re.search(
        r"(?m)^snn.SLIB +synaptic leaky integrator with binary firing$", "\n".join(lines)
    )
    width = max(map(len, listed))
    assert all(re.match(rf".{{{width}}}  \S", line) for line in lines)


def test_a_list_of_no_layers_is_empty() -> None:
    """Of a file that declares spike functions alone."""
    assert summaries([]) == []


@pytest.mark.parametrize("name", ["DSRLITS", "Mamba"])
def test_explain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name], ROOT) == 0
    golden = Path(__file__).parent / "golden" / f"explain_{name}.txt"
    assert capsys.readouterr().out == golden.read_text()


@pytest.mark.parametrize(("name", "has_sizes"), [("LIB", False), ("GRU", True), ("S4", True)])
def test_explain_lists_the_sizes_of_modules_and_weights(
    name: str, has_sizes: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", name], ROOT) == 0
    printed = capsys.readouterr().out
    assert ("\nSizes (default)\n" in printed) == has_sizes
    assert ("\nModules\n" in printed) == (name == "GRU")


def test_explain_prints_the_arguments_of_modules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "mine.yaml"
    spec.write_text(
        "package: {doc: Mine}\nlayers:\n  Mine:\n    name: mine\n    doc: Mine.\n"
        "    arguments: {num_neurons: {}, dim: {}}\n    modules:\n"
        "      norm: {LayerNorm: {normalized_shape: [num_neurons], bias: false}}\n"
        "      bent: {GELU: {approximate: tanh}}\n"
        "    states: {a: {doc: state}}\n    update: [a = 0.5 * a + bent(norm(x))]\n    output: a\n"
    )
    assert main(["explain", "Mine", "--spec", str(spec)], ROOT) == 0
    printed = capsys.readouterr().out
    assert "norm  nn.LayerNorm((num_neurons,), bias=False)\n" in printed
    assert 'bent  nn.GELU(approximate="tanh")\n' in printed


def test_explain_an_unknown_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "SDLIB"], ROOT) == 1
    assert "no layer SDLIB; did you mean" in capsys.readouterr().err


COMMANDS = ("generate", "check", "list", "explain", "schema", "deploy", "new")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_command_and_argument(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for arguments in (["--help"], [command, "--help"]):
        with pytest.raises(SystemExit, match="0"):
            main(arguments)
    printed = capsys.readouterr().out
    assert printed.startswith("usage: tracetorch-codegen ")
    printed = printed.replace("{" + ",".join(COMMANDS) + "}\n", "\n")
    assert re.search(rf"^    {command} {{2,}}\w", printed, re.MULTILINE)
    assert all(re.search(r"\w {2,}\w", row) for row in re.findall(r"^  .+$", printed, re.MULTILINE))


def test_the_help_is_as_reviewed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for arguments in (["--help"], *([command, "--help"] for command in COMMANDS)):
        with pytest.raises(SystemExit, match="0"):
            main(arguments)
    assert_as_reviewed(capsys.readouterr().out, Path(__file__).with_name("golden") / "help.txt")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ("", "the following arguments are required: command"),
        ("explain", "the following arguments are required: NAME"),
        ("new --layer", "the following arguments are required: NAME"),
        ("new mine", "one of the arguments --prefix --family --layer is required"),
        ("deploy --model m:f --out f", "the following arguments are required: WEIGHTS"),
        ("deploy w.pt --out f", "the following arguments are required: --model"),
        ("deploy w.pt --model m:f", "the following arguments are required: --out"),
    ],
)
def test_what_a_command_needs_is_asked_for(
    arguments: str, needed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments.split())
    assert f"error: {needed}\n" in capsys.readouterr().err


def test_a_plan_names_what_it_would_do(root: Path) -> None:
    plan = write.plan({}, root, LIBRARY)
    assert len(plan.left_over) == GENERATED and not plan.changed and not plan.missing and plan
