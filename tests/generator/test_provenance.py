"""Whose a file is: layout is no edit, everything else is one, and nothing of somebody's is lost."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import pytest

from codegen import write
from codegen.provenance import Provenance, is_same, origin, provenance, stamp
from codegen.reading.load import extend
from codegen.render import render_extension

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src" / "tracetorch"

PYTHON = '''\
# A neuron.
from __future__ import annotations

import math
from torch import Tensor, nn

__all__ = ["Neuron", "decay"]


class Neuron(nn.Module):
    """It decays.

    Its equation::

        mem = beta * mem + x
    """

    sizes: tuple[int, ...] = (3,)

    def forward(self, x: Tensor, *, dim: int = -1) -> Tensor:
        mem = self.beta * x - 0.5  # leaks
        self.mem = mem
        return mem.sum(dim) + math.pi

    def name(self) -> str:
        return f"{self.sizes}: " + "it's a neuron"
'''

C = """\
// A neuron, and
// its gradient.
#define STATES 1

static void step(const real *restrict xs, real *ys)
{
    const real x = xs[0]; // the input
    ys[0] = x - -x;
    ys[1] = x;
}
"""


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """Files of every kind that the generator writes in Python."""
    names = ["snn/__init__", "snn/lib", "snn/kernels/triton/lib", "rnn/gru", "functional/spikes"]
    files = {f"{name}.py": (LIBRARY / f"{name}.py").read_text(encoding="utf-8") for name in names}
    growing = extend(ROOT / "spec", ROOT / "spec" / "zoo" / "growing.yaml")
    extension = render_extension(growing, "growing_reference.py")
    return files | {"test_growing.py": extension[PurePosixPath("test_growing.py")]}


@pytest.mark.parametrize(
    "tool",
    [
        "black --skip-magic-trailing-comma --line-length 50",
        "ruff format --line-length 60",
        "ruff format --preview --config format.quote-style='single' --config format.indent-style='tab'",
        "ruff check --fix --select I,RUF022",
        "isort --profile black",
        "isort --profile google --line-length 40",
        "isort --force-single-line-imports --combine-as --srx --lines-after-imports 4",
    ],
)
def test_formatters_edit_nothing(tool: str, generated: dict[str, str], tmp_path: Path) -> None:
    name, *options = tool.replace("'", '"').split()
    if not find_spec(name):
        pytest.skip(f"{name} is not installed")
    for path, text in generated.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", name, *options, "."]
    environment = {**os.environ, "RUFF_NO_CACHE": "true"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    formatted = {path: (tmp_path / path).read_text(encoding="utf-8") for path in generated}
    assert formatted != generated
    for path, text in formatted.items():
        assert is_same(text, generated[path]), path
        assert provenance(text) is Provenance.GENERATED, path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"it\'s a neuron"', "u'it\\'s a neuron'"),
        ('"it\'s a neuron"', '("it\'s "\n    "a neuron")'),
        ('"""It decays.\n', '"""\n    It decays.  \n'),
        ("\n        mem = beta", "  \n\n\tmem = beta"),
        ("# A neuron.", "#A  neuron. "),
        ("# A neuron.", "# A\n# neuron."),
        ("  # leaks\n", "#leaks\n\n\n"),
        ("import math\nfrom torch import Tensor, nn", "from torch import nn, Tensor\nimport math"),
        ("from torch import Tensor, nn", "from torch import (Tensor,)\nfrom torch import nn"),
        ('["Neuron", "decay"]', "[\n  'decay', 'Neuron',\n]"),
        ("dim: int = -1)", "dim: int=(-1),)"),
        ("(3,)", "3,"),
        ("self.beta * x - 0.5", "(self.beta*x) - \\\n 5E-1"),
        ("    def forward", "\n    def forward"),
        ("\n        return mem.sum", "; return mem.sum"),
    ],
)
def test_layout_of_python_is_no_edit(old: str, new: str) -> None:
    check(PYTHON, "#", old, new, Provenance.GENERATED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x - 0.5", "x + 0.5"),
        ("0.5", "0.50001"),
        ("(3,)", "(3)"),
        ("(3,)", "(3.0,)"),
        ("= -1", "= None"),
        (", *, dim", ", dim"),
        ("        self.mem = mem\n", ""),
        ("        self.mem = mem\n", "        # self.mem = mem\n"),
        ("it's a neuron", "it's a  neuron"),
        ("It decays", "It grows"),
        ('"""It', 'f"""It'),
        ("# A neuron.", "# A neuron!"),
        ("# A neuron.\n", ""),
        ("  # leaks", ""),
        ("= mem\n", "= mem  # why?\n"),
        ("import math", "import cmath"),
        ("import math", "import math as m"),
        ("import math", "import math, os"),
        ("import math", "from . import math"),
        ("from torch", "from .torch"),
        (', "decay"]', "]"),
        ('"decay"]', "decay]"),
        ("nn.Module", "Module"),
        ("-> Tensor", "-> nn.Tensor"),
        ("def name", "async def name"),
    ],
)
def test_an_edit_of_python_is_noticed(old: str, new: str) -> None:
    check(PYTHON, "#", old, new, Provenance.EDITED)


def test_what_cannot_be_read_is_edited() -> None:
    for new in ("(math.pi", "math.pi\0", "(" * 500, "pi" + " + 1" * 5000, "\ufffd"):
        check(PYTHON, "#", "math.pi", new, Provenance.EDITED)


def provenance_if(error: type[Exception], text: str) -> Provenance:
    """Whose a text is where Python fails to parse whatever it is given."""

    def parse(source: str) -> ast.AST:
        raise error

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ast, "parse", parse)
        return provenance(text)


def test_a_text_is_parsed_once() -> None:
    text = stamp("mine.yaml", f"{PYTHON}# That took a while.\n")
    assert provenance(text) is Provenance.GENERATED
    assert provenance_if(SyntaxError, text) is Provenance.GENERATED


@pytest.mark.parametrize("error", [SyntaxError, ValueError, RecursionError, MemoryError])
def test_what_python_fails_to_read_is_edited(error: type[Exception]) -> None:
    """Each version of Python has errors of its own for it."""
    text = stamp("mine.yaml", PYTHON)
    assert provenance_if(error, text + f"# {error}") is Provenance.EDITED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("real *restrict", "real* restrict"),
        ("xs, real", "xs,\n    real"),
        (")\n{", ") {"),
        ("neuron, and\n// its gradient.", "neuron,\n// and its\n// gradient."),
        ("// the input", "//the  input"),
        ("STATES 1", "STATES \\\n    1"),
    ],
)
def test_layout_of_c_is_no_edit(old: str, new: str) -> None:
    check(C, "//", old, new, Provenance.GENERATED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x - -x", "x --x"),
        ("x - -x", "x + -x"),
        ("x - -x", "x + +x"),
        ("STATES 1", "STATES 2"),
        ("    ys[1] = x;", "    // ys[1] = x;"),
        ("// the input", ""),
        ("the input", "an input"),
        ("ys[1] = x;", "ys[1] = x; // too"),
        ("ys[1] = x;", "ys[1] = x; /* too */"),
        ("const real x", "real x"),
    ],
)
def test_an_edit_of_c_is_noticed(old: str, new: str) -> None:
    check(C, "//", old, new, Provenance.EDITED)


def check(source: str, comment: str, old: str, new: str, expected: Provenance) -> None:
    """Whose a file is in which something was replaced, and whether it still says the same."""
    assert old in source
    text = stamp("mine.yaml", source, comment)
    changed = text.replace(old, new)
    assert provenance(changed) is expected
    assert is_same(changed, text) == (expected is Provenance.GENERATED)


def test_what_was_not_generated_is_the_same_as_itself_alone() -> None:
    text = stamp("mine.yaml", PYTHON)
    assert is_same(text, text) and is_same("mine = True\n", "mine = True\n")
    assert not is_same("mine = True\n", text) and not is_same(text, "mine = True\n")
    assert not is_same("mine = True\n", "mine  = True\n")


@pytest.mark.parametrize("digit", range(16))
def test_every_digit_of_the_checksum_counts(digit: int) -> None:
    text = stamp("mine.yaml", PYTHON)
    place = text.index("follows: ") + len("follows: ") + digit
    changed = f"{text[:place]}{'1' if text[place] == '0' else '0'}{text[place + 1 :]}"
    assert provenance(changed) is Provenance.EDITED
    assert not is_same(changed, text) and not is_same(text, changed)


def test_checksums_stay_as_they_are() -> None:
    """Under every version of Python: with another checksum, all files of users count as edited."""
    assert "follows: c17bd45e391f9121\n" in stamp("mine.yaml", PYTHON)
    assert "follows: 49b3a54c358da45a\n" in stamp("mine.yaml", C, comment="//")


def test_empty_fields_of_other_versions_of_python_are_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def parse(source: str) -> ast.AST:
        tree = ast_parse(source)
        for node in ast.walk(tree):
            node._fields = (*(name for name in node._fields if name != "type_params"), "new")
            node.new = [] if isinstance(node, ast.stmt) else None
        return tree

    ast_parse = ast.parse
    changed = stamp("mine.yaml", PYTHON).replace("    def", "\n    def")  # not checked before
    monkeypatch.setattr(ast, "parse", parse)
    assert provenance(changed) is Provenance.GENERATED
    assert provenance(changed.replace("0.5", "0.6")) is Provenance.EDITED


def plan(folder: Path, text: str) -> write.Plan:
    """What there is to do where a file `neuron` should have a text."""
    return write.plan({PurePosixPath("neuron"): text}, folder, ["*"], "mine.yaml")


@pytest.mark.parametrize(
    ("comment", "above"),
    [
        ("#", "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n"),
        ("#", "# Copyright of somebody\n#\n\n# isort: skip_file\n\n"),
        ("//", "/*\n * Copyright of somebody\n */\n\n"),
        ("//", "// Copyright of somebody\n"),
    ],
)
def test_comments_above_the_header_are_kept(comment: str, above: str, tmp_path: Path) -> None:
    text = stamp("mine.yaml", {"#": PYTHON, "//": C}[comment], comment)
    path = tmp_path / "neuron"
    path.write_text(above + text)
    assert not plan(tmp_path, text)
    new = stamp("mine.yaml", "beta = 1;\n", comment)
    todo = plan(tmp_path, new)
    assert todo and not todo.refused
    write.apply(todo)
    assert path.read_text() == above + new


def test_code_above_the_header_is_not_ours(tmp_path: Path) -> None:
    text = stamp("mine.yaml", PYTHON)
    (tmp_path / "neuron").write_text(f"import os\n{text}")
    assert plan(tmp_path, text).refused == {tmp_path / "neuron": Provenance.FOREIGN}


def test_a_header_may_be_wrapped() -> None:
    """As clang-format does, together with the comment below it."""
    text = stamp("mine.yaml", C, comment="//")
    sentence, checksum, first, second, *others = text.split("\n")
    words = " ".join([sentence, *(line[3:] for line in (checksum, first, second))]).split()
    halves = " ".join(words[:9]), "// " + " ".join(words[9:14]), "// " + " ".join(words[14:])
    wrapped = "\n".join([*halves, *others])
    assert origin(wrapped) == "mine.yaml" and is_same(wrapped, text)
    assert provenance(wrapped) is Provenance.GENERATED
    assert provenance(wrapped.replace("its gradient", "my gradient")) is Provenance.EDITED


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_bytes_that_mean_no_text_are_no_edit(start: bytes, end: bytes, tmp_path: Path) -> None:
    text = stamp("mine.yaml", PYTHON)
    (tmp_path / "neuron").write_bytes(start + text.encode().replace(b"\n", end))
    assert not plan(tmp_path, text)


def test_layout_is_kept_until_the_content_changes(tmp_path: Path) -> None:
    text, path = stamp("mine.yaml", PYTHON), tmp_path / "neuron"
    path.write_text(text.replace("self.beta * x", "self.beta*x"))
    todo = plan(tmp_path, text)
    assert not todo and not todo.refused
    new = stamp("mine.yaml", PYTHON.replace("0.5", "0.6"))
    write.apply(plan(tmp_path, new))
    assert path.read_text() == new


def test_an_edit_that_the_spec_says_too_is_none(tmp_path: Path) -> None:
    text, path = stamp("mine.yaml", PYTHON), tmp_path / "neuron"
    path.write_text(text.replace("0.5", "0.6"))
    assert plan(tmp_path, text).refused == {path: Provenance.EDITED}
    new = stamp("mine.yaml", PYTHON.replace("0.5", "0.6"))
    todo = plan(tmp_path, new)
    assert todo.changed == {path: new} and not todo.refused


def test_the_words_of_the_header_are_generated(tmp_path: Path) -> None:
    text, path = stamp("mine.yaml", PYTHON), tmp_path / "neuron"
    path.write_text(text.replace("Edit the spec", "Change the spec"))
    todo = plan(tmp_path, text)
    assert todo.changed == {path: text} and not todo.refused


def test_a_file_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    text, path = stamp("mine.yaml", PYTHON), tmp_path / "neuron"
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff\0")
    path.write_bytes(text.encode().replace(b"# leaks", b"# l\xe4uft"))  # Latin-1
    todo = plan(tmp_path, text)
    assert todo.refused == {path: Provenance.EDITED} and not todo.left_over
    assert "+        mem = self.beta * x - 0.5  # leaks" in write.diff(todo)


def test_files_of_the_library_are_those_of_its_spec_and_language(tmp_path: Path) -> None:
    origins = {
        "e": "codegen/language.py",
        "b": "spec/zoo/resets.yaml",
        "d": "mine.yaml",
        "a": "codegen/language/functions.py",
        "f": "specs.yaml",
        "c": "spec/snn.yaml",
    }
    for name, source in origins.items():
        (tmp_path / name).write_text(stamp(source, PYTHON))
    left_over = write.plan({}, tmp_path, ["*"]).left_over
    assert left_over == (tmp_path / "a", tmp_path / "b", tmp_path / "c")
    others = {PurePosixPath(name): stamp("spec/snn.yaml", C, "//") for name in origins}
    todo = write.plan(others, tmp_path, [])
    assert [path.name for path in todo.changed] == [*origins]
    assert todo.refused == {tmp_path / name: Provenance.FOREIGN for name in "edf"}


def test_any_difference_is_something_to_do(tmp_path: Path) -> None:
    nothing = write.Plan(tmp_path, {}, {}, (), {})
    assert not nothing
    assert replace(nothing, changed={tmp_path / "neuron": ""})
    assert replace(nothing, missing={tmp_path / "neuron": ""})
    assert replace(nothing, left_over=(tmp_path / "neuron",))


def test_missing_folders_are_made_and_nothing_else_is(tmp_path: Path) -> None:
    texts = {name: stamp("mine.yaml", f"{name};\n", "//") for name in ("a", "b", "c")}
    files = {PurePosixPath(f"kernels/c/{name}"): text for name, text in texts.items()}
    out = tmp_path / "new" / "neurons"
    write.apply(write.plan(files, out, ["**/*"], "mine.yaml"))
    assert {path.name: path.read_text() for path in (out / "kernels" / "c").iterdir()} == texts
    assert not write.plan(files, out, ["**/*"], "mine.yaml")


def test_the_differences_line_by_line(tmp_path: Path) -> None:
    old, new = (stamp("mine.yaml", f"a;\n{name};\nc;\n", "//") for name in ("b", "d"))
    for name in ("changed", "kernels/old"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(old)
    files = {PurePosixPath("changed"): new, PurePosixPath("missing"): new}
    todo = write.plan(files, tmp_path, ["kernels/*"], "mine.yaml")
    (said, *before), (_, *after) = old.splitlines(), new.splitlines()
    assert list(write.diff(todo)) == [
        *("--- changed (on disk)", "+++ changed (spec)", "@@ -1,5 +1,5 @@", f" {said}"),
        *(f"-{before[0]}", f"+{after[0]}", " a;", "-b;", "+d;", " c;"),
        *("--- missing (on disk)", "+++ missing (spec)", "@@ -0,0 +1,5 @@"),
        *(f"+{line}" for line in (said, *after)),
        *("--- kernels/old (on disk)", "+++ kernels/old (spec)", "@@ -1,5 +0,0 @@"),
        *(f"-{line}" for line in (said, *before)),
    ]
