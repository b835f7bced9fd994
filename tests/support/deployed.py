"""Networks compiled from the C that is written for them, and the same networks in PyTorch."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.deploy import deploy

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
DRIVER = Path(__file__).with_suffix(".c")


def in_c(
    model: nn.Module,
    xs: Sequence[Tensor],
    folder: Path,
    *,
    compiler: Sequence[str] = ("gcc", *SANITIZED),
    runner: Sequence[str] = (),
    spec: Path | None = None,
) -> list[Tensor]:
    """The outputs of a network in C for sequences of timesteps, with a reset before each."""
    deploy(model, folder, xs[0], spec)
    sources = [DRIVER, folder / "net.c", *folder.glob("weights.c")]
    libraries = ["-lm"] * ("<math.h>" in (folder / "net.c").read_text())
    program = folder / "program"
    run([*compiler, *STRICT, "-I", folder, *sources, "-o", program, *libraries])
    given = b"".join(struct.pack("i", len(x)) + x.flatten().numpy().tobytes() for x in xs)
    made = torch.frombuffer(bytearray(run([*runner, program], given)), dtype=torch.float32)
    steps = made.reshape(sum(map(len, xs)), -1)
    return list(steps.split([*map(len, xs)]))


def run(command: Sequence[str | Path], given: bytes = b"") -> bytes:
    done = subprocess.run(command, input=given, capture_output=True)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout


@torch.no_grad()
def in_torch(model: nn.Module, xs: Sequence[Tensor]) -> list[Tensor]:
    """The outputs in PyTorch, one timestep after the other."""
    outputs = []
    for x in xs:
        tt.zero_states(model)
        outputs.append(torch.stack([model(step[None])[0].flatten() for step in x]))
    tt.zero_states(model)
    return outputs


def check(model: nn.Module, xs: Sequence[Tensor], folder: Path, **options: object) -> list[Tensor]:
    """Compare the outputs in C with those in PyTorch, and return them."""
    model.eval()
    made = in_c(model, xs, folder, **options)  # type: ignore[arg-type]
    for own, wanted in zip(made, in_torch(model, xs), strict=True):
        torch.testing.assert_close(own, wanted, rtol=1e-5, atol=1e-5)
    return made


def has(*programs: str) -> bool:
    return all(map(shutil.which, programs))
