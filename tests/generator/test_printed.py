"""The files that are generated for some specs of users are as they were reviewed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from codegen.__main__ import main
from codegen.grammar import layers
from codegen.kernels import blocks
from codegen.kernels.nests import Recurrence, recurrence
from codegen.kernels.parts import parts
from codegen.kernels.triton import name_in_triton
from codegen.model import Layer
from codegen.reading.load import extend
from codegen.render import fill, recurrence_of
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
SPECS = {
    "gated": (ROOT / "docs" / "neurons" / "gated.yaml", "**/*.*"),
    "izhikevich": (ROOT / "docs" / "neurons" / "izhikevich.yaml", "**/*.*"),
    "with_modules": (ROOT / "tests" / "generator" / "with_modules.yaml", "*.py"),
    "surrogates": (ROOT / "tests" / "generator" / "surrogates.yaml", "**/*.*"),
    "adaptive": (ROOT / "docs" / "neurons" / "adaptive.yaml", "*drali*.py"),
}
"""By name, a spec and a pattern of the files of its package."""


@pytest.mark.parametrize("name", SPECS)
def test_generated_files_are_as_reviewed(name: str, tmp_path: Path) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    (spec, pattern), golden = SPECS[name], GOLDEN / f"package_{name}.txt"
    for path in spec.parent.glob(f"{spec.stem}*"):
        shutil.copy(path, tmp_path)
    out = tmp_path / "made"
    assert main(["generate", "--spec", str(tmp_path / spec.name), "--out", str(out)]) == 0
    parts = [
        f"{path.relative_to(out).as_posix()}\n\n{path.read_text(encoding='utf-8')}"
        for path in sorted(out.glob(pattern))
    ]
    text = f"\n{80 * '='}\n\n".join(parts)
    assert_as_reviewed(text, golden)


def test_a_template_needs_all_its_values() -> None:
    with pytest.raises(UndefinedError, match="'functions' is undefined"):
        fill("functions.h.j2")


@pytest.fixture(scope="module")
def made() -> dict[str, Layer]:
    spec = ROOT / "tests" / "generator" / "parts.yaml"
    return {layer.name: layer for layer in layers(extend(ROOT / "spec", spec))}


def test_a_recurrence_is_found_once(made: dict[str, Layer]) -> None:
    assert isinstance(found := recurrence_of(made["Sizes"]), Recurrence)
    assert recurrence_of(made["Sizes"]) is found


def test_the_blocks_of_recurrences_in_triton(made: dict[str, Layer]) -> None:
    """Of products, sums over several axes, sizes that are values, and names that kernels have for
    something else. To accept a change, set UPDATE_GOLDEN=1."""
    texts = [
        fill("blocks.py.j2", digest="of a test", **blocks.parts(recurrence(parts(made[name]))))
        for name in ("OddNamesOfBlocks", "SeveralStates", "BiasAlone", "Sizes", "Attention")
    ]
    text = f"\n{80 * '='}\n\n".join(texts).rstrip("\n") + "\n"
    assert_as_reviewed(text, GOLDEN / "blocks.txt")


def test_names_that_kernels_in_triton_have() -> None:
    """They get a _: a value that is called `products`, too, is not what a step calls so."""
    folder = ROOT / "codegen" / "templates"
    text = "".join((folder / f"{name}.py.j2").read_text("utf-8") for name in ("kernel", "blocks"))
    found = {"dimensions", "outputs", "tl", "triton", "largest_of_block"}
    for name, arguments in re.findall(r"^def (\w+)\((.*?)\):", text, re.M | re.S):
        found |= {name, *re.findall(r"\w+", arguments)}
    own = {name for name in found if name_in_triton(name) == name}
    assert own == {"x", "noise", "d_output"}  # what is called so otherwise is renamed, or refused
    assert name_in_triton("tl_") == "tl__" and name_in_triton("mem_") == "mem_"
