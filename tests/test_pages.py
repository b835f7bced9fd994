"""Every code block of the documentation runs, page by page, as a reader would run it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from codegen.load import load
from codegen.pages import pages
from peers import require_peers

ROOT = Path(__file__).parent.parent
GENERATED = {ROOT / "docs" / path: text for path, text in pages(load(ROOT / "spec")).items()}
WRITTEN = {
    path: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("**/*.md"))
    if path not in GENERATED and path.parent.name != "layers"  # left from an older spec
}
PAGES = WRITTEN | GENERATED


# Dynamo hides this warning of its own, but not from whoever makes warnings errors.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    text = PAGES[page]
    require_peers(text)
    blocks = list(re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    assert text.count("```") == 2 * len(blocks)
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for block in blocks:
        language, code = block.groups()
        file = re.match(r"# (\w+\.(?:py|yaml))\n", code)
        if language == "sh":
            continue  # written for a checkout; the neurons and the README have tests of their own
        if language == "console":
            for command, expected in re.findall(
                r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", code, re.MULTILINE
            ):
                assert shell(command) == expected or not expected
        elif file:
            Path(file[1]).write_text(code, encoding="utf-8")
        elif language == "python":
            above = text[: block.start(2)].count("\n")  # so that a traceback names the line
            source = compile("\n" * above + code, str(page), "exec", dont_inherit=True)
            exec(source, vars(module))
        else:
            pytest.fail(f"nothing runs {language}")


def shell(command: str) -> str:
    """What a command prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    run = subprocess.run(
        shlex.split(command), env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return run.stdout
