"""Write the costs of the digits network in C for the documentation: docs/guides/deploying.csv.

Run as part of `make bench`, with the weights that `docs/examples/digits.py` saves: the sizes in bytes
of code, constants and memory, and the microseconds of a timestep, on each processor for which a
compiler is installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from codegen.deploy import deploy
from tests.benchmarks.measuring import FOLDER, ROOT, medians, write
from tests.support.deployed import STRICT, has, run

HEAD = ("network", "code", "constants", "memory", "microseconds")
TABLE = FOLDER / "deploying.csv"
WEIGHTS = ROOT / "build" / "digits.pt"
CORTEX = "-mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16".split()
COMPILERS = {
    "C, `gcc -O2`": ["gcc", "-O2"],
    "C, `gcc -O3 -march=native`": ["gcc", "-O3", "-march=native"],
    "C, `clang -O2`": ["clang", "-O2"],
    "C, `gcc -Os` for a Cortex-M4": ["arm-linux-gnueabihf-gcc", "-Os", *CORTEX],
}


def sizes(file: Path, size: str) -> dict[str, int]:
    """The bytes of each section of an object file."""
    table = run([size, "-A", file]).decode()
    return {name: int(number) for name, number in re.findall(r"^(\.\S+)\s+(\d+)", table, re.M)}


def measured(compiler: Sequence[str], folder: Path) -> list[str]:
    """The bytes of code, constants and memory, and microseconds if it can run here."""
    program, is_here = compiler[0], not compiler[0].startswith("arm")
    size = "size" if is_here else program.replace("gcc", "size")
    net, weights = folder / "net.o", folder / "weights.o"
    for file in (net, weights):
        run([*compiler, *STRICT, "-c", file.with_suffix(".c"), "-o", file])
    code = sum(number for name, number in sizes(net, size).items() if name.startswith(".text"))
    constants = sum(
        number
        for file in (net, weights)
        for name, number in sizes(file, size).items()
        if name.startswith(".rodata")
    )
    if not is_here:
        return [str(code), str(constants), "", ""]
    run([*compiler, *STRICT, folder / "main.c", net, weights, "-o", folder / "check"])
    printed = run([folder / "check"]).decode()
    found = re.search(r"([\d.]+) microseconds per timestep, (\d+) bytes of memory", printed)
    assert found
    return [str(code), str(constants), found[2], found[1]]


@torch.inference_mode()
def main() -> None:
    examples = ROOT / "docs" / "examples"
    if not WEIGHTS.exists():
        run([sys.executable, examples / "digits.py", "--output", WEIGHTS.with_suffix(".png")])
    sys.path.insert(0, str(examples))
    from digits import Digits, load_data

    torch.set_num_threads(1)
    model = Digits().eval()
    model.load_state_dict(torch.load(WEIGHTS))
    image = load_data()[2].images[3]
    with TemporaryDirectory() as name:
        folder = Path(name)
        deploy(model, folder, image)
        rows = [[k, *measured(c, folder)] for k, c in COMPILERS.items() if has(c[0])]
    model.zero_states()
    taken = medians({"step": partial(model, image[:1])}, 999)
    rows.append(["PyTorch, `model(x)`", "", "", "", f"{taken['step'] * 1e6:.0f}"])
    write(TABLE, HEAD, rows)


if __name__ == "__main__":
    main()
