"""Every code block, number and link of the README is what the README says."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch

import tracetorch as tt
from codegen.grammar import layers
from codegen.reading.load import load_library
from tests.benchmarks import sequences
from tests.benchmarks.measuring import page
from tests.support import zoo
from tests.support.peers import peer

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = README[README.index(f"\n## {heading}\n") + 1 :].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_block_is_looked_at() -> None:
    assert [kind for kind, _ in BLOCKS] == ["python", "yaml", "python", "sh"]
    assert README.count("```") == 2 * len(BLOCKS)


def test_the_first_network(tmp_path: Path) -> None:
    example = blocks("python")[0]
    file = tmp_path / "example.py"
    file.write_text(example)  # where its source can be read
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, str(file), "exec"), namespace)
    assert namespace["ys"].shape == (20, 32, 10)
    net = namespace["net"]
    assert all(parameter.grad.any() for parameter in net.parameters())
    ways = [step.way.value for step in tt.unroll.plan(net).steps]
    assert ways == ["whole", "kernel", "whole", "kernel"]
    tt.zero_states(net)
    assert {*namespace["spiking"](torch.randn(100, 64)).unique().tolist()} == {0.0, 1.0}
    smooth = tt.snn.LIB(64)(torch.randn(100, 64))
    assert 0 < smooth.min() and smooth.max() < 1


def test_the_table_is_that_of_the_benchmark() -> None:
    with sequences.TABLE.open(newline="", encoding="utf-8") as file:
        rows = {(row[0], row[1]): row[2:] for row in csv.reader(file)}
    lib = page("LIB")
    assert table("Speed and memory") == [
        [said, rows[lib, by][1], f"{rows[lib, by][2]} MB"]
        for said, by in (
            ("tracetorch `LIB`, `tt.unroll`", sequences.UNROLL),
            ("snnTorch `Leaky`, loop", "loop, `snntorch` `Leaky`"),
            ("SpikingJelly `LIFNode`, multi-step", "multi-step, `spikingjelly` `LIFNode`"),
            ("Norse `LIFBoxCell`, loop", "loop, `norse` `LIFBoxCell`"),
        )
    ]
    sizes = (sequences.NEURONS, sequences.TIMESTEPS, sequences.BATCH, sequences.THREADS)
    assert sizes == (512, 100, 64, 2)
    text = " ".join(README.split())
    assert "512 leaky integrate-and-fire neurons, hard spikes, 100 timesteps, batch 64" in text
    assert "forward and backward in float32 on two cores" in text
    (factor,) = re.findall(r"the largest layer, `DSRLITS`, reaches ([\d.]+)\. ", text)
    assert factor == rows[page("DSRLITS"), sequences.UNROLL][1]


def test_a_neuron_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(blocks("yaml")[0])
    make = ["make", "--dry-run", "generate", "SPEC=mine.yaml", "OUT=neurons"]
    assert f"`{' '.join([make[0], *make[2:]])}` makes eight layers" in README
    printed = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    command = re.search(r"-m codegen generate --spec mine.yaml --out neurons", printed)
    assert command is not None
    subprocess.run(
        [sys.executable, *command[0].split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    step = (tmp_path / "neurons" / "sliz.py").read_text().rpartition("\n\n")[2]
    assert textwrap.dedent(step) == blocks("python")[1]
    layers = [path.stem for path in (tmp_path / "neurons").glob("*liz.py")]
    assert len(layers) == 8 and {"liz", "sliz", "rliz"} <= {*layers}
    code = """
import torch, tracetorch as tt
from neurons import LIZ
layer = LIZ(1, quant_fn=tt.functional.round_ste())
print([layer(torch.tensor([0.7])).item() for _ in range(3)], layer.mem.item())
"""
    ran = [sys.executable, "-c", code]
    printed = subprocess.run(ran, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert printed == f"[0.0, 1.0, 0.0] {torch.tensor(0.7).item()}\n"
    for language in ("c/sliz.c", "triton/sliz.py"):
        assert (tmp_path / "neurons" / "kernels" / language).exists()
    assert (tmp_path / "neurons" / "test_mine.py").exists()


HAVE = {
    ("spike encoders", "snntorch"): "snntorch.spikegen",
    ("spike encoders", "spikingjelly"): "spikingjelly.activation_based.encoding",
    ("spike encoders", "norse"): "norse.torch.functional.encode",
    ("spike encoders", "sinabs"): "sinabs.layers.to_spike",
    ("data sets", "snntorch"): "snntorch.spikevision",
    ("data sets", "norse"): "norse.dataset",
    ("spiking losses", "snntorch"): "snntorch.functional.loss",
    ("spiking losses", "spikingjelly"): "spikingjelly.activation_based.functional.loss",
    ("ANN-to-SNN conversion", "spikingjelly"): "spikingjelly.activation_based.ann2snn",
    ("ANN-to-SNN conversion", "sinabs"): "sinabs.from_torch",
    ("export (NIR, chips, C)", "snntorch"): "snntorch.export_nir",
    ("export (NIR, chips, C)", "norse"): "norse.torch.utils.export_nir",
    ("export (NIR, chips, C)", "sinabs"): "sinabs.nir",
}
"""Where the other libraries have what the table says they have."""


@pytest.mark.parametrize("row, library", HAVE)
def test_the_others_have_what_the_table_says(row: str, library: str) -> None:
    place = 1 + ["tracetorch", "snntorch", "spikingjelly", "norse", "sinabs"].index(library)
    (cells,) = (cells for cells in table("Beside other libraries") if cells[0] == row)
    assert cells[place] != "–"
    peer(HAVE[row, library])


def test_the_two_commands_are_the_makefiles() -> None:
    install, *commands = blocks("sh")[0].splitlines()
    assert install.startswith("pip install .")
    assert commands == ["make demo", "make test"]
    for line in commands:
        run = subprocess.run([*line.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0
        expected = {"make demo": "docs/examples/digits.py", "make test": "bin/pytest"}[line]
        assert expected in run.stdout


def test_make_checks_a_file_of_ones_own() -> None:
    make = ["make", "--dry-run", "check", "SPEC=mine.yaml", "OUT=neurons"]
    printed = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m codegen check --spec mine.yaml --out neurons" in printed


def test_what_it_names_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) > 10
    for link in links:
        assert (ROOT / link).exists(), link
    assert f"each of the {len(zoo.ALL)} layers" in README
    neurons = sum(len(layers(package)) for package in load_library(ROOT / "spec").zoo.packages)
    assert f"over {neurons // 10 * 10} neurons" in README
